//! Disputes.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer};

use super::expandable::Expandable;
use super::read::{or_empty, show_id, time};
use crate::{Text, UnixTime};

/// A charge that a customer disputes with their bank (`dispute`).
///
/// ```
/// use webhook_core::RawJson;
/// use webhook_core::provider::stripe::Dispute;
///
/// let json = RawJson::new(r#"{"id": "du_1", "evidence_details": {"due_by": 1786700000}}"#)?;
/// let dispute: Dispute = json.decode()?;
/// assert_eq!(dispute.evidence_due_by.unwrap().as_secs(), 1_786_700_000);
/// # Ok::<(), webhook_core::DecodeError>(())
/// ```
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct Dispute {
    /// The id, `du_…` or `dp_…`.
    pub id: Text,
    /// The disputed amount, in the smallest unit of the currency. May differ from the charge.
    pub amount: Option<i64>,
    /// The currency, three letters in lower case.
    pub currency: Option<Text>,
    /// The charge.
    pub charge: Option<Expandable>,
    /// The payment.
    pub payment_intent: Option<Expandable>,
    /// The customer's reason, such as `fraudulent` or `product_not_received`.
    pub reason: Option<Text>,
    /// `needs_response`, `under_review`, `won`, `lost`, …; with `warning_` before it while no money has moved.
    pub status: Option<Text>,
    /// When it was created.
    #[serde(default, deserialize_with = "time")]
    pub created: Option<UnixTime>,
    /// Your own names and values.
    #[serde(default, deserialize_with = "or_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Until when you can answer.
    #[serde(default, rename = "evidence_details", deserialize_with = "due_by")]
    pub evidence_due_by: Option<UnixTime>,
}

impl fmt::Debug for Dispute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_id(f, "Dispute", &self.id)
    }
}

#[derive(Default, Deserialize)]
struct EvidenceDetails {
    #[serde(default, deserialize_with = "time")]
    due_by: Option<UnixTime>,
}

fn due_by<'de, D: Deserializer<'de>>(json: D) -> Result<Option<UnixTime>, D::Error> {
    or_empty(json).map(|details: EvidenceDetails| details.due_by)
}
