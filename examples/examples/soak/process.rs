//! The server in a process of its own, and its memory.

use std::fs;
use std::io::Read;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::Fallible;
use crate::plan::Plan;
use crate::server::{self, Framework};

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

/// Has glibc give every large buffer back when it is freed. If not told, it keeps the holes that growing buffers leave, and
/// this server has half as much again as it uses.
const GIVE_BACK: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "65536");

impl Process {
    /// It ends when it is dropped.
    pub(crate) async fn start(framework: Framework) -> Fallible<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", &framework.to_string()])
            .env(GIVE_BACK.0, GIVE_BACK.1)
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
pub(crate) async fn serve(framework: Framework) -> Fallible<()> {
    println!(
        "{}",
        server::start(framework, Plan::soak(Duration::ZERO)).await?
    );
    // It ends with the program that has started it, even if that is killed.
    tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0])).await??;
    Ok(())
}
