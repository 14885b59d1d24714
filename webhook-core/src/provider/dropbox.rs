//! Dropbox: accounts whose files changed.
//!
//! | | |
//! |---|---|
//! | signature | `X-Dropbox-Signature`: hex HMAC-SHA256 of the body |
//! | key | the text of the app's secret |
//! | time window | none: Dropbox signs no time |
//! | event id | none |
//! | kind | none |
//! | set-up | `GET` with `challenge` in the query, which nobody signs: the library answers with it as plain text |
//!
//! # What to know
//!
//! - The body names accounts that changed, and nothing else: ask Dropbox what changed.
//! - **Two changes of one account may be two requests with the same bytes**, and nothing tells the second from a repeat. So each request is
//!   handled, also with a store: to ask Dropbox once too often does no harm.
//! - Whoever has seen one request can send it again.
//!
//! Checked against vectors that we computed, by third parties. Documentation:
//! ["Webhooks"](https://www.dropbox.com/developers/reference/webhooks).
//!
//! Dedupe tells events apart by: nothing. A repeat is handled again: always, also with a store.

use crate::crypto::Algorithm;
use crate::message::Identity;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Condition, Handshake, HandshakeReply, Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Business,
    "https://www.dropbox.com/developers/reference/webhooks",
)
.setup(&[
    "In the App Console, open the app and copy the app secret. It becomes `secrets`.",
    "Start the endpoint with it: Dropbox sends a challenge at once.",
    "Enter the URL under Webhooks.",
]);

/// Hex HMAC-SHA256 of the body.
pub const SCHEME: Scheme = Scheme::new("dropbox", Algorithm::HmacSha256)
    .signature(Signature::header("x-dropbox-signature"))
    .identity(Identity::none())
    .handshakes(&[Handshake::unsigned(
        "GET",
        &[Condition::Present(Field::Query("challenge"))],
        HandshakeReply::Echo(Field::Query("challenge")),
    )]);

scheme_provider! {
    /// Verifies what Dropbox sends to one app. The key is the app's secret.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::dropbox::Dropbox;
    ///
    /// let endpoint = Endpoint::new(Dropbox::new("apz4lxy9154iufz")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Dropbox, SCHEME
}
