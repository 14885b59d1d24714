//! Replicate: predictions and trainings.
//!
//! | | |
//! |---|---|
//! | signature | [Standard Webhooks](super::standard_webhooks) `v1`: base64 HMAC-SHA256 of `webhook-id`, `.`, `webhook-timestamp`, `.`, body |
//! | key | `whsec_` and base64; what is decoded is the key. One for the account |
//! | time window | 300 seconds both ways |
//! | event id | `webhook-id`, signed |
//! | kind | `status` in the body, signed |
//!
//! # What to know
//!
//! - Which of its events Replicate tells (`start`, `output`, `logs`, `completed`) is not in the request: the kind is the status
//!   of the prediction, which several events share.
//! - Events of `output` and `logs` come in any order, and are not sent again.
//! - Replicate's library for JavaScript checks neither the time nor the version of the signature. This one checks both.
//!
//! Checked against Replicate's libraries 1.0.7 (Python) and 1.4.0 (JavaScript). Documentation:
//! ["Verify webhooks"](https://replicate.com/docs/topics/webhooks/verify-webhook).
//!
//! Dedupe tells events apart by: `webhook-id`, kind.

use crate::crypto::KeyFormat;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::Scheme;

use super::standard_webhooks;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Developer, "https://replicate.com/docs/topics/webhooks/verify-webhook").setup(&[
    "Give the URL and the events with each prediction: `webhook` and `webhook_events_filter`.",
    "Read the signing secret, `whsec_…`, with `GET /v1/webhooks/default/secret` of the API. It becomes `secrets`.",
]);

/// Standard Webhooks; the kind is the status of the prediction.
pub const SCHEME: Scheme = standard_webhooks::SCHEME
    .named("replicate")
    .key(
        KeyFormat::base64()
            .strip_prefix("whsec_")
            .reject_prefixes(&["r8_"]),
    )
    .kind(&[Field::Json("/status")])
    .without_events();

scheme_provider! {
    /// Verifies what Replicate sends for one account.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::replicate::Replicate;
    ///
    /// let endpoint = Endpoint::new(Replicate::new("whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Replicate, SCHEME, timed
}

/// Names of kinds of events: what the prediction has come to.
pub mod kind {
    /// It was cancelled.
    pub const CANCELED: &str = "canceled";
    /// It failed.
    pub const FAILED: &str = "failed";
    /// It runs.
    pub const PROCESSING: &str = "processing";
    /// It is about to run.
    pub const STARTING: &str = "starting";
    /// It is done.
    pub const SUCCEEDED: &str = "succeeded";
}
