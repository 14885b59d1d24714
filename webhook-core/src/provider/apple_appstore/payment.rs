//! Notifications in the normal form of payments.

use bytes::Bytes;

use super::event::{Notification, Transaction};
use crate::DecodeError;
use crate::message::Message;
use crate::payment::PaymentStatus::{
    Other, Paid, PartiallyRefunded, Refund, RefundFailed, Refunded, SubscriptionActive,
    SubscriptionCanceled, SubscriptionEnding, SubscriptionPastDue,
};
use crate::payment::{Amount, Meaning, MoneyError, PaymentUpdate, Places, Rule, Unit, When};

pub(super) fn read(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let notification = Notification::of(message)?;
    let transaction = notification.transaction.as_ref();
    let payload = transaction.map_or("{}", |transaction| transaction.payload.get());
    let payload = Bytes::copy_from_slice(payload.as_bytes());
    let base = PaymentUpdate::other(message);
    let kind = base.kind.clone();
    let kind = kind.as_deref().unwrap_or_default();
    let update = MEANING.update(kind, &payload, base)?;
    let update = match (update.status, transaction) {
        (Other, _) => return Ok(vec![update]),
        (PartiallyRefunded, Some(transaction)) => a_part_of(transaction, update),
        _ => update,
    };
    let are_several = transaction
        .and_then(|transaction| transaction.quantity)
        .is_some_and(|quantity| quantity != 1);
    Ok(vec![PaymentUpdate {
        amount: match update.amount {
            // Apple does not say whether the price of several is that of one.
            Ok(Some(_)) if are_several => Err(MoneyError::UnknownUnit),
            amount => amount,
        },
        time: notification.signed_date,
        ..update
    }])
}

/// A refund of a part of the price.
fn a_part_of(transaction: &Transaction, update: PaymentUpdate) -> PaymentUpdate {
    let part = transaction.revoked_amount();
    let is_not_told = transaction.revocation_percentage.is_none();
    PaymentUpdate {
        amount: part.map(|part| part.map(Amount::Step)),
        missing: update
            .missing
            .into_iter()
            .chain(is_not_told.then_some("/revocationPercentage"))
            .collect(),
        ..update
    }
}

/// What Apple's kinds mean for a payment. The places are inside of the signed transaction.
pub const MEANING: Meaning = Meaning::new(
    TRANSACTION,
    &[
        Rule::new(&["ONE_TIME_CHARGE*"], Paid)
            .when(&[When::Not(OWNERSHIP, &["FAMILY_SHARED"])])
            .step_amount(PRICE),
        // The buyer has a transaction of their own.
        Rule::new(BOUGHT, SubscriptionActive).when(&[When::Is(OWNERSHIP, &["FAMILY_SHARED"])]),
        Rule::new(BOUGHT, SubscriptionActive).step_amount(PRICE),
        Rule::new(
            &[
                "RENEWAL_EXTENDED*",
                "DID_CHANGE_RENEWAL_STATUS.AUTO_RENEW_ENABLED",
            ],
            SubscriptionActive,
        ),
        Rule::new(
            &["DID_CHANGE_RENEWAL_STATUS.AUTO_RENEW_DISABLED"],
            SubscriptionEnding,
        ),
        Rule::new(
            &["DID_FAIL_TO_RENEW*", "GRACE_PERIOD_EXPIRED*"],
            SubscriptionPastDue,
        ),
        Rule::new(&["EXPIRED*"], SubscriptionCanceled),
        Rule::new(&["REVOKE*"], SubscriptionCanceled)
            .when(&[When::Not("/type", &["Non-Consumable"])]),
        Rule::by(
            REFUND,
            "/revocationType",
            &[
                ("REFUND_FULL", Refunded),
                ("REFUND_PRORATED", PartiallyRefunded),
            ],
        )
        .step_amount(PRICE),
        Rule::new(REFUND, Refund),
        Rule::new(&["REFUND_REVERSED*"], RefundFailed),
    ],
);

/// What a subscription is bought or renewed by. `OFFER_REDEEMED.DOWNGRADE` charges nothing before the next renewal.
const BOUGHT: &[&str] = &[
    "SUBSCRIBED*",
    "DID_RENEW*",
    "OFFER_REDEEMED",
    "OFFER_REDEEMED.INITIAL_BUY",
    "OFFER_REDEEMED.RESUBSCRIBE",
    "OFFER_REDEEMED.UPGRADE",
    "DID_CHANGE_RENEWAL_PREF.UPGRADE",
];
const REFUND: &[&str] = &["REFUND", "REFUND.*"];
const OWNERSHIP: &str = "/inAppOwnershipType";
const PRICE: &[&str] = &["/price"];

const TRANSACTION: Places = Places::new(Unit::Thousandths)
    .currency(&["/currency"])
    .reference(&["/appAccountToken"])
    .transaction(&["/transactionId"]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::super::signer::{Signer, TEST_ROOT};
    use crate::Coverage;
    use crate::delivery::Delivery;
    use crate::testing::support;
    use crate::testing::support::{NOW, only};
    use base64ct::{Base64, Encoding};

    fn delivery(payload: &Value) -> Delivery {
        let settings = json!({
            "bundle_id": "app",
            "environment": "Sandbox",
            "roots_der_base64": Base64::encode_string(TEST_ROOT),
        });
        support::signed(
            "apple-appstore",
            settings,
            &Signer::new(),
            payload.to_string(),
        )
    }

    fn notification(kind: &str, subtype: Option<&str>, transaction: &Value) -> Value {
        let mut transaction = transaction.clone();
        transaction["bundleId"] = json!("app");
        transaction["environment"] = json!("Sandbox");
        let data = json!({"bundleId": "app", "environment": "Sandbox", "signedTransactionInfo": transaction});
        json!({"notificationType": kind, "subtype": subtype, "notificationUUID": "id", "data": data})
    }

    fn transaction() -> Value {
        json!({
            "transactionId": "200000123456789", "originalTransactionId": "200000000000001",
            "productId": "pro.monthly", "appAccountToken": "7e4b31cf-f3c9-4308-a290-d8387f4054b1",
            "quantity": 1, "price": 9990, "currency": "EUR",
        })
    }

    #[test]
    fn says_which_event_and_when() {
        let payload = notification("DID_RENEW", None, &transaction());
        let update = only(&delivery(&payload)).unwrap();
        assert_eq!(update.event_id.unwrap(), "id");
        assert_eq!(update.kind.unwrap(), "DID_RENEW");
        assert_eq!(update.coverage, Coverage::Fields);
        assert_eq!(update.time, Some(NOW));
    }
}
