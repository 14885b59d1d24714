//! What a notification says about a payment.

use super::element::Element;
use super::event::Notification;
use super::kind;
use crate::json::Place;
use crate::message::Message;
use crate::payment::PaymentStatus::{
    Canceled, DisputeLost, DisputeWon, Disputed, Expired, Failed, Paid, Payout, PayoutFailed,
    Pending, Refund, RefundFailed, SubscriptionActive, SubscriptionCanceled, SubscriptionPastDue,
};
use crate::payment::{Meaning, PaymentUpdate, Places, Rule, Unit, When};
use crate::{DecodeError, TimeUnit, UnixTime};

pub(super) fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let notification = Notification::of(message)?;
    let subject = &notification.subject;
    let time = notification.timestamp.to_string();
    let charge = latest_transaction(subject)?;
    let read = |pointer: &'static str| match pointer.strip_prefix(CHARGE) {
        Some(path) => charge.map_or(Place::nothing(), |charge| charge.place(pointer, path)),
        None if pointer == TIMESTAMP => Place::at(pointer, Some(&time)),
        None => subject.place(pointer, pointer),
    };
    let update = MEANING.follow(
        &notification.kind,
        PaymentUpdate::other(message),
        |pointers| Ok(pointers.into_iter().map(read).collect()),
    )?;
    Ok(vec![update])
}

/// What Braintree's kinds mean for a payment. The places are inside of the subject.
pub const MEANING: Meaning = Meaning::new(
    TRANSACTION,
    &[
        Rule::new(&[kind::TRANSACTION_SETTLED], Refund)
            .when(IS_CREDIT)
            .transaction(SALE)
            .twin(kind::TRANSACTION_DISBURSED),
        Rule::new(&[kind::TRANSACTION_SETTLED], Paid).twin(kind::TRANSACTION_DISBURSED),
        Rule::new(&[kind::TRANSACTION_DISBURSED], Refund)
            .when(IS_CREDIT)
            .transaction(SALE)
            .twin(kind::TRANSACTION_SETTLED),
        Rule::new(&[kind::TRANSACTION_DISBURSED], Paid).twin(kind::TRANSACTION_SETTLED),
        Rule::new(&[kind::TRANSACTION_SETTLEMENT_DECLINED], RefundFailed)
            .when(IS_CREDIT)
            .transaction(SALE),
        Rule::new(&[kind::TRANSACTION_SETTLEMENT_DECLINED], Failed),
        Rule::new(&[kind::TRANSACTION_RETRIED], Pending),
        Rule::new(&[kind::REFUND_FAILED], RefundFailed).transaction(SALE),
        Rule::new(&[kind::SUBSCRIPTION_CHARGED_SUCCESSFULLY], Paid)
            .places(&SUBSCRIPTION_CHARGE)
            .twin(kind::TRANSACTION_DISBURSED),
        Rule::new(&[kind::SUBSCRIPTION_CHARGED_UNSUCCESSFULLY], Failed)
            .places(&SUBSCRIPTION_CHARGE),
        Rule::new(&[kind::SUBSCRIPTION_WENT_ACTIVE], SubscriptionActive).places(&SUBSCRIPTION),
        Rule::new(&[kind::SUBSCRIPTION_WENT_PAST_DUE], SubscriptionPastDue).places(&SUBSCRIPTION),
        Rule::new(
            &[kind::SUBSCRIPTION_CANCELED, kind::SUBSCRIPTION_EXPIRED],
            SubscriptionCanceled,
        )
        .places(&SUBSCRIPTION),
        Rule::new(
            &[
                kind::DISPUTE_OPENED,
                kind::DISPUTE_DISPUTED,
                kind::DISPUTE_UNDER_REVIEW,
            ],
            Disputed,
        )
        .places(&DISPUTE),
        Rule::new(&[kind::DISPUTE_WON], DisputeWon)
            .places(&DISPUTE)
            .amount(&["/dispute/amount-won", "/dispute/amount"]),
        Rule::new(
            &[
                kind::DISPUTE_LOST,
                kind::DISPUTE_ACCEPTED,
                kind::DISPUTE_AUTO_ACCEPTED,
                kind::DISPUTE_EXPIRED,
            ],
            DisputeLost,
        )
        .places(&DISPUTE),
        Rule::new(&[kind::LOCAL_PAYMENT_COMPLETED], Pending).places(&LOCAL_PAYMENT),
        Rule::new(&[kind::LOCAL_PAYMENT_FUNDED], Paid).places(&FUNDED_LOCAL_PAYMENT),
        Rule::new(&[kind::LOCAL_PAYMENT_EXPIRED], Expired)
            .places(&EVENT)
            .transaction(&["/local-payment-expired/payment-id"]),
        Rule::new(&[kind::LOCAL_PAYMENT_REVERSED], Canceled)
            .places(&EVENT)
            .transaction(&["/local-payment-reversed/payment-id"]),
        // A debit takes money from the merchant's bank.
        Rule::new(&[kind::DISBURSEMENT], Payout)
            .when(&[When::Not("/disbursement/disbursement-type", &["debit"])])
            .places(&DISBURSEMENT),
        Rule::new(&[kind::DISBURSEMENT_EXCEPTION], PayoutFailed).places(&DISBURSEMENT),
    ],
);

/// Where the event says when it happened, not in its subject.
const TIMESTAMP: &str = "/timestamp";
/// The transaction of a subscription that was made last.
const CHARGE: &str = "/subscription/transactions/latest";
const IS_CREDIT: &[When] = &[When::Is("/transaction/type", &["credit"])];
/// What a credit gives back.
const SALE: &[&str] = &["/transaction/refunded-transaction-id", "/transaction/id"];

const EVENT: Places = Places::new(Unit::Major).time(TimeUnit::Rfc3339, &[TIMESTAMP]);

const TRANSACTION: Places = EVENT
    .step_amount(&["/transaction/amount"])
    .currency(&["/transaction/currency-iso-code"])
    .reference(&["/transaction/order-id"])
    .step_id(&["/transaction/id"])
    .transaction(&["/transaction/id"]);

const SUBSCRIPTION_CHARGE: Places = EVENT
    .step_amount(&["/subscription/transactions/latest/amount"])
    .currency(&["/subscription/transactions/latest/currency-iso-code"])
    .reference(&["/subscription/transactions/latest/order-id"])
    .step_id(&["/subscription/transactions/latest/id"])
    .transaction(&["/subscription/transactions/latest/id"]);

const SUBSCRIPTION: Places = EVENT.transaction(&["/subscription/id"]);

const DISPUTE: Places = EVENT
    .amount(&["/dispute/amount-disputed", "/dispute/amount"])
    .currency(&["/dispute/currency-iso-code"])
    .reference(&["/dispute/transaction/order-id"])
    .step_id(&["/dispute/id"])
    .transaction(&["/dispute/transaction/id"]);

const LOCAL_PAYMENT: Places = EVENT
    .amount(&["/local-payment/transaction/amount"])
    .currency(&["/local-payment/transaction/currency-iso-code"])
    .reference(&["/local-payment/transaction/order-id"])
    .transaction(&["/local-payment/transaction/id", "/local-payment/payment-id"]);

const FUNDED_LOCAL_PAYMENT: Places = EVENT
    .amount(&["/local-payment-funded/transaction/amount"])
    .currency(&["/local-payment-funded/transaction/currency-iso-code"])
    .reference(&["/local-payment-funded/transaction/order-id"])
    .transaction(&[
        "/local-payment-funded/transaction/id",
        "/local-payment-funded/payment-id",
    ]);

const DISBURSEMENT: Places = EVENT
    .step_amount(&["/disbursement/amount"])
    .currency(&["/disbursement/merchant-account/currency-iso-code"])
    .step_id(&["/disbursement/id"])
    .transaction(&["/disbursement/id"]);

/// The documentation does not say in which order they come.
fn latest_transaction(subject: &Element) -> Result<Option<&Element>, DecodeError> {
    let made_at = |transaction: &Element| -> Option<UnixTime> {
        TimeUnit::Rfc3339.parse(transaction.text_at("created-at")?.as_bytes())
    };
    let list = subject.at("subscription/transactions")?;
    let list = list.map(Element::children).unwrap_or_default().iter();
    let list = list.filter(|child| child.is("transaction"));
    // Of several that are equally late, or have no time, the first.
    Ok(
        list.reduce(|latest, next| match made_at(next) > made_at(latest) {
            true => next,
            false => latest,
        }),
    )
}
