//! WorkOS: users, directories and connections.
//!
//! | | |
//! |---|---|
//! | signature | `WorkOS-Signature: t=…, v1=…`: hex HMAC-SHA256 of `t`, `.`, body; `t` is in milliseconds |
//! | key | the text of the endpoint's secret |
//! | time window | 180 seconds both ways; WorkOS' libraries refuse old ones only |
//! | event id | `id` in the body, signed |
//! | kind | `event` in the body, signed |
//!
//! # What to know
//!
//! - WorkOS writes a space behind the comma of the header. A header without it is accepted too.
//! - WorkOS' library for Node writes the JSON anew before it compares, and fails on bodies that come out otherwise. What is signed is
//!   the body as it was sent.
//! - Actions of AuthKit have the same header and a window of 30 seconds: [`WorkOs::tolerance`].
//!
//! Checked against WorkOS' libraries `workos` 10.8.0 (Python) and `@workos-inc/node` 8.13.0 (JavaScript). Documentation:
//! ["Data syncing"](https://workos.com/docs/events/data-syncing).
//!
//! Dedupe tells events apart by: `id`, kind.

use crate::TimeUnit;
use crate::crypto::{Algorithm, KeyFormat};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Developer,
    "https://workos.com/docs/events/data-syncing",
)
.setup(&[
    "In the WorkOS Dashboard, open Webhooks and create one with the URL and its events.",
    "Open it and copy its secret. It becomes `secrets`.",
]);

/// Hex HMAC-SHA256 of time, dot and body.
pub const SCHEME: Scheme = Scheme::new("workos", Algorithm::HmacSha256)
    // API keys.
    .key(KeyFormat::text().reject_prefixes(&["sk_"]))
    .signature(
        Signature::header("workos-signature")
            .separator(b',')
            .prefix("v1="),
    )
    .timestamp(
        Timestamp::entry("t=")
            .unit(TimeUnit::Milliseconds)
            .tolerance(180),
    )
    .signed_content(&[Part::Timestamp, Part::Literal("."), Part::Body])
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/event")]);

scheme_provider! {
    /// Verifies what WorkOS sends to one endpoint.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::workos::WorkOs;
    ///
    /// let endpoint = Endpoint::new(WorkOs::new("XRQ67swcSdSPfc2zf7js5TkU2")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    WorkOs, SCHEME, timed
}

/// Names of kinds. WorkOS has many more; all of them arrive.
pub mod kind {
    /// A connection for single sign-on works.
    pub const CONNECTION_ACTIVATED: &str = "connection.activated";
    /// A group of a directory was created.
    pub const DSYNC_GROUP_CREATED: &str = "dsync.group.created";
    /// A user of a directory became a member of a group.
    pub const DSYNC_GROUP_USER_ADDED: &str = "dsync.group.user_added";
    /// A user of a directory was created.
    pub const DSYNC_USER_CREATED: &str = "dsync.user.created";
    /// A user of a directory was deleted.
    pub const DSYNC_USER_DELETED: &str = "dsync.user.deleted";
    /// A user of a directory was changed.
    pub const DSYNC_USER_UPDATED: &str = "dsync.user.updated";
    /// A session began.
    pub const SESSION_CREATED: &str = "session.created";
    /// A user was created.
    pub const USER_CREATED: &str = "user.created";
    /// A user was deleted.
    pub const USER_DELETED: &str = "user.deleted";
}
