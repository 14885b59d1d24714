//! A message at an endpoint: who sent it, where it came in, and what it can be read as.

mod confirmed;
mod delivery;
mod event;
mod kept;
mod key;
mod messages;
mod payments;
mod provider;
mod unverified;

pub use confirmed::Confirmed;
pub use delivery::Delivery;
pub(crate) use delivery::Origin;
pub(crate) use event::require_events_of;
pub use event::{FromDelivery, JsonEvent, UnverifiedJsonEvent};
pub(crate) use kept::{KeptRequest, Sealing};
pub use provider::Provider;
pub(crate) use provider::ReadPayments;
pub use unverified::UnverifiedDelivery;
