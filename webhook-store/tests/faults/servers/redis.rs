//! A Redis of its own.

use std::process::{Command, Stdio};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use webhook_store::RedisStore;
use webhook_testkit::process::{LONGEST_BUILD, Process};

use super::{Clock, free_port};
use crate::common::Folder;

pub(crate) struct Redis {
    process: Process,
    pub(crate) port: u16,
    pub(crate) clock: Clock,
    folder: Folder,
}

impl Redis {
    pub(crate) async fn new() -> Self {
        loop {
            let (port, clock, folder) = (free_port(), Clock::new(), Folder::new());
            let mut server = Self {
                process: start(port, &folder, &clock),
                port,
                clock,
                folder,
            };
            // Or somebody else was faster to take the port.
            if server.is_up().await {
                return server;
            }
        }
    }

    /// Whether it answers before it ends.
    pub(crate) async fn is_up(&mut self) -> bool {
        while self.process.ended().is_none() {
            if let Ok(mut connection) = self.connection().await {
                // Not while it still reads its file.
                let answer = redis::cmd("DBSIZE")
                    .query_async::<i64>(&mut connection)
                    .await;
                if answer.is_ok() {
                    return true;
                }
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }

    pub(crate) async fn connection(&self) -> redis::RedisResult<MultiplexedConnection> {
        let client = redis::Client::open(url(self.port))?;
        client.get_multiplexed_async_connection().await
    }

    pub(crate) async fn store(&self) -> RedisStore {
        RedisStore::connect(&url(self.port)).await.unwrap()
    }

    pub(crate) async fn tell(&self, words: &[&str]) {
        tell(&mut self.connection().await.unwrap(), words).await;
    }

    /// By SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    pub(crate) fn start_again(&mut self) {
        self.process = start(self.port, &self.folder, &self.clock);
    }

    /// Without what it had written.
    pub(crate) fn start_empty(&mut self) {
        self.folder = Folder::new();
        self.start_again();
    }
}

pub(crate) fn url(port: u16) -> String {
    format!("redis://127.0.0.1:{port}")
}

pub(crate) async fn tell(connection: &mut MultiplexedConnection, words: &[&str]) {
    let (name, rest) = words.split_first().unwrap();
    let mut command = redis::cmd(name);
    rest.iter().for_each(|word| {
        command.arg(*word);
    });
    let _: redis::Value = command.query_async(connection).await.unwrap();
}

fn start(port: u16, folder: &Folder, clock: &Clock) -> Process {
    let mut command = Command::new("redis-server");
    clock.of(&mut command);
    command
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "yes"])
        .args(["--appendfsync", "always", "--dir"])
        .arg(folder.file(""))
        .stdout(Stdio::null());
    Process::start(&mut command, LONGEST_BUILD).unwrap()
}
