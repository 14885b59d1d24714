//! The server in a process of its own, its memory, and how many files may be open.

use std::fs;
use std::io::Read;
use std::net::SocketAddr;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::Fallible;
use crate::server;
use crate::store::Place;

pub(crate) struct Process {
    pub(crate) address: SocketAddr,
    child: Child,
}

/// The resident set of a process, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) now: usize,
    /// Since it began.
    pub(crate) peak: usize,
}

impl Process {
    /// It ends when it is dropped.
    pub(crate) async fn start(place: &Place) -> Fallible<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", &place.store.to_string(), &place.url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let says = child.stdout.take().ok_or("nothing to listen to")?;
        let line = BufReader::new(says).lines().next_line().await?;
        let address = line.ok_or("the server has not started")?.parse()?;
        Ok(Self { address, child })
    }

    /// None where the system does not tell.
    pub(crate) fn memory(&self) -> Option<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kibibytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
            Some(kibibytes * 1024)
        };
        Some(Memory {
            now: bytes("VmRSS:")?,
            peak: bytes("VmHWM:")?,
        })
    }
}

/// What the process that is started does: it says where it listens, and serves.
pub(crate) async fn serve(place: &Place) -> Fallible<()> {
    println!("{}", server::start(place).await?);
    // It ends with the program that has started it, even if that is killed.
    tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0])).await??;
    Ok(())
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
