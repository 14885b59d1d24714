//! The store in SQLite keeps the rules.
#![cfg(all(feature = "sqlite", feature = "testing"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use common::rows::{self, Rows};
use common::{Folder, HOUR};
use sqlx::{Connection, Row};
use webhook_core::dedupe::{Claim, ClaimState, DedupeKey, DedupeStore, Nonce};
use webhook_store::{SqliteStore, testing};

async fn store(folder: &Folder) -> SqliteStore {
    let store = SqliteStore::open(folder.file("dedupe.db")).await.unwrap();
    store.migrate().await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn passes_the_acceptance_suite() {
    let folder = Folder::new();
    testing::accept(Arc::new(store(&folder).await)).await;
}

#[tokio::test]
async fn two_processes_see_the_same_events() {
    let folder = Folder::new();
    let (one, other) = (store(&folder).await, store(&folder).await);
    let key = testing::fresh_key();
    let Claim::New(token) = one.claim(&key, Nonce::random(), HOUR).await.unwrap() else {
        panic!("a fresh key");
    };
    let claim = other.claim(&key, Nonce::random(), HOUR).await.unwrap();
    assert!(matches!(claim, Claim::InProgress(_)));
    assert_eq!(
        other.complete(&token, HOUR).await.unwrap(),
        ClaimState::Held
    );
    assert_eq!(
        one.claim(&key, Nonce::random(), HOUR).await.unwrap(),
        Claim::Done
    );
}

#[test]
fn who_comes_after_the_runtime_of_the_writer_has_ended_is_answered() {
    let runtime = || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap()
    };
    let (folder, lasting, ended) = (Folder::new(), runtime(), runtime());
    let store = lasting.block_on(store(&folder));
    let claim = || store.claim(&testing::fresh_key(), Nonce::random(), HOUR);
    // It waits for the writer, which ends before it begins.
    let within = ended.enter();
    let first = claim();
    drop(within);
    drop(ended);
    lasting.block_on(async {
        let answers = async { (claim().await.unwrap(), first.await.unwrap()) };
        let answers = tokio::time::timeout(HOUR / 60, answers).await.unwrap();
        assert!(matches!(answers, (Claim::New(_), Claim::New(_))));
    });
}

#[tokio::test]
async fn a_claim_in_a_transaction_commits_with_it() {
    let folder = Folder::new();
    let store = store(&folder).await;
    let key = testing::fresh_key();
    for _ in 0..2 {
        let mut transaction = store.pool().begin_with("BEGIN IMMEDIATE").await.unwrap();
        let claim = store.claim_in(&mut transaction, &key, HOUR).await.unwrap();
        assert!(matches!(claim, Claim::New(_)), "rolled back: as if never");
        transaction.rollback().await.unwrap();
    }
    let mut transaction = store.pool().begin_with("BEGIN IMMEDIATE").await.unwrap();
    store.claim_in(&mut transaction, &key, HOUR).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(
        store.claim(&key, Nonce::random(), HOUR).await.unwrap(),
        Claim::Done
    );
}

#[tokio::test]
async fn a_completion_in_a_transaction_commits_with_it() {
    let folder = Folder::new();
    let store = store(&folder).await;
    let key = testing::fresh_key();
    let Claim::New(stale) = store
        .claim(&key, Nonce::random(), Duration::ZERO)
        .await
        .unwrap()
    else {
        panic!("a fresh key");
    };
    let Claim::New(token) = store.claim(&key, Nonce::random(), HOUR).await.unwrap() else {
        panic!("the lease had run out");
    };
    let mut transaction = store.pool().begin_with("BEGIN IMMEDIATE").await.unwrap();
    let held = store.complete_in(&mut transaction, &stale, HOUR);
    assert_eq!(held.await.unwrap(), ClaimState::Lost);
    let held = store.complete_in(&mut transaction, &token, HOUR);
    assert_eq!(held.await.unwrap(), ClaimState::Held);
    transaction.commit().await.unwrap();
    assert_eq!(
        store.claim(&key, Nonce::random(), HOUR).await.unwrap(),
        Claim::Done
    );
}

#[tokio::test]
async fn forgets_in_batches_what_is_over_its_time() {
    let folder = Folder::new();
    let store = store(&folder).await;
    common::complete_many(&store, 25, Duration::ZERO).await;
    common::complete_many(&store, 5, HOUR).await;
    store
        .claim(&testing::fresh_key(), Nonce::random(), Duration::ZERO)
        .await
        .unwrap();
    let mut pruned = Vec::new();
    while let more @ 1.. = store.prune(10).await.unwrap() {
        pruned.push(more);
    }
    assert!(pruned.iter().all(|batch| *batch <= 10), "{pruned:?}");
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM webhook_dedupe")
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(left, 6, "five are done, one is claimed");
}

#[tokio::test]
async fn a_killed_process_leaves_a_claim_that_can_be_taken_over() {
    let folder = Folder::new();
    let store = store(&folder).await;
    common::kill_between_claim_and_completion(&store, folder.file("dedupe.db").to_str().unwrap())
        .await;
}

/// Not a test of its own: what [`a_killed_process_leaves_a_claim_that_can_be_taken_over`] kills.
#[tokio::test]
async fn holder() {
    if let Some((file, key)) = common::holder() {
        let store = SqliteStore::open(file).await.unwrap();
        common::claim_and_wait_to_be_killed(&store, &key).await;
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_an_error() {
    let folder = Folder::new();
    let store = store(&folder).await;
    sqlx::query("PRAGMA query_only = 1")
        .execute(store.pool())
        .await
        .unwrap();
    assert!(
        store
            .claim(&testing::fresh_key(), Nonce::random(), HOUR)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn what_is_acknowledged_is_on_the_disk_and_writers_wait_for_each_other() {
    let folder = Folder::new();
    let store = store(&folder).await;
    let pragma = async |pragma: &'static str| -> String {
        let value = sqlx::query(pragma).fetch_one(store.pool()).await.unwrap();
        value.try_get_unchecked(0).unwrap()
    };
    assert_eq!(pragma("PRAGMA journal_mode").await, "wal");
    assert_eq!(pragma("PRAGMA synchronous").await, "2", "FULL");
    assert_eq!(pragma("PRAGMA busy_timeout").await, "5000");
}

#[tokio::test]
async fn forgets_by_itself_what_is_over_its_time() {
    let folder = Folder::new();
    let store = store(&folder).await;
    common::complete_many(&store, 20, Duration::ZERO).await;
    for _ in 0..1000 {
        common::complete_many(&store, 1, HOUR).await;
        let over: i64 = sqlx::query_scalar("SELECT count(*) FROM webhook_dedupe WHERE lease = 0")
            .fetch_one(store.pool())
            .await
            .unwrap();
        if over == 0 {
            return;
        }
    }
    panic!("not after a thousand claims");
}

#[tokio::test]
async fn nothing_is_answered_before_it_is_committed() {
    let folder = Folder::new();
    let store = store(&folder).await;
    let mut other = sqlx::SqliteConnection::connect(folder.file("dedupe.db").to_str().unwrap())
        .await
        .unwrap();
    for _ in 0..50 {
        let claims: Vec<_> = (0..20)
            .map(|_| {
                let key = testing::fresh_key();
                (key.clone(), store.claim(&key, Nonce::random(), HOUR))
            })
            .collect();
        for (key, claim) in claims {
            let Claim::New(token) = claim.await.unwrap() else {
                panic!("a fresh key");
            };
            for done in [false, true] {
                let seen: bool =
                    sqlx::query_scalar("SELECT done FROM webhook_dedupe WHERE key = ?")
                        .bind(&key.as_bytes()[..])
                        .fetch_one(&mut other)
                        .await
                        .unwrap();
                assert_eq!(seen, done, "by another connection");
                store.complete(&token, HOUR).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn labels_of_any_characters_are_kept() {
    let folder = Folder::new();
    let store = store(&folder).await;
    for event in [
        "\"",
        "\\",
        "\\u0000",
        "[1,\"a\"]",
        "é",
        "\u{1f4b6}",
        "\u{2028}",
        "'; --",
        "{}",
    ] {
        let key = DedupeKey::of_event(&testing::fresh_key().to_hex(), event);
        let claim = store.claim(&key, Nonce::random(), HOUR).await.unwrap();
        assert!(matches!(claim, Claim::New(_)));
        let label: String = sqlx::query_scalar("SELECT label FROM webhook_dedupe WHERE key = ?")
            .bind(&key.as_bytes()[..])
            .fetch_one(store.pool())
            .await
            .unwrap();
        assert_eq!(label, key.label());
    }
}

#[tokio::test]
async fn while_the_disk_does_not_answer_claims_are_refused_at_once_and_completions_wait() {
    let folder = Folder::new();
    let store = store(&folder).await;
    let Claim::New(token) = store
        .claim(&testing::fresh_key(), Nonce::random(), HOUR)
        .await
        .unwrap()
    else {
        panic!("a fresh key");
    };
    // Somebody's transaction that does not end.
    let writing = store.pool().begin_with("BEGIN IMMEDIATE").await.unwrap();
    let waiting = store.claim(&testing::fresh_key(), Nonce::random(), HOUR);
    let completing = store.complete(&token, HOUR);
    // As long as it takes until nobody believes in it any more.
    let refused = async || {
        let key = testing::fresh_key();
        let claim = store.claim(&key, Nonce::random(), HOUR);
        matches!(futures_now(claim), Some(Err(_)))
    };
    while !refused().await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let also = store.complete(&token, HOUR);
    writing.commit().await.unwrap();
    assert_eq!(completing.await.unwrap(), ClaimState::Held);
    assert!(matches!(waiting.await.unwrap(), Claim::New(_)));
    assert!(matches!(
        also.await.unwrap(),
        ClaimState::Held | ClaimState::Done
    ));
    // And when it answers again, so does the store.
    let claim = store.claim(&testing::fresh_key(), Nonce::random(), HOUR);
    assert!(matches!(claim.await.unwrap(), Claim::New(_)));
}

/// The answer, if it is there at once.
fn futures_now<T>(answer: impl Future<Output = T>) -> Option<T> {
    let mut answer = std::pin::pin!(answer);
    match answer
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}

impl Rows for SqliteStore {
    const SECOND: i64 = 1000;

    fn store(&self) -> &impl DedupeStore {
        self
    }

    async fn row(&self, key: &DedupeKey) -> Option<rows::Row> {
        let row = "SELECT label, done, nonce, fence, attempt, lease, until FROM webhook_dedupe WHERE key = ?";
        let row = sqlx::query_as(row).bind(&key.as_bytes()[..]);
        row.fetch_optional(self.pool()).await.unwrap()
    }

    async fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        i64::try_from(since.unwrap().as_millis()).unwrap()
    }

    async fn prolong(&self, key: &DedupeKey, minutes: i64) {
        let statement = format!("UPDATE webhook_dedupe SET until = until + {minutes} * 60000");
        self.run(statement, key).await;
    }

    async fn prune(&self) {
        self.prune(100_000).await.unwrap();
    }

    async fn run(&self, statement: String, key: &DedupeKey) {
        let sql = sqlx::AssertSqlSafe(format!("{statement} WHERE key = ?"));
        let run = sqlx::query(sql).bind(&key.as_bytes()[..]);
        assert_eq!(run.execute(self.pool()).await.unwrap().rows_affected(), 1);
    }
}

each_claim_of_rows! { {
    let folder = Folder::new();
    let store = store(&folder).await;
    (folder, store)
} }

#[tokio::test]
async fn fences_grow_though_the_clock_is_set_back() {
    let folder = Folder::new();
    let store = store(&folder).await;
    let key = testing::fresh_key();
    let first = store.claim(&key, Nonce::random(), Duration::ZERO).await;
    let Ok(Claim::New(first)) = first else {
        panic!("a fresh key");
    };
    // As it would be if the clock had been three years ahead.
    let ahead = "UPDATE webhook_dedupe SET fence = fence + 100000000000000";
    store.run(ahead.to_owned(), &key).await;
    let second = store.claim(&key, Nonce::random(), HOUR).await;
    let Ok(Claim::New(second)) = second else {
        panic!("its lease was over");
    };
    assert_eq!(second.fence(), first.fence() + 100_000_000_000_001);
}
