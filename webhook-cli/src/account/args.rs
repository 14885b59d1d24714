//! Whose secrets are used: from flags, the environment, a file, stdin, or a configuration.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;
use serde_json::{Map, Value};
use webhook_core::explain::Account;
use webhook_core::provider;

use crate::account::{keys_of, variable};
use crate::terminal::Failure;

/// Where secrets and settings come from.
#[derive(Args, Clone, Debug, Default)]
pub struct AccountArgs {
    /// Read a secret from this environment variable; may be repeated
    #[arg(long, value_name = "NAME")]
    pub secret_env: Vec<String>,
    /// Read a secret from this file, without the line ending at its end
    #[arg(long, value_name = "FILE")]
    pub secret_file: Vec<PathBuf>,
    /// Read a secret from stdin
    #[arg(long)]
    pub secret_stdin: bool,
    /// A secret for tests: it can be seen in the list of processes and in the history of the shell
    #[arg(long, value_name = "SECRET")]
    pub secret: Vec<String>,
    /// A setting of the provider, such as `public_url=https://shop.example/hook`; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub setting: Vec<String>,
    /// Read accounts from this TOML file: a table `[variants.NAME]` for each
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Use only this account of the configuration
    #[arg(long, value_name = "NAME", requires = "config")]
    pub variant: Option<String>,
}

#[derive(Deserialize)]
struct Config {
    variants: BTreeMap<String, Value>,
}

impl AccountArgs {
    /// The accounts that the flags name: those of the configuration, or one of this provider.
    ///
    /// # Errors
    /// If a file cannot be read, a variable is not set, or no secret is given at all.
    pub fn accounts(&self, provider: Option<&str>) -> Result<Vec<Account>, Failure> {
        let accounts = match &self.config {
            Some(path) => self.configured(path, provider)?,
            None => vec![self.of_flags(provider.ok_or_else(no_provider)?)?],
        };
        for account in &accounts {
            require_provider(&account.provider)?;
        }
        Ok(accounts)
    }

    /// The same, or nothing where no flag names an account and no variable has a secret.
    ///
    /// # Errors
    /// As [`accounts`](Self::accounts).
    pub fn accounts_if_any(&self, provider: Option<&str>) -> Result<Vec<Account>, Failure> {
        let is_silent = self.config.is_none() && self.has_no_secret() && self.setting.is_empty();
        let in_environment =
            provider.is_some_and(|name| std::env::var_os(variable(name)).is_some());
        match is_silent && !in_environment {
            true => Ok(Vec::new()),
            false => self.accounts(provider),
        }
    }

    fn has_no_secret(&self) -> bool {
        self.secret_env.is_empty()
            && self.secret_file.is_empty()
            && !self.secret_stdin
            && self.secret.is_empty()
    }

    fn configured(&self, path: &PathBuf, provider: Option<&str>) -> Result<Vec<Account>, Failure> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::usage(format!("--config {shown}: {error}")))?;
        // The error of the parser would show the line, which may hold a secret.
        let config: Config = toml::from_str(&text).map_err(|error| {
            let at = error.span().map_or(0, |span| line_of(&text, span.start));
            Failure::usage(format!(
                "--config {shown}, line {at}: {}. It has a table `[variants.NAME]` for each account",
                error.message()
            ))
        })?;
        let mut accounts = Vec::new();
        for (name, table) in config.variants {
            if self.variant.as_ref().is_some_and(|wanted| *wanted != name) {
                continue;
            }
            let account = Account::of_table(name, table, &|name| std::env::var(name).ok())?;
            if provider.is_none_or(|wanted| wanted == account.provider) {
                accounts.push(account);
            }
        }
        match accounts.is_empty() {
            true => Err(Failure::usage(format!(
                "--config {shown} has no such account: look at --variant and the provider"
            ))),
            false => Ok(accounts),
        }
    }

    fn of_flags(&self, name: &str) -> Result<Account, Failure> {
        require_provider(name)?;
        let mut settings = Map::new();
        for setting in &self.setting {
            let Some((name, value)) = setting.split_once('=') else {
                return Err(Failure::usage("--setting wants NAME=VALUE"));
            };
            settings.insert(name.to_owned(), value_of(value));
        }
        let mut secrets = self.secrets(name)?;
        if !secrets.is_empty() {
            let keys = keys_of(name)?;
            settings.insert(
                keys.to_owned(),
                match secrets.len() {
                    1 => Value::String(secrets.remove(0)),
                    _ => secrets.into(),
                },
            );
        }
        if settings.is_empty() && needs_settings(name)? {
            return Err(Failure::usage(format!(
                "{name}: no secret. Set {}, or give --secret-env NAME, --secret-file FILE, --secret-stdin or --config FILE; \
                 `webhook-cli providers {name}` lists the settings",
                variable(name)
            )));
        }
        Ok(Account::new(name, settings))
    }

    fn secrets(&self, provider: &str) -> Result<Vec<String>, Failure> {
        let mut secrets = self.secret.clone();
        for name in &self.secret_env {
            let secret = std::env::var(name).map_err(|_| {
                Failure::usage(format!("--secret-env {name}: the variable is not set"))
            })?;
            secrets.push(secret);
        }
        for path in &self.secret_file {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Failure::usage(format!("--secret-file {}: {error}", path.display()))
            })?;
            secrets.push(without_line_ending(&text).to_owned());
        }
        if self.secret_stdin {
            let mut text = String::new();
            std::io::stdin()
                .take(1 << 20)
                .read_to_string(&mut text)
                .map_err(|error| Failure::usage(format!("--secret-stdin: {error}")))?;
            secrets.push(without_line_ending(&text).to_owned());
        }
        if secrets.is_empty() {
            secrets.extend(std::env::var(variable(provider)));
        }
        Ok(secrets)
    }

    /// Whether a secret was given as it stands that looks like one for real payments.
    #[must_use]
    pub fn shows_a_live_secret(&self) -> bool {
        const LIVE: [&str; 3] = ["sk_live", "live_", "_live_"];
        self.secret
            .iter()
            .any(|secret| LIVE.iter().any(|mark| secret.contains(mark)))
    }
}

/// JSON where it is a list, a table, a number or a boolean; a text otherwise.
fn value_of(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Array(_) | Value::Object(_) | Value::Number(_) | Value::Bool(_))) => {
            value
        }
        _ => Value::String(text.to_owned()),
    }
}

fn without_line_ending(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

fn no_provider() -> Failure {
    Failure::usage(
        "name a provider by --provider NAME, or give --config FILE; `webhook-cli providers` lists them",
    )
}

fn needs_settings(provider: &str) -> Result<bool, Failure> {
    let description = provider::describe(provider)?;
    Ok(description
        .settings
        .iter()
        .any(|setting| setting.is_required))
}

fn require_provider(name: &str) -> Result<(), Failure> {
    provider::describe(name)?;
    Ok(())
}
