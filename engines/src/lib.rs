//! What the examples of this package share. The examples are in `engines/examples`, one for each engine:
//!
//! | example | engine | once by |
//! |---|---|---|
//! | `jetstream` | NATS JetStream | the message id of the stream |
//! | `redis_streams` | Redis Streams | a key, set in the script that adds the entry |
//! | `graphile_worker` | graphile_worker on PostgreSQL | the claim, completed in the transaction that adds the job |
//! | `apalis` | apalis on PostgreSQL | the same |
//!
//! Each has the same three parts: a [`Handover`](webhook_core::Handover) that is `Ok` once the delivery is safe in the engine, a worker that
//! verifies the delivery once more before it works on it, and dead letters.
//!
//! ```text
//! cargo run -p engines --example jetstream     # starts a server of its own, and tells a story
//! ```
//!
//! `load` measures them all: `scripts/with-servers cargo run --release -p engines --example load -- jetstream 5 16`.

mod engine;
mod process;
mod run;
mod sender;
mod server;
mod shop;
mod story;

pub use engine::{Engine, open, receive, run_worker};
pub use process::{is_worker, work_here};
pub use run::main;
pub use sender::{Connection, forged, signed};
pub use server::{Program, Server};
pub use shop::{ATTEMPTS, LEASE, REMEMBERED, SECRET, Shop, Verdict, Worker, endpoint, stored_row};
pub use story::{STORY, Step, Told, poison, tell};

/// Any error.
///
/// ```
/// fn fails() -> Result<(), engines::Error> {
///     Err("the disk is full".into())
/// }
/// assert!(fails().is_err());
/// ```
pub type Error = Box<dyn std::error::Error + Send + Sync>;
