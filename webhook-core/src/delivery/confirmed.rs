//! What the sender's interface has said.

use std::ops::Deref;
use std::sync::Arc;

use crate::delivery::delivery::Delivery;
use crate::delivery::event::FromDelivery;
use crate::outcome::DecodeError;

/// What the sender's interface has said of what a notification names: see [`Confirm`](crate::Confirm). Nothing of the notification is in
/// it.
///
/// A slice, of one or more: a few senders name several payments in one notification. For a test of a handler it is made of a `Vec`.
///
/// ```
/// use webhook_core::Confirmed;
///
/// struct Payment { id: String, is_paid: bool }
///
/// async fn paid(/* Verified( */ payments: Confirmed<Payment> /* ) */) {
///     for payment in payments.iter().filter(|payment| payment.is_paid) {
///         println!("{} is paid", payment.id);
///     }
/// }
///
/// let payment = Payment { id: "tr_7UhSN1zuXS".to_owned(), is_paid: true };
/// let _ = paid(Confirmed::from(vec![payment]));
/// ```
#[derive(Debug)]
pub struct Confirmed<T>(Arc<Vec<T>>);

impl<T> Deref for Confirmed<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> Clone for Confirmed<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> From<Vec<T>> for Confirmed<T> {
    fn from(all: Vec<T>) -> Self {
        Self(Arc::new(all))
    }
}

impl<'a, T> IntoIterator for &'a Confirmed<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Send + Sync + 'static> FromDelivery for Confirmed<T> {
    /// # Errors
    /// If the endpoint's verifier is no [`Confirm`](crate::Confirm), or its look-up gives another type.
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        let said = delivery.message().proof().what_was_looked_up();
        let said = said.ok_or_else(|| DecodeError::new(".", NOT_LOOKED_UP))?;
        let all = said.all().map(Self);
        all.ok_or_else(|| DecodeError::new(".", OTHER_TYPE))
    }
}

const NOT_LOOKED_UP: &str =
    "nothing was looked up: make the endpoint of a `Confirm`, or take what this sender signs";

const OTHER_TYPE: &str =
    "the look-up of the endpoint's `Confirm` gives another type: take `Confirmed` of that one";
