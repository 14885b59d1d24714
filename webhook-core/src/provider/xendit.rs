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
//! | `payment.capture`, `payment.succeeded`, `capture.succeeded` |  | `Paid` | `data.amount`, else `data.request_amount`, else `data.data.amount` |
//! | `payment.authorization`, `payment.awaiting_capture` |  | `Authorized` | `data.amount`, else `data.request_amount`, else `data.data.amount` |
//! | `payment.pending` |  | `Pending` | `data.amount`, else `data.request_amount`, else `data.data.amount` |
//! | `payment.failure`, `payment.failed`, `capture.failed` |  | `Failed` | `data.amount`, else `data.request_amount`, else `data.data.amount` |
//! | `payment.expired` |  | `Expired` | `data.amount`, else `data.request_amount`, else `data.data.amount` |
//! | `refund.succeeded` |  | `Refunded` | `data.amount`, else `data.request_amount`, else `data.data.amount` |
//! | `PAID`, `SETTLED` |  | `Paid` | `paid_amount`, else `amount` |
//! | `PENDING` |  | `Pending` | `paid_amount`, else `amount` |
//! | `EXPIRED` |  | `Expired` | `paid_amount`, else `amount` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `PAID`, `SETTLED`, `PENDING`, `EXPIRED` | `currency`, major units | `external_id` | `id` | `paid_at`, else `updated`, by RFC 3339 |
//! | all others | `data.currency`, else `data.data.currency`, major units | `data.reference_id`, else `data.data.reference_id` | `data.payment_id`, else `data.id`, else `data.data.payment_id` | `created`, by RFC 3339 |
//!
//! - Of `refund.succeeded` compare the amount: a part is told in the same way.
//! - A refund's `data` may stand inside another `data`, as Xendit's documentation shows it.
//!
//! Dedupe tells events apart by: body, unsigned `webhook-id` and kind.

use crate::TimeUnit;
use crate::crypto::{Algorithm, Encoding, KeyFormat};
use crate::message::Whose;
use crate::payment::PaymentStatus::{Authorized, Expired, Failed, Paid, Pending, Refunded};
use crate::payment::{Meaning, Places, Rule, Unit};
use crate::provider::about::About;
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    "https://help.xendit.co/hc/en-us/articles/360038072991-How-to-validate-if-the-webhook-is-sent-from-Xendit",
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
    .meaning(&MEANING);

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

/// What Xendit's kinds mean for a payment. None of it is signed.
pub const MEANING: Meaning = Meaning::new(
    EVENT,
    &[
        Rule::new(
            &["payment.capture", "payment.succeeded", "capture.succeeded"],
            Paid,
        ),
        Rule::new(
            &["payment.authorization", "payment.awaiting_capture"],
            Authorized,
        ),
        Rule::new(&["payment.pending"], Pending),
        Rule::new(
            &["payment.failure", "payment.failed", "capture.failed"],
            Failed,
        ),
        Rule::new(&["payment.expired"], Expired),
        Rule::new(&["refund.succeeded"], Refunded),
        Rule::new(&["PAID", "SETTLED"], Paid).places(&INVOICE),
        Rule::new(&["PENDING"], Pending).places(&INVOICE),
        Rule::new(&["EXPIRED"], Expired).places(&INVOICE),
    ],
);

const EVENT: Places = Places::new(Unit::Major)
    .amount(&["/data/amount", "/data/request_amount", "/data/data/amount"])
    .currency(&["/data/currency", "/data/data/currency"])
    .reference(&["/data/reference_id", "/data/data/reference_id"])
    .transaction(&["/data/payment_id", "/data/id", "/data/data/payment_id"])
    .time(TimeUnit::Rfc3339, &["/created"]);

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
