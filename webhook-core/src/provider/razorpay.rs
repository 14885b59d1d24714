//! Razorpay: payments in India and beyond.
//!
//! | | |
//! |---|---|
//! | signature | `X-Razorpay-Signature`: hex HMAC-SHA256 of the body |
//! | key | the text of the webhook's secret |
//! | time window | none: Razorpay signs no time |
//! | event id | `X-Razorpay-Event-Id`, **not signed** |
//! | kind | `event` in the body, signed |
//!
//! # What to know
//!
//! - Whoever replays a request can give it another id. Remember what was done by the kind and the id of the payment,
//!   refund or dispute as well.
//! - After a change of the secret, retries of older events are still signed with the old one: configure both.
//! - The signature that Checkout hands to the browser (`order_id|payment_id`, with the API's secret) is another thing.
//!
//! Checked against Razorpay's libraries `razorpay` 2.0.1 (Python) and 2.9.8 (JavaScript). Documentation:
//! ["Validate and test webhooks"](https://razorpay.com/docs/webhooks/validate-test/).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `payment.authorized` |  | `Authorized` | `payload.payment.entity.amount` |
//! | `payment.captured`, `payment_link.paid` |  | `Paid` | `payload.payment.entity.amount` |
//! | `order.paid` |  | `Paid` | `payload.order.entity.amount_paid` |
//! | `payment.failed` |  | `Failed` | `payload.payment.entity.amount` |
//! | `payment_link.cancelled` |  | `Canceled` | `payload.payment_link.entity.amount` |
//! | `payment_link.expired` |  | `Expired` | `payload.payment_link.entity.amount` |
//! | `refund.processed` | `payload.payment.entity.refund_status` is `full` | `Refunded` | `payload.refund.entity.amount` |
//! | `refund.processed` |  | `PartiallyRefunded` | `payload.refund.entity.amount` |
//! | `payment.dispute.created`, `payment.dispute.under_review`, `payment.dispute.action_required` |  | `Disputed` | `payload.dispute.entity.amount` |
//! | `payment.dispute.won` |  | `DisputeWon` | `payload.dispute.entity.amount` |
//! | `payment.dispute.lost` |  | `DisputeLost` | `payload.dispute.entity.amount` |
//! | `subscription.authenticated` |  | `Pending` | `payload.payment.entity.amount` |
//! | `subscription.activated`, `subscription.charged`, `subscription.resumed` |  | `SubscriptionActive` | `payload.payment.entity.amount` |
//! | `subscription.pending`, `subscription.halted` |  | `SubscriptionPastDue` | `payload.payment.entity.amount` |
//! | `subscription.paused` |  | `SubscriptionPaused` | `payload.payment.entity.amount` |
//! | `subscription.cancelled`, `subscription.completed` |  | `SubscriptionCanceled` | `payload.payment.entity.amount` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `order.paid` | `payload.order.entity.currency`, minor units | `payload.order.entity.receipt`, else `payload.payment_link.entity.reference_id` | `payload.payment.entity.id` | `created_at`, in seconds |
//! | `payment_link.cancelled`, `payment_link.expired` | `payload.payment_link.entity.currency`, minor units | `payload.order.entity.receipt`, else `payload.payment_link.entity.reference_id` | `payload.payment_link.entity.id` | `created_at`, in seconds |
//! | `refund.processed` | `payload.refund.entity.currency`, minor units | `payload.order.entity.receipt`, else `payload.payment_link.entity.reference_id` | `payload.refund.entity.payment_id` | `created_at`, in seconds |
//! | `payment.dispute.created`, `payment.dispute.under_review`, `payment.dispute.action_required`, `payment.dispute.won`, `payment.dispute.lost` | `payload.dispute.entity.currency`, minor units | `payload.order.entity.receipt`, else `payload.payment_link.entity.reference_id` | `payload.dispute.entity.payment_id` | `created_at`, in seconds |
//! | `subscription.authenticated`, `subscription.activated`, `subscription.charged`, `subscription.resumed`, `subscription.pending`, `subscription.halted`, `subscription.paused`, `subscription.cancelled`, `subscription.completed` | `payload.payment.entity.currency`, minor units | `payload.order.entity.receipt`, else `payload.payment_link.entity.reference_id` | `payload.subscription.entity.id` | `created_at`, in seconds |
//! | all others | `payload.payment.entity.currency`, minor units | `payload.order.entity.receipt`, else `payload.payment_link.entity.reference_id` | `payload.payment.entity.id` | `created_at`, in seconds |
//!
//! A payment alone has no reference, only Razorpay's own `order_id`. An order that is paid comes as `payment.captured` **and**
//! `order.paid`, each `Paid`.
//!
//! Dedupe tells events apart by: body, unsigned `X-Razorpay-Event-Id`.

use crate::TimeUnit;
use crate::crypto::{Algorithm, KeyFormat};
use crate::message::Whose;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeLost, DisputeWon, Disputed, Expired, Failed, Paid,
    PartiallyRefunded, Pending, Refunded, SubscriptionActive, SubscriptionCanceled,
    SubscriptionPastDue, SubscriptionPaused,
};
use crate::payment::{Meaning, Places, Rule, Unit, When};
use crate::provider::about::About;
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new("https://razorpay.com/docs/webhooks/validate-test/")
    .setup(&[
        "In the dashboard, open Account & Settings, Webhooks and add a webhook with the URL and its events.",
        "Enter a secret of your own there. It becomes `secrets`. It is not the key secret of the API.",
    ]);

/// Hex HMAC-SHA256 of the body.
pub const SCHEME: Scheme = Scheme::new("razorpay", Algorithm::HmacSha256)
    .key(KeyFormat::text().reject_prefixes(&["rzp_live_", "rzp_test_"]))
    .signature(Signature::header("x-razorpay-signature"))
    .id(&[Field::Header("x-razorpay-event-id")])
    .kind(&[Field::Json("/event")])
    .whose(&WHOSE)
    .meaning(&MEANING);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/account_id")]);

scheme_provider! {
    /// Verifies what Razorpay sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::razorpay::Razorpay;
    ///
    /// let endpoint = Endpoint::new(Razorpay::new(["new secret", "old secret"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Razorpay, SCHEME
}

/// What Razorpay's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    PAYMENT,
    &[
        Rule::new(&["payment.authorized"], Authorized),
        Rule::new(&["payment.captured", "payment_link.paid"], Paid),
        Rule::new(&["order.paid"], Paid).places(&ORDER),
        Rule::new(&["payment.failed"], Failed),
        Rule::new(&["payment_link.cancelled"], Canceled).places(&LINK),
        Rule::new(&["payment_link.expired"], Expired).places(&LINK),
        Rule::new(&["refund.processed"], Refunded)
            .when(&[When::Is("/payload/payment/entity/refund_status", &["full"])])
            .places(&REFUND),
        Rule::new(&["refund.processed"], PartiallyRefunded).places(&REFUND),
        Rule::new(
            &[
                "payment.dispute.created",
                "payment.dispute.under_review",
                "payment.dispute.action_required",
            ],
            Disputed,
        )
        .places(&DISPUTE),
        Rule::new(&["payment.dispute.won"], DisputeWon).places(&DISPUTE),
        Rule::new(&["payment.dispute.lost"], DisputeLost).places(&DISPUTE),
        Rule::new(&["subscription.authenticated"], Pending).places(&SUBSCRIPTION),
        Rule::new(
            &[
                "subscription.activated",
                "subscription.charged",
                "subscription.resumed",
            ],
            SubscriptionActive,
        )
        .places(&SUBSCRIPTION),
        Rule::new(
            &["subscription.pending", "subscription.halted"],
            SubscriptionPastDue,
        )
        .places(&SUBSCRIPTION),
        Rule::new(&["subscription.paused"], SubscriptionPaused).places(&SUBSCRIPTION),
        Rule::new(
            &["subscription.cancelled", "subscription.completed"],
            SubscriptionCanceled,
        )
        .places(&SUBSCRIPTION),
    ],
);

const PAYMENT: Places = Places::new(Unit::Minor)
    .amount(&["/payload/payment/entity/amount"])
    .currency(&["/payload/payment/entity/currency"])
    .reference(&[
        "/payload/order/entity/receipt",
        "/payload/payment_link/entity/reference_id",
    ])
    .transaction(&["/payload/payment/entity/id"])
    .time(TimeUnit::Seconds, &["/created_at"]);

const ORDER: Places = PAYMENT
    .amount(&["/payload/order/entity/amount_paid"])
    .currency(&["/payload/order/entity/currency"]);

const LINK: Places = PAYMENT
    .amount(&["/payload/payment_link/entity/amount"])
    .currency(&["/payload/payment_link/entity/currency"])
    .transaction(&["/payload/payment_link/entity/id"]);

const REFUND: Places = PAYMENT
    .amount(&["/payload/refund/entity/amount"])
    .currency(&["/payload/refund/entity/currency"])
    .transaction(&["/payload/refund/entity/payment_id"]);

const DISPUTE: Places = PAYMENT
    .amount(&["/payload/dispute/entity/amount"])
    .currency(&["/payload/dispute/entity/currency"])
    .transaction(&["/payload/dispute/entity/payment_id"]);

const SUBSCRIPTION: Places = PAYMENT.transaction(&["/payload/subscription/entity/id"]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::testing::support;

    #[test]
    fn an_update_has_the_signed_time_and_not_the_unsigned_id() {
        let body = r#"{"event":"payment.captured","payload":{},"created_at":1785920400}"#;
        let update = support::update(SCHEME, body).unwrap();
        assert_eq!(update.time, Some(support::NOW));
        assert_eq!(update.kind.unwrap(), "payment.captured");
        assert_eq!(update.event_id, None);
    }
}
