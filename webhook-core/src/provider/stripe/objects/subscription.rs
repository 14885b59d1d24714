//! Subscriptions.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer};

use super::expandable::Expandable;
use super::read::{or_empty, show_id, time};
use crate::{Text, UnixTime};

/// A subscription (`subscription`).
///
/// ```
/// use webhook_core::RawJson;
/// use webhook_core::provider::stripe::Subscription;
///
/// let json = RawJson::new(r#"{"id": "sub_1", "status": "active", "items": {"data": [{"id": "si_1"}]}}"#)?;
/// let subscription: Subscription = json.decode()?;
/// assert_eq!(subscription.items.len(), 1);
/// # Ok::<(), webhook_core::DecodeError>(())
/// ```
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct Subscription {
    /// The id, `sub_…`.
    pub id: Text,
    /// `incomplete`, `incomplete_expired`, `trialing`, `active`, `past_due`, `canceled`, `unpaid` or `paused`.
    pub status: Option<Text>,
    /// The customer.
    pub customer: Option<Expandable>,
    /// The currency, three letters in lower case.
    pub currency: Option<Text>,
    /// When the present period began, in API versions before 2025-03-31. Later ones say it of each item.
    #[serde(default, deserialize_with = "time")]
    pub current_period_start: Option<UnixTime>,
    /// When the present period ends, in API versions before 2025-03-31. Later ones say it of each item.
    #[serde(default, deserialize_with = "time")]
    pub current_period_end: Option<UnixTime>,
    /// What is subscribed to. Stripe sends the first items only where there are many.
    #[serde(default, deserialize_with = "list")]
    pub items: Vec<SubscriptionItem>,
    /// When it will be canceled, if that is planned.
    #[serde(default, deserialize_with = "time")]
    pub cancel_at: Option<UnixTime>,
    /// Whether it ends with the present period.
    pub cancel_at_period_end: Option<bool>,
    /// When it was canceled, or when the cancellation was asked for.
    #[serde(default, deserialize_with = "time")]
    pub canceled_at: Option<UnixTime>,
    /// When it ended.
    #[serde(default, deserialize_with = "time")]
    pub ended_at: Option<UnixTime>,
    /// When the trial began.
    #[serde(default, deserialize_with = "time")]
    pub trial_start: Option<UnixTime>,
    /// When the trial ends.
    #[serde(default, deserialize_with = "time")]
    pub trial_end: Option<UnixTime>,
    /// The last invoice.
    pub latest_invoice: Option<Expandable>,
    /// Your own names and values.
    #[serde(default, deserialize_with = "or_empty")]
    pub metadata: BTreeMap<String, String>,
    /// When it was created.
    #[serde(default, deserialize_with = "time")]
    pub created: Option<UnixTime>,
    /// Whether real money is meant.
    pub livemode: Option<bool>,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_id(f, "Subscription", &self.id)
    }
}

/// One thing that is subscribed to.
///
/// ```
/// use webhook_core::RawJson;
/// use webhook_core::provider::stripe::SubscriptionItem;
///
/// let json = RawJson::new(r#"{"id": "si_1", "quantity": 2, "price": {"id": "price_1"}}"#)?;
/// let item: SubscriptionItem = json.decode()?;
/// assert_eq!(item.quantity, Some(2));
/// # Ok::<(), webhook_core::DecodeError>(())
/// ```
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct SubscriptionItem {
    /// The id, `si_…`.
    pub id: Text,
    /// How many.
    pub quantity: Option<u64>,
    /// What one costs.
    pub price: Option<Price>,
    /// When the present period began, in API versions from 2025-03-31 on.
    #[serde(default, deserialize_with = "time")]
    pub current_period_start: Option<UnixTime>,
    /// When the present period ends, in API versions from 2025-03-31 on.
    #[serde(default, deserialize_with = "time")]
    pub current_period_end: Option<UnixTime>,
}

impl fmt::Debug for SubscriptionItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_id(f, "SubscriptionItem", &self.id)
    }
}

/// What one piece of a product costs.
///
/// ```
/// use webhook_core::RawJson;
/// use webhook_core::provider::stripe::Price;
///
/// let json = RawJson::new(r#"{"id": "price_1", "product": "prod_1", "unit_amount": 1099}"#)?;
/// let price: Price = json.decode()?;
/// assert_eq!(price.unit_amount, Some(1099));
/// # Ok::<(), webhook_core::DecodeError>(())
/// ```
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct Price {
    /// The id, `price_…`.
    pub id: Text,
    /// The product.
    pub product: Option<Expandable>,
    /// The amount for one, in the smallest unit of the currency. None if it is in tiers or below that unit.
    pub unit_amount: Option<i64>,
    /// The currency, three letters in lower case.
    pub currency: Option<Text>,
}

impl fmt::Debug for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_id(f, "Price", &self.id)
    }
}

#[derive(Default, Deserialize)]
struct List {
    #[serde(default, deserialize_with = "or_empty")]
    data: Vec<SubscriptionItem>,
}

fn list<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<SubscriptionItem>, D::Error> {
    or_empty(json).map(|list: List| list.data)
}
