//! Anthropic: sessions, agents and vaults of Claude's managed agents.
//!
//! | | |
//! |---|---|
//! | signature | [Standard Webhooks](super::standard_webhooks) `v1`: base64 HMAC-SHA256 of `webhook-id`, `.`, `webhook-timestamp`, `.`, body |
//! | key | `whsec_` and base64; what is decoded is the key |
//! | time window | 300 seconds both ways |
//! | event id | `webhook-id`, signed |
//! | kind | `data.type` in the body, signed; `type` there is always `event` |
//!
//! # What to know
//!
//! - An event names its object and no more: `data.id`. Read the object from Anthropic's API.
//! - Batches of messages send no webhooks.
//! - Read the body as [`JsonEvent`](crate::JsonEvent): the events of Standard Webhooks have their kind elsewhere.
//!
//! Checked against Anthropic's libraries 2.14.0 (Python) and 1.14.0 (JavaScript). Documentation:
//! ["Subscribe to webhooks"](https://platform.claude.com/docs/en/managed-agents/webhooks).
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

const ABOUT: About = About::new(
    Group::Developer,
    "https://platform.claude.com/docs/en/managed-agents/webhooks",
)
.setup(&[
    "In the Claude Console, add a webhook endpoint with the URL and choose its events.",
    "Copy the signing secret, `whsec_…`, which is shown once. It becomes `secrets`.",
]);

/// Standard Webhooks; the kind stands in `data`.
pub const SCHEME: Scheme = standard_webhooks::SCHEME
    .named("anthropic")
    .key(
        KeyFormat::base64()
            .strip_prefix("whsec_")
            .reject_prefixes(&["sk-ant-"]),
    )
    .kind(&[Field::Json("/data/type")])
    .without_events();

scheme_provider! {
    /// Verifies what Anthropic sends to one endpoint.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::anthropic::Anthropic;
    ///
    /// let endpoint = Endpoint::new(Anthropic::new("whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Anthropic, SCHEME, timed
}

/// Names of kinds of events. Anthropic has more; all of them arrive.
pub mod kind {
    /// An agent was archived.
    pub const AGENT_ARCHIVED: &str = "agent.archived";
    /// An agent was created.
    pub const AGENT_CREATED: &str = "agent.created";
    /// An agent was deleted.
    pub const AGENT_DELETED: &str = "agent.deleted";
    /// An agent was changed.
    pub const AGENT_UPDATED: &str = "agent.updated";
    /// A session waits for input.
    pub const SESSION_STATUS_IDLED: &str = "session.status_idled";
    /// A session tries again after a fault.
    pub const SESSION_STATUS_RESCHEDULED: &str = "session.status_rescheduled";
    /// A session runs.
    pub const SESSION_STATUS_RUN_STARTED: &str = "session.status_run_started";
    /// A session is over.
    pub const SESSION_STATUS_TERMINATED: &str = "session.status_terminated";
    /// A session has one thread more.
    pub const SESSION_THREAD_CREATED: &str = "session.thread_created";
    /// A vault was created.
    pub const VAULT_CREATED: &str = "vault.created";
    /// A credential of a vault could not be renewed.
    pub const VAULT_CREDENTIAL_REFRESH_FAILED: &str = "vault_credential.refresh_failed";
}
