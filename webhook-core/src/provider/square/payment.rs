//! Square's events in the normal form of payments. The table is in the documentation of the module above.

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

    use super::super::SCHEME;
    use crate::payment::PaymentUpdate;
    use crate::testing::Signer;
    use crate::testing::support::only;
    use crate::testing::support::{line, signed};
    use crate::{DecodeError, UnixTime};

    fn read(body: &str) -> Result<PaymentUpdate, DecodeError> {
        const URL: &str = "https://shop.example/hooks/square";
        let signer = Signer::new(SCHEME, "a key for tests")
            .unwrap()
            .public_url(URL);
        let settings = json!({"secrets": "a key for tests", "public_url": URL});
        only(&signed("square", settings, &signer, body))
    }

    fn event(kind: &str, object: &str) -> PaymentUpdate {
        let body = format!(
            r#"{{"merchant_id":"6SSW7HV8K2ST5","type":"{kind}","event_id":"13b867cf","created_at":"2026-08-05T09:00:00.120Z",
                "data":{{"type":"x","id":"y","object":{object}}}}}"#
        );
        read(&body).unwrap()
    }

    #[test]
    fn a_payment_is_read_by_its_status() {
        for (status, refunded, want) in [
            ("COMPLETED", None, "paid | 10.00 USD | order-7 | KkAk"),
            ("COMPLETED", Some(0), "paid | 10.00 USD | order-7 | KkAk"),
            (
                "COMPLETED",
                Some(400),
                "partially_refunded | 4.00 USD | order-7 | KkAk",
            ),
            (
                "COMPLETED",
                Some(1200),
                "refunded | 12.00 USD | order-7 | KkAk",
            ),
            ("APPROVED", None, "authorized | 10.00 USD | order-7 | KkAk"),
            ("PENDING", None, "pending | 10.00 USD | order-7 | KkAk"),
            ("CANCELED", None, "canceled | 10.00 USD | order-7 | KkAk"),
            ("FAILED", None, "failed | 10.00 USD | order-7 | KkAk"),
            ("PONDERED", None, "other | - | - | -"),
        ] {
            let refunded = refunded.map_or(String::new(), |amount: u32| {
                format!(r#","refunded_money":{{"amount":{amount},"currency":"USD"}}"#)
            });
            let object = format!(
                r#"{{"payment":{{"id":"KkAk","status":"{status}","reference_id":"order-7","order_id":"o1",
                    "amount_money":{{"amount":1000,"currency":"USD"}},"tip_money":{{"amount":200,"currency":"USD"}},
                    "total_money":{{"amount":1200,"currency":"USD"}}{refunded}}}}}"#
            );
            for kind in ["payment.created", "payment.updated"] {
                assert_eq!(line(&event(kind, &object)), want, "{status}{refunded}");
            }
        }
    }

    #[test]
    fn a_refund_by_itself_is_other() {
        let object = r#"{"refund":{"id":"KkAk_pt","status":"COMPLETED","payment_id":"KkAk",
            "amount_money":{"amount":400,"currency":"USD"}}}"#;
        assert_eq!(line(&event("refund.updated", object)), "other | - | - | -");
    }

    #[test]
    fn a_dispute_is_read_by_its_state() {
        for (state, status) in [
            ("INQUIRY_EVIDENCE_REQUIRED", "disputed"),
            ("INQUIRY_PROCESSING", "disputed"),
            ("EVIDENCE_REQUIRED", "disputed"),
            ("PROCESSING", "disputed"),
            ("INQUIRY_CLOSED", "dispute_won"),
            ("WON", "dispute_won"),
            ("LOST", "dispute_lost"),
            ("ACCEPTED", "dispute_lost"),
        ] {
            let object = format!(
                r#"{{"dispute":{{"id":"ORSE","state":"{state}","amount_money":{{"amount":8801,"currency":"USD"}},
                    "disputed_payment":{{"payment_id":"KkAk"}},"reason":"NO_KNOWLEDGE"}}}}"#
            );
            let update = event("dispute.state.updated", &object);
            assert_eq!(line(&update), format!("{status} | 88.01 USD | - | KkAk"));
        }
    }

    #[test]
    fn an_invoice_is_read_by_its_status() {
        for (kind, state, status) in [
            ("payment_made", "PAID", "paid"),
            ("payment_made", "PARTIALLY_PAID", "pending"),
            ("scheduled_charge_failed", "UNPAID", "pending"),
            ("scheduled_charge_failed", "FAILED", "failed"),
            ("canceled", "CANCELED", "canceled"),
            ("refunded", "REFUNDED", "refunded"),
            ("refunded", "PARTIALLY_REFUNDED", "partially_refunded"),
        ] {
            let object =
                format!(r#"{{"invoice":{{"id":"inv:1","status":"{state}","order_id":"o1"}}}}"#);
            let update = event(&format!("invoice.{kind}"), &object);
            assert_eq!(line(&update), format!("{status} | - | - | inv:1"));
        }
    }

    #[test]
    fn a_subscription_is_read_by_its_status() {
        for (state, status) in [
            ("PENDING", "pending"),
            ("ACTIVE", "subscription_active"),
            ("PAUSED", "subscription_paused"),
            ("CANCELED", "subscription_canceled"),
            ("DEACTIVATED", "subscription_canceled"),
            ("COMPLETED", "subscription_canceled"),
        ] {
            let object = format!(r#"{{"subscription":{{"id":"8151fc89","status":"{state}"}}}}"#);
            let update = event("subscription.updated", &object);
            assert_eq!(line(&update), format!("{status} | - | - | 8151fc89"));
        }
    }

    #[test]
    fn yen_have_no_minor_unit() {
        let object =
            r#"{"payment":{"status":"COMPLETED","amount_money":{"amount":500,"currency":"JPY"}}}"#;
        let update = event("payment.updated", object);
        assert_eq!(line(&update), "paid | 500 JPY | - | -");
        assert_eq!(update.time, Some(UnixTime::from_millis(1_785_920_400_120)));
    }

    #[test]
    fn an_amount_that_cannot_be_read_takes_nothing_with_it() {
        let body = r#"{"type":"payment.updated","event_id":"1","data":{"object":{"payment":{"status":"COMPLETED",
            "id":"p","amount_money":{"amount":"ten","currency":"USD"}}}}}"#;
        assert_eq!(line(&read(body).unwrap()), "paid | not_a_number | - | p");
    }
}
