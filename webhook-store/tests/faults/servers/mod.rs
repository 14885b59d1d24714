//! Servers that a test may kill, fill and set the clock of.

mod clock;
pub(crate) mod mariadb;
pub(crate) mod postgres;
pub(crate) mod redis;

use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

pub(crate) use clock::Clock;
use webhook_testkit::process;

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn our_user() -> u32 {
    std::fs::metadata("/proc/self").unwrap().uid()
}

/// A program that runs as the user to whom the server's folder belongs.
pub(crate) fn as_the_owner_of(folder: &Path, user: &str, program: &str) -> Command {
    if std::fs::metadata(folder).unwrap().uid() == our_user() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", user, "--", program]);
    command
}

/// How long a file may get that these processes of the server write: for them, the disk is full then. None: as long as they want.
pub(crate) fn limit_files(folder: &Path, user: &str, processes: &[u32], bytes: Option<u64>) {
    for process in processes {
        let limit = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        let mut limit_it = as_the_owner_of(folder, user, "prlimit");
        limit_it
            .arg(format!("--pid={process}"))
            // The limit that can be lifted again: without what would stand after the colon.
            .arg(format!("--fsize={limit}:"));
        assert!(process::status(&mut limit_it).success());
    }
}
