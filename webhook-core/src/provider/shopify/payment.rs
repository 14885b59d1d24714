//! Shopify's payloads in the normal form of payments. The tables are in the documentation of the module above.

use bytes::Bytes;

use super::topic;
use crate::json::{elements, places};
use crate::message::Message;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeClosed, DisputeLost, DisputeWon, Disputed, Expired, Failed, Other,
    Paid, PartiallyRefunded, Pending, Refund, RefundFailed, RefundPending, Refunded,
    SubscriptionActive, SubscriptionCanceled, SubscriptionPastDue, SubscriptionPaused, Unconfirmed,
};
use crate::payment::read::{self, Read, major};
use crate::payment::{Amount, Meaning, PaymentUpdate, Places, Rule, Unit, When};
use crate::{DecodeError, TimeUnit};

pub(super) fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let body = message.body();
    let other = PaymentUpdate::other(message);
    for name in places(body, NAMES)? {
        if let Some(topic) = name.get()?.and_then(topic_of_name) {
            return Ok(vec![read(topic, body, other)?]);
        }
    }
    // Nothing in the body says what it is; the topic does, and anybody could have changed that.
    let topic = message.any_kind().unwrap_or_default();
    let claimed = read(topic, body, PaymentUpdate::claimed(message))?;
    if claimed.status == Other {
        return Ok(vec![other]);
    }
    let unconfirmed = PaymentUpdate {
        status: Unconfirmed,
        ..other
    };
    Ok(vec![unconfirmed.with_unverified(claimed)])
}

/// Where an object names itself.
const NAMES: [&str; 3] = ["/admin_graphql_api_id", APP_SUBSCRIPTION, APP_PURCHASE];

/// A topic that such an object comes under; an empty one where it means nothing for a payment. None where the topic alone says
/// what happened.
fn topic_of_name(name: &str) -> Option<&'static str> {
    let (class, _) = name.strip_prefix("gid://shopify/")?.split_once('/')?;
    Some(match class {
        "Order" => topic::ORDERS_UPDATED,
        "OrderTransaction" => topic::ORDER_TRANSACTIONS_CREATE,
        "Refund" => topic::REFUNDS_CREATE,
        "SubscriptionContract" => "subscription_contracts/update",
        "AppSubscription" => "app_subscriptions/update",
        "AppPurchaseOneTime" => "app_purchases_one_time/update",
        "PaymentSchedule" => "payment_schedules/due",
        "SubscriptionBillingAttempt" => return None,
        _ => "",
    })
}

/// `other` with what the payload says; as it was where that means nothing for a payment.
fn read(topic: &str, body: &Bytes, other: PaymentUpdate) -> Result<PaymentUpdate, DecodeError> {
    if topic == topic::REFUNDS_CREATE {
        let transactions = elements(body, "/transactions")?;
        for (state, status) in [("success", Refund), ("pending", RefundPending)] {
            let back = money_back(&transactions, state)?;
            if !back.is_empty() {
                return Ok(PaymentUpdate {
                    status,
                    amount: sum(&back)?.map(|sum| sum.map(Amount::Step)),
                    ..MEANING.update(topic, body, other)?
                });
            }
        }
        // Goods can be taken back without money.
        return Ok(other);
    }
    let mut update = MEANING.update(topic, body, other)?;
    if matches!(update.status, Refunded | PartiallyRefunded) {
        let mut transactions = Vec::new();
        for refund in elements(body, "/refunds")? {
            transactions.extend(elements(&refund, "/transactions")?);
        }
        let back = money_back(&transactions, "success")?;
        if back.is_empty() {
            update.missing.push("/refunds");
        }
        update.amount = sum(&back)?.map(|sum| sum.map(Amount::Total));
    }
    Ok(update)
}

/// What Shopify's topics mean for a payment. What went back is summed up beside it.
pub const MEANING: Meaning = Meaning::new(
    ORDER,
    &[
        Rule::by(
            ORDERS,
            FINANCIAL_STATUS,
            &[("pending", Canceled), ("authorized", Canceled)],
        )
        .when(&[When::Present("/cancelled_at")]),
        Rule::by(
            ORDERS,
            FINANCIAL_STATUS,
            &[
                ("pending", Pending),
                ("partially_paid", Pending),
                ("authorized", Authorized),
                ("voided", Canceled),
                ("expired", Expired),
            ],
        ),
        Rule::new(ORDERS, Paid)
            .when(&[When::Is(FINANCIAL_STATUS, &["paid"])])
            .amount(&["/total_price - /total_outstanding"])
            .twin(topic::ORDER_TRANSACTIONS_CREATE),
        Rule::by(
            ORDERS,
            FINANCIAL_STATUS,
            &[
                ("refunded", Refunded),
                ("partially_refunded", PartiallyRefunded),
            ],
        )
        .amount(&[]),
        Rule::by(TRANSACTIONS, KIND, &[("sale", Paid), ("capture", Paid)])
            .when(&[SUCCESS])
            .places(&TRANSACTION)
            .twin(topic::ORDERS_PAID),
        Rule::by(
            TRANSACTIONS,
            KIND,
            &[("authorization", Authorized), ("void", Canceled)],
        )
        .when(&[SUCCESS])
        .places(&TRANSACTION),
        Rule::new(TRANSACTIONS, Refund)
            .when(&[IS_REFUND, SUCCESS])
            .places(&TRANSACTION)
            .twin(topic::REFUNDS_CREATE),
        Rule::by(
            TRANSACTIONS,
            STATUS,
            &[
                ("pending", RefundPending),
                ("failure", RefundFailed),
                ("error", RefundFailed),
            ],
        )
        .when(&[IS_REFUND])
        .places(&TRANSACTION),
        Rule::by(
            TRANSACTIONS,
            STATUS,
            &[("pending", Pending), ("failure", Failed), ("error", Failed)],
        )
        .when(&[When::Is(KIND, &["sale", "authorization", "capture"])])
        .places(&TRANSACTION),
        Rule::new(&[topic::REFUNDS_CREATE], Refund)
            .places(&REFUND)
            .twin(topic::ORDER_TRANSACTIONS_CREATE),
        Rule::by(
            &["disputes/create", "disputes/update"],
            STATUS,
            &[
                ("needs_response", Disputed),
                ("under_review", Disputed),
                ("won", DisputeWon),
                ("lost", DisputeLost),
                ("accepted", DisputeLost),
                ("prevented", DisputeClosed),
                ("charge_refunded", DisputeClosed),
            ],
        )
        .places(&DISPUTE),
        Rule::by(
            &["subscription_contracts/*"],
            STATUS,
            &[
                ("active", SubscriptionActive),
                ("paused", SubscriptionPaused),
                ("cancelled", SubscriptionCanceled),
                ("expired", SubscriptionCanceled),
                ("failed", SubscriptionCanceled),
                ("stale", SubscriptionCanceled),
            ],
        )
        .amount(&[]),
        Rule::new(
            &["subscription_billing_attempts/success"],
            SubscriptionActive,
        )
        .places(&BILLING_ATTEMPT),
        Rule::new(
            &["subscription_billing_attempts/failure"],
            SubscriptionPastDue,
        )
        .places(&BILLING_ATTEMPT),
        Rule::new(&["subscription_billing_attempts/challenged"], Pending).places(&BILLING_ATTEMPT),
        Rule::new(&["payment_schedules/due"], Pending).amount(&["/balance_due"]),
        Rule::by(
            &["app_subscriptions/update"],
            "/app_subscription/status",
            &[
                ("PENDING", Pending),
                ("ACTIVE", SubscriptionActive),
                ("FROZEN", SubscriptionPastDue),
                ("CANCELLED", SubscriptionCanceled),
                ("EXPIRED", SubscriptionCanceled),
                ("DECLINED", Failed),
            ],
        )
        .places(&SUBSCRIPTION_TO_APP),
        Rule::by(
            &["app_purchases_one_time/update"],
            "/app_purchase_one_time/status",
            &[
                ("PENDING", Pending),
                ("ACTIVE", Paid),
                ("DECLINED", Failed),
                ("EXPIRED", Expired),
            ],
        )
        .places(&PURCHASE_OF_APP),
    ],
);

const ORDERS: &[&str] = &["orders/*"];
const TRANSACTIONS: &[&str] = &[topic::ORDER_TRANSACTIONS_CREATE];
const FINANCIAL_STATUS: &str = "/financial_status";
const STATUS: &str = "/status";
const KIND: &str = "/kind";
const SUCCESS: When = When::Is(STATUS, &["success"]);
const IS_REFUND: When = When::Is(KIND, &["refund"]);
const APP_SUBSCRIPTION: &str = "/app_subscription/admin_graphql_api_id";
const APP_PURCHASE: &str = "/app_purchase_one_time/admin_graphql_api_id";

const ORDER: Places = Places::new(Unit::Major)
    .amount(&["/total_price"])
    .currency(&["/currency"])
    .reference(&["/name"])
    .transaction(&["/id"])
    .time(TimeUnit::Rfc3339, &["/updated_at"]);

const TRANSACTION: Places = Places::new(Unit::Major)
    .step_amount(&["/amount"])
    .step_id(&["/id"])
    .currency(&["/currency"])
    .transaction(&["/order_id"])
    .time(TimeUnit::Rfc3339, &["/created_at"]);

const REFUND: Places = Places::NONE
    .step_id(&["/id"])
    .transaction(&["/order_id"])
    .time(TimeUnit::Rfc3339, &["/created_at"]);

const DISPUTE: Places = Places::new(Unit::Major)
    .amount(&["/amount"])
    .step_id(&["/id"])
    .currency(&["/currency"])
    .transaction(&["/order_id"])
    .time(TimeUnit::Rfc3339, &["/initiated_at"]);

const BILLING_ATTEMPT: Places = Places::NONE.transaction(&["/subscription_contract_id"]);

const SUBSCRIPTION_TO_APP: Places = Places::NONE
    .transaction(&[APP_SUBSCRIPTION])
    .time(TimeUnit::Rfc3339, &["/app_subscription/updated_at"]);

const PURCHASE_OF_APP: Places = Places::NONE
    .transaction(&[APP_PURCHASE])
    .time(TimeUnit::Rfc3339, &["/app_purchase_one_time/updated_at"]);

/// Those of the transactions that are refunds in this state.
fn money_back(transactions: &[Bytes], state: &str) -> Result<Vec<Bytes>, DecodeError> {
    let mut back = Vec::new();
    for transaction in transactions {
        let [kind, status] = places(transaction, [KIND, STATUS])?;
        if kind.str()? == "refund" && status.str()? == state {
            back.push(transaction.clone());
        }
    }
    Ok(back)
}

/// The sum of these transactions; none where there is none.
fn sum(transactions: &[Bytes]) -> Result<Read, DecodeError> {
    let part = |transaction: &Bytes| {
        let [amount, currency] = places(transaction, ["/amount", "/currency"])?;
        Ok(major(&amount, &currency))
    };
    let parts: Vec<Read> = transactions
        .iter()
        .map(part)
        .collect::<Result<_, DecodeError>>()?;
    Ok(read::sum(parts))
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::shopify::SCHEME;
    use crate::testing::Signer;
    use crate::testing::support::{NOW, only, signed};

    fn event(topic: &str, body: &str) -> PaymentUpdate {
        let signer = Signer::new(SCHEME, "a secret for tests").unwrap();
        let signer = signer.id("b54557e4").kind(topic);
        let secrets = json!({"secrets": "a secret for tests"});
        only(&signed("shopify", secrets, &signer, body)).unwrap()
    }

    #[test]
    fn the_time_is_when_the_object_was_changed() {
        for body in [
            r#"{"admin_graphql_api_id":"gid:\/\/shopify\/Order\/1","financial_status":"paid","updated_at":"2026-08-05T05:00:00-04:00"}"#,
            r#"{"admin_graphql_api_id":"gid:\/\/shopify\/Refund\/1","created_at":"2026-08-05T05:00:00-04:00",
                "transactions":[{"kind":"refund","status":"success","amount":"1.00","currency":"USD"}]}"#,
        ] {
            let update = event(topic::ORDERS_PAID, body);
            assert_eq!(update.time, Some(NOW), "{body}");
            assert_eq!((update.event_id, update.kind), (None, None));
        }
    }

    #[test]
    fn what_only_the_topic_says_is_claimed() {
        let dispute = r#"{"status":"won","initiated_at":"2026-08-05T05:00:00-04:00"}"#;
        let update = event("disputes/update", dispute);
        assert_eq!((update.kind.as_ref(), update.time), (None, None));
        let claimed = update.dangerously_trust_unverified();
        assert_eq!(claimed.time, Some(NOW));
        assert_eq!(claimed.kind.unwrap(), "disputes/update");
        assert_eq!(claimed.event_id.unwrap(), "b54557e4");
    }
}
