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
//! | `REFUND_STATUS_WEBHOOK` | `data.refund.refund_status` is `SUCCESS` | `PartiallyRefunded` | `data.refund.refund_amount` |
//! | `DISPUTE_CREATED`, `DISPUTE_UPDATED` |  | `Disputed` | `data.dispute.dispute_amount` |
//! | `DISPUTE_CLOSED` | `data.dispute.dispute_status` ends with `_MERCHANT_WON` | `DisputeWon` | `data.dispute.dispute_amount` |
//! | `DISPUTE_CLOSED` | `data.dispute.dispute_status` ends with `_MERCHANT_LOST` or `_MERCHANT_ACCEPTED` | `DisputeLost` | `data.dispute.dispute_amount` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `REFUND_STATUS_WEBHOOK` | `data.refund.refund_currency`, major units | `data.refund.order_id` | `data.refund.cf_payment_id` | `event_time`, by RFC 3339 |
//! | `DISPUTE_CREATED`, `DISPUTE_UPDATED`, `DISPUTE_CLOSED` | `data.dispute.dispute_amount_currency`, major units | `data.order_details.order_id` | `data.order_details.cf_payment_id` | `event_time`, by RFC 3339 |
//! | all others | `data.payment.payment_currency`, major units | `data.order.order_id` | `data.payment.cf_payment_id` | `event_time`, by RFC 3339 |
//!
//! - After `PAYMENT_USER_DROPPED_WEBHOOK` the payer can still come back to the order.
//! - `REFUND_STATUS_WEBHOOK` does not say whether that was all.
//!
//! Dedupe tells events apart by: body. A repeat is handled again if it is not recognised: rendered anew.

use crate::crypto::{Algorithm, Encoding};
use crate::message::Identity;
use crate::payment::PaymentStatus::{
    Canceled, DisputeLost, DisputeWon, Disputed, Failed, Paid, PartiallyRefunded,
};
use crate::payment::{Meaning, Places, Rule, Unit, When};
use crate::provider::about::About;
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};
use crate::time::TimeUnit;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About =
    About::new("https://www.cashfree.com/docs/payments/online/webhooks/signature-verification")
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
        Rule::new(&["REFUND_STATUS_WEBHOOK"], PartiallyRefunded)
            .when(&[When::Is("/data/refund/refund_status", &["SUCCESS"])])
            .places(&REFUND),
        Rule::new(&["DISPUTE_CREATED", "DISPUTE_UPDATED"], Disputed).places(&DISPUTE),
        Rule::new(&["DISPUTE_CLOSED"], DisputeWon)
            .when(&[When::Ends(DISPUTE_STATUS, &["_MERCHANT_WON"])])
            .places(&DISPUTE),
        Rule::new(&["DISPUTE_CLOSED"], DisputeLost)
            .when(&[When::Ends(
                DISPUTE_STATUS,
                &["_MERCHANT_LOST", "_MERCHANT_ACCEPTED"],
            )])
            .places(&DISPUTE),
    ],
);

const DISPUTE_STATUS: &str = "/data/dispute/dispute_status";

const PAYMENT: Places = Places::new(Unit::Major)
    .amount(&["/data/payment/payment_amount"])
    .currency(&["/data/payment/payment_currency"])
    .reference(&["/data/order/order_id"])
    .transaction(&["/data/payment/cf_payment_id"])
    .time(TimeUnit::Rfc3339, &["/event_time"]);

const REFUND: Places = PAYMENT
    .amount(&["/data/refund/refund_amount"])
    .currency(&["/data/refund/refund_currency"])
    .reference(&["/data/refund/order_id"])
    .transaction(&["/data/refund/cf_payment_id"]);

const DISPUTE: Places = PAYMENT
    .amount(&["/data/dispute/dispute_amount"])
    .currency(&["/data/dispute/dispute_amount_currency"])
    .reference(&["/data/order_details/order_id"])
    .transaction(&["/data/order_details/cf_payment_id"]);

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
