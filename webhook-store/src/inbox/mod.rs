//! Deliveries that are acknowledged first and worked on later.
//!
//! | file | holds |
//! |---|---|
//! | `inbox.rs` | what is public: handlers by kind, limits, the handler that accepts |
//! | `set_up.rs` | what it was told |
//! | `worker.rs` | takes what is due, and says how it ended |
//! | `job.rs` | what a handler is told of its attempt |
//! | `backoff.rs` | how long to wait after an attempt that failed |
//! | `sqlite.rs` | the SQL |

mod backoff;
mod inbox;
mod job;
mod set_up;
mod sqlite;
mod worker;

pub use inbox::{Inbox, JobState, Which};
pub use job::Job;
