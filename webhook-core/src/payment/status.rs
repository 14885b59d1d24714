//! What can happen to a payment.

use std::fmt;

/// What happened to a payment, whatever its provider calls it. More may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PaymentStatus {
    /// Begun, and not decided yet.
    Pending,
    /// The money is reserved, not taken.
    Authorized,
    /// The money is taken, or certain to come.
    Paid,
    /// Refused or broken off by an error; the payer may try again.
    Failed,
    /// Called off by the payer or the merchant before money was taken.
    Canceled,
    /// Not paid in time.
    Expired,
    /// All of the money went back.
    Refunded,
    /// Some of the money went back.
    PartiallyRefunded,
    /// The payer or the payer's bank wants the money back; nothing is decided.
    Disputed,
    /// A dispute was decided for the merchant.
    DisputeWon,
    /// A dispute was decided for the payer.
    DisputeLost,
    /// A subscription runs, began anew or was renewed.
    SubscriptionActive,
    /// A subscription's latest payment is overdue.
    SubscriptionPastDue,
    /// A subscription rests.
    SubscriptionPaused,
    /// A subscription has ended, or will not be renewed.
    SubscriptionCanceled,
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
            Self::Disputed => "disputed",
            Self::DisputeWon => "dispute_won",
            Self::DisputeLost => "dispute_lost",
            Self::SubscriptionActive => "subscription_active",
            Self::SubscriptionPastDue => "subscription_past_due",
            Self::SubscriptionPaused => "subscription_paused",
            Self::SubscriptionCanceled => "subscription_canceled",
            Self::Unconfirmed => "unconfirmed",
            Self::Test => "test",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for PaymentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
