//! Nuvei (SafeCharge): payment notifications (DMN).
//!
//! | | |
//! |---|---|
//! | signature | `advanceResponseChecksum` in the form, or in the query of a `GET`: hex SHA-256 of the secret key and six fields, nothing between them |
//! | key | the text of the merchant's secret key |
//! | time window | none: `responseTimeStamp` has no time zone |
//! | event id | none: `PPP_TransactionID` stays through all states of a payment |
//! | kind | `Status`, signed, such as `APPROVED` |
//!
//! # What to know
//!
//! - Signed are `totalAmount`, `currency`, `responseTimeStamp`, `PPP_TransactionID`, `Status` and `productId`, and **nothing else**: take no
//!   other field for more than a claim. One that is absent counts as empty, which only `productId` may be.
//! - The hash is no HMAC and nothing stands between the fields, so characters could be moved from the end of one to the beginning of the next.
//!   Each must have its form, by which they can only be read in one way: digits with a point, three capitals, date and time, digits, one
//!   of the words `APPROVED`, `DECLINED`, `ERROR`, `PENDING`. A notification with another status is refused as malformed.
//! - A `productId` that is no text (UTF-8) is refused: whoever holds one notification could hash on from it.
//! - An account setting chooses `POST` or `GET`. Of a `GET` the body of the delivery is its query.
//! - Notifications of withdrawals are signed in another way, and older accounts by MD5. Neither is accepted here.
//!
//! Checked against vectors that we computed, with the order of the fields in Nuvei's plug-ins for Shopware and PrestaShop, and a value of a
//! test of its plug-in for SAP Commerce. Documentation:
//! ["Payment DMNs"](https://docs.nuvei.com/documentation/integration/webhooks/payment-dmns).
//!
//! # Payments
//!
//! The kind of transaction (`transactionType`: a sale, an authorisation, a refund, a void) is not signed, so that an approved refund is what an
//! approved sale is. Every update is [`Unconfirmed`](crate::payment::PaymentStatus::Unconfirmed), with what is signed of it: ask Nuvei for
//! the transaction.
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `APPROVED`, `DECLINED`, `ERROR`, `PENDING` |  | `Unconfirmed` | `totalAmount` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | all | `currency`, major units |  | `PPP_TransactionID` |  |
//!
//! Dedupe tells events apart by: all signed fields.

use std::sync::Arc;

use bytes::Bytes;
use sha2::Sha256;

use crate::crypto::{Tag, digest};
use crate::message::Message;
use crate::outcome::{malformed, missing};
use crate::payment::{Meaning, PaymentStatus, PaymentUpdate, Places, Rule, Unit};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
#[cfg(feature = "testing")]
use crate::testing::sample::secrets;
#[cfg(feature = "testing")]
use crate::testing::{Bodies, Place, Sample, SampleKeys, Sign, SignedRequest};
use crate::verify::{Form, Keys, buffered, decode_hex};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, DecodeError, IntoKeyring, Proof, Rejection,
    RejectionKind, RequestHead, Secret, UnixTime, Verdict, Verifier,
};

const NAME: &str = "nuvei";

pub(crate) const PROVIDER: Registered = Registered::custom(SENDER, &ABOUT, |settings| {
    let nuvei = Nuvei::new(settings.keys("secrets")?);
    Ok(Arc::new(
        nuvei.map_err(|error| error.of_setting("secrets"))?,
    ))
})
.tested(testing!(signer, samples));

const ABOUT: About =
    About::new(Group::Payments, "https://docs.nuvei.com/documentation/integration/webhooks/payment-dmns")
        .setup(&[
            "In the Control Panel, open the integration settings, and copy the merchant secret key. It becomes `secrets`.",
            "Have Nuvei set the URL of your endpoint for DMNs, and SHA-256 as the hash; or give it with each payment as `notificationUrl`.",
        ])
        .settings(&[Setting::required(
            "secrets",
            "the merchant's secret key: one or a list, any of which may match",
        )])
        .signed(
            "SHA-256 in hex of: the secret key, `totalAmount`, `currency`, `responseTimeStamp`, `PPP_TransactionID`, `Status`, `productId`; it stands in `advanceResponseChecksum`",
        );

const SENDER: crate::Provider = crate::Provider::new(NAME)
    .meaning(&MEANING)
    .payments(updates);

/// What Nuvei's `Status` means for a payment: nothing without the kind of transaction, which is not signed.
pub const MEANING: Meaning = Meaning::new(
    Places::new(Unit::Major)
        .amount(&["/totalAmount"])
        .currency(&["/currency"])
        .transaction(&["/PPP_TransactionID"]),
    &[Rule::new(&STATUSES, PaymentStatus::Unconfirmed)],
);

fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let form = Form::read(message.body(), &FIELDS)
        .map_err(|_| DecodeError::new(".", "a field of the form is written twice"))?;
    let kind = message.any_kind().unwrap_or_default();
    let update = PaymentUpdate::other(message);
    let update = MEANING.update_of(kind, |name| form.text(name), update)?;
    Ok(vec![update])
}

/// Verifies what Nuvei sends to one merchant.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::nuvei::Nuvei;
///
/// let endpoint = Endpoint::new(Nuvei::new("ik4uRn1296Dx9tZCYUdrkAbMHRnObO7b")?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Nuvei(Arc<Keys<Secret>>);

impl Nuvei {
    /// Accepts what is hashed with any of these secret keys.
    ///
    /// # Errors
    /// If there is no key, or one is empty.
    pub fn new(secret_keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        let keys = Keys::new(&[], secret_keys, |key| Ok(key.clone()))?;
        Ok(Self(Arc::new(keys)))
    }
}

impl Verifier for Nuvei {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        self.0.prints(&[NAME])
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        let query = match head.method() {
            "POST" => None,
            "GET" => Some(Bytes::copy_from_slice(
                head.query().unwrap_or_default().as_bytes(),
            )),
            _ => {
                let reason = "method not allowed: Nuvei delivers by POST or GET";
                return Err(Rejection::new(RejectionKind::MethodNotAllowed, reason).into());
            }
        };
        let keys = Arc::clone(&self.0);
        Ok(buffered(move |body| match query {
            None => judge(&keys, body, now).map(Verdict::Authentic),
            // A stored delivery has the query as its body.
            Some(query) if body.is_empty() || *body == query => {
                let proof = judge(&keys, &query, now)?;
                Ok(Verdict::Authentic(proof.body(query)))
            }
            Some(_) => Err(malformed("a GET has no body beside its query").into()),
        }))
    }
}

fn judge(keys: &Keys<Secret>, form: &Bytes, now: UnixTime) -> Result<Proof, Answer> {
    let form = Form::read(form, &FIELDS)?;
    let given = form.bytes(CHECKSUM);
    if given.is_empty() {
        return Err(missing("the form has no advanceResponseChecksum").into());
    }
    let given = decode_hex(given);
    let key = keys.matching(now, &[&given], |key| code(key, &form))?;
    if !is_unambiguous(&form) {
        return Err(malformed("a signed field is not in its form").into());
    }
    Ok(Proof::dangerously_assert(Coverage::Fields)
        .key(key)
        .kind(form.text(STATUS))
        // The digest of all that is signed.
        .identity(&[&given]))
}

const CHECKSUM: &str = "advanceResponseChecksum";
const STATUS: &str = "Status";

/// The checksum, then what it covers in its order.
const FIELDS: [&str; 7] = [
    CHECKSUM,
    "totalAmount",
    "currency",
    "responseTimeStamp",
    "PPP_TransactionID",
    STATUS,
    "productId",
];

fn code(key: &Secret, form: &Form<'_>) -> Tag {
    let [_, signed @ ..] = &FIELDS;
    let values = signed.iter().map(|name| form.bytes(name));
    digest::<Sha256>(std::iter::once(key.expose().as_bytes()).chain(values))
}

/// None begins as another does, so that one cannot be cut from the product's id in two places.
const STATUSES: [&str; 4] = ["APPROVED", "DECLINED", "ERROR", "PENDING"];

/// Whether the fields have the forms by which one can be told from the next.
fn is_unambiguous(form: &Form<'_>) -> bool {
    is_amount(form.bytes("totalAmount"))
        && is_currency(form.bytes("currency"))
        && is_time(form.bytes("responseTimeStamp"))
        && is_digits(form.bytes("PPP_TransactionID"))
        && STATUSES.contains(&form.text(STATUS))
        && std::str::from_utf8(form.bytes("productId")).is_ok()
}

fn is_digits(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(u8::is_ascii_digit)
}

/// `115.00`, or `115`.
fn is_amount(value: &[u8]) -> bool {
    let mut parts = value.split(|byte| *byte == b'.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(whole), None, None) => is_digits(whole),
        (Some(whole), Some(fraction), None) => is_digits(whole) && is_digits(fraction),
        _ => false,
    }
}

fn is_currency(value: &[u8]) -> bool {
    value.len() == 3 && value.iter().all(u8::is_ascii_uppercase)
}

/// `2026-08-05.09:00:00`.
fn is_time(value: &[u8]) -> bool {
    let shape = b"0000-00-00.00:00:00";
    value.len() == shape.len()
        && value.iter().zip(shape).all(|(byte, want)| match want {
            b'0' => byte.is_ascii_digit(),
            literal => byte == literal,
        })
}

/// Signs forms as Nuvei does.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::nuvei::Signer;
/// use webhook_core::testing::Sign;
///
/// let form = b"totalAmount=115.00&currency=EUR&PPP_TransactionID=46672991&Status=APPROVED";
/// let request = Signer::new("ik4uRn1296Dx9tZCYUdrkAbMHRnObO7b")?.sign(form, UnixTime::from_secs(0))?;
/// assert!(request.body.starts_with(b"totalAmount=115.00&"));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone, Debug)]
pub struct Signer(Secret);

#[cfg(feature = "testing")]
impl Signer {
    /// A signer with this secret key.
    ///
    /// # Errors
    /// If it is empty.
    pub fn new(secret_key: impl Into<String>) -> Result<Self, ConfigError> {
        Secret::dangerously_short(secret_key).map(Self)
    }
}

#[cfg(feature = "testing")]
impl Sign for Signer {
    /// `body` is the form without its checksum, which is put behind it.
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<SignedRequest, ConfigError> {
        let form = Form::read(body, &FIELDS)
            .map_err(|_| ConfigError::new("a field of the form is written twice"))?;
        let code = code(&self.0, &form).to_hex();
        let body = [body, b"&advanceResponseChecksum=", code.as_bytes()].concat();
        Ok(SignedRequest::form(body))
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &crate::Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(Signer::new(settings.first_key("secrets")?)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let body = format!(
        "ppp_status=OK&totalAmount=115.00&currency=EUR&responseTimeStamp=2026-08-05.09%3A00%3A00\
         &PPP_TransactionID=46672991&Status=APPROVED&productId=NA&first_name={}",
        Sample::CARD
    );
    let [key, _] = keys.text;
    let place = Place::Body("&advanceResponseChecksum=");
    let sample = Sample::new(NAME, Signer::new(key)?, secrets(keys.text), place);
    Ok(vec![Sample {
        bodies: Bodies::Own(body.into()),
        coverage: Coverage::Fields,
        methods: &["POST", "GET"],
        id: None,
        ..sample.keyed(keys.text, Nuvei::new)
    }])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::support::{NOW, refused};

    const KEY: &str = "ik4uRn1296Dx9tZCYUdrkAbMHRnObO7b";

    /// What has the checksum of these fields, and could be read in another way.
    #[test]
    fn a_field_lends_no_character_to_the_next() {
        for [amount, currency, time, number, status, product] in [
            [
                "115.00E",
                "UR",
                "2026-08-05.09:00:00",
                "46672991",
                "APPROVED",
                "NA",
            ],
            [
                "115.00",
                "EUR2",
                "026-08-05.09:00:00",
                "46672991",
                "APPROVED",
                "NA",
            ],
            [
                "115.00",
                "EUR",
                "2026-08-05.09:00:004",
                "6672991",
                "APPROVED",
                "NA",
            ],
            [
                "115.00",
                "EUR",
                "2026-08-05.09:00:00",
                "46672991A",
                "PPROVED",
                "NA",
            ],
            [
                "115.00",
                "EUR",
                "2026-08-05.09:00:00",
                "46672991",
                "APPROVEDN",
                "A",
            ],
            [
                "115.00",
                "EUR",
                "2026-08-05.09:00:00",
                "46672991",
                "APPROVE",
                "DNA",
            ],
            [
                "115.00",
                "EUR",
                "2026-08-05.09:00:00",
                "46672991",
                "APPROVED",
                "NA%80",
            ],
            [
                "",
                "115.00EUR",
                "2026-08-05.09:00:00",
                "46672991",
                "APPROVED",
                "NA",
            ],
        ] {
            let form = format!(
                "totalAmount={amount}&currency={currency}&responseTimeStamp={time}\
                 &PPP_TransactionID={number}&Status={status}&productId={product}"
            );
            let request = Signer::new(KEY)
                .unwrap()
                .sign(form.as_bytes(), NOW)
                .unwrap();
            let rejection = refused(NAME, json!({"secrets": KEY}), request);
            assert_eq!(rejection.kind(), RejectionKind::Malformed, "{form}");
        }
    }
}
