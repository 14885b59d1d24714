//! MariaDB in a folder.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Fallible;

/// Makes a server's folder of this one, which is there and empty. Whoever comes is root, and there is a database `test`.
pub(crate) fn make(folder: &Path) -> Fallible<()> {
    // What its program makes itself, it gives to the right user.
    fs::remove_dir(folder)?;
    let temporary = folder.with_extension("tmp");
    fs::create_dir(&temporary)?;
    fs::set_permissions(temporary, Permissions::from_mode(0o777))?;
    let made = program("mariadb-install-db", folder)?
        .arg("--auth-root-authentication-method=normal")
        .stdout(Stdio::null())
        .status()?;
    match made.success() {
        true => Ok(()),
        false => Err("mariadb-install-db failed".into()),
    }
}

/// Every commit is on the disk before it is answered.
pub(crate) fn command(folder: &Path, port: &str) -> Fallible<Command> {
    let mut command = program("mariadbd", folder)?;
    command
        .args(["--bind-address=127.0.0.1", "--port", port])
        .args([
            "--max-connections=200",
            "--innodb-flush-log-at-trx-commit=1",
        ])
        .arg(format!("--socket={}", folder.join("socket").display()));
    Ok(command)
}

/// MariaDB refuses to run as root; then it runs as the user that its package has made.
fn program(name: &str, folder: &Path) -> Fallible<Command> {
    let mut command = Command::new(name);
    command
        .arg("--no-defaults")
        .arg(format!("--datadir={}", folder.display()))
        // Each server deletes what looks like its own where temporary files are.
        .env("TMPDIR", folder.with_extension("tmp"));
    if fs::metadata("/proc/self")?.uid() == 0 {
        command.arg("--user=mysql");
    }
    Ok(command)
}
