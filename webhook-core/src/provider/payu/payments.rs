//! What a notification says about a payment.

use crate::payment::read::{minor, places, require, time};
use crate::payment::{PaymentStatus, PaymentUpdate};
use crate::{DecodeError, Delivery, TimeUnit};

pub(super) fn updates(delivery: &Delivery) -> Result<Vec<PaymentUpdate>, DecodeError> {
    require(
        delivery.body(),
        [
            "/order/orderId",
            "/order/status",
            "/refund/refundId",
            "/refund/status",
        ],
    )?;
    match delivery.kind().and_then(|kind| kind.split_once('.')) {
        Some(("order", status)) => order(delivery, status),
        Some(("refund", status)) => refund(delivery, status),
        _ => Ok(vec![PaymentUpdate::other(delivery)]),
    }
}

fn order(delivery: &Delivery, status: &str) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let [id, own_id, amount, currency, at] = places(
        delivery.body(),
        [
            "/order/orderId",
            "/order/extOrderId",
            "/order/totalAmount",
            "/order/currencyCode",
            "/localReceiptDateTime",
        ],
    )?;
    Ok(vec![PaymentUpdate {
        status: match status {
            "NEW" | "PENDING" => PaymentStatus::Pending,
            "WAITING_FOR_CONFIRMATION" => PaymentStatus::Authorized,
            "COMPLETED" => PaymentStatus::Paid,
            "CANCELED" => PaymentStatus::Canceled,
            "REJECTED" => PaymentStatus::Failed,
            _ => PaymentStatus::Other,
        },
        amount: minor(&amount, &currency),
        reference: own_id.text()?,
        transaction_id: id.text()?,
        time: time(TimeUnit::Rfc3339, &at)?,
        ..PaymentUpdate::other(delivery)
    }])
}

fn refund(delivery: &Delivery, status: &str) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let [id, own_id, amount, currency, at] = places(
        delivery.body(),
        [
            "/orderId",
            "/extOrderId",
            "/refund/amount",
            "/refund/currencyCode",
            "/refund/statusDateTime",
        ],
    )?;
    Ok(vec![PaymentUpdate {
        status: match status {
            "FINALIZED" => PaymentStatus::PartiallyRefunded,
            _ => PaymentStatus::Other,
        },
        amount: minor(&amount, &currency),
        reference: own_id.text()?,
        transaction_id: id.text()?,
        time: time(TimeUnit::Rfc3339, &at)?,
        ..PaymentUpdate::other(delivery)
    }])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::super::Signer;
    use super::*;
    use crate::test_support::only;
    use crate::test_support::{NOW, line, signed};

    const ORDER: &str = r#"{"order":{"orderId":"UXKPS3","extOrderId":"3b907aac","currencyCode":"PLN",
        "totalAmount":"2100","status":"COMPLETED"},"localReceiptDateTime":"2026-08-05T11:00:00.000+02:00"}"#;
    const REFUND: &str = r#"{"orderId":"2DVZMPMFPN","extOrderId":"Order 7","refund":{"refundId":"912128",
        "amount":"15516","currencyCode":"PLN","status":"FINALIZED","statusDateTime":"2026-08-05T11:00:00.000+02:00",
        "reason":"refund","refundDate":"1395677071799"}}"#;

    fn update(body: &str) -> Result<PaymentUpdate, DecodeError> {
        let signer = Signer::new("a key for tests").unwrap();
        only(&signed(
            "payu",
            json!({"secrets": "a key for tests"}),
            &signer,
            body,
        ))
    }

    #[test]
    fn orders_become_updates() {
        for (replace, with, want) in [
            ("", "", "paid | 21.00 PLN | 3b907aac | UXKPS3"),
            (
                "COMPLETED",
                "PENDING",
                "pending | 21.00 PLN | 3b907aac | UXKPS3",
            ),
            (
                "COMPLETED",
                "WAITING_FOR_CONFIRMATION",
                "authorized | 21.00 PLN | 3b907aac | UXKPS3",
            ),
            (
                "COMPLETED",
                "CANCELED",
                "canceled | 21.00 PLN | 3b907aac | UXKPS3",
            ),
            (
                "COMPLETED",
                "REJECTED",
                "failed | 21.00 PLN | 3b907aac | UXKPS3",
            ),
            (
                "COMPLETED",
                "MOON.LANDED",
                "other | 21.00 PLN | 3b907aac | UXKPS3",
            ),
            ("PLN", "HUF", "paid | 21.00 HUF | 3b907aac | UXKPS3"),
            ("\"2100\"", "2100", "paid | 21.00 PLN | 3b907aac | UXKPS3"),
            (
                r#""extOrderId":"3b907aac","#,
                "",
                "paid | 21.00 PLN | - | UXKPS3",
            ),
        ] {
            let update = update(&ORDER.replace(replace, with)).unwrap();
            assert_eq!(line(&update), want, "{with}");
            assert_eq!(update.time, Some(NOW), "{with}");
        }
    }

    #[test]
    fn a_refund_tells_what_went_back() {
        let update = update(REFUND).unwrap();
        assert_eq!(
            line(&update),
            "partially_refunded | 155.16 PLN | Order 7 | 2DVZMPMFPN"
        );
        assert_eq!(update.event_id.as_deref(), Some("912128:FINALIZED"));
        assert_eq!(update.kind.as_deref(), Some("refund.FINALIZED"));
        assert_eq!(update.time, Some(NOW));
    }

    #[test]
    fn a_refund_that_is_not_final_is_nothing() {
        let update = update(&REFUND.replace("FINALIZED", "CANCELED")).unwrap();
        assert_eq!(update.status, PaymentStatus::Other);
    }

    #[test]
    fn a_body_of_another_shape_is_nothing() {
        for body in ["null", "{}", r#"{"order":{},"refund":{}}"#] {
            assert_eq!(update(body).unwrap().status, PaymentStatus::Other, "{body}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        let doubled = ORDER.replace(r#""status":"#, r#""status":"NEW","status":"#);
        assert_ne!(doubled, ORDER);
        for body in ["", "\u{1f680}", &doubled, &format!("{ORDER}x")] {
            assert!(update(body).is_err(), "{body}");
        }
    }
}
