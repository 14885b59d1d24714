//! Chaos: servers and their store are killed at random moments while senders deliver, and at the end a checker goes through
//! the history. Nothing that was acknowledged may be missing, and nothing may have been done twice.
//!
//! ```sh
//! scripts/chaos sqlite 0.33      # or postgres, mysql, redis; minutes
//! scripts/chaos postgres 5 --seed 7
//! scripts/chaos sqlite 5 --inbox # receivers and workers instead of servers: see `inbox/mod.rs`
//! ```
//!
//! Two server processes receive Stripe's events with a dedupe store behind the endpoint. A handler's effect is a row (in
//! Redis, an entry of a list) in the same database, written together with the completion of the claim; nothing else than
//! the dedupe stands between an event and its second effect. Senders deliver each event until it is acknowledged, now and
//! then twice at once, now and then again afterwards. Meanwhile
//!
//! - servers are killed with SIGKILL, several each second, and started again,
//! - servers are stopped for longer than a lease and then go on, so that they complete what others have taken over,
//! - the store is killed with SIGKILL every few seconds and started again. SQLite has no process of its own: there each
//!   kill of a server tears what it was writing.
//!
//! The choices are made from a seed, which is printed; the moments at which they meet the work are not.
//!
//! A checker that never fails proves nothing, so the program can be broken on purpose, and must then end with FAIL:
//!
//! | flag | what is wrong | what is found |
//! |---|---|---|
//! | `--break no-dedupe` | no store behind the endpoint | doubled effects |
//! | `--break done-first` | the claim is completed before the effect is written | lost effects |
//! | `--break no-fence` | the effect is written without a look at the claim, and completed afterwards | doubled effects |
//! | `--inbox --break done-apart` | the effect is written outside of the transaction that ends its job | doubled effects |
//! | `--inbox --break answer-first` | the sender is answered before the delivery is stored | lost deliveries |
//! | `--inbox --break no-order` | the inbox is not told what belongs to one key | effects out of their key's order |
//!
//! Needs Linux; for PostgreSQL, MariaDB and Redis their programs, which `scripts/chaos` finds or installs.
//!
//! | file | holds |
//! |---|---|
//! | `driver.rs` | one run, from the first start to the verdict |
//! | `senders.rs`, `request.rs` | who sends, and one delivery |
//! | `servers.rs` | the server processes: started, stopped, killed |
//! | `store_process.rs`, `postmaster.rs`, `mariadb.rs` | the store's process: started, killed |
//! | `server.rs` | the server: what is tested |
//! | `database/` | effects that are written with the completion of their claim, for each engine |
//! | `history.rs`, `findings.rs`, `summary.rs` | what was sent and answered, the checker, and what a run is told by |
//! | `inbox/` | the same with an inbox: `--inbox` |

mod arguments;
mod database;
mod driver;
mod findings;
mod folder;
mod history;
mod inbox;
mod mariadb;
mod postmaster;
mod random;
mod request;
mod senders;
mod server;
mod servers;
mod store_process;
mod summary;

use std::error::Error;
use std::process::ExitCode;

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::{Arguments, Role, Run, Serve};
use crate::folder::Folder;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Fallible<ExitCode> {
    let runtime = Runtime::new()?;
    match Arguments::read(std::env::args().skip(1))? {
        Arguments::Serve(serve) => {
            runtime.block_on(as_told(&serve))?;
            Ok(ExitCode::SUCCESS)
        }
        Arguments::Run(run) => {
            let folder = Folder::new()?;
            let passed = runtime.block_on(unless_interrupted(&run, &folder));
            // With the runtime end the tasks, and with them the processes that they have started.
            drop(runtime);
            if passed? {
                return Ok(ExitCode::SUCCESS);
            }
            println!("the store is left in {}", folder.keep().display());
            Ok(ExitCode::FAILURE)
        }
    }
}

/// One of the processes that are killed.
async fn as_told(serve: &Serve) -> Fallible<()> {
    match serve.role {
        Role::Server => server::serve(serve).await,
        Role::Receiver => inbox::receive(serve).await,
        Role::Worker => inbox::work(serve).await,
    }
}

async fn unless_interrupted(run: &Run, folder: &Folder) -> Fallible<bool> {
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        passed = driver::run(run, folder), if !run.inbox => passed,
        passed = inbox::run(run, folder), if run.inbox => passed,
        _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
        _ = terminated.recv() => Err("terminated".into()),
    }
}
