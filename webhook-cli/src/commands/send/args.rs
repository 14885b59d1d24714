//! Its flags.

use std::path::PathBuf;

use clap::{Args, ValueEnum, value_parser};
use serde_json::{Map, Value};

use super::{deliver, plan::Plan, print};
use crate::account::AccountArgs;
use crate::samples;
use crate::terminal::{Failure, Outcome, Terminal};
use webhook_core::provider;

/// Send signed requests, as a provider does.
#[derive(Args, Debug)]
pub struct Send {
    /// The provider, such as `stripe`
    pub provider: String,
    /// What happened, such as `invoice.paid`, or `handshake`; --list names the kinds that there are
    #[arg(value_name = "KIND")]
    pub sample: Option<String>,
    /// Where to: a URL, or a port of this machine
    #[arg(long, value_name = "URL")]
    pub to: Option<String>,
    #[allow(missing_docs, reason = "its flags have their own")]
    #[command(flatten)]
    pub account: AccountArgs,
    /// Send the body of this file instead of a sample; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub body: Option<PathBuf>,
    /// Change the body: /data/object/id=cus_1 in JSON, NAME=VALUE in a form; may be repeated. What is JSON stays it
    #[arg(long, value_name = "PLACE=VALUE")]
    pub set: Vec<String>,
    /// Take something out of the body, after --set; may be repeated
    #[arg(long, value_name = "PLACE")]
    pub remove: Vec<String>,
    /// The id of the event, instead of a new one
    #[arg(long)]
    pub id: Option<String>,
    /// The kind of the event, instead of the one in the body
    #[arg(long)]
    pub kind: Option<String>,
    /// When it was signed: 2026-08-05T09:00:00Z, or seconds since 1970
    #[arg(long, value_name = "TIME", conflicts_with = "age")]
    pub at: Option<String>,
    /// How long ago it was signed, such as 90s, 10m, 2h or 1d
    #[arg(long)]
    pub age: Option<String>,
    /// The version of the API that the event says (stripe, shopify)
    #[arg(long, value_name = "VERSION")]
    pub api_version: Option<String>,
    /// A header more, or another value of one, after signing; may be repeated
    #[arg(long, value_name = "NAME:VALUE")]
    pub header: Vec<String>,
    /// The URL that the provider was given, where it signs that; the one of --to if left out
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// How often, each time with a new id
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub times: u32,
    /// How many at a time
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u32).range(1..=1_000))]
    pub parallel: u32,
    /// With --times, send one id again and again
    #[arg(long)]
    pub same_id: bool,
    /// Spoil the request: stale, future, wrong-secret, unsigned, malformed, two-signatures, altered, truncated, reserialised, oversize,
    /// wrong-method or duplicate
    #[arg(long, value_name = "DAMAGE")]
    pub bad: Option<String>,
    /// Print the request instead of sending it
    #[arg(long, value_name = "FORM")]
    pub print: Option<Print>,
    /// List the kinds of which there is a sample
    #[arg(long)]
    pub list: bool,
}

/// As what a request is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Print {
    /// As it is sent
    Http,
    /// A command for a shell
    Curl,
    /// An object; with the body in base64
    Json,
    /// A test
    Rust,
    /// What a receiver needs to trust the keys for tests, of a provider that publishes its own
    Settings,
}

impl Send {
    pub(in crate::commands) async fn run(self, terminal: &Terminal) -> Outcome {
        provider::describe(&self.provider)?;
        if self.list {
            list(&self.provider, terminal);
            return Ok(());
        }
        if self.to.is_none() && self.print.is_none() {
            return Err(Failure::usage(
                "say where to by --to URL; or --print http shows the request, and --list the kinds",
            ));
        }
        if self.print == Some(Print::Settings) {
            return print::settings(&self.provider, terminal);
        }
        let plan = Plan::new(&self, terminal)?;
        match self.print {
            Some(form) => print::print(form, &plan, terminal).await,
            None => deliver::deliver(&plan, terminal).await,
        }
    }
}

fn list(provider: &str, terminal: &Terminal) {
    let samples = samples::list(provider);
    let widest = samples.iter().map(|sample| sample.kind.len()).max();
    let width = widest.unwrap_or_default();
    for sample in samples {
        let status = sample.status.unwrap_or("-");
        terminal.line(&format!("{:width$}  {status}", sample.kind));
        let mut members = Map::new();
        members.insert("provider".to_owned(), provider.into());
        members.insert("kind".to_owned(), sample.kind.into());
        members.insert("status".to_owned(), Value::from(sample.status));
        terminal.object("kind", members);
    }
}
