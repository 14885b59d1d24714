//! Cashfree Payments: the payment gateway.
//!
//! | | |
//! |---|---|
//! | signature | `x-webhook-signature`: base64 HMAC-SHA256 of the time and the body, with nothing between them |
//! | key | the text of the **client secret**: webhooks have no secret of their own |
//! | time window | none of its own: `x-webhook-timestamp`, in milliseconds, is signed; configure a tolerance to judge it |
//! | event id | none |
//! | kind | `type` in the body, signed |
//!
//! # What to know
//!
//! - Cashfree's pseudo-code shows a dot between time and body. It is PHP's operator that joins texts: no dot is signed.
//! - Nothing lies between time and body. So the time must have the 13 digits that it has had since 2001: no digit can be
//!   moved from its end to the front of the body, or back.
//! - To tell events apart, take `data.payment.cf_payment_id` and `type`. Newer versions send a header
//!   `x-idempotency-key`; it is not signed and not looked at.
//! - Cashfree's other products sign otherwise: Secure ID does inside the body, and is not verified here.
//!
//! Checked against Cashfree's libraries `cashfree_pg` 6.0.1 (Python) and 6.0.6 (JavaScript). Documentation:
//! ["Webhook Signature Verification"](https://www.cashfree.com/docs/payments/online/webhooks/signature-verification).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `PAYMENT_SUCCESS_WEBHOOK` |  | `Paid` | `data.payment.payment_amount` |
//! | `PAYMENT_FAILED_WEBHOOK` |  | `Failed` | `data.payment.payment_amount` |
//! | `PAYMENT_USER_DROPPED_WEBHOOK` |  | `Canceled` | `data.payment.payment_amount` |
//! | `REFUND_STATUS_WEBHOOK` | `data.refund.refund_status` is `SUCCESS` | `Refund` | `data.refund.refund_amount`, a step of id `data.refund.cf_refund_id` |
//! | `REFUND_STATUS_WEBHOOK` | `data.refund.refund_status` is `CANCELLED` or `FAILED` | `RefundFailed` | `data.refund.refund_amount`, a step of id `data.refund.cf_refund_id` |
//! | `REFUND_STATUS_WEBHOOK` | `data.refund.refund_status` is `PENDING` or `ONHOLD` | `RefundPending` | `data.refund.refund_amount`, a step of id `data.refund.cf_refund_id` |
//! | `AUTO_REFUND_STATUS_WEBHOOK` |  | `Canceled` | `data.auto_refund.refund_amount`, a step of id `data.auto_refund.cf_refund_id` |
//! | `DISPUTE_CREATED`, `DISPUTE_UPDATED` |  | `Disputed` | `data.dispute.dispute_amount` of id `data.dispute.dispute_id` |
//! | `DISPUTE_CLOSED` | `data.dispute.dispute_status` ends with `_MERCHANT_WON` | `DisputeWon` | `data.dispute.dispute_amount` of id `data.dispute.dispute_id` |
//! | `DISPUTE_CLOSED` | `data.dispute.dispute_status` ends with `_MERCHANT_LOST` or `_MERCHANT_ACCEPTED` or `_INSUFFICIENT_EVIDENCE` | `DisputeLost` | `data.dispute.dispute_amount` of id `data.dispute.dispute_id` |
//! | `DISPUTE_CLOSED` |  | `DisputeClosed` | `data.dispute.dispute_amount` of id `data.dispute.dispute_id` |
//! | `SUBSCRIPTION_STATUS_CHANGED`, `SUBSCRIPTION_STATUS_CHANGE` | `data.subscription_details.subscription_status` is `INITIALIZED` or `BANK_APPROVAL_PENDING` | `Pending` |  |
//! | `SUBSCRIPTION_STATUS_CHANGED`, `SUBSCRIPTION_STATUS_CHANGE` | `data.subscription_details.subscription_status` is `ACTIVE` | `SubscriptionActive` |  |
//! | `SUBSCRIPTION_STATUS_CHANGED`, `SUBSCRIPTION_STATUS_CHANGE` | `data.subscription_details.subscription_status` is `ON_HOLD` | `SubscriptionPastDue` |  |
//! | `SUBSCRIPTION_STATUS_CHANGED`, `SUBSCRIPTION_STATUS_CHANGE` | `data.subscription_details.subscription_status` is `PAUSED` or `CUSTOMER_PAUSED` | `SubscriptionPaused` |  |
//! | `SUBSCRIPTION_STATUS_CHANGED`, `SUBSCRIPTION_STATUS_CHANGE` | `data.subscription_details.subscription_status` is `CANCELLED` or `CUSTOMER_CANCELLED` or `COMPLETED` or `EXPIRED` or `LINK_EXPIRED` or `CARD_EXPIRED` | `SubscriptionCanceled` |  |
//! | `SUBSCRIPTION_PAYMENT_SUCCESS` |  | `SubscriptionActive` | `data.payment_amount`, a step of id `data.cf_payment_id` |
//! | `SUBSCRIPTION_PAYMENT_FAILED` |  | `SubscriptionPastDue` | `data.payment_amount`, a step of id `data.cf_payment_id` |
//! | `SUBSCRIPTION_REFUND_STATUS` | `data.refund_status` is `SUCCESS` | `Refund` | `data.refund_amount`, a step of id `data.cf_refund_id` |
//! | `SUBSCRIPTION_REFUND_STATUS` | `data.refund_status` is `CANCELLED` or `FAILED` | `RefundFailed` | `data.refund_amount`, a step of id `data.cf_refund_id` |
//! | `SUBSCRIPTION_REFUND_STATUS` | `data.refund_status` is `PENDING` or `ONHOLD` | `RefundPending` | `data.refund_amount`, a step of id `data.cf_refund_id` |
//! | `SUBSCRIPTION_REFUND_STATUS` |  | `RefundPending` | `data.refund_amount`, a step of id `data.cf_refund_id` |
//! | `PAYMENT_LINK_EVENT` | `data.link_status` is `PAID` or `PARTIALLY_PAID` | `Paid`, as `PAYMENT_SUCCESS_WEBHOOK` | `data.link_amount_paid` |
//! | `PAYMENT_LINK_EVENT` | `data.link_status` is `EXPIRED` | `Expired` |  |
//! | `PAYMENT_LINK_EVENT` | `data.link_status` is `CANCELLED` | `Canceled` |  |
//! | `SETTLEMENT_INITIATED`, `SETTLEMENT_SUCCESS`, `VENDOR_SETTLEMENT_INITIATED`, `VENDOR_SETTLEMENT_SUCCESS` |  | `Payout` |  |
//! | `SETTLEMENT_FAILED`, `SETTLEMENT_REVERSED`, `VENDOR_SETTLEMENT_FAILED`, `VENDOR_SETTLEMENT_REVERSED` |  | `PayoutFailed` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `REFUND_STATUS_WEBHOOK` | `data.refund.refund_currency`, major units | `data.refund.order_id` | `data.refund.cf_payment_id` | `event_time`, by RFC 3339 |
//! | `AUTO_REFUND_STATUS_WEBHOOK` | `data.auto_refund.refund_currency`, major units | `data.auto_refund.order_id` | `data.auto_refund.cf_payment_id` | `event_time`, by RFC 3339 |
//! | `DISPUTE_CREATED`, `DISPUTE_UPDATED`, `DISPUTE_CLOSED` | `data.dispute.dispute_amount_currency`, major units | `data.order_details.order_id` | `data.order_details.cf_payment_id` | `event_time`, by RFC 3339 |
//! | `SUBSCRIPTION_STATUS_CHANGED`, `SUBSCRIPTION_STATUS_CHANGE` |  |  | `data.subscription_details.subscription_id`, else `data.subscription_id` | `event_time`, by RFC 3339 |
//! | `SUBSCRIPTION_PAYMENT_SUCCESS`, `SUBSCRIPTION_PAYMENT_FAILED` | `data.payment_currency`, major units |  | `data.subscription_details.subscription_id`, else `data.subscription_id` | `event_time`, by RFC 3339 |
//! | `SUBSCRIPTION_REFUND_STATUS` | `data.refund_currency`, major units |  | `data.cf_payment_id` | `event_time`, by RFC 3339 |
//! | `PAYMENT_LINK_EVENT` | `data.link_currency`, major units | `data.link_id` | `data.order.transaction_id` | `event_time`, by RFC 3339 |
//! | `PAYMENT_LINK_EVENT` | `data.link_currency`, major units | `data.link_id` |  | `event_time`, by RFC 3339 |
//! | `SETTLEMENT_INITIATED`, `SETTLEMENT_SUCCESS`, `VENDOR_SETTLEMENT_INITIATED`, `VENDOR_SETTLEMENT_SUCCESS`, `SETTLEMENT_FAILED`, `SETTLEMENT_REVERSED`, `VENDOR_SETTLEMENT_FAILED`, `VENDOR_SETTLEMENT_REVERSED` |  |  |  | `event_time`, by RFC 3339 |
//! | all others | `data.payment.payment_currency`, major units | `data.order.order_id` | `data.payment.cf_payment_id` | `event_time`, by RFC 3339 |
//!
//! - After `PAYMENT_USER_DROPPED_WEBHOOK` the payer can still come back to the order.
//! - The amount of a refund is that of this one refund. Whether it was all is not said.
//! - `AUTO_REFUND_STATUS_WEBHOOK` gives back money that came too late or for a failed attempt. No order was paid by it,
//!   so it is `Canceled` and no refund.
//! - `PAYMENT_LINK_EVENT` says what was paid of a link so far, which can be a part. Each of the payments comes as
//!   `PAYMENT_SUCCESS_WEBHOOK` as well.
//! - The transaction id of an event about a subscription is that of the subscription, and its payment is the step. That of
//!   `SUBSCRIPTION_REFUND_STATUS` is the payment. No currency is documented: the amount is an error where none stands.
//! - A settlement is money that goes to the bank of the merchant or its vendor. No more is read of it.
//! - Cashfree has no list of its kinds. Those of subscriptions, links and settlements are known from excerpts.
//!
//! Dedupe tells events apart by: body. A repeat is handled again if it is not recognised: rendered anew.

use crate::crypto::{Algorithm, Encoding};
use crate::message::Identity;
use crate::payment::PaymentStatus::{
    Canceled, DisputeClosed, DisputeLost, DisputeWon, Disputed, Expired, Failed, Paid, Payout,
    PayoutFailed, Pending, Refund, RefundFailed, RefundPending, SubscriptionActive,
    SubscriptionCanceled, SubscriptionPastDue, SubscriptionPaused,
};
use crate::payment::{Meaning, PaymentStatus, Places, Rule, Unit, When};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};
use crate::time::TimeUnit;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Payments,
    "https://www.cashfree.com/docs/payments/online/webhooks/signature-verification",
)
.setup(&[
    "In the Merchant Dashboard, open Developers, Webhooks, and add the URL of your \
             endpoint with its events.",
    "Under Developers, API Keys, copy the client secret: it becomes `secrets`.",
]);

/// Base64 HMAC-SHA256 of time and body.
pub const SCHEME: Scheme = Scheme::new("cashfree", Algorithm::HmacSha256)
    .signature(Signature::header("x-webhook-signature").encoding(Encoding::Base64))
    .timestamp(Timestamp::header("x-webhook-timestamp").unit(TimeUnit::Milliseconds))
    .signed_content(&[Part::Timestamp, Part::Body])
    .kind(&[Field::Json("/type")])
    // It says when it happened; whether a repeat is signed anew is not known.
    .identity(Identity::body())
    .meaning(&MEANING);

scheme_provider! {
    /// Verifies what Cashfree sends to one merchant.
    ///
    /// ```
    /// use webhook_core::provider::cashfree::Cashfree;
    /// use webhook_core::{Endpoint, Tolerance};
    ///
    /// let cashfree = Cashfree::new(["new client secret", "old client secret"])?;
    /// let endpoint = Endpoint::new(cashfree.tolerance(Tolerance::secs(86_400)));
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Cashfree, SCHEME, timed
}

/// What Cashfree's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    PAYMENT,
    &[
        Rule::new(&["PAYMENT_SUCCESS_WEBHOOK"], Paid),
        Rule::new(&["PAYMENT_FAILED_WEBHOOK"], Failed),
        Rule::new(&["PAYMENT_USER_DROPPED_WEBHOOK"], Canceled),
        Rule::by(
            &["REFUND_STATUS_WEBHOOK"],
            "/data/refund/refund_status",
            BY_REFUND,
        )
        .places(&REFUND),
        Rule::new(&["AUTO_REFUND_STATUS_WEBHOOK"], Canceled).places(&AUTO_REFUND),
        Rule::new(&["DISPUTE_CREATED", "DISPUTE_UPDATED"], Disputed).places(&DISPUTE),
        Rule::new(&["DISPUTE_CLOSED"], DisputeWon)
            .when(&[When::Ends(DISPUTE_STATUS, &["_MERCHANT_WON"])])
            .places(&DISPUTE),
        Rule::new(&["DISPUTE_CLOSED"], DisputeLost)
            .when(&[When::Ends(
                DISPUTE_STATUS,
                &[
                    "_MERCHANT_LOST",
                    "_MERCHANT_ACCEPTED",
                    "_INSUFFICIENT_EVIDENCE",
                ],
            )])
            .places(&DISPUTE),
        Rule::new(&["DISPUTE_CLOSED"], DisputeClosed).places(&DISPUTE),
        Rule::by(
            &["SUBSCRIPTION_STATUS_CHANGED", "SUBSCRIPTION_STATUS_CHANGE"],
            "/data/subscription_details/subscription_status",
            BY_SUBSCRIPTION,
        )
        .places(&SUBSCRIPTION),
        Rule::new(&["SUBSCRIPTION_PAYMENT_SUCCESS"], SubscriptionActive).places(&CHARGE),
        Rule::new(&["SUBSCRIPTION_PAYMENT_FAILED"], SubscriptionPastDue).places(&CHARGE),
        Rule::by(
            &["SUBSCRIPTION_REFUND_STATUS"],
            "/data/refund_status",
            BY_REFUND,
        )
        .places(&SUBSCRIPTION_REFUND),
        Rule::new(&["SUBSCRIPTION_REFUND_STATUS"], RefundPending).places(&SUBSCRIPTION_REFUND),
        Rule::by(
            &["PAYMENT_LINK_EVENT"],
            LINK_STATUS,
            &[("PAID", Paid), ("PARTIALLY_PAID", Paid)],
        )
        .places(&LINK)
        .twin("PAYMENT_SUCCESS_WEBHOOK"),
        Rule::by(
            &["PAYMENT_LINK_EVENT"],
            LINK_STATUS,
            &[("EXPIRED", Expired), ("CANCELLED", Canceled)],
        )
        .places(&LINK)
        .amount(&[])
        .transaction(&[]),
        Rule::new(
            &[
                "SETTLEMENT_INITIATED",
                "SETTLEMENT_SUCCESS",
                "VENDOR_SETTLEMENT_INITIATED",
                "VENDOR_SETTLEMENT_SUCCESS",
            ],
            Payout,
        )
        .places(&EVENT),
        Rule::new(
            &[
                "SETTLEMENT_FAILED",
                "SETTLEMENT_REVERSED",
                "VENDOR_SETTLEMENT_FAILED",
                "VENDOR_SETTLEMENT_REVERSED",
            ],
            PayoutFailed,
        )
        .places(&EVENT),
    ],
);

const DISPUTE_STATUS: &str = "/data/dispute/dispute_status";
const LINK_STATUS: &str = "/data/link_status";

const BY_REFUND: &[(&str, PaymentStatus)] = &[
    ("SUCCESS", Refund),
    ("CANCELLED", RefundFailed),
    ("FAILED", RefundFailed),
    ("PENDING", RefundPending),
    ("ONHOLD", RefundPending),
];

const BY_SUBSCRIPTION: &[(&str, PaymentStatus)] = &[
    ("INITIALIZED", Pending),
    ("BANK_APPROVAL_PENDING", Pending),
    ("ACTIVE", SubscriptionActive),
    ("ON_HOLD", SubscriptionPastDue),
    ("PAUSED", SubscriptionPaused),
    ("CUSTOMER_PAUSED", SubscriptionPaused),
    ("CANCELLED", SubscriptionCanceled),
    ("CUSTOMER_CANCELLED", SubscriptionCanceled),
    ("COMPLETED", SubscriptionCanceled),
    ("EXPIRED", SubscriptionCanceled),
    ("LINK_EXPIRED", SubscriptionCanceled),
    ("CARD_EXPIRED", SubscriptionCanceled),
];

const PAYMENT: Places = EVENT
    .amount(&["/data/payment/payment_amount"])
    .currency(&["/data/payment/payment_currency"])
    .reference(&["/data/order/order_id"])
    .transaction(&["/data/payment/cf_payment_id"]);

const REFUND: Places = EVENT
    .step_amount(&["/data/refund/refund_amount"])
    .step_id(&["/data/refund/cf_refund_id"])
    .currency(&["/data/refund/refund_currency"])
    .reference(&["/data/refund/order_id"])
    .transaction(&["/data/refund/cf_payment_id"]);

const AUTO_REFUND: Places = EVENT
    .step_amount(&["/data/auto_refund/refund_amount"])
    .step_id(&["/data/auto_refund/cf_refund_id"])
    .currency(&["/data/auto_refund/refund_currency"])
    .reference(&["/data/auto_refund/order_id"])
    .transaction(&["/data/auto_refund/cf_payment_id"]);

const DISPUTE: Places = EVENT
    .amount(&["/data/dispute/dispute_amount"])
    .step_id(&["/data/dispute/dispute_id"])
    .currency(&["/data/dispute/dispute_amount_currency"])
    .reference(&["/data/order_details/order_id"])
    .transaction(&["/data/order_details/cf_payment_id"]);

/// The second in kinds about one of its payments.
const SUBSCRIPTION: Places = EVENT.transaction(&[
    "/data/subscription_details/subscription_id",
    "/data/subscription_id",
]);

const CHARGE: Places = SUBSCRIPTION
    .step_amount(&["/data/payment_amount"])
    .step_id(&["/data/cf_payment_id"])
    .currency(&["/data/payment_currency"]);

const SUBSCRIPTION_REFUND: Places = EVENT
    .step_amount(&["/data/refund_amount"])
    .step_id(&["/data/cf_refund_id"])
    .currency(&["/data/refund_currency"])
    .transaction(&["/data/cf_payment_id"]);

const LINK: Places = EVENT
    .amount(&["/data/link_amount_paid"])
    .currency(&["/data/link_currency"])
    .reference(&["/data/link_id"])
    .transaction(&["/data/order/transaction_id"]);

const EVENT: Places = Places::new(Unit::Major).time(TimeUnit::Rfc3339, &["/event_time"]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::Endpoint;
    use crate::UnixTime;
    use crate::testing::support::{NOW, update};
    use crate::testing::{Sign, Signer, receive};

    #[test]
    fn a_digit_moved_into_the_body_is_refused() {
        let signer = Signer::new(SCHEME, "a secret for tests").unwrap();
        let body = r#"{"data":{},"event_time":"2026-08-05T14:30:00+05:30","type":"PAYMENT_SUCCESS_WEBHOOK"}"#;
        let request = signer.sign(body.as_bytes(), NOW).unwrap();
        let time = request.header("x-webhook-timestamp").unwrap().to_owned();
        let (start, end) = time.split_at(time.len() - 1);
        let moved = request
            .with_header("x-webhook-timestamp", start)
            .with_body(format!("{end}{body}"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let endpoint = Endpoint::new(Cashfree::new("a secret for tests").unwrap());
        let refused = runtime.block_on(receive(&endpoint, moved)).err();
        assert_eq!(refused.map(|rejection| rejection.code()), Some("malformed"));
    }

    #[test]
    fn the_time_is_that_of_the_event() {
        let body = r#"{"type":"PAYMENT_SUCCESS_WEBHOOK","event_time":"2026-08-05T14:30:00+05:30","data":{}}"#;
        let update = update(SCHEME, body).unwrap();
        assert_eq!(update.time, Some(UnixTime::from_secs(1_785_920_400)));
    }
}
