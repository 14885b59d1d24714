//! A store that counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use webhook_core::dedupe::{
    Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce, StoreFuture,
};

use webhook_testkit::hygiene::{hear, hear_printed};

/// Forgets everything, and knows how often it was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct CountingStore(Arc<AtomicUsize>);

impl CountingStore {
    /// How many keys it was given.
    pub(crate) fn keys(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// A store is given this key, with all that a row of its table has of it.
pub(crate) fn hear_key(key: &DedupeKey) {
    hear("key", key.label().as_bytes());
    hear("key", key.to_hex().as_bytes());
    hear_printed(key);
}

impl DedupeStore for CountingStore {
    fn claim(&self, key: &DedupeKey, nonce: Nonce, _: Duration) -> StoreFuture<Claim> {
        hear_key(key);
        self.0.fetch_add(1, Ordering::SeqCst);
        StoreFuture::ready(Ok(Claim::New(ClaimToken::new(key.clone(), nonce, 1, 1))))
    }

    fn renew(&self, _: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
        StoreFuture::ready(Ok(ClaimState::Held))
    }

    fn complete(&self, _: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
        StoreFuture::ready(Ok(ClaimState::Held))
    }

    fn release(&self, _: &ClaimToken) -> StoreFuture<ClaimState> {
        StoreFuture::ready(Ok(ClaimState::Held))
    }
}
