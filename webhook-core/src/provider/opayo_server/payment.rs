//! What a notification says about a payment.

use super::verifier::FIELDS;
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

    use super::super::Signer;
    use super::*;
    use crate::testing::support::only;
    use crate::testing::support::{line, signed};

    const PAID: &str = "VPSProtocol=4.00&TxType=PAYMENT&VendorTxCode=ord-558557\
        &VPSTxId=%7BB89EA109-35C5-4E93-9A25-50EB296307E2%7D&Status=OK&StatusDetail=Authorised.\
        &TxAuthNo=7224466&AVSCV2=ALL+MATCH&GiftAid=0&Last4Digits=0006";

    const TOKEN: &str = "VPSProtocol=4.00&TxType=TOKEN&VendorTxCode=ord-558557\
        &VPSTxId=%7BB89EA109-35C5-4E93-9A25-50EB296307E2%7D&Status=OK\
        &Token=%7B0A8B2E9B-1111-4E93-9A25-50EB296307E2%7D&CardType=VISA&Last4Digits=0006";

    fn update(form: &str) -> PaymentUpdate {
        let keys = json!({"ord-558557": "SSCWEVEV6S"});
        let settings = json!({"vendor": "LabVendor", "security_key_by_vendor_tx_code": keys});
        let signer = Signer::new("LabVendor", "SSCWEVEV6S").unwrap();
        only(&signed("opayo-server", settings, &signer, form)).unwrap()
    }

    #[test]
    fn statuses_become_updates() {
        for (with, want) in [
            ("NOTAUTHED", "failed"),
            ("REJECTED", "failed"),
            ("ERROR", "failed"),
            ("ABORT", "canceled"),
            ("PENDING", "pending"),
            ("REGISTERED", "pending"),
            ("OK REPEATED", "other"),
            ("OK", "unconfirmed"),
        ] {
            let update = update(&PAID.replace("Status=OK", &format!("Status={with}")));
            let want =
                format!("{want} | - | ord-558557 | {{B89EA109-35C5-4E93-9A25-50EB296307E2}}");
            assert_eq!(line(&update), want, "{with}");
            assert_eq!(update.kind, None, "{with}");
        }
    }

    #[test]
    fn whether_the_money_was_taken_is_only_claimed() {
        for (kind, want) in [
            ("PAYMENT", PaymentStatus::Paid),
            ("DEFERRED", PaymentStatus::Authorized),
            ("AUTHENTICATE", PaymentStatus::Other),
        ] {
            let update = update(&PAID.replace("PAYMENT", kind));
            assert_eq!(update.status, PaymentStatus::Unconfirmed, "{kind}");
            let claimed = update.dangerously_trust_unverified();
            assert_eq!(claimed.status, want, "{kind}");
            assert_eq!(claimed.kind.as_deref(), Some(kind));
            assert_eq!(claimed.reference.as_deref(), Some("ord-558557"));
            assert_eq!(
                claimed.transaction_id.as_deref(),
                Some("{B89EA109-35C5-4E93-9A25-50EB296307E2}")
            );
        }
    }

    #[test]
    fn a_token_registration_is_no_payment() {
        assert_eq!(update(TOKEN).status, PaymentStatus::Other);
    }
}
