//! X (Twitter): account activity, posts of a filtered stream.
//!
//! | | |
//! |---|---|
//! | signature | `X-Twitter-Webhooks-Signature: sha256=…`, base64 HMAC-SHA256 of the body |
//! | key | the text of the app's consumer secret (API secret key) |
//! | time window | none: X signs no time |
//! | event id | none |
//! | kind | none: the member of the body that ends with `_events` says it |
//! | set-up | `GET` with `crc_token`, unsigned: the library answers with `{"response_token":"sha256=…"}`, base64 HMAC-SHA256 of the token |
//!
//! # What to know
//!
//! - X asks for the answer to a token when the webhook is registered, and again and again. The first key that is valid signs it: while the
//!   consumer secret is replaced, put the one first that X has now.
//! - **Anybody can ask for the answer to a token, and it is made with the key that signs deliveries.** So a token that begins as an object
//!   in JSON does is refused, and so is a body that does not: no answer is the signature of a delivery. Code that signs any token lets strangers sign.
//! - X signs no time and no id: a captured request can be sent again. Use a [store](crate::dedupe), which recognises the body.
//!
//! Checked against vectors that we computed, by the documentation of X; no library of X verifies:
//! ["Webhooks"](https://docs.x.com/x-api/webhooks/introduction).
//!
//! Dedupe tells events apart by: body.

use crate::crypto::{Algorithm, Encoding};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Condition, Handshake, HandshakeReply, ReplyValue, Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Messages, "https://docs.x.com/x-api/webhooks/introduction")
    .setup(&[
        "In the developer portal, open the app, Keys and tokens, and copy the consumer secret (API key secret). It becomes `secrets`.",
        "Start the endpoint with it: X asks for the answer to a token before it takes the URL.",
        "Register the URL with `POST /2/webhooks` of the API. It must not name a port.",
    ])
    .acknowledgement("200, within 10 seconds");

/// Base64 HMAC-SHA256 of the body; tokens are answered.
pub const SCHEME: Scheme = Scheme::new("x", Algorithm::HmacSha256)
    .signature(
        Signature::header("x-twitter-webhooks-signature")
            .prefix("sha256=")
            .encoding(Encoding::Base64),
    )
    .handshakes(&[Handshake::unsigned(
        "GET",
        &[Condition::Present(TOKEN)],
        HandshakeReply::Json(&[(
            "response_token",
            ReplyValue::Code("sha256=", TOKEN, Encoding::Base64),
        )]),
    )])
    // <https://docs.x.com/x-api/webhooks/introduction>
    .waits_secs(10);

const TOKEN: Field = Field::Query("crc_token");

scheme_provider! {
    /// Verifies what X sends to one app.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::x::X;
    ///
    /// let endpoint = Endpoint::new(X::new(["the secret of today", "the one before"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    X, SCHEME
}
