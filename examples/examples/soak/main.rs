//! Soak: 64 uploads of 1 MiB at a time, half of them hostile, against axum and then actix-web; and at the end the books are
//! balanced. What is genuine must have reached the handler, nothing else may have, and the server's memory must have stayed
//! within what the uploads in flight are allowed.
//!
//! ```sh
//! cargo run --release --example soak          # 30 seconds
//! cargo run --release --example soak -- 300   # as long as you like
//! ```
//!
//! The program starts itself again as the server, so that the memory measured is the server's alone: the resident set that
//! Linux reports, its highest point over what the idle server has. Elsewhere, only the counts are checked. For each upload
//! in flight the server may have the limit of a body and 64 KiB, and what a connection reads ahead (408 KiB); and 8 MiB once.
//! Not built with `--release`, signing and verifying 64 MiB takes longer than a body may.
//!
//! Half of the senders are genuine, with a length or in chunks. The other half changes its ways with every upload:
//!
//! | upload | what is wrong | answer |
//! |---|---|---|
//! | slow | signed, but the end comes byte by byte, and never whole | 408, when the time for a body is up |
//! | cut | the sender ends before the last byte | 400, or none |
//! | gone | the connection is closed before the last byte | none |
//! | unsigned | no signature | 400, from the head alone |
//! | wrong secret | signed by somebody else | 401 |
//! | too long | the length says one byte too many | 413, from the head alone |
//! | endless | signed chunks that go on | 413 |
//!
//! All but what the head gives away hold their last byte back for a second, so that the server has the rest of them in
//! memory all at once.
//!
//! | file | holds |
//! |---|---|
//! | `plan.rs` | how much, how long, and what memory is allowed |
//! | `server.rs` | the two servers: what is tested |
//! | `process.rs` | the server in a process of its own, and its memory |
//! | `kind.rs`, `upload.rs` | the table above, and one upload |
//! | `senders.rs` | who sends, for as long as it takes |
//! | `tally.rs`, `report.rs` | what was sent and answered; what is wrong with it, and how it is told |

mod kind;
mod plan;
mod process;
mod report;
mod senders;
mod server;
mod tally;
mod upload;

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::plan::Plan;
use crate::report::{MemoryUse, Report};
use crate::senders::{PATIENCE, Senders};
use crate::server::Framework;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "usage: soak [SECONDS]";
const SECONDS: f64 = 30.0;

fn main() -> Fallible<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let runtime = Runtime::new()?;
    let seconds = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        // What the program starts itself with.
        ["serve", framework] => {
            runtime.block_on(process::serve(framework.parse()?))?;
            return Ok(ExitCode::SUCCESS);
        }
        [] => SECONDS,
        [seconds] => seconds.parse().map_err(|_| USAGE)?,
        _ => return Err(USAGE.into()),
    };
    let each = Duration::try_from_secs_f64(seconds / 2.0)?;
    Ok(match runtime.block_on(soak(Plan::soak(each)))? {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Whether both servers did what they must.
async fn soak(plan: Plan) -> Fallible<bool> {
    let mut passed = true;
    for framework in Framework::ALL {
        let server = process::start(framework).await?;
        let senders = Senders::new(server.address, plan);
        senders.check("first").await;
        let idle = server.memory();
        let mut report = finish(senders, server.address, framework).await;
        report.memory = MemoryUse::between(idle, server.memory());
        println!("{report}");
        passed &= report.faults().is_empty();
    }
    println!("{}", if passed { "PASS" } else { "FAIL" });
    Ok(passed)
}

/// Sends until the time is up, and balances the books.
async fn finish(senders: Senders, address: SocketAddr, framework: Framework) -> Report {
    senders.send_all().await;
    senders.check("last").await;
    let seen = timeout(PATIENCE, server::seen(address)).await;
    Report {
        framework,
        plan: senders.plan,
        // A server that does not answer any more counts as one that has seen nothing.
        seen: seen.ok().and_then(Result::ok).unwrap_or_default(),
        tally: senders.tally,
        memory: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn short(framework: Framework) -> Report {
        let plan = Plan::short();
        let address = server::start(framework, plan).await.unwrap();
        let senders = Senders::new(address, plan);
        senders.check("first").await;
        finish(senders, address, framework).await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn axum_takes_what_is_genuine_and_nothing_else() {
        let report = short(Framework::Axum).await;
        assert!(report.faults().is_empty(), "{report}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn actix_web_takes_what_is_genuine_and_nothing_else() {
        let report = short(Framework::Actix).await;
        assert!(report.faults().is_empty(), "{report}");
    }
}
