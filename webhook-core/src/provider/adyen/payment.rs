//! What the events of Adyen mean for a payment.

use super::item::{Document, Item};
use crate::message::{Message, Mode, Whose};
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeLost, DisputeWon, Disputed, Expired, Failed, Other, Paid, Payout,
    PayoutFailed, Pending, Refund, RefundFailed, RefundPending, Refunded, Unconfirmed,
};
use crate::payment::{Meaning, PaymentUpdate, Places, Rule, Unit, When};
use crate::request::Field;
use crate::time::TimeUnit;
use crate::{DecodeError, EventKind, Text};

/// Where Adyen's minor units are not those of ISO 4217. Adyen's documentation, "Currency codes and minor units".
pub(in crate::provider) const MINOR_UNITS: &[(&str, u32)] =
    &[("CLP", 2), ("CVE", 0), ("IDR", 0), ("ISK", 2)];

const LIVE: Whose = Whose::new()
    .live(Field::Json("/live"), &["true"])
    .test(Field::Json("/live"), &["false"]);

/// What an account says whose captures are asked for, or not known.
pub(super) fn payments(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    updates(message, &MEANING)
}

/// What an account says that captures by itself.
pub(super) fn payments_captured(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    updates(message, &MEANING_AUTOMATIC)
}

fn updates(message: &Message, meaning: &Meaning) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let mut mended = Vec::new();
    let document = Document::read(message.body(), &mut mended)?;
    // Adyen signs the items, not what stands around them.
    let mode = LIVE.mode_in(&LIVE.look(message.body()))?;
    document
        .items()
        .map(|item| update(message, meaning, mode, item))
        .collect()
}

fn update(
    message: &Message,
    meaning: &Meaning,
    mode: Mode,
    item: &Item<'_>,
) -> Result<PaymentUpdate, DecodeError> {
    let base = PaymentUpdate {
        event_id: Some(Text::from(item.id())),
        kind: Some(EventKind::from(&*item.event_code)),
        account: item.account().map(Text::from),
        ..PaymentUpdate::other(message)
    };
    let claimed = item.update(meaning, base.clone())?;
    if claimed.status == Other {
        return Ok(base);
    }
    let update = PaymentUpdate {
        status: match &*item.event_code {
            // Which of both is not signed.
            CANCEL_OR_REFUND => Unconfirmed,
            _ => claimed.status,
        },
        time: None,
        ..claimed.clone()
    };
    Ok(update.with_unverified(PaymentUpdate { mode, ..claimed }))
}

/// What Adyen's kinds mean for a payment, where captures are asked for, or it is not known. The time, and what a
/// `CANCEL_OR_REFUND` has done, are only claimed.
pub const MEANING: Meaning = Meaning::new(PAYMENT, RULES);

/// The same where Adyen captures by itself: what is authorised is paid.
pub const MEANING_AUTOMATIC: Meaning = Meaning::new(PAYMENT, RULES_AUTOMATIC);

const RULES: &[Rule] = &rules(Rule::new(&["AUTHORISATION"], Authorized).when(DONE));
const RULES_AUTOMATIC: &[Rule] = &rules(Rule::new(&["AUTHORISATION"], Paid).when(DONE));

const fn rules(authorised: Rule) -> [Rule; 20] {
    [
        authorised,
        Rule::new(&["AUTHORISATION"], Failed).when(NOT_DONE),
        Rule::new(&["AUTHORISATION_ADJUSTMENT"], Authorized)
            .when(DONE)
            .transaction(ORIGINAL),
        Rule::new(&["PENDING"], Pending).when(DONE),
        Rule::by(&["CAPTURE"], SUCCESS, &[("true", Paid), ("false", Failed)]).places(&STEP),
        Rule::new(&["CAPTURE_FAILED"], Failed)
            .when(DONE)
            .places(&STEP),
        Rule::new(&["CANCELLATION", "TECHNICAL_CANCEL"], Canceled)
            .when(DONE)
            .transaction(ORIGINAL),
        // Of what was reserved, the rest that was not captured.
        Rule::new(&["EXPIRE"], Expired)
            .when(DONE)
            .step_amount(AMOUNT),
        Rule::new(&["OFFER_CLOSED"], Expired).when(DONE),
        Rule::by(
            &["REFUND"],
            SUCCESS,
            &[("true", Refund), ("false", RefundFailed)],
        )
        .places(&STEP),
        Rule::new(&["POSTPONED_REFUND"], RefundPending)
            .when(DONE)
            .places(&STEP),
        Rule::new(
            &["REFUND_FAILED", "REFUNDED_REVERSED", "VOID_PENDING_REFUND"],
            RefundFailed,
        )
        .when(DONE)
        .places(&STEP),
        Rule::by(
            &[CANCEL_OR_REFUND],
            "/additionalData/modification.action",
            &[("cancel", Canceled), ("refund", Refunded)],
        )
        .when(DONE)
        .transaction(ORIGINAL),
        Rule::new(&[CANCEL_OR_REFUND], Unconfirmed)
            .when(DONE)
            .transaction(ORIGINAL),
        Rule::new(
            &[
                "REQUEST_FOR_INFORMATION",
                "INFORMATION_SUPPLIED",
                "NOTIFICATION_OF_CHARGEBACK",
                "CHARGEBACK",
                "PREARBITRATION_OPEN",
                "PREARBITRATION_DECLINED",
                "SCHEME_ARBITRATION",
            ],
            Disputed,
        )
        .when(DONE)
        .places(&DISPUTE),
        Rule::new(
            &[
                "CHARGEBACK_REVERSED",
                "ISSUER_RESPONSE_TIMEFRAME_EXPIRED",
                "PREARBITRATION_ISSUER_WITHDRAWN",
                "PREARBITRATION_WON",
                "SCHEME_ARBITRATION_WON",
            ],
            DisputeWon,
        )
        .when(DONE)
        .places(&DISPUTE),
        Rule::new(
            &[
                "DISPUTE_DEFENSE_PERIOD_ENDED",
                "SECOND_CHARGEBACK",
                "PREARBITRATION_ACCEPTED",
                "PREARBITRATION_LOST",
                "SCHEME_ARBITRATION_LOST",
            ],
            DisputeLost,
        )
        .when(DONE)
        .places(&DISPUTE),
        // To a card, without a payment that it belongs to.
        Rule::by(
            &["REFUND_WITH_DATA"],
            SUCCESS,
            &[("true", Payout), ("false", PayoutFailed)],
        )
        .step_amount(AMOUNT)
        .transaction(OWN),
        Rule::by(
            &["PAYOUT_THIRDPARTY"],
            SUCCESS,
            &[("true", Payout), ("false", PayoutFailed)],
        )
        .step_amount(AMOUNT),
        Rule::new(
            &["PAYOUT_DECLINE", "PAYOUT_EXPIRE", "PAIDOUT_REVERSED"],
            PayoutFailed,
        )
        .when(DONE)
        .step_amount(AMOUNT),
    ]
}

const CANCEL_OR_REFUND: &str = "CANCEL_OR_REFUND";
const SUCCESS: &str = "/success";
const DONE: &[When] = &[When::Is(SUCCESS, &["true"])];
const NOT_DONE: &[When] = &[When::Is(SUCCESS, &["false"])];

const AMOUNT: &[&str] = &["/amount/value"];
/// The reference of what the event is about.
const OWN: &[&str] = &["/pspReference"];
/// That of the payment, where the event is about something else.
const ORIGINAL: &[&str] = &["/originalReference"];

const PAYMENT: Places = Places::new(Unit::MinorExcept(MINOR_UNITS))
    .amount(AMOUNT)
    .currency(&["/amount/currency"])
    .reference(&["/merchantReference"])
    .transaction(&["/originalReference", "/pspReference"])
    .time(TimeUnit::Rfc3339, &["/eventDate"]);

/// A capture or a refund.
const STEP: Places = PAYMENT
    .step_amount(AMOUNT)
    .step_id(OWN)
    .transaction(ORIGINAL);

const DISPUTE: Places = PAYMENT.step_id(OWN).transaction(ORIGINAL);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::super::signer::Signer;
    use super::*;
    use crate::FromDelivery;
    use crate::delivery::Delivery;
    use crate::payment::PaymentUpdates;
    use crate::testing::support;
    use crate::testing::support::only;

    const KEY: &str = "C6D346FF7F045C45DD825CE920096CD93C963AFB9B17B367CBB78B794A2D68C8";

    fn delivery(items: &[Value]) -> Delivery {
        let items: Vec<Value> = items
            .iter()
            .map(|item| json!({"NotificationRequestItem": item}))
            .collect();
        let body = json!({"live": "true", "notificationItems": items}).to_string();
        let signer = Signer::new(KEY).unwrap();
        support::signed("adyen", json!({"secrets": KEY}), &signer, body)
    }

    fn item(code: &str, success: &str) -> Value {
        json!({
            "additionalData": {"cardSummary": "1111", "modification.action": "refund"},
            "amount": {"currency": "EUR", "value": 1250}, "eventCode": code,
            "eventDate": "2026-08-05T11:00:00+02:00", "merchantAccountCode": "Shop", "merchantReference": "order-7",
            "originalReference": "PAYMENT1", "paymentMethod": "visa", "pspReference": "CHANGE1", "success": success,
        })
    }

    fn one(item: Value) -> PaymentUpdate {
        only(&delivery(&[item])).unwrap()
    }

    #[test]
    fn the_update_holds_what_is_signed_and_the_claim_the_rest() {
        let update = one(item("CAPTURE", "true"));
        assert_eq!(update.event_id.as_deref(), Some("CHANGE1:CAPTURE:true"));
        assert_eq!(update.kind.as_deref(), Some("CAPTURE"));
        assert_eq!(update.time, None);
        let claimed = update.dangerously_trust_unverified();
        assert_eq!(claimed.time.unwrap().as_secs(), 1_785_920_400);
    }

    #[test]
    fn a_batch_has_an_update_for_each_item() {
        let both = delivery(&[item("AUTHORISATION", "true"), item("CAPTURE", "true")]);
        let PaymentUpdates(updates) = PaymentUpdates::from_delivery(&both).unwrap();
        let names = updates
            .iter()
            .map(|update| (update.kind.as_deref(), update.event_id.as_deref()));
        assert_eq!(
            names.collect::<Vec<_>>(),
            [
                (Some("AUTHORISATION"), Some("CHANGE1:AUTHORISATION:true")),
                (Some("CAPTURE"), Some("CHANGE1:CAPTURE:true")),
            ]
        );
    }
}
