//! Square's events in the normal form of payments. The tables are in the documentation of the module above.

use crate::TimeUnit;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeLost, DisputeWon, Disputed, Failed, Paid, PartiallyRefunded,
    Pending, Refunded, SubscriptionActive, SubscriptionCanceled, SubscriptionPaused,
};
use crate::payment::{Meaning, Places, Rule, Unit, When};

/// What Square's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    PAYMENT,
    &[
        // Both are counted in one unit, whichever it is.
        Rule::new(PAYMENTS, Refunded)
            .when(&[
                COMPLETED,
                When::Same(BACK, "/data/object/payment/total_money/amount"),
                When::Not(BACK, &["0"]),
            ])
            .amount(&[BACK]),
        Rule::new(PAYMENTS, PartiallyRefunded)
            .when(&[COMPLETED, When::Present(BACK), When::Not(BACK, &["0"])])
            .amount(&[BACK]),
        Rule::by(
            PAYMENTS,
            PAYMENT_STATUS,
            &[
                ("COMPLETED", Paid),
                ("APPROVED", Authorized),
                ("PENDING", Pending),
                ("CANCELED", Canceled),
                ("FAILED", Failed),
            ],
        ),
        Rule::by(
            &[
                "dispute.created",
                "dispute.state.updated",
                "dispute.state.changed",
            ],
            "/data/object/dispute/state",
            &[
                ("INQUIRY_EVIDENCE_REQUIRED", Disputed),
                ("INQUIRY_PROCESSING", Disputed),
                ("EVIDENCE_REQUIRED", Disputed),
                ("PROCESSING", Disputed),
                ("WON", DisputeWon),
                ("INQUIRY_CLOSED", DisputeWon),
                ("LOST", DisputeLost),
                ("ACCEPTED", DisputeLost),
            ],
        )
        .places(&DISPUTE),
        Rule::by(
            &[
                "invoice.payment_made",
                "invoice.scheduled_charge_failed",
                "invoice.canceled",
                "invoice.refunded",
            ],
            "/data/object/invoice/status",
            &[
                ("PAID", Paid),
                ("SCHEDULED", Pending),
                ("UNPAID", Pending),
                ("PARTIALLY_PAID", Pending),
                ("PAYMENT_PENDING", Pending),
                ("FAILED", Failed),
                ("CANCELED", Canceled),
                ("REFUNDED", Refunded),
                ("PARTIALLY_REFUNDED", PartiallyRefunded),
            ],
        )
        .places(&INVOICE),
        Rule::by(
            &["subscription.created", "subscription.updated"],
            "/data/object/subscription/status",
            &[
                ("PENDING", Pending),
                ("ACTIVE", SubscriptionActive),
                ("PAUSED", SubscriptionPaused),
                ("CANCELED", SubscriptionCanceled),
                ("DEACTIVATED", SubscriptionCanceled),
                ("COMPLETED", SubscriptionCanceled),
            ],
        )
        .places(&SUBSCRIPTION),
    ],
);

const PAYMENTS: &[&str] = &["payment.created", "payment.updated"];
const PAYMENT_STATUS: &str = "/data/object/payment/status";
const COMPLETED: When = When::Is(PAYMENT_STATUS, &["COMPLETED"]);
/// What went back so far.
const BACK: &str = "/data/object/payment/refunded_money/amount";

const PAYMENT: Places = Places::new(Unit::Minor)
    .amount(&["/data/object/payment/amount_money/amount"])
    .currency(&["/data/object/payment/amount_money/currency"])
    .reference(&["/data/object/payment/reference_id"])
    .transaction(&["/data/object/payment/id"])
    .time(TimeUnit::Rfc3339, &["/created_at"]);

const DISPUTE: Places = Places::new(Unit::Minor)
    .amount(&["/data/object/dispute/amount_money/amount"])
    .currency(&["/data/object/dispute/amount_money/currency"])
    .transaction(&["/data/object/dispute/disputed_payment/payment_id"])
    .time(TimeUnit::Rfc3339, &["/created_at"]);

const INVOICE: Places = Places::new(Unit::Minor)
    .transaction(&["/data/object/invoice/id"])
    .time(TimeUnit::Rfc3339, &["/created_at"]);

const SUBSCRIPTION: Places = INVOICE.transaction(&["/data/object/subscription/id"]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use crate::UnixTime;
    use crate::provider::square::SCHEME;
    use crate::testing::Signer;
    use crate::testing::support::{only, signed};

    #[test]
    fn the_time_of_an_update_is_that_of_the_event() {
        const URL: &str = "https://shop.example/hooks/square";
        for (kind, object) in [
            (
                "payment.updated",
                json!({"payment": {"status": "COMPLETED"}}),
            ),
            (
                "dispute.created",
                json!({"dispute": {"state": "PROCESSING"}}),
            ),
            (
                "subscription.updated",
                json!({"subscription": {"status": "ACTIVE"}}),
            ),
        ] {
            let body = json!({"type": kind, "created_at": "2026-08-05T09:00:00.120Z", "data": {"object": object}});
            let signer = Signer::new(SCHEME, "a key for tests").unwrap();
            let signer = signer.public_url(URL);
            let settings = json!({"secrets": "a key for tests", "public_url": URL});
            let update = only(&signed("square", settings, &signer, body.to_string())).unwrap();
            let time = Some(UnixTime::from_millis(1_785_920_400_120));
            assert_eq!(update.time, time, "{kind}");
        }
    }
}
