//! The store in memory keeps the rules.
#![cfg(all(feature = "memory", feature = "testing"))]

use std::sync::Arc;

use webhook_store::{MemoryStore, testing};

#[tokio::test(flavor = "multi_thread")]
async fn passes_the_acceptance_suite() {
    testing::accept(Arc::new(MemoryStore::default())).await;
}
