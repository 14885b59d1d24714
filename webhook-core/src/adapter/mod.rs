//! What connects the library with a framework: an adapter is only types.
//!
//! A request goes through two functions. [`verify`] takes the head and polls the body; what comes of it is an
//! [`Arrival`], or the [`Answer`](crate::Answer) to send instead. [`process`] calls the handler with the
//! delivery, unless its event is done or in progress, and says a success in the words that the sender demands. Limits, times,
//! claims and acknowledgements are all in these two.
//!
//! An adapter that also serves endpoints which [only report](crate::Endpoint::dangerously_report_only) calls [`verify_or_report`] and
//! [`process_reported`] beside them. With [`verify`] alone such an endpoint refuses.
//!
//! An adapter brings: the head as a [`RequestHead`](crate::RequestHead); a closure that polls the body; a [`Runtime`]
//! ([`Tokio`] is one); a [`HandlerResponse`] for the framework's response; and how an [`Answer`](crate::Answer) becomes such a
//! response. A server drops what it does for a client that hangs up, which must not cut a handler: an adapter runs both steps
//! as [`stages`] of an [`Unbroken`] future.
//!
//! `frameworks/examples` of the repository has one for each of poem, warp and Rocket; poem's is the shortest.

mod arrival;
mod combined;
#[cfg(feature = "tokio")]
mod handover;
mod held;
mod kinds;
mod process;
mod runtime;
#[cfg(feature = "tokio")]
mod tokio;
mod unbroken;
mod verify;

pub use arrival::{Arrival, Judged, Reported};
pub use combined::{Either, Map, map};
#[cfg(feature = "tokio")]
pub use handover::{Accept, DEFAULT_HANDOVER_DEADLINE, Handover, accept};
pub use kinds::KindRoutes;
pub use process::{process, process_reported};
pub use runtime::{HandlerResponse, Runtime};
#[cfg(feature = "tokio")]
pub use tokio::Tokio;
pub use unbroken::{Job, Rest, Spawn, Unbroken, stages};
pub use verify::{BodyError, verify, verify_or_report};

use crate::observe::{Place, Watch};
use crate::outcome::{Rejection, RejectionKind};

/// Refuses a request that no endpoint has seen, such as one whose middleware was forgotten, with 500 and a line at ERROR.
#[must_use]
pub fn misconfigured(reason: &'static str) -> Rejection {
    let rejection = Rejection::new(RejectionKind::Misconfigured, reason);
    let mut watch = Watch::begin(Place::default(), "");
    let _ = watch.refused(Place::default(), rejection.clone());
    rejection
}
