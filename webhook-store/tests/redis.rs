//! The store in Redis keeps the rules.
#![cfg(all(feature = "redis", feature = "testing"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::HOUR;
use webhook_core::dedupe::{Claim, DedupeStore, Nonce};
use webhook_store::{RedisStore, testing};

fn url() -> String {
    common::server("WEBHOOK_TEST_REDIS")
}

async fn store() -> RedisStore {
    RedisStore::connect(&url()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn passes_the_acceptance_suite() {
    testing::accept(Arc::new(store().await)).await;
}

#[tokio::test]
async fn prefixes_are_apart() {
    let key = testing::fresh_key();
    let (one, other) = (store().await.prefix("one:"), store().await.prefix("other:"));
    for store in [one, other] {
        let claim = store.claim(&key, Nonce::random(), HOUR).await.unwrap();
        assert!(matches!(claim, Claim::New(_)));
    }
}

#[tokio::test]
async fn what_is_over_its_time_takes_no_memory() {
    let client = redis::Client::open(url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let store = store().await.prefix("over:");
    common::complete_many(&store, 10, Duration::ZERO).await;
    let left: Vec<String> = redis::cmd("KEYS")
        .arg("over:*")
        .query_async(&mut connection)
        .await
        .unwrap();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn scripts_that_the_server_has_forgotten_are_sent_again() {
    let client = redis::Client::open(url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let store = store().await;
    store
        .claim(&testing::fresh_key(), Nonce::random(), HOUR)
        .await
        .unwrap();
    let _: () = redis::cmd("SCRIPT")
        .arg("FLUSH")
        .query_async(&mut connection)
        .await
        .unwrap();
    store
        .claim(&testing::fresh_key(), Nonce::random(), HOUR)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_killed_process_leaves_a_claim_that_can_be_taken_over() {
    common::kill_between_claim_and_completion(&store().await, &url()).await;
}

/// Not a test of its own: what [`a_killed_process_leaves_a_claim_that_can_be_taken_over`] kills.
#[tokio::test]
async fn holder() {
    if let Some((url, key)) = common::holder() {
        let store = RedisStore::connect(&url).await.unwrap();
        common::claim_and_wait_to_be_killed(&store, &key).await;
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error() {
    assert!(RedisStore::connect("redis://127.0.0.1:1").await.is_err());
}
