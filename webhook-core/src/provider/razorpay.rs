//! Razorpay: payments in India and beyond.
//!
//! | | |
//! |---|---|
//! | signature | `X-Razorpay-Signature`: hex HMAC-SHA256 of the body |
//! | key | the text of the webhook's secret |
//! | time window | none: Razorpay signs no time |
//! | event id | `X-Razorpay-Event-Id`, **not signed** |
//! | kind | `event` in the body, signed |
//!
//! # What to know
//!
//! - Whoever replays a request can give it another id. Remember what was done by the kind and the id of the payment,
//!   refund or dispute as well.
//! - After a change of the secret, retries of older events are still signed with the old one: configure both.
//! - The signature that Checkout hands to the browser (`order_id|payment_id`, with the API's secret) is another thing.
//!
//! Checked against Razorpay's libraries `razorpay` 2.0.1 (Python) and 2.9.8 (JavaScript). Documentation:
//! ["Validate and test webhooks"](https://razorpay.com/docs/webhooks/validate-test/).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `payment.authorized` |  | `Authorized` | `payload.payment.entity.amount` |
//! | `payment.captured` |  | `Paid` | `payload.payment.entity.amount` |
//! | `payment.failed` |  | `Failed` | `payload.payment.entity.amount` |
//! | `order.paid` |  | `Paid`, as `payment.captured` | `payload.order.entity.amount_paid` |
//! | `payment_link.paid`, `payment_link.partially_paid` |  | `Paid`, as `payment.captured` | `payload.payment.entity.amount`, a step; so far `payload.payment_link.entity.amount_paid` |
//! | `payment_link.cancelled` |  | `Canceled` | `payload.payment_link.entity.amount` |
//! | `payment_link.expired` |  | `Expired` | `payload.payment_link.entity.amount` |
//! | `invoice.paid` |  | `Paid`, as `payment.captured` | `payload.invoice.entity.amount_paid` |
//! | `invoice.partially_paid` |  | `Paid`, as `payment.captured` | `payload.payment.entity.amount`, a step; so far `payload.invoice.entity.amount_paid` |
//! | `invoice.expired` |  | `Expired` | `payload.invoice.entity.amount` |
//! | `qr_code.credited`, `virtual_account.credited` |  | `Paid`, as `payment.captured` | `payload.payment.entity.amount`, a step |
//! | `refund.processed` | `payload.payment.entity.captured` is `false` or `0` | `Canceled` | `payload.refund.entity.amount`, a step of id `payload.refund.entity.id`; so far `payload.payment.entity.amount_refunded` |
//! | `refund.processed` | `payload.payment.entity.refund_status` is `full` | `Refunded` | `payload.refund.entity.amount`, a step of id `payload.refund.entity.id`; so far `payload.payment.entity.amount_refunded` |
//! | `refund.processed` | `payload.payment.entity.refund_status` is `partial` | `PartiallyRefunded` | `payload.refund.entity.amount`, a step of id `payload.refund.entity.id`; so far `payload.payment.entity.amount_refunded` |
//! | `refund.processed` |  | `Refund` | `payload.refund.entity.amount`, a step of id `payload.refund.entity.id`; so far `payload.payment.entity.amount_refunded` |
//! | `refund.created` | `payload.payment.entity.captured` is not `false` or `0` | `RefundPending` | `payload.refund.entity.amount`, a step of id `payload.refund.entity.id`; so far `payload.payment.entity.amount_refunded` |
//! | `refund.failed` |  | `RefundFailed` | `payload.refund.entity.amount`, a step of id `payload.refund.entity.id` |
//! | `payment.dispute.created`, `payment.dispute.under_review`, `payment.dispute.action_required` |  | `Disputed` | `payload.dispute.entity.amount` of id `payload.dispute.entity.id` |
//! | `payment.dispute.won` |  | `DisputeWon` | `payload.dispute.entity.amount` of id `payload.dispute.entity.id` |
//! | `payment.dispute.lost` |  | `DisputeLost` | `payload.dispute.entity.amount` of id `payload.dispute.entity.id` |
//! | `payment.dispute.closed` |  | `DisputeClosed` | `payload.dispute.entity.amount` of id `payload.dispute.entity.id` |
//! | `subscription.authenticated` |  | `Pending` | `payload.payment.entity.amount`, a step |
//! | `subscription.charged` |  | `SubscriptionActive`, as `payment.captured` | `payload.payment.entity.amount`, a step |
//! | `subscription.activated`, `subscription.resumed` |  | `SubscriptionActive` |  |
//! | `subscription.pending`, `subscription.halted` |  | `SubscriptionPastDue` |  |
//! | `subscription.paused` |  | `SubscriptionPaused` |  |
//! | `subscription.cancelled`, `subscription.completed` |  | `SubscriptionCanceled` |  |
//! | `payout.initiated`, `payout.pending`, `payout.queued`, `payout.processed` |  | `Payout` | `payload.payout.entity.amount` |
//! | `payout.failed`, `payout.rejected`, `payout.reversed` |  | `PayoutFailed` | `payload.payout.entity.amount` |
//! | `payout_link.issued`, `payout_link.pending`, `payout_link.processing`, `payout_link.attempted`, `payout_link.processed` |  | `Payout` | `payload.payout_link.entity.amount` |
//! | `payout_link.cancelled`, `payout_link.expired`, `payout_link.rejected` |  | `PayoutFailed` | `payload.payout_link.entity.amount` |
//! | `transfer.processed` |  | `Payout` | `payload.transfer.entity.amount` |
//! | `transfer.failed` |  | `PayoutFailed` | `payload.transfer.entity.amount` |
//! | `settlement.processed` |  | `Payout` | `payload.settlement.entity.amount` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `order.paid` | `payload.order.entity.currency`, minor units | `payload.order.entity.receipt`, else `payload.payment_link.entity.reference_id` | `payload.payment.entity.id` | `created_at`, in seconds |
//! | `payment_link.cancelled`, `payment_link.expired` | `payload.payment_link.entity.currency`, minor units | `payload.order.entity.receipt`, else `payload.payment_link.entity.reference_id` | `payload.payment_link.entity.id` | `created_at`, in seconds |
//! | `invoice.paid` | `payload.invoice.entity.currency`, minor units | `payload.order.entity.receipt`, else `payload.payment_link.entity.reference_id` | `payload.payment.entity.id` | `created_at`, in seconds |
//! | `invoice.expired` | `payload.invoice.entity.currency`, minor units | `payload.order.entity.receipt`, else `payload.payment_link.entity.reference_id` | `payload.invoice.entity.id` | `created_at`, in seconds |
//! | `refund.processed`, `refund.created`, `refund.failed` | `payload.refund.entity.currency`, minor units | `payload.order.entity.receipt`, else `payload.payment_link.entity.reference_id` | `payload.refund.entity.payment_id` | `created_at`, in seconds |
//! | `payment.dispute.created`, `payment.dispute.under_review`, `payment.dispute.action_required`, `payment.dispute.won`, `payment.dispute.lost`, `payment.dispute.closed` | `payload.dispute.entity.currency`, minor units | `payload.order.entity.receipt`, else `payload.payment_link.entity.reference_id` | `payload.dispute.entity.payment_id` | `created_at`, in seconds |
//! | `subscription.authenticated`, `subscription.charged`, `subscription.activated`, `subscription.resumed`, `subscription.pending`, `subscription.halted`, `subscription.paused`, `subscription.cancelled`, `subscription.completed` | `payload.payment.entity.currency`, minor units | `payload.order.entity.receipt`, else `payload.payment_link.entity.reference_id` | `payload.subscription.entity.id` | `created_at`, in seconds |
//! | `payout.initiated`, `payout.pending`, `payout.queued`, `payout.processed`, `payout.failed`, `payout.rejected`, `payout.reversed` | `payload.payout.entity.currency`, minor units | `payload.payout.entity.reference_id` | `payload.payout.entity.id` | `created_at`, in seconds |
//! | `payout_link.issued`, `payout_link.pending`, `payout_link.processing`, `payout_link.attempted`, `payout_link.processed`, `payout_link.cancelled`, `payout_link.expired`, `payout_link.rejected` | `payload.payout_link.entity.currency`, minor units | `payload.payout_link.entity.receipt` | `payload.payout_link.entity.id` | `created_at`, in seconds |
//! | `transfer.processed`, `transfer.failed` | `payload.transfer.entity.currency`, minor units |  | `payload.transfer.entity.id` | `created_at`, in seconds |
//! | `settlement.processed` | `payload.settlement.entity.currency`, minor units |  | `payload.settlement.entity.id` | `created_at`, in seconds |
//! | all others | `payload.payment.entity.currency`, minor units | `payload.order.entity.receipt`, else `payload.payment_link.entity.reference_id` | `payload.payment.entity.id` | `created_at`, in seconds |
//!
//! - An order, a link, an invoice, a QR code, an account for transfers and a charge of a subscription tell of money that
//!   `payment.captured` tells too: count one of the two.
//! - A link and an invoice can be paid in parts. The amount is this payment, a step; the sum so far stands beside it.
//!   `order.paid` and `invoice.paid` tell the sum of all payments, with the id of one of them.
//! - `amount_refunded` and `refund_status` count refunds that are created, not only those that are processed: with `full`,
//!   another refund may still be on its way.
//! - What was authorized and never captured goes back by itself, and Razorpay tells that as a refund. Nothing was paid, so
//!   `refund.processed` is `Canceled` then, and `refund.created` is `Other`.
//! - `payment.dispute.lost` tells the disputed amount; what was taken is `amount_deducted` in the body.
//!   `payment.dispute.closed` does not say for whom.
//! - `payment.authorized` can arrive after `payment.captured`.
//! - A settlement names no currency: its amount is an error. Money of a `payout` goes to others, of a `transfer` to a linked
//!   account.
//! - A payment alone has no reference, only Razorpay's own `order_id`. No event says whether it is a test.
//!
//! Dedupe tells events apart by: body, unsigned `X-Razorpay-Event-Id`.

use crate::TimeUnit;
use crate::crypto::{Algorithm, KeyFormat};
use crate::message::Whose;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeClosed, DisputeLost, DisputeWon, Disputed, Expired, Failed, Paid,
    PartiallyRefunded, Payout, PayoutFailed, Pending, Refund, RefundFailed, RefundPending,
    Refunded, SubscriptionActive, SubscriptionCanceled, SubscriptionPastDue, SubscriptionPaused,
};
use crate::payment::{Meaning, Places, Rule, Unit, When};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Payments, "https://razorpay.com/docs/webhooks/validate-test/")
    .setup(&[
        "In the dashboard, open Account & Settings, Webhooks and add a webhook with the URL and its events.",
        "Enter a secret of your own there. It becomes `secrets`. It is not the key secret of the API.",
    ]);

/// Hex HMAC-SHA256 of the body.
pub const SCHEME: Scheme = Scheme::new("razorpay", Algorithm::HmacSha256)
    .key(KeyFormat::text().reject_prefixes(&["rzp_live_", "rzp_test_"]))
    .signature(Signature::header("x-razorpay-signature"))
    .id(&[Field::Header("x-razorpay-event-id")])
    .kind(&[Field::Json("/event")])
    .whose(&WHOSE)
    .meaning(&MEANING);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/account_id")]);

scheme_provider! {
    /// Verifies what Razorpay sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::razorpay::Razorpay;
    ///
    /// let endpoint = Endpoint::new(Razorpay::new(["new secret", "old secret"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Razorpay, SCHEME
}

/// What Razorpay's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    PAYMENT,
    &[
        Rule::new(&["payment.authorized"], Authorized),
        Rule::new(&["payment.captured"], Paid),
        Rule::new(&["payment.failed"], Failed),
        Rule::new(&["order.paid"], Paid)
            .places(&ORDER)
            .twin(CAPTURED),
        Rule::new(&["payment_link.paid", "payment_link.partially_paid"], Paid)
            .places(&PART_OF_LINK)
            .twin(CAPTURED),
        Rule::new(&["payment_link.cancelled"], Canceled).places(&LINK),
        Rule::new(&["payment_link.expired"], Expired).places(&LINK),
        Rule::new(&["invoice.paid"], Paid)
            .places(&INVOICE)
            .amount(&["/payload/invoice/entity/amount_paid"])
            .transaction(PAYMENT_ID)
            .twin(CAPTURED),
        Rule::new(&["invoice.partially_paid"], Paid)
            .places(&PART_OF_INVOICE)
            .twin(CAPTURED),
        Rule::new(&["invoice.expired"], Expired).places(&INVOICE),
        Rule::new(&["qr_code.credited", "virtual_account.credited"], Paid)
            .step_amount(PAYMENT_AMOUNT)
            .twin(CAPTURED),
        // What was never captured was never paid.
        Rule::new(&["refund.processed"], Canceled)
            .when(&[When::Is(IS_CAPTURED, NO)])
            .places(&REFUND),
        Rule::by(
            &["refund.processed"],
            "/payload/payment/entity/refund_status",
            &[("full", Refunded), ("partial", PartiallyRefunded)],
        )
        .places(&REFUND),
        Rule::new(&["refund.processed"], Refund).places(&REFUND),
        Rule::new(&["refund.created"], RefundPending)
            .when(&[When::Not(IS_CAPTURED, NO)])
            .places(&REFUND),
        Rule::new(&["refund.failed"], RefundFailed).places(&FAILED_REFUND),
        Rule::new(
            &[
                "payment.dispute.created",
                "payment.dispute.under_review",
                "payment.dispute.action_required",
            ],
            Disputed,
        )
        .places(&DISPUTE),
        Rule::new(&["payment.dispute.won"], DisputeWon).places(&DISPUTE),
        Rule::new(&["payment.dispute.lost"], DisputeLost).places(&DISPUTE),
        Rule::new(&["payment.dispute.closed"], DisputeClosed).places(&DISPUTE),
        Rule::new(&["subscription.authenticated"], Pending)
            .places(&SUBSCRIPTION)
            .step_amount(PAYMENT_AMOUNT),
        Rule::new(&["subscription.charged"], SubscriptionActive)
            .places(&SUBSCRIPTION)
            .step_amount(PAYMENT_AMOUNT)
            .twin(CAPTURED),
        Rule::new(
            &["subscription.activated", "subscription.resumed"],
            SubscriptionActive,
        )
        .places(&SUBSCRIPTION),
        Rule::new(
            &["subscription.pending", "subscription.halted"],
            SubscriptionPastDue,
        )
        .places(&SUBSCRIPTION),
        Rule::new(&["subscription.paused"], SubscriptionPaused).places(&SUBSCRIPTION),
        Rule::new(
            &["subscription.cancelled", "subscription.completed"],
            SubscriptionCanceled,
        )
        .places(&SUBSCRIPTION),
        Rule::new(
            &[
                "payout.initiated",
                "payout.pending",
                "payout.queued",
                "payout.processed",
            ],
            Payout,
        )
        .places(&PAYOUT),
        Rule::new(
            &["payout.failed", "payout.rejected", "payout.reversed"],
            PayoutFailed,
        )
        .places(&PAYOUT),
        Rule::new(
            &[
                "payout_link.issued",
                "payout_link.pending",
                "payout_link.processing",
                "payout_link.attempted",
                "payout_link.processed",
            ],
            Payout,
        )
        .places(&PAYOUT_LINK),
        Rule::new(
            &[
                "payout_link.cancelled",
                "payout_link.expired",
                "payout_link.rejected",
            ],
            PayoutFailed,
        )
        .places(&PAYOUT_LINK),
        Rule::new(&["transfer.processed"], Payout).places(&TRANSFER),
        Rule::new(&["transfer.failed"], PayoutFailed).places(&TRANSFER),
        Rule::new(&["settlement.processed"], Payout).places(&SETTLEMENT),
    ],
);

const CAPTURED: &str = "payment.captured";
const IS_CAPTURED: &str = "/payload/payment/entity/captured";
/// A boolean in most bodies, a text in some.
const NO: &[&str] = &["false", "0"];
const PAYMENT_AMOUNT: &[&str] = &["/payload/payment/entity/amount"];
const PAYMENT_ID: &[&str] = &["/payload/payment/entity/id"];

const EVENT: Places = Places::new(Unit::Minor).time(TimeUnit::Seconds, &["/created_at"]);

const PAYMENT: Places = EVENT
    .amount(PAYMENT_AMOUNT)
    .currency(&["/payload/payment/entity/currency"])
    .reference(&[
        "/payload/order/entity/receipt",
        "/payload/payment_link/entity/reference_id",
    ])
    .transaction(PAYMENT_ID);

const ORDER: Places = PAYMENT
    .amount(&["/payload/order/entity/amount_paid"])
    .currency(&["/payload/order/entity/currency"]);

const LINK: Places = PAYMENT
    .amount(&["/payload/payment_link/entity/amount"])
    .currency(&["/payload/payment_link/entity/currency"])
    .transaction(&["/payload/payment_link/entity/id"]);

const PART_OF_LINK: Places = PAYMENT
    .step_amount(PAYMENT_AMOUNT)
    .total_so_far(&["/payload/payment_link/entity/amount_paid"]);

const INVOICE: Places = PAYMENT
    .amount(&["/payload/invoice/entity/amount"])
    .currency(&["/payload/invoice/entity/currency"])
    .transaction(&["/payload/invoice/entity/id"]);

const PART_OF_INVOICE: Places = PAYMENT
    .step_amount(PAYMENT_AMOUNT)
    .total_so_far(&["/payload/invoice/entity/amount_paid"]);

const FAILED_REFUND: Places = PAYMENT
    .step_amount(&["/payload/refund/entity/amount"])
    .step_id(&["/payload/refund/entity/id"])
    .currency(&["/payload/refund/entity/currency"])
    .transaction(&["/payload/refund/entity/payment_id"]);

const REFUND: Places = FAILED_REFUND.total_so_far(&["/payload/payment/entity/amount_refunded"]);

const DISPUTE: Places = PAYMENT
    .amount(&["/payload/dispute/entity/amount"])
    .step_id(&["/payload/dispute/entity/id"])
    .currency(&["/payload/dispute/entity/currency"])
    .transaction(&["/payload/dispute/entity/payment_id"]);

const SUBSCRIPTION: Places = PAYMENT
    .amount(&[])
    .transaction(&["/payload/subscription/entity/id"]);

const PAYOUT: Places = EVENT
    .amount(&["/payload/payout/entity/amount"])
    .currency(&["/payload/payout/entity/currency"])
    .reference(&["/payload/payout/entity/reference_id"])
    .transaction(&["/payload/payout/entity/id"]);

const PAYOUT_LINK: Places = EVENT
    .amount(&["/payload/payout_link/entity/amount"])
    .currency(&["/payload/payout_link/entity/currency"])
    .reference(&["/payload/payout_link/entity/receipt"])
    .transaction(&["/payload/payout_link/entity/id"]);

const TRANSFER: Places = EVENT
    .amount(&["/payload/transfer/entity/amount"])
    .currency(&["/payload/transfer/entity/currency"])
    .transaction(&["/payload/transfer/entity/id"]);

/// Its currency is not told.
const SETTLEMENT: Places = EVENT
    .amount(&["/payload/settlement/entity/amount"])
    .currency(&["/payload/settlement/entity/currency"])
    .transaction(&["/payload/settlement/entity/id"]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::testing::support;

    #[test]
    fn an_update_has_the_signed_time_and_not_the_unsigned_id() {
        let body = r#"{"event":"payment.captured","payload":{},"created_at":1785920400}"#;
        let update = support::update(SCHEME, body).unwrap();
        assert_eq!(update.time, Some(support::NOW));
        assert_eq!(update.kind.unwrap(), "payment.captured");
        assert_eq!(update.event_id, None);
    }
}
