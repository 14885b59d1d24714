//! What a notification says about a payment.

use super::signed::FIELDS;
use crate::message::Message;
use crate::payment::{PaymentStatus, PaymentUpdate};
use crate::verify::Form;
use crate::{DecodeError, Text};

pub(super) fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let form = Form::read(message.body(), &FIELDS)
        .map_err(|_| DecodeError::new(".", "not the form of a notification"))?;
    let text = |name: &str| {
        let text = form.text(name);
        (!text.is_empty()).then(|| Text::from(text))
    };
    let update = PaymentUpdate {
        status: status(form.text("TxType"), form.text("Status")),
        reference: text("VendorTxCode"),
        transaction_id: text("VPSTxId"),
        ..PaymentUpdate::other(message)
    };
    let claimed = PaymentUpdate {
        status: match update.status {
            PaymentStatus::Unconfirmed => claimed_status(form.text("TxType")),
            certain => certain,
        },
        reference: update.reference.clone(),
        transaction_id: update.transaction_id.clone(),
        ..PaymentUpdate::claimed(message)
    };
    Ok(vec![update.with_unverified(claimed)])
}

fn status(kind: &str, status: &str) -> PaymentStatus {
    match status {
        "OK" if kind == "TOKEN" => PaymentStatus::Other,
        "OK" => PaymentStatus::Unconfirmed,
        "NOTAUTHED" | "REJECTED" | "ERROR" => PaymentStatus::Failed,
        "ABORT" => PaymentStatus::Canceled,
        "PENDING" | "AUTHENTICATED" | "REGISTERED" => PaymentStatus::Pending,
        _ => PaymentStatus::Other,
    }
}

fn claimed_status(kind: &str) -> PaymentStatus {
    match kind {
        "PAYMENT" => PaymentStatus::Paid,
        "DEFERRED" => PaymentStatus::Authorized,
        _ => PaymentStatus::Other,
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use crate::provider::opayo_server::Signer;
    use crate::testing::support::{only, signed};

    #[test]
    fn the_kind_is_only_claimed() {
        let form = "TxType=PAYMENT&VendorTxCode=ord-558557\
            &VPSTxId=%7BB89EA109-35C5-4E93-9A25-50EB296307E2%7D&Status=OK";
        let keys = json!({"ord-558557": "SSCWEVEV6S"});
        let settings = json!({"vendor": "LabVendor", "security_key_by_vendor_tx_code": keys});
        let signer = Signer::new("LabVendor", "SSCWEVEV6S").unwrap();
        let update = only(&signed("opayo-server", settings, &signer, form)).unwrap();
        assert_eq!(update.kind, None);
        let claimed = update.dangerously_trust_unverified();
        assert_eq!(claimed.kind.as_deref(), Some("PAYMENT"));
    }
}
