//! Notifications in the normal form of payments.

use super::event::{Notification, Transaction};
use crate::DecodeError;
use crate::message::Message;
use crate::payment::read::Read;
use crate::payment::{Amount, MoneyError, PaymentStatus, PaymentUpdate};

pub(super) fn read(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let notification = Notification::of(message)?;
    let Some(transaction) = &notification.transaction else {
        return Ok(vec![PaymentUpdate::other(message)]);
    };
    let (status, amount) = match what_happened(&notification, transaction) {
        Happened::Bought(status) => (status, price(transaction)),
        Happened::Became(status) => (status, Ok(None)),
        Happened::Nothing => return Ok(vec![PaymentUpdate::other(message)]),
    };
    Ok(vec![PaymentUpdate {
        status,
        amount: amount.map(|sum| sum.map(Amount::Step)),
        reference: transaction.app_account_token.clone(),
        transaction_id: transaction.transaction_id.clone(),
        time: notification.signed_date,
        ..PaymentUpdate::other(message)
    }])
}

enum Happened {
    /// Something was bought for the price of the transaction.
    Bought(PaymentStatus),
    Became(PaymentStatus),
    Nothing,
}

fn what_happened(notification: &Notification, transaction: &Transaction) -> Happened {
    use Happened::{Became, Bought, Nothing};
    use PaymentStatus::{
        Paid, PartiallyRefunded, Refunded, SubscriptionActive, SubscriptionCanceled,
        SubscriptionPastDue,
    };

    let subtype = notification.subtype.as_deref().unwrap_or_default();
    match (notification.notification_type.as_str(), subtype) {
        ("ONE_TIME_CHARGE", _) => Bought(Paid),
        ("SUBSCRIBED" | "DID_RENEW" | "OFFER_REDEEMED", _) => Bought(SubscriptionActive),
        ("DID_CHANGE_RENEWAL_PREF", "UPGRADE") => Bought(SubscriptionActive),
        ("REFUND_REVERSED", _) => Became(Paid),
        ("REFUND", _) => match transaction.revocation_type.as_deref() {
            Some("REFUND_PRORATED") => Became(PartiallyRefunded),
            _ => Became(Refunded),
        },
        ("RENEWAL_EXTENDED", _) => Became(SubscriptionActive),
        ("DID_CHANGE_RENEWAL_STATUS", "AUTO_RENEW_ENABLED") => Became(SubscriptionActive),
        ("DID_CHANGE_RENEWAL_STATUS", "AUTO_RENEW_DISABLED") => Became(SubscriptionCanceled),
        ("EXPIRED", _) => Became(SubscriptionCanceled),
        ("DID_FAIL_TO_RENEW" | "GRACE_PERIOD_EXPIRED", _) => Became(SubscriptionPastDue),
        _ => Nothing,
    }
}

/// Apple does not say whether the price of several is that of one.
fn price(transaction: &Transaction) -> Read {
    match (transaction.quantity, transaction.price) {
        (None | Some(1), _) | (_, None) => transaction.amount(),
        (Some(_), Some(_)) => Err(MoneyError::UnknownUnit),
    }
}

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
