//! The server processes: started, stopped, killed.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::Fallible;
use crate::arguments::Serve;
use crate::random::Random;
use crate::server::{LEASE, LISTENING, STALE};

/// How many there are.
pub(crate) const COUNT: usize = 2;

/// A server that waits for a file of SQLite which a stopped one has locked takes a while.
const LONGEST_START: Duration = Duration::from_secs(20);
const STARTS: usize = 5;

/// How often, instead of being killed at once, a server is stopped and goes on before it is killed.
const KILLS_PER_STALL: u64 = 12;

/// That is no kill of ours, but a fault.
const ENDED_BY_ITSELF: &str = "a server has ended by itself";

#[derive(Default)]
pub(crate) struct Servers {
    addresses: Mutex<[Option<SocketAddr>; COUNT]>,
    pub(crate) kills: AtomicU64,
    pub(crate) stalls: AtomicU64,
    pub(crate) stale: AtomicU64,
}

/// One that runs, and who listens to what it says.
pub(crate) struct Running {
    child: Child,
    listening: JoinHandle<()>,
}

impl Servers {
    /// One of those that listen.
    pub(crate) fn any(&self, random: &mut Random) -> Option<SocketAddr> {
        let addresses = self.addresses.lock();
        let addresses = addresses.unwrap_or_else(PoisonError::into_inner);
        let start = usize::from(random.one_in(2));
        let mut there = addresses.iter().cycle().skip(start).take(COUNT).flatten();
        there.next().copied()
    }

    /// Keeps a server in this slot and kills it again and again until then. The last one, running.
    pub(crate) async fn suffer(
        self: Arc<Self>,
        slot: usize,
        serve: Serve,
        mut random: Random,
        end: Instant,
    ) -> Fallible<Running> {
        loop {
            let serve = Serve {
                seed: random.next(),
                ..serve.clone()
            };
            let server = Self::start(&self, slot, &serve).await?;
            let life = random.millis(30..450);
            if Instant::now() + life >= end {
                return Ok(server);
            }
            sleep(life).await;
            if random.one_in(KILLS_PER_STALL) {
                self.stall(&server.child, &mut random).await?;
            }
            self.set(slot, None);
            server.end().await?;
            self.kills.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn start(servers: &Arc<Self>, slot: usize, serve: &Serve) -> Fallible<Running> {
        for _ in 0..STARTS {
            let mut child = Command::new(std::env::current_exe()?)
                .args(serve.words())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .kill_on_drop(true)
                .spawn()?;
            let says = child.stdout.take().ok_or("nothing to listen to")?;
            let mut lines = BufReader::new(says).lines();
            let first = timeout(LONGEST_START, lines.next_line()).await;
            if let Ok(Ok(Some(line))) = first {
                let address = line.strip_prefix(LISTENING).ok_or("not an address")?;
                servers.set(slot, Some(address.parse()?));
                let listening = tokio::spawn(Self::listen(Arc::clone(servers), lines));
                return Ok(Running { child, listening });
            }
            child.kill().await?;
        }
        Err("a server does not start".into())
    }

    async fn listen(self: Arc<Self>, mut lines: Lines<BufReader<ChildStdout>>) {
        while let Ok(Some(line)) = lines.next_line().await {
            if line == STALE {
                self.stale.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Stops it for longer than a lease, so that others take over what it has claimed; then lets it go on for a while.
    async fn stall(&self, child: &Child, random: &mut Random) -> Fallible<()> {
        signal("-STOP", child).await?;
        sleep(LEASE + random.millis(200..1500)).await;
        signal("-CONT", child).await?;
        self.stalls.fetch_add(1, Ordering::Relaxed);
        sleep(random.millis(50..300)).await;
        Ok(())
    }

    fn set(&self, slot: usize, address: Option<SocketAddr>) {
        let addresses = self.addresses.lock();
        let mut addresses = addresses.unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = addresses.get_mut(slot) {
            *place = address;
        }
    }
}

impl Running {
    /// SIGKILL; then all that it has said is heard.
    pub(crate) async fn end(mut self) -> Fallible<()> {
        if self.child.try_wait()?.is_some() {
            return Err(ENDED_BY_ITSELF.into());
        }
        self.child.kill().await?;
        Ok(self.listening.await?)
    }
}

async fn signal(name: &str, child: &Child) -> Fallible<()> {
    let id = child.id().ok_or(ENDED_BY_ITSELF)?;
    let sent = Command::new("kill").arg(name).arg(id.to_string()).status();
    match sent.await?.success() {
        true => Ok(()),
        false => Err(ENDED_BY_ITSELF.into()),
    }
}
