//! The store in SQLite keeps the rules.
#![cfg(all(feature = "sqlite", feature = "testing"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Folder, HOUR};
use webhook_core::dedupe::{Claim, DedupeStore, Held, Nonce};
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
    assert_eq!(other.complete(&token, HOUR).await.unwrap(), Held::Yes);
    assert_eq!(
        one.claim(&key, Nonce::random(), HOUR).await.unwrap(),
        Claim::Done
    );
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
    assert_eq!(held.await.unwrap(), Held::Lost);
    let held = store.complete_in(&mut transaction, &token, HOUR);
    assert_eq!(held.await.unwrap(), Held::Yes);
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
