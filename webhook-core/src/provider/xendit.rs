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
//! Checked against Xendit's documentation only, "Payment webhook notification"; Xendit's libraries verify nothing.
//!
//! # Payments
//!
//! Everything is a claim: the update is [`Unconfirmed`](crate::payment::PaymentStatus::Unconfirmed), and what follows
//! stands in its [`unsigned`](crate::payment::PaymentUpdate::unsigned).
//!
//! | kind | [`PaymentStatus`] |
//! |---|---|
//! | `payment.capture`, `payment.succeeded`, `capture.succeeded`; an invoice's `PAID`, `SETTLED` | `Paid` |
//! | `payment.authorization`, `payment.awaiting_capture` | `Authorized` |
//! | `payment.pending`; an invoice's `PENDING` | `Pending` |
//! | `payment.failure`, `payment.failed`, `capture.failed` | `Failed` |
//! | `payment.expired`; an invoice's `EXPIRED` | `Expired` |
//! | `refund.succeeded` | `Refunded`: compare the amount, a part is told in the same way |
//! | all others | `Other` |
//!
//! Amount, in major units: `data.amount`, else `data.request_amount`; of invoices `paid_amount`, else `amount`.
//! Reference: `data.reference_id`, `external_id`. Transaction: `data.payment_id`, else `data.id`, else `id`. Time:
//! `created` of the event, of invoices `paid_at`, else `updated`. A refund's `data` may stand inside another `data`, as
//! Xendit's documentation shows it.
//!
//! Dedupe tells events apart by: body, unsigned `webhook-id` and kind.

use crate::event::DecodeError;
use crate::payment::PaymentStatus::{Authorized, Expired, Failed, Other, Paid, Pending, Refunded};
use crate::payment::read::{Place, major, places, time};
use crate::payment::{PaymentStatus, PaymentUpdate};
use crate::provider_type::scheme_provider;
use crate::registry::Registered;
use crate::scheme::{Encoding, Field, KeyFormat, Primitive, Scheme, Signature, Whose};
use crate::{Delivery, TimeUnit};

pub(crate) const PROVIDER: Registered = Registered::scheme(SCHEME.provider(), |_| Ok(SCHEME));

/// The verification token in a header.
pub const SCHEME: Scheme = Scheme::new("xendit", Primitive::Token)
    .key(KeyFormat::text().never(&["xnd_"]))
    .signature(Signature::header("x-callback-token").encoding(Encoding::Text))
    .id(&[Field::Header("webhook-id")])
    .kind(&[Field::Json("/event"), Field::Json("/status")])
    .whose(&WHOSE)
    .payments(payments);

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

fn payments(delivery: &Delivery) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let status = status_of(delivery.any_kind().unwrap_or_default());
    let [event] = places(delivery.body(), ["/event"])?;
    let read = match (status, event.is_there()) {
        (Other, _) => return Ok(vec![PaymentUpdate::other(delivery)]),
        (_, true) => Read::event(delivery)?,
        (_, false) => Read::invoice(delivery)?,
    };
    Ok(vec![PaymentUpdate {
        status,
        amount: major(&read.amount, &read.currency),
        reference: read.reference.text()?,
        transaction_id: read.transaction.text()?,
        time: time(TimeUnit::Rfc3339, &read.at)?,
        ..PaymentUpdate::claimed(delivery)
    }])
}

fn status_of(kind: &str) -> PaymentStatus {
    match kind {
        "payment.capture" | "payment.succeeded" | "capture.succeeded" | "PAID" | "SETTLED" => Paid,
        "payment.authorization" | "payment.awaiting_capture" => Authorized,
        "payment.pending" | "PENDING" => Pending,
        "payment.failure" | "payment.failed" | "capture.failed" => Failed,
        "payment.expired" | "EXPIRED" => Expired,
        "refund.succeeded" => Refunded,
        _ => Other,
    }
}

/// The same facts from bodies of different shapes.
struct Read {
    amount: Place,
    currency: Place,
    reference: Place,
    transaction: Place,
    at: Place,
}

impl Read {
    fn event(delivery: &Delivery) -> Result<Self, DecodeError> {
        let [amount, requested, currency, reference, payment, id, at] = places(
            delivery.body(),
            [
                "/data/amount",
                "/data/request_amount",
                "/data/currency",
                "/data/reference_id",
                "/data/payment_id",
                "/data/id",
                "/created",
            ],
        )?;
        let [inner_amount, inner_currency, inner_reference, inner_payment] = places(
            delivery.body(),
            [
                "/data/data/amount",
                "/data/data/currency",
                "/data/data/reference_id",
                "/data/data/payment_id",
            ],
        )?;
        Ok(Self {
            amount: amount.or(requested).or(inner_amount),
            currency: currency.or(inner_currency),
            reference: reference.or(inner_reference),
            transaction: payment.or(id).or(inner_payment),
            at,
        })
    }

    fn invoice(delivery: &Delivery) -> Result<Self, DecodeError> {
        let [
            paid,
            amount,
            currency,
            reference,
            transaction,
            paid_at,
            updated,
        ] = places(
            delivery.body(),
            [
                "/paid_amount",
                "/amount",
                "/currency",
                "/external_id",
                "/id",
                "/paid_at",
                "/updated",
            ],
        )?;
        Ok(Self {
            amount: paid.or(amount),
            currency,
            reference,
            transaction,
            at: paid_at.or(updated),
        })
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::payment::PaymentStatus::Unconfirmed;
    use crate::test_support::only;
    use crate::testing::Signer;
    use crate::{Coverage, test_support};

    fn delivery(body: &Value) -> Delivery {
        let signer = Signer::new(SCHEME, "token for tests").unwrap();
        test_support::signed(
            "xendit",
            json!({"secrets": "token for tests"}),
            &signer,
            body.to_string(),
        )
    }

    fn claimed(body: &Value) -> PaymentUpdate {
        let update = only(&delivery(body)).unwrap();
        update.dangerously_trust_unsigned()
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
        assert!(delivery.unsigned_kind().is_some());
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
        assert_eq!(claimed.time, Some(test_support::NOW));
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
            assert_eq!(claimed.time, Some(test_support::NOW));
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
