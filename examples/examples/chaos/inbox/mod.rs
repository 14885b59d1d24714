//! Chaos for an inbox: `scripts/chaos ENGINE MINUTES --inbox`.
//!
//! Receivers are processes that only accept: `post(inbox.accept())`. Workers are processes that only work: `inbox.run()`. Both are
//! killed with SIGKILL again and again, workers are also stopped for longer than a lease, and the store is killed. For a while no worker
//! lives at all. An effect is a row in the same database, written in one transaction with the end of its job.
//!
//! Each event belongs to a key, such as a payment, and has a number in it. The next event of a key is sent once the one before it was
//! acknowledged. Some deliveries are poisonous: they make the handler fail, panic, hang, or end its process, at every attempt. Some are
//! forgeries of an event that is on its way.
//!
//! | file | holds |
//! |---|---|
//! | `plan.rs` | the events, and what is wrong with the poisonous ones |
//! | `table.rs` | the inbox and the effects, for each engine |
//! | `receiver.rs`, `worker.rs` | the two kinds of processes: what is tested |
//! | `history.rs` | what was sent and answered |
//! | `senders.rs` | who sends |
//! | `findings.rs`, `summary.rs` | the checker, and what a run is told by |
//! | `driver.rs` | one run, from the first start to the verdict |

mod driver;
mod findings;
mod history;
mod plan;
mod receiver;
mod senders;
mod summary;
mod table;
mod worker;

pub(crate) use driver::run;
pub(crate) use receiver::receive;
pub(crate) use worker::work;
