//! Which store is meant.

use std::path::PathBuf;

use clap::Args;

use crate::store::line::Stored;
use crate::store::read::read;
use crate::terminal::{Failure, Terminal};

/// Which store is meant.
#[derive(Args, Clone, Debug, Default)]
pub struct StoreArgs {
    /// The store: a file with a request per line [default: the environment variable WEBHOOK_CLI_STORE]
    #[arg(long, value_name = "FILE")]
    pub store: Option<PathBuf>,
}

impl StoreArgs {
    /// The path, if one is given by the flag or by the environment.
    #[must_use]
    pub fn path_if_any(&self) -> Option<PathBuf> {
        let of_environment =
            || std::env::var_os("WEBHOOK_CLI_STORE").filter(|path| !path.is_empty());
        self.store
            .clone()
            .or_else(|| of_environment().map(PathBuf::from))
    }

    /// The path.
    ///
    /// # Errors
    /// If neither the flag nor the environment names one.
    pub fn path(&self) -> Result<PathBuf, Failure> {
        self.path_if_any().ok_or_else(|| {
            Failure::usage("which store? Give --store FILE, or set WEBHOOK_CLI_STORE. `listen --store FILE` writes one")
        })
    }

    /// Calls this with every stored request, in their order, until it says that it has enough. Lines that cannot be read are told on
    /// stderr.
    ///
    /// # Errors
    /// If there is no such file, or it cannot be read.
    pub fn each(
        &self,
        terminal: &Terminal,
        mut visit: impl FnMut(Stored) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let path = self.path()?;
        let failed = |error: &dyn std::fmt::Display| {
            Failure::usage(format!("--store {}: {error}", path.display()))
        };
        for stored in read(&path).map_err(|error| failed(&error))? {
            match stored {
                Ok(stored) => visit(stored)?,
                Err(error) if error.is_fatal() => return Err(failed(&error)),
                Err(error) => terminal.say(&format!("{}: {error}", path.display())),
            }
        }
        Ok(())
    }

    /// The stored request with this number.
    ///
    /// # Errors
    /// If there is none, or the file cannot be read.
    pub fn one(&self, id: u64, terminal: &Terminal) -> Result<Stored, Failure> {
        let mut found = None;
        self.each(terminal, |stored| {
            // Where a file was made of two, the later one counts.
            if stored.capture.id == id {
                found = Some(stored);
            }
            Ok(())
        })?;
        found.ok_or_else(|| {
            Failure::usage(format!(
                "there is no request {id} in the store; `webhook-cli list` shows them"
            ))
        })
    }
}
