//! Whop: payments, memberships, transfers.
//!
//! | | |
//! |---|---|
//! | signature | [Standard Webhooks](super::standard_webhooks) `v1`: base64 HMAC-SHA256 of `webhook-id`, `.`, `webhook-timestamp`, `.`, body |
//! | key | the **text** of the secret, `ws_…`, as it is shown |
//! | time window | 300 seconds both ways |
//! | event id | `webhook-id`, signed |
//! | kind | `type` in the body, signed |
//!
//! # What to know
//!
//! - The whole secret is the key, `ws_` included. Where another library wants it in base64, give this one what the dashboard shows.
//! - `id` in the body repeats `webhook-id`.
//!
//! Checked against Whop's library 0.0.42 (JavaScript), which takes the secret in base64; that its text is the key is said by several third
//! parties. Documentation: ["Webhooks"](https://docs.whop.com/developer/guides/webhooks).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `payment.created`, `payment.pending`, `payment.requires_action` |  | `Pending` | `data.total` |
//! | `payment.authorized` |  | `Authorized` | `data.total` |
//! | `payment.succeeded` |  | `Paid` | `data.total` |
//! | `payment.failed` |  | `Failed` | `data.total` |
//! | `payment.canceled` |  | `Canceled` | `data.total` |
//! | `refund.created`, `refund.updated` | `data.status` is `pending` or `requires_action` | `RefundPending` | `data.amount`, a step of id `data.id` |
//! | `refund.created`, `refund.updated` | `data.status` is `succeeded` | `Refund` | `data.amount`, a step of id `data.id` |
//! | `refund.created`, `refund.updated` | `data.status` is `failed` or `canceled` | `RefundFailed` | `data.amount`, a step of id `data.id` |
//! | `dispute.created`, `dispute.updated` | `data.status` is `needs_response` or `under_review` or `warning_needs_response` or `warning_under_review` | `Disputed` | `data.amount` of id `data.id` |
//! | `dispute.created`, `dispute.updated` | `data.status` is `won` | `DisputeWon` | `data.amount` of id `data.id` |
//! | `dispute.created`, `dispute.updated` | `data.status` is `lost` | `DisputeLost` | `data.amount` of id `data.id` |
//! | `dispute.created`, `dispute.updated` | `data.status` is `closed` or `prevented` or `warning_closed` | `DisputeClosed` | `data.amount` of id `data.id` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `refund.created`, `refund.updated`, `dispute.created`, `dispute.updated` | `data.currency`, major units |  | `data.payment_id`, else `data.payment.id` | `timestamp`, by RFC 3339 |
//! | all others | `data.currency`, major units |  | `data.id` | `timestamp`, by RFC 3339 |
//!
//! - Amounts are decimal numbers in units of the currency. Newer versions of Whop's interface write an amount of a payment or a refund as an
//!   object: such an amount is an error, and the rest of the update is read.
//! - The amount of a payment is Whop's `total`, which leaves out what the buyer pays to Whop on top: the payer's statement may show more.
//! - A refund is a step, and does not say whether it was all.
//! - Currencies of Whop that are none of ISO 4217, such as `eth` and `btc`, are errors.
//! - `dispute_alert.created` is a warning, and `Other`. So are memberships, invoices, transfers, payouts and cards.
//!
//! Dedupe tells events apart by: `webhook-id`, kind.

use crate::TimeUnit;
use crate::crypto::KeyFormat;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeClosed, DisputeLost, DisputeWon, Disputed, Failed, Paid, Pending,
    Refund, RefundFailed, RefundPending,
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

const ABOUT: About = About::new(Group::Payments, "https://docs.whop.com/developer/guides/webhooks").setup(&[
    "In the dashboard, open Developer, create a webhook with the URL, the API version `v1` and its events.",
    "Copy the webhook secret, whole. It becomes `secrets`.",
]);

/// Standard Webhooks with the text of the secret as the key.
pub const SCHEME: Scheme = standard_webhooks::SCHEME
    .named("whop")
    .key(KeyFormat::text())
    .meaning(&MEANING);

scheme_provider! {
    /// Verifies what Whop sends to one endpoint.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::whop::Whop;
    ///
    /// let endpoint = Endpoint::new(Whop::new("ws_1f77bc21ded2a0ec33c21bdd4c723a2bfbad5f8040c6965ce2f8fb8ba2645a7e")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Whop, SCHEME, timed
}

/// What Whop's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    PAYMENT,
    &[
        Rule::new(
            &[
                "payment.created",
                "payment.pending",
                "payment.requires_action",
            ],
            Pending,
        ),
        Rule::new(&["payment.authorized"], Authorized),
        Rule::new(&["payment.succeeded"], Paid),
        Rule::new(&["payment.failed"], Failed),
        Rule::new(&["payment.canceled"], Canceled),
        Rule::by(
            &["refund.created", "refund.updated"],
            STATUS,
            &[
                ("pending", RefundPending),
                ("requires_action", RefundPending),
                ("succeeded", Refund),
                ("failed", RefundFailed),
                ("canceled", RefundFailed),
            ],
        )
        .places(&REFUNDED),
        Rule::by(
            &["dispute.created", "dispute.updated"],
            STATUS,
            &[
                ("needs_response", Disputed),
                ("under_review", Disputed),
                ("warning_needs_response", Disputed),
                ("warning_under_review", Disputed),
                ("won", DisputeWon),
                ("lost", DisputeLost),
                ("closed", DisputeClosed),
                ("prevented", DisputeClosed),
                ("warning_closed", DisputeClosed),
            ],
        )
        .places(&DISPUTE),
    ],
);

const STATUS: &str = "/data/status";

const EVENT: Places = Places::new(Unit::Major)
    .currency(&["/data/currency"])
    .time(TimeUnit::Rfc3339, &["/timestamp"]);

const PAYMENT: Places = EVENT.amount(&["/data/total"]).transaction(&["/data/id"]);

const REFUNDED: Places = EVENT
    .step_amount(&["/data/amount"])
    .step_id(&["/data/id"])
    .transaction(&["/data/payment_id", "/data/payment/id"]);

const DISPUTE: Places = EVENT
    .amount(&["/data/amount"])
    .step_id(&["/data/id"])
    .transaction(&["/data/payment_id", "/data/payment/id"]);

/// Names of kinds of events. Whop has many more; all of them arrive.
pub mod kind {
    /// A membership is active.
    pub const MEMBERSHIP_ACTIVATED: &str = "membership.activated";
    /// A payment succeeded.
    pub const PAYMENT_SUCCEEDED: &str = "payment.succeeded";
    /// A transfer is done.
    pub const TRANSFER_COMPLETED: &str = "transfer.completed";
    /// An identity is proven.
    pub const VERIFICATION_SUCCEEDED: &str = "verification.succeeded";
}
