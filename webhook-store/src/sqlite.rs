//! The store in SQLite.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, SqlitePool, Transaction};
use webhook_core::dedupe::{Claim, DedupeKey, DedupeStore, Held, StoreError, Storing, Token};

/// Remembers events in a file of SQLite, 3.42 or later, for the processes of one machine.
///
/// [`open`](Self::open) a file, or give it [your own pool](Self::new) whose connections write ahead
/// (`journal_mode = WAL`), reach the disk before they commit (`synchronous = FULL`) and wait for each other
/// (`busy_timeout`). The table is made by [`migrate`](Self::migrate), or by the SQL in [`MIGRATION`](Self::MIGRATION).
///
/// ```
/// use webhook_store::SqliteStore;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// # let folder = std::env::temp_dir().join(format!("webhook-store-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let store = SqliteStore::open(folder.join("webhooks.db")).await?;
/// store.migrate().await?;
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SqliteStore {
    pool: SqlitePool,
    claims: Arc<AtomicU32>,
}

impl SqliteStore {
    /// The SQL that makes the table, for those who migrate by themselves.
    pub const MIGRATION: &str =
        include_str!("../migrations/sqlite/20261122000000_webhook_dedupe.sql");

    /// Opens a file, which is made if it is not there, with one connection: SQLite writes one at a time anyway.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub async fn open(file: impl AsRef<Path>) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new().max_connections(1);
        let pool = pool.connect_with(options).await.map_err(StoreError::new)?;
        Ok(Self::new(pool))
    }

    /// A store on this pool.
    #[must_use]
    pub fn new(pool: SqlitePool) -> Self {
        Self {
            pool,
            claims: Arc::default(),
        }
    }

    /// Its pool, for work of your own in the same file.
    #[must_use]
    pub fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Makes the table if it is not there. May run on every start.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        sqlx::raw_sql(Self::MIGRATION)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(StoreError::new)
    }

    /// Forgets up to `batch` events that are over their time. The store does this by itself, a thousand at a time, every
    /// few hundred claims.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub async fn prune(&self, batch: u32) -> Result<u64, StoreError> {
        let pruned = sqlx::query(PRUNE).bind(batch).execute(&self.pool);
        let pruned = pruned.await.map_err(StoreError::new)?;
        Ok(pruned.rows_affected())
    }

    /// Claims an event and marks it as done in your own transaction, so that the claim commits with the work: exactly
    /// once for what is written in the same file.
    ///
    /// Begin the transaction with `BEGIN IMMEDIATE`, so that nobody writes between. Roll back if the work fails; commit
    /// if it is [`Claim::New`]; there is nothing to do if it is [`Claim::Done`].
    ///
    /// # Errors
    /// If the file cannot be written.
    pub async fn claim_in(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        key: &DedupeKey,
        retention: Duration,
    ) -> Result<Claim, StoreError> {
        claim(transaction, key, retention, true).await
    }

    /// Completes a claim in your own transaction, so that the completion commits with the work. Roll back if the claim is
    /// [lost](Held::Lost): somebody else does the work.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub async fn complete_in(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        token: &Token,
        retention: Duration,
    ) -> Result<Held, StoreError> {
        change(transaction, COMPLETE, token, retention).await
    }

    /// Begins to forget, once in a while.
    fn prune_by_the_way(&self) {
        let claims = self.claims.fetch_add(1, Ordering::Relaxed);
        if claims.is_multiple_of(CLAIMS_PER_PRUNING) {
            let store = self.clone();
            tokio::spawn(async move { store.prune(PRUNED_AT_ONCE).await });
        }
    }

    async fn claim_by_pool(&self, key: &DedupeKey, lease: Duration) -> Result<Claim, StoreError> {
        let mut connection = self.pool.acquire().await.map_err(StoreError::new)?;
        claim(&mut connection, key, lease, false).await
    }

    async fn change_by_pool(
        &self,
        sql: &'static str,
        token: &Token,
        until: Duration,
    ) -> Result<Held, StoreError> {
        let mut connection = self.pool.acquire().await.map_err(StoreError::new)?;
        change(&mut connection, sql, token, until).await
    }
}

/// So seldom that it costs nothing, so often that it keeps up: each pruning takes away more than was added since the last.
const CLAIMS_PER_PRUNING: u32 = 256;
const PRUNED_AT_ONCE: u32 = 1000;

/// Takes the event if it is unknown or over its time. Otherwise nothing comes back.
const CLAIM: &str = "
INSERT INTO webhook_dedupe AS known (key, label, done, fence, attempt, until)
VALUES (?1, ?2, ?4, CAST(unixepoch('subsec') * 1000000 AS INTEGER), 1,
        CAST(unixepoch('subsec') * 1000 AS INTEGER) + ?3)
ON CONFLICT (key) DO UPDATE SET
    done = excluded.done,
    fence = max(known.fence + 1, excluded.fence),
    attempt = CASE WHEN known.done THEN 1 ELSE known.attempt + 1 END,
    until = excluded.until
WHERE known.until <= CAST(unixepoch('subsec') * 1000 AS INTEGER)
RETURNING fence, attempt";

const LOOK: &str = "
SELECT done, until - CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM webhook_dedupe WHERE key = ?1";

const RENEW: &str = "
UPDATE webhook_dedupe SET until = CAST(unixepoch('subsec') * 1000 AS INTEGER) + ?3
WHERE key = ?1 AND fence = ?2 AND NOT done";

const COMPLETE: &str = "
UPDATE webhook_dedupe SET until = CAST(unixepoch('subsec') * 1000 AS INTEGER) + ?3, done = 1
WHERE key = ?1 AND fence = ?2 AND NOT done";

/// What was claimed and not completed is remembered for a day, so that its attempts are counted on.
const PRUNE: &str = "
DELETE FROM webhook_dedupe WHERE key IN (
    SELECT key FROM webhook_dedupe
    WHERE until < CAST(unixepoch('subsec') * 1000 AS INTEGER) - CASE WHEN done THEN 0 ELSE 86400000 END
    ORDER BY until LIMIT ?1
)";

async fn claim(
    connection: &mut SqliteConnection,
    key: &DedupeKey,
    lease: Duration,
    done: bool,
) -> Result<Claim, StoreError> {
    let claimed: Vec<(i64, u32)> = sqlx::query_as(CLAIM)
        .bind(&key.as_bytes()[..])
        .bind(key.label())
        .bind(millis(lease))
        .bind(done)
        // To the end: a statement that is left in the middle does not commit.
        .fetch_all(&mut *connection)
        .await
        .map_err(StoreError::new)?;
    if let Some((fence, attempt)) = claimed.first() {
        return Ok(Claim::New(Token::new(key.clone(), *fence, *attempt)));
    }
    let known: Option<(bool, i64)> = sqlx::query_as(LOOK)
        .bind(&key.as_bytes()[..])
        .fetch_optional(connection)
        .await
        .map_err(StoreError::new)?;
    Ok(match known {
        Some((true, _)) => Claim::Done,
        Some((false, wait)) => {
            let wait = u64::try_from(wait).map_or(Duration::ZERO, Duration::from_millis);
            Claim::InProgress(wait.min(lease))
        }
        None => Claim::InProgress(Duration::ZERO),
    })
}

async fn change(
    connection: &mut SqliteConnection,
    sql: &'static str,
    token: &Token,
    until: Duration,
) -> Result<Held, StoreError> {
    let changed = sqlx::query(sql)
        .bind(&token.key().as_bytes()[..])
        .bind(token.fence())
        .bind(millis(until))
        .execute(connection)
        .await
        .map_err(StoreError::new)?;
    Ok(match changed.rows_affected() {
        0 => Held::Lost,
        _ => Held::Yes,
    })
}

/// No longer than what can be added to the present time.
fn millis(duration: Duration) -> i64 {
    const LONGEST: i64 = i64::MAX / 4;
    i64::try_from(duration.as_millis()).map_or(LONGEST, |millis| millis.min(LONGEST))
}

impl DedupeStore for SqliteStore {
    fn claim<'a>(&'a self, key: &'a DedupeKey, lease: Duration) -> Storing<'a, Claim> {
        self.prune_by_the_way();
        Storing::later(self.claim_by_pool(key, lease))
    }

    fn renew<'a>(&'a self, token: &'a Token, lease: Duration) -> Storing<'a, Held> {
        Storing::later(self.change_by_pool(RENEW, token, lease))
    }

    fn complete<'a>(&'a self, token: &'a Token, retention: Duration) -> Storing<'a, Held> {
        Storing::later(self.change_by_pool(COMPLETE, token, retention))
    }

    fn release<'a>(&'a self, token: &'a Token) -> Storing<'a, Held> {
        Storing::later(self.change_by_pool(RENEW, token, Duration::ZERO))
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteStore")
    }
}
