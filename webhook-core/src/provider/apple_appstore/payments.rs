//! Notifications in the normal form of payments.

use super::{Notification, Transaction};
use crate::DecodeError;
use crate::message::Message;
use crate::payment::read::Amount;
use crate::payment::{MoneyError, PaymentStatus, PaymentUpdate};

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
        amount,
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
fn price(transaction: &Transaction) -> Amount {
    match (transaction.quantity, transaction.price) {
        (None | Some(1), _) | (_, None) => transaction.amount(),
        (Some(_), Some(_)) => Err(MoneyError::UnknownUnit),
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::super::{Signer, TEST_ROOT};
    use super::*;
    use crate::Coverage;
    use crate::delivery::Delivery;
    use crate::testing::support;
    use crate::testing::support::NOW;
    use crate::testing::support::only;
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
    fn what_happened_and_for_how_much() {
        use PaymentStatus::*;

        for (kind, subtype, status, amount) in [
            ("ONE_TIME_CHARGE", None, Paid, Some("9.99 EUR")),
            (
                "SUBSCRIBED",
                Some("INITIAL_BUY"),
                SubscriptionActive,
                Some("9.99 EUR"),
            ),
            (
                "SUBSCRIBED",
                Some("RESUBSCRIBE"),
                SubscriptionActive,
                Some("9.99 EUR"),
            ),
            ("DID_RENEW", None, SubscriptionActive, Some("9.99 EUR")),
            (
                "DID_RENEW",
                Some("BILLING_RECOVERY"),
                SubscriptionActive,
                Some("9.99 EUR"),
            ),
            (
                "OFFER_REDEEMED",
                Some("UPGRADE"),
                SubscriptionActive,
                Some("9.99 EUR"),
            ),
            (
                "DID_CHANGE_RENEWAL_PREF",
                Some("UPGRADE"),
                SubscriptionActive,
                Some("9.99 EUR"),
            ),
            ("DID_CHANGE_RENEWAL_PREF", Some("DOWNGRADE"), Other, None),
            (
                "DID_CHANGE_RENEWAL_STATUS",
                Some("AUTO_RENEW_ENABLED"),
                SubscriptionActive,
                None,
            ),
            (
                "DID_CHANGE_RENEWAL_STATUS",
                Some("AUTO_RENEW_DISABLED"),
                SubscriptionCanceled,
                None,
            ),
            ("RENEWAL_EXTENDED", None, SubscriptionActive, None),
            (
                "DID_FAIL_TO_RENEW",
                Some("GRACE_PERIOD"),
                SubscriptionPastDue,
                None,
            ),
            ("DID_FAIL_TO_RENEW", None, SubscriptionPastDue, None),
            ("GRACE_PERIOD_EXPIRED", None, SubscriptionPastDue, None),
            ("EXPIRED", Some("VOLUNTARY"), SubscriptionCanceled, None),
            ("REFUND", None, Refunded, None),
            ("REFUND_REVERSED", None, Paid, None),
            ("REFUND_DECLINED", None, Other, None),
            ("CONSUMPTION_REQUEST", None, Other, None),
            ("REVOKE", None, Other, None),
            ("PRICE_INCREASE", Some("PENDING"), Other, None),
            ("SOMETHING_NEW", None, Other, None),
        ] {
            let payload = notification(kind, subtype, &transaction());
            let update = only(&delivery(&payload)).unwrap();
            assert_eq!(update.status, status, "{kind} {subtype:?}");
            let got = update.amount.unwrap().map(|amount| amount.to_string());
            assert_eq!(got.as_deref(), amount, "{kind} {subtype:?}");
            assert_eq!(update.coverage, Coverage::Fields);
            assert!(update.unverified.is_none());
        }
    }

    #[test]
    fn says_which_payment_and_whose() {
        let payload = notification("DID_RENEW", None, &transaction());
        let update = only(&delivery(&payload)).unwrap();
        assert_eq!(update.event_id.unwrap(), "id");
        assert_eq!(update.kind.unwrap(), "DID_RENEW");
        assert_eq!(update.transaction_id.unwrap(), "200000123456789");
        assert_eq!(
            update.reference.unwrap(),
            "7e4b31cf-f3c9-4308-a290-d8387f4054b1"
        );
        assert_eq!(update.time, Some(NOW));
    }

    #[test]
    fn a_prorated_refund_is_a_part() {
        for (kind, status) in [
            ("REFUND_PRORATED", PaymentStatus::PartiallyRefunded),
            ("REFUND_FULL", PaymentStatus::Refunded),
        ] {
            let mut transaction = transaction();
            transaction["revocationType"] = json!(kind);
            let payload = notification("REFUND", None, &transaction);
            let update = only(&delivery(&payload)).unwrap();
            assert_eq!(update.status, status, "{kind}");
        }
    }

    #[test]
    fn the_price_of_several_is_not_guessed() {
        let mut transaction = transaction();
        transaction["quantity"] = json!(3);
        let payload = notification("ONE_TIME_CHARGE", None, &transaction);
        let update = only(&delivery(&payload)).unwrap();
        assert_eq!(
            (update.status, update.amount),
            (PaymentStatus::Paid, Err(MoneyError::UnknownUnit))
        );
    }

    #[test]
    fn without_a_transaction_nothing_is_said_of_a_payment() {
        let data = json!({"bundleId": "app", "environment": "Sandbox"});
        for kind in ["TEST", "DID_RENEW", "REFUND"] {
            let payload = json!({"notificationType": kind, "data": data});
            let update = only(&delivery(&payload)).unwrap();
            assert_eq!(update.status, PaymentStatus::Other, "{kind}");
        }
    }
}
