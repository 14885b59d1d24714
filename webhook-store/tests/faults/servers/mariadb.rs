//! A MariaDB of its own.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::time::Duration;

use sqlx::MySqlPool;
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use webhook_testkit::process::{self, LONGEST_BUILD, Process};

use super::{Clock, free_port, limit_files, our_user};
use crate::common::Folder;

pub(crate) struct MariaDb {
    process: Process,
    pub(crate) port: u16,
    pub(crate) clock: Clock,
    folder: Folder,
}

impl MariaDb {
    /// With a database `own`.
    pub(crate) async fn new() -> Self {
        let folder = Folder::new();
        let temporary = folder.file("tmp");
        std::fs::create_dir(&temporary).unwrap();
        std::fs::set_permissions(temporary, Permissions::from_mode(0o777)).unwrap();
        let mut make = told(Command::new("mariadb-install-db"), &folder);
        make.args(["--auth-root-authentication-method=normal", "--skip-test-db"])
            .stdout(Stdio::null());
        assert!(process::status(&mut make).success());
        let (port, clock) = (free_port(), Clock::new());
        let server = Self {
            process: start(port, &folder, &clock),
            port,
            clock,
            folder,
        };
        let admin = server.admin("mysql");
        while sqlx::raw_sql("CREATE DATABASE IF NOT EXISTS own")
            .execute(&admin)
            .await
            .is_err()
        {
            // Or somebody else was faster to take the port.
            let ended = server.process.ended();
            assert!(ended.is_none(), "it has ended: {ended:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        server
    }

    pub(crate) fn admin(&self, database: &str) -> MySqlPool {
        let port = self.port;
        let url = format!("mysql://root@127.0.0.1:{port}/{database}");
        MySqlPoolOptions::new()
            .max_connections(2)
            .connect_lazy_with(MySqlConnectOptions::from_str(&url).unwrap())
    }

    /// By SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    pub(crate) fn start_again(&mut self) {
        self.process = start(self.port, &self.folder, &self.clock);
    }

    fn data(&self) -> PathBuf {
        self.folder.file("data")
    }

    /// From now on no file gets longer than that of this table is after so many more rows, and the table takes no more of them.
    /// `rows` is a statement that inserts this many.
    pub(crate) async fn fill(&self, table: &str, rows: impl Fn(u32) -> String) {
        let admin = self.admin("own");
        let insert = async |count| {
            let rows = sqlx::AssertSqlSafe(rows(count));
            sqlx::raw_sql(rows).execute(&admin).await
        };
        insert(25_000).await.unwrap();
        let data = self.data();
        let length = |name: &str| std::fs::metadata(data.join(name)).unwrap().len();
        let longest = length(&format!("own/{table}.ibd"));
        // What InnoDB cannot write of its own files stops the server.
        assert!(longest > length("ibdata1").max(length("ib_logfile0")));
        limit_files(&data, "mysql", &[self.process.id()], Some(longest));
        // What is left of the file.
        for count in [2_000, 200, 20] {
            while insert(count).await.is_ok() {}
        }
    }

    pub(crate) fn is_no_longer_full(&self) {
        limit_files(&self.data(), "mysql", &[self.process.id()], None);
    }
}

fn start(port: u16, folder: &Folder, clock: &Clock) -> Process {
    // A file that may not get longer is a signal, which would end the server; a full disk is an error.
    let mut command = Command::new("sh");
    command.args(["-c", r#"trap '' XFSZ; exec mariadbd "$@""#, "sh"]);
    let mut command = told(command, folder);
    clock.of(&mut command);
    command
        .args(["--bind-address=127.0.0.1", "--port", &port.to_string()])
        .arg("--innodb-flush-log-at-trx-commit=1")
        .arg(format!("--socket={}", folder.file("data/socket").display()))
        .arg(format!("--pid-file={}", folder.file("data/pid").display()))
        .stderr(Stdio::null());
    Process::start(&mut command, LONGEST_BUILD).unwrap()
}

fn told(mut command: Command, folder: &Folder) -> Command {
    command
        .arg("--no-defaults")
        .arg("--innodb-log-file-size=4M")
        .arg(format!("--datadir={}", folder.file("data").display()))
        // Each server deletes what looks like its own where temporary files are.
        .env("TMPDIR", folder.file("tmp"));
    // As root, it must be told whose it is.
    if our_user() == 0 {
        command.arg("--user=mysql");
    }
    command
}
