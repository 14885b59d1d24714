//! Brex: expenses, transfers, users.
//!
//! | | |
//! |---|---|
//! | signature | [Standard Webhooks](super::standard_webhooks) `v1`: base64 HMAC-SHA256 of `webhook-id`, `.`, `webhook-timestamp`, `.`, body; each header may be called `svix-…` |
//! | key | base64; what is decoded is the key. `whsec_` before it is taken off |
//! | time window | 300 seconds both ways |
//! | event id | `webhook-id`, signed |
//! | kind | `event_type` in the body, signed |
//!
//! # What to know
//!
//! - Whether the shown secret begins with `whsec_` is **doubtful**: both are accepted. So is whether the headers are called `webhook-…`,
//!   as Brex documents it, or `svix-…`: both are read.
//! - While a secret is replaced, `GET /v1/webhooks/secrets` lists two, and each request has two signatures: configure both.
//! - Brex's own sample accepts 60 seconds only. Lower the tolerance if your clock is good.
//! - No payment is told: every kind is [`Other`](crate::payment::PaymentStatus::Other).
//!
//! Checked against the libraries of Standard Webhooks, 1.1.0 (Python) and 1.1.1 (JavaScript); Brex publishes none. Documentation:
//! ["Webhooks"](https://developer.brex.com/docs/webhooks).
//!
//! Dedupe tells events apart by: `webhook-id`, kind.

use crate::crypto::KeyFormat;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::Scheme;

use super::svix;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About =
    About::new(Group::Payments, "https://developer.brex.com/docs/webhooks").setup(&[
        "Register the URL and its events with `POST /v1/webhooks` of the API.",
        "Read the secrets with `GET /v1/webhooks/secrets`. They become `secrets`.",
    ]);

/// Standard Webhooks under either family of names; the kind has a place of its own.
pub const SCHEME: Scheme = svix::COMMON_FIRST
    .named("brex")
    .key(KeyFormat::base64().strip_prefix("whsec_"))
    .kind(&[Field::Json("/event_type")])
    .without_events();

scheme_provider! {
    /// Verifies what Brex sends for one account.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::brex::Brex;
    ///
    /// let endpoint = Endpoint::new(Brex::new("KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Brex, SCHEME, timed
}

/// Names of kinds of events. All others arrive too.
pub mod kind {
    /// The payment of an expense has another status.
    pub const EXPENSE_PAYMENT_UPDATED: &str = "EXPENSE_PAYMENT_UPDATED";
    /// Somebody who was referred signed up.
    pub const REFERRAL_ACTIVATED: &str = "REFERRAL_ACTIVATED";
    /// The application of somebody who was referred has another status.
    pub const REFERRAL_APPLICATION_STATUS_CHANGED: &str = "REFERRAL_APPLICATION_STATUS_CHANGED";
    /// Somebody was referred.
    pub const REFERRAL_CREATED: &str = "REFERRAL_CREATED";
    /// A transfer failed.
    pub const TRANSFER_FAILED: &str = "TRANSFER_FAILED";
    /// A transfer arrived.
    pub const TRANSFER_PROCESSED: &str = "TRANSFER_PROCESSED";
    /// A user was changed.
    pub const USER_UPDATED: &str = "USER_UPDATED";
}
