//! Mollie: payments in Europe.
//!
//! | | |
//! |---|---|
//! | signature | `X-Mollie-Signature`: hex HMAC-SHA256 of the body, after `sha256=`, which may be absent |
//! | key | the text of the webhook's signing secret |
//! | time window | none: Mollie signs no time |
//! | event id | `id` in the body, signed |
//! | kind | `type` in the body, signed |
//!
//! # What to know
//!
//! - Only next-gen webhooks are signed. The classic notification, a form with nothing but `id=tr_…`, is refused as
//!   [`Unsigned`](crate::RejectionKind::Unsigned) and never delivered: anyone can send it. Give it an address of its
//!   own, where [`Confirm`](crate::Confirm) asks Mollie's API what became of the payment: [`CLASSIC`] is its description.
//!   Answer 200 even for ids that you do not know, or Mollie tries again for a day.
//! - Several signatures may come, in several lines or with commas between them; any of them may match, by any secret.
//! - Mollie's libraries let requests without a signature pass as "legacy". Here they never do.
//!
//! Checked against Mollie's library `mollie-api-py` 1.10.20; mollie-api-php was read. Documentation:
//! ["Next-gen Webhooks"](https://docs.mollie.com/reference/webhooks-new).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `payment.paid` | `_embedded.entity.amountCaptured.value` is above 0 | `Paid`, as `capture.succeeded` | `_embedded.entity.amountCaptured.value` |
//! | `payment.paid` |  | `Paid` | `_embedded.entity.amount.value` |
//! | `payment.authorized` |  | `Authorized` | `_embedded.entity.amount.value` |
//! | `payment.pending` |  | `Pending` | `_embedded.entity.amount.value` |
//! | `payment.failed` |  | `Failed` | `_embedded.entity.amount.value` |
//! | `payment.canceled` |  | `Canceled` | `_embedded.entity.amount.value` |
//! | `payment.expired` |  | `Expired` | `_embedded.entity.amount.value` |
//! | `capture.succeeded` |  | `Paid`, as `payment.paid` | `_embedded.entity.amount.value`, a step of id `_embedded.entity.id`, else `entityId` |
//! | `capture.failed` |  | `Failed` | `_embedded.entity.amount.value`, a step of id `_embedded.entity.id`, else `entityId` |
//! | `refund.queued`, `refund.pending`, `refund.processing` |  | `RefundPending` | `_embedded.entity.amount.value`, a step of id `_embedded.entity.id`, else `entityId` |
//! | `refund.refunded` |  | `Refund` | `_embedded.entity.amount.value`, a step of id `_embedded.entity.id`, else `entityId` |
//! | `refund.failed`, `refund.canceled` |  | `RefundFailed` | `_embedded.entity.amount.value`, a step of id `_embedded.entity.id`, else `entityId` |
//! | `chargeback.received` |  | `Disputed` | `_embedded.entity.amount.value`, a step of id `_embedded.entity.id`, else `entityId` |
//! | `chargeback.reversed` |  | `DisputeWon` | `_embedded.entity.amount.value`, a step of id `_embedded.entity.id`, else `entityId` |
//! | `payment-link.paid` |  | `Paid`, as `payment.paid` | `_embedded.entity.amount.value` |
//! | `sales-invoice.issued` |  | `Pending` | `_embedded.entity.totalAmount.value` |
//! | `sales-invoice.paid` |  | `Paid` | `_embedded.entity.totalAmount.value` |
//! | `sales-invoice.canceled` |  | `Canceled` | `_embedded.entity.totalAmount.value` |
//! | `payout.initiated`, `payout.processing-at-bank`, `payout.completed`, `business-account-transfer.requested`, `business-account-transfer.initiated`, `business-account-transfer.pending-review`, `business-account-transfer.processed` |  | `Payout` | `_embedded.entity.amount.value` |
//! | `payout.canceled`, `payout.failed`, `business-account-transfer.failed`, `business-account-transfer.blocked`, `business-account-transfer.returned` |  | `PayoutFailed` | `_embedded.entity.amount.value` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `capture.succeeded`, `capture.failed`, `refund.queued`, `refund.pending`, `refund.processing`, `refund.refunded`, `refund.failed`, `refund.canceled`, `chargeback.received`, `chargeback.reversed` | `_embedded.entity.amount.currency`, major units | `_embedded.entity.metadata` | `_embedded.entity.paymentId` | `createdAt`, by RFC 3339 |
//! | `sales-invoice.issued`, `sales-invoice.paid`, `sales-invoice.canceled` | `_embedded.entity.totalAmount.currency`, major units | `_embedded.entity.metadata` | `entityId` | `createdAt`, by RFC 3339 |
//! | all others | `_embedded.entity.amount.currency`, major units | `_embedded.entity.metadata` | `entityId` | `createdAt`, by RFC 3339 |
//!
//! - What it happened to stands in `_embedded.entity` if the webhook is set to send it; else there is only its id, and
//!   `missing` says what is not told. The `metadata` is a reference if it is a text.
//! - A capture, a refund and a chargeback are steps: the amount is that of this one. A refund does not say whether something is
//!   left of the payment.
//! - A payment that is captured by hand tells twice of its captures: each as `capture.succeeded`, and their sum as
//!   `payment.paid`. A payment link that is paid comes as `payment-link.paid` and as `payment.paid`, whose id is another one.
//!   Count one of both.
//! - `refund.failed` can come after `refund.refunded`: then the money is back with the merchant.
//! - A chargeback has already taken the money. Only `chargeback.reversed` gives it back; a lost one is not told again.
//! - The amount of a chargeback is in the currency of the payment, never what it came to in the merchant's.
//! - What Mollie writes of a sales invoice and of a transfer of a business account was not seen in a sample.
//!
//! Dedupe tells events apart by: `id`, kind.

use std::sync::Arc;

use bytes::Bytes;

#[cfg(feature = "testing")]
use crate::account::Settings;
use crate::crypto::{Algorithm, Encoding, Given, KeyFormat, PreparedKey};
use crate::message::{Ident, Whose};
use crate::outcome::{malformed, missing};
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeWon, Disputed, Expired, Failed, Paid, Payout, PayoutFailed,
    Pending, Refund, RefundFailed, RefundPending,
};
use crate::payment::{Meaning, Places, Rule, Unit, When};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
use crate::request::{Field, form_field, is_form};
use crate::scheme::{Scheme, Signature};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys, Sign, Signer, reads};
use crate::verify::{Keys, buffered, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, IntoKeyring, Notice, Proof, Rejection, RejectionKind,
    RequestHead, TimeUnit, UnixTime, Unverified, Verdict, Verifier,
};

pub(crate) const PROVIDER: Registered = Registered::custom(SCHEME.provider(), &ABOUT, |settings| {
    let account = Mollie::new(settings.keys("secrets")?);
    Ok(Arc::new(
        account.map_err(|error| error.of_setting("secrets"))?,
    ))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Payments, "https://docs.mollie.com/reference/webhooks-new")
    .setup(&[
        "In the dashboard, open Developers, Webhooks and add a next-gen webhook with the URL and its events.",
        "Copy the signing secret that is shown when it is made. It becomes `secrets`.",
        "Let it send the full entity, or an event has no amount.",
    ])
    .settings(&[
        Setting::required(
            "secrets",
            "the webhook's signing secret, shown when it is made: one or a list, any of which may match",
        ),
    ])
    .headers(&["x-mollie-signature"])
    .signed("HMAC-SHA256 in hex of: the body");

/// How Mollie signs: hex HMAC-SHA256 of the body, after `sha256=`. [`Mollie`] also takes it without the prefix, and
/// several of them.
pub const SCHEME: Scheme = Scheme::new("mollie", Algorithm::HmacSha256)
    .key(KeyFormat::text().reject_prefixes(&["live_", "test_", "access_"]))
    .signature(Signature::header(HEADER).prefix(PREFIX))
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/type")])
    .whose(&WHOSE)
    .meaning(&MEANING);

const WHOSE: Whose = Whose::new()
    .account(&[Field::Json("/_embedded/entity/profileId")])
    .live(Field::Json("/_embedded/entity/mode"), &["live"])
    .test(Field::Json("/_embedded/entity/mode"), &["test"]);

const HEADER: &str = "x-mollie-signature";
const PREFIX: &str = "sha256=";

/// More signatures than any request carries, and few enough to compare.
const MAX_SIGNATURES: usize = 100;

const UNSIGNED: Rejection = Rejection::new(
    RejectionKind::Unsigned,
    "a classic notification, which nobody signs",
);

/// Verifies what Mollie sends to one next-gen webhook.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::mollie::Mollie;
///
/// let endpoint = Endpoint::new(Mollie::new(["new secret", "old secret"])?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mollie(Arc<Keys<PreparedKey>>);

impl Mollie {
    /// Accepts what any of these signing secrets has signed.
    ///
    /// # Errors
    /// If there is no secret, or one is empty.
    pub fn new(secrets: impl IntoKeyring) -> Result<Self, ConfigError> {
        let keys = Keys::new(SCHEME.key.never, secrets, |secret| {
            PreparedKey::new(Algorithm::HmacSha256, SCHEME.key, secret)
        })?;
        Ok(Self(Arc::new(keys)))
    }
}

/// What a classic notification names: a payment, or another thing of Mollie's. Anyone can send one, so it is looked up.
///
/// ```
/// use webhook_core::provider::mollie;
/// use webhook_core::{Confirm, Endpoint};
///
/// # struct Payment { id: String, status: String }
/// # async fn get(_: &str) -> Result<Option<Payment>, std::io::Error> { Ok(None) }
/// let confirm = Confirm::new(mollie::CLASSIC, |lookup| async move {
///     get(&format!("https://api.mollie.com/v2/payments/{}", lookup.unverified_id().into_unverified())).await
/// });
/// let endpoint = Endpoint::new(confirm.identity(|payment: &Payment| format!("{} {}", payment.id, payment.status)));
/// ```
pub const CLASSIC: Notice = Notice::new("mollie", &[Field::Form("id")]);

/// The id in the form of a classic notification, for an address that receives those. Refuses what does not look like an
/// id of Mollie, such as `tr_7UhSN1zuXS`, so that it can be part of the URL by which the payment is read.
///
/// ```
/// use webhook_core::provider::mollie::classic_id;
///
/// let id = classic_id(b"id=tr_7UhSN1zuXS")?;
/// assert_eq!(id.unverified(), "tr_7UhSN1zuXS"); // read it from Mollie's API: anyone can have sent this
/// assert!(classic_id(b"id=../customers").is_err());
/// # Ok::<(), webhook_core::Rejection>(())
/// ```
///
/// # Errors
/// [`Malformed`](RejectionKind::Malformed) if there is no id, there are two, or it has another shape.
pub fn classic_id(body: &[u8]) -> Result<Unverified<String>, Rejection> {
    let id = form_field(body, "id")?.unwrap_or_default();
    let (prefix, rest) = id.split_once('_').unwrap_or_default();
    let is_id = (2..=16).contains(&prefix.len())
        && prefix.bytes().all(|byte| byte.is_ascii_lowercase())
        && (1..=64).contains(&rest.len())
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_id {
        return Err(malformed("the form holds no id of Mollie"));
    }
    Ok(Unverified::new(id.into_owned()))
}

impl Verifier for Mollie {
    fn provider(&self) -> crate::Provider {
        SCHEME.provider()
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        self.0.prints(&[SCHEME.name()])
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let codes = codes(head)?;
        if codes.is_empty() {
            return Ok(buffered(|body| Err(without_signature(body).into())));
        }
        let keys = Arc::clone(&self.0);
        let ident = Ident::of(&SCHEME.described());
        Ok(buffered(move |body| {
            let key = keys.signing(now, &codes, body)?;
            let proof = Proof::dangerously_assert(Coverage::Body).key(key);
            Ok(Verdict::Authentic(Proof { ident, ..proof }))
        }))
    }
}

/// The signatures in all lines of the header.
fn codes(head: &RequestHead<'_>) -> Result<Vec<Given>, Rejection> {
    let lines = head.header_lines(HEADER)?;
    let entries = lines
        .iter()
        .flat_map(|line| line.split(|byte| *byte == b','));
    let entries = entries
        .map(<[u8]>::trim_ascii)
        .filter(|entry| !entry.is_empty());
    let mut codes = Vec::new();
    for entry in entries {
        if codes.len() == MAX_SIGNATURES {
            return Err(malformed("the request holds too many signatures"));
        }
        let hex = entry.strip_prefix(PREFIX.as_bytes()).unwrap_or(entry);
        codes.push(Given::decode(Algorithm::HmacSha256, Encoding::Hex, hex));
    }
    Ok(codes)
}

/// Whether a request without a signature should have had one.
fn without_signature(body: &Bytes) -> Rejection {
    match form_field(body, "id") {
        Ok(Some(_)) if is_form(body) => UNSIGNED,
        _ => missing("the request has no signature"),
    }
}

/// What Mollie's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    PAYMENT,
    &[
        // Where the merchant captures, a payment is paid for what was captured.
        Rule::new(&["payment.paid"], Paid)
            .when(&[When::Positive(CAPTURED)])
            .amount(&[CAPTURED])
            .twin("capture.succeeded"),
        Rule::new(&["payment.paid"], Paid),
        Rule::new(&["payment.authorized"], Authorized),
        Rule::new(&["payment.pending"], Pending),
        Rule::new(&["payment.failed"], Failed),
        Rule::new(&["payment.canceled"], Canceled),
        Rule::new(&["payment.expired"], Expired),
        Rule::new(&["capture.succeeded"], Paid)
            .places(&STEP)
            .twin("payment.paid"),
        Rule::new(&["capture.failed"], Failed).places(&STEP),
        Rule::new(
            &["refund.queued", "refund.pending", "refund.processing"],
            RefundPending,
        )
        .places(&STEP),
        Rule::new(&["refund.refunded"], Refund).places(&STEP),
        Rule::new(&["refund.failed", "refund.canceled"], RefundFailed).places(&STEP),
        Rule::new(&["chargeback.received"], Disputed).places(&STEP),
        Rule::new(&["chargeback.reversed"], DisputeWon).places(&STEP),
        Rule::new(&["payment-link.paid"], Paid).twin("payment.paid"),
        Rule::new(&["sales-invoice.issued"], Pending).places(&INVOICE),
        Rule::new(&["sales-invoice.paid"], Paid).places(&INVOICE),
        Rule::new(&["sales-invoice.canceled"], Canceled).places(&INVOICE),
        Rule::new(
            &[
                "payout.initiated",
                "payout.processing-at-bank",
                "payout.completed",
                "business-account-transfer.requested",
                "business-account-transfer.initiated",
                "business-account-transfer.pending-review",
                "business-account-transfer.processed",
            ],
            Payout,
        ),
        Rule::new(
            &[
                "payout.canceled",
                "payout.failed",
                "business-account-transfer.failed",
                "business-account-transfer.blocked",
                "business-account-transfer.returned",
            ],
            PayoutFailed,
        ),
    ],
);

const CAPTURED: &str = "/_embedded/entity/amountCaptured/value";

const PAYMENT: Places = Places::new(Unit::Major)
    .amount(&["/_embedded/entity/amount/value"])
    .currency(&["/_embedded/entity/amount/currency"])
    .reference(&["/_embedded/entity/metadata"])
    .reference_may_be_structured()
    .transaction(&["/entityId"])
    .time(TimeUnit::Rfc3339, &["/createdAt"]);

/// A capture, a refund, a chargeback.
const STEP: Places = PAYMENT
    .step_amount(&["/_embedded/entity/amount/value"])
    .step_id(&["/_embedded/entity/id", "/entityId"])
    .transaction(&["/_embedded/entity/paymentId"]);

const INVOICE: Places = PAYMENT
    .amount(&["/_embedded/entity/totalAmount/value"])
    .currency(&["/_embedded/entity/totalAmount/currency"]);

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(Signer::configured(SCHEME, settings)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    Ok(vec![Sample {
        reads: reads::mollie,
        // While a secret is replaced, there is a line for each.
        second_line: "ok",
        ..Sample::of_scheme(SCHEME, keys)?.made_by(Mollie::new)
    }])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{SignedRequest, receive, support};
    use crate::{Confirm, Confirmed, Endpoint, MatchedKey};

    #[test]
    fn a_classic_notification_is_looked_up_by_its_id() {
        let confirm = Confirm::new(CLASSIC, |lookup| {
            let id = lookup.unverified_id().into_unverified().to_owned();
            async move { Ok::<_, ()>(Some(id)) }
        });
        let endpoint = Endpoint::new(confirm.identity(|id: &String| id.clone()));
        let request = SignedRequest::form("id=tr_7UhSN1zuXS");
        let delivery = support::run(receive(&endpoint, request)).unwrap();
        assert_eq!(delivery.provider(), "mollie");
        let ids: Confirmed<String> = delivery.decode().unwrap();
        assert!(ids.iter().eq(["tr_7UhSN1zuXS"]));
    }

    fn settings() -> Value {
        json!({"secrets": ["the new secret", "the old secret"]})
    }

    fn signed(secret: &str) -> SignedRequest {
        let signer = Signer::new(SCHEME, secret).unwrap();
        let body = br#"{"resource":"event","id":"event_1","type":"payment.paid"}"#;
        signer.sign(body, support::NOW).unwrap()
    }

    fn refused(request: SignedRequest) -> RejectionKind {
        support::refused("mollie", settings(), request).kind()
    }

    #[test]
    fn any_of_several_signatures_may_match() {
        let request = signed("the old secret");
        let right = request.header(HEADER).unwrap().to_owned();
        let wrong = format!("sha256={}", "0".repeat(64));
        for lines in [
            vec![wrong.clone(), right.clone()],
            vec![right.clone(), wrong.clone()],
            vec![format!("{wrong}, {right}")],
            vec![String::new(), right.replace("sha256=", "")],
            vec![right.clone(); 3],
        ] {
            let mut request = request.clone().without_header(HEADER);
            let lines = lines.into_iter().map(|line| (HEADER.to_owned(), line));
            request.headers.extend(lines);
            let delivery = support::accepted("mollie", settings(), request);
            assert_eq!(delivery.key().map(MatchedKey::index), Some(1));
        }
    }

    #[test]
    fn what_is_no_signature_matches_nothing() {
        let request = signed("the old secret");
        let right = request.header(HEADER).unwrap().to_owned();
        for value in [
            "sha256=".to_owned(),
            "sha256=0x".to_owned(),
            right.replace("sha256", "sha1"),
            right.replace("sha256=", "sha256=sha256="),
            format!("{right}0"),
            right.get(..right.len() - 1).unwrap().to_owned(),
        ] {
            let request = request.clone().with_header(HEADER, value.clone());
            assert_eq!(refused(request), RejectionKind::BadSignature, "{value}");
        }
    }

    #[test]
    fn more_than_100_signatures_are_malformed() {
        let values = "00,".repeat(101);
        let request = signed("the old secret").with_header(HEADER, values);
        assert_eq!(refused(request), RejectionKind::Malformed);
    }

    #[test]
    fn a_classic_notification_is_unsigned_and_never_verified() {
        let unsigned = signed("the old secret").without_header(HEADER);
        for (body, kind) in [
            ("id=tr_7UhSN1zuXS", RejectionKind::Unsigned),
            ("testByMollie=1&id=tr_1", RejectionKind::Unsigned),
            ("", RejectionKind::MissingSignature),
            ("name=x", RejectionKind::MissingSignature),
            ("id=tr_1&id=tr_2", RejectionKind::MissingSignature),
            (r#"{"a":"&id=tr_1"}"#, RejectionKind::MissingSignature),
        ] {
            assert_eq!(refused(unsigned.clone().with_body(body)), kind, "{body}");
        }
    }

    #[test]
    fn a_classic_id_has_the_shape_of_an_id() {
        for (body, id) in [
            ("id=tr_7UhSN1zuXS", Some("tr_7UhSN1zuXS")),
            ("id=ord_8wmqcHMN4U", Some("ord_8wmqcHMN4U")),
            ("id=", None),
            ("", None),
            ("id=tr_", None),
            ("id=_1", None),
            ("id=tr_1/../../customers", None),
            ("id=tr_1%0d%0ax", None),
            ("id=https%3A%2F%2Fevil.example", None),
            ("id=tr_1&id=tr_2", None),
            (r#"{"id":"tr_1"}"#, None),
        ] {
            let read = classic_id(body.as_bytes()).ok();
            assert_eq!(
                read.map(Unverified::into_unverified).as_deref(),
                id,
                "{body}"
            );
        }
    }

    #[test]
    fn the_time_of_an_update_is_that_of_the_event() {
        let body = r#"{"type":"payment.paid","createdAt":"2026-08-05T09:00:00.0Z"}"#;
        let update = support::update(SCHEME, body).unwrap();
        assert_eq!(update.time, Some(support::NOW));
    }
}
