//! Stripe's events in the normal form of payments. The table is in the documentation of the module above.

use bytes::Bytes;

use super::kind;
use crate::payment::read::{Place, first, minor_except, places, time};
use crate::payment::{PaymentStatus, PaymentUpdate};
use crate::{DecodeError, Delivery, TimeUnit};

/// Where Stripe departs from ISO 4217: the ariary is counted whole, the króna and the Ugandan shilling in hundredths
/// that are always zero. Source: "Supported currencies" in Stripe's documentation, "Special cases".
const OWN_DIGITS: &[(&str, u32)] = &[("ISK", 2), ("MGA", 0), ("UGX", 2)];

pub(super) fn updates(delivery: &Delivery) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let other = PaymentUpdate::other(delivery);
    let object = Snapshot::read(delivery.body())?;
    let (status, sum) = object.reading(delivery.kind().unwrap_or_default())?;
    if status == PaymentStatus::Other {
        return Ok(vec![other]);
    }
    let amount = match sum {
        Some(sum) => {
            let [amount] = places(delivery.body(), [sum])?;
            minor_except(&amount, &object.currency, OWN_DIGITS)
        }
        None => Ok(None),
    };
    Ok(vec![PaymentUpdate {
        status,
        amount,
        reference: first([object.client_reference, object.order])?,
        transaction_id: first([object.payment_intent, object.charge, object.id])?,
        time: time(TimeUnit::Seconds, &object.event_created)?,
        ..other
    }])
}

/// Where the object has an amount.
mod sum {
    pub(super) const AMOUNT: &str = "/data/object/amount";
    pub(super) const CAPTURABLE: &str = "/data/object/amount_capturable";
    pub(super) const CAPTURED: &str = "/data/object/amount_captured";
    pub(super) const DUE: &str = "/data/object/amount_due";
    pub(super) const PAID: &str = "/data/object/amount_paid";
    pub(super) const RECEIVED: &str = "/data/object/amount_received";
    pub(super) const REFUNDED: &str = "/data/object/amount_refunded";
    pub(super) const TOTAL: &str = "/data/object/amount_total";
}

/// A status, and where the amount stands that it is about.
type Reading = (PaymentStatus, Option<&'static str>);

/// What the object of a snapshot event says, whatever it is.
struct Snapshot {
    /// `event`; thin events have `v2.core.event` and no object inside.
    event: Place,
    event_created: Place,
    id: Place,
    status: Place,
    payment_status: Place,
    mode: Place,
    captured: Place,
    refunded: Place,
    currency: Place,
    client_reference: Place,
    order: Place,
    payment_intent: Place,
    charge: Place,
}

impl Snapshot {
    fn read(body: &Bytes) -> Result<Self, DecodeError> {
        let [
            event,
            event_created,
            id,
            status,
            payment_status,
            mode,
            captured,
            refunded,
            currency,
            client_reference,
            order,
            payment_intent,
            expanded_intent,
            charge,
            expanded_charge,
        ] = places(
            body,
            [
                "/object",
                "/created",
                "/data/object/id",
                "/data/object/status",
                "/data/object/payment_status",
                "/data/object/mode",
                "/data/object/captured",
                "/data/object/refunded",
                "/data/object/currency",
                "/data/object/client_reference_id",
                "/data/object/metadata/order_id",
                "/data/object/payment_intent",
                "/data/object/payment_intent/id",
                "/data/object/charge",
                "/data/object/charge/id",
            ],
        )?;
        Ok(Self {
            event,
            event_created,
            id,
            status,
            payment_status,
            mode,
            captured,
            refunded,
            currency,
            client_reference,
            order,
            payment_intent: payment_intent.or_inside(expanded_intent),
            charge: charge.or_inside(expanded_charge),
        })
    }

    /// What an event of this kind says of this object, and which of its amounts it is about.
    fn reading(&self, kind: &str) -> Result<Reading, DecodeError> {
        if self.event.get()? != Some("event") {
            return Ok((PaymentStatus::Other, None));
        }
        Ok(match kind.split_once('.').unwrap_or_default() {
            ("checkout", _) => (self.of_session(kind)?, Some(sum::TOTAL)),
            ("payment_intent", _) => of_payment_intent(kind),
            ("charge", event) if event.starts_with("dispute.") => {
                (self.of_dispute()?, Some(sum::AMOUNT))
            }
            ("charge", _) => self.of_charge(kind)?,
            ("invoice", _) => of_invoice(kind),
            ("customer", _) => (self.of_subscription(kind)?, None),
            _ => (PaymentStatus::Other, None),
        })
    }

    fn of_session(&self, kind: &str) -> Result<PaymentStatus, DecodeError> {
        Ok(match kind {
            // Nothing is bought: a card is stored for later.
            _ if self.mode.get()? == Some("setup") => PaymentStatus::Other,
            kind::CHECKOUT_SESSION_COMPLETED | kind::CHECKOUT_SESSION_ASYNC_PAYMENT_SUCCEEDED => {
                match self.payment_status.get()? {
                    Some("paid" | "no_payment_required") => PaymentStatus::Paid,
                    _ => PaymentStatus::Pending,
                }
            }
            kind::CHECKOUT_SESSION_ASYNC_PAYMENT_FAILED => PaymentStatus::Failed,
            kind::CHECKOUT_SESSION_EXPIRED => PaymentStatus::Expired,
            _ => PaymentStatus::Other,
        })
    }

    fn of_charge(&self, kind: &str) -> Result<Reading, DecodeError> {
        Ok(match kind {
            kind::CHARGE_SUCCEEDED if self.captured.get()? == Some("true") => {
                (PaymentStatus::Paid, Some(sum::AMOUNT))
            }
            kind::CHARGE_SUCCEEDED => (PaymentStatus::Authorized, Some(sum::AMOUNT)),
            kind::CHARGE_CAPTURED => (PaymentStatus::Paid, Some(sum::CAPTURED)),
            kind::CHARGE_PENDING => (PaymentStatus::Pending, Some(sum::AMOUNT)),
            kind::CHARGE_FAILED => (PaymentStatus::Failed, Some(sum::AMOUNT)),
            kind::CHARGE_EXPIRED => (PaymentStatus::Expired, Some(sum::AMOUNT)),
            kind::CHARGE_REFUNDED if self.refunded.get()? == Some("true") => {
                (PaymentStatus::Refunded, Some(sum::REFUNDED))
            }
            kind::CHARGE_REFUNDED => (PaymentStatus::PartiallyRefunded, Some(sum::REFUNDED)),
            _ => (PaymentStatus::Other, None),
        })
    }

    fn of_dispute(&self) -> Result<PaymentStatus, DecodeError> {
        Ok(match self.status.str()? {
            "warning_needs_response"
            | "warning_under_review"
            | "needs_response"
            | "under_review" => PaymentStatus::Disputed,
            "won" | "warning_closed" => PaymentStatus::DisputeWon,
            "lost" => PaymentStatus::DisputeLost,
            _ => PaymentStatus::Other,
        })
    }

    fn of_subscription(&self, kind: &str) -> Result<PaymentStatus, DecodeError> {
        match kind {
            kind::CUSTOMER_SUBSCRIPTION_CREATED
            | kind::CUSTOMER_SUBSCRIPTION_UPDATED
            | kind::CUSTOMER_SUBSCRIPTION_PAUSED
            | kind::CUSTOMER_SUBSCRIPTION_RESUMED => {}
            kind::CUSTOMER_SUBSCRIPTION_DELETED => return Ok(PaymentStatus::SubscriptionCanceled),
            _ => return Ok(PaymentStatus::Other),
        }
        Ok(match self.status.str()? {
            "incomplete" => PaymentStatus::Pending,
            "active" | "trialing" => PaymentStatus::SubscriptionActive,
            "past_due" | "unpaid" => PaymentStatus::SubscriptionPastDue,
            "paused" => PaymentStatus::SubscriptionPaused,
            "canceled" | "incomplete_expired" => PaymentStatus::SubscriptionCanceled,
            _ => PaymentStatus::Other,
        })
    }
}

fn of_payment_intent(kind: &str) -> Reading {
    match kind {
        kind::PAYMENT_INTENT_CREATED
        | kind::PAYMENT_INTENT_PROCESSING
        | kind::PAYMENT_INTENT_REQUIRES_ACTION
        | kind::PAYMENT_INTENT_PARTIALLY_FUNDED => (PaymentStatus::Pending, Some(sum::AMOUNT)),
        kind::PAYMENT_INTENT_AMOUNT_CAPTURABLE_UPDATED => {
            (PaymentStatus::Authorized, Some(sum::CAPTURABLE))
        }
        kind::PAYMENT_INTENT_SUCCEEDED => (PaymentStatus::Paid, Some(sum::RECEIVED)),
        kind::PAYMENT_INTENT_PAYMENT_FAILED => (PaymentStatus::Failed, Some(sum::AMOUNT)),
        kind::PAYMENT_INTENT_CANCELED => (PaymentStatus::Canceled, Some(sum::AMOUNT)),
        _ => (PaymentStatus::Other, None),
    }
}

fn of_invoice(kind: &str) -> Reading {
    match kind {
        kind::INVOICE_PAID | kind::INVOICE_PAYMENT_SUCCEEDED => {
            (PaymentStatus::Paid, Some(sum::PAID))
        }
        kind::INVOICE_PAYMENT_FAILED => (PaymentStatus::Failed, Some(sum::DUE)),
        kind::INVOICE_PAYMENT_ACTION_REQUIRED => (PaymentStatus::Pending, Some(sum::DUE)),
        kind::INVOICE_VOIDED => (PaymentStatus::Canceled, Some(sum::DUE)),
        _ => (PaymentStatus::Other, None),
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::super::SCHEME;
    use super::*;
    use crate::UnixTime;
    use crate::test_support::{line, update};

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
