//! The commands: one file each, with its flags.

use clap::{Parser, Subcommand};

use crate::terminal::{Outcome, Terminal};

pub mod captures;
pub mod explain;
pub mod export;
pub mod listen;
pub mod providers;
pub mod replay;
pub mod send;
pub mod shell;
pub mod show;
pub mod vectors;

/// Send signed webhooks, say why a signature fails, listen, forward and replay. Offline, for every provider.
#[derive(Debug, Parser)]
#[command(name = "webhook-cli", version, propagate_version = true)]
pub struct Cli {
    /// Print one JSON object per line.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one of it")]
pub enum Command {
    /// Send a signed request, as the provider does.
    #[command(visible_alias = "trigger")]
    Send(send::Send),
    /// Say what a request is worth, and why.
    #[command(visible_alias = "verify")]
    Explain(explain::Explain),
    /// Receive, verify, explain and forward, with a page to look at.
    Listen(listen::Listen),
    /// List what was stored.
    List(captures::List),
    /// Show one stored request.
    Show(captures::Show),
    /// Send a stored request again.
    Replay(replay::Replay),
    /// Print a stored request as something else.
    Export(export::Export),
    /// Empty a store.
    Clear(captures::Clear),
    /// Run vector files.
    Vectors(vectors::Vectors),
    /// Say how a provider signs and is set up.
    Providers(providers::Providers),
    /// Print completions for a shell.
    Completions(shell::Completions),
    /// Print the man page.
    Man(shell::Man),
}

impl Cli {
    /// Does it.
    ///
    /// # Errors
    /// If it did not go as hoped.
    pub async fn run(self) -> Outcome {
        let terminal = Terminal::new(self.json);
        match self.command {
            Command::Send(command) => command.run(&terminal).await,
            Command::Explain(command) => command.run(&terminal).await,
            Command::Listen(command) => command.run(&terminal).await,
            Command::List(command) => command.run(&terminal),
            Command::Show(command) => command.run(&terminal),
            Command::Replay(command) => command.run(&terminal).await,
            Command::Export(command) => command.run(&terminal),
            Command::Clear(command) => command.run(&terminal),
            Command::Vectors(command) => command.run(&terminal),
            Command::Providers(command) => command.run(&terminal),
            Command::Completions(command) => command.run(&terminal),
            Command::Man(command) => command.run(&terminal),
        }
    }
}
