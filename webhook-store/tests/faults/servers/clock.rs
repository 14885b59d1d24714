//! The clock of a server that a test has started.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use webhook_testkit::process;

use crate::common::Folder;

/// Beside the machine's: for servers of their own, which must be told by [`Clock::of`].
pub(crate) struct Clock {
    folder: Folder,
}

impl Clock {
    pub(crate) fn new() -> Self {
        let clock = Self {
            folder: Folder::new(),
        };
        clock.step(0);
        // The server may be another user's.
        fs::set_permissions(clock.file(), Permissions::from_mode(0o644)).unwrap();
        let source = clock.folder.file("clock.c");
        fs::write(&source, include_str!("clock.c")).unwrap();
        let mut compiler = Command::new("cc");
        compiler
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([clock.library(), source]);
        assert!(process::status(&mut compiler).success());
        clock
    }

    fn file(&self) -> PathBuf {
        self.folder.file("step")
    }

    fn library(&self) -> PathBuf {
        self.folder.file("clock.so")
    }

    /// So many seconds beside the machine's, from now on.
    pub(crate) fn step(&self, seconds: i64) {
        // In place, and never shorter: the server has the file in its memory.
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.file())
            .unwrap();
        file.write_all(&seconds.to_ne_bytes()).unwrap();
    }

    /// Makes it the clock of the program that this command starts.
    pub(crate) fn of(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", self.library())
            .env("WEBHOOK_TEST_CLOCK", self.file());
    }
}
