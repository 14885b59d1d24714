//! dLocal: pay-ins.
//!
//! | | |
//! |---|---|
//! | signature | `Authorization: V2-HMAC-SHA256, Signature:` and hex HMAC-SHA256 of `X-Login`, `X-Date` and the body, nothing between them |
//! | key | the text of the secret key |
//! | time window | 3,600 seconds both ways, by `X-Date`, RFC 3339; the number is ours |
//! | event id | none: `id` in the body is that of the payment |
//! | kind | `status` in the body, signed |
//!
//! # What to know
//!
//! - A payment keeps its `id` through all of its statuses: do not take it for the id of an event.
//! - `X-Login` is the public name of your account. It is signed, and not compared with anything.
//! - dLocal tries for days. Whether a repeat has a new `X-Date` is not known, which is why the window is an hour: set a wider one with
//!   [`DLocal::tolerance`] if repeats are refused as stale.
//! - Notices of the platform, such as those of verifications, have their signature in a header `Signature`. In which form is not
//!   known; they are refused.
//!
//! Checked against vectors that we computed, by dLocal's documentation:
//! ["Receive notifications"](https://docs.dlocal.com/docs/receive-notifications).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | any other | `payment_id` is there and `id` begins with `CHAR` and `status_code` is `100` or `101` or `200` or `201` | `Disputed` | `amount` of id `id` |
//! | any other | `payment_id` is there and `id` begins with `CHAR` and `status_code` is `202` | `DisputeLost` | `amount` of id `id` |
//! | any other | `payment_id` is there and `id` begins with `CHAR` and `status_code` is `700` | `DisputeWon` | `amount` of id `id` |
//! | `PENDING` | `payment_id` is there and `id` begins with `REF` | `RefundPending` | `amount`, a step of id `id` |
//! | `SUCCESS` | `payment_id` is there and `id` begins with `REF` | `Refund` | `amount`, a step of id `id` |
//! | `REJECTED`, `CANCELLED` | `payment_id` is there and `id` begins with `REF` | `RefundFailed` | `amount`, a step of id `id` |
//! | `PENDING` | `payment_id` is not there and `payment_method_id` is there and `amount` is there | `Pending` | `amount` |
//! | `AUTHORIZED` | `payment_id` is not there and `payment_method_id` is there and `amount` is there | `Authorized` | `amount` |
//! | `PAID` | `payment_id` is not there and `payment_method_id` is there and `amount` is there | `Paid` | `amount` |
//! | `REJECTED` | `payment_id` is not there and `payment_method_id` is there and `amount` is there | `Failed` | `amount` |
//! | `CANCELLED` | `payment_id` is not there and `payment_method_id` is there and `amount` is there | `Canceled` | `amount` |
//! | `EXPIRED` | `payment_id` is not there and `payment_method_id` is there and `amount` is there | `Expired` | `amount` |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | any other | `currency`, major units | `order_id` | `payment_id` |  |
//! | `PENDING`, `SUCCESS`, `REJECTED`, `CANCELLED` | `currency`, major units |  | `payment_id` |  |
//! | `PENDING` | `currency`, major units | `order_id` | `id` | `created_date`, by RFC 3339, with or without the colon of the offset |
//! | `AUTHORIZED`, `PAID` | `currency`, major units | `order_id` | `id` | `approved_date`, by RFC 3339, with or without the colon of the offset |
//! | all others | `currency`, major units | `order_id` | `id` |  |
//!
//! - Amounts are decimal numbers in units of the currency.
//! - When it happened is told of a payment that is pending, authorized or paid. Of what else there are times, they are those of its
//!   beginning.
//! - The same statuses are said of payments, refunds, chargebacks, enrolments and payouts. A payment has `payment_method_id` and `amount` and
//!   no `payment_id`; a refund and a chargeback name their payment by `payment_id`. What has neither is `Other`.
//! - Refunds and chargebacks are told apart by the beginning of their `id`, `REF` and `CHAR`, as in all of dLocal's examples. That dLocal promises
//!   it is not known.
//! - A refund is a step, and does not say whether it was all.
//! - Of a chargeback the `status_code` counts. One that was executed may still be disputed.
//! - `VERIFIED` is said of a card that was checked without a payment: `Other`.
//!
//! Dedupe tells events apart by: `id`, kind, `status_code`; without an id the body and the signed time. A repeat is handled again if it is
//! not recognised: without an id, signed anew.

use crate::crypto::Algorithm;
use crate::message::Identity;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeLost, DisputeWon, Disputed, Expired, Failed, Paid, Pending,
    Refund, RefundFailed, RefundPending,
};
use crate::payment::{Meaning, Places, Rule, Unit, When};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Condition, Part, Scheme, Signature, Timestamp};
use crate::time::TimeUnit;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Payments,
    "https://docs.dlocal.com/docs/receive-notifications",
)
.setup(&[
    "Give the URL as `notification_url` with each payment, or in the dashboard.",
    "Copy the secret key of the account's integration. It becomes `secrets`.",
]);

/// Hex HMAC-SHA256 of login, time and body.
pub const SCHEME: Scheme = Scheme::new("dlocal", Algorithm::HmacSha256)
    .signature(Signature::header("authorization").prefix("V2-HMAC-SHA256, Signature: "))
    .timestamp(
        Timestamp::header("x-date")
            .unit(TimeUnit::Rfc3339)
            .tolerance(3600),
    )
    .require(&[Condition::Present(LOGIN)])
    .signed_content(&[Part::FirstOf(&[LOGIN]), Part::Timestamp, Part::Body])
    .kind(&[Field::Json("/status")])
    .meaning(&MEANING)
    // The time may be that of the attempt.
    .identity(Identity::fields(&[
        &[Field::Json("/id")],
        &[Field::Json("/status")],
        &[Field::Json("/status_code")],
    ]));

const LOGIN: Field = Field::Header("x-login");

scheme_provider! {
    /// Verifies what dLocal sends to one account.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::dlocal::DLocal;
    ///
    /// let endpoint = Endpoint::new(DLocal::new(["new secret key", "old secret key"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    DLocal, SCHEME, timed
}

/// What dLocal's statuses mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    PAYMENT,
    &[
        Rule::by(
            &["*"],
            "/status_code",
            &[
                ("100", Disputed),
                ("101", Disputed),
                ("200", Disputed),
                ("201", Disputed),
                ("202", DisputeLost),
                ("700", DisputeWon),
            ],
        )
        .when(&[OF_A_PAYMENT, When::Begins("/id", &["CHAR"])])
        .places(&CHARGEBACK),
        Rule::new(&["PENDING"], RefundPending)
            .when(IS_REFUND)
            .places(&REFUNDED),
        Rule::new(&["SUCCESS"], Refund)
            .when(IS_REFUND)
            .places(&REFUNDED),
        Rule::new(&["REJECTED", "CANCELLED"], RefundFailed)
            .when(IS_REFUND)
            .places(&REFUNDED),
        Rule::new(&["PENDING"], Pending)
            .when(IS_PAYMENT)
            .places(&CREATED),
        Rule::new(&["AUTHORIZED"], Authorized)
            .when(IS_PAYMENT)
            .places(&APPROVED),
        Rule::new(&["PAID"], Paid)
            .when(IS_PAYMENT)
            .places(&APPROVED),
        Rule::new(&["REJECTED"], Failed).when(IS_PAYMENT),
        Rule::new(&["CANCELLED"], Canceled).when(IS_PAYMENT),
        Rule::new(&["EXPIRED"], Expired).when(IS_PAYMENT),
    ],
);

const OF_A_PAYMENT: When = When::Present("/payment_id");
const IS_REFUND: &[When] = &[OF_A_PAYMENT, When::Begins("/id", &["REF"])];
const IS_PAYMENT: &[When] = &[
    When::Absent("/payment_id"),
    When::Present("/payment_method_id"),
    When::Present("/amount"),
];

const PAYMENT: Places = Places::new(Unit::Major)
    .amount(&["/amount"])
    .currency(&["/currency"])
    .reference(&["/order_id"])
    .transaction(&["/id"]);

const CREATED: Places = PAYMENT.time(TimeUnit::Rfc3339WithoutColon, &["/created_date"]);

/// The time of its creation says nothing of when it was paid.
const APPROVED: Places = PAYMENT.time(TimeUnit::Rfc3339WithoutColon, &["/approved_date"]);

const CHARGEBACK: Places = PAYMENT.step_id(&["/id"]).transaction(&["/payment_id"]);

const REFUNDED: Places = Places::new(Unit::Major)
    .step_amount(&["/amount"])
    .step_id(&["/id"])
    .currency(&["/currency"])
    .transaction(&["/payment_id"]);
