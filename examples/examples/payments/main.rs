//! Five payment providers at one address, and one handler for all of them, in axum and in actix-web. The accounts stand in a
//! configuration file, their secrets in environment variables. Both servers are sent genuine and forged updates over real
//! sockets; a transcript says what became of each. Then they are told of payments from beginning to end: reserved, captured in part,
//! refunded, disputed and lost, some of it twice; and the books must add up. Needs no argument, no network, no secret. Fails if
//! one line is wrong.
//!
//! ```sh
//! cargo run --example payments
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `payments.toml` | the accounts: to copy |
//! | `server.rs` | the configuration, and the routes in axum and in actix-web: to copy |
//! | `shop.rs` | what is done with an update |
//! | `ledger.rs` | the books: one row for each payment, of whatever provider |
//! | `senders.rs` | who sends: their secrets, a body each and what it must be read as |
//! | `cases.rs` | the table: what is sent, and what must become of it |
//! | `client.rs` | sends a case |
//! | `transcript.rs` | prints what became of all, and counts what is wrong |

mod cases;
mod client;
mod ledger;
mod senders;
mod server;
mod shop;
mod transcript;

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use crate::cases::{Case, Outcome, Told};
use crate::ledger::{Books, Ledger, Story};
use crate::shop::Shop;
use crate::transcript::Transcript;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut is_right = true;
    for (transcript, books) in both().await? {
        println!("{transcript}\n{books}");
        is_right &= transcript.wrong() == 0 && books.are_right();
    }
    Ok(match is_right {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

async fn both() -> Result<[(Transcript, Books); 2], Box<dyn Error>> {
    let payments = server::payments(senders::env)?;
    let shop = Shop::default();
    let axum = server::axum(payments.clone(), shop.clone()).await?;
    let axum = (
        run("axum", axum, &shop).await?,
        tell("axum", axum, &shop).await?,
    );
    let actix = server::actix(payments, shop.clone())?;
    let actix = (
        run("actix-web", actix, &shop).await?,
        tell("actix-web", actix, &shop).await?,
    );
    Ok([axum, actix])
}

/// Sends the cases one after the other, so that what the shop was told belongs to what was sent.
async fn run(
    server: &'static str,
    address: SocketAddr,
    shop: &Shop,
) -> Result<Transcript, Box<dyn Error>> {
    let mut lines: Vec<(Case, Outcome)> = Vec::new();
    for case in cases::all()? {
        let (status, answer) = match client::send(address, case.request.clone()).await {
            Ok(answer) => answer,
            Err(error) => (0, error.to_string()),
        };
        let updates = shop.take_updates().iter().map(Told::of).collect();
        let outcome = Outcome {
            status,
            answer,
            updates,
        };
        lines.push((case, outcome));
    }
    Ok(Transcript {
        server,
        address,
        lines,
    })
}

/// Sends the whole story, and books what the shop was told.
async fn tell(
    server: &'static str,
    address: SocketAddr,
    shop: &Shop,
) -> Result<Books, Box<dyn Error>> {
    for request in Story::read()?.requests()? {
        client::send(address, request)
            .await
            .map_err(|error| error.to_string())?;
    }
    let mut ledger = Ledger::default();
    for update in shop.take_updates() {
        ledger.book(update);
    }
    Books::close(server, &ledger)
}

#[cfg(test)]
mod tests {
    use axum::Router;

    use super::*;

    #[tokio::test]
    async fn every_line_is_right() {
        for (transcript, books) in both().await.unwrap() {
            assert_eq!(transcript.wrong(), 0, "{transcript}");
            assert!(books.are_right(), "{books}");
        }
    }

    #[tokio::test]
    async fn a_server_that_says_yes_to_everything_gets_no_line_right() {
        let app = Router::new().fallback(|| async { "yes" });
        let address = server::serve(app).await.unwrap();
        let transcript = run("yes", address, &Shop::default()).await.unwrap();
        assert_eq!(transcript.wrong(), transcript.lines.len(), "{transcript}");
    }

    #[test]
    fn a_secret_that_is_missing_is_named() {
        let without = |name: &str| senders::env(name).filter(|_| name != "STRIPE_SECRET");
        let error = server::payments(without).unwrap_err().to_string();
        let wanted =
            "variant `stripe`: `secrets_env`: the environment variable `STRIPE_SECRET` is not set";
        assert_eq!(error, wanted);
    }
}
