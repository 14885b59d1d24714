//! SQLite: locked, read-only, full.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use webhook_core::dedupe::{DedupeStore, Nonce};
use webhook_store::SqliteStore;
use webhook_store::testing::fresh_key;

use crate::common::{Folder, HOUR};
use crate::{assert_out_of_order, assert_recovered, claim_new, done};

fn options(folder: &Folder) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(folder.file("dedupe.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(Duration::from_millis(50))
}

async fn store(options: SqliteConnectOptions) -> SqliteStore {
    let pool = SqlitePoolOptions::new().max_connections(1);
    SqliteStore::new(pool.connect_with(options).await.unwrap())
}

async fn pragma(store: &SqliteStore, pragma: &'static str) {
    sqlx::raw_sql(pragma).execute(store.pool()).await.unwrap();
}

#[tokio::test]
async fn another_writer_that_does_not_end_is_an_error() {
    let folder = Folder::new();
    let store = store(options(&folder)).await;
    store.migrate().await.unwrap();
    let (done, claimed) = (done(&store).await, claim_new(&store, &fresh_key()).await);

    let other = SqlitePool::connect_with(options(&folder)).await.unwrap();
    let writing = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    assert_out_of_order(&store, &claimed).await;
    writing.rollback().await.unwrap();
    assert_recovered(&store, &done, &claimed).await;
}

#[tokio::test]
async fn a_file_that_may_only_be_read_is_an_error() {
    let folder = Folder::new();
    let writable = store(options(&folder)).await;
    writable.migrate().await.unwrap();
    let (done, claimed) = (
        done(&writable).await,
        claim_new(&writable, &fresh_key()).await,
    );

    let read_only = store(options(&folder).read_only(true)).await;
    assert_out_of_order(&read_only, &claimed).await;
    assert_recovered(&writable, &done, &claimed).await;
}

#[tokio::test]
async fn a_store_opened_while_its_disk_was_read_only_recovers_when_it_no_longer_is() {
    let folder = Folder::new();
    let writable = store(options(&folder)).await;
    writable.migrate().await.unwrap();
    let (done, claimed) = (
        done(&writable).await,
        claim_new(&writable, &fresh_key()).await,
    );

    let disk = Disk::default();
    let store = disk.store(&folder).await;
    assert_out_of_order(&store, &claimed).await;
    disk.is_writable.store(true, Ordering::SeqCst);
    assert_recovered(&store, &done, &claimed).await;
    disk.is_writable.store(false, Ordering::SeqCst);
    claim_new(&store, &fresh_key()).await;
}

/// What a connection can write when it is opened, it can for as long as it lives, and no more: so SQLite falls back to a
/// read-only one on a read-only disk.
#[derive(Clone, Default)]
struct Disk {
    is_writable: Arc<AtomicBool>,
}

impl Disk {
    async fn store(&self, folder: &Folder) -> SqliteStore {
        let disk = self.clone();
        let pool =
            SqlitePoolOptions::new()
                .max_connections(1)
                .after_connect(move |connection, _| {
                    let pragma = match disk.is_writable.load(Ordering::SeqCst) {
                        true => "PRAGMA query_only = 0",
                        false => "PRAGMA query_only = 1",
                    };
                    Box::pin(
                        async move { sqlx::raw_sql(pragma).execute(connection).await.map(drop) },
                    )
                });
        SqliteStore::new(pool.connect_with(options(folder)).await.unwrap())
    }
}

#[tokio::test]
async fn a_full_disk_is_an_error() {
    let folder = Folder::new();
    let store = store(options(&folder)).await;
    store.migrate().await.unwrap();
    let (done, claimed) = (done(&store).await, claim_new(&store, &fresh_key()).await);

    // No more pages than there are.
    pragma(&store, "PRAGMA max_page_count = 1").await;
    while store
        .claim(&fresh_key(), Nonce::random(), HOUR)
        .await
        .is_ok()
    {}
    store
        .claim(&fresh_key(), Nonce::random(), HOUR)
        .await
        .unwrap_err();
    pragma(&store, "PRAGMA max_page_count = 1000000").await;
    assert_recovered(&store, &done, &claimed).await;
}
