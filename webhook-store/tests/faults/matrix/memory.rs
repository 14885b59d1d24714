//! A store that holds few events.

use webhook_core::dedupe::{Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce};
use webhook_store::MemoryStore;

use super::engine::{Engine, Fault, Row, fill};
use crate::common::HOUR;

#[derive(Default)]
pub(super) struct Memory {
    others: Vec<ClaimToken>,
}

impl Engine for Memory {
    type Store = MemoryStore;

    const NAME: &str = "MemoryStore";

    async fn store(&mut self) -> MemoryStore {
        MemoryStore::with_capacity(100)
    }

    async fn begin(&mut self, fault: Fault, store: &MemoryStore) -> bool {
        if fault != Fault::Full {
            return false;
        }
        self.others = fill(store).await;
        true
    }

    async fn end(&mut self, _: Fault, store: &MemoryStore) {
        for token in self.others.drain(..) {
            let over = store.complete(&token, std::time::Duration::ZERO).await;
            assert_eq!(over.unwrap(), ClaimState::Held);
        }
    }

    /// By a claim, which it gives back.
    async fn row(&mut self, store: &MemoryStore, key: &DedupeKey) -> Row {
        match store.claim(key, Nonce::random(), HOUR).await.unwrap() {
            Claim::New(token) => {
                store.release(&token).await.unwrap();
                Row::None
            }
            Claim::InProgress(_) => Row::Claimed,
            Claim::Done => Row::Done,
        }
    }
}
