//! PortOne V2: payments in Korea.
//!
//! | | |
//! |---|---|
//! | signature | [Standard Webhooks](super::standard_webhooks) `v1`: base64 HMAC-SHA256 of `webhook-id`, `.`, `webhook-timestamp`, `.`, body |
//! | key | `whsec_` and base64, or base64 alone, of 16 bytes or more; what is decoded is the key |
//! | time window | 300 seconds both ways |
//! | event id | `webhook-id`, signed |
//! | kind | `type` in the body, signed |
//!
//! # What to know
//!
//! - An event tells ids and no amounts: `data.paymentId`, `data.transactionId`. Read the payment from PortOne's API before you hand
//!   something out.
//! - PortOne adds kinds without notice.
//! - Webhooks of the version `2024-01-01` are signed in the same way and have other bodies, without a kind.
//!
//! Checked against PortOne's libraries 0.21.0 (Python) and 0.19.0 (JavaScript). Documentation, in Korean:
//! ["웹훅 연동하기"](https://developers.portone.io/opi/ko/integration/webhook/readme-v2).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `Transaction.Ready`, `Transaction.PayPending`, `Transaction.VirtualAccountIssued` |  | `Pending` | of id `data.cancellationId` |
//! | `Transaction.Paid` |  | `Paid` | of id `data.cancellationId` |
//! | `Transaction.Failed` |  | `Failed` | of id `data.cancellationId` |
//! | `Transaction.CancelPending` |  | `RefundPending` | of id `data.cancellationId` |
//! | `Transaction.PartialCancelled` |  | `PartiallyRefunded` | of id `data.cancellationId` |
//! | `Transaction.Cancelled` |  | `Refunded` | of id `data.cancellationId` |
//! | `Transaction.DisputeCreated` |  | `Disputed` | of id `data.cancellationId` |
//! | `Transaction.DisputeResolved` |  | `DisputeClosed` | of id `data.cancellationId` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | all |  | `data.paymentId` | `data.transactionId` | `timestamp`, by RFC 3339 |
//!
//! - No event has an amount: an update says what happened to which payment, and PortOne's API says how much it was. Never hand something
//!   out by an update alone: whoever pays chooses the sum that the browser asks for.
//! - `data.paymentId` is the order number that you chose. Each attempt to pay it has a `data.transactionId` of its own.
//! - `Transaction.Cancelled` says that a payment was cancelled as a whole: all of what was paid is back.
//! - `Transaction.DisputeResolved` does not say for whom.
//! - `Transaction.Confirm` and what becomes of billing keys are `Other`, as are webhooks of the version `2024-01-01`.
//!
//! Dedupe tells events apart by: `webhook-id`, kind.

use crate::TimeUnit;
use crate::crypto::KeyFormat;
use crate::payment::PaymentStatus::{
    DisputeClosed, Disputed, Failed, Paid, PartiallyRefunded, Pending, RefundPending, Refunded,
};
use crate::payment::{Meaning, Places, Rule, Unit};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::scheme::Scheme;

use super::standard_webhooks;
pub use super::standard_webhooks::Event;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Payments, "https://developers.portone.io/opi/ko/integration/webhook/readme-v2").setup(&[
    "In PortOne's console, open the settings of the integration and enter the URL of the webhook; choose its newest version.",
    "Have a webhook secret issued and copy it. It becomes `secrets`.",
]);

/// Standard Webhooks; keys may have 16 bytes.
pub const SCHEME: Scheme = standard_webhooks::SCHEME
    .named("portone")
    .key(KeyFormat::base64().strip_prefix("whsec_"))
    .meaning(&MEANING);

scheme_provider! {
    /// Verifies what PortOne sends for one store.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::portone::PortOne;
    ///
    /// let endpoint = Endpoint::new(PortOne::new("whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    PortOne, SCHEME, timed
}

/// What PortOne's kinds mean for a payment. None of them has an amount.
pub const MEANING: Meaning = Meaning::new(
    PAYMENT,
    &[
        Rule::new(
            &[
                kind::TRANSACTION_READY,
                kind::TRANSACTION_PAY_PENDING,
                kind::TRANSACTION_VIRTUAL_ACCOUNT_ISSUED,
            ],
            Pending,
        ),
        Rule::new(&[kind::TRANSACTION_PAID], Paid),
        Rule::new(&[kind::TRANSACTION_FAILED], Failed),
        Rule::new(&[kind::TRANSACTION_CANCEL_PENDING], RefundPending),
        Rule::new(&[kind::TRANSACTION_PARTIAL_CANCELLED], PartiallyRefunded),
        Rule::new(&[kind::TRANSACTION_CANCELLED], Refunded),
        Rule::new(&[kind::TRANSACTION_DISPUTE_CREATED], Disputed),
        Rule::new(&[kind::TRANSACTION_DISPUTE_RESOLVED], DisputeClosed),
    ],
);

const PAYMENT: Places = Places::new(Unit::Major)
    .step_id(&["/data/cancellationId"])
    .reference(&["/data/paymentId"])
    .transaction(&["/data/transactionId"])
    .time(TimeUnit::Rfc3339, &["/timestamp"]);

/// Names of kinds of events. PortOne adds others; all of them arrive.
pub mod kind {
    /// A billing key was deleted.
    pub const BILLING_KEY_DELETED: &str = "BillingKey.Deleted";
    /// A billing key could not be issued.
    pub const BILLING_KEY_FAILED: &str = "BillingKey.Failed";
    /// A billing key was issued.
    pub const BILLING_KEY_ISSUED: &str = "BillingKey.Issued";
    /// The window for a billing key is open.
    pub const BILLING_KEY_READY: &str = "BillingKey.Ready";
    /// A billing key was changed.
    pub const BILLING_KEY_UPDATED: &str = "BillingKey.Updated";
    /// A cancellation was asked for.
    pub const TRANSACTION_CANCEL_PENDING: &str = "Transaction.CancelPending";
    /// A payment was cancelled as a whole.
    pub const TRANSACTION_CANCELLED: &str = "Transaction.Cancelled";
    /// A payment is disputed.
    pub const TRANSACTION_DISPUTE_CREATED: &str = "Transaction.DisputeCreated";
    /// A dispute is settled.
    pub const TRANSACTION_DISPUTE_RESOLVED: &str = "Transaction.DisputeResolved";
    /// A payment failed.
    pub const TRANSACTION_FAILED: &str = "Transaction.Failed";
    /// A payment was approved.
    pub const TRANSACTION_PAID: &str = "Transaction.Paid";
    /// A part of a payment was cancelled.
    pub const TRANSACTION_PARTIAL_CANCELLED: &str = "Transaction.PartialCancelled";
    /// A payment waits for its approval.
    pub const TRANSACTION_PAY_PENDING: &str = "Transaction.PayPending";
    /// The window for a payment is open.
    pub const TRANSACTION_READY: &str = "Transaction.Ready";
    /// A virtual account was issued.
    pub const TRANSACTION_VIRTUAL_ACCOUNT_ISSUED: &str = "Transaction.VirtualAccountIssued";
}
