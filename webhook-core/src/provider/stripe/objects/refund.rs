//! Refunds.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::expandable::Expandable;
use super::read::{or_empty, show_id, time};
use crate::{Text, UnixTime};

/// Money given back (`refund`).
///
/// ```
/// use webhook_core::RawJson;
/// use webhook_core::provider::stripe::Refund;
///
/// let json = RawJson::new(r#"{"id": "re_1", "status": "succeeded", "amount": 500, "charge": "ch_1"}"#)?;
/// let refund: Refund = json.decode()?;
/// assert_eq!(refund.amount, Some(500));
/// # Ok::<(), webhook_core::DecodeError>(())
/// ```
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct Refund {
    /// The id, `re_…` or `pyr_…`.
    pub id: Text,
    /// The amount, in the smallest unit of the currency.
    pub amount: Option<i64>,
    /// The currency, three letters in lower case.
    pub currency: Option<Text>,
    /// The charge that is refunded.
    pub charge: Option<Expandable>,
    /// The payment that is refunded.
    pub payment_intent: Option<Expandable>,
    /// `duplicate`, `fraudulent`, `requested_by_customer` or `expired_uncaptured_charge`.
    pub reason: Option<Text>,
    /// `pending`, `requires_action`, `succeeded`, `failed` or `canceled`. A succeeded refund can still fail.
    pub status: Option<Text>,
    /// Your own names and values.
    #[serde(default, deserialize_with = "or_empty")]
    pub metadata: BTreeMap<String, String>,
    /// When it was created.
    #[serde(default, deserialize_with = "time")]
    pub created: Option<UnixTime>,
    /// Why it failed, such as `expired_or_canceled_card`.
    pub failure_reason: Option<Text>,
}

impl fmt::Debug for Refund {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_id(f, "Refund", &self.id)
    }
}
