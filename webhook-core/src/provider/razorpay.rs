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
    use crate::UnixTime;
    use crate::payment::{PaymentStatus, PaymentUpdate};
    use crate::testing::support::{line, update};

    fn event(kind: &str, payload: &str) -> PaymentUpdate {
        let body = format!(
            r#"{{"entity":"event","account_id":"acc_1","event":"{kind}","contains":["payment"],
                "payload":{payload},"created_at":1785920400}}"#
        );
        update(SCHEME, &body).unwrap()
    }

    const PAYMENT: &str = r#""payment":{"entity":{"id":"pay_1","entity":"payment","amount":50000,"currency":"INR",
        "status":"captured","order_id":"order_1","amount_refunded":0,"refund_status":null,"notes":{"n":"x"}}}"#;

    #[test]
    fn payments_are_read_by_kind() {
        for (kind, want) in [
            ("payment.authorized", "authorized | 500.00 INR | - | pay_1"),
            ("payment.captured", "paid | 500.00 INR | - | pay_1"),
            ("payment.failed", "failed | 500.00 INR | - | pay_1"),
            ("payment.downtime.started", "other | - | - | -"),
        ] {
            assert_eq!(line(&event(kind, &format!("{{{PAYMENT}}}"))), want);
        }
    }

    #[test]
    fn orders_and_links_name_the_merchants_reference() {
        let order = format!(
            r#"{{{PAYMENT},"order":{{"entity":{{"id":"order_1","amount":90000,"amount_paid":60000,"currency":"INR","receipt":"rcpt-7"}}}}}}"#
        );
        let link = format!(
            r#"{{{PAYMENT},"payment_link":{{"entity":{{"id":"plink_1","amount":70000,"currency":"INR","reference_id":"ts-12"}}}}}}"#
        );
        for (kind, payload, want) in [
            ("order.paid", &order, "paid | 600.00 INR | rcpt-7 | pay_1"),
            (
                "payment_link.paid",
                &link,
                "paid | 500.00 INR | ts-12 | pay_1",
            ),
            (
                "payment_link.cancelled",
                &link,
                "canceled | 700.00 INR | ts-12 | plink_1",
            ),
            (
                "payment_link.expired",
                &link,
                "expired | 700.00 INR | ts-12 | plink_1",
            ),
        ] {
            assert_eq!(line(&event(kind, payload)), want);
        }
    }

    #[test]
    fn a_refund_is_whole_if_its_payment_says_so() {
        for (refund_status, want) in [
            (r#""full""#, "refunded | 19.00 INR | - | pay_1"),
            (r#""partial""#, "partially_refunded | 19.00 INR | - | pay_1"),
            ("null", "partially_refunded | 19.00 INR | - | pay_1"),
        ] {
            let payload = format!(
                r#"{{"refund":{{"entity":{{"id":"rfnd_1","amount":1900,"currency":"INR","payment_id":"pay_1","status":"processed"}}}},
                    "payment":{{"entity":{{"id":"pay_1","amount":50000,"currency":"INR","refund_status":{refund_status}}}}}}}"#
            );
            assert_eq!(line(&event("refund.processed", &payload)), want);
            assert_eq!(line(&event("refund.failed", &payload)), "other | - | - | -");
        }
    }

    #[test]
    fn disputes_are_read_by_kind() {
        let payload = format!(
            r#"{{{PAYMENT},"dispute":{{"entity":{{"id":"disp_1","payment_id":"pay_1","amount":40000,"currency":"INR","status":"open"}}}}}}"#
        );
        for (kind, status) in [
            ("created", "disputed"),
            ("under_review", "disputed"),
            ("action_required", "disputed"),
            ("won", "dispute_won"),
            ("lost", "dispute_lost"),
        ] {
            let update = event(&format!("payment.dispute.{kind}"), &payload);
            assert_eq!(line(&update), format!("{status} | 400.00 INR | - | pay_1"));
        }
        assert_eq!(
            event("payment.dispute.closed", &payload).status,
            PaymentStatus::Other
        );
    }

    #[test]
    fn subscriptions_are_read_by_kind() {
        let alone = r#"{"subscription":{"entity":{"id":"sub_1","status":"active"}}}"#;
        let charged = format!(
            r#"{{{PAYMENT},"subscription":{{"entity":{{"id":"sub_1","status":"active"}}}}}}"#
        );
        for (kind, payload, want) in [
            ("authenticated", alone, "pending | - | - | sub_1"),
            ("activated", alone, "subscription_active | - | - | sub_1"),
            (
                "charged",
                &charged,
                "subscription_active | 500.00 INR | - | sub_1",
            ),
            ("pending", alone, "subscription_past_due | - | - | sub_1"),
            ("halted", alone, "subscription_past_due | - | - | sub_1"),
            ("paused", alone, "subscription_paused | - | - | sub_1"),
            ("cancelled", alone, "subscription_canceled | - | - | sub_1"),
            ("completed", alone, "subscription_canceled | - | - | sub_1"),
        ] {
            assert_eq!(line(&event(&format!("subscription.{kind}"), payload)), want);
        }
    }

    #[test]
    fn currencies_have_their_own_minor_units() {
        for (amount, currency, shown) in [
            ("295", "JPY", "295 JPY"),
            ("295990", "KWD", "295.990 KWD"),
            ("29599", "USD", "295.99 USD"),
        ] {
            let payload = format!(
                r#"{{"payment":{{"entity":{{"id":"pay_1","amount":{amount},"currency":"{currency}"}}}}}}"#
            );
            let amount = event("payment.captured", &payload).amount.unwrap().unwrap();
            assert_eq!(amount.to_string(), shown);
        }
    }

    #[test]
    fn an_unsigned_id_is_not_told_as_the_events() {
        let update = event("payment.captured", &format!("{{{PAYMENT}}}"));
        assert_eq!(update.event_id, None);
        assert_eq!(update.kind.unwrap(), "payment.captured");
        assert_eq!(update.time, Some(UnixTime::from_secs(1_785_920_400)));
    }

    #[test]
    fn a_fraction_of_a_minor_unit_takes_nothing_with_it() {
        let body = r#"{"event":"payment.captured","payload":{"payment":{"entity":{"id":"p","amount":1.5,"currency":"INR"}}}}"#;
        let line = line(&update(SCHEME, body).unwrap());
        assert_eq!(line, "paid | too_many_digits | - | p");
    }
}
