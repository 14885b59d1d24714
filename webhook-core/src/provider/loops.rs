//! Loops: contacts and e-mails.
//!
//! | | |
//! |---|---|
//! | signature | [Standard Webhooks](super::standard_webhooks) `v1`: base64 HMAC-SHA256 of `webhook-id`, `.`, `webhook-timestamp`, `.`, body |
//! | key | `whsec_` and base64; what is decoded is the key |
//! | time window | 300 seconds both ways |
//! | event id | `webhook-id`, signed |
//! | kind | `eventName` in the body, signed |
//!
//! # What to know
//!
//! - The test of the settings page is an ordinary signed event, `testing.testEvent`.
//! - Loops' own sample checks no age. This one does.
//! - Loops' sample takes what follows the first `_` of the secret for the key, whatever stands before it. Here it must be `whsec_` or
//!   nothing.
//!
//! Computed by Loops' documentation and checked against the libraries of Standard Webhooks; Loops publishes none that verifies.
//! Documentation: ["Webhooks"](https://loops.so/docs/webhooks).
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

const ABOUT: About = About::new(Group::Messages, "https://loops.so/docs/webhooks").setup(&[
    "Open Settings, Webhooks, enter the URL and choose the events. There is one endpoint for an account.",
    "Copy the signing secret. It becomes `secrets`.",
]);

/// Standard Webhooks; the kind has a place of its own.
pub const SCHEME: Scheme = standard_webhooks::SCHEME
    .named("loops")
    .key(KeyFormat::base64().strip_prefix("whsec_"))
    .kind(&[Field::Json("/eventName")])
    .without_events();

scheme_provider! {
    /// Verifies what Loops sends for one account.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::loops::Loops;
    ///
    /// let endpoint = Endpoint::new(Loops::new("whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Loops, SCHEME, timed
}

/// Names of kinds of events. Loops has more; all of them arrive.
pub mod kind {
    /// There is one contact more.
    pub const CONTACT_CREATED: &str = "contact.created";
    /// An e-mail arrived.
    pub const EMAIL_DELIVERED: &str = "email.delivered";
    /// An e-mail of a workflow was sent.
    pub const LOOP_EMAIL_SENT: &str = "loop.email.sent";
    /// Somebody tries the endpoint from the settings.
    pub const TESTING_TEST_EVENT: &str = "testing.testEvent";
}
