//! What can happen to a payment.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

/// What happened to a payment, whatever its provider calls it. More may come.
///
/// Who can say what, by the kinds that each sender documents; who is not listed never says it:
///
#[doc = include_str!("statuses.md")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PaymentStatus {
    /// Begun, and not decided yet: no money has moved.
    Pending,
    /// The money is reserved, not taken.
    Authorized,
    /// Money of a payer is taken, or certain to come: of the whole payment, or of a part of it. The amount says how much.
    Paid,
    /// Refused or broken off by an error; the payer may try again.
    Failed,
    /// Called off by the payer or the merchant before money was taken. A reserved amount that is released is this, never a refund.
    Canceled,
    /// Not paid, or not captured, in time.
    Expired,
    /// All of the money went back.
    Refunded,
    /// Some of the money went back, and some did not.
    PartiallyRefunded,
    /// Money went back. The event does not prove whether it was all.
    Refund,
    /// A refund is asked for or on its way; nothing has reached the payer.
    RefundPending,
    /// A refund did not happen: it was refused, or the money came back to the merchant after it was told as done.
    RefundFailed,
    /// The payer or the payer's bank wants the money back; nothing is decided.
    Disputed,
    /// A dispute was decided for the merchant.
    DisputeWon,
    /// A dispute was decided for the payer.
    DisputeLost,
    /// A dispute is over, and the event does not say for whom: it was withdrawn, prevented, or settled.
    DisputeClosed,
    /// A subscription runs, began anew or was renewed.
    SubscriptionActive,
    /// A subscription's latest payment is overdue.
    SubscriptionPastDue,
    /// A subscription rests.
    SubscriptionPaused,
    /// A subscription still runs, and will not be renewed.
    SubscriptionEnding,
    /// A subscription has ended.
    SubscriptionCanceled,
    /// Money of the merchant goes out, to its bank or to somebody else: asked for, on its way or arrived.
    Payout,
    /// Money that was to go out did not, or came back.
    PayoutFailed,
    /// Something happened to this payment, but the signature does not cover what: ask the provider's API.
    /// [`PaymentUpdate::unverified`](crate::payment::PaymentUpdate::unverified) holds what the request claims.
    Unconfirmed,
    /// A test event: no money has moved. [`PaymentUpdate::mode`](crate::payment::PaymentUpdate::mode) says so too, and the other fields
    /// are as they came. [`Endpoint::test_account`](crate::Endpoint::test_account) has tests told in the words of real events.
    Test,
    /// Nothing that means something for a payment.
    Other,
}

impl PaymentStatus {
    /// Every status, in the order of their definition.
    pub const ALL: &'static [Self] = &[
        Self::Pending,
        Self::Authorized,
        Self::Paid,
        Self::Failed,
        Self::Canceled,
        Self::Expired,
        Self::Refunded,
        Self::PartiallyRefunded,
        Self::Refund,
        Self::RefundPending,
        Self::RefundFailed,
        Self::Disputed,
        Self::DisputeWon,
        Self::DisputeLost,
        Self::DisputeClosed,
        Self::SubscriptionActive,
        Self::SubscriptionPastDue,
        Self::SubscriptionPaused,
        Self::SubscriptionEnding,
        Self::SubscriptionCanceled,
        Self::Payout,
        Self::PayoutFailed,
        Self::Unconfirmed,
        Self::Test,
        Self::Other,
    ];

    /// A stable word for logs and databases: the name in lower case with `_` between words.
    ///
    /// ```
    /// use webhook_core::payment::PaymentStatus;
    ///
    /// assert_eq!(PaymentStatus::PartiallyRefunded.as_str(), "partially_refunded");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Authorized => "authorized",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
            Self::Refunded => "refunded",
            Self::PartiallyRefunded => "partially_refunded",
            Self::Refund => "refund",
            Self::RefundPending => "refund_pending",
            Self::RefundFailed => "refund_failed",
            Self::Disputed => "disputed",
            Self::DisputeWon => "dispute_won",
            Self::DisputeLost => "dispute_lost",
            Self::DisputeClosed => "dispute_closed",
            Self::SubscriptionActive => "subscription_active",
            Self::SubscriptionPastDue => "subscription_past_due",
            Self::SubscriptionPaused => "subscription_paused",
            Self::SubscriptionEnding => "subscription_ending",
            Self::SubscriptionCanceled => "subscription_canceled",
            Self::Payout => "payout",
            Self::PayoutFailed => "payout_failed",
            Self::Unconfirmed => "unconfirmed",
            Self::Test => "test",
            Self::Other => "other",
        }
    }
}

impl Serialize for PaymentStatus {
    /// The word of [`as_str`](Self::as_str).
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for PaymentStatus {
    /// The word of [`as_str`](Self::as_str).
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let mut all = Self::ALL.iter().copied();
        let found = all.find(|status| status.as_str() == word);
        found.ok_or_else(|| D::Error::custom("not a status of a payment"))
    }
}

impl fmt::Display for PaymentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
