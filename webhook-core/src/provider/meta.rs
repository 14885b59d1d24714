//! Meta: WhatsApp, Messenger, Instagram and pages.
//!
//! | | |
//! |---|---|
//! | signature | `X-Hub-Signature-256: sha256=` and hex HMAC-SHA256 of the body |
//! | key | the text of the app's secret |
//! | time window | none: Meta signs no time |
//! | event id | none |
//! | kind | `object` in the body, signed |
//! | set-up | `GET` with `hub.mode`, `hub.challenge` and `hub.verify_token`, **not signed**: the library answers with the challenge if the token is that of the setting `verify_token`, else with 403 |
//!
//! # What to know
//!
//! - A body holds many events, in `entry` and below it. Remember each by the id it has there: `messages[].id` of WhatsApp,
//!   `message.mid` of Messenger.
//! - Meta escapes letters such as `ä` in what it signs. Whoever writes the JSON anew before comparing refuses genuine requests;
//!   what is signed is the body as it was sent.
//! - The verify token is a word that you choose, and no secret of Meta. Without the setting, every set-up is refused.
//! - The older `X-Hub-Signature`, with SHA-1, comes along and is not looked at.
//! - Meta's own page could not be read; the rule is from those who quote it.
//!
//! Checked against vectors that we computed. Documentation:
//! ["Webhooks from Meta"](https://developers.facebook.com/docs/graph-api/webhooks/getting-started).
//!
//! Dedupe tells events apart by: body. A repeat is handled again if it is not recognised: rendered anew.

use http::StatusCode;

use crate::crypto::{Algorithm, KeyFormat};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Condition, Handshake, HandshakeReply, Scheme, Signature};
use crate::{ConfigError, Secret};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About =
    About::new(Group::Messages, "https://developers.facebook.com/docs/graph-api/webhooks/getting-started")
        .setup(&[
            "In the app's dashboard, open App settings, Basic, and copy the app secret. It becomes `secrets`.",
            "Choose a long random word. It becomes `verify_token`.",
            "Start the endpoint with both: Meta checks the URL at once.",
            "Under Webhooks, or WhatsApp, Configuration, enter the URL and the same verify token, and subscribe to the fields.",
        ])
        .acknowledgement("200");

/// Hex HMAC-SHA256 of the body, after `sha256=`.
pub const SCHEME: Scheme = Scheme::new("meta", Algorithm::HmacSha256)
    // Access tokens, which call the API.
    .key(KeyFormat::text().reject_prefixes(&["EAA"]))
    .signature(Signature::header("x-hub-signature-256").prefix("sha256="))
    .kind(&[Field::Json("/object")])
    .handshakes(&[Handshake::unsigned(
        "GET",
        &[
            Condition::Equals(Field::Query("hub.mode"), "subscribe"),
            Condition::Present(Field::Query("hub.challenge")),
        ],
        HandshakeReply::Echo(Field::Query("hub.challenge")),
    )
    .expects(Field::Query("hub.verify_token"), StatusCode::FORBIDDEN)]);

scheme_provider! {
    /// Verifies what Meta sends to one app. The key is the app's secret.
    ///
    /// ```
    /// use webhook_core::{Endpoint, Secret};
    /// use webhook_core::provider::meta::Meta;
    ///
    /// let meta = Meta::new("a11f04e18369663047bf117617edd2e2")?;
    /// let endpoint = Endpoint::new(meta.verify_token(Secret::new("a word that you choose")?)?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Meta, SCHEME
}

impl Meta {
    /// The word that a set-up must show to be answered.
    ///
    /// # Errors
    /// Never, as long as Meta's set-up shows one.
    pub fn verify_token(self, token: Secret) -> Result<Self, ConfigError> {
        self.0.handshake_token(token).map(Self)
    }
}

/// Names of kinds: `object` in the body. Meta has more; all of them arrive.
pub mod kind {
    /// An Instagram account.
    pub const INSTAGRAM: &str = "instagram";
    /// A page, and Messenger.
    pub const PAGE: &str = "page";
    /// A WhatsApp business account.
    pub const WHATSAPP_BUSINESS_ACCOUNT: &str = "whatsapp_business_account";
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::testing::support::NOW;
    use crate::testing::{FixedClock, SignedRequest, receive};
    use crate::{Answer, Endpoint};

    fn answer(meta: Meta) -> Answer {
        let target = "/?hub.mode=subscribe&hub.challenge=7&hub.verify_token=a-word-for-tests";
        let request = SignedRequest {
            method: "GET".to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: bytes::Bytes::new(),
        };
        let endpoint = Endpoint::new(meta).clock(FixedClock::at(NOW));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(receive(&endpoint, request)).unwrap_err()
    }

    #[test]
    fn a_set_up_is_answered_where_the_word_is_known_only() {
        let meta = || Meta::new("a secret for tests").unwrap();
        let token = |word: &str| Secret::new(word).unwrap();
        let known = meta().verify_token(token("a-word-for-tests")).unwrap();
        assert!(matches!(answer(known), Answer::Reply(reply) if reply.body() == "7"));
        let other = meta().verify_token(token("another-word")).unwrap();
        assert_eq!(answer(other).code(), "handshake_refused");
        assert_eq!(answer(meta()).code(), "handshake_refused");
    }
}
