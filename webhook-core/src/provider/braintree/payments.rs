//! What a notification says about a payment.

use super::element::Element;
use super::kind;
use super::notification::Notification;
use crate::json::Place;
use crate::message::Message;
use crate::payment::read::{Amount, major};
use crate::payment::{MoneyError, PaymentStatus, PaymentUpdate};
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
        amount: about.amount(),
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

    fn amount(&self) -> Amount {
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

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::super::Signer;
    use super::*;
    use crate::testing::support::only;
    use crate::testing::support::{NOW, line, signed};

    fn update(kind: &str, subject: &str) -> Result<PaymentUpdate, DecodeError> {
        let xml = format!(
            "<notification><timestamp type=\"datetime\">2026-08-05T09:00:00Z</timestamp>\
             <kind>{kind}</kind><subject>{subject}</subject></notification>"
        );
        let signer = Signer::new("public", "a private key").unwrap();
        let settings = json!({"public_key": "public", "private_key": "a private key"});
        only(&signed("braintree", settings, &signer, xml))
    }

    const SALE: &str = "<transaction><id>tx</id><status>settled</status><type>sale</type>\
        <currency-iso-code>USD</currency-iso-code><amount>100.05</amount><order-id>order-7</order-id>\
        <us-bank-account><routing-number>123456789</routing-number></us-bank-account></transaction>";

    const DISPUTE: &str = "<dispute><id>dsp</id><amount>250.00</amount><amount-disputed>200.00</amount-disputed>\
        <amount-won>195.00</amount-won><currency-iso-code>EUR</currency-iso-code><status>open</status>\
        <transaction><id>tx</id><amount>250.00</amount><order-id nil=\"true\"/></transaction></dispute>";

    const SUBSCRIPTION: &str = "<subscription><id>sub</id><price>9.00</price><transactions type=\"array\">\
        <transaction><id>old</id><amount>8.00</amount><currency-iso-code>EUR</currency-iso-code>\
        <created-at type=\"datetime\">2026-07-05T09:00:00Z</created-at></transaction>\
        <transaction><id>new</id><amount>9.00</amount><currency-iso-code>EUR</currency-iso-code>\
        <created-at type=\"datetime\">2026-08-05T08:59:00Z</created-at></transaction>\
        </transactions><add_ons type=\"array\"></add_ons></subscription>";

    #[test]
    fn transactions_become_updates() {
        for (kind, replace, with, want) in [
            (
                kind::TRANSACTION_SETTLED,
                "",
                "",
                "paid | 100.05 USD | order-7 | tx",
            ),
            (
                kind::TRANSACTION_DISBURSED,
                "",
                "",
                "paid | 100.05 USD | order-7 | tx",
            ),
            (
                kind::TRANSACTION_SETTLEMENT_DECLINED,
                "",
                "",
                "failed | 100.05 USD | order-7 | tx",
            ),
            (
                kind::REFUND_FAILED,
                "",
                "",
                "other | 100.05 USD | order-7 | tx",
            ),
            (
                kind::TRANSACTION_RETRIED,
                "",
                "",
                "other | 100.05 USD | order-7 | tx",
            ),
            (
                kind::TRANSACTION_SETTLED,
                "sale",
                "credit",
                "partially_refunded | 100.05 USD | order-7 | tx",
            ),
            (
                kind::TRANSACTION_SETTLEMENT_DECLINED,
                "sale",
                "credit",
                "other | 100.05 USD | order-7 | tx",
            ),
            (
                kind::TRANSACTION_SETTLED,
                "<currency-iso-code>USD</currency-iso-code>",
                "",
                "paid | no_currency | order-7 | tx",
            ),
            (
                kind::TRANSACTION_SETTLED,
                "USD</currency-iso-code><amount>100.05",
                "JPY</currency-iso-code><amount>100",
                "paid | 100 JPY | order-7 | tx",
            ),
            (
                kind::TRANSACTION_SETTLED,
                "USD</currency-iso-code><amount>100.05",
                "KWD</currency-iso-code><amount>100.055",
                "paid | 100.055 KWD | order-7 | tx",
            ),
        ] {
            let update = update(kind, &SALE.replace(replace, with)).unwrap();
            assert_eq!(line(&update), want, "{kind} {with}");
            assert_eq!(update.time, Some(NOW), "{kind}");
            assert_eq!(update.kind.as_deref(), Some(kind));
        }
    }

    #[test]
    fn disputes_become_updates() {
        for (kind, status) in [
            (kind::DISPUTE_OPENED, "disputed"),
            (kind::DISPUTE_DISPUTED, "disputed"),
            (kind::DISPUTE_UNDER_REVIEW, "disputed"),
            (kind::DISPUTE_WON, "dispute_won"),
            (kind::DISPUTE_LOST, "dispute_lost"),
            (kind::DISPUTE_ACCEPTED, "dispute_lost"),
            (kind::DISPUTE_AUTO_ACCEPTED, "dispute_lost"),
            (kind::DISPUTE_EXPIRED, "dispute_lost"),
        ] {
            let update = update(kind, DISPUTE).unwrap();
            assert_eq!(line(&update), format!("{status} | 200.00 EUR | - | tx"));
        }
        let old = DISPUTE.replace("<amount-disputed>200.00</amount-disputed>", "");
        let update = update(kind::DISPUTE_OPENED, &old).unwrap();
        assert_eq!(line(&update), "disputed | 250.00 EUR | - | tx");
    }

    #[test]
    fn subscriptions_become_updates() {
        for (kind, want) in [
            (
                kind::SUBSCRIPTION_CHARGED_SUCCESSFULLY,
                "paid | 9.00 EUR | - | new",
            ),
            (
                kind::SUBSCRIPTION_CHARGED_UNSUCCESSFULLY,
                "failed | 9.00 EUR | - | new",
            ),
            (
                kind::SUBSCRIPTION_WENT_ACTIVE,
                "subscription_active | - | - | sub",
            ),
            (
                kind::SUBSCRIPTION_WENT_PAST_DUE,
                "subscription_past_due | - | - | sub",
            ),
            (
                kind::SUBSCRIPTION_CANCELED,
                "subscription_canceled | - | - | sub",
            ),
            (
                kind::SUBSCRIPTION_EXPIRED,
                "subscription_canceled | - | - | sub",
            ),
            (kind::SUBSCRIPTION_TRIAL_ENDED, "other | - | - | sub"),
            (kind::SUBSCRIPTION_BILLING_SKIPPED, "other | - | - | sub"),
        ] {
            assert_eq!(line(&update(kind, SUBSCRIPTION).unwrap()), want, "{kind}");
        }
    }

    #[test]
    fn without_times_the_first_transaction_of_a_subscription_counts() {
        let subscription = SUBSCRIPTION.replace("created-at", "made-at");
        let update = update(kind::SUBSCRIPTION_CHARGED_SUCCESSFULLY, &subscription).unwrap();
        assert_eq!(line(&update), "paid | 8.00 EUR | - | old");
    }

    #[test]
    fn local_payments_become_updates() {
        let transaction = "<payment-id>PAY-1</payment-id><transaction><id>tx</id><amount>10.00</amount>\
            <currency-iso-code>EUR</currency-iso-code><order-id>order-7</order-id></transaction>";
        let alone = "<payment-id>PAY-1</payment-id>";
        for (kind, name, inside, want) in [
            (
                kind::LOCAL_PAYMENT_COMPLETED,
                "local-payment",
                transaction,
                "pending | 10.00 EUR | order-7 | tx",
            ),
            (
                kind::LOCAL_PAYMENT_COMPLETED,
                "local-payment",
                alone,
                "pending | - | - | PAY-1",
            ),
            (
                kind::LOCAL_PAYMENT_FUNDED,
                "local-payment-funded",
                transaction,
                "paid | 10.00 EUR | order-7 | tx",
            ),
            (
                kind::LOCAL_PAYMENT_EXPIRED,
                "local-payment-expired",
                alone,
                "expired | - | - | PAY-1",
            ),
            (
                kind::LOCAL_PAYMENT_REVERSED,
                "local-payment-reversed",
                alone,
                "refunded | - | - | PAY-1",
            ),
        ] {
            let update = update(kind, &format!("<{name}>{inside}</{name}>")).unwrap();
            assert_eq!(line(&update), want, "{kind}");
        }
    }

    #[test]
    fn what_means_nothing_for_a_payment_is_other() {
        for (kind, subject) in [
            (kind::CHECK, "<check type=\"boolean\">true</check>"),
            (
                kind::DISBURSEMENT,
                "<disbursement><id>d</id><amount>1.00</amount></disbursement>",
            ),
            ("moon_landed", "<moon/>"),
            ("moon_landed", ""),
        ] {
            assert_eq!(line(&update(kind, subject).unwrap()), "other | - | - | -");
        }
    }

    #[test]
    fn a_notification_without_its_envelope_is_an_error() {
        assert_eq!(update("", SALE).unwrap_err().path(), "kind");
    }

    #[test]
    fn an_amount_that_cannot_be_read_takes_nothing_with_it() {
        for (amount, want) in [
            ("1,00", "not_a_number"),
            ("1e2", "100.00 USD"),
            ("100.055", "too_many_digits"),
            ("ten", "not_a_number"),
            ("1</amount><amount>2", "ambiguous"),
            ("<b>1</b>", "ambiguous"),
        ] {
            let sale = SALE.replace("100.05", amount);
            let sale = update(kind::TRANSACTION_SETTLED, &sale).unwrap();
            assert_eq!(line(&sale), format!("paid | {want} | order-7 | tx"));
        }
    }

    #[test]
    fn what_is_written_twice_is_not_taken_for_absent() {
        let twice = |part: &str| {
            let sale = SALE.replace(part, &part.repeat(2));
            assert_ne!(sale, SALE);
            update(kind::TRANSACTION_SETTLED, &sale).unwrap_err()
        };
        assert_eq!(twice("<order-id>order-7</order-id>").path(), "order-id");
        assert_eq!(twice("<id>tx</id>").path(), "id");
        assert_eq!(twice(SALE).path(), "transaction");
    }
}
