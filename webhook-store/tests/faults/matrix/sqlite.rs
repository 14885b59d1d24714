//! A file, and others that use it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::Connection;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions};
use webhook_core::dedupe::DedupeKey;
use webhook_store::SqliteStore;

use super::engine::{Engine, Fault, Row, STEP, books, fill, row_of};
use crate::common::Folder;

pub(super) struct Sqlite {
    folder: Folder,
    /// What a connection can write when it is opened, it can for as long as it lives, and no more: so SQLite falls back to a
    /// read-only one on a read-only disk.
    is_read_only: Arc<AtomicBool>,
    writer: Option<SqliteConnection>,
    held: Option<PoolConnection<sqlx::Sqlite>>,
}

impl Sqlite {
    pub(super) fn new() -> Self {
        Self {
            folder: Folder::new(),
            is_read_only: Arc::default(),
            writer: None,
            held: None,
        }
    }

    fn options(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(self.folder.file("dedupe.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(Duration::from_millis(50))
    }

    async fn other(&self) -> SqliteConnection {
        // It waits for the store.
        let options = self.options().busy_timeout(Duration::from_secs(60));
        SqliteConnection::connect_with(&options).await.unwrap()
    }

    async fn tell(&self, sql: String) {
        let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
        sql.execute(&mut self.other().await).await.unwrap();
    }

    /// The clock is the machine's, which no test sets: what is remembered ends earlier, as it does for a clock that is set ahead.
    async fn step(&self, seconds: i64) {
        let millis = seconds * 1000;
        self.tell(format!(
            "UPDATE webhook_dedupe SET until = until - ({millis})"
        ))
        .await;
    }
}

async fn pragma(store: &SqliteStore, pragma: &'static str) {
    sqlx::raw_sql(pragma).execute(store.pool()).await.unwrap();
}

impl Engine for Sqlite {
    type Store = SqliteStore;

    const NAME: &str = "SqliteStore";

    async fn store(&mut self) -> SqliteStore {
        let is_read_only = Arc::clone(&self.is_read_only);
        let pool = SqlitePoolOptions::new().max_connections(1);
        let pool = pool.after_connect(move |connection, _| {
            let pragma = match is_read_only.load(Ordering::SeqCst) {
                true => "PRAGMA query_only = 1",
                false => "PRAGMA query_only = 0",
            };
            Box::pin(async move { sqlx::raw_sql(pragma).execute(connection).await.map(drop) })
        });
        let store = SqliteStore::new(pool.connect_with(self.options()).await.unwrap());
        store.migrate().await.unwrap();
        self.tell("CREATE TABLE IF NOT EXISTS effects (event TEXT NOT NULL)".to_owned())
            .await;
        store
    }

    async fn begin(&mut self, fault: Fault, store: &SqliteStore) -> bool {
        match fault {
            Fault::Paused => {
                let mut writer = self.other().await;
                let begin = sqlx::raw_sql("BEGIN IMMEDIATE");
                begin.execute(&mut writer).await.unwrap();
                self.writer = Some(writer);
            }
            Fault::PoolUsedUp => self.held = Some(store.pool().acquire().await.unwrap()),
            Fault::ReadOnly => {
                self.is_read_only.store(true, Ordering::SeqCst);
                pragma(store, "PRAGMA query_only = 1").await;
            }
            Fault::Full => {
                // No more pages than there are.
                pragma(store, "PRAGMA max_page_count = 1").await;
                fill(store).await;
            }
            Fault::Ahead => self.step(STEP).await,
            Fault::Back => self.step(-STEP).await,
            _ => return false,
        }
        true
    }

    async fn end(&mut self, fault: Fault, store: &SqliteStore) {
        match fault {
            Fault::Full => pragma(store, "PRAGMA max_page_count = 1000000").await,
            Fault::Ahead => self.step(-STEP).await,
            Fault::Back => self.step(STEP).await,
            _ => {
                self.is_read_only.store(false, Ordering::SeqCst);
                self.held = None;
                if let Some(writer) = self.writer.take() {
                    writer.close().await.unwrap();
                }
            }
        }
    }

    async fn row(&mut self, _: &SqliteStore, key: &DedupeKey) -> Row {
        let row: Option<(bool, bool)> =
            sqlx::query_as("SELECT done, lease > 0 FROM webhook_dedupe WHERE key = ?")
                .bind(&key.as_bytes()[..])
                .fetch_optional(&mut self.other().await)
                .await
                .unwrap();
        row_of(row)
    }

    books! { SqliteStore, "INSERT INTO effects VALUES (?)", begin_with("BEGIN IMMEDIATE") }

    async fn booked(&mut self, _: &SqliteStore, event: &str) -> u32 {
        sqlx::query_scalar("SELECT count(*) FROM effects WHERE event = ?")
            .bind(event)
            .fetch_one(&mut self.other().await)
            .await
            .unwrap()
    }
}
