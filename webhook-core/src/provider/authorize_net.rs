//! Authorize.Net: card payments and recurring billing.
//!
//! | | |
//! |---|---|
//! | signature | `X-ANET-Signature: sha512=` and hex HMAC-SHA512 of the body, in upper case |
//! | key | the **text** of the Signature Key: 128 hex digits, not decoded |
//! | time window | none: Authorize.Net signs no time |
//! | event id | `notificationId` in the body, signed |
//! | kind | `eventType` in the body, signed |
//!
//! # What to know
//!
//! - That the key is used as a text is known from third-party code alone, which agrees. For `transHashSHA2` in the
//!   answers of the payment API the same key is decoded from hex; mixing the two up is the usual mistake.
//! - Authorize.Net tries about ten times over some days; a webhook that keeps failing is turned off there.
//!
//! Checked against third-party code: `stymiee/authnetjson` for PHP and the crate `authorizenet` 0.2.0. Authorize.Net
//! has no library that verifies. Documentation:
//! ["Webhooks"](https://developer.authorize.net/api/reference/features/webhooks.html).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `net.authorize.payment.authorization.created` | `payload.responseCode` is `1` | `Authorized` |  |
//! | `net.authorize.payment.authorization.created` | `payload.responseCode` is `2` or `3` | `Failed` |  |
//! | `net.authorize.payment.authorization.created` | `payload.responseCode` is `4` | `Pending` |  |
//! | `net.authorize.payment.authcapture.created`, `net.authorize.payment.capture.created`, `net.authorize.payment.priorAuthCapture.created` | `payload.responseCode` is `1` | `Paid` |  |
//! | `net.authorize.payment.authcapture.created`, `net.authorize.payment.capture.created`, `net.authorize.payment.priorAuthCapture.created` | `payload.responseCode` is `2` or `3` | `Failed` |  |
//! | `net.authorize.payment.authcapture.created`, `net.authorize.payment.capture.created`, `net.authorize.payment.priorAuthCapture.created` | `payload.responseCode` is `4` | `Pending` |  |
//! | `net.authorize.payment.fraud.held` |  | `Pending` |  |
//! | `net.authorize.payment.fraud.approved` |  | `Authorized` |  |
//! | `net.authorize.payment.fraud.declined` |  | `Failed` |  |
//! | `net.authorize.payment.void.created` |  | `Canceled` |  |
//! | `net.authorize.payment.refund.created` | `payload.responseCode` is `1` | `Refund` | of id `payload.id` |
//! | `net.authorize.payment.refund.created` | `payload.responseCode` is `2` or `3` | `RefundFailed` | of id `payload.id` |
//! | `net.authorize.payment.refund.created` |  | `RefundPending` | of id `payload.id` |
//! | `net.authorize.customer.subscription.created` |  | `SubscriptionActive` |  |
//! | `net.authorize.customer.subscription.failed`, `net.authorize.customer.subscription.suspended` |  | `SubscriptionPastDue` |  |
//! | `net.authorize.customer.subscription.cancelled`, `net.authorize.customer.subscription.terminated`, `net.authorize.customer.subscription.expired` |  | `SubscriptionCanceled` |  |
//! | `net.authorize.customer.subscription.expiring` |  | `SubscriptionEnding` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `net.authorize.payment.refund.created` |  | `payload.invoiceNumber`, else `payload.merchantReferenceId` |  | `eventDate`, by RFC 3339 |
//! | all others |  | `payload.invoiceNumber`, else `payload.merchantReferenceId` | `payload.id` | `eventDate`, by RFC 3339 |
//!
//! - A response code is 1 for approved, 2 for declined, 3 for an error, and 4 for held for review.
//! - There is **no amount**: beside `payload.authAmount` stands no currency. Amount and currency, and the payment that
//!   a refund belongs to, come from `getTransactionDetails` of the API.
//! - A refund names itself only, which is its step id. Whether it was all is not said.
//! - `payment.fraud.approved` does not say whether the money is taken as well.
//! - `payment.void.created` can also be the void of a refund.
//! - `customer.subscription.expiring` comes before the last payment.
//! - Often neither field of the reference is sent.
//! - The transaction id of a subscription is the subscription's.
//! - Disputes are not told.
//!
//! Dedupe tells events apart by: `notificationId`, kind.

use crate::TimeUnit;
use crate::crypto::Algorithm;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, Failed, Paid, Pending, Refund, RefundFailed, RefundPending,
    SubscriptionActive, SubscriptionCanceled, SubscriptionEnding, SubscriptionPastDue,
};
use crate::payment::{Meaning, Places, Rule, Unit};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Payments,
    "https://developer.authorize.net/api/reference/features/webhooks.html",
)
.setup(&[
    "In the Merchant Interface, open Account, Webhooks, and add an endpoint with its URL \
         and events.",
    "Under Account, API Credentials and Keys, make a Signature Key and copy it: it becomes \
         `secrets`.",
    "Set the endpoint to active.",
]);

/// Hex HMAC-SHA512 of the body, after `sha512=`.
pub const SCHEME: Scheme = Scheme::new("authorize-net", Algorithm::HmacSha512)
    .signature(Signature::header("x-anet-signature").prefix("sha512="))
    .id(&[Field::Json("/notificationId")])
    .kind(&[Field::Json("/eventType")])
    .meaning(&MEANING);

scheme_provider! {
    /// Verifies what Authorize.Net sends to one merchant. The key is the account's Signature Key.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::authorize_net::AuthorizeNet;
    ///
    /// let endpoint = Endpoint::new(AuthorizeNet::new(["NEW0A1B2C3", "OLD0A1B2C3"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    AuthorizeNet, SCHEME
}

/// What Authorize.Net's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    PLACES,
    &[
        Rule::by(
            &["net.authorize.payment.authorization.created"],
            CODE,
            &[
                ("1", Authorized),
                ("2", Failed),
                ("3", Failed),
                ("4", Pending),
            ],
        ),
        Rule::by(
            &[
                "net.authorize.payment.authcapture.created",
                "net.authorize.payment.capture.created",
                "net.authorize.payment.priorAuthCapture.created",
            ],
            CODE,
            &[("1", Paid), ("2", Failed), ("3", Failed), ("4", Pending)],
        ),
        Rule::new(&["net.authorize.payment.fraud.held"], Pending),
        Rule::new(&["net.authorize.payment.fraud.approved"], Authorized),
        Rule::new(&["net.authorize.payment.fraud.declined"], Failed),
        Rule::new(&["net.authorize.payment.void.created"], Canceled),
        Rule::by(
            &["net.authorize.payment.refund.created"],
            CODE,
            &[("1", Refund), ("2", RefundFailed), ("3", RefundFailed)],
        )
        .places(&REFUND),
        Rule::new(&["net.authorize.payment.refund.created"], RefundPending).places(&REFUND),
        Rule::new(
            &["net.authorize.customer.subscription.created"],
            SubscriptionActive,
        ),
        Rule::new(
            &[
                "net.authorize.customer.subscription.failed",
                "net.authorize.customer.subscription.suspended",
            ],
            SubscriptionPastDue,
        ),
        Rule::new(
            &[
                "net.authorize.customer.subscription.cancelled",
                "net.authorize.customer.subscription.terminated",
                "net.authorize.customer.subscription.expired",
            ],
            SubscriptionCanceled,
        ),
        Rule::new(
            &["net.authorize.customer.subscription.expiring"],
            SubscriptionEnding,
        ),
    ],
);

/// Whether the payment went through.
const CODE: &str = "/payload/responseCode";

/// There is an amount, but no currency.
const PLACES: Places = Places::new(Unit::Major)
    .reference(&["/payload/invoiceNumber", "/payload/merchantReferenceId"])
    .transaction(&["/payload/id"])
    .time(TimeUnit::Rfc3339, &["/eventDate"]);

/// The payment that it belongs to is not told.
const REFUND: Places = PLACES.step_id(&["/payload/id"]).transaction(&[]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::testing::support::update;

    #[test]
    fn the_time_is_that_of_the_event() {
        let body = r#"{"eventType":"net.authorize.payment.void.created","eventDate":"2026-08-05T09:00:00.1234567Z"}"#;
        let update = update(SCHEME, body).unwrap();
        assert_eq!(update.time, Some(UnixTime::from_millis(1_785_920_400_123)));
    }
}
