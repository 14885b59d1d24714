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
//! stands in its [`unsigned`](crate::payment::PaymentUpdate::unsigned). The kinds in capitals are those of invoices.
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
    use serde_json::{Value, json};

    use super::*;
    use crate::payment::PaymentStatus::{Other, Unconfirmed};
    use crate::payment::PaymentUpdate;
    use crate::testing::Signer;
    use crate::testing::support;
    use crate::testing::support::only;
    use crate::{Coverage, Delivery};

    fn delivery(body: &Value) -> Delivery {
        let signer = Signer::new(SCHEME, "token for tests").unwrap();
        support::signed(
            "xendit",
            json!({"secrets": "token for tests"}),
            &signer,
            body.to_string(),
        )
    }

    fn claimed(body: &Value) -> PaymentUpdate {
        let update = only(&delivery(body)).unwrap();
        update.dangerously_trust_unverified()
    }

    fn event(kind: &str) -> Value {
        json!({"event": kind, "business_id": "b", "created": "2026-08-05T09:00:00.000Z", "data": {
            "payment_id": "py-1", "payment_request_id": "pr-1", "status": "SUCCEEDED", "request_amount": 10000,
            "currency": "IDR", "reference_id": "order-7", "country": "ID",
        }})
    }

    #[test]
    fn nothing_is_more_than_a_claim() {
        let delivery = delivery(&event("payment.capture"));
        assert_eq!(delivery.coverage(), Coverage::SenderOnly);
        assert_eq!((delivery.id(), delivery.kind()), (None, None));
        assert!(delivery.unverified_kind().is_some());
        let update = only(&delivery).unwrap();
        assert_eq!(update.status, Unconfirmed);
        assert!(update.amount == Ok(None) && update.reference.is_none());
        assert!(update.transaction_id.is_none() && update.time.is_none());
    }

    #[test]
    fn kinds_become_statuses() {
        for (kind, status) in [
            ("payment.capture", Paid),
            ("payment.succeeded", Paid),
            ("payment.authorization", Authorized),
            ("payment.pending", Pending),
            ("payment.failure", Failed),
            ("payment.expired", Expired),
            ("refund.succeeded", Refunded),
            ("refund.failed", Other),
            ("payout.succeeded", Other),
        ] {
            assert_eq!(claimed(&event(kind)).status, status, "{kind}");
        }
    }

    #[test]
    fn an_event_is_read() {
        let claimed = claimed(&event("payment.capture"));
        assert_eq!(claimed.amount.unwrap().unwrap().to_string(), "10000.00 IDR");
        assert_eq!(claimed.reference.as_deref(), Some("order-7"));
        assert_eq!(claimed.transaction_id.as_deref(), Some("py-1"));
        assert_eq!(claimed.time, Some(support::NOW));
        assert_eq!(claimed.kind.as_deref(), Some("payment.capture"));
    }

    #[test]
    fn an_older_event_is_read() {
        let mut body = event("payment.succeeded");
        body["data"] =
            json!({"id": "pymt-1", "amount": 99.5, "currency": "PHP", "reference_id": "order-8"});
        let claimed = claimed(&body);
        assert_eq!(claimed.amount.unwrap().unwrap().to_string(), "99.50 PHP");
        assert_eq!(claimed.transaction_id.as_deref(), Some("pymt-1"));
    }

    #[test]
    fn an_invoice_is_read() {
        for (state, status) in [("PAID", Paid), ("SETTLED", Paid), ("EXPIRED", Expired)] {
            let claimed = claimed(&json!({
                "id": "62f00ac409accd62c85673c4", "external_id": "INV-48", "status": state, "amount": 8_500_000,
                "paid_amount": 8_500_000, "currency": "IDR", "paid_at": "2026-08-05T09:00:00Z",
                "updated": "2026-08-05T09:00:01Z",
            }));
            assert_eq!(claimed.status, status);
            assert_eq!(claimed.kind.as_deref(), Some(state));
            assert_eq!(
                claimed.amount.unwrap().unwrap().to_string(),
                "8500000.00 IDR"
            );
            assert_eq!(claimed.reference.as_deref(), Some("INV-48"));
            assert_eq!(
                claimed.transaction_id.as_deref(),
                Some("62f00ac409accd62c85673c4")
            );
            assert_eq!(claimed.time, Some(support::NOW));
        }
    }

    #[test]
    fn a_refund_inside_of_another_data_is_read() {
        let claimed = claimed(&json!({
            "event": "refund.succeeded", "created": "2026-08-05T09:00:00Z", "data": {"event": "refund.succeeded",
            "data": {"id": "rfd-1", "payment_id": "py-1", "amount": 1000, "currency": "VND", "reference_id": "r-1"}},
        }));
        assert_eq!(claimed.amount.unwrap().unwrap().to_string(), "1000 VND");
        assert_eq!(claimed.transaction_id.as_deref(), Some("py-1"));
    }
}
