//! Render: deploys, builds and servers.
//!
//! | | |
//! |---|---|
//! | signature | [Standard Webhooks](super::standard_webhooks) `v1`: base64 HMAC-SHA256 of `webhook-id`, `.`, `webhook-timestamp`, `.`, body |
//! | key | `whsec_` and base64; what is decoded is the key |
//! | time window | 300 seconds both ways |
//! | event id | `webhook-id`, signed |
//! | kind | `type` in the body, signed |
//!
//! # What to know
//!
//! - An event names its objects and little more: `data.id`, `data.serviceId`. Read the rest from Render's API.
//! - Render tries eight times, the last after about 33 hours, and then switches the webhook off.
//!
//! Render publishes no library that verifies; its documentation points to those of Standard Webhooks, against which the vectors were
//! checked. That secrets begin with `whsec_` is from third parties: without it they are accepted too. Documentation:
//! ["Webhooks"](https://render.com/docs/webhooks).
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

const ABOUT: About = About::new(Group::Developer, "https://render.com/docs/webhooks").setup(&[
    "In the workspace, open Integrations, Webhooks, and create a webhook with the URL and its events.",
    "Open the webhook and copy its signing secret. It becomes `secrets`.",
]);

/// Standard Webhooks.
pub const SCHEME: Scheme = standard_webhooks::SCHEME
    .named("render")
    // <https://render.com/docs/webhooks>
    .waits_secs(15)
    .key(KeyFormat::base64().strip_prefix("whsec_"));

scheme_provider! {
    /// Verifies what Render sends to one endpoint.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::render::Render;
    ///
    /// let endpoint = Endpoint::new(Render::new("whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Render, SCHEME, timed
}

/// Names of kinds of events. Render has many more; all of them arrive.
pub mod kind {
    /// A build is over.
    pub const BUILD_ENDED: &str = "build_ended";
    /// A deploy is over.
    pub const DEPLOY_ENDED: &str = "deploy_ended";
    /// A deploy has begun.
    pub const DEPLOY_STARTED: &str = "deploy_started";
    /// A server failed.
    pub const SERVER_FAILED: &str = "server_failed";
}
