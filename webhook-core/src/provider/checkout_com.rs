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
//!
//! # Payments
//!
//! | kind | status |
//! |---|---|
//! | `payment_pending`, `payment_capture_pending` | `Pending` |
//! | `payment_approved` | `Authorized` |
//! | `payment_captured` | `Paid` |
//! | `payment_declined`, `payment_capture_declined` | `Failed` |
//! | `payment_canceled`, `payment_voided` | `Canceled` |
//! | `payment_expired` | `Expired` |
//! | `payment_refunded` | `Refunded` if `data.balances.total_refunded` equals `data.balances.total_captured`, else `PartiallyRefunded` |
//! | `dispute_received`, `dispute_evidence_required`, `dispute_evidence_submitted` | `Disputed` |
//! | `dispute_won`, `dispute_canceled` | `DisputeWon` |
//! | `dispute_lost`, `dispute_accepted`, `dispute_expired` | `DisputeLost` |
//! | anything else, such as `dispute_resolved` (the money had gone back before) | `Other` |
//!
//! | field | payments | disputes |
//! |---|---|---|
//! | amount | `data.amount`, `data.currency`: of a refund this one refund | the same: what is disputed |
//! | reference | `data.reference` | `data.payment_reference` |
//! | transaction id | `data.id` | `data.payment_id` |
//! | time | `timestamp`, in older versions `created_on` | the same |
//!
//! Amounts are in the minor units of ISO 4217, except that the Chilean peso is counted in hundredths.
//!
//! Dedupe tells events apart by: `id`, kind.

use crate::payment::read::{minor_except, places, time};
use crate::payment::{PaymentStatus, PaymentUpdate};
use crate::provider_type::scheme_provider;
use crate::registry::Registered;
use crate::scheme::{Field, KeyFormat, Primitive, Scheme, Signature, Whose};
use crate::{DecodeError, Delivery, TimeUnit};

pub(crate) const PROVIDER: Registered = Registered::scheme(SCHEME.provider(), |_| Ok(SCHEME));

/// Hex HMAC-SHA256 of the body.
pub const SCHEME: Scheme = Scheme::new("checkout-com", Primitive::HmacSha256)
    .key(KeyFormat::text().never(&["pk_"]))
    .signature(Signature::header("cko-signature"))
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/type")])
    .whose(&WHOSE)
    .payments(updates);

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

/// Where Checkout.com departs from ISO 4217. Source: "Format the amount value" in its documentation.
const OWN_DIGITS: &[(&str, u32)] = &[("CLP", 2)];

fn updates(delivery: &Delivery) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let other = PaymentUpdate::other(delivery);
    let kind = delivery.kind().unwrap_or_default();
    let [refunded, captured, currency] = places(
        delivery.body(),
        [
            "/data/balances/total_refunded",
            "/data/balances/total_captured",
            "/data/currency",
        ],
    )?;
    let status = match kind {
        "payment_refunded" => {
            // Units do not matter here: both are counted alike.
            let captured = captured.get()?;
            if captured.is_some() && captured == refunded.get()? {
                PaymentStatus::Refunded
            } else {
                PaymentStatus::PartiallyRefunded
            }
        }
        _ => status(kind),
    };
    if status == PaymentStatus::Other {
        return Ok(vec![other]);
    }
    let [id, reference] = if kind.starts_with("dispute_") {
        ["/data/payment_id", "/data/payment_reference"]
    } else {
        ["/data/id", "/data/reference"]
    };
    let [id, reference, amount, timestamp, created] = places(
        delivery.body(),
        [id, reference, "/data/amount", "/timestamp", "/created_on"],
    )?;
    let at = timestamp.or(created);
    Ok(vec![PaymentUpdate {
        status,
        amount: minor_except(&amount, &currency, OWN_DIGITS),
        reference: reference.text()?,
        transaction_id: id.text()?,
        time: time(TimeUnit::Rfc3339, &at)?,
        ..other
    }])
}

fn status(kind: &str) -> PaymentStatus {
    match kind {
        "payment_pending" | "payment_capture_pending" => PaymentStatus::Pending,
        "payment_approved" => PaymentStatus::Authorized,
        "payment_captured" => PaymentStatus::Paid,
        "payment_declined" | "payment_capture_declined" => PaymentStatus::Failed,
        "payment_canceled" | "payment_voided" => PaymentStatus::Canceled,
        "payment_expired" => PaymentStatus::Expired,
        "dispute_received" | "dispute_evidence_required" | "dispute_evidence_submitted" => {
            PaymentStatus::Disputed
        }
        "dispute_won" | "dispute_canceled" => PaymentStatus::DisputeWon,
        "dispute_lost" | "dispute_accepted" | "dispute_expired" => PaymentStatus::DisputeLost,
        _ => PaymentStatus::Other,
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::test_support::{line, update};

    fn event(kind: &str, data: &str) -> PaymentUpdate {
        let body = format!(
            r#"{{"id":"evt_1","source":"gateway","type":"{kind}","timestamp":"2026-08-05T09:00:00.357+00:00",
                "version":"1.0.29","data":{data}}}"#
        );
        update(SCHEME, &body).unwrap()
    }

    #[test]
    fn payments_are_read_by_kind() {
        let data = r#"{"id":"pay_1","action_id":"act_1","reference":"ORD-5023","amount":2099,"currency":"EUR",
            "processed_on":"2026-08-05T08:59:59.4695512Z","response_code":"10000"}"#;
        for (kind, status) in [
            ("payment_pending", "pending"),
            ("payment_capture_pending", "pending"),
            ("payment_approved", "authorized"),
            ("payment_captured", "paid"),
            ("payment_declined", "failed"),
            ("payment_capture_declined", "failed"),
            ("payment_canceled", "canceled"),
            ("payment_voided", "canceled"),
            ("payment_expired", "expired"),
            ("payment_refunded", "partially_refunded"),
        ] {
            let want = format!("{status} | 20.99 EUR | ORD-5023 | pay_1");
            assert_eq!(line(&event(kind, data)), want, "{kind}");
        }
        for kind in ["card_verified", "payment_refund_declined", "payment_paid"] {
            assert_eq!(event(kind, data).status, PaymentStatus::Other, "{kind}");
        }
    }

    #[test]
    fn a_refund_is_whole_once_all_that_was_captured_went_back() {
        for (captured, refunded, status) in [
            ("2099", "2099", PaymentStatus::Refunded),
            ("2099", "1000", PaymentStatus::PartiallyRefunded),
            ("null", "null", PaymentStatus::PartiallyRefunded),
        ] {
            let data = format!(
                r#"{{"id":"pay_1","amount":1000,"currency":"EUR","balances":{{"total_captured":{captured},"total_refunded":{refunded}}}}}"#
            );
            assert_eq!(event("payment_refunded", &data).status, status);
        }
    }

    #[test]
    fn disputes_name_their_payment() {
        let data = r#"{"id":"dsp_1","date":"2026-08-05T09:00:00Z","category":"fraudulent","amount":8150,"currency":"GBP",
            "payment_id":"pay_1","payment_action_id":"act_1","payment_reference":"ORD-5023"}"#;
        for (kind, status) in [
            ("dispute_received", "disputed"),
            ("dispute_evidence_required", "disputed"),
            ("dispute_evidence_submitted", "disputed"),
            ("dispute_won", "dispute_won"),
            ("dispute_canceled", "dispute_won"),
            ("dispute_lost", "dispute_lost"),
            ("dispute_accepted", "dispute_lost"),
            ("dispute_expired", "dispute_lost"),
        ] {
            let want = format!("{status} | 81.50 GBP | ORD-5023 | pay_1");
            assert_eq!(line(&event(kind, data)), want, "{kind}");
        }
        assert_eq!(event("dispute_resolved", data).status, PaymentStatus::Other);
    }

    #[test]
    fn currencies_have_their_own_minor_units() {
        for (amount, currency, shown) in [
            ("100", "JPY", "100 JPY"),
            ("100000", "BHD", "100.000 BHD"),
            ("100000", "CLP", "1000 CLP"),
            ("100", "ISK", "100 ISK"),
        ] {
            let data = format!(r#"{{"amount":{amount},"currency":"{currency}"}}"#);
            let amount = event("payment_captured", &data).amount.unwrap().unwrap();
            assert_eq!(amount.to_string(), shown);
        }
    }

    #[test]
    fn older_versions_have_the_time_under_another_name() {
        let body = r#"{"id":"evt_1","type":"payment_captured","created_on":"2026-08-05T09:00:00Z","data":{}}"#;
        let older = update(SCHEME, body).unwrap();
        assert_eq!(older.time, Some(UnixTime::from_secs(1_785_920_400)));
        let newer = event("payment_captured", "{}");
        assert_eq!(newer.time, Some(UnixTime::from_millis(1_785_920_400_357)));
    }
}
