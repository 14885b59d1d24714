//! What the tests of the stores share.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub(crate) mod rows;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use webhook_core::dedupe::{Claim, ClaimState, DedupeKey, DedupeStore, Nonce};
use webhook_store::testing;
use webhook_testkit::process::{self, Process};

/// Longer than any test runs.
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// The URL of a server that `scripts/with-servers` has started.
pub(crate) fn server(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: run this test by `scripts/with-servers cargo test`")
    })
}

/// A folder that goes away.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("webhook-store-{}-{count}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Completes this many events.
pub(crate) async fn complete_many(store: &impl DedupeStore, count: usize, retention: Duration) {
    for _ in 0..count {
        let Claim::New(token) = store
            .claim(&testing::fresh_key(), Nonce::random(), HOUR)
            .await
            .unwrap()
        else {
            panic!("a fresh key");
        };
        assert_eq!(
            store.complete(&token, retention).await.unwrap(),
            ClaimState::Held
        );
    }
}

const PLACE: &str = "WEBHOOK_TEST_HOLDER_PLACE";
const EVENT: &str = "WEBHOOK_TEST_HOLDER_EVENT";
const CLAIMED: &str = "claimed by the holder";

/// Where the holder finds the store and what it claims; `None` in a test run of its own.
pub(crate) fn holder() -> Option<(String, DedupeKey)> {
    let place = std::env::var(PLACE).ok()?;
    let event = std::env::var(EVENT).ok()?;
    Some((place, DedupeKey::of_event("holder", event)))
}

pub(crate) async fn claim_and_wait_to_be_killed(store: &impl DedupeStore, key: &DedupeKey) {
    let claim = store
        .claim(key, Nonce::random(), Duration::from_secs(2))
        .await
        .unwrap();
    assert!(matches!(claim, Claim::New(_)), "{claim:?}");
    println!("{CLAIMED}");
    std::future::pending::<()>().await;
}

/// Starts this test program again as a process that claims an event, kills it, and takes the event over.
pub(crate) async fn kill_between_claim_and_completion(store: &impl DedupeStore, place: &str) {
    let event = format!("{:?}", testing::fresh_key());
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["holder", "--exact", "--nocapture"])
        .env(PLACE, place)
        .env(EVENT, &event)
        .stdout(Stdio::piped());
    let mut process = Process::start(&mut command, process::LONGEST).unwrap();
    let mut lines = BufReader::new(process.stdout()).lines();
    assert!(lines.any(|line| line.unwrap().contains(CLAIMED)));
    // SIGKILL: nothing of it runs any more.
    process.kill();

    let key = DedupeKey::of_event("holder", event);
    let token = loop {
        match store.claim(&key, Nonce::random(), HOUR).await.unwrap() {
            Claim::New(token) => break token,
            Claim::InProgress(wait) => tokio::time::sleep(wait.max(Duration::from_millis(1))).await,
            Claim::Done => panic!("it was killed before it completed"),
        }
    };
    assert_eq!(token.attempt(), 2, "the killed attempt counts");
    assert_eq!(
        store.complete(&token, HOUR).await.unwrap(),
        ClaimState::Held
    );
}
