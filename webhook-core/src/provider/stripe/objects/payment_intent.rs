//! Payment intents.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::expandable::Expandable;
use super::read::{or_empty, show_id, time};
use crate::{Text, UnixTime};

/// A payment from its preparation to its end (`payment_intent`).
///
/// ```
/// use webhook_core::RawJson;
/// use webhook_core::provider::stripe::PaymentIntent;
///
/// let json = RawJson::new(r#"{"id": "pi_1", "status": "succeeded", "amount_received": 1099}"#)?;
/// let intent: PaymentIntent = json.decode()?;
/// assert_eq!(intent.amount_received, Some(1099));
/// # Ok::<(), webhook_core::DecodeError>(())
/// ```
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct PaymentIntent {
    /// The id, `pi_…`.
    pub id: Text,
    /// The amount to pay, in the smallest unit of the currency.
    pub amount: Option<i64>,
    /// The amount that was paid.
    pub amount_received: Option<i64>,
    /// The amount that is authorized and can be captured.
    pub amount_capturable: Option<i64>,
    /// The currency, three letters in lower case.
    pub currency: Option<Text>,
    /// `requires_payment_method`, `requires_confirmation`, `requires_action`, `processing`, `requires_capture`,
    /// `canceled` or `succeeded`.
    pub status: Option<Text>,
    /// The customer.
    pub customer: Option<Expandable>,
    /// The last attempt. API versions before 2022-11-15 have a list `charges` instead.
    pub latest_charge: Option<Expandable>,
    /// Your own description.
    pub description: Option<Text>,
    /// Your own names and values.
    #[serde(default, deserialize_with = "or_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Whether real money is meant.
    pub livemode: Option<bool>,
    /// When it was created.
    #[serde(default, deserialize_with = "time")]
    pub created: Option<UnixTime>,
    /// When it was canceled.
    #[serde(default, deserialize_with = "time")]
    pub canceled_at: Option<UnixTime>,
    /// Why it was canceled, such as `requested_by_customer`.
    pub cancellation_reason: Option<Text>,
    /// Why the last attempt failed, if it did.
    pub last_payment_error: Option<PaymentError>,
    /// Where the receipt goes.
    pub receipt_email: Option<Text>,
}

impl fmt::Debug for PaymentIntent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_id(f, "PaymentIntent", &self.id)
    }
}

/// Why an attempt to pay has failed.
///
/// ```
/// use webhook_core::RawJson;
/// use webhook_core::provider::stripe::PaymentError;
///
/// let json = RawJson::new(r#"{"code": "card_declined", "decline_code": "insufficient_funds"}"#)?;
/// let error: PaymentError = json.decode()?;
/// assert_eq!(error.decline_code.unwrap(), "insufficient_funds");
/// # Ok::<(), webhook_core::DecodeError>(())
/// ```
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct PaymentError {
    /// A stable code, such as `card_declined`.
    pub code: Option<Text>,
    /// The bank's reason, such as `insufficient_funds`.
    pub decline_code: Option<Text>,
    /// A sentence that may be shown to the customer.
    pub message: Option<Text>,
    /// The type, such as `card_error`.
    #[serde(rename = "type")]
    pub kind: Option<Text>,
}

impl fmt::Debug for PaymentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PaymentError")
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}
