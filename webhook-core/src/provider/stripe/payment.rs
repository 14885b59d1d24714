//! Stripe's events in the normal form of payments. The table is in the documentation of the module above.

use crate::TimeUnit;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeLost, DisputeWon, Disputed, Expired, Failed, Other, Paid,
    PartiallyRefunded, Pending, Refunded, SubscriptionActive, SubscriptionCanceled,
    SubscriptionPastDue, SubscriptionPaused,
};
use crate::payment::{Meaning, Places, Rule, Unit, When};

/// What Stripe's kinds mean for a payment. Thin events have `v2.core.event` in the place of `event`, and no object inside.
pub const MEANING: Meaning = Meaning::new(
    PLACES,
    &[
        // Nothing is bought: a card is stored for later.
        Rule::new(&["checkout.session.*"], Other)
            .when(&[When::Is("/data/object/mode", &["setup"])])
            .places(&Places::NONE),
        Rule::new(SESSION_DONE, Paid)
            .when(&[When::Is(
                "/data/object/payment_status",
                &["paid", "no_payment_required"],
            )])
            .amount(TOTAL),
        Rule::new(SESSION_DONE, Pending).amount(TOTAL),
        Rule::new(&["checkout.session.async_payment_failed"], Failed).amount(TOTAL),
        Rule::new(&["checkout.session.expired"], Expired).amount(TOTAL),
        Rule::new(
            &[
                "payment_intent.created",
                "payment_intent.processing",
                "payment_intent.requires_action",
                "payment_intent.partially_funded",
            ],
            Pending,
        ),
        Rule::new(&["payment_intent.amount_capturable_updated"], Authorized)
            .amount(&["/data/object/amount_capturable"]),
        Rule::new(&["payment_intent.succeeded"], Paid).amount(&["/data/object/amount_received"]),
        Rule::new(&["payment_intent.payment_failed"], Failed),
        Rule::new(&["payment_intent.canceled"], Canceled),
        Rule::new(&["charge.succeeded"], Paid)
            .when(&[When::Is("/data/object/captured", &["true"])]),
        Rule::new(&["charge.succeeded"], Authorized),
        Rule::new(&["charge.captured"], Paid).amount(&["/data/object/amount_captured"]),
        Rule::new(&["charge.pending"], Pending),
        Rule::new(&["charge.failed"], Failed),
        Rule::new(&["charge.expired"], Expired),
        Rule::new(&["charge.refunded"], Refunded)
            .when(&[When::Is("/data/object/refunded", &["true"])])
            .amount(BACK),
        Rule::new(&["charge.refunded"], PartiallyRefunded).amount(BACK),
        Rule::by(
            &["charge.dispute.*"],
            "/data/object/status",
            &[
                ("warning_needs_response", Disputed),
                ("warning_under_review", Disputed),
                ("needs_response", Disputed),
                ("under_review", Disputed),
                ("won", DisputeWon),
                ("warning_closed", DisputeWon),
                ("lost", DisputeLost),
            ],
        ),
        Rule::new(&["invoice.paid", "invoice.payment_succeeded"], Paid)
            .amount(&["/data/object/amount_paid"]),
        Rule::new(&["invoice.payment_failed"], Failed).amount(DUE),
        Rule::new(&["invoice.payment_action_required"], Pending).amount(DUE),
        Rule::new(&["invoice.voided"], Canceled).amount(DUE),
        Rule::new(&["customer.subscription.deleted"], SubscriptionCanceled).amount(&[]),
        Rule::by(
            &[
                "customer.subscription.created",
                "customer.subscription.updated",
                "customer.subscription.paused",
                "customer.subscription.resumed",
            ],
            "/data/object/status",
            &[
                ("incomplete", Pending),
                ("active", SubscriptionActive),
                ("trialing", SubscriptionActive),
                ("past_due", SubscriptionPastDue),
                ("unpaid", SubscriptionPastDue),
                ("paused", SubscriptionPaused),
                ("canceled", SubscriptionCanceled),
                ("incomplete_expired", SubscriptionCanceled),
            ],
        )
        .amount(&[]),
    ],
)
.only_if(&[When::Is("/object", &["event"])]);

const SESSION_DONE: &[&str] = &[
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
];
const TOTAL: &[&str] = &["/data/object/amount_total"];
const DUE: &[&str] = &["/data/object/amount_due"];
const BACK: &[&str] = &["/data/object/amount_refunded"];

const PLACES: Places = Places::new(Unit::MinorExcept(OWN_DIGITS))
    .amount(&["/data/object/amount"])
    .currency(&["/data/object/currency"])
    .reference(&[
        "/data/object/client_reference_id",
        "/data/object/metadata/order_id",
    ])
    .transaction(&[
        "/data/object/payment_intent",
        "/data/object/payment_intent/id",
        "/data/object/charge",
        "/data/object/charge/id",
        "/data/object/id",
    ])
    .time(TimeUnit::Seconds, &["/created"]);

/// Where Stripe departs from ISO 4217: the ariary is counted whole, the króna and the Ugandan shilling in hundredths
/// that are always zero. Source: "Supported currencies" in Stripe's documentation, "Special cases".
const OWN_DIGITS: &[(&str, u32)] = &[("ISK", 2), ("MGA", 0), ("UGX", 2)];

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::super::SCHEME;
    use crate::UnixTime;
    use crate::payment::{PaymentStatus, PaymentUpdate};
    use crate::testing::support::{line, update};

    fn event(kind: &str, object: &str) -> PaymentUpdate {
        let body = format!(
            r#"{{"id":"evt_1","object":"event","api_version":"2026-07-29.dahlia","created":1785920400,
                "data":{{"object":{object}}},"livemode":true,"type":"{kind}"}}"#
        );
        update(SCHEME, &body).unwrap()
    }

    fn fixture(json: &str) -> PaymentUpdate {
        update(SCHEME, json).unwrap()
    }

    const SESSION: &str =
        include_str!("../../../tests/fixtures/stripe/checkout.session.completed.json");

    #[test]
    fn a_session_is_paid_only_if_it_says_so() {
        let rest = "109.90 EUR | order-4711 | pi_3QfT3kAbCdEfGh";
        for (kind, payment_status, status) in [
            ("completed", "paid", "paid"),
            ("completed", "unpaid", "pending"),
            ("completed", "no_payment_required", "paid"),
            ("completed", "owed", "pending"),
            ("async_payment_succeeded", "paid", "paid"),
            ("async_payment_failed", "unpaid", "failed"),
            ("expired", "unpaid", "expired"),
        ] {
            let body = SESSION
                .replace(
                    r#""payment_status": "paid""#,
                    &format!(r#""payment_status": "{payment_status}""#),
                )
                .replace(
                    "checkout.session.completed",
                    &format!("checkout.session.{kind}"),
                );
            let want = format!("{status} | {rest}");
            assert_eq!(line(&fixture(&body)), want, "{kind} {payment_status}");
        }
        let setup = SESSION.replace(r#""mode": "payment""#, r#""mode": "setup""#);
        assert_eq!(fixture(&setup).status, PaymentStatus::Other);
    }

    #[test]
    fn payment_intents_are_read_by_kind() {
        let object = r#"{"id":"pi_1","object":"payment_intent","amount":2000,"amount_capturable":1500,
            "amount_received":1800,"currency":"usd","latest_charge":"ch_1","metadata":{"order_id":"6735"},"status":"x"}"#;
        for (kind, want) in [
            ("created", "pending | 20.00 USD | 6735 | pi_1"),
            ("processing", "pending | 20.00 USD | 6735 | pi_1"),
            ("requires_action", "pending | 20.00 USD | 6735 | pi_1"),
            ("partially_funded", "pending | 20.00 USD | 6735 | pi_1"),
            (
                "amount_capturable_updated",
                "authorized | 15.00 USD | 6735 | pi_1",
            ),
            ("succeeded", "paid | 18.00 USD | 6735 | pi_1"),
            ("payment_failed", "failed | 20.00 USD | 6735 | pi_1"),
            ("canceled", "canceled | 20.00 USD | 6735 | pi_1"),
            ("pondered", "other | - | - | -"),
        ] {
            assert_eq!(
                line(&event(&format!("payment_intent.{kind}"), object)),
                want
            );
        }
    }

    #[test]
    fn charges_are_read_by_kind() {
        let object = |captured: bool, refunded: bool| {
            format!(
                r#"{{"id":"ch_1","object":"charge","amount":2000,"amount_captured":1500,"amount_refunded":700,"currency":"usd",
                    "captured":{captured},"refunded":{refunded},"payment_intent":null,"metadata":{{}}}}"#
            )
        };
        let (open, taken, returned) = (
            object(false, false),
            object(true, false),
            object(true, true),
        );
        for (kind, object, want) in [
            ("succeeded", &taken, "paid | 20.00 USD | - | ch_1"),
            ("succeeded", &open, "authorized | 20.00 USD | - | ch_1"),
            ("captured", &taken, "paid | 15.00 USD | - | ch_1"),
            ("pending", &open, "pending | 20.00 USD | - | ch_1"),
            ("failed", &open, "failed | 20.00 USD | - | ch_1"),
            ("expired", &open, "expired | 20.00 USD | - | ch_1"),
            (
                "refunded",
                &taken,
                "partially_refunded | 7.00 USD | - | ch_1",
            ),
            ("refunded", &returned, "refunded | 7.00 USD | - | ch_1"),
            ("updated", &taken, "other | - | - | -"),
            ("refund.updated", &taken, "other | - | - | -"),
        ] {
            assert_eq!(line(&event(&format!("charge.{kind}"), object)), want);
        }
    }

    #[test]
    fn recorded_events_are_read() {
        for (json, want) in [
            (
                include_str!("../../../tests/fixtures/stripe/charge.refunded.json"),
                "partially_refunded | 5.00 USD | - | pi_3ChargeRefunded",
            ),
            (
                include_str!("../../../tests/fixtures/stripe/refund.failed.json"),
                "other | - | - | -",
            ),
            (
                include_str!("../../../tests/fixtures/stripe/thin.json"),
                "other | - | - | -",
            ),
        ] {
            assert_eq!(line(&fixture(json)), want);
        }
    }

    #[test]
    fn a_dispute_is_read_by_its_status() {
        for (status, want) in [
            ("needs_response", "disputed"),
            ("under_review", "disputed"),
            ("warning_needs_response", "disputed"),
            ("warning_under_review", "disputed"),
            ("won", "dispute_won"),
            ("warning_closed", "dispute_won"),
            ("lost", "dispute_lost"),
        ] {
            let object = format!(
                r#"{{"id":"dp_1","object":"dispute","amount":1000,"charge":"ch_1","currency":"jpy","payment_intent":"pi_1",
                    "status":"{status}"}}"#
            );
            for kind in ["charge.dispute.created", "charge.dispute.closed"] {
                let want = format!("{want} | 1000 JPY | - | pi_1");
                assert_eq!(line(&event(kind, &object)), want);
            }
        }
        let object = r#"{"id":"dp_1","status":"prevented"}"#;
        assert_eq!(
            event("charge.dispute.closed", object).status,
            PaymentStatus::Other
        );
    }

    #[test]
    fn an_invoice_names_its_payment_or_itself() {
        let old = r#"{"id":"in_1","amount_due":1999,"amount_paid":1000,"currency":"eur","payment_intent":"pi_1","charge":"ch_1"}"#;
        let expanded = r#"{"id":"in_1","amount_due":1999,"amount_paid":1000,"currency":"eur","charge":{"id":"ch_1"}}"#;
        let new = r#"{"id":"in_1","amount_due":1999,"amount_paid":1000,"currency":"eur"}"#;
        for (kind, object, want) in [
            ("paid", old, "paid | 10.00 EUR | - | pi_1"),
            ("payment_succeeded", expanded, "paid | 10.00 EUR | - | ch_1"),
            ("paid", new, "paid | 10.00 EUR | - | in_1"),
            ("payment_failed", new, "failed | 19.99 EUR | - | in_1"),
            (
                "payment_action_required",
                new,
                "pending | 19.99 EUR | - | in_1",
            ),
            ("voided", new, "canceled | 19.99 EUR | - | in_1"),
            ("upcoming", new, "other | - | - | -"),
        ] {
            assert_eq!(line(&event(&format!("invoice.{kind}"), object)), want);
        }
    }

    #[test]
    fn a_subscription_is_read_by_its_status() {
        for (kind, status, want) in [
            ("created", "incomplete", "pending"),
            ("created", "trialing", "subscription_active"),
            ("updated", "active", "subscription_active"),
            ("updated", "past_due", "subscription_past_due"),
            ("updated", "unpaid", "subscription_past_due"),
            ("paused", "paused", "subscription_paused"),
            ("resumed", "active", "subscription_active"),
            ("updated", "incomplete_expired", "subscription_canceled"),
            ("deleted", "canceled", "subscription_canceled"),
            ("deleted", "active", "subscription_canceled"),
        ] {
            let object = format!(r#"{{"id":"sub_1","status":"{status}","currency":"eur"}}"#);
            let update = event(&format!("customer.subscription.{kind}"), &object);
            assert_eq!(line(&update), format!("{want} | - | - | sub_1"));
        }
        let ends = r#"{"id":"sub_1","status":"trialing"}"#;
        for kind in ["customer.subscription.trial_will_end", "customer.updated"] {
            assert_eq!(event(kind, ends).status, PaymentStatus::Other, "{kind}");
        }
    }

    #[test]
    fn amounts_are_in_stripes_own_units() {
        for (amount, currency, shown) in [
            ("500", "jpy", "500 JPY"),
            ("5120", "kwd", "5.120 KWD"),
            ("500", "isk", "5 ISK"),
            ("500", "ugx", "5 UGX"),
            ("5", "mga", "5.00 MGA"),
            ("9007199254740993", "usd", "90071992547409.93 USD"),
        ] {
            let object =
                format!(r#"{{"id":"pi_1","amount_received":{amount},"currency":"{currency}"}}"#);
            let amount = event("payment_intent.succeeded", &object)
                .amount
                .unwrap()
                .unwrap();
            assert_eq!(amount.to_string(), shown);
        }
    }

    #[test]
    fn an_amount_that_cannot_be_read_takes_nothing_with_it() {
        let body = r#"{"id":"evt_1","object":"event","type":"payment_intent.succeeded",
            "data":{"object":{"id":"pi","amount_received":19.99,"currency":"eur"}}}"#;
        let line = line(&update(SCHEME, body).unwrap());
        assert_eq!(line, "paid | too_many_digits | - | pi");
    }

    #[test]
    fn the_time_is_that_of_the_event() {
        let update = event("payment_intent.succeeded", "{}");
        assert_eq!(update.time, Some(UnixTime::from_secs(1_785_920_400)));
        assert_eq!(update.event_id.as_deref(), Some("evt_1"));
        assert_eq!(line(&update), "paid | - | - | -");
    }

    #[test]
    fn a_thin_event_that_borrows_a_name_is_other() {
        let body = r#"{"id":"evt_1","object":"v2.core.event","type":"payment_intent.succeeded",
            "data":{"object":{"id":"pi_1","amount_received":1,"currency":"eur"}}}"#;
        assert_eq!(line(&update(SCHEME, body).unwrap()), "other | - | - | -");
    }
}
