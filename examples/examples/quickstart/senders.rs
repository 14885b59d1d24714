//! Who sends: one entry for each sender.

use std::sync::Arc;

use webhook_core::provider::adyen::{self, Adyen};
use webhook_core::provider::braintree::{self, Braintree};
use webhook_core::provider::github::{self, GitHub};
use webhook_core::provider::paypal::{self, PayPal};
use webhook_core::provider::shopify::{self, Shopify};
use webhook_core::provider::slack::{self, Slack};
use webhook_core::provider::square::{self, Square};
use webhook_core::provider::standard_webhooks::{self, StandardWebhooks};
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::resolver::Resolve;
use webhook_core::testing::{Sign, Signer};
use webhook_core::{ConfigError, Key, Keyring};

/// A sender, as its own side and as ours see it.
#[derive(Clone, Copy)]
pub(crate) struct Sender {
    pub(crate) name: &'static str,
    pub(crate) new_secret: &'static str,
    pub(crate) old_secret: &'static str,
    pub(crate) reads: Reads,
    pub(crate) body: &'static str,
    /// Our side: has what says yes or no.
    pub(crate) resolver: fn(&Sender) -> Result<Arc<dyn Resolve>, ConfigError>,
    /// The sender's side.
    pub(crate) signer: fn(&str) -> Result<Box<dyn Sign>, ConfigError>,
}

/// What the handler makes of a delivery.
#[derive(Clone, Copy)]
pub(crate) enum Reads {
    /// An event of this kind.
    Kind(&'static str),
    /// The same payment in the words of each provider, which wants to hear this for it.
    Payment {
        noted: &'static str,
        acknowledgement: &'static str,
    },
}

/// What the handler notes of a payment that is signed.
const PAID: &str = "paid 10.99 EUR";

impl Sender {
    pub(crate) fn path(&self) -> String {
        format!("/webhooks/{}", self.name)
    }

    /// The secret is being rotated: what either key has signed is genuine.
    fn keys(&self) -> Result<Keyring, ConfigError> {
        let new = Key::new(self.new_secret)?.named("new");
        let old = Key::new(self.old_secret)?.named("old");
        Ok(Keyring::new(new).and(old))
    }
}

pub(crate) fn all() -> Vec<Sender> {
    [&EVENTS[..], &PAYMENTS].concat()
}

/// Send events of all kinds.
pub(crate) const EVENTS: [Sender; 6] = [STRIPE, SLACK, SQUARE, STANDARD_WEBHOOKS, GITHUB, SHOPIFY];

/// Send what happened to payments.
pub(crate) const PAYMENTS: [Sender; 3] = [PAYPAL, BRAINTREE, ADYEN];

pub(crate) const STRIPE: Sender = Sender {
    name: "stripe",
    new_secret: "whsec_of_december",
    old_secret: "whsec_of_november",
    reads: Reads::Kind("invoice.paid"),
    body: r#"{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":{"object":"invoice"}}}"#,
    resolver: |own| Ok(Arc::new(Stripe::new(own.keys()?)?)),
    signer: |secret| Ok(Box::new(Signer::new(stripe::SCHEME, secret)?)),
};

pub(crate) const SLACK: Sender = Sender {
    name: "slack",
    new_secret: "slack-new",
    old_secret: "slack-old",
    reads: Reads::Kind("app_mention"),
    body: r#"{"type":"event_callback","event_id":"Ev1","event":{"type":"app_mention","text":"hello"}}"#,
    resolver: |own| Ok(Arc::new(Slack::new(own.keys()?)?)),
    signer: |secret| Ok(Box::new(Signer::new(slack::SCHEME, secret)?)),
};

/// Square signs the URL that it was given, not the one at which a server behind a proxy sees itself.
const SQUARE_URL: &str = "https://shop.example/webhooks/square";

pub(crate) const SQUARE: Sender = Sender {
    name: "square",
    new_secret: "square-new",
    old_secret: "square-old",
    reads: Reads::Kind("payment.updated"),
    body: r#"{"event_id":"sq-1","type":"payment.updated","merchant_id":"M1","data":{"type":"payment"}}"#,
    resolver: |own| Ok(Arc::new(Square::new(own.keys()?, SQUARE_URL)?)),
    signer: |secret| {
        let signer = Signer::new(square::SCHEME, secret)?;
        Ok(Box::new(signer.public_url(SQUARE_URL)))
    },
};

pub(crate) const STANDARD_WEBHOOKS: Sender = Sender {
    name: "standard-webhooks",
    new_secret: "whsec_bmV3IG5ldyBuZXcgbmV3IG5ldyBuZXc=",
    old_secret: "whsec_b2xkIG9sZCBvbGQgb2xkIG9sZCBvbGQ=",
    reads: Reads::Kind("user.created"),
    body: r#"{"type":"user.created","timestamp":"2026-08-05T09:00:00Z","data":{"id":"u1"}}"#,
    resolver: |own| Ok(Arc::new(StandardWebhooks::new(own.keys()?)?)),
    signer: |secret| {
        let signer = Signer::new(standard_webhooks::SCHEME, secret)?;
        Ok(Box::new(signer.id("msg_1")))
    },
};

pub(crate) const GITHUB: Sender = Sender {
    name: "github",
    new_secret: "github-new",
    old_secret: "github-old",
    reads: Reads::Kind("issues"),
    body: r#"{"action":"opened","issue":{"number":7},"repository":{"full_name":"acme/shop"}}"#,
    resolver: |own| Ok(Arc::new(GitHub::new(own.keys()?)?)),
    signer: |secret| {
        let signer = Signer::new(github::SCHEME, secret)?;
        Ok(Box::new(signer.id("d-1").kind("issues")))
    },
};

pub(crate) const SHOPIFY: Sender = Sender {
    name: "shopify",
    new_secret: "shopify-new",
    old_secret: "shopify-old",
    reads: Reads::Kind("orders/paid"),
    body: r#"{"id":820982911946154508,"total_price":"10.99","currency":"EUR"}"#,
    resolver: |own| Ok(Arc::new(Shopify::new(own.keys()?)?)),
    signer: |secret| {
        let signer = Signer::new(shopify::SCHEME, secret)?;
        Ok(Box::new(signer.id("w-1").kind("orders/paid")))
    },
};

/// PayPal has certificates in the place of secrets, here those for tests. What is an account's own is the id of its webhook.
pub(crate) const PAYPAL: Sender = Sender {
    name: "paypal",
    new_secret: "652OVHJHFFBP48WEX",
    old_secret: "1BG62835FT8310044",
    // What the certificate vouches for is a checksum of the body.
    reads: Reads::Payment {
        noted: "unconfirmed ?",
        acknowledgement: "",
    },
    body: r#"{"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{"id":"C1","amount":{"currency_code":"EUR","value":"10.99"}}}"#,
    resolver: |own| {
        let signer = paypal::Signer::new()?;
        let paypal = PayPal::new(own.new_secret, signer.certificates())?;
        Ok(Arc::new(paypal.roots_pem(signer.root_pem())?))
    },
    signer: |webhook| Ok(Box::new(paypal::Signer::new()?.for_webhook(webhook))),
};

/// Half of a pair of keys of Braintree; the private one is the secret.
const PUBLIC_KEY: &str = "ocnjo7zvqt4bkmgo";

pub(crate) const BRAINTREE: Sender = Sender {
    name: "braintree",
    new_secret: "306bc95dfdf73fb12ca33bc01d18e4fe",
    old_secret: "f6d767fc0c24394e29279e1ad6950247",
    reads: Reads::Payment {
        noted: PAID,
        acknowledgement: "",
    },
    body: "<notification><timestamp>2026-08-05T09:00:00Z</timestamp><kind>transaction_settled</kind><subject><transaction>\
        <id>T1</id><amount>10.99</amount><currency-iso-code>EUR</currency-iso-code></transaction></subject></notification>",
    resolver: |own| Ok(Arc::new(Braintree::new(PUBLIC_KEY, own.new_secret)?)),
    signer: |secret| Ok(Box::new(braintree::Signer::new(PUBLIC_KEY, secret)?)),
};

pub(crate) const ADYEN: Sender = Sender {
    name: "adyen",
    new_secret: "C6D346FF7F045C45DD825CE920096CD93C963AFB9B17B367CBB78B794A2D68C8",
    old_secret: "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056",
    reads: Reads::Payment {
        noted: PAID,
        acknowledgement: "[accepted]",
    },
    body: r#"{"notificationItems":[{"NotificationRequestItem":{"eventCode":"CAPTURE","success":"true","pspReference":"P1",
        "merchantAccountCode":"Shop","merchantReference":"4711","amount":{"currency":"EUR","value":1099}}}]}"#,
    resolver: |own| Ok(Arc::new(Adyen::new(own.keys()?)?)),
    signer: |secret| Ok(Box::new(adyen::Signer::new(secret)?)),
};
