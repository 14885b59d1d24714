//! Clerk: users, sessions and organisations.
//!
//! | | |
//! |---|---|
//! | signature | [Svix](super::svix): `svix-signature`, entries `v1,` and base64 HMAC-SHA256 of `svix-id`, `.`, `svix-timestamp`, `.`, body |
//! | key | `whsec_` and base64; what is decoded is the key |
//! | time window | 300 seconds both ways |
//! | event id | `svix-id`, signed |
//! | kind | `type` in the body, signed |
//!
//! # What to know
//!
//! - Clerk sends through Svix. The names `webhook-…` are read where the names `svix-…` are absent; Clerk's own library reads
//!   the latter only.
//! - An endpoint has one signing secret for each instance: that of development is another one than that of production.
//! - A webhook comes after the change, sometimes long after: do not wait for one while somebody signs up.
//!
//! Checked against Clerk's library `@clerk/backend` 3.25.0 and Svix's `svix` 2.9.1 (Python). Documentation:
//! ["Webhooks overview"](https://clerk.com/docs/guides/development/webhooks/overview).
//!
//! Dedupe tells events apart by: `svix-id`, kind.

use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::scheme::Scheme;

pub use super::standard_webhooks::Event;
use super::svix;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Developer,
    "https://clerk.com/docs/guides/development/webhooks/overview",
)
.setup(&[
    "In the Clerk Dashboard, open Webhooks, add an endpoint with the URL and choose the events.",
    "Open the endpoint and copy its signing secret, `whsec_…`. It becomes `secrets`.",
]);

/// As Svix signs.
pub const SCHEME: Scheme = svix::SCHEME.named("clerk");

scheme_provider! {
    /// Verifies what Clerk sends to one endpoint.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::clerk::Clerk;
    ///
    /// let endpoint = Endpoint::new(Clerk::new("whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Clerk, SCHEME, timed
}

/// Names of kinds, for `match event.kind.as_str()`. Clerk has more; all of them arrive.
pub mod kind {
    /// Clerk sends an email, or leaves it to you.
    pub const EMAIL_CREATED: &str = "email.created";
    /// An organisation was created.
    pub const ORGANIZATION_CREATED: &str = "organization.created";
    /// An organisation was deleted.
    pub const ORGANIZATION_DELETED: &str = "organization.deleted";
    /// An organisation was changed.
    pub const ORGANIZATION_UPDATED: &str = "organization.updated";
    /// Somebody accepted an invitation.
    pub const ORGANIZATION_INVITATION_ACCEPTED: &str = "organizationInvitation.accepted";
    /// Somebody was invited.
    pub const ORGANIZATION_INVITATION_CREATED: &str = "organizationInvitation.created";
    /// An invitation was taken back.
    pub const ORGANIZATION_INVITATION_REVOKED: &str = "organizationInvitation.revoked";
    /// A user became a member.
    pub const ORGANIZATION_MEMBERSHIP_CREATED: &str = "organizationMembership.created";
    /// A user is no member any more.
    pub const ORGANIZATION_MEMBERSHIP_DELETED: &str = "organizationMembership.deleted";
    /// A membership was changed.
    pub const ORGANIZATION_MEMBERSHIP_UPDATED: &str = "organizationMembership.updated";
    /// A session began.
    pub const SESSION_CREATED: &str = "session.created";
    /// A session ended.
    pub const SESSION_ENDED: &str = "session.ended";
    /// A session was removed.
    pub const SESSION_REMOVED: &str = "session.removed";
    /// A session was revoked.
    pub const SESSION_REVOKED: &str = "session.revoked";
    /// Clerk sends a text message, or leaves it to you.
    pub const SMS_CREATED: &str = "sms.created";
    /// A user was created.
    pub const USER_CREATED: &str = "user.created";
    /// A user was deleted.
    pub const USER_DELETED: &str = "user.deleted";
    /// A user was changed.
    pub const USER_UPDATED: &str = "user.updated";
}
