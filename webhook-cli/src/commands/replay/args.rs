//! Sends a stored request again.

use std::time::{Instant, SystemTime};

use clap::Args;
use url::Url;

use super::editor;
use crate::account::{Account, AccountArgs};
use crate::capture::Capture;
use crate::client::Client;
use crate::commands::send::report::{Report, Summary};
use crate::forward::{Reach, address, sign};
use crate::request::Request;
use crate::samples::Made;
use crate::store::{StoreArgs, Stored};
use crate::terminal::{Failure, Outcome, Terminal};

/// Send a stored request again: as it was, signed anew, or edited.
#[derive(Args, Debug)]
pub struct Replay {
    /// Its number, as `list` shows it
    pub id: u64,
    /// Send it to this address, such as `localhost:3000/webhooks` [default: where it was forwarded to]
    #[arg(long, value_name = "URL")]
    pub to: Option<String>,
    /// Sign it with the account's secret and the time of now; the id stays
    #[arg(long)]
    pub resign: bool,
    /// Change the body in the editor first: the program in the environment variable EDITOR
    #[arg(long)]
    pub edit: bool,
    /// Send it so many times, one after the other
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub times: u32,
    /// Send to other computers too
    #[arg(long)]
    pub allow_remote: bool,
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
    /// Who signs.
    #[command(flatten)]
    pub account: AccountArgs,
}

impl Replay {
    pub(in crate::commands) async fn run(self, terminal: &Terminal) -> Outcome {
        let stored = self.store.one(self.id, terminal)?;
        let to = self.address(&stored.capture)?;
        self.warn(&stored, terminal);
        let mut request = stored.capture.request.clone();
        if self.edit {
            request.body = editor::edited(&request.body, file_name(&request))?;
        }
        let client = Client::new();
        let started = Instant::now();
        let mut summary = Summary::default();
        for _ in 0..self.times {
            // Each time anew: a receiver may refuse a time that is too old.
            let request = match self.resign {
                true => self.signed(&stored.capture, &request)?,
                false => request.clone(),
            };
            let answer = client.send(&to, &request, http::Extensions::new()).await;
            let report = Report {
                provider: stored.capture.verdict.provider.clone().unwrap_or_default(),
                damage: None,
                made: made(&stored.capture, request),
                answer,
            };
            report.print(terminal);
            summary.add(&report);
        }
        if self.times > 1 {
            summary.print(started.elapsed(), terminal);
        }
        summary.outcome(&to)
    }

    /// Where to. What was stored is as far from being trusted as a flag.
    fn address(&self, capture: &Capture) -> Result<Url, Failure> {
        let before = capture
            .answers
            .iter()
            .find_map(|answer| answer.from.as_deref());
        let to = self.to.as_deref().or(before);
        let to = to.ok_or_else(|| {
            Failure::usage("say where to by --to URL: it was not forwarded before")
        })?;
        let reach = match self.allow_remote {
            true => Reach::Anywhere,
            false => Reach::Loopback,
        };
        address(to, reach).map_err(|error| Failure::usage(format!("--to: {error}")))
    }

    fn warn(&self, stored: &Stored, terminal: &Terminal) {
        if !stored.masked.is_empty() {
            let names = crate::text::short(&stored.masked.join(", "), 200);
            terminal.say(&format!(
                "webhook-cli: the store does not have these values, as they hold secrets: {names}"
            ));
        }
        if self.edit && !self.resign {
            terminal.say("webhook-cli: the signature is that of the body from before: --resign signs the new one");
        }
    }

    fn signed(&self, capture: &Capture, request: &Request) -> Result<Request, Failure> {
        let provider = capture.verdict.provider.as_deref();
        let accounts = self.account.accounts(provider)?;
        let account = account_of(&accounts, capture.verdict.variant.as_deref())
            .ok_or_else(|| Failure::usage("--resign: no account is configured for it"))?;
        let now = SystemTime::now().into();
        sign(account, &request.body, Some(request), now)
    }
}

/// That of the same name, if there is one.
fn account_of<'a>(accounts: &'a [Account], name: Option<&str>) -> Option<&'a Account> {
    let mut named = accounts.iter().filter(|_| name.is_some());
    let same = named.find(|account| account.name.as_deref() == name);
    same.or_else(|| accounts.first())
}

fn made(capture: &Capture, request: Request) -> Made {
    Made {
        request,
        id: capture.verdict.id.clone(),
        kind: capture.verdict.kind.clone(),
        at: SystemTime::now().into(),
    }
}

/// Editors look at the ending.
fn file_name(request: &Request) -> &'static str {
    let first = request.body.trim_ascii_start().first();
    match first {
        Some(b'{' | b'[') => "body.json",
        Some(b'<') => "body.xml",
        _ => "body.txt",
    }
}
