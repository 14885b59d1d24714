//! A server in a folder of its own: started, killed, started again.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::sleep;
use webhook_testkit::process::{LONGEST, LONGEST_BUILD, Process, output};

use crate::Error;

/// Which server.
///
/// ```
/// assert_ne!(engines::Program::Nats, engines::Program::Redis);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// `nats-server`, with JetStream.
    Nats,
    /// `postgres`.
    Postgres,
    /// `redis-server`, which writes to the disk before it answers.
    Redis,
}

impl Program {
    pub(crate) fn command(self) -> Command {
        match self {
            Self::Nats => Command::new("nats-server"),
            Self::Postgres => postgres("postgres"),
            Self::Redis => Command::new("redis-server"),
        }
    }
}

/// A server that nobody else uses. It ends, and its folder goes away, when this is dropped.
///
/// ```no_run
/// # async fn example() -> Result<(), engines::Error> {
/// let mut server = engines::Server::start(engines::Program::Redis).await?;
/// server.kill()?;
/// server.start_again().await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Server {
    program: Program,
    folder: PathBuf,
    port: u16,
    process: Option<Process>,
}

impl Server {
    /// Starts one, and waits until it listens.
    ///
    /// # Errors
    /// If the program is not installed: `scripts/with-servers` installs it where it may. Or if the server does not start.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), engines::Error> {
    /// let server = engines::Server::start(engines::Program::Nats).await?;
    /// # Ok(()) }
    /// ```
    pub async fn start(program: Program) -> Result<Self, Error> {
        let mut server = Self {
            program,
            folder: new_folder()?,
            port: 0,
            process: None,
        };
        if program == Program::Postgres {
            make_database(&server.folder.join("data"))?;
        }
        // Somebody else may be faster to take the port.
        for _ in 0..10 {
            server.port = free_port()?;
            if server.start_again().await.is_ok() {
                return Ok(server);
            }
        }
        Err(format!("{program:?} does not start").into())
    }

    /// Where it is.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), engines::Error> {
    /// let server = engines::Server::start(engines::Program::Nats).await?;
    /// assert!(server.url().starts_with("nats://127.0.0.1:"));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn url(&self) -> String {
        let port = self.port;
        match self.program {
            Program::Nats => format!("nats://127.0.0.1:{port}"),
            Program::Postgres => format!("postgres://postgres@127.0.0.1:{port}/postgres"),
            Program::Redis => format!("redis://127.0.0.1:{port}"),
        }
    }

    /// Starts it on the same port with what it has written to its folder, and waits until it listens.
    ///
    /// # Errors
    /// If it ends instead.
    ///
    /// ```no_run
    /// # async fn example(mut server: engines::Server) -> Result<(), engines::Error> {
    /// server.kill()?;
    /// server.start_again().await?;
    /// # Ok(()) }
    /// ```
    pub async fn start_again(&mut self) -> Result<(), Error> {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("log"))?;
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(log.try_clone()?);
        let process = Process::start(command.stderr(log), LONGEST_BUILD)?;
        let process = self.process.insert(process);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if process.ended().is_some() {
                return Err("the server has ended".into());
            }
            sleep(Duration::from_millis(20)).await;
        }
        // Whoever listens there may be another one, which had the port before.
        sleep(Duration::from_millis(100)).await;
        match process.ended() {
            None => Ok(()),
            Some(_) => Err("the port is taken".into()),
        }
    }

    /// Ends it in the middle of whatever it does. PostgreSQL has many processes: it is told to end them all at once, without writing
    /// anything more.
    ///
    /// # Errors
    /// If the process cannot be reached.
    ///
    /// ```no_run
    /// # fn example(mut server: engines::Server) -> Result<(), engines::Error> {
    /// server.kill()?;
    /// # Ok(()) }
    /// ```
    pub fn kill(&mut self) -> Result<(), Error> {
        let Some(process) = self.process.take() else {
            return Ok(());
        };
        match self.program {
            Program::Postgres => {
                let id = process.id().to_string();
                ended(Command::new("kill").args(["-QUIT", &id]))?;
                process.wait();
            }
            Program::Nats | Program::Redis => {
                process.kill();
            }
        }
        Ok(())
    }

    fn command(&self) -> Command {
        let (data, port) = (self.folder.join("data"), self.port.to_string());
        let mut command = self.program.command();
        match self.program {
            Program::Nats => command
                .args(["--addr", "127.0.0.1", "--port", &port, "--jetstream"])
                .arg("--store_dir")
                .arg(data),
            Program::Postgres => command
                .arg("-D")
                .arg(data)
                .args(["-p", &port, "-c", "listen_addresses=127.0.0.1"])
                .args(["-c", "unix_socket_directories="]),
            Program::Redis => command
                .args(["--bind", "127.0.0.1", "--port", &port, "--save", ""])
                .args(["--appendonly", "yes", "--appendfsync", "always"])
                .arg("--dir")
                .arg(data),
        };
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nobody is left who could be told.
        let _ = self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn new_folder() -> io::Result<PathBuf> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("webhook-engines-{}-{count}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    fs::create_dir_all(folder.join("data"))?;
    Ok(folder)
}

/// Below the ports that the system gives to outgoing connections: one of those could take it while the server is down.
fn free_port() -> Result<u16, Error> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let start = now.subsec_nanos() % 12_000;
    for step in 0..100 {
        let port = u16::try_from(20_000 + (start + step * 7) % 12_000)?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err("no free port".into())
}

fn make_database(folder: &Path) -> Result<(), Error> {
    if is_root() {
        let chown = ended(Command::new("chown").arg("postgres").arg(folder))?;
        if !chown.success() {
            return Err("there is no user `postgres`: install the package `postgresql`".into());
        }
    }
    let mut initdb = postgres("initdb");
    initdb
        .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"])
        .arg("-D")
        .arg(folder)
        .stdout(Stdio::null());
    match ended(&mut initdb)?.success() {
        true => Ok(()),
        false => Err("initdb failed".into()),
    }
}

/// Runs a program to its end. One that is not installed is an error, and no panic.
fn ended(command: &mut Command) -> io::Result<ExitStatus> {
    Ok(Process::start(command, LONGEST)?.wait())
}

/// A program of PostgreSQL, from the search path or from where Debian has it. It refuses to run as root.
fn postgres(name: &str) -> Command {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let of_debian = versions
        .flatten()
        .map(|version| version.path().join("bin").join(name))
        .filter(|program| program.exists())
        .max();
    let program = of_debian.unwrap_or_else(|| name.into());
    let mut command = match is_root() {
        true => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
            command.arg("--").arg(program);
            command
        }
        false => Command::new(program),
    };
    // It looks for its folder from where it is, which the other user may not see.
    command.current_dir("/");
    command
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u"))
        .stdout
        .starts_with(b"0\n")
}
