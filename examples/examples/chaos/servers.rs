//! The server processes: started, stopped, killed.

use std::net::SocketAddr;
use std::ops::Range;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::Fallible;
use crate::arguments::Serve;
use crate::random::Random;
use crate::server::{LISTENING, STALE};

/// A server that waits for a file of SQLite which a stopped one has locked takes a while.
const LONGEST_START: Duration = Duration::from_secs(20);
const STARTS: usize = 5;

/// That is no kill of ours, but a fault.
const ENDED_BY_ITSELF: &str = "a server has ended by itself";

/// What a process ends with that a delivery has ended: no fault, but poison.
pub(crate) const POISONED: i32 = 70;

/// What servers of one kind have to live with.
pub(crate) struct Fate {
    /// Of one process, in milliseconds.
    pub(crate) life: Range<u64>,
    /// How often, instead of being killed at once, a server is stopped and goes on before it is killed. None: never.
    pub(crate) kills_per_stall: Option<u64>,
    /// The time after which others take over what a stopped one has begun.
    pub(crate) lease: Duration,
    /// When none of them lives.
    pub(crate) pause: Option<Range<Instant>>,
    /// After that, none is killed any more.
    pub(crate) end: Instant,
}

pub(crate) struct Servers {
    fate: Fate,
    addresses: Mutex<Vec<Option<SocketAddr>>>,
    over: watch::Sender<bool>,
    pub(crate) kills: AtomicU64,
    pub(crate) stalls: AtomicU64,
    pub(crate) stale: AtomicU64,
    pub(crate) poisoned: AtomicU64,
}

/// One that runs, and who listens to what it says.
struct Running {
    child: Child,
    /// It ends when this is closed.
    _stdin: ChildStdin,
    listening: JoinHandle<()>,
}

impl Servers {
    pub(crate) fn new(fate: Fate) -> Arc<Self> {
        Arc::new(Self {
            fate,
            addresses: Mutex::default(),
            over: watch::Sender::new(false),
            kills: AtomicU64::default(),
            stalls: AtomicU64::default(),
            stale: AtomicU64::default(),
            poisoned: AtomicU64::default(),
        })
    }

    /// One of those that listen.
    pub(crate) fn any(&self, random: &mut Random) -> Option<SocketAddr> {
        let addresses = self.addresses.lock();
        let addresses = addresses.unwrap_or_else(PoisonError::into_inner);
        let there: Vec<_> = addresses.iter().flatten().collect();
        let many = u64::try_from(there.len()).ok().filter(|many| *many > 0)?;
        let chosen = usize::try_from(random.within(0..many)).ok()?;
        there.get(chosen).map(|address| **address)
    }

    /// Starts so many, each in a slot of its own.
    pub(crate) fn start_all(
        self: &Arc<Self>,
        count: usize,
        serve: &Serve,
        random: &mut Random,
    ) -> Vec<JoinHandle<Fallible<()>>> {
        let start =
            |slot| tokio::spawn(Arc::clone(self).suffer(slot, serve.clone(), random.fork()));
        (0..count).map(start).collect()
    }

    /// The last of each slot is killed, and none is started any more.
    pub(crate) fn end_all(&self) {
        self.over.send_replace(true);
    }

    /// Keeps a server in this slot: kills it again and again while it is time for that, and lets it live afterwards, until all
    /// is over.
    async fn suffer(
        self: Arc<Self>,
        slot: usize,
        serve: Serve,
        mut random: Random,
    ) -> Fallible<()> {
        let mut over = self.over.subscribe();
        while !*over.borrow() {
            self.wait_for_the_pause_to_end().await;
            let serve = Serve {
                seed: random.next(),
                ..serve.clone()
            };
            let mut server = self.start(slot, &serve).await?;
            let death = self.death(&mut random);
            tokio::select! {
                ended = server.child.wait() => self.note_end(slot, ended?)?,
                () = until(death) => {
                    if self.fate.kills_per_stall.is_some_and(|kills| random.one_in(kills)) {
                        self.stall(&mut server.child, &mut random).await?;
                    }
                    self.end(slot, server).await?;
                    self.kills.fetch_add(1, Ordering::Relaxed);
                }
                () = all_is_over(&mut over) => self.end(slot, server).await?,
            }
        }
        Ok(())
    }

    async fn wait_for_the_pause_to_end(&self) {
        if let Some(pause) = &self.fate.pause
            && pause.contains(&Instant::now())
        {
            sleep_until(pause.end).await;
        }
    }

    /// When one that has just been started is killed, if it is.
    fn death(&self, random: &mut Random) -> Option<Instant> {
        let now = Instant::now();
        let death = now + random.millis(self.fate.life.clone());
        match &self.fate.pause {
            Some(pause) if now < pause.start => Some(death.min(pause.start)),
            _ if death < self.fate.end => Some(death),
            _ => None,
        }
    }

    async fn start(self: &Arc<Self>, slot: usize, serve: &Serve) -> Fallible<Running> {
        for _ in 0..STARTS {
            let mut child = Command::new(std::env::current_exe()?)
                .args(serve.words())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .kill_on_drop(true)
                .spawn()?;
            let says = child.stdout.take().ok_or("nothing to listen to")?;
            let stdin = child.stdin.take().ok_or("nothing to hold it by")?;
            let mut lines = BufReader::new(says).lines();
            let first = timeout(LONGEST_START, lines.next_line()).await;
            if let Ok(Ok(Some(line))) = first {
                // A worker has no address.
                let address = line.strip_prefix(LISTENING).map(str::parse).transpose()?;
                self.set(slot, address);
                let listening = tokio::spawn(Arc::clone(self).listen(lines));
                return Ok(Running {
                    child,
                    _stdin: stdin,
                    listening,
                });
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
    async fn stall(&self, child: &mut Child, random: &mut Random) -> Fallible<()> {
        signal("-STOP", child).await?;
        sleep(self.fate.lease + random.millis(200..1500)).await;
        signal("-CONT", child).await?;
        self.stalls.fetch_add(1, Ordering::Relaxed);
        sleep(random.millis(50..300)).await;
        Ok(())
    }

    /// SIGKILL; then all that it has said is heard.
    async fn end(&self, slot: usize, mut server: Running) -> Fallible<()> {
        self.set(slot, None);
        match server.child.try_wait()? {
            Some(ended) => self.note_end(slot, ended)?,
            None => server.child.kill().await?,
        }
        Ok(server.listening.await?)
    }

    /// One that was not killed by us.
    fn note_end(&self, slot: usize, ended: ExitStatus) -> Fallible<()> {
        self.set(slot, None);
        if ended.code() != Some(POISONED) {
            return Err(ENDED_BY_ITSELF.into());
        }
        self.poisoned.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn set(&self, slot: usize, address: Option<SocketAddr>) {
        let addresses = self.addresses.lock();
        let mut addresses = addresses.unwrap_or_else(PoisonError::into_inner);
        let many = addresses.len().max(slot + 1);
        addresses.resize(many, None);
        if let Some(place) = addresses.get_mut(slot) {
            *place = address;
        }
    }
}

async fn all_is_over(over: &mut watch::Receiver<bool>) {
    // Whoever could say so is there.
    let _ = over.wait_for(|over| *over).await;
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

async fn signal(name: &str, child: &mut Child) -> Fallible<()> {
    let Some(id) = child.id().filter(|_| matches!(child.try_wait(), Ok(None))) else {
        // It has ended, which is found next.
        return Ok(());
    };
    let sent = Command::new("kill").arg(name).arg(id.to_string()).status();
    match sent.await?.success() {
        true => Ok(()),
        false => Err(ENDED_BY_ITSELF.into()),
    }
}
