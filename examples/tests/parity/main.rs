//! One table of requests, three ways to receive them: whatever a client sends over a socket, the layer under axum, the
//! extractor and the middleware under actix-web give the same answer and show the handler the same delivery.
//!
//! No secret, no code and no number of a card may get out, by an answer, a log or a panic.
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
mod confirmed;
mod framing;
mod genuine;
mod gone;
#[allow(dead_code, reason = "the attack suite uses all of it")]
mod journal;
mod kept_alive;
mod refused;
mod senders;
mod stacks;
mod tenants;
mod vectors;
