//! Charges.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::expandable::Expandable;
use super::read::{or_empty, show_id, time};
use crate::{Text, UnixTime};

/// One attempt to move money (`charge`).
///
/// ```
/// use webhook_core::RawJson;
/// use webhook_core::provider::stripe::Charge;
///
/// let json = RawJson::new(r#"{"id": "ch_1", "paid": true, "amount_refunded": 500}"#)?;
/// let charge: Charge = json.decode()?;
/// assert_eq!(charge.amount_refunded, Some(500));
/// # Ok::<(), webhook_core::DecodeError>(())
/// ```
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct Charge {
    /// The id, `ch_…` or `py_…`.
    pub id: Text,
    /// The amount, in the smallest unit of the currency.
    pub amount: Option<i64>,
    /// The amount that was captured.
    pub amount_captured: Option<i64>,
    /// The amount that was refunded, over all refunds.
    pub amount_refunded: Option<i64>,
    /// The currency, three letters in lower case.
    pub currency: Option<Text>,
    /// Whether it succeeded or was authorized.
    pub paid: Option<bool>,
    /// Whether it was captured. If not, it is only authorized.
    pub captured: Option<bool>,
    /// Whether all of it was refunded. `false` after a refund in part.
    pub refunded: Option<bool>,
    /// Whether it was disputed.
    pub disputed: Option<bool>,
    /// `succeeded`, `pending` or `failed`.
    pub status: Option<Text>,
    /// The payment that it belongs to.
    pub payment_intent: Option<Expandable>,
    /// The customer.
    pub customer: Option<Expandable>,
    /// The invoice. API versions from 2025-03-31 on do not have it.
    pub invoice: Option<Expandable>,
    /// Why it failed, such as `card_declined`.
    pub failure_code: Option<Text>,
    /// Why it failed, as a sentence.
    pub failure_message: Option<Text>,
    /// Your own names and values.
    #[serde(default, deserialize_with = "or_empty")]
    pub metadata: BTreeMap<String, String>,
    /// When it was created.
    #[serde(default, deserialize_with = "time")]
    pub created: Option<UnixTime>,
    /// Whether real money is meant.
    pub livemode: Option<bool>,
    /// The receipt's page.
    pub receipt_url: Option<Text>,
    /// Your own description.
    pub description: Option<Text>,
}

impl fmt::Debug for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_id(f, "Charge", &self.id)
    }
}
