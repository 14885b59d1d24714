//! What connects the library with a framework: an adapter is only types.
//!
//! A request goes through two functions. [`verify`] takes the head and polls the body; what comes of it is a
//! [`Delivery`](crate::Delivery), or the [`Answer`](crate::Answer) to send instead. [`process`] calls the handler with the
//! delivery, unless its event is done or in progress, and says a success in the words that the sender demands. Limits, times,
//! claims and acknowledgements are all in these two.
//!
//! An adapter brings: the head as a [`RequestHead`](crate::RequestHead); a closure that polls the body; a [`Runtime`]
//! ([`Tokio`] is one); a [`HandlerResponse`] for the framework's response; and how an [`Answer`](crate::Answer) becomes such a
//! response. A server drops what it does for a client that hangs up, which must not cut a handler: an adapter runs both steps
//! as [`stages`] of an [`Unbroken`] future.
//!
//! `frameworks/examples` of the repository has one for each of poem, warp and Rocket; poem's is the shortest.

mod held;
mod process;
mod runtime;
#[cfg(feature = "tokio")]
mod tokio;
mod unbroken;
mod verify;

pub use process::process;
pub use runtime::{HandlerResponse, Runtime};
#[cfg(feature = "tokio")]
pub use tokio::Tokio;
pub use unbroken::{Job, Rest, Spawn, Unbroken, stages};
pub use verify::{BodyError, verify};
