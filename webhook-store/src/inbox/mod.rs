//! Deliveries that are acknowledged first and worked on later.
//!
//! | file | holds |
//! |---|---|
//! | `inbox.rs` | what is public: handlers by kind, limits, the handler that accepts |
//! | `order.rs` | which deliveries are worked on one after the other |
//! | `set_up.rs` | what it was told |
//! | `worker.rs` | takes what is due, and says how it ended |
//! | `job.rs` | what a handler is told of its attempt |
//! | `backoff.rs` | how long to wait after an attempt that failed |
//! | `database.rs` | the databases in which an inbox can be |
//! | `table.rs` | what an inbox asks of its table |
//! | `queue.rs` | rows that wait to be written together |
//! | `kept.rs` | the connection on which they are written in PostgreSQL |
//! | `sqlite.rs`, `postgres.rs`, `mysql.rs` | the SQL |

mod backoff;
mod database;
mod inbox;
mod job;
#[cfg(feature = "postgres")]
mod kept;
#[cfg(feature = "mysql")]
mod mysql;
mod order;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod queue;
mod set_up;
#[cfg(feature = "sqlite")]
mod sqlite;
mod table;
mod worker;

pub use database::{InboxDatabase, InboxStore};
pub use inbox::{Inbox, JobState, Which};
pub use job::Job;
pub use order::Order;
