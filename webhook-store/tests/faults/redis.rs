//! Redis: connections cut, restarted, full, paused, read-only. Each test has a server of its own.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use webhook_core::dedupe::{Claim, DedupeStore, Nonce};
use webhook_store::RedisStore;
use webhook_store::testing::fresh_key;

use crate::common::{Folder, HOUR};
use crate::{assert_out_of_order, assert_recovered, claim_new, done, until_it_answers};

struct Server {
    process: Child,
    port: u16,
    folder: Folder,
}

impl Server {
    async fn new() -> Self {
        let mut folder = Folder::new();
        loop {
            let port = free_port();
            let mut server = Self {
                process: start(port, &folder),
                port,
                folder,
            };
            if server.is_up().await {
                return server;
            }
            // Somebody else was faster to take the port.
            folder = std::mem::replace(&mut server.folder, Folder::new());
        }
    }

    /// Whether it answers before it ends.
    async fn is_up(&mut self) -> bool {
        while self.process.try_wait().unwrap().is_none() {
            if self.connection().await.is_ok() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    async fn connection(&self) -> redis::RedisResult<MultiplexedConnection> {
        let client = redis::Client::open(self.url())?;
        client.get_multiplexed_async_connection().await
    }

    async fn store(&self) -> RedisStore {
        RedisStore::connect(&self.url()).await.unwrap()
    }

    async fn tell(&self, words: &[&str]) {
        let mut connection = self.connection().await.unwrap();
        let (name, rest) = words.split_first().unwrap();
        let mut command = redis::cmd(name);
        rest.iter().for_each(|word| {
            command.arg(*word);
        });
        let _: redis::Value = command.query_async(&mut connection).await.unwrap();
    }

    /// By SIGKILL.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn start_again(&mut self) {
        self.process = start(self.port, &self.folder);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn start(port: u16, folder: &Folder) -> Child {
    Command::new("redis-server")
        .args([
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
        ])
        .args(["--appendonly", "yes", "--appendfsync", "always", "--dir"])
        .arg(folder.file(""))
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_are_made_again() {
    let server = Server::new().await;
    let store = server.store().await;
    for _ in 0..10 {
        let (done, claimed) = (done(&store).await, claim_new(&store, &fresh_key()).await);
        server.tell(&["CLIENT", "KILL", "TYPE", "normal"]).await;
        assert_recovered(&store, &done, &claimed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_under_way_while_connections_are_cut_are_errors_or_true() {
    let server = Server::new().await;
    let store = server.store().await;
    let claiming = tokio::spawn(async move {
        let mut answered = 0;
        for _ in 0..300 {
            let key = fresh_key();
            match store.claim(&key, Nonce::random(), HOUR).await {
                Ok(Claim::New(token)) => {
                    answered += 1;
                    let _ = store.complete(&token, HOUR).await;
                }
                Ok(other) => panic!("nobody else knows it: {other:?}"),
                Err(_) => {
                    // Taken or not, but not done.
                    let claim = until_it_answers(&store, &key).await;
                    assert_ne!(claim, Claim::Done);
                }
            }
        }
        answered
    });
    while !claiming.is_finished() {
        server.tell(&["CLIENT", "KILL", "TYPE", "normal"]).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(claiming.await.unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_and_started_again_knows_what_it_has_said() {
    let mut server = Server::new().await;
    let store = server.store().await;
    let (done, claimed) = (done(&store).await, claim_new(&store, &fresh_key()).await);
    server.kill();
    store
        .claim(&fresh_key(), Nonce::random(), HOUR)
        .await
        .unwrap_err();
    server.start_again();
    assert_recovered(&store, &done, &claimed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_is_an_error() {
    let server = Server::new().await;
    let store = server.store().await;
    let (done, claimed) = (done(&store).await, claim_new(&store, &fresh_key()).await);
    server.tell(&["CONFIG", "SET", "maxmemory", "1"]).await;
    assert_out_of_order(&store, &claimed).await;
    server.tell(&["CONFIG", "SET", "maxmemory", "0"]).await;
    assert_recovered(&store, &done, &claimed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_may_only_be_read_is_an_error() {
    let server = Server::new().await;
    let store = server.store().await;
    let (done, claimed) = (done(&store).await, claim_new(&store, &fresh_key()).await);
    let nowhere = free_port().to_string();
    server.tell(&["REPLICAOF", "127.0.0.1", &nowhere]).await;
    assert_out_of_order(&store, &claimed).await;
    server.tell(&["REPLICAOF", "NO", "ONE"]).await;
    assert_recovered(&store, &done, &claimed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_is_waited_for_as_long_as_the_endpoint_says() {
    let server = Server::new().await;
    let store = server.store().await;
    let (done, claimed) = (done(&store).await, claim_new(&store, &fresh_key()).await);
    server.tell(&["CLIENT", "PAUSE", "600000", "WRITE"]).await;
    let key = fresh_key();
    let mut claim = store.claim(&key, Nonce::random(), HOUR);
    // Longer than the client of Redis waits by default.
    let second = Duration::from_secs(1);
    assert!(tokio::time::timeout(second, &mut claim).await.is_err());
    server.tell(&["CLIENT", "UNPAUSE"]).await;
    assert!(matches!(claim.await.unwrap(), Claim::New(_)));
    assert_recovered(&store, &done, &claimed).await;
}
