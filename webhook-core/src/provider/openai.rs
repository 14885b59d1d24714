//! OpenAI: responses in the background, batches, fine-tuning, calls, sessions.
//!
//! | | |
//! |---|---|
//! | signature | [Standard Webhooks](super::standard_webhooks) `v1`: base64 HMAC-SHA256 of `webhook-id`, `.`, `webhook-timestamp`, `.`, body |
//! | key | `whsec_` and base64; what is decoded is the key. One for each endpoint, shown once |
//! | time window | 300 seconds both ways |
//! | event id | `webhook-id`, signed |
//! | kind | `type` in the body, signed |
//!
//! # What to know
//!
//! - An event names its object and no more: `data.id`. Read the object from OpenAI's API.
//! - A secret without `whsec_` is refused: OpenAI's own libraries take it for text, and this one could only guess.
//! - Entries without a version are not looked at. OpenAI's own libraries accept them.
//! - While a secret is replaced, configure both.
//!
//! Checked against OpenAI's libraries 3.57.0 (Python) and 6.49.0 (JavaScript). Documentation:
//! ["Webhooks"](https://developers.openai.com/api/docs/guides/webhooks).
//!
//! Dedupe tells events apart by: `webhook-id`, kind.

use crate::crypto::KeyFormat;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::scheme::Scheme;

use super::standard_webhooks;
pub use super::standard_webhooks::Event;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Developer, "https://developers.openai.com/api/docs/guides/webhooks").setup(&[
    "In the settings of the project, open Webhooks, add an endpoint with the URL and choose its events.",
    "Copy the signing secret, `whsec_…`, which is shown once. It becomes `secrets`.",
]);

/// Standard Webhooks with a secret that always begins with `whsec_`.
pub const SCHEME: Scheme = standard_webhooks::SCHEME.named("openai").key(
    KeyFormat::base64()
        .strip_prefix("whsec_")
        .require_prefix("whsec_"),
);

scheme_provider! {
    /// Verifies what OpenAI sends to one endpoint.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::openai::OpenAi;
    ///
    /// let endpoint = Endpoint::new(OpenAi::new("whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    OpenAi, SCHEME, timed
}

/// Names of kinds of events. OpenAI has more; all of them arrive.
pub mod kind {
    /// A batch was cancelled.
    pub const BATCH_CANCELLED: &str = "batch.cancelled";
    /// A batch is done.
    pub const BATCH_COMPLETED: &str = "batch.completed";
    /// A batch ran out of time.
    pub const BATCH_EXPIRED: &str = "batch.expired";
    /// A batch failed.
    pub const BATCH_FAILED: &str = "batch.failed";
    /// A run of an evaluation was cancelled.
    pub const EVAL_RUN_CANCELED: &str = "eval.run.canceled";
    /// A run of an evaluation failed.
    pub const EVAL_RUN_FAILED: &str = "eval.run.failed";
    /// A run of an evaluation is done.
    pub const EVAL_RUN_SUCCEEDED: &str = "eval.run.succeeded";
    /// A fine-tuning job was cancelled.
    pub const FINE_TUNING_JOB_CANCELLED: &str = "fine_tuning.job.cancelled";
    /// A fine-tuning job failed.
    pub const FINE_TUNING_JOB_FAILED: &str = "fine_tuning.job.failed";
    /// A fine-tuning job is done.
    pub const FINE_TUNING_JOB_SUCCEEDED: &str = "fine_tuning.job.succeeded";
    /// Somebody calls.
    pub const REALTIME_CALL_INCOMING: &str = "realtime.call.incoming";
    /// A response in the background was cancelled.
    pub const RESPONSE_CANCELLED: &str = "response.cancelled";
    /// A response in the background is done.
    pub const RESPONSE_COMPLETED: &str = "response.completed";
    /// A response in the background failed.
    pub const RESPONSE_FAILED: &str = "response.failed";
    /// A response in the background was cut off.
    pub const RESPONSE_INCOMPLETE: &str = "response.incomplete";
    /// An alert about the safety of the project.
    pub const SAFETY_ALERT_CREATED: &str = "safety.alert.created";
    /// A video is done.
    pub const VIDEO_COMPLETED: &str = "video.completed";
}
