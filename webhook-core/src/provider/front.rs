//! Front: conversations and messages. Two kinds of webhooks; choose the one that it is.
//!
//! | | mode `application` | mode `rule` |
//! |---|---|---|
//! | signature | `X-Front-Signature`: base64 HMAC-SHA256 of `X-Front-Request-Timestamp`, `:`, body | `X-Front-Signature`: base64 HMAC-SHA1 of the body |
//! | key | the text of the application's signing key | the text of the company's API secret |
//! | time window | 300 seconds both ways | none: Front signs no time |
//! | event id | `payload.id` in the body, signed | `id` in the body, signed |
//! | kind | `type` in the body, signed, such as `inbound_received` | the same |
//! | set-up | `sync`, signed: the library answers with `X-Front-Challenge`, no handler is called | none |
//!
//! # What to know
//!
//! - Settings: `mode` is `application` or `rule` and must be set.
//! - The time is in milliseconds. The five minutes are those that Front names for its connectors.
//! - The challenge stands in a header that nobody signs. It is answered only to a `sync` that is signed, as plain text; Front sends one
//!   each time that the webhook is saved.
//! - A rule webhook is sent once: Front does not repeat it. Its code is an HMAC with SHA-1; what is known against SHA-1 does not touch it.
//! - Connectors (channels and dynamic objects) sign a JSON that is written anew: they are **not covered** here.
//! - `payload.id` as the event's id is not documented by Front in so many words.
//!
//! Checked against vectors that we computed, by Front's documentation:
//! ["Application webhooks"](https://dev.frontapp.com/docs/application-webhooks) and
//! ["Rule webhooks"](https://dev.frontapp.com/docs/rule-webhooks).
//!
//! Dedupe tells events apart by: `payload.id` or `id`, kind; without an id the body and the signed time.

use std::sync::Arc;

use bytes::Bytes;

use crate::crypto::{Algorithm, Encoding};
use crate::json::values;
use crate::outcome::Reply;
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Part, Scheme, SchemeVerifier, Signature, Timestamp};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys, Sign, Signer};
use crate::time::TimeUnit;
use crate::{
    Answer, BodyCheck, Check, ConfigError, IntoKeyring, RequestHead, Settings, Tolerance, UnixTime,
    Verdict, Verifier,
};

pub(crate) const PROVIDER: Registered =
    Registered::custom(APPLICATION_SCHEME.provider(), &ABOUT, |settings| {
        Ok(Arc::new(Front {
            scheme: scheme_of(settings)?.configured(settings)?,
        }))
    })
    .tested(testing!(signer, samples));

fn scheme_of(settings: &Settings) -> Result<Scheme, ConfigError> {
    match settings.required("mode")? {
        "application" => Ok(APPLICATION_SCHEME),
        "rule" => Ok(RULE_SCHEME),
        _ => Err(ConfigError::new(
            "`mode` is neither `application` nor `rule`",
        )),
    }
}

const ABOUT: About = About::new(Group::Business, "https://dev.frontapp.com/docs/application-webhooks")
    .setup(&[
        "For an application: in Settings, Developers, open the app and copy its signing key. It becomes `secrets`, and `mode` is `application`.",
        "Start the endpoint with it: Front sends a signed challenge each time that the webhook is saved. Then add the feature Webhook with the URL.",
        "For a rule: the company's API secret becomes `secrets`, and `mode` is `rule`. Then let the rule send to the URL.",
    ])
    .settings(&[
        Setting::required("mode", "`application` or `rule`"),
        Setting::required(
            "secrets",
            "the application's signing key, or the company's API secret: one or a list, any of which may match",
        ),
        Setting::optional(
            "tolerance_seconds",
            "how old a signed time may be, for `application`; 300 if absent",
        ),
        Setting::optional(
            "future_tolerance_seconds",
            "how far ahead it may be; the same if absent",
        ),
    ])
    .headers(&["x-front-signature", "x-front-request-timestamp"])
    .signed(
        "`application`: HMAC-SHA256 in base64 of: the time, `:`, the body; `rule`: HMAC-SHA1 in base64 of: the body",
    )
    .handshakes(&["signed, where `/type` of the body is `sync`: answered with the header `x-front-challenge` as plain text"])
    .tolerance_secs(300);

/// Of an application: base64 HMAC-SHA256 of time, colon and body.
pub const APPLICATION_SCHEME: Scheme = Scheme::new("front", Algorithm::HmacSha256)
    .signature(SIGNATURE)
    .timestamp(
        Timestamp::header("x-front-request-timestamp")
            .unit(TimeUnit::Milliseconds)
            .tolerance(300),
    )
    .signed_content(&[Part::Timestamp, Part::Literal(":"), Part::Body])
    .id(&[Field::Json("/payload/id")])
    .kind(&[Field::Json(KIND)]);

/// Of a rule: base64 HMAC-SHA1 of the body.
pub const RULE_SCHEME: Scheme = Scheme::new("front", Algorithm::HmacSha1)
    .signature(SIGNATURE)
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json(KIND)]);

const SIGNATURE: Signature = Signature::header("x-front-signature").encoding(Encoding::Base64);
const KIND: &str = "/type";
const CHALLENGE: &str = "x-front-challenge";

const _: () = assert!(APPLICATION_SCHEME.check().is_ok() && RULE_SCHEME.check().is_ok());

/// Verifies what Front sends to one application, or by the rules of one company.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::front::Front;
///
/// let application = Endpoint::new(Front::application("3ed36053bb5afbbc656190404a24ff8e")?);
/// let rules = Endpoint::new(Front::rule("8407afabff404565c54f2150458b6809")?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Front {
    scheme: SchemeVerifier,
}

impl Front {
    /// Accepts what any of these signing keys of an application has signed.
    ///
    /// # Errors
    /// If there is no key, or one is empty.
    pub fn application(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        let scheme = APPLICATION_SCHEME.verifier(keys)?;
        Ok(Self { scheme })
    }

    /// Accepts what any of these API secrets of a company has signed for a rule.
    ///
    /// # Errors
    /// If there is no key, or one is empty.
    pub fn rule(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        let scheme = RULE_SCHEME.verifier(keys)?;
        Ok(Self { scheme })
    }

    /// Another tolerance than the 300 seconds both ways.
    ///
    /// # Errors
    /// If no time is signed, because it is of a [rule](Self::rule).
    pub fn tolerance(self, tolerance: Tolerance) -> Result<Self, ConfigError> {
        let scheme = self.scheme.tolerance(tolerance)?;
        Ok(Self { scheme })
    }
}

impl Verifier for Front {
    fn provider(&self) -> crate::Provider {
        self.scheme.provider()
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        self.scheme.key_prints()
    }

    fn replay_window(&self) -> Option<std::time::Duration> {
        self.scheme.replay_window()
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        let check = self.scheme.begin(head, now)?;
        // Front asks an application only, which signs a time.
        let challenge = match self.scheme.scheme().signs_time() {
            true => head.header_str(CHALLENGE)?,
            false => None,
        };
        match challenge.filter(|text| !text.is_empty()) {
            Some(challenge) => Ok(BodyCheck::new(Asked {
                check,
                challenge: challenge.to_owned(),
            })),
            None => Ok(check),
        }
    }
}

/// The check of a request that is answered with its challenge, if it is a `sync`.
#[derive(Debug)]
struct Asked {
    check: BodyCheck,
    challenge: String,
}

impl Check for Asked {
    fn update(&mut self, piece: &[u8]) {
        self.check.update(piece);
    }

    fn finalize(self: Box<Self>, body: &Bytes) -> Result<Verdict, Answer> {
        let Self {
            mut check,
            challenge,
        } = *self;
        let verdict = check.finalize(body, false)?;
        let [kind] = values(body, [KIND]);
        match kind.as_deref() {
            Some("sync") => Err(Reply::text(challenge).into()),
            _ => Ok(verdict),
        }
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let signer = Signer::configured(scheme_of(settings)?, settings)?;
    Ok(Box::new(signer))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let application = Sample::of_scheme(APPLICATION_SCHEME, keys)?;
    let rule = Sample::of_scheme(RULE_SCHEME, keys)?;
    Ok(vec![
        application
            .named("front application")
            .set("mode", "application")
            .made_by(Front::application),
        rule.named("front rule")
            .set("mode", "rule")
            .made_by(Front::rule),
    ])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider;

    #[test]
    fn the_mode_must_be_chosen_and_a_rule_has_no_tolerance() {
        for settings in [
            json!({"secrets": "a key for tests"}),
            json!({"secrets": "a key for tests", "mode": "connector"}),
            json!({"secrets": "a key for tests", "mode": "rule", "tolerance_seconds": 60}),
        ] {
            let settings = Settings::new(settings).unwrap();
            assert!(provider::by_name("front", &settings).is_err());
        }
        let rule = Front::rule("a key for tests").unwrap();
        assert!(rule.tolerance(Tolerance::secs(60)).is_err());
    }
}
