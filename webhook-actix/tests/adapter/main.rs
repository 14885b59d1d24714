//! The adapter as an application meets it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

mod acknowledgement;
mod beside;
mod both;
mod changed;
mod common;
mod dedupe;
mod extractor;
mod levels;
mod limits;
mod middleware;
mod misuses;
mod mount;
mod sockets;
