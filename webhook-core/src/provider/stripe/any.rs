//! Both forms of events.

use serde::Deserialize;

use super::event::{Event, THIN_OBJECT, stripe_body};
use super::thin::ThinEvent;
use crate::json::{decode, document};
use crate::{DecodeError, Delivery, FromDelivery, Text};

/// An event in either form, for an address that gets both.
///
/// ```
/// use webhook_core::provider::stripe::AnyEvent;
///
/// fn id(event: &AnyEvent) -> &str {
///     match event {
///         AnyEvent::Snapshot(event) => &event.id,
///         AnyEvent::Thin(event) => &event.id,
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub enum AnyEvent {
    /// The object is in the event.
    Snapshot(Event),
    /// The object is to be fetched.
    Thin(ThinEvent),
}

impl FromDelivery for AnyEvent {
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        document(stripe_body(delivery)?, |body| {
            let form: Form = decode(body)?;
            if form.object.is_some_and(|object| object == THIN_OBJECT) {
                ThinEvent::read(body).map(Self::Thin)
            } else {
                Event::read(body).map(Self::Snapshot)
            }
        })
    }
}

#[derive(Deserialize)]
struct Form {
    object: Option<Text>,
}
