//! Intercom: conversations, contacts and tickets.
//!
//! | | |
//! |---|---|
//! | signature | `X-Hub-Signature: sha1=` and hex HMAC-SHA1 of the body |
//! | key | the text of the app's client secret |
//! | time window | none: Intercom signs no time |
//! | event id | `id` in the body, signed, such as `notif_…` |
//! | kind | `topic` in the body, signed, such as `conversation.user.created` |
//! | set-up | a `HEAD` request, which nobody signs: the library answers 200; then an ordinary signed delivery of kind `ping` |
//!
//! # What to know
//!
//! - The code is an HMAC with SHA-1. What is known against SHA-1 does not touch it.
//! - The header has the name of GitHub's older one.
//! - An app gets the notifications of every workspace that installs it: `app_id` names the workspace, and
//!   [`Endpoint::accounts`](crate::Endpoint::accounts) takes those that you name.
//! - A `ping` may have no id.
//! - The rule is from excerpts of Intercom's documentation and from third parties.
//!
//! Checked against vectors that we computed; no library of Intercom verifies. Documentation:
//! ["Webhooks"](https://developers.intercom.com/docs/webhooks).
//!
//! Dedupe tells events apart by: `id`, kind; without an id the body.

use crate::crypto::Algorithm;
use crate::message::Whose;
use http::StatusCode;

use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Handshake, HandshakeReply, Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Business, "https://developers.intercom.com/docs/webhooks").setup(&[
    "In the Developer Hub, open the app, Basic information, and copy the client secret. It becomes `secrets`.",
    "Start the endpoint with it: Intercom asks the URL by `HEAD`.",
    "Open Configure, Webhooks, enter the URL and choose the topics.",
]);

/// Hex HMAC-SHA1 of the body, after `sha1=`.
pub const SCHEME: Scheme = Scheme::new("intercom", Algorithm::HmacSha1)
    .signature(Signature::header("x-hub-signature").prefix("sha1="))
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/topic")])
    .whose(&WHOSE)
    .handshakes(&[Handshake::unsigned(
        "HEAD",
        &[],
        HandshakeReply::Empty(StatusCode::OK),
    )]);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/app_id")]);

scheme_provider! {
    /// Verifies what Intercom sends to one app. The key is the app's client secret.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::intercom::Intercom;
    ///
    /// let endpoint = Endpoint::new(Intercom::new("8cbb7f4e-52a9-4cb1-9d0a-6d1b1c6a9d53")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Intercom, SCHEME
}
