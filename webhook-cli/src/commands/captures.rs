//! What is done with stored requests.

use std::fs;

use clap::Args;
use serde_json::Map;

use crate::capture::Capture;
use crate::commands::show;
use crate::store::{StoreArgs, Stored, read};
use crate::terminal::{Failure, Outcome, Terminal};

/// List what was stored, oldest first.
#[derive(Args, Debug)]
pub struct List {
    /// Only what this provider sent
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// Only this kind of event, such as `invoice.paid`; a `*` at the end stands for any ending
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// Only this verdict, such as `ok` or `bad_signature`
    #[arg(long, value_name = "CODE")]
    pub verdict: Option<String>,
    /// Only where this text is in the path, a header, the id or the body
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
}

impl List {
    pub(super) fn run(self, terminal: &Terminal) -> Outcome {
        self.store.each(terminal, |stored| {
            if self.wants(&stored.capture) {
                terminal.line(&show::summary(&stored.capture, terminal));
                terminal.object("capture", show::members(&stored));
            }
            Ok(())
        })
    }

    fn wants(&self, capture: &Capture) -> bool {
        let verdict = &capture.verdict;
        let is = |wanted: &Option<String>, own: Option<&str>| {
            wanted.is_none() || wanted.as_deref() == own
        };
        is(&self.provider, verdict.provider.as_deref())
            && is(&self.verdict, Some(&verdict.code))
            && self
                .kind
                .as_deref()
                .is_none_or(|wanted| is_kind(wanted, verdict.kind.as_deref()))
            && self
                .search
                .as_deref()
                .is_none_or(|text| holds(capture, text))
    }
}

fn is_kind(wanted: &str, own: Option<&str>) -> bool {
    own.is_some_and(|own| match wanted.strip_suffix('*') {
        Some(start) => own.starts_with(start),
        None => own == wanted,
    })
}

/// Upper and lower case are the same for ASCII.
fn holds(capture: &Capture, wanted: &str) -> bool {
    let wanted = wanted.to_ascii_lowercase();
    let has = |bytes: &[u8]| contains(&bytes.to_ascii_lowercase(), wanted.as_bytes());
    let request = &capture.request;
    let mut headers = request.headers.iter();
    has(request.target.as_bytes())
        || capture
            .verdict
            .id
            .as_ref()
            .is_some_and(|id| has(id.as_bytes()))
        || headers.any(|(name, value)| has(&[name.as_bytes(), b": ", value].concat()))
        || has(&request.body)
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    let mut rest = bytes;
    let Some((first, after)) = wanted.split_first() else {
        return true;
    };
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        rest = rest.get(at + 1..).unwrap_or_default();
        if rest.starts_with(after) {
            return true;
        }
    }
    false
}

/// Show one stored request: what it was worth, its headers, its body, and the answers. Signatures and secrets are masked.
#[derive(Args, Debug)]
pub struct Show {
    /// Its number, as `list` prints it
    #[arg(value_name = "ID")]
    pub id: u64,
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
}

impl Show {
    pub(super) fn run(self, terminal: &Terminal) -> Outcome {
        let stored = self.store.one(self.id, terminal)?;
        for line in show::all(&stored, terminal) {
            terminal.line(&line);
        }
        terminal.object("capture", show::everything(&stored));
        Ok(())
    }
}

/// Remove all requests of a store.
#[derive(Args, Debug)]
pub struct Clear {
    /// Do it: without this flag nothing is removed
    #[arg(long)]
    pub yes: bool,
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
}

impl Clear {
    pub(super) fn run(self, terminal: &Terminal) -> Outcome {
        let path = self.store.path()?;
        let failed =
            |error: std::io::Error| Failure::usage(format!("--store {}: {error}", path.display()));
        let (mut stored, mut others) = (0_u64, 0_u64);
        for line in read(&path).map_err(failed)? {
            match line {
                Ok(Stored { .. }) => stored += 1,
                Err(error) if error.is_fatal() => return Err(failed(std::io::Error::other(error))),
                Err(_) => others += 1,
            }
        }
        // A file that was named by mistake is not emptied.
        if others > 1 && stored == 0 {
            return Err(Failure::usage(format!(
                "--store {}: this is no store, nothing was removed",
                path.display()
            )));
        }
        if !self.yes {
            return Err(Failure::usage(format!(
                "this removes {stored} requests from {}: say --yes",
                path.display()
            )));
        }
        fs::OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(&path)
            .map_err(failed)?;
        terminal.line(&format!("{stored} requests removed"));
        let mut members = Map::new();
        members.insert("removed".to_owned(), stored.into());
        terminal.object("clear", members);
        Ok(())
    }
}
