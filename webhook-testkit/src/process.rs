//! Programs that tests start: none runs for longer than it may, and none outlives its test.
//!
//! The times are far longer than a slow machine needs. They are there so that a program that hangs fails its test, by name, and does not
//! stop all of them.

use std::io;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What a program may take that does one thing.
pub const LONGEST: Duration = Duration::from_secs(5 * 60);

/// What a program may take that builds others, or that a whole test leans on.
pub const LONGEST_BUILD: Duration = Duration::from_secs(30 * 60);

/// A program that runs. It is killed when its time is over, and when this is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Arc<Mutex<Child>>,
    is_late: Arc<AtomicBool>,
    /// What is dropped when nobody needs to watch it any more.
    _watched: Sender<()>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
}

impl Process {
    pub fn start(command: &mut Command, longest: Duration) -> io::Result<Self> {
        let name = format!("{command:?}");
        let mut child = command.spawn()?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let child = Arc::new(Mutex::new(child));
        let is_late = Arc::new(AtomicBool::new(false));
        let (watched, is_over) = mpsc::channel();
        thread::spawn({
            let (child, is_late) = (Arc::clone(&child), Arc::clone(&is_late));
            move || {
                if is_over.recv_timeout(longest) == Err(RecvTimeoutError::Timeout) {
                    is_late.store(true, Ordering::SeqCst);
                    // What waits for its output goes on then.
                    let _ = child.lock().unwrap_or_else(PoisonError::into_inner).kill();
                }
            }
        });
        Ok(Self {
            name,
            child,
            is_late,
            _watched: watched,
            stdout,
            stderr,
        })
    }

    /// What it prints, if the command says that it is piped. Once.
    pub fn stdout(&mut self) -> ChildStdout {
        self.stdout.take().expect("its output is piped")
    }

    /// What it prints as errors, if the command says that it is piped. Once.
    pub fn stderr(&mut self) -> ChildStderr {
        self.stderr.take().expect("its errors are piped")
    }

    pub fn id(&self) -> u32 {
        self.with(|child| child.id())
    }

    /// How it has ended, if it has.
    pub fn ended(&self) -> Option<ExitStatus> {
        let status = self.with(|child| child.try_wait()).unwrap();
        let is_late = status.is_some() && self.is_late.load(Ordering::SeqCst);
        assert!(!is_late, "it took too long: {}", self.name);
        status
    }

    /// How it ends.
    pub fn wait(&self) -> ExitStatus {
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// By SIGKILL: nothing of it runs any more.
    pub fn kill(&self) -> ExitStatus {
        self.with(|child| {
            child.kill().unwrap();
            child.wait().unwrap()
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Child) -> T) -> T {
        work(&mut self.child.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.with(|child| {
            let _ = child.kill();
            let _ = child.wait();
        });
    }
}

/// Runs a program to its end, which must come within [`LONGEST`], and says what it has printed.
pub fn output(command: &mut Command) -> Output {
    output_within(LONGEST, command)
}

/// Runs a program to its end, which must come within this time, and says what it has printed.
pub fn output_within(longest: Duration, command: &mut Command) -> Output {
    let command = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut process = Process::start(command, longest).unwrap();
    let read = |mut from: Box<dyn std::io::Read + Send>| {
        thread::spawn(move || {
            let mut all = Vec::new();
            from.read_to_end(&mut all).unwrap();
            all
        })
    };
    let stdout = read(Box::new(process.stdout()));
    let stderr = read(Box::new(process.stderr()));
    let status = process.wait();
    Output {
        status,
        stdout: stdout.join().unwrap(),
        stderr: stderr.join().unwrap(),
    }
}

/// Runs a program to its end, which must come within [`LONGEST`], and says how it ended. It prints where the test does.
pub fn status(command: &mut Command) -> ExitStatus {
    Process::start(command, LONGEST).unwrap().wait()
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::panic::catch_unwind;

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn what_a_program_prints_and_how_it_ends_is_told() {
        let output = output(&mut shell("echo one; echo two >&2; exit 3"));
        assert_eq!(output.stdout, b"one\n");
        assert_eq!(output.stderr, b"two\n");
        assert_eq!(output.status.code(), Some(3));
        assert!(status(&mut shell("true")).success());
    }

    #[test]
    fn a_program_that_hangs_is_killed_and_named() {
        let hangs = || output_within(Duration::from_millis(50), &mut shell("exec sleep 3600"));
        let said = catch_unwind(hangs).unwrap_err();
        let said = said.downcast_ref::<String>().unwrap();
        assert!(
            said.contains("took too long") && said.contains("sleep 3600"),
            "{said}"
        );
    }

    #[test]
    fn a_program_ends_with_who_has_started_it() {
        let mut command = shell("echo up; exec sleep 3600");
        let mut process = Process::start(command.stdout(Stdio::piped()), LONGEST).unwrap();
        let mut stdout = BufReader::new(process.stdout());
        let mut said = String::new();
        stdout.read_line(&mut said).unwrap();
        assert_eq!((said.as_str(), process.ended()), ("up\n", None));
        drop(process);
        // The end of its output is that of the process.
        assert_eq!(stdout.read_line(&mut said).unwrap(), 0);
    }
}
