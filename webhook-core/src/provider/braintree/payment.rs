//! What a notification says about a payment.

use super::element::Element;
use super::event::Notification;
use super::kind;
use crate::json::Place;
use crate::message::Message;
use crate::payment::read::{Read, major};
use crate::payment::{Amount, MoneyError, PaymentStatus, PaymentUpdate};
use crate::{DecodeError, TimeUnit, UnixTime};

pub(super) fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let notification = Notification::of(message)?;
    let about = About::read(&notification)?;
    let text = |path: &str| match about.element {
        Some(element) => element.place(path)?.text(),
        None => Ok(None),
    };
    Ok(vec![PaymentUpdate {
        status: status(&notification.kind, about.is_credit()?),
        amount: about.amount().map(|sum| sum.map(Amount::Step)),
        reference: about.reference.map_or(Ok(None), text)?,
        transaction_id: text(about.id)?,
        time: Some(notification.timestamp),
        ..PaymentUpdate::other(message)
    }])
}

fn status(kind: &str, is_credit: bool) -> PaymentStatus {
    match kind {
        kind::TRANSACTION_SETTLED | kind::TRANSACTION_DISBURSED if is_credit => {
            PaymentStatus::PartiallyRefunded
        }
        kind::TRANSACTION_SETTLEMENT_DECLINED if is_credit => PaymentStatus::Other,
        kind::TRANSACTION_SETTLED
        | kind::TRANSACTION_DISBURSED
        | kind::SUBSCRIPTION_CHARGED_SUCCESSFULLY
        | kind::LOCAL_PAYMENT_FUNDED => PaymentStatus::Paid,
        kind::TRANSACTION_SETTLEMENT_DECLINED | kind::SUBSCRIPTION_CHARGED_UNSUCCESSFULLY => {
            PaymentStatus::Failed
        }
        kind::SUBSCRIPTION_WENT_ACTIVE => PaymentStatus::SubscriptionActive,
        kind::SUBSCRIPTION_WENT_PAST_DUE => PaymentStatus::SubscriptionPastDue,
        kind::SUBSCRIPTION_CANCELED | kind::SUBSCRIPTION_EXPIRED => {
            PaymentStatus::SubscriptionCanceled
        }
        kind::DISPUTE_OPENED | kind::DISPUTE_DISPUTED | kind::DISPUTE_UNDER_REVIEW => {
            PaymentStatus::Disputed
        }
        kind::DISPUTE_WON => PaymentStatus::DisputeWon,
        kind::DISPUTE_LOST
        | kind::DISPUTE_ACCEPTED
        | kind::DISPUTE_AUTO_ACCEPTED
        | kind::DISPUTE_EXPIRED => PaymentStatus::DisputeLost,
        kind::LOCAL_PAYMENT_COMPLETED => PaymentStatus::Pending,
        kind::LOCAL_PAYMENT_EXPIRED => PaymentStatus::Expired,
        kind::LOCAL_PAYMENT_REVERSED => PaymentStatus::Refunded,
        _ => PaymentStatus::Other,
    }
}

/// The element that a notification is about, and where in it the fields of a payment stand.
struct About<'a> {
    element: Option<&'a Element>,
    amounts: &'static [&'static str],
    reference: Option<&'static str>,
    id: &'static str,
}

impl<'a> About<'a> {
    fn read(notification: &'a Notification) -> Result<Self, DecodeError> {
        const LOCAL: [&str; 4] = [
            "local-payment",
            "local-payment-expired",
            "local-payment-funded",
            "local-payment-reversed",
        ];
        let subject = &notification.subject;
        if let Some(dispute) = subject.at("dispute")? {
            return Ok(Self::dispute(dispute));
        }
        if let Some(subscription) = subject.at("subscription")? {
            return Ok(match &*notification.kind {
                kind::SUBSCRIPTION_CHARGED_SUCCESSFULLY
                | kind::SUBSCRIPTION_CHARGED_UNSUCCESSFULLY => {
                    Self::transaction(latest_transaction(subscription)?)
                }
                _ => Self::nothing_but_id(subscription, "id"),
            });
        }
        for name in LOCAL {
            if let Some(local) = subject.at(name)? {
                return Ok(match local.at("transaction")? {
                    Some(transaction) => Self::transaction(Some(transaction)),
                    None => Self::nothing_but_id(local, "payment-id"),
                });
            }
        }
        Ok(Self::transaction(subject.at("transaction")?))
    }

    fn transaction(transaction: Option<&'a Element>) -> Self {
        Self {
            element: transaction,
            amounts: &["amount"],
            reference: Some("order-id"),
            id: "id",
        }
    }

    fn dispute(dispute: &'a Element) -> Self {
        Self {
            element: Some(dispute),
            amounts: &["amount-disputed", "amount"],
            reference: Some("transaction/order-id"),
            id: "transaction/id",
        }
    }

    fn nothing_but_id(element: &'a Element, id: &'static str) -> Self {
        Self {
            element: Some(element),
            amounts: &[],
            reference: None,
            id,
        }
    }

    /// Whether the transaction gives money back.
    fn is_credit(&self) -> Result<bool, DecodeError> {
        match self.element {
            Some(element) => Ok(element.place("type")?.get()? == Some("credit")),
            None => Ok(false),
        }
    }

    fn amount(&self) -> Read {
        let Some(element) = self.element else {
            return Ok(None);
        };
        let place = |name: &str| element.place(name).map_err(|_| MoneyError::Ambiguous);
        let mut amount = Place::nothing();
        for name in self.amounts {
            amount = amount.or(place(name)?);
        }
        major(&amount, &place("currency-iso-code")?)
    }
}

/// The documentation does not say in which order they come.
fn latest_transaction(subscription: &Element) -> Result<Option<&Element>, DecodeError> {
    let made_at = |transaction: &Element| -> Option<UnixTime> {
        TimeUnit::Rfc3339.parse(transaction.text_at("created-at")?.as_bytes())
    };
    let list = subscription.at("transactions")?;
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
