//! Dotpay: the Polish payment service that became a part of Przelewy24. For shops whose notifications (URLC) still come.
//!
//! | | |
//! |---|---|
//! | signature | `signature` in the form: hex SHA-256 of the PIN and 26 fields, with nothing between them |
//! | key | the text of the shop's PIN |
//! | time window | none: `operation_datetime` has no time zone |
//! | event id | `operation_number` and `operation_status`, joined with `:`; signed |
//! | kind | `operation_type`, signed |
//! | acknowledgement | `OK` |
//!
//! # What to know
//!
//! - The hash is no HMAC and nothing stands between the fields, so characters can be moved from the end of one to the
//!   beginning of the next without changing it. What follows from their form is checked: seller, number, type, status,
//!   amounts, currencies and time can only be read in one way. Where the related number ends, where `control` begins and
//!   ends, and every field behind it is **not covered**: these are only claimed. Look the payment up by its
//!   `operation_number`, or compare the claimed `control` with the order of that amount.
//! - Parameters that are not in the list are not signed.
//! - `id` must be the configured seller; otherwise the notification is for another shop with the same PIN.
//! - The values are hashed as they were sent, spaces at their ends included.
//!
//! Checked against `payments/dotpay/forms.py` of django-payments 4.1.0, where the list of fields comes from; the service
//! itself no longer takes part in tests. Documentation:
//! ["Technical manual"](https://www.dotpay.pl/developer/doc/api_payment/en/).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `payment` | `operation_status` is `new` or `processing` or `processing_realization` or `processing_realization_waiting` | `Pending` | `operation_original_amount`, else `operation_amount` |
//! | `payment` | `operation_status` is `completed` | `Paid` | `operation_original_amount`, else `operation_amount` |
//! | `payment` | `operation_status` is `rejected` | `Failed` | `operation_original_amount`, else `operation_amount` |
//! | `refund` | `operation_status` is `new` or `processing` or `processing_realization` or `processing_realization_waiting` | `RefundPending` | `operation_original_amount`, else `operation_amount`, a step of id `operation_number` |
//! | `refund` | `operation_status` is `completed` | `Refund` | `operation_original_amount`, else `operation_amount`, a step of id `operation_number` |
//! | `refund` | `operation_status` is `rejected` | `RefundFailed` | `operation_original_amount`, else `operation_amount`, a step of id `operation_number` |
//! | `payout` | `operation_status` is `completed` | `Payout` | `operation_original_amount`, else `operation_amount` |
//! | `complaint` |  | `Disputed` | `operation_original_amount`, else `operation_amount` of id `operation_number` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `refund`, `complaint` | `operation_original_currency`, else `operation_currency`, major units | `control` | `operation_related_number` |  |
//! | all others | `operation_original_currency`, else `operation_currency`, major units | `control` | `operation_number` |  |
//!
//! - The reference, and the transaction id of a refund or a complaint, are only claimed: they stand in
//!   [`unverified`](PaymentUpdate::unverified).
//! - The original amount is the one that the shop asked for.
//! - A refund is a step, and does not say whether that was all. How a complaint ended is not told.
//! - There is no time: its zone is not said.
//! - No documentation of Dotpay could be had for the kinds beside `payment` and `refund`.
//!
//! Dedupe tells events apart by: all signed fields.

use std::sync::Arc;

use bytes::Bytes;
use sha2::Sha256;

use crate::crypto::{Tag, digest};
use crate::message::Message;
use crate::outcome::{malformed, missing};
use crate::payment::PaymentStatus::{
    Disputed, Failed, Paid, Payout, Pending, Refund, RefundFailed, RefundPending,
};
use crate::payment::{Meaning, PaymentUpdate, Places, Rule, Unit, When};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
#[cfg(feature = "testing")]
use crate::testing::sample::secrets;
#[cfg(feature = "testing")]
use crate::testing::{Bodies, Place, Sample, SampleKeys, Sign, SignedRequest};
use crate::verify::{Form, Keys, buffered, decode_hex, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, DecodeError, IntoKeyring, Proof, Rejection,
    RejectionKind, Reply, RequestHead, Secret, Settings, UnixTime, Verdict, Verifier,
};

const NAME: &str = "dotpay";

pub(crate) const PROVIDER: Registered = Registered::custom(SENDER, &ABOUT, |settings| {
    Ok(Arc::new(Dotpay::from_settings(settings)?))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(
    Group::Payments,
    "https://www.dotpay.pl/developer/doc/api_payment/en/",
)
.setup(&[
    "In the seller panel, open the settings of the shop and set its URLC address to the \
         URL of your endpoint.",
    "The number of the shop becomes `seller_id`, its PIN becomes `secrets`.",
])
.settings(&[
    Setting::required(
        "seller_id",
        "the number of the shop, shown in the seller panel",
    ),
    Setting::required(
        "secrets",
        "the PIN of the shop: one or a list, any of which may match",
    ),
])
.signed(
    "SHA-256 in hex of: the PIN and 26 fields of the form, with nothing between them; it \
         stands in `signature`",
)
.acknowledgement("200 with the text `OK`");

const SENDER: crate::Provider = crate::Provider::new(NAME)
    .meaning(&MEANING)
    .payments(updates);

/// Verifies what Dotpay sends to one shop.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::dotpay::Dotpay;
///
/// let endpoint = Endpoint::new(Dotpay::new("798105", "VPYY7Lrq7pNHoC3O9A9qoOSxWbVtjcwW")?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dotpay(Arc<Shop>);

#[derive(Debug)]
struct Shop {
    seller_id: String,
    pins: Keys<Secret>,
}

impl Dotpay {
    /// Accepts what is for this seller and hashed with any of these PINs.
    ///
    /// # Errors
    /// If the seller's id is not a number, or a PIN is empty.
    pub fn new(seller_id: impl Into<String>, pins: impl IntoKeyring) -> Result<Self, ConfigError> {
        let seller_id = seller_id.into();
        if !is_digits(seller_id.as_bytes()) {
            return Err(ConfigError::new("the seller's id is not a number"));
        }
        let pins = Keys::new(&[], pins, |pin| Ok(pin.clone()))?;
        Ok(Self(Arc::new(Shop { seller_id, pins })))
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        Self::new(settings.required("seller_id")?, settings.keys("secrets")?)
            .map_err(|error| error.of_setting("seller_id"))
    }
}

impl Verifier for Dotpay {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        self.0.pins.prints(&[NAME, &self.0.seller_id])
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let shop = Arc::clone(&self.0);
        Ok(buffered(move |body| shop.judge(body, now)))
    }
}

impl Shop {
    fn judge(&self, body: &Bytes, now: UnixTime) -> Result<Verdict, Answer> {
        let form = Form::read(body, &FIELDS)?;
        let given = form.bytes(SIGNATURE);
        if given.is_empty() {
            return Err(missing("the form has no signature").into());
        }
        let given = decode_hex(given);
        let key = self.pins.matching(now, &[&given], |pin| code(pin, &form))?;
        if !is_unambiguous(&form) {
            return Err(malformed("a signed field is not in its form").into());
        }
        if form.bytes("id") != self.seller_id.as_bytes() {
            return Err(Rejection::new(
                RejectionKind::WrongAudience,
                "the notification is for another seller",
            )
            .into());
        }
        let (number, status) = (form.text("operation_number"), form.text("operation_status"));
        let proof = Proof::dangerously_assert(Coverage::Fields)
            .key(key)
            .id(format!("{number}:{status}"))
            .kind(form.text("operation_type"))
            // The digest of all that is signed.
            .identity(&[&given])
            .acknowledgement(Reply::text("OK"));
        Ok(Verdict::Authentic(proof))
    }
}

const SIGNATURE: &str = "signature";

/// The signature, then what it covers in its order.
const FIELDS: [&str; 27] = [
    SIGNATURE,
    "id",
    "operation_number",
    "operation_type",
    "operation_status",
    "operation_amount",
    "operation_currency",
    "operation_withdrawal_amount",
    "operation_commission_amount",
    "is_completed",
    "operation_original_amount",
    "operation_original_currency",
    "operation_datetime",
    "operation_related_number",
    "control",
    "description",
    "email",
    "p_info",
    "p_email",
    "credit_card_issuer_identification_number",
    "credit_card_masked_number",
    "credit_card_brand_codename",
    "credit_card_brand_code",
    "credit_card_id",
    "channel",
    "channel_country",
    "geoip_country",
];

fn code(pin: &Secret, form: &Form<'_>) -> Tag {
    let [_, signed @ ..] = &FIELDS;
    let values = signed.iter().map(|name| form.bytes(name));
    digest::<Sha256>(std::iter::once(pin.expose().as_bytes()).chain(values))
}

const PENDING: [&str; 4] = [
    "new",
    "processing",
    "processing_realization",
    "processing_realization_waiting",
];
const COMPLETED: &str = "completed";
const REJECTED: &str = "rejected";

/// Whether the fields in front of the related number have the forms by which one can be told from the next. Of the words for a
/// status none is the end of another, so that type and status cannot be cut in another place.
fn is_unambiguous(form: &Form<'_>) -> bool {
    let is = |name: &str, fits: fn(&[u8]) -> bool| fits(form.bytes(name));
    let is_if_there = |name: &str, fits: fn(&[u8]) -> bool| {
        let value = form.bytes(name);
        value.is_empty() || fits(value)
    };
    is("id", is_digits)
        && is("operation_number", is_number)
        && is("operation_type", is_word)
        && is("operation_status", is_status)
        && is("operation_amount", is_amount)
        && is("operation_currency", is_currency)
        && is_if_there("operation_withdrawal_amount", is_amount)
        && is_if_there("operation_commission_amount", is_amount)
        && is_if_there("is_completed", is_lower_case)
        && is_if_there("operation_original_amount", is_amount)
        && is_if_there("operation_original_currency", is_currency)
        // Else another amount could stand for the one that is left out.
        && form.bytes("operation_original_amount").is_empty()
            == form.bytes("operation_original_currency").is_empty()
        && is("operation_datetime", is_time)
        && is_if_there("operation_related_number", is_number)
}

/// What a currency is not.
fn is_lower_case(value: &[u8]) -> bool {
    value.iter().all(u8::is_ascii_lowercase)
}

fn is_digits(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(u8::is_ascii_digit)
}

/// `M8457-4018`.
fn is_number(value: &[u8]) -> bool {
    let Some((b'A'..=b'Z', rest)) = value.split_first() else {
        return false;
    };
    let mut parts = rest.split(|byte| *byte == b'-');
    let parts = (parts.next(), parts.next(), parts.next());
    matches!(parts, (Some(shop), Some(number), None) if is_digits(shop) && is_digits(number))
}

fn is_word(value: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_lowercase() || *byte == b'_';
    !value.is_empty() && value.iter().all(is_letter)
}

fn is_status(value: &[u8]) -> bool {
    let mut known = PENDING.iter().chain(&[COMPLETED, REJECTED]);
    known.any(|status| status.as_bytes() == value)
}

/// `10.00`, with two digits behind the point so that it cannot be cut elsewhere; commissions are negative.
fn is_amount(value: &[u8]) -> bool {
    let value = value.strip_prefix(b"-").unwrap_or(value);
    match value {
        [whole @ .., b'.', tens, ones] => {
            is_digits(whole) && tens.is_ascii_digit() && ones.is_ascii_digit()
        }
        _ => false,
    }
}

fn is_currency(value: &[u8]) -> bool {
    value.len() == 3 && value.iter().all(u8::is_ascii_uppercase)
}

/// `2026-08-05 11:00:00`.
fn is_time(value: &[u8]) -> bool {
    let shape = b"0000-00-00 00:00:00";
    value.len() == shape.len()
        && value.iter().zip(shape).all(|(byte, want)| match want {
            b'0' => byte.is_ascii_digit(),
            literal => byte == literal,
        })
}

fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let form = Form::read(message.body(), &FIELDS)
        .map_err(|_| DecodeError::new(".", "not the form of a notification"))?;
    let kind = form.text("operation_type");
    let claimed = PaymentUpdate::claimed(message);
    let claimed = MEANING.update_of(kind, |name| form.text(name), claimed)?;
    // Where the related number ends and `control` begins and ends, no form tells.
    let number = claimed.transaction_id.clone();
    let update = PaymentUpdate {
        status: claimed.status,
        amount: claimed.amount,
        step_id: claimed.step_id.clone(),
        transaction_id: number.filter(|_| ![REFUND, COMPLAINT].contains(&kind)),
        ..PaymentUpdate::other(message)
    };
    Ok(vec![update.with_unverified(claimed)])
}

/// What Dotpay's `operation_type` means for a payment. The reference, and the payment that a refund or a complaint belongs
/// to, are only claimed.
pub const MEANING: Meaning = Meaning::new(
    OPERATION,
    &[
        Rule::new(&["payment"], Pending).when(UNDECIDED),
        Rule::by(
            &["payment"],
            STATUS,
            &[(COMPLETED, Paid), (REJECTED, Failed)],
        ),
        Rule::new(&[REFUND], RefundPending)
            .when(UNDECIDED)
            .places(&BACK),
        Rule::by(
            &[REFUND],
            STATUS,
            &[(COMPLETED, Refund), (REJECTED, RefundFailed)],
        )
        .places(&BACK),
        Rule::by(&["payout"], STATUS, &[(COMPLETED, Payout)]),
        Rule::new(&[COMPLAINT], Disputed).places(&DISPUTE),
    ],
);

const REFUND: &str = "refund";
const COMPLAINT: &str = "complaint";
const STATUS: &str = "/operation_status";
const UNDECIDED: &[When] = &[When::Is(STATUS, &PENDING)];
const AMOUNT: &[&str] = &["/operation_original_amount", "/operation_amount"];
const NUMBER: &[&str] = &["/operation_number"];

/// As the shop asked for it, if that is said. The zone of the time is not.
const OPERATION: Places = Places::new(Unit::Major)
    .amount(AMOUNT)
    .currency(&["/operation_original_currency", "/operation_currency"])
    .reference(&["/control"])
    .transaction(NUMBER);

const DISPUTE: Places = OPERATION
    .step_id(NUMBER)
    .transaction(&["/operation_related_number"]);

const BACK: Places = DISPUTE.step_amount(AMOUNT);

/// Signs forms as Dotpay does.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::dotpay::Signer;
/// use webhook_core::testing::Sign;
///
/// let form = b"id=798105&operation_number=M8457-4018&operation_type=payment";
/// let request = Signer::new("VPYY7Lrq7pNHoC3O9A9qoOSxWbVtjcwW")?.sign(form, UnixTime::from_secs(0))?;
/// assert!(request.body.starts_with(b"id=798105&"));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone, Debug)]
pub struct Signer(Secret);

#[cfg(feature = "testing")]
impl Signer {
    /// A signer with this PIN.
    ///
    /// # Errors
    /// If it is empty.
    pub fn new(pin: impl Into<String>) -> Result<Self, ConfigError> {
        Secret::dangerously_short(pin).map(Self)
    }
}

#[cfg(feature = "testing")]
impl Sign for Signer {
    /// `body` is the form without its signature, which is put behind it.
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<SignedRequest, ConfigError> {
        let form = Form::read(body, &FIELDS)
            .map_err(|_| ConfigError::new("a field of the form is written twice"))?;
        let signature = code(&self.0, &form).to_hex();
        let body = [body, b"&signature=", signature.as_bytes()].concat();
        Ok(SignedRequest::form(body))
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(Signer::new(settings.first_key("secrets")?)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    const SELLER: &str = "798105";
    let body = format!(
        "id={SELLER}&operation_number=M8457-4018&operation_type=payment&operation_status=completed\
         &operation_amount=10.00&operation_currency=PLN&operation_datetime=2026-08-05+11%3A00%3A00\
         &control=65422&description={}",
        Sample::CARD
    );
    let [pin, _] = keys.text;
    let place = Place::Body("&signature=");
    let sample = Sample::new(NAME, Signer::new(pin)?, secrets(keys.text), place);
    Ok(vec![Sample {
        needed: &["seller_id"],
        bodies: Bodies::Own(body.into()),
        coverage: Coverage::Fields,
        id: Some("M8457-4018:completed"),
        ..sample
            .set("seller_id", SELLER)
            .keyed(keys.text, |keys| Dotpay::new(SELLER, keys))
    }])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::support::{NOW, refused, signed};

    const PIN: &str = "VPYY7Lrq7pNHoC3O9A9qoOSxWbVtjcwW";
    const PAID: &str = "id=798105&operation_number=M8457-4018&operation_type=payment\
        &operation_status=completed&operation_amount=10.00&operation_currency=PLN\
        &operation_original_amount=2.35&operation_original_currency=EUR\
        &operation_datetime=2026-08-05+11:00:00&control=65422&description=Order+65422";

    fn settings() -> Value {
        json!({"seller_id": "798105", "secrets": PIN})
    }

    fn sign(form: &str) -> SignedRequest {
        Signer::new(PIN)
            .unwrap()
            .sign(form.as_bytes(), NOW)
            .unwrap()
    }

    #[test]
    fn moved_characters_are_refused_although_the_hash_is_the_same() {
        let genuine = sign(PAID);
        for (replace, with) in [
            (
                "_number=M8457-4018&operation_type=payment",
                "_number=M8457-4018pay&operation_type=ment",
            ),
            (
                "_type=payment&operation_status=completed",
                "_type=paymentcom&operation_status=pleted",
            ),
            (
                "_status=completed&operation_amount=10.00",
                "_status=completed1&operation_amount=0.00",
            ),
            (
                "_amount=10.00&operation_currency=PLN&",
                "_amount=10.0&operation_currency=0PLN&",
            ),
            (
                "_currency=PLN&operation_original_amount=2.35",
                "_currency=PLN2&operation_original_amount=.35",
            ),
            (
                "_original_amount=2.35&operation_original",
                "_original_amount=.35&is_completed=2&operation_original",
            ),
            (
                "_datetime=2026-08-05+11:00:00&control=65422",
                "_datetime=2026-08-05+11:00:0&control=065422",
            ),
            ("&control=65422", "&operation_related_number=654&control=22"),
            // An amount for another one, and its currency for a word.
            (
                "&operation_original_amount=2.35&operation_original_currency=EUR",
                "&operation_withdrawal_amount=2.35&is_completed=EUR",
            ),
            (
                "&operation_original_amount=2.35&operation_original_currency=EUR",
                "&operation_withdrawal_amount=2.35&operation_original_currency=EUR",
            ),
        ] {
            let form = String::from_utf8(genuine.body.to_vec()).unwrap();
            assert!(form.contains(replace), "{replace}");
            let moved = genuine.clone().with_body(form.replace(replace, with));
            let rejection = refused(NAME, settings(), moved);
            assert_eq!(rejection.kind(), RejectionKind::Malformed, "{with}");
        }
    }

    #[test]
    fn fields_that_could_be_cut_elsewhere_are_refused_although_they_are_signed() {
        let form = |name: &str, value: &str| {
            let fields = PAID.split('&').map(|field| match field.split_once('=') {
                Some((own, _)) if own == name => format!("{name}={value}"),
                _ => field.to_owned(),
            });
            fields.collect::<Vec<_>>().join("&")
        };
        for (name, values) in [
            ("id", &["", "79810x"][..]),
            (
                "operation_number",
                &[
                    "",
                    "8457-4018",
                    "M8457",
                    "M8457-",
                    "M-4018",
                    "M8457-4018-1",
                    "M845x-4018",
                ],
            ),
            (
                "operation_type",
                &["", "Payment", "pay1", "pay.", "payment "],
            ),
            ("operation_status", &["", "done", "completed1", "Completed"]),
            (
                "operation_amount",
                &[
                    "", "10", "10.0", "10.000", ".00", "10,00", "10.0x", "1x.00", "--1.00",
                ],
            ),
            ("operation_currency", &["", "PL", "PLNX", "pln", "PL1"]),
            ("operation_original_amount", &["", "2.3", "x"]),
            ("operation_original_currency", &["", "EU", "eur"]),
            (
                "operation_datetime",
                &[
                    "",
                    "2026-08-05",
                    "2026-08-05+11:00:0x",
                    "2026-08-05T11:00:00",
                ],
            ),
        ] {
            for value in values {
                let rejection = refused(NAME, settings(), sign(&form(name, value)));
                assert_eq!(rejection.kind(), RejectionKind::Malformed, "{name}={value}");
            }
        }
        let signer = Signer::new(PIN).unwrap();
        let kind = form("operation_type", "payment_multimerchant_child");
        signed(NAME, settings(), &signer, kind);
    }

    #[test]
    fn notifications_for_another_seller_are_refused() {
        let rejection = refused(NAME, settings(), sign(&PAID.replace("798105", "798106")));
        assert_eq!(rejection.kind(), RejectionKind::WrongAudience);
    }

    #[test]
    fn the_signature_may_be_in_upper_case() {
        let request = sign(PAID);
        let form = String::from_utf8(request.body.to_vec()).unwrap();
        let (form, signature) = form.split_once("&signature=").unwrap();
        let upper = format!("{form}&signature={}", signature.to_uppercase());
        let upper = request.with_body(upper);
        assert_eq!(
            refused(NAME, json!({"seller_id": "1", "secrets": PIN}), upper).kind(),
            RejectionKind::WrongAudience
        );
    }

    #[test]
    fn hostile_forms_are_refused() {
        let genuine = String::from_utf8(sign(PAID).body.to_vec()).unwrap();
        for (form, kind) in [
            (String::new(), RejectionKind::MissingSignature),
            (PAID.to_owned(), RejectionKind::MissingSignature),
            (
                format!("{PAID}&signature="),
                RejectionKind::MissingSignature,
            ),
            (format!("{PAID}&signature=0x"), RejectionKind::BadSignature),
            (format!("{PAID}&signature=%FF"), RejectionKind::BadSignature),
            (format!("{genuine}0"), RejectionKind::BadSignature),
            (
                format!("{genuine}&operation_amount=1.00"),
                RejectionKind::Malformed,
            ),
            (format!("{genuine}&%69d=798105"), RejectionKind::Malformed),
            (
                format!("{}{genuine}", "a=b&".repeat(100_000)) + "&control",
                RejectionKind::Malformed,
            ),
            ("%&=+".repeat(100_000), RejectionKind::MissingSignature),
            (r#"{"id":1}"#.to_owned(), RejectionKind::MissingSignature),
        ] {
            let request = sign(PAID).with_body(form.clone());
            let rejection = refused(NAME, settings(), request);
            assert_eq!(rejection.kind(), kind, "{:.60}", form);
        }
    }

    #[test]
    fn an_account_needs_a_seller_and_a_pin() {
        assert!(Dotpay::new("", PIN).is_err());
        assert!(Dotpay::new("shop", PIN).is_err());
        assert!(Dotpay::new("798105", "").is_err());
        let settings = Settings::new(json!({"secrets": PIN})).unwrap();
        let error = Dotpay::from_settings(&settings).unwrap_err().to_string();
        assert!(error.contains("seller_id"), "{error}");
    }
}
