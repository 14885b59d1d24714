//! The server in a process of its own, and how many files may be open.

use std::fs;

use examples::process::serve_until_left;
pub(crate) use examples::process::{Memory, Process};

use crate::Fallible;
use crate::server;
use crate::store::Place;

pub(crate) async fn start(place: &Place) -> Fallible<Process> {
    Process::start(&["serve", &place.store.to_string(), &place.url], &[]).await
}

/// What the process that is started does.
pub(crate) async fn serve(place: &Place) -> Fallible<()> {
    serve_until_left(server::start(place).await?).await
}

/// What a process has open beside the connections: its store, its own files.
const OTHER_FILES: usize = 100;

/// Server and senders have one end of each connection.
pub(crate) fn require_open_files(connections: usize) -> Fallible<()> {
    let needed = connections + OTHER_FILES;
    match open_files() {
        Some(limit) if limit < needed => Err(format!(
            "{connections} connections need {needed} open files, and a process may have {limit}: run scripts/load, which raises that as \
             far as it may, raise it yourself with `ulimit -n {needed}`, as root if need be, or take fewer with --connections"
        )
        .into()),
        _ => Ok(()),
    }
}

/// How many files a process may have open. None where there is no limit, or the system does not tell.
fn open_files() -> Option<usize> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}
