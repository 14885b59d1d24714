//! Lemon Squeezy: sales of digital goods, with Lemon Squeezy as the merchant of record.
//!
//! | | |
//! |---|---|
//! | signature | `X-Signature`: hex HMAC-SHA256 of the body |
//! | key | the text of the webhook's signing secret |
//! | time window | none: Lemon Squeezy signs no time |
//! | event id | none |
//! | kind | `meta.event_name` in the body, signed |
//!
//! # What to know
//!
//! - There is no event id: remember what was done by the kind, `data.type`, `data.id` and
//!   `data.attributes.updated_at`. `meta.webhook_id` names the webhook, not the event.
//! - `X-Event-Name` repeats the kind and is not signed; it is not looked at.
//! - Failed deliveries are said to be repeated three times within minutes; not verified here.
//! - The rule is from Lemon Squeezy's documentation; its library has no verification to compare with.
//!
//! Checked against vectors that we computed. Documentation:
//! ["Signing Requests"](https://docs.lemonsqueezy.com/help/webhooks/signing-requests).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `order_created` | `data.attributes.status` is `paid` | `Paid` | `data.attributes.total` |
//! | `order_created` | `data.attributes.status` is `pending` | `Pending` | `data.attributes.total` |
//! | `order_created` | `data.attributes.status` is `failed` or `fraudulent` | `Failed` | `data.attributes.total` |
//! | `order_created`, `order_refunded` | `data.attributes.status` is `refunded` | `Refunded` | `data.attributes.refunded_amount` |
//! | `order_created`, `order_refunded` | `data.attributes.status` is `partial_refund` | `PartiallyRefunded` | `data.attributes.refunded_amount` |
//! | `order_refunded` |  | `Refund` | `data.attributes.refunded_amount` |
//! | `subscription_payment_success` | `data.attributes.billing_reason` is `initial` | `SubscriptionActive`, as `order_created` | `data.attributes.total`, a step of id `data.id` |
//! | `subscription_payment_success` |  | `Paid`, as `subscription_payment_recovered` | `data.attributes.total`, a step of id `data.id` |
//! | `subscription_payment_recovered` |  | `Paid`, as `subscription_payment_success` | `data.attributes.total`, a step of id `data.id` |
//! | `subscription_payment_failed` |  | `SubscriptionPastDue` | `data.attributes.total`, a step |
//! | `subscription_payment_refunded` | `data.attributes.status` is `refunded` | `Refunded` | `data.attributes.refunded_amount` |
//! | `subscription_payment_refunded` | `data.attributes.status` is `partial_refund` | `PartiallyRefunded` | `data.attributes.refunded_amount` |
//! | `subscription_payment_refunded` |  | `Refund` | `data.attributes.refunded_amount` |
//! | `subscription_*` | `data.attributes.status` is `on_trial` or `active` | `SubscriptionActive` |  |
//! | `subscription_*` | `data.attributes.status` is `past_due` or `unpaid` | `SubscriptionPastDue` |  |
//! | `subscription_*` | `data.attributes.status` is `paused` | `SubscriptionPaused` |  |
//! | `subscription_*` | `data.attributes.status` is `cancelled` | `SubscriptionEnding` |  |
//! | `subscription_*` | `data.attributes.status` is `expired` | `SubscriptionCanceled` |  |
//! | `dispute_created` |  | `Disputed` |  |
//! | `dispute_resolved` |  | `DisputeClosed` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `subscription_payment_success`, `subscription_payment_recovered`, `subscription_payment_failed`, `subscription_payment_refunded` | `data.attributes.currency`, hundredths |  | `data.attributes.subscription_id` | `data.attributes.updated_at`, by RFC 3339 |
//! | `dispute_created`, `dispute_resolved` |  |  |  | `data.attributes.updated_at`, by RFC 3339 |
//! | all others | `data.attributes.currency`, hundredths |  | `data.id` | `data.attributes.updated_at`, by RFC 3339 |
//!
//! - `refunded_amount` is the sum of what went back so far. Of an invoice of a subscription it is that of this invoice, which
//!   `data.id` names, while the transaction id is that of the subscription.
//! - The first payment of a subscription also comes as `order_created`; only that is `Paid`.
//! - A renewal that had failed before comes as `subscription_payment_recovered` and as `subscription_payment_success`, with one
//!   step id, that of the invoice.
//! - There is no reference: what a merchant puts into `meta.custom_data` has no agreed shape.
//! - Amounts are documented as "cents": for a currency whose minor unit is not a hundredth the amount is an error.
//! - A subscription that is `cancelled` runs until its `ends_at`, and is `SubscriptionEnding`.
//! - What the body of a dispute holds is not documented: it has neither amount nor ids here, and who won is not known.
//!
//! Dedupe tells events apart by: body. A repeat is handled again if it is not recognised: rendered anew.

use crate::TimeUnit;
use crate::crypto::{Algorithm, KeyFormat};
use crate::message::Whose;
use crate::payment::PaymentStatus::{
    DisputeClosed, Disputed, Failed, Paid, PartiallyRefunded, Pending, Refund, Refunded,
    SubscriptionActive, SubscriptionCanceled, SubscriptionEnding, SubscriptionPastDue,
    SubscriptionPaused,
};
use crate::payment::{Meaning, PaymentStatus, Places, Rule, Unit, When};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Payments,
    "https://docs.lemonsqueezy.com/help/webhooks/signing-requests",
)
.setup(&[
    "Open Settings, Webhooks, and add the URL of your endpoint with its events. Test mode \
         has webhooks of its own.",
    "Enter a random signing secret of 6 to 40 characters there: it becomes `secrets`.",
])
.acknowledgement("200");

/// Hex HMAC-SHA256 of the body.
pub const SCHEME: Scheme = Scheme::new("lemon-squeezy", Algorithm::HmacSha256)
    .key(KeyFormat::text().reject_prefixes(&["eyJ0eXAi", "eyJhbGci"]))
    .signature(Signature::header("x-signature"))
    .kind(&[Field::Json("/meta/event_name")])
    .whose(&WHOSE)
    .meaning(&MEANING);

const WHOSE: Whose = Whose::new()
    .account(&[Field::Json("/data/attributes/store_id")])
    .live(Field::Json("/meta/test_mode"), &["false"])
    .test(Field::Json("/meta/test_mode"), &["true"]);

scheme_provider! {
    /// Verifies what Lemon Squeezy sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::lemon_squeezy::LemonSqueezy;
    ///
    /// let endpoint = Endpoint::new(LemonSqueezy::new("signing secret")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    LemonSqueezy, SCHEME
}

/// What Lemon Squeezy's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    PLACES,
    &[
        Rule::by(
            &["order_created"],
            STATUS,
            &[
                ("paid", Paid),
                ("pending", Pending),
                ("failed", Failed),
                ("fraudulent", Failed),
            ],
        ),
        Rule::by(&["order_created", "order_refunded"], STATUS, REFUND).amount(BACK),
        Rule::new(&["order_refunded"], Refund).amount(BACK),
        Rule::new(&["subscription_payment_success"], SubscriptionActive)
            .when(&[When::Is("/data/attributes/billing_reason", &["initial"])])
            .places(&INVOICE)
            .step_id(ID)
            .twin("order_created"),
        Rule::new(&["subscription_payment_success"], Paid)
            .places(&INVOICE)
            .step_id(ID)
            .twin("subscription_payment_recovered"),
        Rule::new(&["subscription_payment_recovered"], Paid)
            .places(&INVOICE)
            .step_id(ID)
            .twin("subscription_payment_success"),
        Rule::new(&["subscription_payment_failed"], SubscriptionPastDue).places(&INVOICE),
        Rule::by(INVOICE_REFUNDED, STATUS, REFUND)
            .places(&INVOICE)
            .amount(BACK),
        Rule::new(INVOICE_REFUNDED, Refund)
            .places(&INVOICE)
            .amount(BACK),
        Rule::by(
            &["subscription_*"],
            STATUS,
            &[
                ("on_trial", SubscriptionActive),
                ("active", SubscriptionActive),
                ("past_due", SubscriptionPastDue),
                ("unpaid", SubscriptionPastDue),
                ("paused", SubscriptionPaused),
                ("cancelled", SubscriptionEnding),
                ("expired", SubscriptionCanceled),
            ],
        )
        .amount(&[]),
        Rule::new(&["dispute_created"], Disputed).places(&DISPUTE),
        Rule::new(&["dispute_resolved"], DisputeClosed).places(&DISPUTE),
    ],
);

const INVOICE_REFUNDED: &[&str] = &["subscription_payment_refunded"];
const STATUS: &str = "/data/attributes/status";
const REFUND: &[(&str, PaymentStatus)] = &[
    ("refunded", Refunded),
    ("partial_refund", PartiallyRefunded),
];
const ID: &[&str] = &["/data/id"];
const BACK: &[&str] = &["/data/attributes/refunded_amount"];

const PLACES: Places = Places::new(Unit::Hundredths)
    .amount(&["/data/attributes/total"])
    .currency(&["/data/attributes/currency"])
    .transaction(ID)
    .time(TimeUnit::Rfc3339, &["/data/attributes/updated_at"]);

/// One payment of a subscription.
const INVOICE: Places = PLACES
    .step_amount(&["/data/attributes/total"])
    .transaction(&["/data/attributes/subscription_id"]);

/// What such a body holds is not documented.
const DISPUTE: Places = Places::NONE.time(TimeUnit::Rfc3339, &["/data/attributes/updated_at"]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::testing::support::update;

    #[test]
    fn the_time_is_that_of_the_change() {
        let body = r#"{"meta":{"event_name":"order_created"},"data":{"attributes":{"status":"paid","updated_at":"2026-08-05T09:00:00.000000Z"}}}"#;
        let update = update(SCHEME, body).unwrap();
        assert_eq!(update.time, Some(UnixTime::from_secs(1_785_920_400)));
    }
}
