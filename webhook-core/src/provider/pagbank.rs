//! PagBank (PagSeguro): orders, charges, checkouts.
//!
//! | | |
//! |---|---|
//! | signature | `X-Authenticity-Token`: hex SHA-256 of the token, `-` and the body, a hash without a key of its own |
//! | key | the text of the account's token |
//! | time window | none: PagBank signs no time |
//! | event id | none: `id` in the body is that of the order |
//! | kind | none |
//!
//! # What to know
//!
//! - The body must be taken as it came: written anew it has another hash.
//! - Whoever holds one genuine request can hash on from it: its body, bytes that are no text, and what they like. So a body that is no text
//!   (UTF-8) is refused, and the coverage is [`Coverage::BodyHash`](crate::Coverage::BodyHash). Nobody who lacks the token can make a request
//!   whose body is JSON.
//! - An order keeps its `id` through all of its states: do not take it for the id of an event.
//! - PagBank's documents also name a newer header `x-payload-signature`, by ECDSA, for other notices. It is not read; requests without
//!   `X-Authenticity-Token` are refused. Some have seen none in the sandbox.
//!
//! Checked against vectors that we computed, by PagBank's documentation; no library of PagBank verifies:
//! ["Confirmar autenticidade da notificação"](https://developer.pagbank.com.br/reference/confirmar-autenticidade-da-notificacao).
//!
//! # Payments
//!
//! Only if `charges.1` is not there.
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `WAITING`, `IN_ANALYSIS` |  | `Pending` | `charges.0.amount.value` |
//! | `AUTHORIZED` |  | `Authorized` | `charges.0.amount.value` |
//! | `DECLINED` |  | `Failed` | `charges.0.amount.value` |
//! | `PAID`, `CANCELED` | `charges.0.paid_at` is there and `charges.0.amount.summary.refunded` is above 0 and `charges.0.amount.summary.refunded` equals `charges.0.amount.summary.total` | `Refunded` | `charges.0.amount.summary.refunded` |
//! | `PAID` | `charges.0.amount.summary.refunded` is above 0 | `PartiallyRefunded` | `charges.0.amount.summary.refunded` |
//! | `PAID` |  | `Paid` | `charges.0.amount.summary.paid` |
//! | `CANCELED` | `charges.0.paid_at` is there and `charges.0.amount.summary.refunded` is above 0 | `Refund` | `charges.0.amount.summary.refunded` |
//! | `CANCELED` | `charges.0.paid_at` is not there | `Canceled` | `charges.0.amount.value` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `PAID` | `charges.0.amount.currency`, minor units | `reference_id` | `charges.0.id` | `charges.0.paid_at`, by RFC 3339 |
//! | all others | `charges.0.amount.currency`, minor units | `reference_id` | `charges.0.id` |  |
//!
//! - The kind of an update is the status of the order's charge, `charges[0].status`.
//! - Amounts are in centavos. PagBank knows no currency but the real.
//! - Only an order with one charge is read: where there are several, the status of one says nothing of the order, and the event is `Other`. So
//!   is a notice of a checkout, which has no charge.
//! - `CANCELED` is said of what was called off before it was paid, and of what was paid and given back. Only a charge that has a time of
//!   payment (`paid_at`) was paid.
//! - A canceled charge of which less than the total is back may have been captured in part: the update is `Refund` then.
//! - The sums are those of the charge so far.
//!
//! Dedupe tells events apart by: body.

use crate::crypto::Algorithm;
use crate::message::Message;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, Failed, Paid, PartiallyRefunded, Pending, Refund, Refunded,
};
use crate::payment::read::places;
use crate::payment::{Meaning, PaymentUpdate, Places, Rule, Unit, When};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::scheme::{Part, Scheme, Signature};
use crate::{DecodeError, EventKind, TimeUnit};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Payments,
    "https://developer.pagbank.com.br/reference/confirmar-autenticidade-da-notificacao",
)
.setup(&[
    "In iBanking, open the sales integrations, and copy the account's token. It becomes `secrets`.",
    "Give the URL of your endpoint in `notification_urls` with each order or checkout.",
]);

/// Hex SHA-256 of token, hyphen and body.
pub const SCHEME: Scheme = Scheme::new("pagbank", Algorithm::Sha256)
    .signature(Signature::header("x-authenticity-token"))
    .signed_content(&[Part::Secret, Part::Literal("-"), Part::Body])
    .meaning(&MEANING)
    .payments(updates);

scheme_provider! {
    /// Verifies what PagBank sends to one account.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::pagbank::PagBank;
    ///
    /// let endpoint = Endpoint::new(PagBank::new(["new token", "old token"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    PagBank, SCHEME
}

/// As the rules say; a notice has no kind, and the status of its charge stands for it.
fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let [status] = places(message.body(), ["/charges/0/status"])?;
    let kind = status.text()?.map(EventKind::from);
    let status = kind.clone();
    let base = PaymentUpdate {
        kind,
        ..PaymentUpdate::of(message)
    };
    let status = status.as_deref().unwrap_or_default();
    Ok(vec![MEANING.update(status, message.body(), base)?])
}

/// What the status of an order's only charge means for a payment.
pub const MEANING: Meaning = Meaning::new(
    CHARGE,
    &[
        Rule::new(&["WAITING", "IN_ANALYSIS"], Pending),
        Rule::new(&["AUTHORIZED"], Authorized),
        Rule::new(&["DECLINED"], Failed),
        Rule::new(&["PAID", "CANCELED"], Refunded)
            .when(&[WAS_PAID, GAVE_BACK, When::Equal(REFUNDED, TOTAL)])
            .amount(&[REFUNDED]),
        Rule::new(&["PAID"], PartiallyRefunded)
            .when(&[GAVE_BACK])
            .amount(&[REFUNDED]),
        Rule::new(&["PAID"], Paid).places(&CAPTURED),
        Rule::new(&["CANCELED"], Refund)
            .when(&[WAS_PAID, GAVE_BACK])
            .amount(&[REFUNDED]),
        Rule::new(&["CANCELED"], Canceled).when(&[When::Absent(PAID_AT)]),
    ],
)
.only_if(&[When::Absent("/charges/1")]);

const PAID_AT: &str = "/charges/0/paid_at";
const TOTAL: &str = "/charges/0/amount/summary/total";
const REFUNDED: &str = "/charges/0/amount/summary/refunded";
const WAS_PAID: When = When::Present(PAID_AT);
const GAVE_BACK: When = When::Positive(REFUNDED);

const CHARGE: Places = Places::new(Unit::Minor)
    .amount(&["/charges/0/amount/value"])
    .currency(&["/charges/0/amount/currency"])
    .reference(&["/reference_id"])
    .transaction(&["/charges/0/id"]);

const CAPTURED: Places = CHARGE
    .amount(&["/charges/0/amount/summary/paid"])
    .time(TimeUnit::Rfc3339, &[PAID_AT]);
