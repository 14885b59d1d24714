//! A server in a process of its own, so that its memory is the server's alone.

use std::error::Error;
use std::fs;
use std::io::Read;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Far longer than a server needs that does not hang.
const LONGEST_START: Duration = Duration::from_secs(5 * 60);

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// This program once more, as a server. It ends when this is dropped.
#[derive(Debug)]
pub struct Process {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
}

/// The resident set of a process, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// At this moment.
    pub now: usize,
    /// The most since it began.
    pub peak: usize,
}

impl Process {
    /// Starts it with these arguments and environment variables: it must call [`serve_until_left`].
    ///
    /// # Errors
    /// If it does not start, or does not say where it listens.
    pub async fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Fallible<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let says = child.stdout.take().ok_or("nothing to listen to")?;
        let mut says = BufReader::new(says).lines();
        let line = timeout(LONGEST_START, says.next_line()).await??;
        let address = line.ok_or("the server has not started")?.parse()?;
        Ok(Self { address, child })
    }

    /// None where the system does not tell.
    #[must_use]
    pub fn memory(&self) -> Option<Memory> {
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

/// What the process that is started does once its server listens: it says where, and serves. It ends with the program that has started it,
/// even if that is killed.
///
/// # Errors
/// If that program cannot be waited for.
pub async fn serve_until_left(address: SocketAddr) -> Fallible<()> {
    println!("{address}");
    tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0])).await??;
    Ok(())
}
