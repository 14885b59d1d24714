//! Xendit: payments in South-East Asia.
//!
//! | | |
//! |---|---|
//! | signature | **none**: `x-callback-token` shows the account's verification token |
//! | time window | none |
//! | event id | `webhook-id`, not signed |
//! | kind | `event` in the body, or `status` where there is none, as of invoices; not signed |
//!
//! # What to know
//!
//! - Nothing of the request is signed. Whoever learns the token, from a log or a proxy, can send anything. Read the
//!   payment from Xendit's API before you hand something out.
//! - That `webhook-id` stays the same over retries is known from hearsay.
//!
//! Checked against Xendit's documentation only, "Payment webhook notification" and
//! ["How to validate if the webhook is sent from Xendit"](https://help.xendit.co/hc/en-us/articles/360038072991-How-to-validate-if-the-webhook-is-sent-from-Xendit);
//! Xendit's libraries verify nothing.
//!
//! # Payments
//!
//! Everything is a claim: the update is [`Unconfirmed`](crate::payment::PaymentStatus::Unconfirmed), and what follows
//! stands in its [`unverified`](crate::payment::PaymentUpdate::unverified). The kinds in capitals are those of invoices.
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `payment.capture`, `payment.succeeded`, `capture.succeeded` |  | `Paid` | `data.request_amount`, else `data.amount` |
//! | `payment.authorization`, `payment.awaiting_capture` |  | `Authorized` | `data.request_amount`, else `data.amount` |
//! | `payment.pending` |  | `Pending` | `data.request_amount`, else `data.amount` |
//! | `payment.failure`, `payment.failed`, `capture.failed` |  | `Failed` | `data.request_amount`, else `data.amount` |
//! | `payment.expiry`, `payment.expired` |  | `Expired` | `data.request_amount`, else `data.amount` |
//! | `payment_request.expiry` |  | `Expired` | `data.request_amount`, else `data.amount` |
//! | `refund.succeeded` |  | `Refund` | `data.amount`, else `data.data.amount`, a step of id `data.id`, else `data.data.id` |
//! | `refund.failed` |  | `RefundFailed` | `data.amount`, else `data.data.amount`, a step of id `data.id`, else `data.data.id` |
//! | `recurring.plan.activated` |  | `SubscriptionActive` |  |
//! | `recurring.plan.inactivated` |  | `SubscriptionCanceled` |  |
//! | `recurring.cycle.succeeded` |  | `SubscriptionActive` | `data.amount`, a step of id `data.id` |
//! | `recurring.cycle.retrying`, `recurring.cycle.failed`, `recurring.cycle.force_attempt_failed` |  | `SubscriptionPastDue` | `data.amount`, a step of id `data.id` |
//! | `payout.succeeded` |  | `Payout` | `data.amount` |
//! | `payout.failed` |  | `PayoutFailed` | `data.amount` |
//! | `PAID` |  | `Paid`, as `SETTLED` | `paid_amount`, else `amount` |
//! | `SETTLED` |  | `Paid`, as `PAID` | `paid_amount`, else `amount` |
//! | `PENDING` |  | `Pending` | `paid_amount`, else `amount` |
//! | `EXPIRED` |  | `Expired` | `paid_amount`, else `amount` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `payment_request.expiry` | `data.currency`, major units | `data.reference_id` | `data.payment_request_id`, else `data.id` | `created`, by RFC 3339 |
//! | `refund.succeeded`, `refund.failed` | `data.currency`, else `data.data.currency`, major units | `data.reference_id`, else `data.data.reference_id` | `data.payment_id`, else `data.data.payment_id` | `created`, by RFC 3339 |
//! | `recurring.plan.activated`, `recurring.plan.inactivated`, `payout.succeeded`, `payout.failed` | `data.currency`, major units | `data.reference_id` | `data.id` | `created`, by RFC 3339 |
//! | `recurring.cycle.succeeded`, `recurring.cycle.retrying`, `recurring.cycle.failed`, `recurring.cycle.force_attempt_failed` | `data.currency`, major units | `data.reference_id` | `data.plan_id` | `created`, by RFC 3339 |
//! | `PAID`, `SETTLED`, `PENDING`, `EXPIRED` | `currency`, major units | `external_id` | `id` | `paid_at`, else `updated`, by RFC 3339 |
//! | all others | `data.currency`, major units | `data.reference_id` | `data.payment_id`, else `data.id` | `created`, by RFC 3339 |
//!
//! - The amount of `payment.capture` is the sum of `data.captures`, which can be less than what was asked for; without
//!   them it is as the table says.
//! - A refund is a step, and does not say whether it was all. Its `data` may stand inside another `data`, as Xendit's
//!   documentation shows it.
//! - `payment.expiry` is an authorization that ran out. `payment_request.expiry` takes no more payments; one may still be
//!   on its way.
//! - The transaction id of `recurring.…` is that of the plan; the cycle is the step.
//! - An invoice that is paid comes as `PAID` and may come again as `SETTLED`.
//! - Disputes are not told. Older products, such as virtual accounts and e-wallets, have callbacks of their own, which
//!   are not read.
//!
//! Dedupe tells events apart by: body, unsigned `webhook-id` and kind.

use bytes::Bytes;

use crate::crypto::{Algorithm, Encoding, KeyFormat};
use crate::json::elements;
use crate::message::{Message, Whose};
use crate::payment::PaymentStatus::{
    Authorized, Expired, Failed, Paid, Payout, PayoutFailed, Pending, Refund, RefundFailed,
    SubscriptionActive, SubscriptionCanceled, SubscriptionPastDue,
};
use crate::payment::read::{Read, major, places, sum};
use crate::payment::{Amount, Meaning, PaymentUpdate, Places, Rule, Unit};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};
use crate::{DecodeError, TimeUnit};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Payments, "https://help.xendit.co/hc/en-us/articles/360038072991-How-to-validate-if-the-webhook-is-sent-from-Xendit",
)
.setup(&[
    "In the dashboard, open Settings, Webhooks and enter the URL for each product that you use.",
    "Copy the webhook verification token from that page. It becomes `secrets`.",
]);

/// The verification token in a header.
pub const SCHEME: Scheme = Scheme::new("xendit", Algorithm::Token)
    .key(KeyFormat::text().reject_prefixes(&["xnd_"]))
    .signature(Signature::header("x-callback-token").encoding(Encoding::Text))
    .id(&[Field::Header("webhook-id")])
    .kind(&[Field::Json("/event"), Field::Json("/status")])
    .whose(&WHOSE)
    .meaning(&MEANING)
    .payments(updates);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/business_id")]);

scheme_provider! {
    /// Verifies that a request shows the verification token of an account with Xendit.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::xendit::Xendit;
    ///
    /// let endpoint = Endpoint::new(Xendit::new(["new token", "old token"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Xendit, SCHEME
}

/// As the rules say; of a capture, the sum of what was captured.
fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let update = MEANING.read(message)?;
    if update.kind.as_deref() != Some(CAPTURE) {
        return Ok(vec![update]);
    }
    let amount = match captured(message.body())? {
        Ok(None) => update.amount,
        sum => sum.map(|sum| sum.map(Amount::Total)),
    };
    // The captures are an amount too.
    let missing = update.missing.into_iter();
    let missing = missing.filter(|place| amount == Ok(None) || *place != ASKED);
    Ok(vec![PaymentUpdate {
        missing: missing.collect(),
        amount,
        ..update
    }])
}

/// The sum of the captures, if there are some.
fn captured(body: &Bytes) -> Result<Read, DecodeError> {
    let [currency] = places(body, ["/data/currency"])?;
    let mut parts = Vec::new();
    for capture in elements(body, "/data/captures")? {
        let [amount] = places(&capture, ["/capture_amount"])?;
        parts.push(major(&amount, &currency));
    }
    Ok(sum(parts))
}

const CAPTURE: &str = "payment.capture";
const ASKED: &str = "/data/request_amount";

/// What Xendit's kinds mean for a payment. None of it is signed.
pub const MEANING: Meaning = Meaning::new(
    PAYMENT,
    &[
        // Code adds up the captures.
        Rule::new(&[CAPTURE, "payment.succeeded", "capture.succeeded"], Paid),
        Rule::new(
            &["payment.authorization", "payment.awaiting_capture"],
            Authorized,
        ),
        Rule::new(&["payment.pending"], Pending),
        Rule::new(
            &["payment.failure", "payment.failed", "capture.failed"],
            Failed,
        ),
        Rule::new(&["payment.expiry", "payment.expired"], Expired),
        Rule::new(&["payment_request.expiry"], Expired)
            .transaction(&["/data/payment_request_id", "/data/id"]),
        Rule::new(&["refund.succeeded"], Refund).places(&REFUND),
        Rule::new(&["refund.failed"], RefundFailed).places(&REFUND),
        Rule::new(&["recurring.plan.activated"], SubscriptionActive).places(&PLAN),
        Rule::new(&["recurring.plan.inactivated"], SubscriptionCanceled).places(&PLAN),
        Rule::new(&["recurring.cycle.succeeded"], SubscriptionActive).places(&CYCLE),
        Rule::new(
            &[
                "recurring.cycle.retrying",
                "recurring.cycle.failed",
                "recurring.cycle.force_attempt_failed",
            ],
            SubscriptionPastDue,
        )
        .places(&CYCLE),
        Rule::new(&["payout.succeeded"], Payout).places(&PAYOUT),
        Rule::new(&["payout.failed"], PayoutFailed).places(&PAYOUT),
        Rule::new(&["PAID"], Paid).places(&INVOICE).twin("SETTLED"),
        Rule::new(&["SETTLED"], Paid).places(&INVOICE).twin("PAID"),
        Rule::new(&["PENDING"], Pending).places(&INVOICE),
        Rule::new(&["EXPIRED"], Expired).places(&INVOICE),
    ],
);

const EVENT: Places = Places::new(Unit::Major)
    .currency(&["/data/currency"])
    .reference(&["/data/reference_id"])
    .time(TimeUnit::Rfc3339, &["/created"]);

const PAYMENT: Places = EVENT
    .amount(&[ASKED, "/data/amount"])
    .transaction(&["/data/payment_id", "/data/id"]);

/// The documentation shows it inside of another `data`.
const REFUND: Places = EVENT
    .step_amount(&["/data/amount", "/data/data/amount"])
    .step_id(&["/data/id", "/data/data/id"])
    .currency(&["/data/currency", "/data/data/currency"])
    .reference(&["/data/reference_id", "/data/data/reference_id"])
    .transaction(&["/data/payment_id", "/data/data/payment_id"]);

const PLAN: Places = EVENT.transaction(&["/data/id"]);

const CYCLE: Places = EVENT
    .step_amount(&["/data/amount"])
    .step_id(&["/data/id"])
    .transaction(&["/data/plan_id"]);

const PAYOUT: Places = EVENT.amount(&["/data/amount"]).transaction(&["/data/id"]);

const INVOICE: Places = Places::new(Unit::Major)
    .amount(&["/paid_amount", "/amount"])
    .currency(&["/currency"])
    .reference(&["/external_id"])
    .transaction(&["/id"])
    .time(TimeUnit::Rfc3339, &["/paid_at", "/updated"]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Coverage;
    use crate::testing::{Signer, support};

    #[test]
    fn nothing_is_more_than_a_claim() {
        for (body, kind) in [
            (
                r#"{"event":"payment.capture","created":"2026-08-05T09:00:00.000Z"}"#,
                "payment.capture",
            ),
            (
                r#"{"status":"PAID","paid_at":"2026-08-05T09:00:00Z","updated":"2026-08-05T09:00:01Z"}"#,
                "PAID",
            ),
        ] {
            let signer = Signer::new(SCHEME, "token for tests").unwrap();
            let settings = json!({"secrets": "token for tests"});
            let delivery = support::signed("xendit", settings, &signer, body);
            assert_eq!(delivery.coverage(), Coverage::SenderOnly);
            assert_eq!((delivery.id(), delivery.kind()), (None, None));
            assert!(delivery.unverified_kind().is_some());
            let update = support::only(&delivery).unwrap();
            assert_eq!((update.time, &update.kind), (None, &None));
            let claimed = update.dangerously_trust_unverified();
            assert_eq!(claimed.time, Some(support::NOW));
            assert_eq!(claimed.kind.unwrap(), kind);
        }
    }
}
