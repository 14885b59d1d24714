//! What a notification claims about a payment.

use super::event::Notice;
use crate::message::Message;
use crate::payment::PaymentStatus::{
    Canceled, Other, Paid, PartiallyRefunded, Refunded, SubscriptionActive, SubscriptionCanceled,
    SubscriptionPastDue, SubscriptionPaused,
};
use crate::payment::read::require;
use crate::payment::{Meaning, PaymentUpdate, Places, Rule, Unit};
use crate::{DecodeError, TimeUnit};

pub(super) fn payments(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    require(message.body(), ["/message/messageId"])?;
    let claimed = PaymentUpdate::claimed(message);
    let Some(notice) = Notice::read(message.body())? else {
        return Ok(vec![claimed]);
    };
    let claimed = MEANING.update(&notice.kind, &notice.data, claimed)?;
    Ok(vec![claimed])
}

/// What Google's kinds mean for a payment. None of it is signed.
pub const MEANING: Meaning = Meaning::new(
    SUBSCRIPTION,
    &[
        Rule::new(&["oneTimeProductNotification.1"], Paid).places(&PRODUCT),
        Rule::new(&["oneTimeProductNotification.2"], Canceled).places(&PRODUCT),
        Rule::new(&["oneTimeProductNotification.*"], Other).places(&PRODUCT),
        Rule::by(
            &["voidedPurchaseNotification"],
            "/voidedPurchaseNotification/refundType",
            &[("1", Refunded), ("2", PartiallyRefunded)],
        )
        .places(&VOIDED),
        Rule::new(&["voidedPurchaseNotification"], Other).places(&VOIDED),
        Rule::new(
            &[
                "subscriptionNotification.1",
                "subscriptionNotification.2",
                "subscriptionNotification.4",
                "subscriptionNotification.7",
            ],
            SubscriptionActive,
        ),
        Rule::new(
            &["subscriptionNotification.5", "subscriptionNotification.6"],
            SubscriptionPastDue,
        ),
        Rule::new(&["subscriptionNotification.10"], SubscriptionPaused),
        Rule::new(
            &[
                "subscriptionNotification.3",
                "subscriptionNotification.12",
                "subscriptionNotification.13",
            ],
            SubscriptionCanceled,
        ),
        Rule::new(&["subscriptionNotification.20"], Canceled),
        Rule::new(&["subscriptionNotification.*"], Other),
        Rule::new(&["testNotification"], Other).places(&TEST),
    ],
);

const TEST: Places = Places::new(Unit::Major).time(TimeUnit::Milliseconds, &["/eventTimeMillis"]);

const SUBSCRIPTION: Places = TEST.transaction(&["/subscriptionNotification/purchaseToken"]);
const PRODUCT: Places = TEST.transaction(&["/oneTimeProductNotification/purchaseToken"]);
const VOIDED: Places = TEST.transaction(&[
    "/voidedPurchaseNotification/orderId",
    "/voidedPurchaseNotification/purchaseToken",
]);
