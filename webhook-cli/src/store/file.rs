//! The file of a store.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

use crate::capture::Capture;
use crate::store::line::to_line;
use crate::store::read::{MOST_LINE_BYTES, Raw, RawLines};

/// How many bytes a store may have if nothing else is said.
pub const DEFAULT_MOST_BYTES: u64 = 256 << 20;

/// A store that captures are added to.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    most_bytes: u64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: File,
    bytes: u64,
    last_id: u64,
}

impl Store {
    /// Opens a file, or makes it. On Unix only the owner can read what is made.
    ///
    /// # Errors
    /// If the file cannot be made, read or written.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let mut file = open(
            &path,
            OpenOptions::new().append(true).read(true).create(true),
        )?;
        end_last_line(&mut file)?;
        let state = State {
            bytes: file.metadata()?.len(),
            last_id: last_id(&path)?,
            file,
        };
        Ok(Self {
            path,
            most_bytes: DEFAULT_MOST_BYTES,
            state: Mutex::new(state),
        })
    }

    /// How many bytes the file may have: above it, the older half is dropped. At least one line stays.
    #[must_use]
    pub fn most_bytes(mut self, most_bytes: u64) -> Self {
        self.most_bytes = most_bytes;
        self
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a capture, and returns its number in the store: numbers go on where the file ends, whatever number the capture has.
    ///
    /// # Errors
    /// If it cannot be written, or is longer than [`MOST_LINE_BYTES`].
    pub fn append(&self, capture: &Capture) -> io::Result<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut capture = capture.clone();
        capture.id = state.last_id + 1;
        let mut line = to_line(&capture).into_bytes();
        line.push(b'\n');
        if line.len() > MOST_LINE_BYTES {
            return Err(io::Error::other(format!(
                "the request has too many bytes for a line of the store: {} of {MOST_LINE_BYTES}",
                line.len()
            )));
        }
        // In one go: a line is cut by a crash at most, and never by another line.
        if let Err(error) = state.file.write_all(&line) {
            // What was written of it must not become the beginning of the next one.
            let bytes = state.bytes;
            drop(state.file.set_len(bytes));
            return Err(error);
        }
        state.last_id += 1;
        state.bytes += line.len() as u64;
        if state.bytes > self.most_bytes {
            self.drop_older_half(&mut state)?;
        }
        Ok(capture.id)
    }

    /// Writes the newer half into a file beside it, which then takes its place.
    fn drop_older_half(&self, state: &mut State) -> io::Result<()> {
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        let beside = PathBuf::from(name);
        let mut written = 0;
        {
            // One that a crash left behind.
            drop(fs::remove_file(&beside));
            let file = open(&beside, OpenOptions::new().write(true).create_new(true))?;
            let mut writer = BufWriter::new(file);
            let mut lines = RawLines::open(&self.path)?;
            let mut left = state.bytes;
            while let Some(raw) = lines.next()? {
                let (Raw::Line(line) | Raw::Unended(line)) = raw else {
                    continue;
                };
                let len = line.len() as u64 + 1;
                // The last line always stays.
                if left <= self.most_bytes / 2 || left <= len {
                    writer.write_all(line)?;
                    writer.write_all(b"\n")?;
                    written += len;
                }
                left = left.saturating_sub(len);
            }
            writer
                .into_inner()
                .map_err(io::IntoInnerError::into_error)?
                .sync_all()?;
        }
        fs::rename(&beside, &self.path)?;
        state.file = open(&self.path, OpenOptions::new().append(true).read(true))?;
        state.bytes = written;
        Ok(())
    }
}

fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// A crash may have cut the last line: what is added begins on a new one.
fn end_last_line(file: &mut File) -> io::Result<()> {
    if file.metadata()?.len() == 0 {
        return Ok(());
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    match last {
        [b'\n'] => Ok(()),
        _ => file.write_all(b"\n"),
    }
}

/// The greatest number in the file. A line without one has that of its place.
fn last_id(path: &Path) -> io::Result<u64> {
    #[derive(Deserialize)]
    struct Line {
        #[serde(default)]
        id: Option<u64>,
    }
    let mut lines = RawLines::open(path)?;
    let mut last = 0;
    loop {
        let id = match lines.next()? {
            None => return Ok(last),
            Some(Raw::Line(line) | Raw::Unended(line)) => serde_json::from_slice::<Line>(line)
                .ok()
                .and_then(|line| line.id),
            Some(Raw::TooLong) => None,
        };
        last = last.max(id.unwrap_or(lines.number));
    }
}
