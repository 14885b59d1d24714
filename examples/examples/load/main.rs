//! Load: many connections deliver to a server, nine genuine deliveries to each forged one, with every dedupe store in turn. It prints how
//! much and how fast, and then compares what was acknowledged with what the store remembers: there must be no difference.
//!
//! ```sh
//! scripts/load                                                # every store, 256 and 2,000 connections, ten seconds each
//! scripts/load --store sqlite --connections 64 --seconds 3    # one of them
//! scripts/load --store postgres --pause 0                     # senders that do not wait when they are told to come again
//! ```
//!
//! The script builds with `--release`, starts PostgreSQL, MariaDB and Redis, and lets a process open files enough. Without it
//! (`cargo run --release --example load`), a store whose server is not named by `WEBHOOK_TEST_POSTGRES`, `WEBHOOK_TEST_MYSQL` or
//! `WEBHOOK_TEST_REDIS` is skipped, and says so.
//!
//! The program starts itself again as the server, so that the memory is the server's alone: its resident set, idle and at its highest
//! point. Server, senders and store share the processors. A time is that of one genuine delivery which was acknowledged, from the first
//! byte sent to the head of the answer.
//!
//! | delivery | answer |
//! |---|---|
//! | genuine | 200; or 503 where the store is busy: it is counted as shed, and its sender waits a second, or as long as `--pause` says |
//! | forged: signed by somebody else | 401 |
//!
//! At the end each event that was acknowledged is delivered once more. The library itself answers what the store holds for done, and
//! says that it is a duplicate; what reaches the handler was forgotten. The ids of the forged deliveries are then sent by the true
//! sender, and each must be new. The handler has counted its calls all the while.
//!
//! | file | holds |
//! |---|---|
//! | `arguments.rs`, `plan.rs` | what to run |
//! | `server.rs`, `store.rs` | the server and the stores: what is tested |
//! | `process.rs` | the server in a process of its own, its memory, and how many files may be open |
//! | `connection.rs` | one delivery after the other on one connection |
//! | `senders.rs` | who sends, as long as it takes; and who sends once more |
//! | `report.rs` | what is wrong, and how it is told |

mod arguments;
mod connection;
mod plan;
mod process;
mod report;
mod senders;
mod server;
mod store;

use std::error::Error;
use std::process::ExitCode;

use tokio::runtime::Runtime;

use crate::arguments::Arguments;
use crate::plan::Plan;
use crate::report::{Books, Report};
use crate::senders::Senders;
use crate::store::{Place, Store};

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Fallible<ExitCode> {
    let runtime = Runtime::new()?;
    let (stores, plans) = match Arguments::read(std::env::args().skip(1))? {
        Arguments::Run { stores, plans } => (stores, plans),
        Arguments::Serve(place) => {
            runtime.block_on(process::serve(&place))?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    Ok(match runtime.block_on(run_all(&stores, &plans))? {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Whether nothing is wrong anywhere.
async fn run_all(stores: &[Store], plans: &[Plan]) -> Fallible<bool> {
    process::require_open_files(plans.iter().map(|plan| plan.connections).max().unwrap_or(0))?;
    let mut faults = Vec::new();
    println!("{}", Report::HEAD);
    for store in stores {
        for plan in plans {
            // A place that is empty: what is remembered is of this run alone.
            let Some(place) = Place::new(*store)? else {
                println!("{store} is skipped: {} is not set", store.variable());
                break;
            };
            let server = process::start(&place).await?;
            let idle = server.memory();
            let books = balance(&Senders::new(server.address, *plan)?).await?;
            let report = Report {
                store: *store,
                plan: *plan,
                books,
                memory: idle.zip(server.memory()),
            };
            println!("{report}");
            faults.extend(report.faults());
        }
    }
    for fault in &faults {
        println!("{fault}");
    }
    println!("{}", if faults.is_empty() { "PASS" } else { "FAIL" });
    Ok(faults.is_empty())
}

/// Sends, sends once more what must be remembered, and what must not.
async fn balance(senders: &Senders) -> Fallible<Books> {
    let run = senders.send_all().await?;
    let handled = server::handled(senders.address).await?;
    let again = senders.send_again(run.acknowledged.clone()).await?;
    let handled_again = server::handled(senders.address).await? - handled;
    let forged = senders.send_again(run.forged.clone()).await?;
    Ok(Books {
        run,
        handled,
        again,
        handled_again,
        forged,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn short(store: Store) -> Report {
        let place = Place::new(store).unwrap().unwrap();
        let address = server::start(&place).await.unwrap();
        let plan = Plan::short();
        let books = balance(&Senders::new(address, plan).unwrap()).await;
        Report {
            store,
            plan,
            books: books.unwrap(),
            memory: None,
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn every_store_without_a_server_remembers_what_was_acknowledged_and_nothing_else() {
        for store in [Store::Memory, Store::Sqlite] {
            let report = short(store).await;
            assert_eq!(report.faults(), [""; 0], "{report}");
            let books = &report.books;
            let sent = report.plan.connections * Plan::SHORT_ROUNDS;
            assert_eq!(books.run.forged.len(), sent / 10);
            assert_eq!(books.run.acknowledged.len() + books.run.shed, sent / 10 * 9);
        }
    }
}
