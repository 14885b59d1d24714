//! One normal form for what happened to a payment, whichever provider tells of it.
//!
//! A handler that takes [`PaymentUpdates`] serves every payment provider; adding an account is configuration:
//!
//! ```
//! use webhook_core::payment::{PaymentStatus, PaymentUpdates};
//!
//! async fn handler(/* Verified( */ updates: PaymentUpdates /* ) */) {
//!     for update in updates {
//!         match update.status {
//!             PaymentStatus::Paid => println!("{:?} paid {:?}", update.reference, update.amount),
//!             PaymentStatus::Authorized => println!("reserved, not paid"),
//!             PaymentStatus::Unconfirmed => println!("ask {} what happened", update.provider),
//!             _ => {}
//!         }
//!     }
//! }
//! ```
//!
//! Compare [`amount`](PaymentUpdate::amount) with what you asked for before you hand anything out: that an event is
//! genuine does not mean that it is about the right sum.

mod amount;
mod currency;
mod interpret;
mod meaning;
mod money;
mod places;
pub(crate) mod read;
mod state;
mod status;
mod table;
mod update;

pub use crate::message::Mode;
pub use crate::rules::When;
pub use amount::Amount;
pub use currency::Currency;
pub use meaning::{Meaning, Rule};
pub use money::{Money, MoneyError};
pub use places::{Places, Unit};
pub use state::PaymentState;
pub use status::PaymentStatus;
pub use update::{PaymentUpdate, PaymentUpdates};
