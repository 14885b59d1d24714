//! Invoices.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::expandable::Expandable;
use super::read::{or_empty, time};
use crate::{Text, UnixTime};

/// An invoice (`invoice`).
///
/// ```
/// use webhook_core::RawJson;
/// use webhook_core::provider::stripe::Invoice;
///
/// let json = RawJson::new(r#"{"id": "in_1", "status": "paid", "subscription": "sub_1", "amount_paid": 1099}"#)?;
/// let invoice: Invoice = json.decode()?;
/// assert_eq!(invoice.amount_paid, Some(1099));
/// assert_eq!(invoice.subscription_id(), Some("sub_1"));
/// # Ok::<(), webhook_core::DecodeError>(())
/// ```
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct Invoice {
    /// The id, `in_…`. The invoice of an event `invoice.upcoming` may have none yet.
    pub id: Option<Text>,
    /// `draft`, `open`, `paid`, `uncollectible` or `void`.
    pub status: Option<Text>,
    /// The amount to pay, in the smallest unit of the currency.
    pub amount_due: Option<i64>,
    /// The amount that was paid.
    pub amount_paid: Option<i64>,
    /// The amount that is still to pay.
    pub amount_remaining: Option<i64>,
    /// The sum with discounts and taxes.
    pub total: Option<i64>,
    /// The currency, three letters in lower case.
    pub currency: Option<Text>,
    /// The customer.
    pub customer: Option<Expandable>,
    /// The customer's address.
    pub customer_email: Option<Text>,
    /// The subscription, in API versions before 2025-03-31. [`subscription_id`](Self::subscription_id) reads both.
    pub subscription: Option<Expandable>,
    /// What the invoice was made for, in API versions from 2025-03-31 on.
    pub parent: Option<InvoiceParent>,
    /// The number that the customer sees.
    pub number: Option<Text>,
    /// Why it was made, such as `subscription_cycle`.
    pub billing_reason: Option<Text>,
    /// The page on which it can be paid.
    pub hosted_invoice_url: Option<Text>,
    /// Whether it is paid, in API versions before 2025-03-31. The status says it in all.
    pub paid: Option<bool>,
    /// Your own names and values.
    #[serde(default, deserialize_with = "or_empty")]
    pub metadata: BTreeMap<String, String>,
    /// When it was created.
    #[serde(default, deserialize_with = "time")]
    pub created: Option<UnixTime>,
    /// When the period for which it collects items began.
    #[serde(default, deserialize_with = "time")]
    pub period_start: Option<UnixTime>,
    /// When that period ended.
    #[serde(default, deserialize_with = "time")]
    pub period_end: Option<UnixTime>,
    /// How many times a payment was tried.
    pub attempt_count: Option<u64>,
    /// When it will be tried next.
    #[serde(default, deserialize_with = "time")]
    pub next_payment_attempt: Option<UnixTime>,
}

impl Invoice {
    /// The id of the subscription that the invoice belongs to, in whichever place the API version has it.
    #[must_use]
    pub fn subscription_id(&self) -> Option<&str> {
        let parent = || {
            let details = self.parent.as_ref()?.subscription_details.as_ref()?;
            details.subscription.as_ref()
        };
        self.subscription
            .as_ref()
            .or_else(parent)
            .map(Expandable::id)
    }
}

impl fmt::Debug for Invoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invoice")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What an invoice was made for.
///
/// ```
/// use webhook_core::RawJson;
/// use webhook_core::provider::stripe::InvoiceParent;
///
/// let json = RawJson::new(r#"{"type": "quote_details", "subscription_details": null}"#)?;
/// let parent: InvoiceParent = json.decode()?;
/// assert!(parent.subscription_details.is_none());
/// # Ok::<(), webhook_core::DecodeError>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct InvoiceParent {
    /// `subscription_details` or `quote_details`.
    #[serde(rename = "type")]
    pub kind: Option<Text>,
    /// The subscription, if it is one.
    pub subscription_details: Option<InvoiceSubscription>,
}

/// The subscription that an invoice was made for.
///
/// ```
/// use webhook_core::RawJson;
/// use webhook_core::provider::stripe::InvoiceSubscription;
///
/// let json = RawJson::new(r#"{"subscription": "sub_1", "metadata": {"plan": "gold"}}"#)?;
/// let details: InvoiceSubscription = json.decode()?;
/// assert_eq!(details.metadata.get("plan").unwrap(), "gold");
/// # Ok::<(), webhook_core::DecodeError>(())
/// ```
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct InvoiceSubscription {
    /// The subscription.
    pub subscription: Option<Expandable>,
    /// The subscription's metadata when the invoice was made.
    #[serde(default, deserialize_with = "or_empty")]
    pub metadata: BTreeMap<String, String>,
}

impl fmt::Debug for InvoiceSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvoiceSubscription")
            .field("subscription", &self.subscription)
            .finish_non_exhaustive()
    }
}
