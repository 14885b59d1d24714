//! What the crates do, in one run: starts a server, sends it genuine and forged webhooks over a real socket, and prints what
//! became of each. Needs no argument, no network, no secret. Fails if one verdict is wrong.
//!
//! ```sh
//! cargo run --example quickstart
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `server.rs` | the server: the part to copy |
//! | `senders.rs` | who sends: their schemes, secrets and a body each |
//! | `cases.rs` | the table: what is sent, and the verdict that it must get |
//! | `client.rs` | sends a case and notes what became of it |
//! | `report.rs` | prints the table and counts what is wrong |
//!
//! It serves itself; to send something by hand there are `axum-stripe` and its likes, which print a `curl`.

mod cases;
mod client;
mod report;
mod senders;
mod server;

use std::error::Error;
use std::process::ExitCode;

use crate::cases::{Case, Outcome};
use crate::server::Server;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let server = Server::start(&senders::all()).await?;
    let rows = run(&server, cases::all()).await;
    print!("{}", report::table(&rows));
    println!("\n{}", report::summary(&rows, server.address));
    Ok(match report::wrong(&rows) {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Sends the cases one after the other, so that what the handler saw belongs to what was sent.
async fn run(server: &Server, cases: Vec<Case>) -> Vec<(Case, Outcome)> {
    let mut rows = Vec::new();
    for case in cases {
        let (status, why) = match client::send(server.address, &case).await {
            Ok(answer) => answer,
            Err(error) => (0, error.to_string()),
        };
        let calls = server.take_calls();
        rows.push((case, Outcome { calls, status, why }));
    }
    rows
}

#[cfg(test)]
mod tests {
    use axum::Router;

    use super::*;

    #[tokio::test]
    async fn every_verdict_is_right() {
        let server = Server::start(&senders::all()).await.unwrap();
        let rows = run(&server, cases::all()).await;
        assert_eq!(report::wrong(&rows), 0, "{}", report::table(&rows));
    }

    #[tokio::test]
    async fn a_server_that_says_yes_to_everything_gets_no_row_right() {
        let app = Router::new().fallback(|| async { "yes" });
        let server = Server::serve(app, Default::default()).await.unwrap();
        let rows = run(&server, cases::all()).await;
        assert_eq!(report::wrong(&rows), rows.len());
    }

    #[tokio::test]
    async fn a_server_that_lacks_the_new_secret_gets_what_is_genuine_wrong() {
        let mut other = senders::all();
        for sender in &mut other {
            sender.new_secret = sender.old_secret;
        }
        let server = Server::start(&other).await.unwrap();
        for (case, got) in run(&server, cases::all()).await {
            let must_be_refused = case.wanted.status != 200;
            assert_eq!(got == case.wanted, must_be_refused, "{}", case.what);
        }
    }
}
