//! Each payment is booked once, whatever its sender and its handler do. Starts an axum and an actix-web server on one store,
//! sends them signed events in parallel, twice, to handlers that crash, fail and dawdle, forges some, tries again until all
//! are acknowledged, and adds up the ledger. Fails if it does not come to one booking for each event.
//!
//! ```sh
//! cargo run --example exactly-once                                        # SQLite, in a temporary folder
//! cargo run --example exactly-once -- --store postgres://localhost/shop   # makes two tables there, and leaves them
//! cargo run --example exactly-once -- --store mysql://localhost/shop
//! cargo run --example exactly-once -- --store redis://localhost
//! cargo run --example exactly-once -- --inbox                             # the sender is answered first, workers book later
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `server.rs` | the two servers and the handler: the part to copy |
//! | `ledger.rs` | the store, and the booking that commits with the completion: the other part to copy |
//! | `inbox.rs` | the workers, with `--inbox` |
//! | `plan.rs` | the payments, and what goes wrong with each |
//! | `sender.rs` | sends them, and tries again, as Stripe does |
//! | `report.rs` | prints what happened, and says what is wrong |

mod inbox;
mod ledger;
mod plan;
mod report;
mod sender;
mod server;

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use webhook_core::Endpoint;

use crate::inbox::Workers;
use crate::ledger::{Folder, Ledger};
use crate::plan::Mode;
use crate::report::Report;
use crate::sender::Sender;
use crate::server::Shop;

/// What can go wrong in more than one way.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    let (mode, store) = asked_for()?;
    let report = match store {
        Some(url) => run(Ledger::at(&url).await?, mode).await?,
        None => on_sqlite(mode).await?,
    };
    println!("{report}");
    Ok(match report.faults().is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

const USAGE: &str = "usage: exactly-once [--inbox] [--store postgres://… | mysql://… | redis://…]";

/// When to book, and the URL after `--store`, if there is one.
fn asked_for() -> Result<(Mode, Option<String>), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (mode, rest) = match words.as_slice() {
        ["--inbox", rest @ ..] => (Mode::Inbox, rest),
        rest => (Mode::WhileTheSenderWaits, rest),
    };
    match rest {
        [] => Ok((mode, None)),
        ["--store", url] => Ok((mode, Some((*url).to_owned()))),
        _ => Err(USAGE.into()),
    }
}

async fn on_sqlite(mode: Mode) -> Result<Report, Failure> {
    let folder = Folder::new()?;
    run(Ledger::in_file(folder.file("shop.db")).await?, mode).await
}

async fn run(ledger: Ledger, mode: Mode) -> Result<Report, Failure> {
    let payments = plan::payments();
    let endpoint = server::endpoint(ledger.dedupe())?;
    let shop = Arc::new(Shop::new(ledger));
    let (servers, workers) = match mode {
        Mode::WhileTheSenderWaits => (start_booking(endpoint, &shop).await?, None),
        Mode::Inbox => {
            let workers = Workers::start(endpoint.clone(), Arc::clone(&shop)).await?;
            (start_accepting(endpoint, &workers).await?, Some(workers))
        }
    };

    let sender = Arc::new(Sender::new(servers)?);
    let answers = sender::send_all(&sender, &payments).await?;
    if let Some(workers) = workers {
        workers.end_after(payments.len()).await?;
    }
    let mut lines = shop.ledger.lines().await?;
    // Those of other runs stay where they are.
    lines.retain(|line| payments.iter().any(|payment| payment.event == line.event));
    Ok(Report {
        store: shop.ledger.name(),
        mode,
        payments,
        answers,
        attempts: shop.attempts(),
        lines,
        repeats: shop.ledger.repeats(),
    })
}

async fn start_booking(endpoint: Endpoint, shop: &Arc<Shop>) -> Result<[SocketAddr; 2], Failure> {
    let at_axum = server::booking_at_axum(Arc::clone(shop));
    let at_actix = server::booking_at_actix(Arc::clone(shop));
    Ok([
        server::start_axum(endpoint.clone(), at_axum).await?,
        server::start_actix(endpoint, at_actix)?,
    ])
}

async fn start_accepting(
    endpoint: Endpoint,
    workers: &Workers,
) -> Result<[SocketAddr; 2], Failure> {
    let accepting = workers.inbox().accept();
    let at_axum = axum::routing::post(accepting.clone());
    let at_actix = move || actix_web::web::post().to(accepting.clone());
    Ok([
        server::start_axum(endpoint.clone(), at_axum).await?,
        server::start_actix(endpoint, at_actix)?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Trouble;

    const MODE: Mode = Mode::WhileTheSenderWaits;

    #[tokio::test(flavor = "multi_thread")]
    async fn every_payment_is_booked_once_on_sqlite() {
        let report = on_sqlite(MODE).await.unwrap();
        assert!(report.faults().is_empty(), "{report}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn every_payment_is_booked_once_behind_an_inbox() {
        let report = on_sqlite(Mode::Inbox).await.unwrap();
        assert!(report.faults().is_empty(), "{report}");
        // Its sender was told before.
        let slow =
            |answers: &sender::Answers| answers.genuine.contains(&sender::Answer::Refused(500));
        assert!(!report.answers.iter().any(slow), "{report}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_booking_too_many_and_one_too_few_are_faults() {
        let mut report = on_sqlite(MODE).await.unwrap();
        let doubled = report.lines.first().unwrap().clone();
        report.lines.push(doubled);
        assert_eq!(report.faults().len(), 2, "the line and the sum: {report}");

        report.lines.drain(..2);
        assert!(report.faults().len() > 1, "{report}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_not_in_the_store_s_database_is_repeated_only_after_a_crash() {
        let mut report = on_sqlite(MODE).await.unwrap();
        report.repeats = 1 + report.planned(Trouble::CrashesBooked);
        assert_eq!(report.faults().len(), 1, "{report}");
    }
}
