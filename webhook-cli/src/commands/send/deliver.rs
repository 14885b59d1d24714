//! Sends the requests of a plan.

use std::io::{IsTerminal as _, Write as _};
use std::time::Instant;

use futures_util::stream::{self, StreamExt as _};
use url::Url;

use super::plan::Plan;
use super::print::PUBLISHED;
use super::report::{Report, Summary};
use crate::client::Client;
use crate::terminal::{Failure, Outcome, Terminal};

pub(super) async fn deliver(plan: &Plan, terminal: &Terminal) -> Outcome {
    let Some(to) = &plan.to else {
        return Err(Failure::usage("say where to by --to URL"));
    };
    let client = Client::new();
    let started = Instant::now();
    let mut summary = Summary::default();
    let mut progress = Progress::new(plan.times);
    let requests = (0..plan.times).map(|_| one(plan, &client, to));
    let mut done = stream::iter(requests).buffer_unordered(plan.parallel);
    while let Some(report) = done.next().await {
        let report = report?;
        // Of many, the sum is enough for people.
        if terminal.json || plan.times <= FEW {
            report.print(terminal);
        }
        summary.add(&report);
        progress.step();
    }
    progress.end();
    if plan.times > 1 {
        summary.print(started.elapsed(), terminal);
    }
    let outcome = summary.outcome(to);
    let name = plan.account.provider.as_str();
    if matches!(outcome, Err(Failure::Refused)) && PUBLISHED.contains(&name) {
        terminal.say(&format!(
            "webhook-cli: {name} signs with keys that it publishes; this is signed with a key for tests, which the receiver must trust: \
             `webhook-cli send {name} --print settings` shows its settings"
        ));
    }
    outcome
}

/// So many are printed one by one.
const FEW: usize = 3;

async fn one(plan: &Plan, client: &Client, to: &Url) -> Result<Report, Failure> {
    let made = plan.make().await?;
    let answer = client
        .send(to, &made.request, http::Extensions::new())
        .await;
    Ok(Report {
        provider: plan.account.provider.clone(),
        damage: plan.damage,
        made,
        answer,
    })
}

/// A line on stderr that says how far it is, where a person sees it.
struct Progress {
    all: usize,
    done: usize,
    shown: Instant,
    is_shown: bool,
}

impl Progress {
    fn new(all: usize) -> Self {
        Self {
            all,
            done: 0,
            shown: Instant::now(),
            is_shown: all > FEW && std::io::stderr().is_terminal(),
        }
    }

    fn step(&mut self) {
        self.done += 1;
        if self.is_shown && self.shown.elapsed().as_millis() >= 100 {
            self.shown = Instant::now();
            let mut err = std::io::stderr().lock();
            drop(write!(err, "\r{} of {}", self.done, self.all).and_then(|()| err.flush()));
        }
    }

    fn end(&self) {
        if self.is_shown {
            drop(write!(std::io::stderr().lock(), "\r\u{1b}[K"));
        }
    }
}
