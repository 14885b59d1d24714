//! Sentry: errors, issues and alerts, by an integration of its integration platform.
//!
//! | | |
//! |---|---|
//! | signature | `Sentry-Hook-Signature`: hex HMAC-SHA256 of the body |
//! | key | the text of the integration's client secret |
//! | time window | none: `Sentry-Hook-Timestamp` is **not signed**, and not looked at |
//! | event id | `Request-ID`, **not signed** |
//! | kind | `Sentry-Hook-Resource`, **not signed**; the body's `action` is |
//!
//! # What to know
//!
//! - Whoever replays a request can give it another id, another kind and another time. Where that would hurt, look at the body.
//! - Sentry's own samples write the JSON anew before they compare; what is signed is the body as it was sent.
//! - Sentry waits for one second. It unsubscribes an integration that lets a thousand requests wait longer within a day:
//!   [`accept`](crate::accept) answers before the work is done.
//!
//! Checked against vectors that we computed, by Sentry's documentation of the headers and by third parties that agree on the rest:
//! ["Webhooks"](https://docs.sentry.io/integrations/integration-platform/webhooks/).
//!
//! Dedupe tells events apart by: body, unsigned `Request-ID` and kind.

use crate::crypto::Algorithm;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Developer, "https://docs.sentry.io/integrations/integration-platform/webhooks/",
)
.setup(&[
    "In the settings, open Custom Integrations and create an integration with the webhook URL and its resources.",
    "Copy the integration's client secret. It becomes `secrets`.",
]);

/// Hex HMAC-SHA256 of the body.
pub const SCHEME: Scheme = Scheme::new("sentry", Algorithm::HmacSha256)
    // <https://docs.sentry.io/integrations/integration-platform/webhooks/>
    .waits_secs(1)
    .signature(Signature::header("sentry-hook-signature"))
    .id(&[Field::Header("request-id")])
    .kind(&[Field::Header("sentry-hook-resource")]);

scheme_provider! {
    /// Verifies what Sentry sends to one integration.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::sentry::Sentry;
    ///
    /// let endpoint = Endpoint::new(Sentry::new("4f1c2a9b7d3e8f60a5b4c3d2e1f09182")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Sentry, SCHEME
}

/// Names of kinds, as `Sentry-Hook-Resource` has them.
pub mod kind {
    /// Somebody commented on an issue.
    pub const COMMENT: &str = "comment";
    /// An error came in.
    pub const ERROR: &str = "error";
    /// An issue met the rule of an alert.
    pub const EVENT_ALERT: &str = "event_alert";
    /// The integration was installed or removed.
    pub const INSTALLATION: &str = "installation";
    /// Something happened to an issue.
    pub const ISSUE: &str = "issue";
    /// A metric met the rule of an alert.
    pub const METRIC_ALERT: &str = "metric_alert";
}
