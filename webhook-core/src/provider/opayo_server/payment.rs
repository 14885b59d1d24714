//! What a notification says about a payment.

use super::signed::FIELDS;
use crate::DecodeError;
use crate::message::Message;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, Failed, Other, Paid, Pending, Unconfirmed,
};
use crate::payment::{Meaning, PaymentUpdate, Places, Rule, Unit, When};
use crate::verify::Form;

pub(super) fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let form = Form::read(message.body(), &FIELDS)
        .map_err(|_| DecodeError::new(".", "not the form of a notification"))?;
    let kind = form.text("TxType");
    let value = |name: &str| form.text(name);
    let claimed = MEANING.update_of(kind, value, PaymentUpdate::claimed(message))?;
    let update = PaymentUpdate {
        status: match (form.text("Status"), kind) {
            // Signed in a way that no payment can have.
            (OK, "TOKEN") => Other,
            // Whether it was paid or only reserved is not signed.
            (OK, _) => Unconfirmed,
            _ => claimed.status,
        },
        reference: claimed.reference.clone(),
        transaction_id: claimed.transaction_id.clone(),
        ..PaymentUpdate::other(message)
    };
    Ok(vec![update.with_unverified(claimed)])
}

/// What Opayo's `TxType` and `Status` mean for a payment. `TxType` is only claimed.
pub const MEANING: Meaning = Meaning::new(
    PLACES,
    &[
        Rule::new(&["PAYMENT"], Paid).when(DONE),
        Rule::new(&["DEFERRED"], Authorized).when(DONE),
        Rule::new(&["AUTHENTICATE"], Pending).when(DONE),
        Rule::by(
            &["*"],
            STATUS,
            &[
                ("NOTAUTHED", Failed),
                ("REJECTED", Failed),
                ("ERROR", Failed),
                ("ABORT", Canceled),
                ("PENDING", Pending),
                ("AUTHENTICATED", Pending),
                ("REGISTERED", Pending),
            ],
        ),
        Rule::new(&["*"], Other),
    ],
);

const OK: &str = "OK";
const STATUS: &str = "/Status";
const DONE: &[When] = &[When::Is(STATUS, &[OK])];

/// No notification says an amount.
const PLACES: Places = Places::new(Unit::Major)
    .reference(&["/VendorTxCode"])
    .transaction(&["/VPSTxId"]);

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
