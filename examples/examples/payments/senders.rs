//! Who sends: an account at each of five providers, as its own side sees it.

use webhook_core::ConfigError;
use webhook_core::provider::{adyen, braintree, mollie, paypal, stripe};
use webhook_core::testing::{Sign, Signer};

use crate::cases::{Told, told};

const STRIPE_SECRET: &str = "whsec_of_the_shop";
const ADYEN_KEY: &str = "C6D346FF7F045C45DD825CE920096CD93C963AFB9B17B367CBB78B794A2D68C8";
const ADYEN_KEY_BEFORE: &str = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
const PAYPAL_WEBHOOK: &str = "652OVHJHFFBP48WEX";
const BRAINTREE_PUBLIC_KEY: &str = "ocnjo7zvqt4bkmgo";
const BRAINTREE_PRIVATE_KEY: &str = "306bc95dfdf73fb12ca33bc01d18e4fe";

const MOLLIE_SECRET: &str = "mollie_of_the_shop";

/// The environment of this program. Its secrets are no secrets; yours come from the environment of the process.
pub(crate) fn env(name: &str) -> Option<String> {
    let value = match name {
        "STRIPE_SECRET" => STRIPE_SECRET,
        "BRAINTREE_PRIVATE_KEY" => BRAINTREE_PRIVATE_KEY,
        "MOLLIE_SECRET" => MOLLIE_SECRET,
        "ADYEN_HMAC_KEY" => ADYEN_KEY,
        "ADYEN_HMAC_KEY_BEFORE" => ADYEN_KEY_BEFORE,
        "PAYPAL_TEST_ROOT" => paypal::TEST_ROOT_PEM,
        "PAYPAL_TEST_CERTIFICATE" => paypal::TEST_CERTIFICATE_PEM,
        _ => return None,
    };
    Some(value.to_owned())
}

/// A provider that has an update for the shop.
pub(crate) struct Sender {
    pub(crate) variant: &'static str,
    pub(crate) signer: Box<dyn Sign>,
    pub(crate) body: &'static str,
    /// What the shop must be told.
    pub(crate) told: Told,
    /// What the provider must hear.
    pub(crate) acknowledgement: &'static str,
    /// Something in the signed part of the request, and what a forger would rather have there.
    pub(crate) forgery: (&'static str, &'static str),
}

/// What signs for the account of this name.
pub(crate) fn signer(variant: &str) -> Result<Box<dyn Sign>, ConfigError> {
    match variant {
        "mollie" => Ok(Box::new(Signer::new(mollie::SCHEME, MOLLIE_SECRET)?)),
        name => {
            let found = all()?.into_iter().find(|sender| sender.variant == name);
            let sender = found.ok_or_else(|| ConfigError::new("no such sender"))?;
            Ok(sender.signer)
        }
    }
}

pub(crate) fn all() -> Result<[Sender; 4], ConfigError> {
    Ok([stripe()?, paypal()?, braintree()?, adyen()?])
}

pub(crate) fn stripe() -> Result<Sender, ConfigError> {
    Ok(Sender {
        variant: "stripe",
        signer: Box::new(Signer::new(stripe::SCHEME, STRIPE_SECRET)?),
        body: include_str!("bodies/stripe.json"),
        told: told([
            "stripe",
            "paid",
            "order-1001",
            "10.99 EUR",
            "pi_3RtZ2hLkdIwHu7ix",
        ]),
        acknowledgement: "",
        forgery: ("1099", "9099"),
    })
}

fn paypal() -> Result<Sender, ConfigError> {
    Ok(Sender {
        variant: "paypal",
        signer: Box::new(paypal::Signer::new()?.for_webhook(PAYPAL_WEBHOOK)),
        body: include_str!("bodies/paypal.json"),
        // PayPal's certificate vouches for a checksum: the shop has to ask PayPal. All the rest is in `update.unverified`.
        told: told(["paypal", "unconfirmed", "-", "-", "-"]),
        acknowledgement: "",
        forgery: ("1800", "9800"),
    })
}

fn braintree() -> Result<Sender, ConfigError> {
    let signer = braintree::Signer::new(BRAINTREE_PUBLIC_KEY, BRAINTREE_PRIVATE_KEY)?;
    Ok(Sender {
        variant: "braintree",
        signer: Box::new(signer),
        body: include_str!("bodies/braintree.xml"),
        told: told(["braintree", "paid", "order-1003", "100.05 USD", "8pw1t5hk"]),
        acknowledgement: "",
        // The event is sent in base64: its first characters are `<?x`.
        forgery: ("bt_payload=PD94", "bt_payload=PD95"),
    })
}

fn adyen() -> Result<Sender, ConfigError> {
    Ok(Sender {
        variant: "adyen",
        signer: Box::new(adyen::Signer::new(ADYEN_KEY)?),
        body: include_str!("bodies/adyen.json"),
        told: told([
            "adyen",
            "paid",
            "order-1004",
            "12.500 KWD",
            "NC6HT9CRT65ZGN82",
        ]),
        acknowledgement: "[accepted]",
        forgery: ("12500", "92500"),
    })
}
