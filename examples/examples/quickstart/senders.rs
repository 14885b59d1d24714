//! Who sends: one entry for each sender.

use std::sync::Arc;

use webhook_core::provider::github::{self, GitHub};
use webhook_core::provider::shopify::{self, Shopify};
use webhook_core::provider::slack::{self, Slack};
use webhook_core::provider::square::{self, Square};
use webhook_core::provider::standard_webhooks::{self, StandardWebhooks};
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::testing::{Sign, Signer};
use webhook_core::{ConfigError, Keyring, Verifier};

/// A sender, as its own side and as ours see it.
#[derive(Clone, Copy)]
pub(crate) struct Sender {
    pub(crate) name: &'static str,
    pub(crate) new_secret: &'static str,
    pub(crate) old_secret: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) body: &'static str,
    /// Our side: says yes or no.
    pub(crate) verifier: fn(Keyring) -> Result<Arc<dyn Verifier>, ConfigError>,
    /// The sender's side.
    pub(crate) signer: fn(&str) -> Result<Box<dyn Sign>, ConfigError>,
}

impl Sender {
    pub(crate) fn path(&self) -> String {
        format!("/webhooks/{}", self.name)
    }
}

pub(crate) fn all() -> [Sender; 6] {
    [STRIPE, SLACK, SQUARE, STANDARD_WEBHOOKS, GITHUB, SHOPIFY]
}

pub(crate) const STRIPE: Sender = Sender {
    name: "stripe",
    new_secret: "whsec_new",
    old_secret: "whsec_old",
    kind: "invoice.paid",
    body: r#"{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":{"object":"invoice"}}}"#,
    verifier: |keys| Ok(Arc::new(Stripe::new(keys)?)),
    signer: |secret| Ok(Box::new(Signer::new(stripe::SCHEME, secret)?)),
};

pub(crate) const SLACK: Sender = Sender {
    name: "slack",
    new_secret: "slack-new",
    old_secret: "slack-old",
    kind: "app_mention",
    body: r#"{"type":"event_callback","event_id":"Ev1","event":{"type":"app_mention","text":"hello"}}"#,
    verifier: |keys| Ok(Arc::new(Slack::new(keys)?)),
    signer: |secret| Ok(Box::new(Signer::new(slack::SCHEME, secret)?)),
};

/// Square signs the URL that it was given, not the one at which a server behind a proxy sees itself.
const SQUARE_URL: &str = "https://shop.example/webhooks/square";

pub(crate) const SQUARE: Sender = Sender {
    name: "square",
    new_secret: "square-new",
    old_secret: "square-old",
    kind: "payment.updated",
    body: r#"{"event_id":"sq-1","type":"payment.updated","merchant_id":"M1","data":{"type":"payment"}}"#,
    verifier: |keys| Ok(Arc::new(Square::new(keys, SQUARE_URL)?)),
    signer: |secret| {
        let signer = Signer::new(square::SCHEME, secret)?;
        Ok(Box::new(signer.public_url(SQUARE_URL)))
    },
};

pub(crate) const STANDARD_WEBHOOKS: Sender = Sender {
    name: "standard-webhooks",
    new_secret: "whsec_bmV3IG5ldyBuZXcgbmV3IG5ldyBuZXc=",
    old_secret: "whsec_b2xkIG9sZCBvbGQgb2xkIG9sZCBvbGQ=",
    kind: "user.created",
    body: r#"{"type":"user.created","timestamp":"2026-08-05T09:00:00Z","data":{"id":"u1"}}"#,
    verifier: |keys| Ok(Arc::new(StandardWebhooks::new(keys)?)),
    signer: |secret| {
        let signer = Signer::new(standard_webhooks::SCHEME, secret)?;
        Ok(Box::new(signer.id("msg_1")))
    },
};

pub(crate) const GITHUB: Sender = Sender {
    name: "github",
    new_secret: "github-new",
    old_secret: "github-old",
    kind: "issues",
    body: r#"{"action":"opened","issue":{"number":7},"repository":{"full_name":"acme/shop"}}"#,
    verifier: |keys| Ok(Arc::new(GitHub::new(keys)?)),
    signer: |secret| {
        let signer = Signer::new(github::SCHEME, secret)?;
        Ok(Box::new(signer.id("d-1").kind("issues")))
    },
};

pub(crate) const SHOPIFY: Sender = Sender {
    name: "shopify",
    new_secret: "shopify-new",
    old_secret: "shopify-old",
    kind: "orders/paid",
    body: r#"{"id":820982911946154508,"total_price":"10.99","currency":"EUR"}"#,
    verifier: |keys| Ok(Arc::new(Shopify::new(keys)?)),
    signer: |secret| {
        let signer = Signer::new(shopify::SCHEME, secret)?;
        Ok(Box::new(signer.id("w-1").kind("orders/paid")))
    },
};
