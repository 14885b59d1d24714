//! What was proven of a request: the signed body, its names, whose it is, and what tells it from others.

mod apart;
mod coverage;
mod ident;
mod identity;
mod looked_up;
mod message;
mod proof;
mod unverified;
mod whose;

pub use coverage::{Coverage, MatchedKey};
pub(crate) use ident::{Ident, Owner};
pub(crate) use identity::{Described, Rule};
pub use identity::{FirstOf, Identity};
pub(crate) use looked_up::LookedUp;
pub(crate) use message::Message;
pub use proof::Proof;
pub use unverified::Unverified;
pub use whose::{Mode, Whose};
