//! Checkout sessions.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::expandable::Expandable;
use super::read::{or_empty, show_id, time};
use crate::{Text, UnixTime};

/// A checkout on Stripe's page (`checkout.session`).
///
/// ```
/// use webhook_core::RawJson;
/// use webhook_core::provider::stripe::CheckoutSession;
///
/// let json = RawJson::new(r#"{"id": "cs_1", "payment_status": "paid", "amount_total": 1099}"#)?;
/// let session: CheckoutSession = json.decode()?;
/// assert!(session.is_paid());
/// assert_eq!(session.amount_total, Some(1099));
/// # Ok::<(), webhook_core::DecodeError>(())
/// ```
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct CheckoutSession {
    /// The id, `cs_…`.
    pub id: Text,
    /// `payment`, `subscription` or `setup`.
    pub mode: Option<Text>,
    /// `open`, `complete` or `expired`. A complete session need not be paid.
    pub status: Option<Text>,
    /// `paid`, `unpaid` or `no_payment_required`.
    pub payment_status: Option<Text>,
    /// Your own reference, such as an order number.
    pub client_reference_id: Option<Text>,
    /// The amount to pay, with discounts and taxes, in the smallest unit of the currency.
    pub amount_total: Option<i64>,
    /// The amount before discounts and taxes.
    pub amount_subtotal: Option<i64>,
    /// The currency, three letters in lower case.
    pub currency: Option<Text>,
    /// The customer.
    pub customer: Option<Expandable>,
    /// The address that was known when the session was created.
    pub customer_email: Option<Text>,
    /// The payment, in mode `payment`.
    pub payment_intent: Option<Expandable>,
    /// The subscription, in mode `subscription`.
    pub subscription: Option<Expandable>,
    /// The invoice.
    pub invoice: Option<Expandable>,
    /// Your own names and values.
    #[serde(default, deserialize_with = "or_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Whether real money is meant.
    pub livemode: Option<bool>,
    /// When it was created.
    #[serde(default, deserialize_with = "time")]
    pub created: Option<UnixTime>,
    /// When it expires.
    #[serde(default, deserialize_with = "time")]
    pub expires_at: Option<UnixTime>,
    /// The page, while the session is open.
    pub url: Option<Text>,
}

impl CheckoutSession {
    /// Whether the goods can be handed over: the checkout is complete, and the money is there or none is needed.
    ///
    /// Both are asked because a session that never needed money says so from the start, also when it expires.
    /// Where an old API version has no `status`, the payment alone decides.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        let status = self.status.as_deref().unwrap_or("complete");
        let payment = self.payment_status.as_deref();
        status == "complete" && matches!(payment, Some("paid" | "no_payment_required"))
    }
}

impl fmt::Debug for CheckoutSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_id(f, "CheckoutSession", &self.id)
    }
}

#[cfg(test)]
mod tests {
    use crate::RawJson;

    use super::*;

    fn is_paid(status: &str, payment: &str) -> bool {
        let json = format!(r#"{{"id":"cs_1","status":{status},"payment_status":{payment}}}"#);
        let session: CheckoutSession = RawJson::new(json).unwrap().decode().unwrap();
        session.is_paid()
    }

    #[test]
    fn a_complete_session_is_not_always_paid() {
        for (status, paid) in [
            (r#""paid""#, true),
            (r#""no_payment_required""#, true),
            (r#""unpaid""#, false),
            (r#""new_word""#, false),
            ("null", false),
        ] {
            assert_eq!(is_paid(r#""complete""#, status), paid, "{status}");
        }
    }

    #[test]
    fn a_session_that_needs_no_money_is_not_paid_before_it_is_complete() {
        let payment = r#""no_payment_required""#;
        for (status, paid) in [
            (r#""complete""#, true),
            ("null", true),
            (r#""open""#, false),
            (r#""expired""#, false),
            (r#""new_word""#, false),
        ] {
            assert_eq!(is_paid(status, payment), paid, "{status}");
        }
    }
}
