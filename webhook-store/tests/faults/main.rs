//! What the stores do while their servers are down, slow, full or read-only: an error, never a false "done", and they
//! recover by themselves.
#![cfg(all(
    feature = "memory",
    feature = "mysql",
    feature = "postgres",
    feature = "redis",
    feature = "sqlite",
    feature = "testing"
))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../common/mod.rs"]
mod common;
#[cfg(feature = "inbox")]
mod inbox;
mod matrix;
mod mysql;
mod postgres;
mod redis;
mod servers;

use std::time::Duration;

use common::HOUR;
use webhook_core::dedupe::{
    Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce, StoreError,
};
use webhook_store::testing::fresh_key;

/// The claim of an event that is claimable.
async fn claim_new(store: &impl DedupeStore, key: &DedupeKey) -> ClaimToken {
    match store.claim(key, Nonce::random(), HOUR).await.unwrap() {
        Claim::New(token) => token,
        other => panic!("not claimable: {other:?}"),
    }
}

/// An event that is done.
async fn done(store: &impl DedupeStore) -> DedupeKey {
    let key = fresh_key();
    let token = claim_new(store, &key).await;
    assert_eq!(
        store.complete(&token, HOUR).await.unwrap(),
        ClaimState::Held
    );
    key
}

/// What the store answers as soon as it answers.
async fn until_it_answers(store: &impl DedupeStore, key: &DedupeKey) -> Claim {
    loop {
        match store.claim(key, Nonce::random(), HOUR).await {
            Ok(claim) => return claim,
            Err(StoreError { .. }) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// After the fault: what was done is done, what was claimed is claimed and can be completed, and new events are new.
async fn assert_recovered(store: &impl DedupeStore, done: &DedupeKey, claimed: &ClaimToken) {
    assert_eq!(until_it_answers(store, done).await, Claim::Done);
    let claim = until_it_answers(store, claimed.key()).await;
    assert!(matches!(claim, Claim::InProgress(_)), "{claim:?}");
    assert_eq!(
        store.complete(claimed, HOUR).await.unwrap(),
        ClaimState::Held
    );
    assert_eq!(
        store
            .claim(claimed.key(), Nonce::random(), HOUR)
            .await
            .unwrap(),
        Claim::Done
    );
    claim_new(store, &fresh_key()).await;
}
