//! The store in memory keeps the rules.
#![cfg(all(feature = "memory", feature = "testing"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use webhook_core::dedupe::{Claim, DedupeKey, DedupeStore, Nonce};
use webhook_store::{MemoryStore, testing};

#[tokio::test(flavor = "multi_thread")]
async fn passes_the_acceptance_suite() {
    testing::accept(Arc::new(MemoryStore::default())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_an_arc_it_still_does() {
    testing::accept(Arc::new(Arc::new(MemoryStore::default()))).await;
}

/// They want the same events in different orders, and more than there is room for.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_claim_at_once_each_event_has_one_and_no_more_are_held_than_fit() {
    const ROOM: usize = 500;
    const EVENTS: usize = 1009;
    let store = MemoryStore::with_capacity(ROOM).quota_per_scope(ROOM);
    let lease = Duration::from_secs(3600);
    let key = |number: usize| DedupeKey::of_event("shop", number.to_be_bytes());
    let workers = (1..=8).map(|step| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut mine = Vec::new();
            for number in (0..EVENTS).map(|at| at * step * 37 % EVENTS) {
                let claim = store.claim(&key(number), Nonce::random(), lease).await;
                if let Ok(Claim::New(token)) = claim {
                    store.complete(&token, lease).await.unwrap();
                    mine.push(number);
                }
            }
            mine
        })
    });
    let mut taken = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        taken.extend(worker.await.unwrap());
    }
    // Twice would be two of them.
    assert_eq!((taken.len(), store.len()), (ROOM, ROOM));
    taken.sort_unstable();
    taken.dedup();
    assert_eq!(taken.len(), ROOM);
    for number in taken {
        let claim = store.claim(&key(number), Nonce::random(), lease).await;
        assert_eq!(claim.unwrap(), Claim::Done);
    }
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

#[test]
fn debug_tells_how_much_it_holds() {
    let store = MemoryStore::with_capacity(1234).quota_per_scope(56);
    let shown = format!("{store:?}");
    assert!(shown.contains("1234") && shown.contains("56"), "{shown}");
}

#[tokio::test]
async fn a_store_is_empty_until_an_event_is_claimed() {
    let store = MemoryStore::default();
    assert!(store.is_empty());
    let key = DedupeKey::of_event("shop", "1");
    let lease = Duration::from_secs(60);
    store.claim(&key, Nonce::random(), lease).await.unwrap();
    assert!(!store.is_empty());
}

/// As after a restart: this one does not know the claim, and would remember it if it could.
#[tokio::test]
async fn a_claim_that_is_not_known_takes_no_place_that_is_not_there() {
    let lease = Duration::from_secs(60);
    let claim = async |store: &MemoryStore, event: &str| {
        let key = DedupeKey::of_event("shop", event);
        match store.claim(&key, Nonce::random(), lease).await {
            Ok(Claim::New(token)) => token,
            other => panic!("{other:?}"),
        }
    };
    let lost = claim(&MemoryStore::default(), "1").await;
    let full = MemoryStore::with_capacity(1);
    claim(&full, "2").await;
    assert!(full.complete(&lost, lease).await.is_err());
    assert_eq!(full.len(), 1);
}
