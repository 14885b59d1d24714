//! Stores that stand where one must be.

use std::time::Duration;

use webhook_core::dedupe::{
    Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce, StoreError, StoreFuture,
};

/// A store that nobody should ask: it is always down.
#[derive(Debug)]
pub struct Silent;

fn silent<T>() -> StoreFuture<T> {
    StoreFuture::ready(Err(StoreError::new("silent")))
}

impl DedupeStore for Silent {
    fn claim(&self, _: &DedupeKey, _: Nonce, _: Duration) -> StoreFuture<Claim> {
        silent()
    }

    fn renew(&self, _: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
        silent()
    }

    fn complete(&self, _: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
        silent()
    }

    fn release(&self, _: &ClaimToken) -> StoreFuture<ClaimState> {
        silent()
    }
}
