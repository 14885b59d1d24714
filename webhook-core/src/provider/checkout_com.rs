//! Checkout.com: card and local payments.
//!
//! | | |
//! |---|---|
//! | signature | `Cko-Signature`: hex HMAC-SHA256 of the body |
//! | key | the text of the workflow's signature key; for accounts of the older kind the secret API key |
//! | time window | none: Checkout.com signs no time |
//! | event id | `id` in the body, signed |
//! | kind | `type` in the body, signed |
//!
//! # What to know
//!
//! - A workflow may also be given a fixed `Authorization` header. It is not looked at here: the signature says more.
//! - In which case the hex digits are written is not documented; both are read.
//! - Failed deliveries are said to be repeated for about a day; not verified here.
//!
//! Checked against Checkout.com's documentation, "Set up your webhook receiver". It has no library that verifies.
//! Documentation:
//! ["Configure your webhook server"](https://www.checkout.com/docs/developer-resources/event-notifications/receive-webhooks/configure-your-webhook-server).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `payment_pending`, `payment_capture_pending` |  | `Pending` | `data.amount` |
//! | `payment_approved` |  | `Authorized` | `data.amount` |
//! | `payment_captured` |  | `Paid` | `data.amount` |
//! | `payment_declined`, `payment_capture_declined` |  | `Failed` | `data.amount` |
//! | `payment_canceled`, `payment_voided` |  | `Canceled` | `data.amount` |
//! | `payment_expired` |  | `Expired` | `data.amount` |
//! | `payment_refunded` | `data.balances.total_captured` equals `data.balances.total_refunded` | `Refunded` | `data.amount` |
//! | `payment_refunded` |  | `PartiallyRefunded` | `data.amount` |
//! | `dispute_received`, `dispute_evidence_required`, `dispute_evidence_submitted` |  | `Disputed` | `data.amount` |
//! | `dispute_won`, `dispute_canceled` |  | `DisputeWon` | `data.amount` |
//! | `dispute_lost`, `dispute_accepted`, `dispute_expired` |  | `DisputeLost` | `data.amount` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `dispute_received`, `dispute_evidence_required`, `dispute_evidence_submitted`, `dispute_won`, `dispute_canceled`, `dispute_lost`, `dispute_accepted`, `dispute_expired` | `data.currency`, minor units (`CLP` has 2 digits) | `data.payment_reference` | `data.payment_id` | `timestamp`, else `created_on`, by RFC 3339 |
//! | all others | `data.currency`, minor units (`CLP` has 2 digits) | `data.reference` | `data.id` | `timestamp`, else `created_on`, by RFC 3339 |
//!
//! - The amount of a refund is that of this one refund, the amount of a dispute what is disputed.
//! - `dispute_resolved` is `Other`: the money had gone back before.
//! - Older versions have the time in `created_on`.
//!
//! Dedupe tells events apart by: `id`, kind.

use crate::TimeUnit;
use crate::crypto::{Algorithm, KeyFormat};
use crate::message::Whose;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeLost, DisputeWon, Disputed, Expired, Failed, Paid,
    PartiallyRefunded, Pending, Refunded,
};
use crate::payment::{Meaning, Places, Rule, Unit, When};
use crate::provider::about::About;
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    "https://www.checkout.com/docs/developer-resources/event-notifications/receive-webhooks/configure-your-webhook-server",
)
    .setup(&[
        "In the Dashboard, open Developers, Webhooks, and make a new webhook with the URL of \
         your endpoint and its events.",
        "Enter a long random signature key there: it becomes `secrets`.",
    ]);

/// Hex HMAC-SHA256 of the body.
pub const SCHEME: Scheme = Scheme::new("checkout-com", Algorithm::HmacSha256)
    .key(KeyFormat::text().reject_prefixes(&["pk_"]))
    .signature(Signature::header("cko-signature"))
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/type")])
    .whose(&WHOSE)
    .meaning(&MEANING);

const WHOSE: Whose = Whose::new()
    .account(&[Field::Json("/data/processing_channel_id")])
    .live(Field::Json("/_links/self/href"), &["api.checkout.com"])
    .test(
        Field::Json("/_links/self/href"),
        &["api.sandbox.checkout.com"],
    )
    .by_host();

scheme_provider! {
    /// Verifies what Checkout.com sends for one workflow.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::checkout_com::CheckoutCom;
    ///
    /// let endpoint = Endpoint::new(CheckoutCom::new("signature key")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    CheckoutCom, SCHEME
}

/// What Checkout.com's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    PAYMENT,
    &[
        Rule::new(&["payment_pending", "payment_capture_pending"], Pending),
        Rule::new(&["payment_approved"], Authorized),
        Rule::new(&["payment_captured"], Paid),
        Rule::new(&["payment_declined", "payment_capture_declined"], Failed),
        Rule::new(&["payment_canceled", "payment_voided"], Canceled),
        Rule::new(&["payment_expired"], Expired),
        // Both are counted in one unit, whichever it is.
        Rule::new(&["payment_refunded"], Refunded).when(&[When::Same(
            "/data/balances/total_captured",
            "/data/balances/total_refunded",
        )]),
        Rule::new(&["payment_refunded"], PartiallyRefunded),
        Rule::new(
            &[
                "dispute_received",
                "dispute_evidence_required",
                "dispute_evidence_submitted",
            ],
            Disputed,
        )
        .places(&DISPUTE),
        Rule::new(&["dispute_won", "dispute_canceled"], DisputeWon).places(&DISPUTE),
        Rule::new(
            &["dispute_lost", "dispute_accepted", "dispute_expired"],
            DisputeLost,
        )
        .places(&DISPUTE),
    ],
);

/// Where Checkout.com departs from ISO 4217. Source: "Format the amount value" in its documentation.
const OWN_DIGITS: &[(&str, u32)] = &[("CLP", 2)];

const PAYMENT: Places = Places::new(Unit::MinorExcept(OWN_DIGITS))
    .amount(&["/data/amount"])
    .currency(&["/data/currency"])
    .reference(&["/data/reference"])
    .transaction(&["/data/id"])
    // The second in older versions.
    .time(TimeUnit::Rfc3339, &["/timestamp", "/created_on"]);

const DISPUTE: Places = PAYMENT
    .reference(&["/data/payment_reference"])
    .transaction(&["/data/payment_id"]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::testing::support::update;

    #[test]
    fn older_versions_have_the_time_under_another_name() {
        for (body, millis) in [
            (
                r#"{"id":"evt_1","type":"payment_captured","created_on":"2026-08-05T09:00:00Z","data":{}}"#,
                1_785_920_400_000,
            ),
            (
                r#"{"id":"evt_1","type":"payment_captured","timestamp":"2026-08-05T09:00:00.357+00:00","data":{}}"#,
                1_785_920_400_357,
            ),
        ] {
            let time = update(SCHEME, body).unwrap().time;
            assert_eq!(time, Some(UnixTime::from_millis(millis)));
        }
    }
}
