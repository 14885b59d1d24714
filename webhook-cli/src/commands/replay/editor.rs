//! Lets the user change a text in the editor of their choice.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;

use crate::terminal::Failure;

/// Longest text that is taken back.
const MOST: u64 = 16 * 1024 * 1024;

/// The text as the user leaves it.
///
/// # Errors
/// If no editor is set, it does not start, or it ends badly.
pub(super) fn edited(text: &[u8], name: &str) -> Result<Bytes, Failure> {
    let command = ["VISUAL", "EDITOR"].into_iter().find_map(std::env::var_os);
    let command = command.ok_or_else(|| {
        Failure::usage("--edit: set the environment variable EDITOR, such as `EDITOR=nano`")
    })?;
    edited_by(&command, text, name)
}

fn edited_by(command: &OsString, text: &[u8], name: &str) -> Result<Bytes, Failure> {
    let words = command.to_str().and_then(shlex::split).unwrap_or_default();
    let Some((program, words)) = words.split_first() else {
        return Err(Failure::usage("--edit: EDITOR is not a command"));
    };
    let file = Temporary::new(text, name).map_err(failed)?;
    let ended = Command::new(program).args(words).arg(&file.0).status();
    let ended = ended.map_err(|error| {
        Failure::usage(format!(
            "--edit: the editor `{program}` does not start: {error}"
        ))
    })?;
    if !ended.success() {
        return Err(Failure::usage(format!(
            "--edit: the editor `{program}` has ended with {ended}: nothing is sent"
        )));
    }
    file.text().map_err(failed)
}

fn failed(error: std::io::Error) -> Failure {
    Failure::usage(format!("--edit: the file for the editor: {error}"))
}

/// A file that only the user can read, and that is gone afterwards.
struct Temporary(PathBuf);

impl Temporary {
    fn new(text: &[u8], name: &str) -> std::io::Result<Self> {
        let name = format!("webhook-cli-{}-{name}", crate::samples::new_id());
        let path = std::env::temp_dir().join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        let own = Self(path);
        file.write_all(text)?;
        Ok(own)
    }

    fn text(&self) -> std::io::Result<Bytes> {
        let path: &Path = &self.0;
        let mut text = Vec::new();
        fs::File::open(path)?.take(MOST).read_to_end(&mut text)?;
        Ok(text.into())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Who cannot remove it now never can.
        drop(fs::remove_file(&self.0));
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn edit(command: &str) -> Result<Bytes, Failure> {
        edited_by(&command.into(), b"{\"a\": 1}", "body.json")
    }

    #[test]
    fn the_text_is_as_the_editor_leaves_it() {
        let changed = edit("sed -i -e s/1/2/").unwrap();
        assert_eq!(changed, "{\"a\": 2}");
        assert_eq!(edit("true").unwrap(), "{\"a\": 1}");
    }

    #[test]
    fn an_editor_that_fails_sends_nothing() {
        for command in ["false", "webhook-cli-has-no-such-editor", "", "'"] {
            assert!(matches!(edit(command), Err(Failure::Usage(_))), "{command}");
        }
    }

    #[test]
    fn nobody_else_can_read_the_file_and_it_is_gone_afterwards() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = Temporary::new(b"x", "body.txt").unwrap();
        let path = file.0.clone();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        drop(file);
        assert!(!path.exists());
    }
}
