//! Deliveries that outlive their request: written down whole, and verified once more when they are read.

mod convert;
mod reopen;
mod stored;
mod wire;

pub use reopen::ReopenError;
pub use stored::{NotStorable, StoredDelivery};
