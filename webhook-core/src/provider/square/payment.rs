//! Square's events in the normal form of payments. The table is in the documentation of the module above.

use crate::payment::read::{minor, places, time};
use crate::payment::{PaymentStatus, PaymentUpdate};
use crate::{DecodeError, Delivery, TimeUnit};

pub(super) fn updates(delivery: &Delivery) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let other = PaymentUpdate::other(delivery);
    let update = match delivery.kind().unwrap_or_default() {
        "payment.created" | "payment.updated" => payment(delivery, other)?,
        "dispute.created" | "dispute.state.updated" | "dispute.state.changed" => {
            dispute(delivery, other)?
        }
        "invoice.payment_made"
        | "invoice.scheduled_charge_failed"
        | "invoice.canceled"
        | "invoice.refunded" => invoice(delivery, other)?,
        "subscription.created" | "subscription.updated" => subscription(delivery, other)?,
        _ => other,
    };
    if update.status == PaymentStatus::Other {
        return Ok(vec![PaymentUpdate::other(delivery)]);
    }
    let [created] = places(delivery.body(), ["/created_at"])?;
    Ok(vec![PaymentUpdate {
        time: time(TimeUnit::Rfc3339, &created)?,
        ..update
    }])
}

fn payment(delivery: &Delivery, other: PaymentUpdate) -> Result<PaymentUpdate, DecodeError> {
    let [id, status, reference, asked, currency, total, refunded] = places(
        delivery.body(),
        [
            "/data/object/payment/id",
            "/data/object/payment/status",
            "/data/object/payment/reference_id",
            "/data/object/payment/amount_money/amount",
            "/data/object/payment/amount_money/currency",
            "/data/object/payment/total_money/amount",
            "/data/object/payment/refunded_money/amount",
        ],
    )?;
    // Both are counted in one unit, whichever it is.
    let back = refunded.get()?.filter(|back| *back != "0");
    let (status, amount) = match (status.str()?, back) {
        ("COMPLETED", Some(back)) if Some(back) == total.get()? => {
            (PaymentStatus::Refunded, refunded)
        }
        ("COMPLETED", Some(_)) => (PaymentStatus::PartiallyRefunded, refunded),
        ("COMPLETED", None) => (PaymentStatus::Paid, asked),
        ("APPROVED", _) => (PaymentStatus::Authorized, asked),
        ("PENDING", _) => (PaymentStatus::Pending, asked),
        ("CANCELED", _) => (PaymentStatus::Canceled, asked),
        ("FAILED", _) => (PaymentStatus::Failed, asked),
        _ => return Ok(other),
    };
    Ok(PaymentUpdate {
        status,
        amount: minor(&amount, &currency),
        reference: reference.text()?,
        transaction_id: id.text()?,
        ..other
    })
}

fn dispute(delivery: &Delivery, other: PaymentUpdate) -> Result<PaymentUpdate, DecodeError> {
    let [id, state, amount, currency] = places(
        delivery.body(),
        [
            "/data/object/dispute/disputed_payment/payment_id",
            "/data/object/dispute/state",
            "/data/object/dispute/amount_money/amount",
            "/data/object/dispute/amount_money/currency",
        ],
    )?;
    let status = match state.str()? {
        "INQUIRY_EVIDENCE_REQUIRED" | "INQUIRY_PROCESSING" | "EVIDENCE_REQUIRED" | "PROCESSING" => {
            PaymentStatus::Disputed
        }
        "WON" | "INQUIRY_CLOSED" => PaymentStatus::DisputeWon,
        "LOST" | "ACCEPTED" => PaymentStatus::DisputeLost,
        _ => PaymentStatus::Other,
    };
    Ok(PaymentUpdate {
        status,
        amount: minor(&amount, &currency),
        transaction_id: id.text()?,
        ..other
    })
}

fn invoice(delivery: &Delivery, other: PaymentUpdate) -> Result<PaymentUpdate, DecodeError> {
    let [id, state] = places(
        delivery.body(),
        ["/data/object/invoice/id", "/data/object/invoice/status"],
    )?;
    let status = match state.str()? {
        "PAID" => PaymentStatus::Paid,
        "SCHEDULED" | "UNPAID" | "PARTIALLY_PAID" | "PAYMENT_PENDING" => PaymentStatus::Pending,
        "FAILED" => PaymentStatus::Failed,
        "CANCELED" => PaymentStatus::Canceled,
        "REFUNDED" => PaymentStatus::Refunded,
        "PARTIALLY_REFUNDED" => PaymentStatus::PartiallyRefunded,
        _ => PaymentStatus::Other,
    };
    Ok(PaymentUpdate {
        status,
        transaction_id: id.text()?,
        ..other
    })
}

fn subscription(delivery: &Delivery, other: PaymentUpdate) -> Result<PaymentUpdate, DecodeError> {
    let [id, state] = places(
        delivery.body(),
        [
            "/data/object/subscription/id",
            "/data/object/subscription/status",
        ],
    )?;
    let status = match state.str()? {
        "PENDING" => PaymentStatus::Pending,
        "ACTIVE" => PaymentStatus::SubscriptionActive,
        "PAUSED" => PaymentStatus::SubscriptionPaused,
        "CANCELED" | "DEACTIVATED" | "COMPLETED" => PaymentStatus::SubscriptionCanceled,
        _ => PaymentStatus::Other,
    };
    Ok(PaymentUpdate {
        status,
        transaction_id: id.text()?,
        ..other
    })
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::super::SCHEME;
    use super::*;
    use crate::UnixTime;
    use crate::test_support::only;
    use crate::test_support::{line, signed};
    use crate::testing::Signer;

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
