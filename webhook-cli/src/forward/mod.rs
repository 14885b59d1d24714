//! Receives, verifies, keeps and forwards: what `listen` does with each request.
//!
//! [`Server`] takes requests from a socket as they came, byte for byte. [`Listener`] does the rest.

mod account;
mod body;
mod head;
mod kinds;
mod listener;
mod recorder;
mod report;
mod route;
mod server;

pub use account::{own_answer, sign};
pub use kinds::Kinds;
pub use listener::{Listener, Rules};
pub use report::{Report, Talk};
pub use route::{Reach, Route, address};
pub use server::Server;
