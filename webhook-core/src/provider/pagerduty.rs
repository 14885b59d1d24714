//! PagerDuty: incidents and services, by webhook subscriptions (V3).
//!
//! | | |
//! |---|---|
//! | signature | `X-PagerDuty-Signature`: entries `v1=` and hex HMAC-SHA256 of the body, a comma between them |
//! | key | the text of the subscription's secret |
//! | time window | none: PagerDuty signs no time |
//! | event id | `event.id` in the body, signed |
//! | kind | `event.event_type` in the body, signed |
//!
//! # What to know
//!
//! - There is one entry for each secret of the subscription: any of them may match. Entries of another version are not looked at.
//! - The secret is shown once, in the answer that makes the subscription.
//! - Extensions of V1 and V2 are another thing, and are not signed so.
//! - PagerDuty tries again after 5xx, 429 and errors of the network, for how long depends on which of its pages one reads. Any other
//!   4xx drops the event.
//!
//! Checked against vectors that we computed, by PagerDuty's documentation:
//! ["Signatures"](https://developer.pagerduty.com/docs/verifying-webhook-signatures).
//!
//! Dedupe tells events apart by: `event.id`, kind.

use crate::crypto::Algorithm;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Developer,
    "https://developer.pagerduty.com/docs/verifying-webhook-signatures",
)
.setup(&[
    "Open Integrations, Generic Webhooks (v3), and add a webhook with the URL and its events.",
    "Copy the secret, which is shown once. It becomes `secrets`.",
]);

/// Hex HMAC-SHA256 of the body, in entries.
pub const SCHEME: Scheme = Scheme::new("pagerduty", Algorithm::HmacSha256)
    // <https://github.com/PagerDuty/developer-docs/blob/main/docs/webhooks/02-Behavior.md>
    .waits_secs(5)
    .signature(
        Signature::header("x-pagerduty-signature")
            .separator(b',')
            .prefix("v1=")
            .ignore_other_versions(),
    )
    .id(&[Field::Json("/event/id")])
    .kind(&[Field::Json("/event/event_type")]);

scheme_provider! {
    /// Verifies what PagerDuty sends for one webhook subscription.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::pagerduty::PagerDuty;
    ///
    /// let endpoint = Endpoint::new(PagerDuty::new("a secret of the subscription")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    PagerDuty, SCHEME
}

/// Names of kinds. PagerDuty may add others; all of them arrive.
pub mod kind {
    /// Somebody works on an incident.
    pub const INCIDENT_ACKNOWLEDGED: &str = "incident.acknowledged";
    /// A note was added to an incident.
    pub const INCIDENT_ANNOTATED: &str = "incident.annotated";
    /// An incident has another escalation policy.
    pub const INCIDENT_DELEGATED: &str = "incident.delegated";
    /// An incident went to another user of the same level.
    pub const INCIDENT_ESCALATED: &str = "incident.escalated";
    /// An incident has another priority.
    pub const INCIDENT_PRIORITY_UPDATED: &str = "incident.priority_updated";
    /// An incident is another user's.
    pub const INCIDENT_REASSIGNED: &str = "incident.reassigned";
    /// An incident is open again.
    pub const INCIDENT_REOPENED: &str = "incident.reopened";
    /// An incident is resolved.
    pub const INCIDENT_RESOLVED: &str = "incident.resolved";
    /// Somebody was asked to help with an incident.
    pub const INCIDENT_RESPONDER_ADDED: &str = "incident.responder.added";
    /// Somebody has answered whether they help.
    pub const INCIDENT_RESPONDER_REPLIED: &str = "incident.responder.replied";
    /// The status of an incident was told.
    pub const INCIDENT_STATUS_UPDATE_PUBLISHED: &str = "incident.status_update_published";
    /// There is a new incident.
    pub const INCIDENT_TRIGGERED: &str = "incident.triggered";
    /// Nobody works on an incident any more.
    pub const INCIDENT_UNACKNOWLEDGED: &str = "incident.unacknowledged";
    /// A service was created.
    pub const SERVICE_CREATED: &str = "service.created";
    /// A service was deleted.
    pub const SERVICE_DELETED: &str = "service.deleted";
    /// A service was changed.
    pub const SERVICE_UPDATED: &str = "service.updated";
}
