//! Stripe's events in the normal form of payments. The tables are in the documentation of the module above.

use crate::TimeUnit;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeClosed, DisputeLost, DisputeWon, Disputed, Expired, Failed, Other,
    Paid, PartiallyRefunded, Payout, PayoutFailed, Pending, Refund, RefundFailed, RefundPending,
    Refunded, SubscriptionActive, SubscriptionCanceled, SubscriptionEnding, SubscriptionPastDue,
    SubscriptionPaused, Unconfirmed,
};
use crate::payment::When::{self, Before, Equal, Is, Negative, Positive, Present};
use crate::payment::{Meaning, Places, Rule, Unit};

/// What Stripe's kinds mean for a payment. Those of thin events begin with `v1.` or `v2.`.
pub const MEANING: Meaning = Meaning::new(
    PLACES,
    &[
        Rule::new(SNAPSHOTS, Other)
            .when(&[Is("/object", &["v2.core.event"])])
            .places(&Places::NONE),
        // Nothing is bought: a card is stored for later.
        Rule::new(&["checkout.session.*"], Other)
            .when(&[Is("/data/object/mode", &["setup"])])
            .places(&Places::NONE),
        Rule::new(SESSION_DONE, Paid)
            .when(&[Is(PAYMENT_STATUS, &["paid"])])
            .amount(TOTAL)
            .twin(PAID_INTENT),
        Rule::new(SESSION_DONE, Paid)
            .when(&[
                Is(PAYMENT_STATUS, &["no_payment_required"]),
                Is("/data/object/amount_total", &["0"]),
            ])
            .amount(TOTAL),
        Rule::new(SESSION_DONE, Pending).amount(TOTAL),
        Rule::new(&["checkout.session.async_payment_failed"], Failed).amount(TOTAL),
        Rule::new(&["checkout.session.expired"], Expired).amount(TOTAL),
        Rule::new(
            &[
                "payment_intent.created",
                "payment_intent.processing",
                "payment_intent.requires_action",
                "payment_intent.partially_funded",
                "charge.pending",
            ],
            Pending,
        ),
        Rule::new(&[CAPTURABLE], Other)
            .when(&[Is("/data/object/amount_capturable", &["0"])])
            .places(&Places::NONE),
        Rule::new(&[CAPTURABLE], Authorized).amount(&["/data/object/amount_capturable"]),
        Rule::new(&[PAID_INTENT], Paid).amount(&["/data/object/amount_received"]),
        Rule::new(&["payment_intent.payment_failed", "charge.failed"], Failed),
        Rule::new(&[CANCELED_INTENT], Expired)
            .when(&[Is("/data/object/cancellation_reason", &["expired"])]),
        Rule::new(&[CANCELED_INTENT], Canceled),
        Rule::new(&["charge.succeeded"], Paid)
            .when(&[Is(IS_CAPTURED, &["true"])])
            .amount(&[CAPTURED, AMOUNT])
            .twin(PAID_INTENT),
        Rule::new(&["charge.succeeded"], Authorized).twin(CAPTURABLE),
        Rule::new(&["charge.captured"], Paid)
            .amount(&[
                CAPTURED,
                "/data/object/amount - /data/object/amount_refunded",
            ])
            .twin(PAID_INTENT),
        Rule::new(&["charge.expired"], Expired).twin(CANCELED_INTENT),
        // Before 2025-03-31 a release of what was reserved came as a refund, and `amount_refunded` counts it.
        Rule::new(CHARGE_REFUNDED, Canceled)
            .when(&[Is(IS_CAPTURED, &["false"])])
            .twin(CANCELED_INTENT),
        Rule::new(CHARGE_REFUNDED, Other)
            .when(&[OLD, Positive(CAPTURED), Equal(BACK, RELEASED)])
            .places(&Places::NONE),
        Rule::new(CHARGE_REFUNDED, Refunded)
            .when(&[OLD, Positive(CAPTURED), Equal(BACK, AMOUNT)])
            .amount(BACK_OF_CAPTURED),
        Rule::new(CHARGE_REFUNDED, PartiallyRefunded)
            .when(&[OLD, Positive(CAPTURED)])
            .amount(BACK_OF_CAPTURED),
        Rule::new(CHARGE_REFUNDED, Refunded)
            .when(&[Equal(BACK, CAPTURED)])
            .amount(&[BACK]),
        Rule::new(CHARGE_REFUNDED, Refunded)
            .when(&[
                When::Absent(CAPTURED),
                Is("/data/object/refunded", &["true"]),
            ])
            .amount(&[BACK]),
        Rule::new(CHARGE_REFUNDED, PartiallyRefunded).amount(&[BACK]),
        Rule::new(&["refund.created"], Expired)
            .when(&[RAN_OUT])
            .transaction(PAYMENT)
            .twin("charge.expired"),
        // These were sent for refunds without a charge alone, then for releases too.
        Rule::new(&["refund.created"], Refund)
            .when(&[Before(VERSION, "2024-10-28"), SUCCEEDED])
            .places(&REFUND),
        Rule::new(&["refund.created"], Unconfirmed)
            .when(&[OLD, SUCCEEDED])
            .places(&REFUND),
        Rule::new(&["refund.created"], Refund)
            .when(&[SUCCEEDED])
            .places(&REFUND)
            .twin("charge.refunded"),
        Rule::by(
            &["refund.created"],
            STATUS,
            &[
                ("pending", RefundPending),
                ("requires_action", RefundPending),
                ("failed", RefundFailed),
                ("canceled", RefundFailed),
            ],
        )
        .places(&REFUND),
        Rule::new(REFUND_UPDATED, Other)
            .when(&[RAN_OUT])
            .places(&Places::NONE),
        Rule::new(REFUND_UPDATED, RefundFailed)
            .when(&[Is(STATUS, &["failed", "canceled"])])
            .places(&REFUND)
            .twin("refund.failed"),
        Rule::by(
            REFUND_UPDATED,
            STATUS,
            &[
                ("succeeded", Refund),
                ("pending", RefundPending),
                ("requires_action", RefundPending),
            ],
        )
        .when(&[Present("/data/previous_attributes/status")])
        .places(&REFUND),
        Rule::new(&["refund.failed"], RefundFailed).places(&REFUND),
        Rule::by(
            &["charge.dispute.*"],
            STATUS,
            &[
                ("warning_needs_response", Disputed),
                ("warning_under_review", Disputed),
                ("needs_response", Disputed),
                ("under_review", Disputed),
                ("appeal_needs_response", Disputed),
                ("appeal_under_review", Disputed),
                ("won", DisputeWon),
                ("lost", DisputeLost),
                ("warning_closed", DisputeClosed),
                ("prevented", DisputeClosed),
            ],
        )
        .step_id(ID)
        .transaction(PAYMENT),
        Rule::new(&["invoice.paid", "invoice.payment_succeeded"], Paid)
            .amount(&["/data/object/amount_paid"])
            .twin(PAID_INTENT),
        Rule::new(&["invoice_payment.paid"], Paid)
            .step_amount(&["/data/object/amount_paid"])
            .step_id(ID)
            .transaction(&[
                "/data/object/payment/payment_intent",
                "/data/object/payment/payment_intent/id",
                "/data/object/payment/charge",
                "/data/object/payment/charge/id",
            ])
            .twin(PAID_INTENT),
        Rule::new(
            &[
                "invoice.finalized",
                "invoice.payment_action_required",
                "invoice.payment_attempt_required",
            ],
            Pending,
        )
        .amount(DUE),
        Rule::new(&["invoice.overdue"], Pending).amount(STILL_DUE),
        Rule::new(
            &["invoice.payment_failed", "invoice.marked_uncollectible"],
            Failed,
        )
        .amount(STILL_DUE),
        Rule::new(&["invoice.voided"], Canceled).amount(DUE),
        Rule::new(SUBSCRIPTION, SubscriptionEnding)
            .when(&[RUNS, Is("/data/object/cancel_at_period_end", &["true"])])
            .amount(&[]),
        Rule::new(SUBSCRIPTION, SubscriptionEnding)
            .when(&[RUNS, Present("/data/object/cancel_at")])
            .amount(&[]),
        Rule::by(
            SUBSCRIPTION,
            STATUS,
            &[
                ("incomplete", Pending),
                ("active", SubscriptionActive),
                ("trialing", SubscriptionActive),
                ("past_due", SubscriptionPastDue),
                ("unpaid", SubscriptionPastDue),
                ("paused", SubscriptionPaused),
                ("canceled", SubscriptionCanceled),
                ("incomplete_expired", SubscriptionCanceled),
            ],
        )
        .amount(&[]),
        Rule::new(&["customer.subscription.deleted"], SubscriptionCanceled).amount(&[]),
        // A payout that takes back an earlier one.
        Rule::new(&["payout.created"], Other)
            .when(TAKES_BACK)
            .places(&Places::NONE),
        Rule::new(&["payout.paid"], PayoutFailed)
            .when(TAKES_BACK)
            .amount(WITHOUT_SIGN)
            .transaction(TAKEN_BACK),
        Rule::new(&["payout.failed", "payout.canceled"], Payout)
            .when(TAKES_BACK)
            .amount(WITHOUT_SIGN)
            .transaction(TAKEN_BACK),
        // Stripe takes from the merchant's bank.
        Rule::new(
            &[
                "payout.created",
                "payout.paid",
                "payout.failed",
                "payout.canceled",
            ],
            Other,
        )
        .when(&[Negative(AMOUNT)])
        .places(&Places::NONE),
        Rule::new(
            &[
                "payout.created",
                "payout.paid",
                "transfer.created",
                "treasury.outbound_payment.created",
                "treasury.outbound_payment.posted",
                "treasury.outbound_transfer.created",
                "treasury.outbound_transfer.posted",
            ],
            Payout,
        ),
        Rule::new(
            &[
                "payout.failed",
                "payout.canceled",
                "treasury.outbound_payment.failed",
                "treasury.outbound_payment.canceled",
                "treasury.outbound_payment.returned",
                "treasury.outbound_transfer.failed",
                "treasury.outbound_transfer.canceled",
                "treasury.outbound_transfer.returned",
            ],
            PayoutFailed,
        ),
        Rule::new(&["transfer.reversed"], PayoutFailed).amount(&["/data/object/amount_reversed"]),
        Rule::new(
            &[
                "v1.payment_intent.created",
                "v1.payment_intent.processing",
                "v1.payment_intent.requires_action",
                "v1.payment_intent.partially_funded",
                "v1.charge.pending",
                "v1.invoice.payment_action_required",
                "v1.invoice.payment_attempt_required",
                "v1.invoice.finalized",
                "v1.invoice.overdue",
                "v1.customer.subscription.incomplete",
            ],
            Pending,
        )
        .places(&THIN),
        Rule::new(&["v1.payment_intent.amount_capturable_updated"], Authorized).places(&THIN),
        Rule::new(
            &[
                "v1.payment_intent.succeeded",
                "v1.charge.captured",
                "v1.checkout.session.async_payment_succeeded",
                "v1.invoice.paid",
                "v1.invoice.payment_succeeded",
                "v1.invoice_payment.paid",
            ],
            Paid,
        )
        .places(&THIN),
        Rule::new(
            &[
                "v1.payment_intent.payment_failed",
                "v1.charge.failed",
                "v1.checkout.session.async_payment_failed",
                "v1.invoice.payment_failed",
                "v1.invoice.marked_uncollectible",
            ],
            Failed,
        )
        .places(&THIN),
        Rule::new(
            &["v1.payment_intent.canceled", "v1.invoice.voided"],
            Canceled,
        )
        .places(&THIN),
        Rule::new(
            &["v1.charge.expired", "v1.checkout.session.expired"],
            Expired,
        )
        .places(&THIN),
        Rule::new(
            &[
                "v1.charge.succeeded",
                "v1.charge.refunded",
                "v1.charge.refund.updated",
                "v1.refund.created",
                "v1.refund.updated",
                "v1.checkout.session.completed",
                "v1.charge.dispute.updated",
                "v1.charge.dispute.closed",
                "v1.charge.dispute.funds_withdrawn",
                "v1.charge.dispute.funds_reinstated",
                "v1.customer.subscription.created",
                "v1.customer.subscription.updated",
                "v1.customer.subscription.resumed",
                "v1.customer.subscription.cancel_at_changed",
            ],
            Unconfirmed,
        )
        .places(&THIN),
        Rule::new(&["v1.charge.dispute.created"], Disputed).places(&THIN),
        Rule::new(&["v1.refund.failed"], RefundFailed).places(&THIN),
        Rule::new(
            &[
                "v1.customer.subscription.active",
                "v1.customer.subscription.trialing",
            ],
            SubscriptionActive,
        )
        .places(&THIN),
        Rule::new(
            &[
                "v1.customer.subscription.past_due",
                "v1.customer.subscription.unpaid",
            ],
            SubscriptionPastDue,
        )
        .places(&THIN),
        Rule::new(&["v1.customer.subscription.paused"], SubscriptionPaused).places(&THIN),
        Rule::new(
            &[
                "v1.customer.subscription.deleted",
                "v1.customer.subscription.incomplete_expired",
            ],
            SubscriptionCanceled,
        )
        .places(&THIN),
        Rule::new(
            &[
                "v1.payout.created",
                "v1.payout.paid",
                "v1.transfer.created",
                "v2.money_management.outbound_payment.created",
                "v2.money_management.outbound_payment.posted",
                "v2.money_management.outbound_payment.under_review",
                "v2.money_management.payout_intent.created",
                "v2.money_management.payout_intent.pending",
                "v2.money_management.payout_intent.processing",
                "v2.money_management.payout_intent.posted",
                "v2.money_management.payout_intent.requires_action",
            ],
            Payout,
        )
        .places(&THIN),
        Rule::new(
            &[
                "v1.payout.failed",
                "v1.payout.canceled",
                "v1.transfer.reversed",
                "v2.money_management.outbound_payment.failed",
                "v2.money_management.outbound_payment.canceled",
                "v2.money_management.outbound_payment.returned",
                "v2.money_management.payout_intent.canceled",
            ],
            PayoutFailed,
        )
        .places(&THIN),
    ],
)
.only_if(&[Is("/object", &["event", "v2.core.event"])]);

/// No thin event has such a kind.
const SNAPSHOTS: &[&str] = &[
    "charge.*",
    "checkout.*",
    "customer.*",
    "invoice.*",
    "invoice_payment.*",
    "payment_intent.*",
    "payout.*",
    "refund.*",
    "transfer.*",
    "treasury.*",
];
const CAPTURABLE: &str = "payment_intent.amount_capturable_updated";
const PAID_INTENT: &str = "payment_intent.succeeded";
const CANCELED_INTENT: &str = "payment_intent.canceled";
const SESSION_DONE: &[&str] = &[
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
];
const CHARGE_REFUNDED: &[&str] = &["charge.refunded"];
const REFUND_UPDATED: &[&str] = &["refund.updated", "charge.refund.updated"];
const SUBSCRIPTION: &[&str] = &[
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.paused",
    "customer.subscription.resumed",
];

const VERSION: &str = "/api_version";
const STATUS: &str = "/data/object/status";
const PAYMENT_STATUS: &str = "/data/object/payment_status";
const IS_CAPTURED: &str = "/data/object/captured";
const AMOUNT: &str = "/data/object/amount";
const CAPTURED: &str = "/data/object/amount_captured";
const BACK: &str = "/data/object/amount_refunded";
/// What was reserved and not captured.
const RELEASED: &str = "/data/object/amount - /data/object/amount_captured";
/// What went back without what was released.
const BACK_OF_CAPTURED: &[&str] =
    &["/data/object/amount_refunded - /data/object/amount + /data/object/amount_captured"];
const TOTAL: &[&str] = &["/data/object/amount_total"];
const DUE: &[&str] = &["/data/object/amount_due"];
const STILL_DUE: &[&str] = &["/data/object/amount_remaining", "/data/object/amount_due"];
const WITHOUT_SIGN: &[&str] = &["|/data/object/amount|"];
const ID: &[&str] = &["/data/object/id"];
/// The payment that a refund or a dispute belongs to.
const PAYMENT: &[&str] = &[
    "/data/object/payment_intent",
    "/data/object/payment_intent/id",
    "/data/object/charge",
    "/data/object/charge/id",
];
const TAKEN_BACK: &[&str] = &[
    "/data/object/original_payout",
    "/data/object/original_payout/id",
];

const OLD: When = Before(VERSION, "2025-03-31");
const SUCCEEDED: When = Is(STATUS, &["succeeded"]);
/// The refund of a reservation that ran out: no money has moved.
const RAN_OUT: When = Is("/data/object/reason", &["expired_uncaptured_charge"]);
const RUNS: When = Is(STATUS, &["active", "trialing"]);
const TAKES_BACK: &[When] = &[Present("/data/object/original_payout")];

const PLACES: Places = Places::new(Unit::MinorExcept(OWN_DIGITS))
    .amount(&[AMOUNT])
    .currency(&["/data/object/currency"])
    .reference(&[
        "/data/object/client_reference_id",
        "/data/object/metadata/order_id",
    ])
    .transaction(&[
        "/data/object/payment_intent",
        "/data/object/payment_intent/id",
        "/data/object/charge",
        "/data/object/charge/id",
        "/data/object/id",
    ])
    .time(TimeUnit::Seconds, &["/created"]);

const REFUND: Places = PLACES
    .step_amount(&[AMOUNT])
    .step_id(ID)
    .transaction(PAYMENT);

/// A thin event names an object and holds none of its fields.
const THIN: Places = Places::new(Unit::Minor)
    .transaction(&["/related_object/id"])
    .time(TimeUnit::Rfc3339, &["/created"]);

/// Where Stripe departs from ISO 4217: the ariary is counted whole, the króna and the Ugandan shilling in hundredths
/// that are always zero. Source: "Supported currencies" in Stripe's documentation, "Special cases".
const OWN_DIGITS: &[(&str, u32)] = &[("ISK", 2), ("MGA", 0), ("UGX", 2)];

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use crate::provider::stripe::SCHEME;
    use crate::testing::support::{NOW, update};

    #[test]
    fn id_and_time_of_an_update_are_those_of_the_event() {
        let body = r#"{"id":"evt_1","object":"event","created":1785920400,"type":"payment_intent.succeeded"}"#;
        let update = update(SCHEME, body).unwrap();
        assert_eq!(update.time, Some(NOW));
        assert_eq!(update.event_id.as_deref(), Some("evt_1"));
    }
}
