//! The program.

use std::process::ExitCode;

use clap::Parser;
use webhook_cli::commands::Cli;
use webhook_cli::terminal::{Failure, Terminal};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let terminal = Terminal::new(cli.json);
    match cli.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Failure::Usage(text) | Failure::Network(text) = &failure {
                terminal.say(&format!("webhook-cli: {text}"));
            }
            failure.exit_code()
        }
    }
}
