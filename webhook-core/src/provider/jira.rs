//! Jira Cloud: issues, comments, projects.
//!
//! | | |
//! |---|---|
//! | signature | `X-Hub-Signature: sha256=` and hex HMAC-SHA256 of the body; the key is the secret's text |
//! | time window | none: Jira signs no time but `timestamp` in the body, which is not judged |
//! | event id | `X-Atlassian-Webhook-Identifier`, **not signed** |
//! | kind | `webhookEvent` in the body, signed |
//!
//! # What to know
//!
//! - A webhook without a secret is not signed at all, and is refused here. Third parties say that webhooks of OAuth apps are not signed
//!   either.
//! - Apps that use Connect get a token (JWT) instead: that is another scheme.
//! - Bitbucket signs in the same way, with other names for id and kind.
//! - How often Jira has tried is in `X-Atlassian-Webhook-Retry`.
//!
//! Checked against the example in Atlassian's documentation; no library of Atlassian verifies. Documentation:
//! ["Webhooks"](https://developer.atlassian.com/cloud/jira/platform/webhooks/).
//!
//! Dedupe tells events apart by: body, unsigned `X-Atlassian-Webhook-Identifier`.

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
    "https://developer.atlassian.com/cloud/jira/platform/webhooks/",
)
.setup(&[
    "As an administrator, open System, WebHooks, and create one with the URL and its events.",
    "Enter a long random secret there, or have one generated: it becomes `secrets`.",
]);

/// Hex HMAC-SHA256 of the body, after `sha256=`.
pub const SCHEME: Scheme = Scheme::new("jira", Algorithm::HmacSha256)
    .signature(Signature::header("x-hub-signature").prefix("sha256="))
    .id(&[Field::Header("x-atlassian-webhook-identifier")])
    .kind(&[Field::Json("/webhookEvent")]);

scheme_provider! {
    /// Verifies what Jira sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::jira::Jira;
    ///
    /// let endpoint = Endpoint::new(Jira::new(["new secret", "old secret"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Jira, SCHEME
}

/// Names of kinds of events. Jira has many more; all of them arrive.
pub mod kind {
    /// Somebody commented on an issue.
    pub const COMMENT_CREATED: &str = "comment_created";
    /// A comment was deleted.
    pub const COMMENT_DELETED: &str = "comment_deleted";
    /// An issue was created.
    pub const ISSUE_CREATED: &str = "jira:issue_created";
    /// An issue was deleted.
    pub const ISSUE_DELETED: &str = "jira:issue_deleted";
    /// An issue was changed.
    pub const ISSUE_UPDATED: &str = "jira:issue_updated";
    /// A sprint has begun.
    pub const SPRINT_STARTED: &str = "sprint_started";
}
