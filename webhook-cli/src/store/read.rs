//! Reads a store line by line.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::store::line::{Stored, of_line};
use crate::text;

/// The most bytes of a line. A longer one is skipped.
pub const MOST_LINE_BYTES: usize = 16 << 20;

/// Why a line was skipped. Harmless for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// The number of the line, from 1.
    pub line: u64,
    why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Why {
    /// The last line has no end.
    Cut,
    TooLong,
    Broken(String),
    /// Nothing more can be read.
    Io(String),
}

impl LineError {
    /// Whether nothing more can be read.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        matches!(self.why, Why::Io(_))
    }

    /// Whether it is a last line that was not written to its end.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.why == Why::Cut
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.why {
            Why::Cut => f.write_str("skipped, it was not written to its end"),
            Why::TooLong => write!(f, "skipped, it has more than {} MiB", MOST_LINE_BYTES >> 20),
            Why::Broken(why) => write!(
                f,
                "skipped, it is no stored request: {}",
                text::short(why, 200)
            ),
            Why::Io(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for LineError {}

/// The stored requests of a file, in their order. At most one line is in memory.
///
/// # Errors
/// If the file cannot be opened.
pub fn read(path: &Path) -> io::Result<Lines> {
    Ok(Lines {
        lines: RawLines::open(path)?,
    })
}

/// See [`read`].
#[derive(Debug)]
pub struct Lines {
    lines: RawLines,
}

impl Iterator for Lines {
    type Item = Result<Stored, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = self.lines.number + 1;
            let raw = self.lines.next();
            let failed = |why| Some(Err(LineError { line, why }));
            return match raw {
                Err(error) => failed(Why::Io(error.to_string())),
                Ok(None) => None,
                Ok(Some(Raw::TooLong)) => failed(Why::TooLong),
                Ok(Some(Raw::Line(raw))) if raw.trim_ascii().is_empty() => continue,
                Ok(Some(Raw::Line(raw))) => match of_line(raw, line) {
                    Ok(stored) => Some(Ok(stored)),
                    Err(why) => failed(Why::Broken(why)),
                },
                // A file that was edited may have no line break at its end, and yet be whole.
                Ok(Some(Raw::Unended(raw))) => match of_line(raw, line) {
                    Ok(stored) => Some(Ok(stored)),
                    Err(_) => failed(Why::Cut),
                },
            };
        }
    }
}

/// The lines of a file as they are.
#[derive(Debug)]
pub(super) struct RawLines {
    file: BufReader<File>,
    buffer: Vec<u8>,
    /// The number of the line that was read last.
    pub(super) number: u64,
    is_over: bool,
}

/// A line without its line break.
#[derive(Debug)]
pub(super) enum Raw<'a> {
    Line(&'a [u8]),
    Unended(&'a [u8]),
    TooLong,
}

impl RawLines {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::Error::other("this is a folder: name a file in it"));
        }
        Ok(Self {
            file: BufReader::with_capacity(1 << 16, file),
            buffer: Vec::new(),
            number: 0,
            is_over: false,
        })
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Raw<'_>>> {
        if self.is_over {
            return Ok(None);
        }
        self.number += 1;
        self.buffer.clear();
        let most = MOST_LINE_BYTES as u64 + 1;
        let read = (&mut self.file)
            .take(most)
            .read_until(b'\n', &mut self.buffer);
        match read {
            Err(error) => {
                self.is_over = true;
                Err(error)
            }
            Ok(0) => {
                self.is_over = true;
                Ok(None)
            }
            Ok(_) => match self.buffer.strip_suffix(b"\n") {
                Some(_) => Ok(Some(Raw::Line(self.buffer.trim_ascii_end()))),
                None if self.buffer.len() > MOST_LINE_BYTES => {
                    self.is_over = !skip_line(&mut self.file)?;
                    Ok(Some(Raw::TooLong))
                }
                None => {
                    self.is_over = true;
                    Ok(Some(Raw::Unended(&self.buffer)))
                }
            },
        }
    }
}

/// Goes behind the next line break, if there is one.
fn skip_line(file: &mut BufReader<File>) -> io::Result<bool> {
    loop {
        let buffer = file.fill_buf()?;
        if buffer.is_empty() {
            return Ok(false);
        }
        let found = buffer.iter().position(|byte| *byte == b'\n');
        let read = found.map_or(buffer.len(), |at| at + 1);
        file.consume(read);
        if found.is_some() {
            return Ok(true);
        }
    }
}
