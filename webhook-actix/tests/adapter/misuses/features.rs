//! A program that does not compile: each line wants a feature that is not switched on.

use webhook_core::provider::braintree::Braintree;
//~ `xml`
use webhook_core::provider::paypal::PayPal;
//~ `published-keys`

fn main() {}
