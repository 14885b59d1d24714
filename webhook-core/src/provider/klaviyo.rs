//! Klaviyo: emails, text messages and profiles, by system webhooks.
//!
//! | | |
//! |---|---|
//! | signature | `Klaviyo-Signature`: hex HMAC-SHA256 of the body and `Klaviyo-Timestamp`, nothing between them |
//! | key | the text of the webhook's secret key, which you choose |
//! | time window | 300 seconds both ways, by `meta.timestamp` in the signed body; the number is ours, Klaviyo names none |
//! | event id | `external_id` of the first event in the body, signed |
//! | kind | `topic` of the first event in the body, signed |
//!
//! # What to know
//!
//! - A body holds a **list of events**, in `data`. The id and the kind of the [`Delivery`](crate::Delivery) are those of its first:
//!   read the list, and remember each event by its `external_id`.
//! - `Klaviyo-Timestamp` was seen hours away from the time in the body, and in more than one form. It is signed text here, and no more.
//! - Nothing stands between the body and that header. A body that does not end with `}`, and a header that has one, are refused: else
//!   what ends the one could be sent as the beginning of the other.
//! - `Klaviyo-Webhook-Id` is the webhook, as `meta.klaviyo_webhook_id` in the signed body is. The header is not looked at.
//! - Webhooks of flows are another thing, and are not signed.
//!
//! Checked against vectors that we computed. The rule is from Klaviyo's documentation, the form of its time from third parties:
//! ["Working with system webhooks"](https://developers.klaviyo.com/en/docs/working_with_system_webhooks).
//!
//! Dedupe tells events apart by: body. A repeat is handled again if it is not recognised: with a new time in the body.

use std::sync::Arc;

use bytes::Bytes;

use crate::crypto::{Algorithm, Encoding, Given, KeyFormat, PreparedKey};
use crate::json::values;
use crate::message::{Ident, Identity, Whose};
use crate::outcome::{malformed, missing};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Scheme, Signature, Timestamp};
#[cfg(feature = "testing")]
use crate::testing::sample::secrets;
#[cfg(feature = "testing")]
use crate::testing::{Bodies, Place, Sample, SampleKeys, Sign, SignedRequest};
use crate::time::TimeUnit;
use crate::verify::{Keys, buffered, require_post, signature_header};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, IntoKeyring, Proof, Rejection, RequestHead, Settings,
    Tolerance, UnixTime, Verdict, Verifier,
};

pub(crate) const PROVIDER: Registered = Registered::custom(NAMES.provider(), &ABOUT, |settings| {
    Ok(Arc::new(Klaviyo::from_settings(settings)?))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(
    Group::Messages,
    "https://developers.klaviyo.com/en/docs/working_with_system_webhooks",
)
.setup(&[
    "Choose a secret key of 32 random characters. It becomes `secrets`.",
    "Make a webhook by Klaviyo's Webhooks API, with the URL, its topics and the secret key.",
])
.settings(&[
    Setting::required(
        "secrets",
        "the secret key of the webhook: one or a list, any of which may match",
    ),
    Setting::optional(
        "tolerance_seconds",
        "how old the signed time may be; 300 if absent",
    ),
    Setting::optional(
        "future_tolerance_seconds",
        "how far ahead it may be; the same if absent",
    ),
])
.headers(&[HEADER, TIME_HEADER])
.signed("HMAC-SHA256 in hex of: the body, the text of `Klaviyo-Timestamp`")
.tolerance_secs(300);

const HEADER: &str = "klaviyo-signature";
const TIME_HEADER: &str = "klaviyo-timestamp";
const TIME: &str = "/meta/timestamp";

/// What stands where. That a header is signed right behind the body is nothing that a scheme can say.
const NAMES: Scheme = Scheme::new("klaviyo", Algorithm::HmacSha256)
    // Keys of the API.
    .key(KeyFormat::text().reject_prefixes(&["pk_"]))
    .signature(Signature::header(HEADER))
    .timestamp(Timestamp::first_of(&[Field::Json(TIME)]).unit(TimeUnit::Rfc3339))
    .id(&[Field::Json("/data/0/external_id")])
    .kind(&[Field::Json("/data/0/topic")])
    // Two lists may begin with the same event.
    .identity(Identity::body())
    .whose(&WHOSE);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/meta/klaviyo_account_id")]);

/// Verifies what Klaviyo sends to one system webhook.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::klaviyo::Klaviyo;
///
/// let endpoint = Endpoint::new(Klaviyo::new(["new secret key", "old secret key"])?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Klaviyo {
    keys: Arc<Keys<PreparedKey>>,
    tolerance: Tolerance,
}

impl Klaviyo {
    /// Accepts what any of these keys has signed.
    ///
    /// # Errors
    /// If there is no key, or one cannot be a secret of this sender.
    pub fn new(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        let keys = Keys::new(NAMES.key.never, keys, |secret| {
            PreparedKey::new(NAMES.algorithm, NAMES.key, secret)
        })?;
        Ok(Self {
            keys: Arc::new(keys),
            tolerance: Tolerance::secs(300),
        })
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let klaviyo = Self::new(settings.keys("secrets")?);
        let klaviyo = klaviyo.map_err(|error| error.of_setting("secrets"))?;
        Ok(match settings.tolerance()? {
            Some(tolerance) => klaviyo.tolerance(tolerance),
            None => klaviyo,
        })
    }

    /// Another tolerance than the 300 seconds both ways.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        Self { tolerance, ..self }
    }
}

impl Verifier for Klaviyo {
    fn provider(&self) -> crate::Provider {
        NAMES.provider()
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        self.keys.prints(&[NAMES.name()])
    }

    fn replay_window(&self) -> Option<std::time::Duration> {
        Some(self.tolerance.window())
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let given = signature_header(head, HEADER)?;
        let code = Given::decode(NAMES.algorithm, Encoding::Hex, given);
        let behind = signed_header(head)?.to_vec();
        let keys = Arc::clone(&self.keys);
        let tolerance = self.tolerance;
        let ident = Ident::of(&NAMES.described());
        Ok(buffered(move |body| {
            let key = keys.signing(now, &[code], &[body, &behind[..]].concat())?;
            let sent_at = time_of(body)?;
            tolerance.require(sent_at, now, TimeUnit::Rfc3339)?;
            let proof = Proof::dangerously_assert(Coverage::Body)
                .key(key)
                .sent_at(sent_at);
            Ok(Verdict::Authentic(Proof { ident, ..proof }))
        }))
    }
}

/// The text that is signed behind the body.
fn signed_header<'a>(head: &RequestHead<'a>) -> Result<&'a [u8], Rejection> {
    let value = head.header(TIME_HEADER)?.map(<[u8]>::trim_ascii);
    let value = value.filter(|value| !value.is_empty());
    let value = value.ok_or(missing("the request has no time").of_header(TIME_HEADER))?;
    match value.contains(&b'}') {
        true => Err(malformed("the signed header holds what the body ends with")),
        false => Ok(value),
    }
}

/// When a body was sent that is whole.
fn time_of(body: &Bytes) -> Result<UnixTime, Rejection> {
    if !body.trim_ascii_end().ends_with(b"}") {
        return Err(malformed("the body is no JSON object"));
    }
    let [time] = values(body, [TIME]);
    let time = time.ok_or(malformed("the body has no time"))?;
    let time = TimeUnit::Rfc3339.parse(time.as_bytes());
    time.ok_or(malformed("`meta.timestamp` is no time by RFC 3339"))
}

/// Signs as Klaviyo does. Writes the time into the body, which must be a JSON object.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::klaviyo::Signer;
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("a secret for tests")?;
/// let request = signer.sign(b"{}", UnixTime::from_secs(1_785_920_400))?;
/// assert_eq!(request.header("klaviyo-timestamp"), Some("Wed, 05 Aug 2026 09:00:00 GMT"));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone, Debug)]
pub struct Signer {
    secret: crate::Secret,
    /// Writes the body.
    by_body: crate::testing::Signer,
}

#[cfg(feature = "testing")]
impl Signer {
    /// A signer with this secret.
    ///
    /// # Errors
    /// If the secret is empty.
    pub fn new(secret: impl Into<String>) -> Result<Self, ConfigError> {
        let secret = crate::Secret::dangerously_short(secret)?;
        Ok(Self {
            by_body: crate::testing::Signer::new(NAMES, secret.expose())?,
            secret,
        })
    }
}

#[cfg(feature = "testing")]
impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        let body = self.by_body.sign(body, now)?.body;
        let time = jiff::Timestamp::from_second(now.as_secs()).and_then(|time| {
            jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&time)
        });
        let time = time.map_err(|_| ConfigError::fixed("the time is out of range"))?;
        let key = PreparedKey::new(NAMES.algorithm, NAMES.key, &self.secret)?;
        let code = key.tag_of(&[&body[..], time.as_bytes()].concat()).to_hex();
        Ok(SignedRequest::json(body)
            .with_header(TIME_HEADER, time)
            .with_header(HEADER, code))
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(Signer::new(settings.first_key("secrets")?)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let [key, _] = keys.text;
    let place = Place::Header(HEADER);
    let sample = Sample::new(NAMES.name(), Signer::new(key)?, secrets(keys.text), place);
    Ok(vec![Sample {
        bodies: Bodies::Own(Sample::BODY.to_vec()),
        signed: vec![TIME_HEADER],
        window: Some([300; 2]),
        id: None,
        ..sample.keyed(keys.text, Klaviyo::new)
    }])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::support;
    use crate::testing::support::NOW;

    const SECRET: &str = "a secret for tests";

    fn request() -> SignedRequest {
        Signer::new(SECRET).unwrap().sign(b"{}", NOW).unwrap()
    }

    fn refused(request: SignedRequest) -> &'static str {
        support::refused("klaviyo", json!({"secrets": SECRET}), request).code()
    }

    /// The same bytes are signed, cut at another place.
    #[test]
    fn what_ends_the_body_is_not_sent_as_the_beginning_of_the_header() {
        let genuine = request();
        let time = genuine.header(TIME_HEADER).unwrap().to_owned();
        let shorter = genuine.body.slice(..genuine.body.len() - 1);
        let moved = genuine.clone().with_body(shorter);
        let moved = moved.with_header(TIME_HEADER, format!("}}{time}"));
        assert_eq!(refused(moved), "malformed");

        let (first, rest) = time.split_at(1);
        let longer = [&genuine.body[..], first.as_bytes()].concat();
        let moved = genuine.with_body(longer).with_header(TIME_HEADER, rest);
        assert_eq!(refused(moved), "malformed");
    }
}
