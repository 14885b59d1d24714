//! What a shell wants to know of the program.

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man as Page;

use crate::commands::Cli;
use crate::terminal::{Failure, Outcome, Terminal};

/// Print completions for a shell.
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self, terminal: &Terminal) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "webhook-cli", &mut script);
        terminal.data(&script);
        Ok(())
    }
}

/// Print the man page, or that of a command.
#[derive(Args, Debug)]
pub struct Man {
    /// The command
    command: Option<String>,
}

impl Man {
    pub(super) fn run(self, terminal: &Terminal) -> Outcome {
        let mut cli = Cli::command();
        cli.build();
        let command = match &self.command {
            None => Some(cli),
            Some(name) => cli.find_subcommand(name).cloned(),
        };
        let command = command.ok_or_else(|| Failure::usage("there is no such command"))?;
        let mut page = Vec::new();
        Page::new(command)
            .render(&mut page)
            .map_err(|error| Failure::usage(error.to_string()))?;
        terminal.data(&page);
        Ok(())
    }
}
