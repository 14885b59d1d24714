//! Shopify's payloads in the normal form of payments. The table is in the documentation of the module above.

use bytes::Bytes;

use super::topic;
use crate::json::{elements, places};
use crate::message::Message;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeLost, DisputeWon, Disputed, Expired, Other, Paid,
    PartiallyRefunded, Pending, Refunded, Unconfirmed,
};
use crate::payment::read::{Amount, major};
use crate::payment::{Meaning, MoneyError, PaymentUpdate, Places, Rule, Unit, When};
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
        amount: returned(back)?,
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
fn returned(transactions: &[Bytes]) -> Result<Amount, DecodeError> {
    let mut sum: Amount = Ok(None);
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

    use super::super::SCHEME;
    use super::*;
    use crate::UnixTime;
    use crate::payment::PaymentStatus;
    use crate::testing::Signer;
    use crate::testing::support::only;
    use crate::testing::support::{line, signed};

    fn read(topic: &str, body: &str) -> Result<PaymentUpdate, DecodeError> {
        let signer = Signer::new(SCHEME, "a secret for tests").unwrap();
        let signer = signer.id("b54557e4").kind(topic);
        let secrets = json!({"secrets": "a secret for tests"});
        only(&signed("shopify", secrets, &signer, body))
    }

    fn event(topic: &str, body: &str) -> PaymentUpdate {
        read(topic, body).unwrap()
    }

    const REFUND: &str = r#"{"id":509562969,"admin_graphql_api_id":"gid:\/\/shopify\/Refund\/509562969",
        "order_id":820982911946154508,"created_at":"2026-08-05T05:00:00-04:00","transactions":[
        {"id":1,"kind":"refund","status":"success","amount":"41.94","currency":"USD"},
        {"id":2,"kind":"refund","status":"success","amount":"0.06","currency":"USD"},
        {"id":3,"kind":"refund","status":"failure","amount":"9.00","currency":"USD"}]}"#;

    fn order(state: &str, canceled: &str) -> String {
        format!(
            r##"{{"id":820982911946154508,"admin_graphql_api_id":"gid:\/\/shopify\/Order\/820982911946154508",
                "cancelled_at":{canceled},"currency":"USD","financial_status":"{state}","name":"#9999",
                "total_price":"398.00","updated_at":"2026-08-05T05:00:00-04:00","refunds":[{REFUND}]}}"##
        )
    }

    #[test]
    fn an_order_says_by_itself_whether_it_is_paid() {
        for (state, canceled, want) in [
            ("pending", false, "pending | 398.00 USD"),
            ("partially_paid", false, "pending | 398.00 USD"),
            ("authorized", false, "authorized | 398.00 USD"),
            ("paid", false, "paid | 398.00 USD"),
            ("expired", false, "expired | 398.00 USD"),
            ("voided", false, "canceled | 398.00 USD"),
            (
                "partially_refunded",
                false,
                "partially_refunded | 42.00 USD",
            ),
            ("refunded", false, "refunded | 42.00 USD"),
            ("pending", true, "canceled | 398.00 USD"),
            ("authorized", true, "canceled | 398.00 USD"),
            ("paid", true, "paid | 398.00 USD"),
            ("refunded", true, "refunded | 42.00 USD"),
        ] {
            let at = if canceled {
                r#""2026-08-05T05:00:00-04:00""#
            } else {
                "null"
            };
            let body = order(state, at);
            let want = format!("{want} | #9999 | 820982911946154508");
            for topic in [
                topic::ORDERS_CREATE,
                topic::ORDERS_PAID,
                topic::PRODUCTS_UPDATE,
            ] {
                assert_eq!(line(&event(topic, &body)), want, "{state} {topic}");
            }
        }
        let unknown = event(topic::ORDERS_PAID, &order("pondered", "null"));
        assert_eq!(line(&unknown), "other | - | - | -");
    }

    #[test]
    fn a_refund_tells_what_went_back() {
        let want = "partially_refunded | 42.00 USD | - | 820982911946154508";
        let refund = event(topic::REFUNDS_CREATE, REFUND);
        assert_eq!(line(&refund), want);
        assert_eq!(refund.time, Some(UnixTime::from_secs(1_785_920_400)));
        let restocked = REFUND.replace("success", "pending");
        assert_eq!(
            event(topic::REFUNDS_CREATE, &restocked).status,
            PaymentStatus::Other
        );
        let mixed = REFUND.replace(r#""0.06","currency":"USD""#, r#""0.06","currency":"EUR""#);
        assert_eq!(
            event(topic::REFUNDS_CREATE, &mixed).amount,
            Err(MoneyError::Ambiguous)
        );
    }

    #[test]
    fn what_only_the_topic_says_is_unconfirmed() {
        let dispute = r#"{"id":285332461850802050,"order_id":820982911946154500,"type":"chargeback","amount":"11.50",
            "currency":"CAD","status":"STATUS","initiated_at":"2026-08-05T05:00:00-04:00"}"#;
        for (status, want) in [
            ("needs_response", "disputed"),
            ("under_review", "disputed"),
            ("won", "dispute_won"),
            ("lost", "dispute_lost"),
            ("accepted", "dispute_lost"),
        ] {
            let update = event("disputes/update", &dispute.replace("STATUS", status));
            assert_eq!(line(&update), "unconfirmed | - | - | -");
            assert_eq!((update.kind.as_ref(), update.time), (None, None));
            let claimed = update.dangerously_trust_unverified();
            let want = format!("{want} | 11.50 CAD | - | 820982911946154500");
            assert_eq!(line(&claimed), want);
            assert_eq!(claimed.time, Some(UnixTime::from_secs(1_785_920_400)));
            assert_eq!(claimed.kind.unwrap(), "disputes/update");
            assert_eq!(claimed.event_id.unwrap(), "b54557e4");
        }
        let paid = r#"{"id":1,"financial_status":"paid","total_price":"1.00","currency":"USD"}"#;
        let update = event(topic::ORDERS_PAID, paid);
        assert_eq!(line(&update), "unconfirmed | - | - | -");
        assert_eq!(
            line(&update.dangerously_trust_unverified()),
            "paid | 1.00 USD | - | 1"
        );
        let refund = REFUND.replace("admin_graphql_api_id", "name");
        let update = event(topic::REFUNDS_CREATE, &refund);
        assert_eq!(line(&update), "unconfirmed | - | - | -");
        assert_eq!(
            line(&update.dangerously_trust_unverified()),
            "partially_refunded | 42.00 USD | - | 820982911946154508"
        );
        for topic in ["customers/create", "draft_orders/create", ""] {
            assert_eq!(line(&event(topic, paid)), "other | - | - | -", "{topic}");
        }
    }

    #[test]
    fn another_object_under_the_topic_of_an_order_is_other() {
        let body = r#"{"id":1,"admin_graphql_api_id":"gid://shopify/Customer/1","financial_status":"paid"}"#;
        let update = event(topic::ORDERS_PAID, body);
        assert_eq!(update.status, PaymentStatus::Other);
        assert!(update.unverified.is_none());
        assert_eq!(
            event(topic::PRODUCTS_CREATE, "{}").status,
            PaymentStatus::Other
        );
    }

    #[test]
    fn currencies_have_their_own_minor_units() {
        for (total, currency, shown) in [
            ("1000", "JPY", "1000 JPY"),
            ("1000.00", "JPY", "1000 JPY"),
            ("1.234", "KWD", "1.234 KWD"),
        ] {
            let body = order("paid", "null")
                .replace("398.00", total)
                .replace("USD", currency);
            let amount = event(topic::ORDERS_PAID, &body).amount.unwrap().unwrap();
            assert_eq!(amount.to_string(), shown);
        }
    }

    #[test]
    fn the_time_is_when_the_order_was_changed() {
        let update = event(topic::ORDERS_PAID, &order("paid", "null"));
        assert_eq!(update.time, Some(UnixTime::from_secs(1_785_920_400)));
        assert_eq!((update.event_id, update.kind), (None, None));
    }

    #[test]
    fn an_amount_that_cannot_be_read_takes_nothing_with_it() {
        let body = order("paid", "null").replace("398.00", "398,00");
        assert_eq!(
            line(&event(topic::ORDERS_PAID, &body)),
            "paid | not_a_number | #9999 | 820982911946154508"
        );
    }
}
