//! Shopify's payloads in the normal form of payments. The tables are in the documentation of the module above.

use bytes::Bytes;

use super::topic;
use crate::json::{elements, places};
use crate::message::Message;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeLost, DisputeWon, Disputed, Expired, Other, Paid,
    PartiallyRefunded, Pending, Refunded, Unconfirmed,
};
use crate::payment::read::{Read, major};
use crate::payment::{Amount, Meaning, MoneyError, PaymentUpdate, Places, Rule, Unit, When};
use crate::{DecodeError, TimeUnit};

pub(super) fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let body = message.body();
    let other = PaymentUpdate::other(message);
    let [name] = places(body, ["/admin_graphql_api_id"])?;
    if let Some(name) = name.get()? {
        return Ok(vec![read(topic_of_name(name), body, other)?]);
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

/// A topic that such an object comes under; none where it means nothing for a payment.
fn topic_of_name(name: &str) -> &'static str {
    let name = name.strip_prefix("gid://shopify/").unwrap_or_default();
    match name.split_once('/') {
        Some(("Order", _)) => topic::ORDERS_UPDATED,
        Some(("Refund", _)) => topic::REFUNDS_CREATE,
        _ => "",
    }
}

/// `other` with what the payload says; as it was where that means nothing for a payment.
fn read(topic: &str, body: &Bytes, other: PaymentUpdate) -> Result<PaymentUpdate, DecodeError> {
    if topic == topic::REFUNDS_CREATE {
        let back = money_back(elements(body, "/transactions")?)?;
        // Goods can be taken back without money.
        return match back.is_empty() {
            true => Ok(other),
            false => with_sum(&back, MEANING.update(topic, body, other)?),
        };
    }
    let update = MEANING.update(topic, body, other)?;
    match update.status {
        Refunded | PartiallyRefunded => {
            let mut transactions = Vec::new();
            for refund in elements(body, "/refunds")? {
                transactions.extend(elements(&refund, "/transactions")?);
            }
            with_sum(&money_back(transactions)?, update)
        }
        _ => Ok(update),
    }
}

fn with_sum(back: &[Bytes], update: PaymentUpdate) -> Result<PaymentUpdate, DecodeError> {
    Ok(PaymentUpdate {
        amount: returned(back)?.map(|sum| sum.map(Amount::Total)),
        ..update
    })
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
                ("paid", Paid),
                ("voided", Canceled),
                ("expired", Expired),
            ],
        ),
        Rule::by(
            ORDERS,
            FINANCIAL_STATUS,
            &[
                ("refunded", Refunded),
                ("partially_refunded", PartiallyRefunded),
            ],
        )
        .amount(&[]),
        Rule::new(&[topic::REFUNDS_CREATE], PartiallyRefunded).places(&REFUND),
        Rule::by(
            &["disputes/create", "disputes/update"],
            "/status",
            &[
                ("needs_response", Disputed),
                ("under_review", Disputed),
                ("won", DisputeWon),
                ("lost", DisputeLost),
                ("accepted", DisputeLost),
            ],
        )
        .places(&DISPUTE),
    ],
);

const ORDERS: &[&str] = &["orders/*"];
const FINANCIAL_STATUS: &str = "/financial_status";

const ORDER: Places = Places::new(Unit::Major)
    .amount(&["/total_price"])
    .currency(&["/currency"])
    .reference(&["/name"])
    .transaction(&["/id"])
    .time(TimeUnit::Rfc3339, &["/updated_at"]);

const REFUND: Places = Places::NONE
    .transaction(&["/order_id"])
    .time(TimeUnit::Rfc3339, &["/created_at"]);

const DISPUTE: Places = Places::new(Unit::Major)
    .amount(&["/amount"])
    .currency(&["/currency"])
    .transaction(&["/order_id"])
    .time(TimeUnit::Rfc3339, &["/initiated_at"]);

/// Those of the transactions that gave money back.
fn money_back(transactions: Vec<Bytes>) -> Result<Vec<Bytes>, DecodeError> {
    let mut back = Vec::new();
    for transaction in transactions {
        let [kind, status] = places(&transaction, ["/kind", "/status"])?;
        if kind.str()? == "refund" && status.str()? == "success" {
            back.push(transaction);
        }
    }
    Ok(back)
}

/// The sum of what went back; none where nothing did.
fn returned(transactions: &[Bytes]) -> Result<Read, DecodeError> {
    let mut sum: Read = Ok(None);
    for transaction in transactions {
        let [amount, currency] = places(transaction, ["/amount", "/currency"])?;
        sum = match (sum, major(&amount, &currency)) {
            (Ok(None), first) => first,
            (Ok(Some(before)), Ok(Some(amount))) => before.plus(amount).map(Some),
            (Ok(Some(_)), Ok(None)) => Err(MoneyError::Ambiguous),
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
    }
    Ok(sum)
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
