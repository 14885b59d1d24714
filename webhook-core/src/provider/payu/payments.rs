//! What a notification says about a payment. The table is in the documentation of the module above.

use crate::message::Message;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, Failed, Other, Paid, PartiallyRefunded, Pending,
};
use crate::payment::read::require;
use crate::payment::{Meaning, PaymentUpdate, Places, Rule, Unit};
use crate::{DecodeError, TimeUnit};

pub(super) fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    require(
        message.body(),
        [
            "/order/orderId",
            "/order/status",
            "/refund/refundId",
            "/refund/status",
        ],
    )?;
    Ok(vec![MEANING.read(message)?])
}

/// What PayU's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    ORDER,
    &[
        Rule::new(&["order.NEW", "order.PENDING"], Pending),
        Rule::new(&["order.WAITING_FOR_CONFIRMATION"], Authorized),
        Rule::new(&["order.COMPLETED"], Paid),
        Rule::new(&["order.CANCELED"], Canceled),
        Rule::new(&["order.REJECTED"], Failed),
        Rule::new(&["order.*"], Other),
        Rule::new(&["refund.FINALIZED"], PartiallyRefunded).places(&REFUND),
        Rule::new(&["refund.*"], Other).places(&REFUND),
    ],
);

const ORDER: Places = Places::new(Unit::Minor)
    .amount(&["/order/totalAmount"])
    .currency(&["/order/currencyCode"])
    .reference(&["/order/extOrderId"])
    .transaction(&["/order/orderId"])
    .time(TimeUnit::Rfc3339, &["/localReceiptDateTime"]);

const REFUND: Places = Places::new(Unit::Minor)
    .amount(&["/refund/amount"])
    .currency(&["/refund/currencyCode"])
    .reference(&["/extOrderId"])
    .transaction(&["/orderId"])
    .time(TimeUnit::Rfc3339, &["/refund/statusDateTime"]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::super::Signer;
    use super::*;
    use crate::payment::PaymentStatus;
    use crate::testing::support::only;
    use crate::testing::support::{NOW, line, signed};

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
