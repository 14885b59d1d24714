//! What each example runs.

use std::process::ExitCode;

use crate::engine::Engine;
use crate::process::{is_worker, work_here};
use crate::server::Program;
use crate::story::tell;

/// What each example runs: the story, or one of its workers.
///
/// ```
/// # use engines::Engine;
/// async fn example<E: Engine>() -> std::process::ExitCode {
///     engines::main::<E>("jetstream").await
/// }
/// ```
pub async fn main<E: Engine>(name: &str) -> ExitCode {
    let told = match is_worker() {
        true => work_here::<E>().await,
        false => {
            println!("{name}, on {}", version(E::PROGRAM));
            tell::<E>(&[]).await.map(drop)
        }
    };
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn version(program: Program) -> String {
    match program.command().arg("--version").output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        // It is not installed, which is told where it is started.
        Err(_) => format!("{program:?}"),
    }
}
