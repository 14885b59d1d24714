//! A program whose statements are changed after it was built: a statement is a text to the compiler, so nothing is built for each
//! mutant. The new text is not longer; spaces fill the rest.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use std::{io, io::BufRead};

use std::os::unix::process::CommandExt;

/// Writes a copy in which one text is another. Says in how many places it stood.
///
/// # Errors
/// If a file cannot be read or written, or the new text is longer.
pub fn copy_with(program: &Path, copy: &Path, old: &str, new: &str) -> io::Result<usize> {
    let mut bytes = fs::read(program)?;
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, old).collect();
    let padded = format!("{new:<width$}", width = old.chars().count());
    for place in &places {
        let room = bytes.get_mut(*place..place + old.len());
        match room {
            Some(room) if room.len() == padded.len() => room.copy_from_slice(padded.as_bytes()),
            _ => return Err(io::Error::other("the new text is longer than the old one")),
        }
    }
    if !places.is_empty() {
        // A new file: the old one may still run.
        let _ = fs::remove_file(copy);
        fs::write(copy, bytes)?;
        fs::set_permissions(copy, fs::metadata(program)?.permissions())?;
    }
    Ok(places.len())
}

/// How a run of tests ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every test held.
    Passed,
    /// One did not, or the program broke.
    Failed,
    /// It did not end in time.
    TimedOut,
}

/// Runs the tests whose names have this word, up to the first that fails. What it has started is killed.
///
/// # Errors
/// If it cannot be started.
pub fn run(program: &Path, filter: &str, folder: &Path, longest: Duration) -> io::Result<Ending> {
    let mut command = Command::new(program);
    if !filter.is_empty() {
        command.arg(filter);
    }
    let mut process = command
        .current_dir(folder)
        // Cargo sets it, and tests read files by it.
        .env("CARGO_MANIFEST_DIR", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    let (said, told) = channel();
    if let Some(out) = process.stdout.take() {
        std::thread::spawn(move || {
            let lines = io::BufReader::new(out).split(b'\n').map_while(Result::ok);
            for line in lines {
                if line.starts_with(b"test ") && line.ends_with(b" FAILED") {
                    let _ = said.send(());
                }
            }
        });
    }
    let end = Instant::now() + longest;
    let ending = loop {
        match told.recv_timeout(Duration::from_millis(20)) {
            Ok(()) => break Ending::Failed,
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(Duration::from_millis(5)),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Some(status) = process.try_wait()? {
            break if status.success() {
                Ending::Passed
            } else {
                Ending::Failed
            };
        }
        if Instant::now() > end {
            break Ending::TimedOut;
        }
    };
    // The whole group: servers and processes that the tests have started.
    let group = format!("-{}", process.id());
    let _ = Command::new("kill")
        .args(["-KILL", "--", &group])
        .stderr(Stdio::null())
        .status();
    let _ = process.kill();
    process.wait()?;
    Ok(ending)
}

/// Runs all tests whose names have this word, and returns what they say: nothing if they do not end in time.
///
/// # Errors
/// If it cannot be started.
pub fn output(
    program: &Path,
    filter: &str,
    folder: &Path,
    longest: Duration,
) -> io::Result<String> {
    let mut command = Command::new("timeout");
    command.arg(longest.as_secs().to_string()).arg(program);
    if !filter.is_empty() {
        command.arg(filter);
    }
    let output = command
        .current_dir(folder)
        .env("CARGO_MANIFEST_DIR", folder)
        // One sender's fault is not in the way of another's.
        .env("WEBHOOK_GO_ON", "1")
        // Nobody reads where the hundreds of panics came from.
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()?;
    match output.status.success() {
        true => Ok(String::new()),
        false => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_another_one_wherever_it_stands_in_the_copy() {
        let folder = std::env::temp_dir().join(format!("webhook-mutants-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (program, copy) = (folder.join("program"), folder.join("copy"));
        fs::write(&program, "\0SELECT a FROM t\0SELECT a FROM t\0").unwrap();
        let places = copy_with(&program, &copy, "SELECT a FROM t", "SELECT b").unwrap();
        assert_eq!(places, 2);
        let changed = fs::read_to_string(&copy).unwrap();
        assert_eq!(changed, "\0SELECT b       \0SELECT b       \0");
        assert_eq!(copy_with(&program, &copy, "SELECT c", "SELECT").unwrap(), 0);
        assert!(copy_with(&program, &copy, "SELECT a", "SELECT a AND b").is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
