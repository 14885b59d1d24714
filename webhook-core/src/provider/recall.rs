//! Recall.ai: bots, recordings, transcripts.
//!
//! | | |
//! |---|---|
//! | signature | [Standard Webhooks](super::standard_webhooks) `v1`: base64 HMAC-SHA256 of `webhook-id`, `.`, `webhook-timestamp`, `.`, body; each header may be called `svix-…` |
//! | key | `whsec_` and base64; what is decoded is the key. One for the workspace |
//! | time window | 300 seconds both ways |
//! | event id | `webhook-id`, signed |
//! | kind | `event` in the body, signed |
//!
//! # What to know
//!
//! - **Nothing is signed until the workspace has a secret**, and what is not signed is refused here.
//! - Workspaces from before 15 December 2025 have a secret for each endpoint of the dashboard, and headers `svix-…`, which are read where
//!   `webhook-…` are absent.
//! - Websockets and callbacks are signed in the same way.
//! - Recall tries again for 24 hours.
//!
//! Checked against the libraries of Standard Webhooks, 1.1.0 (Python) and 1.1.1 (JavaScript). Documentation:
//! ["Verifying webhooks, websockets and callback requests"](https://docs.recall.ai/docs/authenticating-requests-from-recallai).
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

const ABOUT: About = About::new(Group::Developer, "https://docs.recall.ai/docs/authenticating-requests-from-recallai").setup(&[
    "On the page of the API keys, create a workspace secret and copy it, `whsec_…`. It becomes `secrets`.",
    "On the page of the webhooks, add an endpoint with the URL and its events.",
]);

/// Standard Webhooks under either family of names; the kind has a place of its own.
pub const SCHEME: Scheme = svix::COMMON_FIRST
    .named("recall")
    // <https://docs.recall.ai/docs/bot-status-change-events>
    .waits_secs(15)
    .key(KeyFormat::base64().strip_prefix("whsec_"))
    .kind(&[Field::Json("/event")])
    .without_events();

scheme_provider! {
    /// Verifies what Recall.ai sends for one workspace.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::recall::Recall;
    ///
    /// let endpoint = Endpoint::new(Recall::new("whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Recall, SCHEME, timed
}

/// Names of kinds of events. Recall has more; all of them arrive.
pub mod kind {
    /// A bot is about to enter a call.
    pub const BOT_JOINING_CALL: &str = "bot.joining_call";
    /// A bot has another status.
    pub const BOT_STATUS_CHANGE: &str = "bot.status_change";
    /// A recording is there.
    pub const RECORDING_DONE: &str = "recording.done";
    /// A transcript is there.
    pub const TRANSCRIPT_DONE: &str = "transcript.done";
}
