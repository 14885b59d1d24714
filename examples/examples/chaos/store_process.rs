//! The store's process: started, killed, started again.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::Fallible;
use crate::arguments::Engine;
use crate::database::Database;
use crate::mariadb;
use crate::postmaster;
use crate::random::Random;

/// PostgreSQL writes its whole folder to the disk before it recovers.
const LONGEST_START: Duration = Duration::from_secs(60);

pub(crate) struct StoreProcess {
    engine: Engine,
    folder: PathBuf,
    port: u16,
    running: Option<Child>,
}

impl StoreProcess {
    /// In a folder of its own within this one.
    pub(crate) async fn start(
        engine: Engine,
        folder: &Path,
        random: &mut Random,
    ) -> Fallible<Self> {
        let folder = folder.join("store");
        fs::create_dir(&folder)?;
        match engine {
            Engine::Postgres => postmaster::make(&folder)?,
            Engine::Mysql => mariadb::make(&folder)?,
            Engine::Sqlite | Engine::Redis => {}
        }
        let mut process = Self {
            engine,
            folder,
            port: free_port(random)?,
            running: None,
        };
        process.run().await?;
        Ok(process)
    }

    /// Where it is; for SQLite, its file.
    pub(crate) fn url(&self) -> String {
        match self.engine {
            Engine::Sqlite => self.folder.join("chaos.db").display().to_string(),
            Engine::Postgres => format!("postgres://postgres@127.0.0.1:{}/postgres", self.port),
            Engine::Mysql => format!("mysql://root@127.0.0.1:{}/test", self.port),
            Engine::Redis => format!("redis://127.0.0.1:{}", self.port),
        }
    }

    /// Kills it every few seconds until then, and starts it again. It, running, and how often it was killed.
    pub(crate) async fn suffer(
        mut self,
        mut random: Random,
        end: Instant,
    ) -> Fallible<(Self, u64)> {
        let mut kills = 0;
        if self.engine == Engine::Sqlite {
            return Ok((self, kills));
        }
        loop {
            let life = random.millis(1000..3500);
            if Instant::now() + life >= end {
                return Ok((self, kills));
            }
            sleep(life).await;
            self.kill()?;
            kills += 1;
            sleep(random.millis(0..300)).await;
            self.run().await?;
        }
    }

    /// Runs it, and waits until it has recovered: one that is killed before that would never get any further.
    async fn run(&mut self) -> Fallible<()> {
        if self.engine == Engine::Sqlite {
            return Ok(());
        }
        let database = Database::open(self.engine, &self.url()).await?;
        let too_late = Instant::now() + LONGEST_START;
        while Instant::now() < too_late {
            let ended = match &mut self.running {
                Some(child) => child.try_wait()?.is_some(),
                None => true,
            };
            if ended {
                self.running = Some(self.command()?.spawn()?);
            } else if database.ping().await.is_ok() {
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
        Err(format!("the store does not start, see {}", self.log().display()).into())
    }

    /// SIGKILL, for all of its processes at once: PostgreSQL has one for each connection.
    fn kill(&mut self) -> Fallible<()> {
        if let Some(mut child) = self.running.take() {
            child.kill()?;
            child.wait()?;
        }
        // One that was being started meanwhile is found at the second look.
        while kill_all_in(&self.folder)? > 0 {}
        Ok(())
    }

    fn command(&self) -> Fallible<Command> {
        let port = self.port.to_string();
        let mut command = match self.engine {
            Engine::Postgres => postmaster::command(&self.folder, &port)?,
            Engine::Mysql => mariadb::command(&self.folder, &port)?,
            _ => redis(&port),
        };
        let log = File::options().create(true).append(true).open(self.log())?;
        command
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        Ok(command)
    }

    fn log(&self) -> PathBuf {
        self.folder.with_extension("log")
    }
}

impl Drop for StoreProcess {
    fn drop(&mut self) {
        // Nobody is left who could be told.
        let _ = self.kill();
    }
}

/// Every write is on the disk before it is answered.
fn redis(port: &str) -> Command {
    let mut command = Command::new("redis-server");
    command
        .args(["--port", port, "--bind", "127.0.0.1", "--save", ""])
        .args(["--appendonly", "yes", "--appendfsync", "always"]);
    command
}

/// Kills the processes that work in this folder, and says how many there were.
fn kill_all_in(folder: &Path) -> Fallible<usize> {
    let mut killed = 0;
    for process in fs::read_dir("/proc")? {
        let process = process?.path();
        let works_in = fs::read_link(process.join("cwd"));
        let Some(id) = process
            .file_name()
            .filter(|_| works_in.is_ok_and(|at| at == folder))
        else {
            continue;
        };
        // It may have ended meanwhile.
        Command::new("kill")
            .arg("-KILL")
            .arg(id)
            .stderr(Stdio::null())
            .status()?;
        killed += 1;
    }
    Ok(killed)
}

/// Below those that the system gives to outgoing connections, one of which could take it while the store is down.
fn free_port(random: &mut Random) -> Fallible<u16> {
    for _ in 0..100 {
        let port = u16::try_from(random.within(20_000..32_000))?;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err("no free port".into())
}
