//! A program whose statements are changed after it was built: a statement is a text to the compiler, so nothing is built for each
//! mutant. The new text is not longer; spaces fill the rest.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use std::{io, io::BufRead, io::Read};

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
    let mut command = Command::new(program);
    if !filter.is_empty() {
        command.arg(filter);
    }
    // In the group of this process, so that what stops a long run stops it too.
    let mut process = command
        .current_dir(folder)
        .env("CARGO_MANIFEST_DIR", folder)
        // One sender's fault is not in the way of another's.
        .env("WEBHOOK_GO_ON", "1")
        // Nobody reads where the hundreds of panics came from.
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let out = process.stdout.take();
    let reader = std::thread::spawn(move || {
        let mut said = Vec::new();
        if let Some(mut out) = out {
            let _ = out.read_to_end(&mut said);
        }
        said
    });
    let status = ended(&mut process, longest)?;
    let said = reader.join().unwrap_or_default();
    match status.is_some_and(|status| !status.success()) {
        true => Ok(String::from_utf8_lossy(&said).into_owned()),
        false => Ok(String::new()),
    }
}

/// How it ended, or `None` if that took longer and it was killed. The looks are counted, not the clock: while a run is stopped, nobody waits.
fn ended(process: &mut Child, longest: Duration) -> io::Result<Option<ExitStatus>> {
    const LOOK: Duration = Duration::from_millis(20);
    for _ in 0..longest.as_millis() / LOOK.as_millis() {
        if let Some(status) = process.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(LOOK);
    }
    process.kill()?;
    process.wait()?;
    Ok(None)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_program_says_why_it_fails_and_nothing_if_it_does_not_end() {
        let folder = std::env::temp_dir().join(format!("webhook-programs-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let said = |name: &str, script: &str, longest: Duration| {
            let program = folder.join(name);
            fs::write(&program, format!("#!/bin/sh\necho acme\n{script}\n")).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
            output(&program, "", &folder, longest).unwrap()
        };
        let long = Duration::from_secs(600);
        assert_eq!(said("fails", "exit 101", long), "acme\n");
        assert_eq!(said("holds", "exit 0", long), "");
        assert_eq!(
            said("waits", "exec sleep 600", Duration::from_millis(100)),
            ""
        );
        fs::remove_dir_all(&folder).unwrap();
    }

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
