//! The store in SQLite.
//!
//! | file | holds |
//! |---|---|
//! | `store.rs` | what is public |
//! | `writer.rs` | the queue, and the one writer that takes all that waits into one transaction |
//! | `steps.rs` | the SQL, each statement for any number of events |
//! | `clock.rs` | whether the machine's clock can be believed about other claims |

mod clock;
mod steps;
mod store;
mod writer;

pub use store::SqliteStore;
