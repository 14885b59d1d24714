//! One normal form for what became of a message, whichever sender of mail or text messages tells of it.
//!
//! A handler that takes [`MessageUpdates`] serves every one of them:
//!
//! ```
//! use webhook_core::mailing::{Bounce, MessageStatus, MessageUpdates};
//!
//! async fn handler(/* Verified( */ updates: MessageUpdates /* ) */) {
//!     for update in updates {
//!         match update {
//!             Ok(update) => match update.status {
//!                 MessageStatus::Bounced(Bounce::Hard) | MessageStatus::Complained => {
//!                     println!("write to {:?} no more: {:?}", update.recipient(), update.reason);
//!                 }
//!                 MessageStatus::Unconfirmed => println!("ask {} what happened", update.provider),
//!                 _ => {}
//!             },
//!             Err(error) => eprintln!("one event of the list is left out: {error}"),
//!         }
//!     }
//! }
//! ```
//!
//! SendGrid, Mailgun, Mandrill, Postmark, Resend, Customer.io, Twilio, Telnyx, Vonage, Sinch and Bird are read. The documentation of each has a table
//! of its kinds.

mod document;
mod interpret;
mod meaning;
mod places;
mod ses;
mod status;
mod table;
mod update;

pub use crate::rules::When;
pub use meaning::{Meaning, Rule};
pub use places::Places;
pub use ses::SES;
pub use status::{Bounce, Channel, DropReason, MessageStatus};
pub use update::{MessageUpdate, MessageUpdates};
