//! Trello: boards, lists and cards.
//!
//! | | |
//! |---|---|
//! | signature | `X-Trello-Webhook`: base64 HMAC-SHA1 of the body and the callback URL, with nothing between them |
//! | key | the text of the application's (OAuth) secret |
//! | time window | none: Trello signs no time |
//! | event id | `action.id` in the body, signed |
//! | kind | `action.type` in the body, signed, such as `updateCard` |
//! | set-up | a `HEAD` request, which nobody signs: the library answers 200 |
//!
//! # What to know
//!
//! - What counts is the callback URL as it was registered, to the last character: the setting `public_url`. It is never taken from what
//!   arrives, which a proxy may have changed.
//! - The code is an HMAC with SHA-1. What is known against SHA-1 does not touch it.
//! - The secret is that of the application, not its key and no token.
//! - A receiver that answers 410 is said to lose its webhook: nothing here answers with it.
//!
//! Checked against vectors that we computed, by Trello's documentation; no library of Trello verifies. Documentation:
//! ["Webhooks"](https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/).
//!
//! Dedupe tells events apart by: `action.id`, kind; without an id the body.

use http::StatusCode;

use crate::crypto::{Algorithm, Encoding};
use crate::provider::about::{About, Group};
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Handshake, HandshakeReply, Part, Scheme, SchemeVerifier, Signature};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys};
use crate::{Answer, BodyCheck, ConfigError, IntoKeyring, RequestHead, UnixTime, Verifier};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME)).tested(testing!(samples));

const ABOUT: About =
    About::new(Group::Business, "https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/").setup(&[
        "In the Power-Up admin, open the application, API key, and copy its secret. It becomes `secrets`.",
        "Write the URL of your endpoint into `public_url`, and start it: Trello asks the URL by `HEAD`.",
        "Create the webhook by `POST /1/webhooks`, with exactly that URL as `callbackURL`.",
    ]);

/// Base64 HMAC-SHA1 of body and callback URL.
pub const SCHEME: Scheme = Scheme::new("trello", Algorithm::HmacSha1)
    .signature(Signature::header("x-trello-webhook").encoding(Encoding::Base64))
    .signed_content(&[Part::Body, Part::PublicUrl])
    .id(&[Field::Json("/action/id")])
    .kind(&[Field::Json("/action/type")])
    .handshakes(&[Handshake::unsigned(
        "HEAD",
        &[],
        HandshakeReply::Empty(StatusCode::OK),
    )]);

const _: () = assert!(SCHEME.check().is_ok());

/// Verifies what Trello sends to one webhook. The key is the application's secret.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::trello::Trello;
///
/// let trello = Trello::new("faf69e4320d21d92bed6d27bbe6e056f", "https://shop.example/webhooks/trello")?;
/// let endpoint = Endpoint::new(trello);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Trello(SchemeVerifier);

impl Trello {
    /// Accepts what any of these keys has signed for `public_url`: the callback URL exactly as it was registered.
    ///
    /// # Errors
    /// If there is no key, one is empty, or the URL does not begin with `https://` or `http://`.
    pub fn new(keys: impl IntoKeyring, public_url: impl Into<String>) -> Result<Self, ConfigError> {
        SCHEME.verifier(keys)?.public_url(public_url).map(Self)
    }
}

impl Verifier for Trello {
    fn provider(&self) -> crate::Provider {
        self.0.provider()
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        self.0.key_prints()
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        self.0.begin(head, now)
    }
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let sample = Sample::of_scheme(SCHEME, keys)?;
    let sample = sample.set("public_url", Sample::URL);
    Ok(vec![Sample {
        needed: &["public_url"],
        ..sample.made_by(|keys| Trello::new(keys, Sample::URL))
    }])
}
