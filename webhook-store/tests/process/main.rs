//! A handler runs once for each event: `dedupe::process` on a store that can be told to fail.
#![cfg(feature = "memory")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod double;
mod held;
mod keys;
mod once;
mod support;
