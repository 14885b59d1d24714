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
//! | `payment_pending`, `payment_compliance_review`, `payment_retry_scheduled` |  | `Pending` | `data.amount` |
//! | `payment_approved` |  | `Authorized` | `data.amount` |
//! | `payment_authorization_incremented` |  | `Authorized` | `data.balances.total_authorized`, else `data.amount` |
//! | `payment_capture_pending` |  | `Pending` | `data.amount`, a step of id `data.action_id` |
//! | `payment_captured` |  | `Paid` | `data.amount`, a step of id `data.action_id`; so far `data.balances.total_captured` |
//! | `payment_capture_declined` |  | `Failed` | `data.amount`, a step of id `data.action_id` |
//! | `payment_declined` |  | `Failed` | `data.amount` |
//! | `payment_canceled` |  | `Canceled` | `data.amount` |
//! | `payment_voided` |  | `Canceled` | `data.amount`, a step of id `data.action_id`; so far `data.balances.total_voided` |
//! | `payment_expired` |  | `Expired` | `data.amount` |
//! | `payment_refund_pending` |  | `RefundPending` | `data.amount`, a step of id `data.action_id` |
//! | `payment_refunded` | `data.balances.total_refunded` equals `data.balances.total_captured` | `Refunded` | `data.amount`, a step of id `data.action_id`; so far `data.balances.total_refunded` |
//! | `payment_refunded` | `data.balances.total_captured - data.balances.total_refunded` is above 0 | `PartiallyRefunded` | `data.amount`, a step of id `data.action_id`; so far `data.balances.total_refunded` |
//! | `payment_refunded` |  | `Refund` | `data.amount`, a step of id `data.action_id`; so far `data.balances.total_refunded` |
//! | `payment_refund_declined` |  | `RefundFailed` | `data.amount`, a step of id `data.action_id` |
//! | `payment_paid` |  | `Payout` | `data.amount` |
//! | `payment_returned` |  | `PayoutFailed` | `data.amount` |
//! | `payment_chargeback` |  | `Disputed` | `data.amount` |
//! | `dispute_received`, `dispute_evidence_required`, `dispute_evidence_submitted`, `dispute_evidence_acknowledged_by_scheme` |  | `Disputed` | `data.amount` of id `data.id` |
//! | `dispute_won`, `dispute_canceled`, `dispute_arbitration_won` |  | `DisputeWon` | `data.amount` of id `data.id` |
//! | `dispute_lost`, `dispute_accepted`, `dispute_expired`, `dispute_arbitration_lost` |  | `DisputeLost` | `data.amount` of id `data.id` |
//! | `dispute_resolved` |  | `DisputeClosed` | `data.amount` of id `data.id` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `dispute_received`, `dispute_evidence_required`, `dispute_evidence_submitted`, `dispute_evidence_acknowledged_by_scheme`, `dispute_won`, `dispute_canceled`, `dispute_arbitration_won`, `dispute_lost`, `dispute_accepted`, `dispute_expired`, `dispute_arbitration_lost`, `dispute_resolved` | `data.currency`, minor units (`CLP` has 2 digits) | `data.payment_reference` | `data.payment_id` | `timestamp`, else `created_on`, by RFC 3339 |
//! | all others | `data.currency`, minor units (`CLP` has 2 digits) | `data.reference` | `data.id` | `timestamp`, else `created_on`, by RFC 3339 |
//!
//! - The amount of a capture, a void or a refund is that of this one action, a step. `data.balances` has the totals so
//!   far, in newer versions. A refund without them does not say whether it was all.
//! - `Refunded` means that all that was captured is back. The amount is still that of this refund.
//! - `payment_capture_declined` is about one capture: the money stays reserved.
//! - `payment_approved` comes for a payout to a card too, and does not say so. `payment_paid` and `payment_returned` are
//!   of payouts only.
//! - `dispute_resolved` does not say for whom: the money had gone back before, or, where `data.resolved_reason` is
//!   `rapid_dispute_resolution`, goes back with it.
//! - The step of a dispute is the dispute. That of `payment_chargeback`, of older accounts, is not known.
//! - Older versions have the time in `created_on`.
//!
//! Dedupe tells events apart by: `id`, kind.

use crate::TimeUnit;
use crate::crypto::{Algorithm, KeyFormat};
use crate::message::Whose;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeClosed, DisputeLost, DisputeWon, Disputed, Expired, Failed, Paid,
    PartiallyRefunded, Payout, PayoutFailed, Pending, Refund, RefundFailed, RefundPending,
    Refunded,
};
use crate::payment::{Meaning, Places, Rule, Unit, When};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Payments, "https://www.checkout.com/docs/developer-resources/event-notifications/receive-webhooks/configure-your-webhook-server",
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
        Rule::new(
            &[
                "payment_pending",
                "payment_compliance_review",
                "payment_retry_scheduled",
            ],
            Pending,
        ),
        Rule::new(&["payment_approved"], Authorized),
        Rule::new(&["payment_authorization_incremented"], Authorized)
            .amount(&["/data/balances/total_authorized", "/data/amount"]),
        Rule::new(&["payment_capture_pending"], Pending).places(&ACTION),
        Rule::new(&["payment_captured"], Paid).places(&CAPTURE),
        Rule::new(&["payment_capture_declined"], Failed).places(&ACTION),
        Rule::new(&["payment_declined"], Failed),
        Rule::new(&["payment_canceled"], Canceled),
        Rule::new(&["payment_voided"], Canceled).places(&VOID),
        Rule::new(&["payment_expired"], Expired),
        Rule::new(&["payment_refund_pending"], RefundPending).places(&ACTION),
        // Both totals are counted in one unit, whichever it is.
        Rule::new(&["payment_refunded"], Refunded)
            .when(&[When::Equal(REFUNDED, CAPTURED)])
            .places(&REFUND),
        Rule::new(&["payment_refunded"], PartiallyRefunded)
            .when(&[When::Positive(
                "/data/balances/total_captured - /data/balances/total_refunded",
            )])
            .places(&REFUND),
        Rule::new(&["payment_refunded"], Refund).places(&REFUND),
        Rule::new(&["payment_refund_declined"], RefundFailed).places(&ACTION),
        Rule::new(&["payment_paid"], Payout),
        Rule::new(&["payment_returned"], PayoutFailed),
        Rule::new(&["payment_chargeback"], Disputed),
        Rule::new(
            &[
                "dispute_received",
                "dispute_evidence_required",
                "dispute_evidence_submitted",
                "dispute_evidence_acknowledged_by_scheme",
            ],
            Disputed,
        )
        .places(&DISPUTE),
        Rule::new(
            &["dispute_won", "dispute_canceled", "dispute_arbitration_won"],
            DisputeWon,
        )
        .places(&DISPUTE),
        Rule::new(
            &[
                "dispute_lost",
                "dispute_accepted",
                "dispute_expired",
                "dispute_arbitration_lost",
            ],
            DisputeLost,
        )
        .places(&DISPUTE),
        Rule::new(&["dispute_resolved"], DisputeClosed).places(&DISPUTE),
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

/// One action of several on a payment.
const ACTION: Places = PAYMENT
    .step_amount(&["/data/amount"])
    .step_id(&["/data/action_id"]);

const CAPTURE: Places = ACTION.total_so_far(&[CAPTURED]);
const VOID: Places = ACTION.total_so_far(&["/data/balances/total_voided"]);
const REFUND: Places = ACTION.total_so_far(&[REFUNDED]);

const CAPTURED: &str = "/data/balances/total_captured";
const REFUNDED: &str = "/data/balances/total_refunded";

const DISPUTE: Places = PAYMENT
    .step_id(&["/data/id"])
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
