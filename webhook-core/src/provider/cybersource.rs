//! CyberSource: card payments, eChecks, network tokens. REST webhooks.
//!
//! | | |
//! |---|---|
//! | signature | `v-c-signature: t=…;keyId=…;sig=…`: base64 HMAC-SHA256 of `t`, `.` and the body, or the `payload` in it |
//! | key | base64; chosen by `keyId`. Setting `keys`: a table of keys by their id |
//! | time window | 3,600 seconds both ways; `t` is in milliseconds |
//! | event id | `notificationId` in the body, signed with the body |
//! | kind | `eventType` in the body, signed with the body |
//!
//! # What to know
//!
//! - It is **doubtful what is signed**: newer code of the vendor signs the body, older cartridges the member `payload`.
//!   The default is the body. The setting `signed_part`, `body` or `payload`, chooses; never are both tried.
//! - With `payload`, that member is signed as it stands in the body. Id and kind stand outside and are **not signed**.
//! - CyberSource documents no time window. One hour is what the vendor's cartridge takes. Whether a retry is signed
//!   anew is not known: with long retries configured, widen the [tolerance](CyberSource::tolerance).
//! - Notifications of payments are encrypted on top, by the documentation: the `payload` is then a JWE, which is for
//!   you to decrypt.
//! - Headers such as `v-c-event-type` are not signed and not looked at. The health check that CyberSource makes of
//!   another URL is yours to answer with 200.
//!
//! Checked by the documentation, "Digital signature format"; there is no vendor library that verifies, and the vendor's
//! cartridges for Salesforce and commercetools differ as said above. Documentation:
//! ["Validating a Notification with the Digital Signature Key"](https://developer.cybersource.com/docs/cybs/en-us/webhooks/implementation/all/rest/webhooks/wh-fg-key-dig-sig-intro/wh-fg-optional-validate-intro.html).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `payments.payments.accept`, `payments.payments.partial.approval` |  | `Authorized` |  |
//! | `payments.payments.review`, `payments.captures.review`, `payments.credits.review` |  | `Pending` |  |
//! | `payments.payments.reject`, `payments.captures.reject`, `payments.payments.failed` |  | `Failed` |  |
//! | `payments.captures.accept`, `payments.payments.accepted`, `invoicing.customer.invoice.paid`, `invoicing.customer.invoice.partial-payment` |  | `Paid` |  |
//! | `payments.reversals.accept`, `payments.voids.accept`, `payments.voids.accepted`, `invoicing.customer.invoice.cancel` |  | `Canceled` |  |
//! | `payments.refunds.accept`, `payments.refunds.partial.approval` |  | `Refund` |  |
//! | `payments.refunds.reject` |  | `RefundFailed` |  |
//! | `payments.credits.accept`, `payments.credits.partial.approval` |  | `Payout` |  |
//! | `payments.credits.reject` |  | `PayoutFailed` |  |
//! | `rbs.subscriptions.charge.failed` |  | `SubscriptionPastDue` |  |
//! | `payments.payments.updated`, `payByLink.customer.payment` |  | `Unconfirmed` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | all |  |  |  |  |
//!
//! - Amount, ids, reference and time are `None`: they are inside the encrypted payload.
//! - Where the payload alone is signed, the status is `Unconfirmed`.
//! - `payments.payments.accept` and `payments.payments.partial.approval` are `Authorized` of a sale too, because the
//!   kind does not tell it apart. `payments.payments.accepted` is that of an eCheck.
//! - A refund's kind does not say whether that was all. A void can stop a refund as well as a payment.
//! - A credit is money to a card without a payment.
//! - `payments.payments.updated` and `payByLink.customer.payment` are `Unconfirmed`: what happened is in the payload.
//! - `invoicing.customer.invoice.partial-payment` is `Paid` of a part.
//! - The list of kinds is not complete: CyberSource documents them by product.
//!
//! Dedupe tells events apart by: `notificationId`, kind; signed payload: payload and unsigned `notificationId`.

use std::sync::Arc;

use bytes::Bytes;

use crate::account::key_ids;
use crate::crypto::{Encoding, KeyFormat, PreparedKey};
use crate::json::{member, values};
use crate::message::{Message, Whose};
use crate::outcome::{malformed, missing};
use crate::payment::PaymentStatus::{
    Authorized, Canceled, Failed, Other, Paid, Payout, PayoutFailed, Pending, Refund, RefundFailed,
    SubscriptionPastDue, Unconfirmed,
};
use crate::payment::read::require;
use crate::payment::{Meaning, PaymentUpdate, Places, Rule};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
#[cfg(feature = "testing")]
use crate::testing::{Bodies, Code, Place, Sample, SampleKeys, Sign, SignedRequest, reads};
use crate::time::TimeUnit;
use crate::verify::{Candidate, hmac_sha256, pairs, require_post, signature_header, streaming};
use crate::verify::{Keys, NO_MATCH, buffered};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, DecodeError, IntoKeyring, MatchedKey, Proof,
    RequestHead, Settings, Tolerance, UnixTime, Verdict, Verifier,
};
#[cfg(feature = "testing")]
use serde_json::json;

pub(crate) const PROVIDER: Registered = Registered::custom(SENDER, &ABOUT, |settings| {
    Ok(Arc::new(CyberSource::from_settings(settings)?))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(
    Group::Payments,
    "https://developer.cybersource.com/docs/cybs/en-us/webhooks/implementation/all/rest/\
     webhooks/wh-fg-key-dig-sig-intro/wh-fg-optional-validate-intro.html",
)
.setup(&[
    "Make a digital signature key with a POST to `/kms/egress/v2/keys-sym`.",
    "Its id and its key become an entry of `keys`.",
    "Subscribe to the webhooks with the URL of your endpoint.",
])
.settings(&[
    Setting::required(
        "keys",
        "a table of digital signature keys in base64 by their id, as the answer that made \
         them says",
    ),
    Setting::optional(
        "signed_part",
        "`body`, which is the default, or `payload`: what is signed behind the time",
    ),
    Setting::optional("tolerance_seconds", "how old the signed time may be"),
    Setting::optional(
        "future_tolerance_seconds",
        "how far ahead it may be; the same if absent",
    ),
])
.headers(&["v-c-signature"])
.signed("HMAC-SHA256 in base64 of: the time, `.`, the body or the `payload` in it")
.tolerance_secs(3600);

const SENDER: crate::Provider = crate::Provider::new(NAME)
    .meaning(&MEANING)
    .payments(updates);

const NAME: &str = "cybersource";
const HEADER: &str = "v-c-signature";

/// What CyberSource signs behind the time. See the [module](self).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignedPart {
    /// The whole body.
    Body,
    /// The member `payload` of the body, as it is written there.
    Payload,
}

/// Verifies what CyberSource sends to one subscription.
///
/// ```
/// use webhook_core::provider::cybersource::CyberSource;
/// use webhook_core::{Endpoint, Key};
///
/// let key = Key::new("9grzoV7ooiT2lgiXTPrvNBHJsIY6DRciJWDGpbMmFMA=")?;
/// let key = key.named("b776a029-67db-4b52-9fa9-5781c058a70b");
/// let endpoint = Endpoint::new(CyberSource::new(key)?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct CyberSource {
    keys: Keys<PreparedKey>,
    signed_part: SignedPart,
    tolerance: Tolerance,
}

impl CyberSource {
    /// Accepts what any of these keys has signed, each named with its key id.
    ///
    /// # Errors
    /// If there is no key, one is not base64, one has no name, or two have the same.
    pub fn new(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        let keys = key_ids::require_ids(keys)?;
        Ok(Self {
            keys: Keys::new(&[], keys, |key| hmac_sha256(KeyFormat::base64(), key))?,
            signed_part: SignedPart::Body,
            tolerance: Tolerance::secs(3600),
        })
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let verifier = Self::new(key_ids::configured(settings, "keys")?);
        let verifier = verifier.map_err(|error| error.of_setting("keys"))?;
        let verifier = match settings.text("signed_part")? {
            None | Some("body") => verifier,
            Some("payload") => verifier.signed_part(SignedPart::Payload),
            Some(_) => {
                return Err(ConfigError::new(
                    "`signed_part` is neither `body` nor `payload`",
                ));
            }
        };
        Ok(match settings.tolerance()? {
            Some(tolerance) => verifier.tolerance(tolerance),
            None => verifier,
        })
    }

    /// What is signed, if not the body.
    #[must_use]
    pub fn signed_part(self, signed_part: SignedPart) -> Self {
        Self {
            signed_part,
            ..self
        }
    }

    /// Another tolerance than the hour both ways.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        Self { tolerance, ..self }
    }
}

impl Verifier for CyberSource {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        self.keys.prints(&[NAME])
    }

    fn replay_window(&self) -> Option<std::time::Duration> {
        Some(self.tolerance.window())
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let value = signature_header(head, HEADER)?;
        let [time, id, given] = pairs(value, b';', ["t", "keyId", "sig"])?;
        let given = given.ok_or(missing("the signature header has no signature"))?;
        let time = time.ok_or(malformed("the signature has no time"))?;
        let id = id.ok_or(malformed("the signature has no key id"))?;
        let sent_at = TimeUnit::Milliseconds
            .parse(time)
            .ok_or(malformed("`t` is not a whole number of milliseconds"))?;
        let is_named = |key: &MatchedKey| key.name().is_some_and(|name| name.as_bytes() == id);
        let mut keys = self.keys.valid(now)?;
        let (key, prepared) = keys.find(|(key, _)| is_named(key)).ok_or(NO_MATCH)?;
        let mut candidate = Candidate::new(key, prepared, Encoding::Base64, given);
        candidate.update(time);
        candidate.update(b".");
        let (tolerance, signed_part) = (self.tolerance, self.signed_part);
        let judge = move |key: MatchedKey, body: &Bytes| {
            tolerance.require(sent_at, now, TimeUnit::Milliseconds)?;
            Ok(proof(signed_part, body).key(key).sent_at(sent_at))
        };
        Ok(match signed_part {
            SignedPart::Body => streaming(vec![candidate], move |key, body| {
                judge(key, body).map(Verdict::Authentic)
            }),
            SignedPart::Payload => buffered(move |body| {
                let payload = member(body, "/payload");
                let payload = payload
                    .ok()
                    .flatten()
                    .ok_or(malformed("the body has no `payload`"))?;
                candidate.update(&payload);
                if let Some(key) = candidate.matching() {
                    let proof = judge(key, body)?;
                    let [id] = values(body, ["/notificationId"]);
                    let beside = [id.as_deref().map(str::as_bytes)];
                    let proof = proof.identity(&[&payload]).identity_beside(&beside);
                    Ok(Verdict::Authentic(proof))
                } else {
                    Err(NO_MATCH.into())
                }
            }),
        })
    }
}

const NAMES: [&str; 2] = ["/notificationId", "/eventType"];

fn proof(signed_part: SignedPart, body: &Bytes) -> Proof {
    let (coverage, signed) = match signed_part {
        SignedPart::Body => (Coverage::Body, true),
        SignedPart::Payload => (Coverage::Fields, false),
    };
    let [id, kind] = values(body, NAMES);
    let proof = Proof::dangerously_assert(coverage).whose(&WHOSE);
    let proof = match id {
        Some(id) if signed => proof.id(id.to_string()),
        Some(id) => proof.unverified_id(id.to_string()),
        None => proof,
    };
    match kind {
        Some(kind) if signed => proof.kind(kind.to_string()),
        Some(kind) => proof.unverified_kind(kind.to_string()),
        None => proof,
    }
}

fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    require(message.body(), NAMES)?;
    let kind = message.any_kind().unwrap_or_default();
    let read = |base| MEANING.update(kind, message.body(), base);
    let proven = PaymentUpdate::other(message);
    if message.kind().is_some() {
        return Ok(vec![read(proven)?]);
    }
    let claimed = read(PaymentUpdate::claimed(message))?;
    if claimed.status == Other {
        return Ok(vec![proven]);
    }
    let proven = PaymentUpdate {
        status: Unconfirmed,
        ..proven
    };
    Ok(vec![proven.with_unverified(claimed)])
}

const WHOSE: Whose = Whose::new().account(&[Field::Json("/organizationId")]);

/// What CyberSource's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    // All else is encrypted.
    Places::NONE,
    &[
        Rule::new(
            &[
                "payments.payments.accept",
                "payments.payments.partial.approval",
            ],
            Authorized,
        ),
        Rule::new(
            &[
                "payments.payments.review",
                "payments.captures.review",
                "payments.credits.review",
            ],
            Pending,
        ),
        Rule::new(
            &[
                "payments.payments.reject",
                "payments.captures.reject",
                "payments.payments.failed",
            ],
            Failed,
        ),
        Rule::new(
            &[
                "payments.captures.accept",
                "payments.payments.accepted",
                "invoicing.customer.invoice.paid",
                "invoicing.customer.invoice.partial-payment",
            ],
            Paid,
        ),
        Rule::new(
            &[
                "payments.reversals.accept",
                "payments.voids.accept",
                "payments.voids.accepted",
                "invoicing.customer.invoice.cancel",
            ],
            Canceled,
        ),
        Rule::new(
            &[
                "payments.refunds.accept",
                "payments.refunds.partial.approval",
            ],
            Refund,
        ),
        Rule::new(&["payments.refunds.reject"], RefundFailed),
        Rule::new(
            &[
                "payments.credits.accept",
                "payments.credits.partial.approval",
            ],
            Payout,
        ),
        Rule::new(&["payments.credits.reject"], PayoutFailed),
        Rule::new(&["rbs.subscriptions.charge.failed"], SubscriptionPastDue),
        // To what it changed is in the payload.
        Rule::new(
            &["payments.payments.updated", "payByLink.customer.payment"],
            Unconfirmed,
        ),
    ],
);

/// Signs as CyberSource does.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::cybersource::Signer;
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("key-1", "9grzoV7ooiT2lgiXTPrvNBHJsIY6DRciJWDGpbMmFMA=")?;
/// let request = signer.sign(b"{}", UnixTime::from_secs(1_785_920_400))?;
/// assert!(request.header("v-c-signature").unwrap().starts_with("t=1785920400000;keyId=key-1;sig="));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone, Debug)]
pub struct Signer {
    id: String,
    key: crate::Secret,
    signed_part: SignedPart,
}

#[cfg(feature = "testing")]
impl Signer {
    /// A signer with the key of this id, in base64.
    ///
    /// # Errors
    /// If the key is empty.
    pub fn new(id: impl Into<String>, key: impl Into<String>) -> Result<Self, ConfigError> {
        Ok(Self {
            id: id.into(),
            key: crate::Secret::dangerously_short(key)?,
            signed_part: SignedPart::Body,
        })
    }

    /// What is signed, if not the body.
    #[must_use]
    pub fn signed_part(self, signed_part: SignedPart) -> Self {
        Self {
            signed_part,
            ..self
        }
    }
}

#[cfg(feature = "testing")]
impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        let body = Bytes::copy_from_slice(body);
        let content = match self.signed_part {
            SignedPart::Body => body.clone(),
            SignedPart::Payload => member(&body, "/payload")
                .ok()
                .flatten()
                .ok_or(ConfigError::fixed("the body has no `payload` to sign"))?,
        };
        let time = TimeUnit::Milliseconds.write(now);
        let key = hmac_sha256(KeyFormat::base64(), &self.key)?;
        let code = key
            .tag_of(&[time.as_bytes(), b".", &content].concat())
            .to_base64();
        let value = format!("t={time};keyId={};sig={code}", self.id);
        Ok(SignedRequest::json(body).with_header(HEADER, value))
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let keys = settings.text_table("keys")?.unwrap_or_default();
    let (id, key) = keys.first().ok_or_else(|| ConfigError::missing("keys"))?;
    let signer = Signer::new(*id, *key)?;
    Ok(Box::new(match settings.text("signed_part")? {
        Some("payload") => signer.signed_part(SignedPart::Payload),
        _ => signer,
    }))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let [key, _] = keys.base64;
    let sample = |signer, part: &str| {
        let settings = keys
            .base64
            .map(|key| json!({"keys": {"key-1": key}, "signed_part": part}));
        Sample {
            keys: &["keys"],
            secrets: vec![key.to_owned()],
            code: Code::Base64,
            reads: reads::exactly,
            window: Some([3600; 2]),
            ..Sample::new(NAME, signer, settings, Place::Header(HEADER))
        }
    };
    let signer = Signer::new("key-1", key)?;
    let body = json!({"notificationId": "evt_1", "eventType": "payments.payments.accept",
        "payload": {"card": Sample::CARD}});
    Ok(vec![
        sample(signer.clone(), "body"),
        Sample {
            name: "cybersource payload",
            bodies: Bodies::Own(body.to_string().into()),
            coverage: Coverage::Fields,
            ..sample(signer.signed_part(SignedPart::Payload), "payload")
        },
    ])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::delivery::Delivery;
    use crate::testing::support::{NOW, only};
    use crate::testing::{FixedClock, receive};
    use crate::{Endpoint, Key, Secret, Unverified, provider};

    const ONE: &str = "9grzoV7ooiT2lgiXTPrvNBHJsIY6DRciJWDGpbMmFMA=";
    const TWO: &str = "GRFfoNpVdmKu3xOrmzb7nQz+RAlRu/kPThXFoPy7AWM=";

    fn verifier() -> CyberSource {
        let key = |id: &str, key: &str| Key::new(key).unwrap().named(id);
        CyberSource::new([key("one", ONE), key("two", TWO)]).unwrap()
    }

    fn signer() -> Signer {
        Signer::new("two", TWO).unwrap()
    }

    fn received(
        verifier: CyberSource,
        request: SignedRequest,
        now: UnixTime,
    ) -> Result<Delivery, &'static str> {
        let endpoint = Endpoint::new(verifier).clock(FixedClock::at(now));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        match runtime.block_on(receive(&endpoint, request)) {
            Ok(delivery) => Ok(delivery),
            Err(Answer::Reply(_)) => panic!("a reply"),
            Err(rejection) => Err(rejection.code()),
        }
    }

    fn body(kind: &str) -> String {
        json!({"notificationId": "N1", "retryNumber": 0, "eventType": kind, "payload": {"data": "eyJ…"}}).to_string()
    }

    #[test]
    fn the_key_is_chosen_by_its_id() {
        let request = signer().sign(b"{}", NOW).unwrap();
        let delivery = received(verifier(), request.clone(), NOW).unwrap();
        assert_eq!(delivery.key().unwrap().index(), 1);
        assert_eq!(delivery.key().unwrap().name(), Some("two"));
        for id in ["one", "three", ""] {
            let value = request.header(HEADER).unwrap();
            let value = value.replace("keyId=two", &format!("keyId={id}"));
            let changed = request.clone().with_header(HEADER, value);
            let code = received(verifier(), changed, NOW).err();
            assert_eq!(code, Some("bad_signature"), "{id}");
        }
    }

    #[test]
    fn a_payload_is_signed_as_it_is_written_and_nothing_around_it() {
        let payload = verifier().signed_part(SignedPart::Payload);
        let signer = signer().signed_part(SignedPart::Payload);
        let body =
            r#"{"notificationId":"N1","eventType":"e","payload": { "a":1.00, "b" :"é\u0041"} }"#;
        let request = signer.sign(body.as_bytes(), NOW).unwrap();
        let delivery = received(payload.clone(), request.clone(), NOW).unwrap();
        assert_eq!(delivery.coverage(), Coverage::Fields);
        assert_eq!(delivery.unverified_id(), Some(Unverified::new("N1")));
        assert_eq!(delivery.unverified_kind(), Some(Unverified::new("e")));
        assert_eq!((delivery.id(), delivery.kind()), (None, None));
        let around = request.clone().with_body(body.replace("N1", "N2"));
        assert_eq!(
            received(payload.clone(), around, NOW)
                .unwrap()
                .message()
                .any_id(),
            Some("N2")
        );
        let inside = request.clone().with_body(body.replace("1.00", "1.0"));
        assert_eq!(
            received(payload.clone(), inside, NOW).err(),
            Some("bad_signature")
        );
        assert_eq!(
            received(verifier(), request.clone(), NOW).err(),
            Some("bad_signature")
        );
        let twice = body.replace(r#""eventType":"e","#, r#""payload":1,"#);
        for body in ["", "{}", "[]", "\u{feff}{}", &twice, &body[..60]] {
            let changed = request.clone().with_body(body.to_owned());
            let code = received(payload.clone(), changed, NOW).err();
            assert_eq!(code, Some("malformed"), "{body}");
        }
        let broken = request.with_body(&b"{\"payload\":\"\xff\"}"[..]);
        assert_eq!(received(payload, broken, NOW).err(), Some("malformed"));
    }

    #[test]
    fn the_window_is_an_hour_and_judged_after_the_signature() {
        let request = signer().sign(b"{}", NOW).unwrap();
        for (age, wanted) in [
            (3600, None),
            (3601, Some("stale")),
            (-3600, None),
            (-3601, Some("future")),
        ] {
            let now = NOW.plus_secs(age);
            assert_eq!(
                received(verifier(), request.clone(), now).err(),
                wanted,
                "{age}"
            );
            let forged = request.clone().with_body("[]");
            let code = received(verifier(), forged, now).err();
            assert_eq!(code, Some("bad_signature"), "{age}");
        }
    }

    #[test]
    fn unusable_headers_are_refused() {
        let request = signer().sign(b"{}", NOW).unwrap();
        let good = request.header(HEADER).unwrap().to_owned();
        let (_, sig) = good.split_once("sig=").unwrap();
        let t = NOW.as_millis();
        for (value, wanted) in [
            (" ".to_owned(), "missing_signature"),
            (format!("t={t};keyId=two"), "missing_signature"),
            (format!("t={t};keyId=two;SIG={sig}"), "missing_signature"),
            (format!("keyId=two;sig={sig}"), "malformed"),
            (format!("t={t};sig={sig}"), "malformed"),
            (format!("t=-1;keyId=two;sig={sig}"), "malformed"),
            (format!("t={t};keyId=two;keyId=one;sig={sig}"), "malformed"),
            (format!("t={t};keyId=two;sig="), "bad_signature"),
            (format!("t={t};keyId=two;sig={sig}="), "bad_signature"),
            (
                format!("t={t};keyId=two;sig={}", &sig[..40]),
                "bad_signature",
            ),
            (good.replace(';', ","), "missing_signature"),
        ] {
            let changed = request.clone().with_header(HEADER, value.clone());
            assert_eq!(
                received(verifier(), changed, NOW).err(),
                Some(wanted),
                "{value}"
            );
        }
        let put = SignedRequest {
            method: "PUT".to_owned(),
            ..request
        };
        assert_eq!(
            received(verifier(), put, NOW).err(),
            Some("method_not_allowed")
        );
    }

    #[test]
    fn an_unsigned_kind_is_only_a_claim() {
        let payload = verifier().signed_part(SignedPart::Payload);
        let signer = signer().signed_part(SignedPart::Payload);
        let body = body("payments.captures.accept");
        let request = signer.sign(body.as_bytes(), NOW).unwrap();
        let update = only(&received(payload, request, NOW).unwrap()).unwrap();
        assert!(update.kind.is_none() && update.event_id.is_none());
        let claimed = update.dangerously_trust_unverified();
        assert_eq!(claimed.event_id.as_deref(), Some("N1"));
    }

    #[test]
    fn wrong_settings_are_refused() {
        for (settings, names) in [
            (json!({"secrets": ONE}), "keys"),
            (json!({"keys": {"one": "not base64!"}}), "base64"),
            (
                json!({"keys": {"one": ONE}, "signed_part": "both"}),
                "signed_part",
            ),
        ] {
            let settings = Settings::new(settings).unwrap();
            let error = provider::by_name(NAME, &settings).unwrap_err().to_string();
            assert!(
                error.contains(names) && !error.contains("not base64!"),
                "{error}"
            );
        }
        assert!(CyberSource::new(Secret::new(ONE).unwrap()).is_err());
    }
}
