//! The object of an event, by its type.

use serde::Deserialize;

use super::charge::Charge;
use super::checkout_session::CheckoutSession;
use super::dispute::Dispute;
use super::invoice::Invoice;
use super::payment_intent::PaymentIntent;
use super::refund::Refund;
use super::subscription::Subscription;
use crate::{DecodeError, RawJson, Text};

/// The object of an event. [`Event::object`](super::super::Event::object) reads it.
///
/// ```
/// use webhook_core::provider::stripe::Object;
///
/// fn amount(object: &Object) -> Option<i64> {
///     match object {
///         Object::CheckoutSession(session) => session.amount_total,
///         Object::PaymentIntent(intent) => intent.amount_received,
///         _ => None,
///     }
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Object {
    /// A checkout on Stripe's page.
    CheckoutSession(Box<CheckoutSession>),
    /// A payment.
    PaymentIntent(Box<PaymentIntent>),
    /// One attempt to move money.
    Charge(Box<Charge>),
    /// Money given back.
    Refund(Box<Refund>),
    /// A charge that a customer disputes.
    Dispute(Box<Dispute>),
    /// An invoice.
    Invoice(Box<Invoice>),
    /// A subscription.
    Subscription(Box<Subscription>),
    /// Any other: read it with [`RawJson::decode`].
    Other(RawJson),
}

impl Object {
    pub(in super::super) fn read(json: &RawJson) -> Result<Self, DecodeError> {
        let Named { object } = json.decode()?;
        Ok(match object.as_deref() {
            Some("checkout.session") => Self::CheckoutSession(json.decode()?),
            Some("payment_intent") => Self::PaymentIntent(json.decode()?),
            Some("charge") => Self::Charge(json.decode()?),
            Some("refund") => Self::Refund(json.decode()?),
            Some("dispute") => Self::Dispute(json.decode()?),
            Some("invoice") => Self::Invoice(json.decode()?),
            Some("subscription") => Self::Subscription(json.decode()?),
            _ => Self::Other(json.clone()),
        })
    }
}

#[derive(Deserialize)]
struct Named {
    object: Option<Text>,
}
