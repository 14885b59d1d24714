//! Finds the verifier for a request: always the same one, one that is looked up each time ([`from_fn`]), or one that is
//! looked up and kept for a while ([`cached`]).

mod cached;
mod flight;
mod from_fn;
mod kept;
mod resolve;

pub use cached::{Cached, cached};
pub use from_fn::{FromFn, from_fn};
pub(crate) use resolve::{Next, RESOLVER_HANGS, SENDER_HANGS, in_time};
pub use resolve::{Resolve, ResolveFuture, Resolved};
