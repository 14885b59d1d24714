//! Midtrans: cards, bank transfers and wallets in Indonesia.
//!
//! | | |
//! |---|---|
//! | signature | `signature_key` in the body: hex SHA-512 of `order_id`, `status_code`, `gross_amount` and the key, with nothing between them |
//! | key | the text of the account's server key |
//! | time window | none: Midtrans signs no time |
//! | event id | `transaction_id` and `transaction_status`, joined with `:`; **not signed** |
//! | kind | `transaction_status`, **not signed** |
//!
//! # What to know
//!
//! - **What happened is not signed.** Whoever gets hold of one notification can send it again with another
//!   `transaction_status`. Ask `GET /v2/{order_id}/status` before you act.
//! - Nothing stands between the three signed fields. `status_code` must be three digits, the first of them 2 to 5, and
//!   `gross_amount` a plain number. Where order and amount could still be cut in another way with one of the codes that
//!   notifications have (200, 201, 202, 407), the order's id is only claimed: `a5` with `20150.00` can be `a5200` with
//!   `50.00`.
//! - The amount is signed and its currency is not, so that an amount is only claimed.
//! - The texts are hashed as they stand in the JSON: `10000.00` is not `10000`.
//! - Notifications of the newer BI-SNAP interface are signed with a public key in `X-Signature`; they are **not covered**
//!   here and are refused. So are those about linked accounts, which hash other fields.
//!
//! Not checked against code of Midtrans: its libraries verify nothing but BI-SNAP. Documentation:
//! ["HTTP(S) Notification / Webhooks"](https://docs.midtrans.com/docs/https-notification-webhooks), "Transaction Status Cycle".
//!
//! # Payments
//!
//! The status is always `Unconfirmed`, and `reference` is the only field, where it is certain. What the notification claims
//! stands in [`unverified`](PaymentUpdate::unverified); its kind is the `transaction_status`, its times are Jakarta's:
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `pending` |  | `Pending` | `gross_amount` |
//! | `authorize` |  | `Authorized` | `gross_amount` |
//! | `capture` | `fraud_status` is `challenge` | `Pending` | `gross_amount` |
//! | `capture` | `fraud_status` is `deny` | `Failed` | `gross_amount` |
//! | `capture` |  | `Paid`, as `settlement` | `gross_amount` |
//! | `settlement` |  | `Paid`, as `capture` | `gross_amount` |
//! | `deny`, `failure` |  | `Failed` | `gross_amount` |
//! | `cancel` |  | `Canceled` | `gross_amount` |
//! | `expire` |  | `Expired` | `gross_amount` |
//! | `refund` | `refund_amount` equals `gross_amount` | `Refunded` | `refund_amount` |
//! | `refund` |  | `Refund` | `refund_amount` |
//! | `partial_refund` |  | `PartiallyRefunded` | `refund_amount` |
//! | `chargeback`, `partial_chargeback` |  | `Disputed` | `gross_amount` |
//! | any other |  | `Other` | `gross_amount` |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `pending`, `authorize`, `capture`, `deny`, `failure` | `currency`, else `IDR`, major units | `order_id` | `transaction_id` | `transaction_time` |
//! | `capture`, `settlement` | `currency`, else `IDR`, major units | `order_id` | `transaction_id` | `settlement_time`, else `transaction_time` |
//! | all others | `currency`, else `IDR`, major units | `order_id` | `transaction_id` |  |
//!
//! - A card payment comes as `capture` and later as `settlement`, each `Paid`.
//! - `refund_amount` is the sum of all refunds so far. The single ones stand in `refunds`, which is not read.
//! - `chargeback` and `partial_chargeback` do not say what is asked back: the amount is that of the payment. How a dispute
//!   ends is not told.
//!
//! Dedupe tells events apart by: signed fields, unsigned body. A repeat is handled again if it is not recognised:
//! rendered anew.

use std::sync::Arc;

use bytes::Bytes;
#[cfg(feature = "testing")]
use serde_json::json;
use sha2::Sha512;

#[cfg(feature = "testing")]
use crate::account::Settings;
use crate::crypto::{Tag, digest};
use crate::json::{places, values};
use crate::message::Message;
use crate::outcome::{malformed, missing};
use crate::payment::PaymentStatus::{
    Authorized, Canceled, Disputed, Expired, Failed, Other, Paid, PartiallyRefunded, Pending,
    Refund, Refunded,
};
use crate::payment::read::require;
use crate::payment::{Meaning, PaymentStatus, PaymentUpdate, Places, Rule, Unit, When};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
#[cfg(feature = "testing")]
use crate::testing::sample::secrets;
#[cfg(feature = "testing")]
use crate::testing::{Bodies, Place, Sample, SampleKeys, Sign, SignedRequest};
use crate::verify::{Keys, buffered, decode_hex, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, DecodeError, IntoKeyring, Proof, RequestHead, Secret,
    TimeUnit, UnixTime, Verdict, Verifier,
};

const NAME: &str = "midtrans";

pub(crate) const PROVIDER: Registered = Registered::custom(SENDER, &ABOUT, |settings| {
    let account = Midtrans::new(settings.keys("secrets")?);
    Ok(Arc::new(
        account.map_err(|error| error.of_setting("secrets"))?,
    ))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Payments, "https://docs.midtrans.com/docs/https-notification-webhooks")
    .setup(&[
        "In the dashboard, open Settings, Configuration and enter the payment notification URL.",
        "Open Settings, Access Keys and copy the server key of the same environment. It becomes `secrets`.",
    ])
    .settings(&[
        Setting::required(
            "secrets",
            "the account's server key, shown under Settings, Access Keys: one or a list, any of which may match",
        ),
    ])
    .signed("SHA-512 in hex of: `order_id`, `status_code`, `gross_amount`, the server key");

const SENDER: crate::Provider = crate::Provider::new(NAME)
    .meaning(&MEANING)
    .payments(updates);

/// Verifies what Midtrans sends to one account.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::midtrans::Midtrans;
///
/// let endpoint = Endpoint::new(Midtrans::new("SB-Mid-server-MU1DkStkBRt74ibYNCQptb66")?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Midtrans(Arc<Keys<Secret>>);

impl Midtrans {
    /// Accepts what is hashed with any of these server keys.
    ///
    /// # Errors
    /// If there is no key, or one is empty.
    pub fn new(server_keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        let keys = Keys::new(&["Mid-client-", "SB-Mid-client-"], server_keys, |key| {
            Ok(key.clone())
        })?;
        Ok(Self(Arc::new(keys)))
    }
}

impl Verifier for Midtrans {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        self.0.prints(&[NAME])
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let keys = Arc::clone(&self.0);
        Ok(buffered(move |body| judge(&keys, body, now)))
    }
}

fn judge(keys: &Keys<Secret>, body: &Bytes, now: UnixTime) -> Result<Verdict, Answer> {
    let [given, order_id, code, amount, id, status] = values(
        body,
        [
            "/signature_key",
            "/order_id",
            "/status_code",
            "/gross_amount",
            "/transaction_id",
            "/transaction_status",
        ],
    );
    let given = given.ok_or_else(|| missing("the body has no signature_key"))?;
    let (Some(order_id), Some(code), Some(amount)) = (order_id, code, amount) else {
        return Err(malformed("the body lacks a field that is signed").into());
    };
    let signed = [&*order_id, &*code, &*amount];
    let given = decode_hex(given.as_bytes());
    let key = keys.matching(now, &[&given], |key| hash(&signed, key))?;
    if !is_status_code(&code) || !is_amount(&amount) {
        return Err(malformed("a signed field is not in its form").into());
    }
    // As it was hashed: no two ways to cut it are two events.
    let identity = signed.concat();
    let mut proof = Proof::dangerously_assert(Coverage::Fields)
        .key(key)
        .identity(&[identity.as_bytes()])
        // The status is not signed, nor what tells two refunds apart.
        .identity_beside(&[Some(body)]);
    if let Some(status) = status {
        if let Some(id) = id {
            proof = proof.unverified_id(format!("{id}:{status}"));
        }
        proof = proof.unverified_kind(&*status);
    }
    Ok(Verdict::Authentic(proof))
}

fn hash(signed: &[&str; 3], key: &Secret) -> Tag {
    let [order_id, code, amount] = *signed;
    digest::<Sha512>([order_id, code, amount, key.expose()])
}

fn is_status_code(code: &str) -> bool {
    match code.as_bytes() {
        [b'2'..=b'5', rest @ ..] => rest.len() == 2 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// `10000.00`; without a leading zero, which would be one of the status code.
fn is_amount(amount: &str) -> bool {
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_digits(whole) && is_digits(fraction) && (whole == "0" || !whole.starts_with('0'))
}

/// Whether order, status code and amount can be cut in this one way only, by the codes that notifications have.
fn is_cut_certain(signed: [&str; 3]) -> bool {
    const CODES: [&str; 4] = ["200", "201", "202", "407"];
    let whole = signed.concat();
    let cuts = (1..whole.len()).filter(|end| {
        let code = whole.get(*end..end.saturating_add(3));
        let amount = whole.get(end.saturating_add(3)..);
        code.is_some_and(|code| CODES.contains(&code)) && amount.is_some_and(is_amount)
    });
    let [order_id, code, _] = signed;
    CODES.contains(&code) && cuts.eq([order_id.len()])
}

fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    require(message.body(), ["/transaction_id", "/transaction_status"])?;
    let [order_id, code, amount] = places(
        message.body(),
        ["/order_id", "/status_code", "/gross_amount"],
    )?;
    let signed = [order_id.get()?, code.get()?, amount.get()?].map(Option::unwrap_or_default);
    let is_certain = is_cut_certain(signed);
    let claimed = PaymentUpdate::claimed(message);
    let status = message.any_kind().unwrap_or_default();
    let claimed = MEANING.update(status, message.body(), claimed)?;
    let update = PaymentUpdate {
        status: PaymentStatus::Unconfirmed,
        reference: order_id.text()?.filter(|_| is_certain),
        ..PaymentUpdate::other(message)
    };
    Ok(vec![update.with_unverified(claimed)])
}

/// What Midtrans's `transaction_status` means for a payment. None of it is signed.
pub const MEANING: Meaning = Meaning::new(
    PLACES,
    &[
        Rule::new(&["pending"], Pending).places(&BEGUN),
        Rule::new(&["authorize"], Authorized).places(&BEGUN),
        Rule::by(
            &["capture"],
            "/fraud_status",
            &[("challenge", Pending), ("deny", Failed)],
        )
        .places(&BEGUN),
        Rule::new(&["capture"], Paid)
            .places(&SETTLED)
            .twin("settlement"),
        Rule::new(&["settlement"], Paid)
            .places(&SETTLED)
            .twin("capture"),
        Rule::new(&["deny", "failure"], Failed).places(&BEGUN),
        Rule::new(&["cancel"], Canceled),
        Rule::new(&["expire"], Expired),
        Rule::new(&["refund"], Refunded)
            .when(&[When::Equal("/refund_amount", "/gross_amount")])
            .amount(BACK),
        Rule::new(&["refund"], Refund).amount(BACK),
        Rule::new(&["partial_refund"], PartiallyRefunded).amount(BACK),
        Rule::new(&["chargeback", "partial_chargeback"], Disputed),
        Rule::new(&["*"], Other),
    ],
);

const BACK: &[&str] = &["/refund_amount"];

const PLACES: Places = Places::new(Unit::Major)
    .amount(&["/gross_amount"])
    .currency(&["/currency"])
    .default_currency("IDR")
    .reference(&["/order_id"])
    .transaction(&["/transaction_id"]);

const BEGUN: Places = PLACES.time_by(jakarta_time, &["/transaction_time"]);
const SETTLED: Places = PLACES.time_by(jakarta_time, &["/settlement_time", "/transaction_time"]);

/// `2026-08-05 16:00:00`, seven hours ahead of UTC.
fn jakarta_time(local: &str) -> Option<UnixTime> {
    let (date, clock) = local.split_once(' ')?;
    TimeUnit::Rfc3339.parse(format!("{date}T{clock}+07:00").as_bytes())
}

/// Signs bodies as Midtrans does.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::midtrans::Signer;
/// use webhook_core::testing::Sign;
///
/// let body = br#"{"order_id": "ord-1", "status_code": "200", "gross_amount": "10000.00"}"#;
/// let request = Signer::new("SB-Mid-server-MU1DkStkBRt74ibYNCQptb66")?.sign(body, UnixTime::from_secs(0))?;
/// assert!(request.body.ends_with(b"\"}"));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone, Debug)]
pub struct Signer(Secret);

#[cfg(feature = "testing")]
impl Signer {
    /// A signer with this server key.
    ///
    /// # Errors
    /// If it is empty.
    pub fn new(server_key: impl Into<String>) -> Result<Self, ConfigError> {
        Secret::dangerously_short(server_key).map(Self)
    }
}

#[cfg(feature = "testing")]
impl Sign for Signer {
    /// `body` is a JSON object without its signature, which becomes the last member.
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<SignedRequest, ConfigError> {
        const FAULT: ConfigError = ConfigError::fixed("the body is not an object with members");
        let whole = Bytes::copy_from_slice(body);
        let fields = values(&whole, ["/order_id", "/status_code", "/gross_amount"]);
        let fields = fields.map(Option::unwrap_or_default);
        let signature = hash(&fields.each_ref().map(|field| &**field), &self.0).to_hex();
        let open = body.trim_ascii_end().strip_suffix(b"}").ok_or(FAULT)?;
        let member = format!(r#","signature_key":"{signature}"}}"#);
        let body = [open, member.as_bytes()].concat();
        Ok(SignedRequest::json(body))
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(Signer::new(settings.first_key("secrets")?)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let body = json!({"transaction_status": "settlement", "transaction_id": "4959cfa8", "status_code": "200",
        "order_id": "order-7", "gross_amount": "10000.00", "note": Sample::CARD});
    let [key, _] = keys.text;
    let place = Place::Body(r#""signature_key":""#);
    let sample = Sample::new(NAME, Signer::new(key)?, secrets(keys.text), place);
    Ok(vec![Sample {
        bodies: Bodies::Own(body.to_string().into()),
        coverage: Coverage::Fields,
        id: Some("4959cfa8:settlement"),
        ..sample.keyed(keys.text, Midtrans::new)
    }])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::RejectionKind;
    use crate::testing::support::{NOW, only, refused, signed};

    const KEY: &str = "SB-Mid-server-MU1DkStkBRt74ibYNCQptb66";
    const BODY: &str = r#"{"transaction_time":"2026-08-05 16:00:00","transaction_status":"settlement",
        "settlement_time":"2026-08-05 16:00:30","transaction_id":"4959cfa8","status_code":"200",
        "order_id":"ord-264332","gross_amount":"10000.00","refund_amount":"2500.00","currency":"IDR"}"#;

    fn settings() -> Value {
        json!({"secrets": KEY})
    }

    fn signer() -> Signer {
        Signer::new(KEY).unwrap()
    }

    fn update(body: &str) -> PaymentUpdate {
        let delivery = signed(NAME, settings(), &signer(), body);
        only(&delivery).unwrap()
    }

    fn status(status: &str) -> String {
        BODY.replace("settlement\"", &format!("{status}\""))
    }

    #[test]
    fn the_kind_and_the_time_are_only_claimed() {
        let update = update(BODY);
        assert_eq!((&update.event_id, &update.kind), (&None, &None));
        assert_eq!(update.time, None);
        let claimed = update.dangerously_trust_unverified();
        assert_eq!(claimed.kind.as_deref(), Some("settlement"));
    }

    #[test]
    fn times_are_those_of_jakarta() {
        let time = |kind: &str| update(&status(kind)).dangerously_trust_unverified().time;
        assert_eq!(time("settlement"), Some(NOW.plus_secs(30)));
        assert_eq!(time("pending"), Some(NOW));
        assert_eq!(time("refund"), None);
    }

    fn signed_fields(order_id: &str, code: &str, amount: &str) -> SignedRequest {
        let body = json!({"order_id": order_id, "status_code": code, "gross_amount": amount});
        signer().sign(body.to_string().as_bytes(), NOW).unwrap()
    }

    #[test]
    fn moved_digits_are_refused_although_the_hash_is_the_same() {
        let genuine = signed_fields("ord-1", "200", "11000.00");
        let body = String::from_utf8(genuine.body.to_vec()).unwrap();
        let signature = body.split('"').rev().nth(1).unwrap();
        for (order_id, code, amount) in [
            ("ord-12", "001", "1000.00"),
            ("ord-120", "011", "000.00"),
            ("ord-1200", "110", "00.00"),
            ("ord-", "120", "011000.00"),
            ("ord-1", "2001", "1000.00"),
            ("ord-1", "20", "011000.00"),
            ("ord-1", "", "20011000.00"),
        ] {
            let body = json!({"order_id": order_id, "status_code": code, "gross_amount": amount,
                "signature_key": signature});
            let moved = SignedRequest::json(body.to_string());
            let rejection = refused(NAME, settings(), moved);
            assert_eq!(rejection.kind(), RejectionKind::Malformed, "{order_id}");
        }
    }

    #[test]
    fn fields_must_have_their_form() {
        for (code, amount) in [
            ("abc", "1.00"),
            ("99", "1.00"),
            ("600", "1.00"),
            ("2 0", "1.00"),
            ("200", ""),
            ("200", "-1.00"),
            ("200", "1."),
            ("200", "1e3"),
            ("200", "01.00"),
            ("200", "1,00"),
        ] {
            let rejection = refused(NAME, settings(), signed_fields("ord-1", code, amount));
            assert_eq!(
                rejection.kind(),
                RejectionKind::Malformed,
                "{code} {amount}"
            );
        }
    }

    #[test]
    fn hostile_bodies_are_refused() {
        let genuine = signer().sign(BODY.as_bytes(), NOW).unwrap();
        let genuine = String::from_utf8(genuine.body.to_vec()).unwrap();
        for (body, kind) in [
            (String::new(), RejectionKind::MissingSignature),
            ("[]".to_owned(), RejectionKind::MissingSignature),
            (BODY.to_owned(), RejectionKind::MissingSignature),
            (format!("{genuine}x"), RejectionKind::MissingSignature),
            (genuine[..80].to_owned(), RejectionKind::MissingSignature),
            ("[".repeat(200_000), RejectionKind::MissingSignature),
            (
                genuine.replace('}', r#","signature_key":"00"}"#),
                RejectionKind::MissingSignature,
            ),
            (
                genuine.replace('}', r#","\u006frder_id":"ord-264332"}"#),
                RejectionKind::Malformed,
            ),
            (genuine.replace("\"200\"", "null"), RejectionKind::Malformed),
            (
                genuine.replace("_key\":\"", "_key\":\"0x"),
                RejectionKind::BadSignature,
            ),
            (
                genuine.replace("ord-264332", "ord-264333"),
                RejectionKind::BadSignature,
            ),
        ] {
            let rejection = refused(NAME, settings(), SignedRequest::json(body.clone()));
            assert_eq!(rejection.kind(), kind, "{body:.60}");
        }
    }

    #[test]
    fn any_of_several_keys_may_match() {
        let settings = json!({"secrets": ["the new key", KEY]});
        let delivery = signed(NAME, settings, &signer(), BODY);
        assert_eq!(delivery.key().unwrap().index(), 1);
        assert!(Midtrans::new("").is_err());
    }
}
