//! `listen` over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod application;
mod bounds;
mod exact;
mod program;
mod providers;
mod routing;
mod support;
