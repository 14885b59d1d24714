//! One table of requests, three ways to receive them: whatever a client sends over a socket, the layer under axum, the
//! extractor and the middleware under actix-web give the same answer and show the handler the same delivery.
//!
//! Nothing here is timed. What has to wait for a server waits for it to say so.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod broken;
mod case;
mod framing;
mod genuine;
mod journal;
mod kept_alive;
mod message;
mod refused;
mod senders;
mod stacks;
mod wire;
