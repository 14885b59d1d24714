//! Paddle Billing: sales of software, with Paddle as the merchant of record.
//!
//! | | |
//! |---|---|
//! | signature | `Paddle-Signature: ts=1785920400;h1=…`: hex HMAC-SHA256 of the time, a colon and the body |
//! | key | the whole text of the notification destination's secret, `pdl_ntfset_…` |
//! | time window | 300 seconds either way; [`Paddle::tolerance`] for another |
//! | event id | `event_id` in the body, signed |
//! | kind | `event_type` in the body, signed |
//!
//! # What to know
//!
//! - Paddle's libraries allow 5 seconds. That loses genuine events where clocks differ or a proxy holds requests back, and a
//!   replay within 300 seconds is recognised by its signed `event_id`. `tolerance(Tolerance::secs(5))` does as they do.
//! - While a secret is rotated the header has several `h1`; any may match. Paddle's library for JavaScript looks at
//!   the last one only.
//! - One event sent to two destinations has one `event_id` and two `notification_id`.
//! - Paddle Classic, with `p_signature` in a form, signs by another rule and is not for this module.
//!
//! Checked against Paddle's libraries `paddle-python-sdk` 1.16.1 and `@paddle/paddle-node-sdk` 3.10.0. Documentation:
//! ["Verify webhook signatures"](https://developer.paddle.com/webhooks/signature-verification).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `transaction.created`, `transaction.ready`, `transaction.billed` |  | `Pending` | `data.details.totals.grand_total` |
//! | `transaction.paid` |  | `Paid`, as `transaction.completed` | `data.details.totals.grand_total` |
//! | `transaction.completed` |  | `Paid`, as `transaction.paid` | `data.details.totals.grand_total` |
//! | `transaction.payment_failed`, `transaction.past_due` |  | `Failed` | `data.details.totals.grand_total` |
//! | `transaction.canceled` |  | `Canceled` | `data.details.totals.grand_total` |
//! | `adjustment.*` | `data.status` is `approved` and `data.action` is `refund` and `data.type` is `full` | `Refunded` | `data.totals.total`, a step of id `data.id` |
//! | `adjustment.*` | `data.status` is `approved` and `data.action` is `refund` and `data.type` is `partial` | `PartiallyRefunded` | `data.totals.total`, a step of id `data.id` |
//! | `adjustment.*` | `data.action` is `refund` and `data.status` is `approved` | `Refund` | `data.totals.total`, a step of id `data.id` |
//! | `adjustment.*` | `data.action` is `refund` and `data.status` is `pending_approval` | `RefundPending` | `data.totals.total`, a step of id `data.id` |
//! | `adjustment.*` | `data.action` is `refund` and `data.status` is `rejected` or `reversed` | `RefundFailed` | `data.totals.total`, a step of id `data.id` |
//! | `adjustment.*` | `data.status` is `approved` and `data.action` is `chargeback` or `chargeback_warning` | `Disputed` | `data.totals.total`, a step of id `data.id` |
//! | `adjustment.*` | `data.status` is `approved` and `data.action` is `chargeback_reverse` or `chargeback_warning_reverse` | `DisputeWon` | `data.totals.total`, a step of id `data.id` |
//! | `subscription.*` | `data.scheduled_change.action` is `cancel` or `pause` and `data.status` is `active` or `trialing` | `SubscriptionEnding` |  |
//! | `subscription.*` | `data.status` is `active` or `trialing` | `SubscriptionActive` |  |
//! | `subscription.*` | `data.status` is `past_due` | `SubscriptionPastDue` |  |
//! | `subscription.*` | `data.status` is `paused` | `SubscriptionPaused` |  |
//! | `subscription.*` | `data.status` is `canceled` | `SubscriptionCanceled` |  |
//! | `payout.created`, `payout.paid` |  | `Payout` | `data.amount` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `adjustment.*` | `data.currency_code`, minor units |  | `data.transaction_id` | `occurred_at`, by RFC 3339 |
//! | all others | `data.currency_code`, minor units |  | `data.id` | `occurred_at`, by RFC 3339 |
//!
//! - There is no reference: what a merchant puts into `data.custom_data` has no agreed shape.
//! - Amounts are taken as the minor units of ISO 4217, in which `"100"` are 100 yen. `grand_total` leaves out what a credit
//!   pays. The amount of an adjustment is with the tax.
//! - `transaction.paid` and `transaction.completed` both come, the second when Paddle has finished its books.
//! - `transaction.payment_failed` is one try; another can follow. More tries follow after `transaction.past_due`.
//! - An adjustment is one refund or one dispute, a step. `full` says that it gave back the whole. Several that are `partial`
//!   can make the whole, which no event says.
//! - In a chargeback Paddle has given the money back for now; after a warning that is not certain. That a dispute was lost is
//!   not told. Credits are `Other`.
//! - A subscription that is set to end or to rest is `SubscriptionEnding` until `scheduled_change.effective_at`. It has no
//!   amount; its payments are transactions.
//! - No event says whether it is a test.
//!
//! Dedupe tells events apart by: `event_id`, kind.

use crate::TimeUnit;
use crate::crypto::{Algorithm, KeyFormat};
use crate::payment::PaymentStatus::{
    Canceled, DisputeWon, Disputed, Failed, Paid, PartiallyRefunded, Payout, Pending, Refund,
    RefundFailed, RefundPending, Refunded, SubscriptionActive, SubscriptionCanceled,
    SubscriptionEnding, SubscriptionPastDue, SubscriptionPaused,
};
use crate::payment::{Meaning, Places, Rule, Unit, When};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Payments,
    "https://developer.paddle.com/webhooks/signature-verification",
)
.setup(&[
    "In Paddle, open Developer tools, Notifications and add a destination of the type URL.",
    "Choose the events, and save.",
    "Choose Edit destination and copy the secret key. It becomes `secrets`.",
]);

/// Hex HMAC-SHA256 of the time, a colon and the body.
pub const SCHEME: Scheme = Scheme::new("paddle", Algorithm::HmacSha256)
    // <https://developer.paddle.com/webhooks/respond-to-webhooks>
    .waits_secs(5)
    .key(KeyFormat::text().reject_prefixes(&[
        "pdl_live_",
        "pdl_sdbx_",
        "ntfset_",
        "live_",
        "test_",
    ]))
    .signature(
        Signature::header("paddle-signature")
            .separator(b';')
            .prefix("h1=")
            .ignore_other_versions(),
    )
    .timestamp(Timestamp::entry("ts=").tolerance(300))
    .signed_content(&[Part::Timestamp, Part::Literal(":"), Part::Body])
    .id(&[Field::Json("/event_id")])
    .kind(&[Field::Json("/event_type")])
    .meaning(&MEANING);

scheme_provider! {
    /// Verifies what Paddle sends to one notification destination.
    ///
    /// ```
    /// use webhook_core::provider::paddle::Paddle;
    /// use webhook_core::{Endpoint, Tolerance};
    ///
    /// let paddle = Paddle::new("pdl_ntfset_01h2_4f1c")?.tolerance(Tolerance::secs(60));
    /// let endpoint = Endpoint::new(paddle);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Paddle, SCHEME, timed
}

/// What Paddle's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    TRANSACTION,
    &[
        Rule::new(
            &[
                "transaction.created",
                "transaction.ready",
                "transaction.billed",
            ],
            Pending,
        ),
        Rule::new(&["transaction.paid"], Paid).twin("transaction.completed"),
        Rule::new(&["transaction.completed"], Paid).twin("transaction.paid"),
        Rule::new(
            &["transaction.payment_failed", "transaction.past_due"],
            Failed,
        ),
        Rule::new(&["transaction.canceled"], Canceled),
        Rule::by(
            ADJUSTMENTS,
            "/data/type",
            &[("full", Refunded), ("partial", PartiallyRefunded)],
        )
        .when(&[APPROVED, IS_REFUND])
        .places(&ADJUSTMENT),
        Rule::by(
            ADJUSTMENTS,
            STATUS,
            &[
                ("approved", Refund),
                ("pending_approval", RefundPending),
                ("rejected", RefundFailed),
                ("reversed", RefundFailed),
            ],
        )
        .when(&[IS_REFUND])
        .places(&ADJUSTMENT),
        Rule::by(
            ADJUSTMENTS,
            "/data/action",
            &[
                ("chargeback", Disputed),
                ("chargeback_warning", Disputed),
                ("chargeback_reverse", DisputeWon),
                ("chargeback_warning_reverse", DisputeWon),
            ],
        )
        .when(&[APPROVED])
        .places(&ADJUSTMENT),
        Rule::by(
            SUBSCRIPTIONS,
            STATUS,
            &[
                ("active", SubscriptionEnding),
                ("trialing", SubscriptionEnding),
            ],
        )
        .when(&[When::Is(
            "/data/scheduled_change/action",
            &["cancel", "pause"],
        )])
        .amount(&[]),
        Rule::by(
            SUBSCRIPTIONS,
            STATUS,
            &[
                ("active", SubscriptionActive),
                ("trialing", SubscriptionActive),
                ("past_due", SubscriptionPastDue),
                ("paused", SubscriptionPaused),
                ("canceled", SubscriptionCanceled),
            ],
        )
        .amount(&[]),
        Rule::new(&["payout.created", "payout.paid"], Payout).amount(&["/data/amount"]),
    ],
);

const ADJUSTMENTS: &[&str] = &["adjustment.*"];
const SUBSCRIPTIONS: &[&str] = &["subscription.*"];
const STATUS: &str = "/data/status";
const APPROVED: When = When::Is(STATUS, &["approved"]);
const IS_REFUND: When = When::Is("/data/action", &["refund"]);

const TRANSACTION: Places = Places::new(Unit::Minor)
    .amount(&["/data/details/totals/grand_total"])
    .currency(&["/data/currency_code"])
    .transaction(&["/data/id"])
    .time(TimeUnit::Rfc3339, &["/occurred_at"]);

const ADJUSTMENT: Places = TRANSACTION
    .step_amount(&["/data/totals/total"])
    .step_id(&["/data/id"])
    .transaction(&["/data/transaction_id"]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::testing::support;

    #[test]
    fn the_time_is_when_it_happened() {
        let body = r#"{"event_id":"evt_01h","event_type":"transaction.paid","occurred_at":"2026-08-05T09:00:00.120000Z"}"#;
        let update = support::update(SCHEME, body).unwrap();
        assert_eq!(update.time, Some(UnixTime::from_millis(1_785_920_400_120)));
    }
}
