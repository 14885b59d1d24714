//! Workers that are processes of their own, so that they can be killed.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::time::sleep;
use webhook_testkit::process::{LONGEST_BUILD, Process};

use crate::Error;
use crate::engine::{Engine, run_worker};
use crate::shop::{Shop, Worker, endpoint};

/// Where the worker finds the engine; and whether its shop is stuck.
const URL: &str = "WEBHOOK_ENGINE_URL";
const STUCK: &str = "WEBHOOK_ENGINE_STUCK";

/// What stands before each line that a worker tells.
const MARK: &str = "worker: ";

/// Whether this process is to be a worker.
///
/// ```
/// assert!(!engines::is_worker());
/// ```
#[must_use]
pub fn is_worker() -> bool {
    env::var_os(URL).is_some()
}

/// Makes a worker of this process, until it is killed.
///
/// # Errors
/// If the process was not started as a worker, or the engine is not there.
///
/// ```
/// # async fn example<E: engines::Engine>() -> Result<(), engines::Error> {
/// if engines::is_worker() {
///     engines::work_here::<E>().await?;
/// }
/// # Ok(()) }
/// ```
pub async fn work_here<E: Engine>() -> Result<(), Error> {
    let url = env::var(URL)?;
    let shop = Shop::new(|line| {
        println!("{MARK}{line}");
        if line.starts_with("dies of") {
            std::process::exit(1);
        }
    });
    let shop = match env::var_os(STUCK) {
        Some(_) => shop.stuck(),
        None => shop,
    };
    run_worker::<E>(&url, Worker::new(endpoint()?, shop)).await
}

/// All that workers have told, in the order in which it was heard.
#[derive(Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    fn add(&self, line: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(line.to_owned());
    }

    pub(crate) fn count(&self, line: &str) -> usize {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().filter(|told| *told == line).count()
    }

    /// Waits until this was told.
    pub(crate) async fn hear(&self, line: &str) -> Result<(), Error> {
        for _ in 0..600 {
            if self.count(line) > 0 {
                return Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
        Err(format!("no worker has told `{line}` within a minute").into())
    }
}

/// A worker in a process of its own. It is killed when this is dropped: by SIGKILL, so that nothing of it runs any more.
pub(crate) struct WorkerProcess(Process);

impl WorkerProcess {
    /// Starts this same program, with these arguments, as a worker.
    pub(crate) fn start(
        url: &str,
        arguments: &[&str],
        is_stuck: bool,
        journal: &Journal,
    ) -> Result<Self, Error> {
        let mut command = Command::new(env::current_exe()?);
        command.args(arguments).env(URL, url);
        if is_stuck {
            command.env(STUCK, "1");
        }
        let mut process = Process::start(command.stdout(Stdio::piped()), LONGEST_BUILD)?;
        let told = process.stdout();
        let journal = journal.clone();
        thread::spawn(move || {
            for line in BufReader::new(told).lines().map_while(Result::ok) {
                if let Some((_, line)) = line.split_once(MARK) {
                    journal.add(line);
                }
            }
        });
        Ok(Self(process))
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.0.ended().is_some()
    }
}
