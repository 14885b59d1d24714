//! The store in memory keeps the rules.
#![cfg(all(feature = "memory", feature = "testing"))]
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use webhook_core::dedupe::{Claim, DedupeStore, Nonce};
use webhook_store::{MemoryStore, testing};

#[tokio::test(flavor = "multi_thread")]
async fn passes_the_acceptance_suite() {
    testing::accept(Arc::new(MemoryStore::default())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_an_arc_it_still_does() {
    testing::accept(Arc::new(Arc::new(MemoryStore::default()))).await;
}

#[tokio::test]
async fn a_clone_and_an_arc_are_the_same_store() {
    let store = MemoryStore::default();
    let shared: Arc<dyn DedupeStore> = Arc::new(store.clone());
    let lease = Duration::from_secs(60);
    let key = testing::fresh_key();
    let claim = shared.claim(&key, Nonce::random(), lease).await.unwrap();
    let Claim::New(token) = claim else {
        return assert!(matches!(claim, Claim::New(_)), "{claim:?}");
    };
    let claim = store.claim(&key, Nonce::random(), lease).await.unwrap();
    assert!(matches!(claim, Claim::InProgress(_)), "{claim:?}");
    store.complete(&token, lease).await.unwrap();
    let claim = shared.claim(&key, Nonce::random(), lease).await.unwrap();
    assert_eq!(claim, Claim::Done);
    assert_eq!(store.len(), 1);
}
