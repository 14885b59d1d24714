//! Airwallex: payments, payouts, accounts.
//!
//! | | |
//! |---|---|
//! | signature | `x-signature`: hex HMAC-SHA256 of `x-timestamp`, body |
//! | key | the text of the webhook's secret |
//! | time window | 300 seconds both ways, **our number**: Airwallex names none |
//! | event id | `id` in the body, signed |
//! | kind | `name` in the body, signed |
//!
//! # What to know
//!
//! - The time is in milliseconds, and stands right before the body in what is signed.
//! - Airwallex takes 200 for a success and nothing else. It tries again for about three days, in any order.
//! - An event of the button "Test event" is signed with a secret of its own, which is in a header of that very request: it proves nothing,
//!   and is refused here.
//!
//! Computed by Airwallex' documentation, with which two third parties agree; no library of Airwallex verifies. One of its tables calls the
//! signature a digest of the body alone, its steps and samples put the time before it. Documentation:
//! ["Listen for webhook events"](https://www.airwallex.com/docs/developer-tools/webhooks/listen-for-webhook-events).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `payment_intent.created`, `payment_intent.requires_payment_method`, `payment_intent.requires_customer_action`, `payment_intent.pending`, `payment_intent.pending_review` |  | `Pending` | `data.object.amount` |
//! | `payment_intent.requires_capture` |  | `Authorized` | `data.object.amount` |
//! | `payment_intent.succeeded` |  | `Paid` | `data.object.captured_amount` |
//! | `payment_intent.cancelled` |  | `Canceled` | `data.object.amount` |
//! | `payment_attempt.authentication_failed`, `payment_attempt.authorization_failed`, `payment_attempt.capture_failed`, `payment_attempt.failed_to_process`, `payment_attempt.risk_declined` |  | `Failed` | `data.object.amount` |
//! | `refund.received`, `refund.accepted` |  | `RefundPending` | `data.object.amount`, a step of id `data.object.id` |
//! | `refund.settled` |  | `Refund` | `data.object.amount`, a step of id `data.object.id` |
//! | `refund.failed` |  | `RefundFailed` | `data.object.amount`, a step of id `data.object.id` |
//! | `payment_dispute.requires_response`, `payment_dispute.challenged`, `payment_dispute.pending_closure`, `payment_dispute.pending_decision` |  | `Disputed` |  |
//! | `payment_dispute.won` |  | `DisputeWon` |  |
//! | `payment_dispute.lost`, `payment_dispute.accepted` |  | `DisputeLost` |  |
//! | `payment_dispute.reversed` |  | `DisputeClosed` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `payment_attempt.authentication_failed`, `payment_attempt.authorization_failed`, `payment_attempt.capture_failed`, `payment_attempt.failed_to_process`, `payment_attempt.risk_declined`, `refund.received`, `refund.accepted`, `refund.settled`, `refund.failed` | `data.object.currency`, major units |  | `data.object.payment_intent_id` | `created_at`, by RFC 3339, with or without the colon of the offset |
//! | `payment_dispute.requires_response`, `payment_dispute.challenged`, `payment_dispute.pending_closure`, `payment_dispute.pending_decision`, `payment_dispute.won`, `payment_dispute.lost`, `payment_dispute.accepted`, `payment_dispute.reversed` |  |  | `data.object.payment_intent_id` | `created_at`, by RFC 3339, with or without the colon of the offset |
//! | all others | `data.object.currency`, major units | `data.object.merchant_order_id` | `data.object.id` | `created_at`, by RFC 3339, with or without the colon of the offset |
//!
//! - Amounts are decimal numbers in units of the currency.
//! - A payment is a PaymentIntent; its attempts name it. An attempt that failed leaves it open: the payer may try again.
//! - What was captured may be less than was asked for: `Paid` tells `captured_amount`.
//! - A refund is a step, and does not say whether it was all.
//! - The amount of a dispute is not read: the documents that we could read do not show it. A dispute that was accepted is lost;
//!   one that the bank has taken back (`reversed`) is closed.
//! - What becomes of an attempt that is not refused is told by its PaymentIntent, and is `Other`. So are payouts, invoices, cards and all
//!   else.
//!
//! Dedupe tells events apart by: `id`, kind.

use crate::crypto::Algorithm;
use crate::message::Whose;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeClosed, DisputeLost, DisputeWon, Disputed, Failed, Paid, Pending,
    Refund, RefundFailed, RefundPending,
};
use crate::payment::{Meaning, Places, Rule, Unit};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};
use crate::time::TimeUnit;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Payments,
    "https://www.airwallex.com/docs/developer-tools/webhooks/listen-for-webhook-events",
)
.setup(&[
    "In the web app, open Developer, Webhooks, and create a webhook with the URL and its events.",
    "Open the webhook and copy its secret. It becomes `secrets`.",
])
.acknowledgement("200");

/// Hex HMAC-SHA256 of the time and the body.
pub const SCHEME: Scheme = Scheme::new("airwallex", Algorithm::HmacSha256)
    .signature(Signature::header("x-signature"))
    .timestamp(
        Timestamp::header("x-timestamp")
            .unit(TimeUnit::Milliseconds)
            .tolerance(300),
    )
    .signed_content(&[Part::Timestamp, Part::Body])
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/name")])
    .whose(&WHOSE)
    .meaning(&MEANING);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/account_id")]);

scheme_provider! {
    /// Verifies what Airwallex sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::airwallex::Airwallex;
    ///
    /// let endpoint = Endpoint::new(Airwallex::new("whsec_hQIxLzXrz3B9cn5SejFxkuRBNvZChM1Q")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Airwallex, SCHEME, timed
}

/// What Airwallex' kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    INTENT,
    &[
        Rule::new(
            &[
                "payment_intent.created",
                "payment_intent.requires_payment_method",
                "payment_intent.requires_customer_action",
                "payment_intent.pending",
                "payment_intent.pending_review",
            ],
            Pending,
        ),
        Rule::new(&["payment_intent.requires_capture"], Authorized),
        Rule::new(&["payment_intent.succeeded"], Paid).amount(&["/data/object/captured_amount"]),
        Rule::new(&["payment_intent.cancelled"], Canceled),
        Rule::new(
            &[
                "payment_attempt.authentication_failed",
                "payment_attempt.authorization_failed",
                "payment_attempt.capture_failed",
                "payment_attempt.failed_to_process",
                "payment_attempt.risk_declined",
            ],
            Failed,
        )
        .places(&ATTEMPT),
        Rule::new(&["refund.received", "refund.accepted"], RefundPending).places(&REFUNDED),
        Rule::new(&["refund.settled"], Refund).places(&REFUNDED),
        Rule::new(&["refund.failed"], RefundFailed).places(&REFUNDED),
        Rule::new(
            &[
                "payment_dispute.requires_response",
                "payment_dispute.challenged",
                "payment_dispute.pending_closure",
                "payment_dispute.pending_decision",
            ],
            Disputed,
        )
        .places(&DISPUTE),
        Rule::new(&["payment_dispute.won"], DisputeWon).places(&DISPUTE),
        Rule::new(
            &["payment_dispute.lost", "payment_dispute.accepted"],
            DisputeLost,
        )
        .places(&DISPUTE),
        Rule::new(&["payment_dispute.reversed"], DisputeClosed).places(&DISPUTE),
    ],
);

const INTENT: Places = Places::new(Unit::Major)
    .amount(&["/data/object/amount"])
    .currency(&["/data/object/currency"])
    .reference(&["/data/object/merchant_order_id"])
    .transaction(&["/data/object/id"])
    .time(TimeUnit::Rfc3339WithoutColon, CREATED);

const ATTEMPT: Places = Places::new(Unit::Major)
    .amount(&["/data/object/amount"])
    .currency(&["/data/object/currency"])
    .transaction(&["/data/object/payment_intent_id"])
    .time(TimeUnit::Rfc3339WithoutColon, CREATED);

const REFUNDED: Places = Places::new(Unit::Major)
    .step_amount(&["/data/object/amount"])
    .step_id(&["/data/object/id"])
    .currency(&["/data/object/currency"])
    .transaction(&["/data/object/payment_intent_id"])
    .time(TimeUnit::Rfc3339WithoutColon, CREATED);

const DISPUTE: Places = Places::new(Unit::Major)
    .transaction(&["/data/object/payment_intent_id"])
    .time(TimeUnit::Rfc3339WithoutColon, CREATED);

/// When the event was made.
const CREATED: &[&str] = &["/created_at"];

/// Names of kinds of events. Airwallex has many more; all of them arrive.
pub mod kind {
    /// A payment succeeded.
    pub const PAYMENT_INTENT_SUCCEEDED: &str = "payment_intent.succeeded";
    /// A payout was paid.
    pub const PAYOUT_TRANSFER_PAID: &str = "payout.transfer.paid";
    /// A refund is settled.
    pub const REFUND_SETTLED: &str = "refund.settled";
}
