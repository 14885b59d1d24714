//! What a notification says about a payment. The tables are in the documentation of the module above.

use crate::message::Message;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, Failed, Paid, Pending, Refund, RefundFailed, RefundPending,
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
        Rule::new(&["refund.PENDING"], RefundPending).places(&REFUND),
        Rule::new(&["refund.FINALIZED"], Refund).places(&REFUND),
        Rule::new(&["refund.CANCELED"], RefundFailed).places(&REFUND),
    ],
);

const ORDER: Places = Places::new(Unit::Minor)
    .amount(&["/order/totalAmount"])
    .currency(&["/order/currencyCode"])
    .reference(&["/order/extOrderId"])
    .transaction(&["/order/orderId"])
    .time(TimeUnit::Rfc3339, &["/localReceiptDateTime"]);

const REFUND: Places = Places::new(Unit::Minor)
    .step_amount(&["/refund/amount"])
    .step_id(&["/refund/refundId"])
    .currency(&["/refund/currencyCode"])
    .reference(&["/extOrderId"])
    .transaction(&["/orderId"])
    .time(TimeUnit::Rfc3339, &["/refund/statusDateTime"]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use crate::provider::payu::Signer;
    use crate::testing::support::{NOW, only, signed};

    #[test]
    fn an_update_has_the_id_and_the_time_of_what_it_is_about() {
        for (body, id, kind) in [
            (
                r#"{"order":{"orderId":"UXKPS3","status":"COMPLETED"},"localReceiptDateTime":"2026-08-05T11:00:00.000+02:00"}"#,
                "UXKPS3:COMPLETED",
                "order.COMPLETED",
            ),
            (
                r#"{"refund":{"refundId":"912128","status":"FINALIZED","statusDateTime":"2026-08-05T11:00:00.000+02:00"}}"#,
                "912128:FINALIZED",
                "refund.FINALIZED",
            ),
        ] {
            let signer = Signer::new("a key for tests").unwrap();
            let settings = json!({"secrets": "a key for tests"});
            let update = only(&signed("payu", settings, &signer, body)).unwrap();
            assert_eq!(update.event_id.as_deref(), Some(id));
            assert_eq!(update.kind.as_deref(), Some(kind));
            assert_eq!(update.time, Some(NOW), "{kind}");
        }
    }
}
