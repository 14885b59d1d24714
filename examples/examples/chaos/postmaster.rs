//! PostgreSQL in a folder.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Fallible;

/// Where its programs are: the variable that `scripts/chaos` sets, else the search path.
const PROGRAMS: &str = "WEBHOOK_POSTGRES_BIN";

/// Makes a database in this folder, which is there and empty.
pub(crate) fn make(folder: &Path) -> Fallible<()> {
    if let Some(user) = other_user()? {
        chown(folder, Some(user), None)?;
    }
    std::fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    let mut initdb = program("initdb")?;
    initdb.args([
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-locale",
        "-D",
    ]);
    let made = initdb.arg(folder).stdout(Stdio::null()).status()?;
    match made.success() {
        true => Ok(()),
        false => Err("initdb failed".into()),
    }
}

/// The server itself, not `pg_ctl`: so that the process is the one to kill.
pub(crate) fn command(folder: &Path, port: &str) -> Fallible<Command> {
    let mut command = program("postgres")?;
    command.arg("-D").arg(folder).args(["-p", port]);
    for setting in [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "max_connections=200",
        // Recovery begins with writing the whole folder to the disk, file by file if not told otherwise: seconds.
        "recovery_init_sync_method=syncfs",
    ] {
        command.args(["-c", setting]);
    }
    Ok(command)
}

fn program(name: &str) -> Fallible<Command> {
    let program = match std::env::var_os(PROGRAMS) {
        Some(folder) => PathBuf::from(folder).join(name),
        None => name.into(),
    };
    let mut command = Command::new(program);
    // It looks for its folder from where it is, which the other user may not see.
    command.current_dir("/");
    if let Some(user) = other_user()? {
        command.uid(user);
    }
    Ok(command)
}

/// PostgreSQL refuses to run as root; then it runs as the user that its package has made.
fn other_user() -> Fallible<Option<u32>> {
    Ok(match user_id(&[])? {
        0 => Some(user_id(&["postgres"])?),
        _ => None,
    })
}

fn user_id(name: &[&str]) -> Fallible<u32> {
    let output = Command::new("id").arg("-u").args(name).output()?;
    let id = String::from_utf8(output.stdout)?;
    id.trim()
        .parse()
        .map_err(|_| "there is no user postgres".into())
}
