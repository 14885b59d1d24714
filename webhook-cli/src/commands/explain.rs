//! `explain`: what a request is worth, and why.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value};
use webhook_core::{Clock, SystemClock, UnixTime};

use crate::account::{Account, AccountArgs};
use crate::explain;
use crate::parse::{self, Input};
use crate::terminal::{Failure, Outcome, Terminal};

/// Say what a request is worth, and why.
///
/// Reads raw HTTP, a `curl` command, a HAR file, a vector case or a line of a store. What is signed must be there byte for byte: a body
/// that was copied from a page with formatting is another body.
#[derive(Args, Debug)]
pub struct Explain {
    /// The request; `-` or nothing: stdin
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Who sends
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    #[command(flatten)]
    account: AccountArgs,
    /// The moment it arrived: Unix seconds or RFC 3339. Without: what the input says, or now
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Read the body from this file, byte for byte
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
}

/// Longer inputs are not read.
const MOST: u64 = 64 * 1024 * 1024;

impl Explain {
    pub(super) async fn run(self, terminal: &Terminal) -> Outcome {
        let mut input = self.input()?;
        if let Some(path) = &self.body {
            input.request.body = read(path)?.into();
        }
        for note in &input.notes {
            terminal.say(&format!("note: {note}"));
        }
        let accounts = self.accounts(&input)?;
        let now = match (&self.at, input.now) {
            (Some(text), _) => time(text)?,
            (None, Some(secs)) => UnixTime::from_secs(secs),
            (None, None) => SystemClock.now(),
        };
        let verdict = explain::verdict(&accounts, &input.request, now).await;
        for line in explain::lines(&verdict, &input.request, terminal) {
            terminal.line(&line);
        }
        let told = match verdict.explanation.json() {
            Value::Object(told) => told,
            _ => Map::new(),
        };
        terminal.object("explain", told);
        match verdict.is_genuine() {
            true => Ok(()),
            false => Err(Failure::Refused),
        }
    }

    fn input(&self) -> Result<Input, Failure> {
        let bytes = match self.file.as_deref() {
            Some(path) if path != Path::new("-") => read(path)?,
            _ if self.account.secret_stdin => {
                return Err(Failure::usage(
                    "stdin holds the secret: give the request as FILE",
                ));
            }
            _ => {
                let mut bytes = Vec::new();
                std::io::stdin()
                    .take(MOST + 1)
                    .read_to_end(&mut bytes)
                    .map_err(|error| Failure::usage(format!("stdin: {error}")))?;
                bytes
            }
        };
        parse::parse(&bytes).map_err(|error| Failure::usage(error.to_string()))
    }

    /// What the flags say; else what the input is a case of.
    fn accounts(&self, input: &Input) -> Result<Vec<Account>, Failure> {
        let provider = self.provider.as_deref().or(input.provider.as_deref());
        let given = self.account.accounts_if_any(provider)?;
        match (&input.config, provider) {
            (Some(Value::Object(settings)), Some(provider)) if given.is_empty() => {
                Ok(vec![Account::new(provider, settings.clone())])
            }
            _ if given.is_empty() => self.account.accounts(provider),
            _ => Ok(given),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let shown = path.display();
    let wrong = |error: std::io::Error| Failure::usage(format!("{shown}: {error}"));
    let length = std::fs::metadata(path).map_err(wrong)?.len();
    if length > MOST {
        return Err(Failure::usage(format!("{shown} is longer than 64 MiB")));
    }
    std::fs::read(path).map_err(wrong)
}

/// Unix seconds, or a time as RFC 3339 has it.
///
/// # Errors
/// If it is neither.
pub fn time(text: &str) -> Result<UnixTime, Failure> {
    if let Ok(secs) = text.parse() {
        return Ok(UnixTime::from_secs(secs));
    }
    let time: jiff::Timestamp = text.parse().map_err(|_| {
        Failure::usage(format!(
            "`{text}` is no time: give Unix seconds, or such as 2026-08-05T09:00:00Z"
        ))
    })?;
    Ok(UnixTime::from_secs(time.as_second()))
}
