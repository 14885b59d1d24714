//! Revolut: the Merchant API, and the Business API, which signs alike.
//!
//! | | |
//! |---|---|
//! | signature | `Revolut-Signature: v1=…`: hex HMAC-SHA256 of `v1.`, the time, a dot and the body |
//! | time | `Revolut-Request-Timestamp`, in milliseconds, signed |
//! | key | the text of the webhook's signing secret, `wsk_…` |
//! | time window | 300 seconds either way |
//! | event id | none |
//! | kind | `event` in the body, signed |
//!
//! # What to know
//!
//! - There is no event id: remember what was done by the kind and `order_id`. An order can see several attempts to
//!   pay, each with an event of the same kind.
//! - While a secret is rotated the header has a signature for each; any may match.
//! - Revolut states the five minutes for old requests; here they hold for the future as well.
//! - Failed deliveries are said to be repeated three times, ten minutes apart; not verified here.
//!
//! Checked against Revolut's documentation:
//! ["Verify the payload signature"](https://developer.revolut.com/docs/guides/accept-payments/tutorials/work-with-webhooks/verify-the-payload-signature).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `ORDER_PAYMENT_AUTHENTICATION_CHALLENGED`, `ORDER_PAYMENT_AUTHENTICATED`, `ORDER_PAYMENT_AUTHORISATION_STARTED` |  | `Pending` |  |
//! | `ORDER_AUTHORISED`, `ORDER_INCREMENTAL_AUTHORISATION_AUTHORISED` |  | `Authorized` |  |
//! | `ORDER_COMPLETED` |  | `Paid` |  |
//! | `ORDER_CANCELLED` |  | `Canceled` |  |
//! | `ORDER_PAYMENT_DECLINED`, `ORDER_PAYMENT_FAILED`, `ORDER_FAILED` |  | `Failed` |  |
//! | `DISPUTE_ACTION_REQUIRED`, `DISPUTE_UNDER_REVIEW` |  | `Disputed` | of id `dispute_id` |
//! | `DISPUTE_WON` |  | `DisputeWon` | of id `dispute_id` |
//! | `DISPUTE_LOST` |  | `DisputeLost` | of id `dispute_id` |
//! | `SUBSCRIPTION_INITIATED` |  | `Pending` |  |
//! | `SUBSCRIPTION_OVERDUE` |  | `SubscriptionPastDue` |  |
//! | `SUBSCRIPTION_CANCELLED`, `SUBSCRIPTION_FINISHED` |  | `SubscriptionCanceled` |  |
//! | `PAYOUT_INITIATED`, `PAYOUT_COMPLETED` |  | `Payout` |  |
//! | `PAYOUT_FAILED` |  | `PayoutFailed` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `DISPUTE_ACTION_REQUIRED`, `DISPUTE_UNDER_REVIEW`, `DISPUTE_WON`, `DISPUTE_LOST` |  |  |  |  |
//! | `SUBSCRIPTION_INITIATED`, `SUBSCRIPTION_OVERDUE`, `SUBSCRIPTION_CANCELLED`, `SUBSCRIPTION_FINISHED` |  | `external_reference` | `subscription_id` |  |
//! | `PAYOUT_INITIATED`, `PAYOUT_COMPLETED`, `PAYOUT_FAILED` |  |  | `payout_id` |  |
//! | all others |  | `merchant_order_ext_ref` | `order_id` |  |
//!
//! - No event says an amount: ask the API for the order. No event is about a refund.
//! - After `ORDER_FAILED` or a payment that failed, another attempt can follow.
//! - Events of disputes name the dispute only, those of payouts the payout, and those of subscriptions the subscription:
//!   never the order.
//! - There is no kind for a subscription that runs: its payments are orders.
//! - There is no time: the signed time is that of the request.
//! - All events of the Business API are `Other`.
//!
//! Dedupe tells events apart by: body, and the signed time for kinds that may come twice with one body. A repeat is
//! handled again if it is not recognised: such kinds, signed anew.

use crate::TimeUnit;
use crate::crypto::{Algorithm, KeyFormat};
use crate::message::Identity;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeLost, DisputeWon, Disputed, Failed, Paid, Payout, PayoutFailed,
    Pending, SubscriptionCanceled, SubscriptionPastDue,
};
use crate::payment::{Meaning, Places, Rule};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Payments, "https://developer.revolut.com/docs/guides/accept-payments/tutorials/work-with-webhooks/verify-the-payload-signature",
)
.setup(&[
    "Make a webhook by the API with the URL and its events; in Revolut Business that is also under Merchant, API.",
    "Read the webhook by the API and copy `signing_secret`. It becomes `secrets`.",
]);

/// Hex HMAC-SHA256 of `v1.`, the time, a dot and the body.
pub const SCHEME: Scheme = Scheme::new("revolut", Algorithm::HmacSha256)
    .key(KeyFormat::text().reject_prefixes(&["sk_", "pk_"]))
    .signature(
        Signature::header("revolut-signature")
            .separator(b',')
            .prefix("v1=")
            .ignore_other_versions(),
    )
    .timestamp(
        Timestamp::header("revolut-request-timestamp")
            .unit(TimeUnit::Milliseconds)
            .tolerance(300),
    )
    .signed_content(&[
        Part::Literal("v1."),
        Part::Timestamp,
        Part::Literal("."),
        Part::Body,
    ])
    .kind(&[Field::Json("/event")])
    // The body has no id and no time: two `ORDER_PAYMENT_DECLINED` of one order differ in the signed time only.
    .identity(Identity::content().once(&[
        "ORDER_COMPLETED",
        "ORDER_AUTHORISED",
        "ORDER_CANCELLED",
        "DISPUTE_WON",
        "DISPUTE_LOST",
        "SUBSCRIPTION_CANCELLED",
        "SUBSCRIPTION_FINISHED",
        "PAYOUT_INITIATED",
        "PAYOUT_COMPLETED",
        "PAYOUT_FAILED",
    ]))
    .meaning(&MEANING);

scheme_provider! {
    /// Verifies what Revolut sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::revolut::Revolut;
    ///
    /// let endpoint = Endpoint::new(Revolut::new(["wsk_of_december", "wsk_of_november"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Revolut, SCHEME, timed
}

/// What Revolut's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    ORDER,
    &[
        Rule::new(
            &[
                "ORDER_PAYMENT_AUTHENTICATION_CHALLENGED",
                "ORDER_PAYMENT_AUTHENTICATED",
                "ORDER_PAYMENT_AUTHORISATION_STARTED",
            ],
            Pending,
        ),
        Rule::new(
            &[
                "ORDER_AUTHORISED",
                "ORDER_INCREMENTAL_AUTHORISATION_AUTHORISED",
            ],
            Authorized,
        ),
        Rule::new(&["ORDER_COMPLETED"], Paid),
        Rule::new(&["ORDER_CANCELLED"], Canceled),
        Rule::new(
            &[
                "ORDER_PAYMENT_DECLINED",
                "ORDER_PAYMENT_FAILED",
                "ORDER_FAILED",
            ],
            Failed,
        ),
        Rule::new(
            &["DISPUTE_ACTION_REQUIRED", "DISPUTE_UNDER_REVIEW"],
            Disputed,
        )
        .places(&DISPUTE),
        Rule::new(&["DISPUTE_WON"], DisputeWon).places(&DISPUTE),
        Rule::new(&["DISPUTE_LOST"], DisputeLost).places(&DISPUTE),
        Rule::new(&["SUBSCRIPTION_INITIATED"], Pending).places(&SUBSCRIPTION),
        Rule::new(&["SUBSCRIPTION_OVERDUE"], SubscriptionPastDue).places(&SUBSCRIPTION),
        Rule::new(
            &["SUBSCRIPTION_CANCELLED", "SUBSCRIPTION_FINISHED"],
            SubscriptionCanceled,
        )
        .places(&SUBSCRIPTION),
        Rule::new(&["PAYOUT_INITIATED", "PAYOUT_COMPLETED"], Payout).places(&PAYOUT),
        Rule::new(&["PAYOUT_FAILED"], PayoutFailed).places(&PAYOUT),
    ],
);

const ORDER: Places = Places::NONE
    .reference(&["/merchant_order_ext_ref"])
    .transaction(&["/order_id"]);

/// The order is not told.
const DISPUTE: Places = Places::NONE.step_id(&["/dispute_id"]);

const SUBSCRIPTION: Places = Places::NONE
    .reference(&["/external_reference"])
    .transaction(&["/subscription_id"]);

const PAYOUT: Places = Places::NONE.transaction(&["/payout_id"]);
