//! What an operator sees of an accepted, a duplicate, a refused and a misconfigured request, in axum and in actix-web: the answer, the log
//! and the metrics. Needs no argument, no network, no secret. Fails if one request has another outcome than it must have.
//!
//! ```sh
//! cargo run --example transcript
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `server.rs` | the endpoints, and the routes in axum and in actix-web |
//! | `cases.rs` | what is sent, and what must become of it |
//! | `client.rs` | sends a request, and reads the answer as it is |
//! | `seen.rs` | keeps the log, and finds the metrics that a request has changed |

mod cases;
mod client;
mod seen;
mod server;

#[path = "../prometheus/spans.rs"]
mod spans;

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use crate::cases::Case;
use crate::seen::{Screen, Seen};

/// A case, what came of it, and what is wrong with that.
struct Line {
    case: Case,
    seen: Seen,
    missing: Vec<&'static str>,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut is_right = true;
    for (framework, lines) in both().await? {
        println!("# {framework}\n");
        for line in &lines {
            println!("## {}\n\n{}", line.case.name, line.seen);
            for missing in &line.missing {
                println!("WRONG: {missing:?} is missing\n");
            }
            is_right &= line.missing.is_empty();
        }
    }
    Ok(match is_right {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

async fn both() -> Result<[(&'static str, Vec<Line>); 2], Box<dyn Error>> {
    let screen = Screen::start()?;
    let axum = server::axum().await?;
    let actix = server::actix()?;
    Ok([
        (server::AXUM, run(axum, &screen).await?),
        (server::ACTIX, run(actix, &screen).await?),
    ])
}

/// One after the other, so that what is seen belongs to what was sent.
async fn run(address: SocketAddr, screen: &Screen) -> Result<Vec<Line>, Box<dyn Error>> {
    let mut lines = Vec::new();
    for case in cases::all()? {
        let answer = client::send(address, &case.request).await?;
        let seen = screen.of(answer).await;
        lines.push(Line {
            missing: case.missing(&seen),
            case,
            seen,
        });
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answer_log_and_metrics_say_what_became_of_each_request() {
        for (framework, lines) in both().await.unwrap() {
            assert_eq!(lines.len(), 4, "{framework}");
            for line in lines {
                let missing: [&str; 0] = [];
                let name = line.case.name;
                assert_eq!(line.missing, missing, "{framework}, {name}:\n{}", line.seen);
            }
        }
    }
}
