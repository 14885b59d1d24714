//! What a notification claims about a payment.

use super::event::Notice;
use crate::message::Message;
use crate::payment::PaymentStatus::{
    Canceled, Paid, PartiallyRefunded, Refund, RefundPending, Refunded, SubscriptionActive,
    SubscriptionCanceled, SubscriptionEnding, SubscriptionPastDue, SubscriptionPaused,
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
        Rule::new(
            &[
                "subscriptionNotification.1",
                "subscriptionNotification.2",
                "subscriptionNotification.4",
                "subscriptionNotification.7",
                "subscriptionNotification.9",
            ],
            SubscriptionActive,
        ),
        Rule::new(
            &["subscriptionNotification.5", "subscriptionNotification.6"],
            SubscriptionPastDue,
        ),
        Rule::new(&["subscriptionNotification.10"], SubscriptionPaused),
        Rule::new(
            &["subscriptionNotification.3", "subscriptionNotification.18"],
            SubscriptionEnding,
        ),
        Rule::new(
            &["subscriptionNotification.12", "subscriptionNotification.13"],
            SubscriptionCanceled,
        ),
        Rule::new(&["subscriptionNotification.20"], Canceled),
        Rule::new(&["oneTimeProductNotification.1"], Paid).places(&PRODUCT),
        Rule::new(&["oneTimeProductNotification.2"], Canceled).places(&PRODUCT),
        Rule::by(
            &["voidedPurchaseNotification"],
            "/voidedPurchaseNotification/refundType",
            &[("1", Refunded), ("2", PartiallyRefunded)],
        )
        .places(&VOIDED),
        Rule::new(&["voidedPurchaseNotification"], Refund).places(&VOIDED),
        Rule::new(&["pendingRefundReviewNotification"], RefundPending).places(&REVIEW),
    ],
);

const SUBSCRIPTION: Places = Places::new(Unit::Major)
    .transaction(&["/subscriptionNotification/purchaseToken"])
    .time(TimeUnit::Milliseconds, &["/eventTimeMillis"]);
const PRODUCT: Places = SUBSCRIPTION.transaction(&["/oneTimeProductNotification/purchaseToken"]);
const VOIDED: Places = SUBSCRIPTION.transaction(&[
    "/voidedPurchaseNotification/orderId",
    "/voidedPurchaseNotification/purchaseToken",
]);
const REVIEW: Places = SUBSCRIPTION
    .transaction(&["/pendingRefundReviewNotification/orderId"])
    .step_id(&["/pendingRefundReviewNotification/pendingRefundToken"]);
