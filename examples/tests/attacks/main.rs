//! The attack suite: every class of bad input that the catalogue knows, as named requests with the answer that each must
//! get, sent to the library itself, to axum and to actix-web.
//!
//! No request may be accepted that is not genuine, call the handler, leave a key in the dedupe store, panic, take more
//! memory than its body may have and 64 KiB, or cost more than one MAC for each configured secret. No key, no code and no
//! number of a card may get out, by an answer, a log, a panic or a key in the store.
//!
//! Nothing here is timed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod canaries;
mod case;
mod cases;
mod catalogue;
mod run_actix;
mod run_axum;
mod run_core;
mod run_databases;
mod run_identity;
mod servers;
mod set_ups;
mod stores;
mod targets;

/// What the tables sign.
use webhook_testkit::forge::BODY;
