//! Each payment is booked once, whatever its sender and its handler do. Starts an axum and an actix-web server on one store,
//! sends them signed events in parallel, twice, to handlers that crash, fail and dawdle, forges some, tries again until all
//! are acknowledged, and adds up the ledger. Fails if it does not come to one booking for each event.
//!
//! ```sh
//! cargo run --example exactly-once                                        # SQLite, in a temporary folder
//! cargo run --example exactly-once -- --store postgres://localhost/shop   # makes two tables there, and leaves them
//! cargo run --example exactly-once -- --store redis://localhost
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `server.rs` | the two servers and the handler: the part to copy |
//! | `ledger.rs` | the store, and the booking that commits with the completion: the other part to copy |
//! | `plan.rs` | the payments, and what goes wrong with each |
//! | `sender.rs` | sends them, and tries again, as Stripe does |
//! | `report.rs` | prints what happened, and says what is wrong |

mod ledger;
mod plan;
mod report;
mod sender;
mod server;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use crate::ledger::{Folder, Ledger};
use crate::report::Report;
use crate::sender::Sender;
use crate::server::Shop;

/// What can go wrong in more than one way.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    let report = match store_asked_for()? {
        Some(url) => run(Ledger::at(&url).await?).await?,
        None => on_sqlite().await?,
    };
    println!("{report}");
    Ok(match report.faults().is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The URL after `--store`, if there is one.
fn store_asked_for() -> Result<Option<String>, Failure> {
    let mut arguments = std::env::args().skip(1);
    match (
        arguments.next().as_deref(),
        arguments.next(),
        arguments.next(),
    ) {
        (None, ..) => Ok(None),
        (Some("--store"), Some(url), None) => Ok(Some(url)),
        _ => Err("usage: exactly-once [--store postgres://… | --store redis://…]".into()),
    }
}

async fn on_sqlite() -> Result<Report, Failure> {
    let folder = Folder::new()?;
    run(Ledger::in_file(folder.file("shop.db")).await?).await
}

async fn run(ledger: Ledger) -> Result<Report, Failure> {
    let payments = plan::payments();
    let endpoint = server::endpoint(ledger.dedupe())?;
    let shop = Arc::new(Shop::new(ledger));
    let axum = server::start_axum(endpoint.clone(), Arc::clone(&shop)).await?;
    let actix = server::start_actix(endpoint, Arc::clone(&shop))?;

    let sender = Arc::new(Sender::new([axum, actix])?);
    let answers = sender::send_all(&sender, &payments).await?;
    let mut lines = shop.ledger.lines().await?;
    // Those of other runs stay where they are.
    lines.retain(|line| payments.iter().any(|payment| payment.event == line.event));
    Ok(Report {
        store: shop.ledger.name(),
        payments,
        answers,
        attempts: shop.attempts(),
        lines,
        repeats: shop.ledger.repeats(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Trouble;

    #[tokio::test(flavor = "multi_thread")]
    async fn every_payment_is_booked_once_on_sqlite() {
        let report = on_sqlite().await.unwrap();
        assert!(report.faults().is_empty(), "{report}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_booking_too_many_and_one_too_few_are_faults() {
        let mut report = on_sqlite().await.unwrap();
        let doubled = report.lines.first().unwrap().clone();
        report.lines.push(doubled);
        assert_eq!(report.faults().len(), 2, "the line and the sum: {report}");

        report.lines.drain(..2);
        assert!(report.faults().len() > 1, "{report}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_not_in_the_store_s_database_is_repeated_only_after_a_crash() {
        let mut report = on_sqlite().await.unwrap();
        report.repeats = 1 + report.planned(Trouble::CrashesBooked);
        assert_eq!(report.faults().len(), 1, "{report}");
    }
}
