//! The senders: one module for each, with its scheme, its verifier and its events.
//!
//! To add one, write its file, add its line below, and put its vectors into `tests/vectors/`.

use std::sync::Arc;

use crate::registry::{Provider, providers};
use crate::resolver::Resolve;
use crate::{ConfigError, Settings};

providers! {
    adyen;
    adyen_platform;
    #[cfg(feature = "x509")]
    apple_appstore;
    authorize_net;
    #[cfg(feature = "xml")]
    braintree;
    btcpay;
    cashfree;
    chargebee;
    checkout_com;
    coinbase_cdp;
    coinbase_commerce;
    cybersource;
    dotpay;
    flutterwave;
    github;
    gocardless;
    #[cfg(feature = "x509")]
    google_play_rtdn;
    iyzico;
    lemon_squeezy;
    mercado_pago;
    midtrans;
    mollie;
    opayo_server;
    paddle;
    #[cfg(feature = "x509")]
    paypal;
    paystack;
    payu;
    #[cfg(feature = "x509")]
    plaid;
    polar;
    razorpay;
    recurly;
    revenuecat;
    revolut;
    shopify;
    slack;
    square;
    standard_webhooks;
    stripe;
    svix;
    #[cfg(feature = "asymmetric")]
    wise;
    worldpay;
    xendit;
}

/// What verifies for an account that is described by name, as in a configuration file.
///
/// ```
/// use serde_json::json;
/// use webhook_core::{Endpoint, Settings, provider};
///
/// let settings = Settings::new(json!({"secrets": ["whsec_new", "whsec_old"]}))?;
/// let stripe = Endpoint::new(provider::by_name("stripe", &settings)?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
///
/// # Errors
/// If there is no such provider, or a setting is missing or wrong; the error names it.
pub fn by_name(name: &str, settings: &Settings) -> Result<Arc<dyn Resolve>, ConfigError> {
    let provider = find(name);
    let provider =
        provider.ok_or_else(|| ConfigError::new(format!("there is no provider `{name}`")))?;
    provider.resolver(settings)
}

/// The names of all providers, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|provider| provider.name)
}

pub(crate) fn find(name: &str) -> Option<&'static Provider> {
    ALL.iter().find(|provider| provider.name == name)
}
