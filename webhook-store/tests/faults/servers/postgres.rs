//! A PostgreSQL of its own.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::PathBuf;
use std::process::Command;
use std::str::FromStr;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use webhook_testkit::process;

use super::{Clock, as_the_owner_of, free_port, limit_files};
use crate::common::{self, Folder};

pub(crate) struct Postgres {
    /// Where its programs are.
    programs: String,
    pub(crate) port: u16,
    pub(crate) clock: Clock,
    folder: Folder,
}

impl Postgres {
    /// With a database `own`.
    pub(crate) async fn new() -> Self {
        // Its programs, and who may run them, are those of the server that all share.
        let shared = common::server("WEBHOOK_TEST_POSTGRES");
        let shared = PgPool::connect(&shared).await.unwrap();
        let ask = async |sql: &'static str| {
            let answer = sqlx::query_scalar::<_, String>(sql);
            answer.fetch_one(&shared).await.unwrap()
        };
        let programs = ask("SELECT setting FROM pg_config WHERE name = 'BINDIR'").await;
        let owner = std::fs::metadata(ask("SHOW data_directory").await).unwrap();
        let folder = Folder::new();
        let data = folder.file("data");
        std::fs::create_dir(&data).unwrap();
        chown(&data, Some(owner.uid()), Some(owner.gid())).unwrap();
        std::fs::set_permissions(&data, Permissions::from_mode(0o700)).unwrap();
        let mut server = Self {
            programs,
            port: free_port(),
            clock: Clock::new(),
            folder,
        };
        let mut initdb = server.program("initdb");
        initdb.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"]);
        // It need not outlive the machine, only itself.
        initdb.arg("--no-sync").stdout(std::process::Stdio::null());
        assert!(process::status(&mut initdb).success());
        while !server.start() {
            // Somebody else was faster to take the port.
            server.port = free_port();
        }
        let create = sqlx::raw_sql("CREATE DATABASE own");
        create.execute(&server.admin("postgres")).await.unwrap();
        server
    }

    pub(crate) fn admin(&self, database: &str) -> PgPool {
        let port = self.port;
        let url = format!("postgres://postgres@127.0.0.1:{port}/{database}");
        PgPoolOptions::new()
            .max_connections(2)
            .connect_lazy_with(PgConnectOptions::from_str(&url).unwrap())
    }

    /// Whether it could.
    pub(crate) fn start(&self) -> bool {
        let mut command = self.program("pg_ctl");
        self.clock.of(&mut command);
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c autovacuum=off",
            self.port
        );
        let log = self.data().join("log");
        command
            .args(["start", "-s", "-w", "-o", &options, "-l"])
            .arg(log);
        process::status(&mut command).success()
    }

    /// As if its machine had lost power.
    pub(crate) fn kill(&self) {
        let mut command = self.program("pg_ctl");
        command.args(["stop", "-s", "-w", "-m", "immediate"]);
        assert!(process::status(&mut command).success());
    }

    fn data(&self) -> PathBuf {
        self.folder.file("data")
    }

    fn program(&self, name: &str) -> Command {
        let program = format!("{}/{name}", self.programs);
        let mut command = as_the_owner_of(&self.data(), "postgres", &program);
        command.arg("-D").arg(self.data());
        command
    }

    /// How long a file may get that these of its processes write.
    pub(crate) fn limit_files(&self, processes: &[u32], bytes: Option<u64>) {
        limit_files(&self.data(), "postgres", processes, bytes);
    }

    /// The process that begins all others.
    pub(crate) fn process(&self) -> u32 {
        // Only its owner may read the file, and we may be root, who may.
        let file = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        file.lines().next().unwrap().parse().unwrap()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut command = self.program("pg_ctl");
        process::status(command.args(["stop", "-s", "-m", "immediate"]));
    }
}
