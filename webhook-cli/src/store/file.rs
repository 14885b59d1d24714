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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;
    use webhook_core::UnixTime;

    use super::*;
    use crate::capture::{Answer, Verdict};
    use crate::request::Request;
    use crate::store::{Stored, read};

    /// A folder of its own, gone at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path =
                std::env::temp_dir().join(format!("webhook-cli-{}-{name}", std::process::id()));
            drop(fs::remove_dir_all(&path));
            fs::create_dir(&path).unwrap();
            Self(path)
        }

        fn file(&self) -> PathBuf {
            self.0.join("store.jsonl")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    fn capture(body: &'static [u8]) -> Capture {
        Capture {
            id: 77,
            at: UnixTime::from_millis(1_785_920_400_123),
            request: Request {
                method: "POST".to_owned(),
                target: "/hook?a=b".to_owned(),
                headers: vec![
                    (
                        "Authorization".to_owned(),
                        "Bearer top-secret-0123456789".into(),
                    ),
                    (
                        "Stripe-Signature".to_owned(),
                        "t=1,v1=0123456789abcdef".into(),
                    ),
                    ("X-Odd".to_owned(), Bytes::from_static(b"\xff")),
                ],
                body: Bytes::from_static(body),
            },
            verdict: Verdict {
                code: "ok".to_owned(),
                provider: Some("stripe".to_owned()),
                id: Some("evt_1".to_owned()),
                explanation: json!({"statuses": ["paid"]}).into(),
                ..Verdict::default()
            },
            answers: vec![Answer {
                from: Some("http://me:top-secret@localhost/x@y".to_owned()),
                status: Some(200),
                headers: vec![("Set-Cookie".to_owned(), "top-secret-0123456789".into())],
                ..Answer::default()
            }],
            replay_of: Some(3),
        }
    }

    fn all(path: &Path) -> Vec<Stored> {
        read(path).unwrap().map(Result::unwrap).collect()
    }

    fn ids(path: &Path) -> Vec<u64> {
        all(path).iter().map(|stored| stored.capture.id).collect()
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let folder = Folder::new("again");
        let store = Store::open(folder.file()).unwrap();
        let sent = capture(b"\x00\xff\n");
        assert_eq!(store.append(&sent).unwrap(), 1);
        let stored = all(&folder.file()).remove(0);
        let got = &stored.capture;
        assert_eq!((got.id, got.at, got.replay_of), (1, sent.at, Some(3)));
        assert_eq!(got.request.body, sent.request.body);
        assert_eq!(got.request.headers[1..], sent.request.headers[1..]);
        assert_eq!(got.verdict.explanation.statuses(), ["paid"]);
        assert_eq!(got.answers[0].from.as_deref(), Some("http://localhost/x@y"));
        assert_eq!(stored.masked, ["authorization"]);
    }

    #[test]
    fn no_secret_is_written() {
        let folder = Folder::new("secret");
        Store::open(folder.file())
            .unwrap()
            .append(&capture(b""))
            .unwrap();
        let text = fs::read_to_string(folder.file()).unwrap();
        assert!(!text.contains("top-secret"), "{text}");
        assert!(text.contains("v1=0123456789abcdef"), "{text}");
    }

    #[test]
    fn a_line_is_a_vector_case() {
        let folder = Folder::new("case");
        Store::open(folder.file())
            .unwrap()
            .append(&capture(b"x"))
            .unwrap();
        let input = crate::parse::parse(&fs::read(folder.file()).unwrap()).unwrap();
        assert_eq!(input.request.body, "x");
        assert_eq!(input.provider.as_deref(), Some("stripe"));
        assert_eq!(input.now, Some(1_785_920_400));
        assert_eq!(input.expected.as_deref(), Some("ok"));
        assert!(input.notes[0].contains("authorization"));
    }

    #[test]
    fn numbers_go_on_where_the_file_ends() {
        let folder = Folder::new("numbers");
        Store::open(folder.file())
            .unwrap()
            .append(&capture(b""))
            .unwrap();
        let store = Store::open(folder.file()).unwrap();
        assert_eq!(store.append(&capture(b"")).unwrap(), 2);
        assert_eq!(ids(&folder.file()), [1, 2]);
    }

    #[test]
    fn a_line_that_a_crash_cut_is_skipped_and_the_next_one_is_whole() {
        let folder = Folder::new("cut");
        let store = Store::open(folder.file()).unwrap();
        store.append(&capture(b"")).unwrap();
        store.append(&capture(b"")).unwrap();
        drop(store);
        let len = fs::metadata(folder.file()).unwrap().len();
        OpenOptions::new()
            .write(true)
            .open(folder.file())
            .unwrap()
            .set_len(len - 9)
            .unwrap();
        let mut lines = read(&folder.file()).unwrap();
        assert!(lines.next().unwrap().is_ok());
        assert!(lines.next().unwrap().unwrap_err().is_cut());
        assert!(lines.next().is_none());
        Store::open(folder.file())
            .unwrap()
            .append(&capture(b""))
            .unwrap();
        let read: Vec<_> = read(&folder.file()).unwrap().collect();
        let whole: Vec<bool> = read.iter().map(Result::is_ok).collect();
        assert_eq!(whole, [true, false, true]);
    }

    #[test]
    fn a_line_without_a_number_has_that_of_its_place() {
        let folder = Folder::new("place");
        let case = r#"{"request":{"method":"POST","url":"/","headers":[],"body_base64":""}}"#;
        fs::write(folder.file(), format!("\n{case}\n{case}")).unwrap();
        assert_eq!(ids(&folder.file()), [2, 3]);
        let store = Store::open(folder.file()).unwrap();
        assert_eq!(store.append(&capture(b"")).unwrap(), 4);
    }

    #[test]
    fn the_older_half_is_dropped_where_it_is_too_much() {
        let folder = Folder::new("half");
        let store = Store::open(folder.file()).unwrap();
        store.append(&capture(b"")).unwrap();
        let line = fs::metadata(folder.file()).unwrap().len();
        let store = store.most_bytes(line * 10);
        for _ in 0..10 {
            store.append(&capture(b"")).unwrap();
        }
        let kept = ids(&folder.file());
        assert_eq!(kept.last(), Some(&11));
        assert!((4..=6).contains(&kept.len()), "{kept:?}");
        store.append(&capture(b"")).unwrap();
        assert_eq!(ids(&folder.file()).last(), Some(&12));
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
    }

    #[test]
    fn one_line_stays_however_small_the_limit() {
        let folder = Folder::new("one");
        let store = Store::open(folder.file()).unwrap().most_bytes(1);
        for _ in 0..3 {
            store.append(&capture(b"")).unwrap();
        }
        assert_eq!(ids(&folder.file()), [3]);
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_and_not_kept_in_memory() {
        let folder = Folder::new("long");
        let store = Store::open(folder.file()).unwrap();
        let mut long = capture(b"");
        long.request.body = vec![0; MOST_LINE_BYTES].into();
        assert!(store.append(&long).is_err());
        fs::write(folder.file(), vec![b'x'; MOST_LINE_BYTES * 2]).unwrap();
        let store = Store::open(folder.file()).unwrap();
        assert_eq!(store.append(&capture(b"")).unwrap(), 2);
        let read: Vec<_> = read(&folder.file()).unwrap().collect();
        assert!(
            read[0]
                .as_ref()
                .is_err_and(|error| error.to_string().contains("16 MiB"))
        );
        assert_eq!(read[1].as_ref().map(|stored| stored.capture.id), Ok(2));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new("mode");
        let store = Store::open(folder.file()).unwrap().most_bytes(1);
        let mode = || fs::metadata(folder.file()).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        store.append(&capture(b"")).unwrap();
        store.append(&capture(b"")).unwrap();
        assert_eq!(mode(), 0o600);
    }
}
