//! Worldpay: Access Worldpay, the platform with JSON events.
//!
//! | | |
//! |---|---|
//! | signature | `Event-Signature`: entries key id, `/`, `SHA256`, `/`, HMAC-SHA256 of the body, with `,` between them |
//! | key | the text of the secret; chosen by its id. Setting `secrets_by_key_id`: a table |
//! | time window | none: Worldpay signs no time |
//! | event id | `eventId` in the body, signed |
//! | kind | `eventDetails.classification`, `.`, `eventDetails.type`, such as `payment.authorized`, signed |
//!
//! # What to know
//!
//! - It is **doubtful how the signature is written**: Worldpay does not say it. The default is hexadecimal, in either
//!   case. The setting `signature_encoding`, `hex` or `base64`, chooses; never are both tried.
//! - Worldpay has to enable the header for you. Without it nothing is accepted here.
//! - While a key is replaced there are several entries, in any order. Each is checked with the key of its id.
//! - Answer within 10 seconds. Worldpay tries again for a week, after 15 minutes up to 2 hours.
//! - Notifications of the older gateway (WPG, XML) are not signed at all, and are refused here.
//!
//! Checked by the documentation, ["Events"](https://docs.worldpay.com/access/products/events), "Signature"; there is no vendor library that verifies.
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `payment.sentForAuthorization` |  | `Pending` | `eventDetails.amount.value` |
//! | `payment.authorized` |  | `Authorized` | `eventDetails.amount.value` |
//! | `payment.settlementInstructed` |  | `Pending` | `eventDetails.amount.value`, a step of id `eventDetails.reference` |
//! | `payment.sentForSettlement` |  | `Paid`, as `payment.settled` | `eventDetails.amount.value`, a step of id `eventDetails.reference` |
//! | `payment.settled` |  | `Paid`, as `payment.sentForSettlement` | `eventDetails.amount.value`, a step of id `eventDetails.reference` |
//! | `payment.settlementFailed`, `payment.settlementRejected` |  | `Failed` | `eventDetails.amount.value`, a step of id `eventDetails.reference` |
//! | `payment.cancelled`, `payment.cancelledByCustomer` |  | `Canceled` | `eventDetails.amount.value` |
//! | `payment.expired`, `payment.requestExpired` |  | `Expired` | `eventDetails.amount.value` |
//! | `payment.refused` | `eventDetails.octReference` is there | `PayoutFailed` |  |
//! | `payment.refused`, `payment.error` |  | `Failed` |  |
//! | `payment.sentForRefund`, `payment.refunded` | `eventDetails.octReference` is there | `Payout` | `eventDetails.amount.value`, a step of id `eventDetails.reference` |
//! | `payment.sentForRefund` |  | `Refund`, as `payment.refunded` | `eventDetails.amount.value`, a step of id `eventDetails.reference` |
//! | `payment.refunded` |  | `Refund`, as `payment.sentForRefund` | `eventDetails.amount.value`, a step of id `eventDetails.reference` |
//! | `payment.refundFailed` |  | `RefundFailed` | `eventDetails.amount.value`, a step of id `eventDetails.reference` |
//! | `payment.chargedBack`, `chargeback.informationRequested`, `chargeback.chargedBack` |  | `Disputed` | `eventDetails.amount.value` |
//! | `payout.requested`, `payout.pending`, `payout.approved`, `payout.disbursed` |  | `Payout` | `eventDetails.amount.value` |
//! | `payout.refused` |  | `PayoutFailed` | `eventDetails.amount.value` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | all | `eventDetails.amount.currencyCode`, minor units | `eventDetails.transactionReference` | `eventDetails.downstreamReference` |  |
//!
//! - Settlements and refunds are steps, whole or in part. A refund does not say whether that was all.
//! - Most accounts see `payment.sentForSettlement` and `payment.sentForRefund`, and never `payment.settled` and
//!   `payment.refunded`. Where both come they are twins: count one. `payment.settlementFailed` and `payment.refundFailed` take
//!   them back.
//! - With an `octReference` a refund is a payout.
//! - How a chargeback ended is not told. `chargeback.chargedBack` is not in Worldpay's list of today.
//! - Amounts are read in minor units; what Worldpay means for currencies without two digits is not said.
//! - There is no time: `eventTimestamp` names no time zone.
//!
//! Dedupe tells events apart by: `eventId`, kind.

use std::sync::Arc;

use bytes::Bytes;
#[cfg(feature = "testing")]
use serde_json::json;

use crate::account::key_ids;
use crate::crypto::{Encoding, KeyFormat, PreparedKey};
use crate::json::values;
use crate::message::Message;
use crate::outcome::malformed;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, Disputed, Expired, Failed, Paid, Payout, PayoutFailed, Pending, Refund,
    RefundFailed,
};
use crate::payment::read::require;
use crate::payment::{Meaning, PaymentUpdate, Places, Rule, Unit, When};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
#[cfg(feature = "testing")]
use crate::testing::{Code, Place, Sample, SampleKeys, Sign, SignedRequest, reads};
use crate::verify::{
    Candidate, Keys, NO_MATCH, hmac_sha256, require_post, signature_header, streaming,
};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, DecodeError, IntoKeyring, MatchedKey, Proof,
    Rejection, RequestHead, Settings, UnixTime, Verdict, Verifier,
};

pub(crate) const PROVIDER: Registered = Registered::custom(SENDER, &ABOUT, |settings| {
    Ok(Arc::new(Worldpay::from_settings(settings)?))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Payments, "https://docs.worldpay.com/access/products/events")
    .setup(&[
        "Have your implementation manager at Worldpay add the URL and its events, and enable `Event-Signature`.",
        "Agree with them on a secret and its key id. They become an entry of `secrets_by_key_id`.",
        "Ask how the signature is written. `signature_encoding` is `hex` or `base64`.",
    ])
    .settings(&[
        Setting::required(
            "secrets_by_key_id",
            "a table of the secrets by their key ids, as agreed with Worldpay",
        ),
        Setting::optional("signature_encoding", "`hex`, the default, or `base64`"),
    ])
    .headers(&["event-signature"])
    .signed("HMAC-SHA256 in hex or base64 of: the body")
    .acknowledgement("200, within 10 seconds");

const SENDER: crate::Provider = crate::Provider::new(NAME)
    // <https://developer.worldpay.com/products/events>
    .waits_secs(10)
    .meaning(&MEANING)
    .payments(updates);

const NAME: &str = "worldpay";
const HEADER: &str = "event-signature";
const HASH: &str = "SHA256";

/// Verifies what Worldpay sends to one webhook.
///
/// ```
/// use webhook_core::provider::worldpay::Worldpay;
/// use webhook_core::{Endpoint, Key};
///
/// let new = Key::new("new secret")?.named("2");
/// let old = Key::new("old secret")?.named("1");
/// let endpoint = Endpoint::new(Worldpay::new([new, old])?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Worldpay {
    keys: Keys<PreparedKey>,
    encoding: Encoding,
}

impl Worldpay {
    /// Accepts what any of these keys has signed, each named with its key id, in hexadecimal.
    ///
    /// # Errors
    /// If there is no key, one is empty, one has no name, or two have the same.
    pub fn new(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        let keys = key_ids::require_ids(keys)?;
        Ok(Self {
            keys: Keys::new(&[], keys, |secret| hmac_sha256(KeyFormat::text(), secret))?,
            encoding: Encoding::Hex,
        })
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let verifier = Self::new(key_ids::configured(settings, "secrets_by_key_id")?)
            .map_err(|error| error.of_setting("secrets_by_key_id"))?;
        match settings.text("signature_encoding")? {
            None | Some("hex") => Ok(verifier),
            Some("base64") => Ok(verifier.base64_signatures()),
            Some(_) => Err(ConfigError::new(
                "`signature_encoding` is neither `hex` nor `base64`",
            )),
        }
    }

    /// Reads the signatures as base64.
    #[must_use]
    pub fn base64_signatures(self) -> Self {
        Self {
            encoding: Encoding::Base64,
            ..self
        }
    }
}

impl Verifier for Worldpay {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        self.keys.prints(&[NAME])
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let entries = entries(signature_header(head, HEADER)?)?;
        let mut candidates = Vec::new();
        for (key, prepared) in self.keys.valid(now)? {
            let name = key.name().unwrap_or_default().as_bytes();
            if let Some(entry) = entries.iter().find(|entry| entry.id == name) {
                let candidate = Candidate::new(key, prepared, self.encoding, entry.given);
                candidates.push(candidate);
            }
        }
        if candidates.is_empty() {
            return Err(NO_MATCH.into());
        }
        Ok(streaming(candidates, |key, body| {
            Ok(Verdict::Authentic(proof(key, body)))
        }))
    }
}

/// One entry of the header: the key's id and the signature as it is written.
struct Entry<'a> {
    id: &'a [u8],
    given: &'a [u8],
}

/// The entries with an accepted hash. One key has one signature.
fn entries(value: &[u8]) -> Result<Vec<Entry<'_>>, Rejection> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for entry in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
        // Base64 has slashes too: only the first two count.
        let mut parts = entry.splitn(3, |byte| *byte == b'/');
        let (Some(id), Some(hash), Some(given)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(malformed("an entry is not key id, hash and signature"));
        };
        if !hash.eq_ignore_ascii_case(HASH.as_bytes()) {
            continue;
        }
        match entries.iter().find(|entry| entry.id == id) {
            Some(before) if before.given != given => {
                return Err(malformed("one key has two signatures"));
            }
            Some(_) => {}
            None if entries.len() >= MOST_ENTRIES => {
                return Err(malformed("the request holds too many signatures"));
            }
            None => entries.push(Entry { id, given }),
        }
    }
    if entries.is_empty() {
        return Err(malformed("no signature has an accepted hash"));
    }
    Ok(entries)
}

/// Worldpay sends one, or two while a key is replaced.
const MOST_ENTRIES: usize = 16;

const NAMES: [&str; 3] = [
    "/eventId",
    "/eventDetails/classification",
    "/eventDetails/type",
];

fn proof(key: MatchedKey, body: &Bytes) -> Proof {
    let [id, classification, kind] = values(body, NAMES);
    let proof = Proof::dangerously_assert(Coverage::Body).key(key);
    let proof = match id {
        Some(id) => proof.id(id.to_string()),
        None => proof,
    };
    match (classification, kind) {
        (Some(classification), Some(kind)) => proof.kind(format!("{classification}.{kind}")),
        (None, Some(kind)) => proof.kind(kind.to_string()),
        _ => proof,
    }
}

fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    require(message.body(), NAMES)?;
    Ok(vec![MEANING.read(message)?])
}

/// What Worldpay's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    WHOLE,
    &[
        Rule::new(&["payment.sentForAuthorization"], Pending),
        Rule::new(&["payment.authorized"], Authorized),
        Rule::new(&["payment.settlementInstructed"], Pending).places(&STEP),
        Rule::new(&[SENT_FOR_SETTLEMENT], Paid)
            .places(&STEP)
            .twin(SETTLED),
        Rule::new(&[SETTLED], Paid)
            .places(&STEP)
            .twin(SENT_FOR_SETTLEMENT),
        Rule::new(
            &["payment.settlementFailed", "payment.settlementRejected"],
            Failed,
        )
        .places(&STEP),
        Rule::new(
            &["payment.cancelled", "payment.cancelledByCustomer"],
            Canceled,
        ),
        Rule::new(&["payment.expired", "payment.requestExpired"], Expired),
        Rule::new(&["payment.refused"], PayoutFailed)
            .when(IS_PAYOUT)
            .amount(&[]),
        Rule::new(&["payment.refused", "payment.error"], Failed).amount(&[]),
        Rule::new(&[SENT_FOR_REFUND, REFUNDED], Payout)
            .when(IS_PAYOUT)
            .places(&STEP),
        Rule::new(&[SENT_FOR_REFUND], Refund)
            .places(&STEP)
            .twin(REFUNDED),
        Rule::new(&[REFUNDED], Refund)
            .places(&STEP)
            .twin(SENT_FOR_REFUND),
        Rule::new(&["payment.refundFailed"], RefundFailed).places(&STEP),
        Rule::new(
            &[
                "payment.chargedBack",
                "chargeback.informationRequested",
                "chargeback.chargedBack",
            ],
            Disputed,
        ),
        Rule::new(
            &[
                "payout.requested",
                "payout.pending",
                "payout.approved",
                "payout.disbursed",
            ],
            Payout,
        ),
        Rule::new(&["payout.refused"], PayoutFailed),
    ],
);

const SENT_FOR_SETTLEMENT: &str = "payment.sentForSettlement";
const SETTLED: &str = "payment.settled";
const SENT_FOR_REFUND: &str = "payment.sentForRefund";
const REFUNDED: &str = "payment.refunded";
const IS_PAYOUT: &[When] = &[When::Present("/eventDetails/octReference")];
const AMOUNT: &[&str] = &["/eventDetails/amount/value"];

const WHOLE: Places = Places::new(Unit::Minor)
    .amount(AMOUNT)
    .currency(&["/eventDetails/amount/currencyCode"])
    .reference(&["/eventDetails/transactionReference"])
    .transaction(&["/eventDetails/downstreamReference"]);

/// A settlement or a refund: of the whole, or of a part.
const STEP: Places = WHOLE
    .step_amount(AMOUNT)
    .step_id(&["/eventDetails/reference"]);

/// Signs as Worldpay does.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::worldpay::Signer;
/// use webhook_core::testing::Sign;
///
/// let request = Signer::new("2", "a secret for tests")?.sign(b"{}", UnixTime::from_secs(1_785_920_400))?;
/// assert!(request.header("event-signature").unwrap().starts_with("2/SHA256/"));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone, Debug)]
pub struct Signer {
    id: String,
    secret: crate::Secret,
    encoding: Encoding,
}

#[cfg(feature = "testing")]
impl Signer {
    /// A signer with the secret of this key id, that writes hexadecimal.
    ///
    /// # Errors
    /// If the secret is empty.
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Result<Self, ConfigError> {
        Ok(Self {
            id: id.into(),
            secret: crate::Secret::dangerously_short(secret)?,
            encoding: Encoding::Hex,
        })
    }

    /// Writes base64.
    #[must_use]
    pub fn base64_signatures(self) -> Self {
        Self {
            encoding: Encoding::Base64,
            ..self
        }
    }
}

#[cfg(feature = "testing")]
impl Sign for Signer {
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<SignedRequest, ConfigError> {
        let tag = hmac_sha256(KeyFormat::text(), &self.secret)?.tag_of(body);
        let code = match self.encoding {
            Encoding::Base64 => tag.to_base64(),
            _ => tag.to_hex(),
        };
        let value = format!("{}/{HASH}/{code}", self.id);
        Ok(SignedRequest {
            method: "POST".to_owned(),
            target: "/".to_owned(),
            headers: vec![(HEADER.to_owned(), value)],
            body: Bytes::copy_from_slice(body),
        })
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let keys = settings
        .text_table("secrets_by_key_id")?
        .unwrap_or_default();
    let (id, key) = keys
        .first()
        .ok_or_else(|| ConfigError::missing("secrets_by_key_id"))?;
    let signer = Signer::new(*id, *key)?;
    Ok(Box::new(match settings.text("signature_encoding")? {
        Some("base64") => signer.base64_signatures(),
        _ => signer,
    }))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let [key, _] = keys.text;
    let sample = |signer, encoding: &str| {
        let settings = keys
            .text
            .map(|key| json!({"secrets_by_key_id": {"1": key}, "signature_encoding": encoding}));
        Sample {
            keys: &["secrets_by_key_id"],
            secrets: vec![key.to_owned()],
            mark: "/SHA256/",
            reads: reads::worldpay,
            ..Sample::new(NAME, signer, settings, Place::Header(HEADER))
        }
    };
    let signer = Signer::new("1", key)?;
    Ok(vec![
        sample(signer.clone(), "hex"),
        Sample {
            name: "worldpay in base64",
            code: Code::Base64,
            reads: reads::worldpay_in_base64,
            ..sample(signer.base64_signatures(), "base64")
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
    use crate::testing::{FixedClock, Sign, SignedRequest, receive};
    use crate::{Endpoint, Key, provider};

    fn verifier() -> Worldpay {
        let key = |id: &str, secret: &str| Key::new(secret).unwrap().named(id);
        Worldpay::new([key("1", "the old key"), key("2", "the new key")]).unwrap()
    }

    fn received(verifier: Worldpay, request: SignedRequest) -> Result<Delivery, &'static str> {
        let endpoint = Endpoint::new(verifier).clock(FixedClock::at(NOW));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        match runtime.block_on(receive(&endpoint, request)) {
            Ok(delivery) => Ok(delivery),
            Err(Answer::Reply(_)) => panic!("a reply"),
            Err(rejection) => Err(rejection.code()),
        }
    }

    fn request() -> SignedRequest {
        let signer = Signer::new("2", "the new key").unwrap();
        signer.sign(b"{}", NOW).unwrap()
    }

    #[test]
    fn the_order_of_entries_does_not_matter() {
        let request = request();
        let good = request.header(HEADER).unwrap().to_owned();
        let wrong = "1/SHA256/00";
        let md5 = "2/MD5/00";
        for value in [
            good.clone(),
            format!("{wrong},{good}"),
            format!("{good}, {wrong}"),
            format!("{md5},{good}"),
            format!("9/SHA256/ff,{good},{good}"),
            good.to_uppercase(),
        ] {
            let delivery = received(
                verifier(),
                request.clone().with_header(HEADER, value.clone()),
            );
            let delivery = delivery.unwrap();
            assert_eq!(delivery.key().unwrap().name(), Some("2"), "{value}");
            assert_eq!(delivery.key().unwrap().index(), 1, "{value}");
        }
    }

    #[test]
    fn unusable_headers_are_refused() {
        let request = request();
        let good = request.header(HEADER).unwrap().to_owned();
        let code = good.rsplit('/').next().unwrap();
        let many: Vec<String> = (0..17).map(|id| format!("{id}/SHA256/00")).collect();
        for (value, wanted) in [
            (String::new(), "missing_signature"),
            (code.to_owned(), "malformed"),
            (format!("2/{code}"), "malformed"),
            (format!("{good},"), "malformed"),
            (format!("2/SHA512/{code}"), "malformed"),
            (format!("{good},2/SHA256/00"), "malformed"),
            (many.join(","), "malformed"),
            (format!("1/SHA256/{code}"), "bad_signature"),
            (format!("/SHA256/{code}"), "bad_signature"),
            (format!("02/SHA256/{code}"), "bad_signature"),
            ("2/SHA256/".to_owned(), "bad_signature"),
            (format!("2/SHA256/0x{code}"), "bad_signature"),
            (format!("2/SHA256/{code}/"), "bad_signature"),
            (format!("2/SHA256/{}", &code[..62]), "bad_signature"),
        ] {
            let changed = request.clone().with_header(HEADER, value.clone());
            assert_eq!(received(verifier(), changed).err(), Some(wanted), "{value}");
        }
        let get = SignedRequest {
            method: "GET".to_owned(),
            ..request
        };
        assert_eq!(received(verifier(), get).err(), Some("method_not_allowed"));
    }

    #[test]
    fn base64_is_read_only_where_it_is_configured() {
        let signer = Signer::new("2", "the new key").unwrap().base64_signatures();
        // One of these bodies has a slash in its signature.
        for body in 0..20 {
            let request = signer.sign(body.to_string().as_bytes(), NOW).unwrap();
            assert!(received(verifier().base64_signatures(), request.clone()).is_ok());
            assert_eq!(received(verifier(), request).err(), Some("bad_signature"));
        }
        let hex = received(verifier().base64_signatures(), request());
        assert_eq!(hex.err(), Some("bad_signature"));
    }

    #[test]
    fn a_key_counts_only_while_it_is_valid() {
        let over = UnixTime::from_secs(0)..NOW;
        let old = Key::new("the old key").unwrap().named("1");
        let new = Key::new("the new key")
            .unwrap()
            .named("2")
            .valid(over.clone());
        let verifier = Worldpay::new([old, new.clone()]).unwrap();
        assert_eq!(received(verifier, request()).err(), Some("bad_signature"));
        let verifier = Worldpay::new(new).unwrap();
        assert_eq!(
            received(verifier, request()).err(),
            Some("keys_unavailable")
        );
    }

    #[test]
    fn wrong_settings_are_refused() {
        for (settings, names) in [
            (json!({"secrets": "new"}), "secrets_by_key_id"),
            (
                json!({"secrets_by_key_id": {"2": "the new key"}, "signature_encoding": "both"}),
                "signature_encoding",
            ),
        ] {
            let settings = Settings::new(settings).unwrap();
            let error = provider::by_name(NAME, &settings).unwrap_err().to_string();
            assert!(error.contains(names), "{error}");
        }
    }

    #[test]
    fn a_body_of_any_kind_is_delivered() {
        let signer = Signer::new("2", "the new key").unwrap();
        for body in [&b""[..], b"[]", b"\xff", b"{\"eventId\":1,\"eventId\":2}"] {
            let delivery = received(verifier(), signer.sign(body, NOW).unwrap()).unwrap();
            assert_eq!((delivery.id(), delivery.kind()), (None, None));
        }
    }

    #[test]
    fn a_kind_is_named_with_its_class_if_it_has_one() {
        let signer = Signer::new("2", "the new key").unwrap();
        for (details, kind) in [
            (
                json!({"classification": "payment", "type": "authorized"}),
                Some("payment.authorized"),
            ),
            (json!({"type": "authorized"}), Some("authorized")),
            (json!({"classification": "payment"}), None),
        ] {
            let body = json!({"eventDetails": details}).to_string();
            let delivery = received(verifier(), signer.sign(body.as_bytes(), NOW).unwrap());
            assert_eq!(delivery.unwrap().kind(), kind);
        }
    }

    #[test]
    fn an_update_has_the_id_of_the_event_and_no_time() {
        let body = br#"{"eventId":"E1","eventTimestamp":"2026-08-05T09:00:00.123",
            "eventDetails":{"classification":"payment","type":"authorized","date":"2026-08-05"}}"#;
        let signer = Signer::new("2", "the new key").unwrap();
        let delivery = received(verifier(), signer.sign(body, NOW).unwrap()).unwrap();
        let update = only(&delivery).unwrap();
        assert_eq!(update.event_id.as_deref(), Some("E1"));
        assert_eq!(update.time, None);
    }
}
