//! The store in MySQL and MariaDB.

mod database;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{MySql, MySqlPool, Transaction};
use tokio::sync::OnceCell;
use webhook_core::dedupe::{
    Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce, StoreError, StoreFuture,
};

use crate::gate::{Busy, Gate};
use database::Database;

/// Remembers events in MySQL 8 or MariaDB 10.6, or later ones, for any number of machines. By the clock of the database.
///
/// Works on your own pool, whatever its time zone, SQL mode, character set and isolation level are. By default sqlx asks a connection
/// whether it is alive before it lends it: `test_before_acquire(false)` saves that round trip, and a connection that has died is
/// an error once. The table is made by [`migrate`](Self::migrate), or by the SQL in [`MIGRATION`](Self::MIGRATION) with a tool of
/// your own.
///
/// The claim of a new event, its completion and its release are one statement and one round trip each. The claim of an event
/// that is known takes a second one, which reads how it stands.
///
/// The server must have `innodb_flush_log_at_trx_commit = 1`, as it has by default, and `sync_binlog = 1` where it writes a
/// binary log: with less, a crash of its machine forgets the last second. It must have `autocommit` on.
///
/// ```no_run
/// use webhook_store::MysqlStore;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = sqlx::MySqlPool::connect("mysql://localhost/shop").await?;
/// let store = MysqlStore::new(pool);
/// store.migrate().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct MysqlStore {
    pool: MySqlPool,
    claims: Arc<AtomicU32>,
    gate: Gate,
    /// Set as soon as a connection was seen to commit by itself.
    commits: Arc<OnceCell<()>>,
}

impl MysqlStore {
    /// The SQL that makes the table, for those who migrate by themselves.
    ///
    /// ```
    /// assert!(webhook_store::MysqlStore::MIGRATION.contains("ENGINE = InnoDB"));
    /// ```
    pub const MIGRATION: &str =
        include_str!("../migrations/mysql/20261128000000_webhook_dedupe.sql");

    /// A store on this pool.
    ///
    /// ```
    /// use sqlx::mysql::MySqlPoolOptions;
    /// use webhook_store::MysqlStore;
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let pool = MySqlPoolOptions::new().connect_lazy("mysql://localhost/shop")?;
    /// let store = MysqlStore::new(pool);
    /// # Ok::<(), sqlx::Error>(()) })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(pool: MySqlPool) -> Self {
        // One connection is for what ends a claim, where there are several.
        let connections = pool.options().get_max_connections();
        let most = usize::try_from(connections).unwrap_or(usize::MAX);
        Self {
            pool,
            claims: Arc::default(),
            gate: Gate::new(most.saturating_sub(1).max(1), WAITING_FOR_EACH),
            commits: Arc::default(),
        }
    }

    /// Its pool, for work of your own in the same database.
    #[must_use]
    pub fn pool(&self) -> &MySqlPool {
        &self.pool
    }

    /// Makes the table if it is not there. May run on every start, on several machines at once.
    ///
    /// ```no_run
    /// # async fn example(store: webhook_store::MysqlStore) -> Result<(), webhook_core::dedupe::StoreError> {
    /// store.migrate().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database does not answer or does not allow it.
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
    /// ```no_run
    /// # async fn example(store: webhook_store::MysqlStore) -> Result<(), webhook_core::dedupe::StoreError> {
    /// while store.prune(1_000).await? > 0 {}
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn prune(&self, batch: u32) -> Result<u64, StoreError> {
        let pruned = database::prune(&self.pool, batch).await;
        pruned.map_err(StoreError::new)
    }

    /// Claims an event and marks it as done in your own transaction, so that the claim commits with the work: exactly
    /// once for what is written in the same database.
    ///
    /// Waits while another transaction holds the event. Roll back if the work fails; commit if it is
    /// [`Claim::New`]; there is nothing to do if it is [`Claim::Done`]. Changes what `LAST_INSERT_ID()` says.
    ///
    /// ```no_run
    /// use webhook_core::dedupe::{Claim, DedupeKey};
    ///
    /// # const RETENTION: std::time::Duration = std::time::Duration::from_secs(3024000);
    /// # async fn example(pool: sqlx::MySqlPool, store: webhook_store::MysqlStore) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut transaction = pool.begin().await?;
    /// let key = DedupeKey::of_event("shop", "evt_1");
    /// if let Claim::New(_) = store.claim_in(&mut transaction, &key, RETENTION).await? {
    ///     // The work, in this transaction.
    ///     transaction.commit().await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database does not answer, or has ended your transaction to end a deadlock: roll back, and have the event sent again.
    pub async fn claim_in(
        &self,
        transaction: &mut Transaction<'_, MySql>,
        key: &DedupeKey,
        retention: Duration,
    ) -> Result<Claim, StoreError> {
        let mut database = Database::within(transaction);
        let claim = database.claim(key, Nonce::random(), retention).await;
        let claim = claim.map_err(StoreError::new)?;
        if let Claim::New(token) = &claim {
            // Nobody else sees it before it is done.
            let written = database.write(token, retention, true).await;
            written.map_err(StoreError::new)?;
        }
        Ok(claim)
    }

    /// Completes a claim in your own transaction, so that the completion commits with the work. Roll back if the claim is
    /// [lost](ClaimState::Lost), as somebody else does the work, or was [done](ClaimState::Done) by you before. Changes what
    /// `LAST_INSERT_ID()` says.
    ///
    /// ```no_run
    /// use webhook_core::dedupe::{ClaimState, ClaimToken};
    ///
    /// # const RETENTION: std::time::Duration = std::time::Duration::from_secs(3024000);
    /// # async fn example(
    /// #     pool: sqlx::MySqlPool, store: webhook_store::MysqlStore, token: ClaimToken,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut transaction = pool.begin().await?;
    /// // The work, in this transaction.
    /// let held = store.complete_in(&mut transaction, &token, RETENTION).await?;
    /// if held == ClaimState::Held {
    ///     transaction.commit().await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the database does not answer, or has ended your transaction to end a deadlock: roll back, and have the event sent again.
    pub async fn complete_in(
        &self,
        transaction: &mut Transaction<'_, MySql>,
        token: &ClaimToken,
        retention: Duration,
    ) -> Result<ClaimState, StoreError> {
        let mut database = Database::within(transaction);
        let written = database.write(token, retention, true).await;
        written.map_err(StoreError::new)
    }

    async fn write(
        &self,
        token: &ClaimToken,
        length: Duration,
        done: bool,
    ) -> Result<ClaimState, StoreError> {
        let mut connection = self.connection().await?;
        let mut database = Database::alone(&mut connection);
        let written = database.write(token, length, done).await;
        written.map_err(StoreError::new)
    }

    /// Begins to forget, once in a while.
    fn prune_by_the_way(&self) {
        let claims = self.claims.fetch_add(1, Ordering::Relaxed);
        if claims.is_multiple_of(CLAIMS_PER_PRUNING) {
            let store = self.clone();
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                runtime.spawn(async move { store.prune(PRUNED_AT_ONCE).await });
            }
        }
    }

    /// A connection on which every statement commits by itself.
    pub(crate) async fn connection(&self) -> Result<PoolConnection<MySql>, StoreError> {
        let mut connection = self.pool.acquire().await.map_err(StoreError::new)?;
        let checked = self.commits.get_or_try_init(async || {
            match database::commits_by_itself(&mut connection).await {
                Ok(true) => Ok(()),
                Ok(false) => Err(StoreError::new(NO_AUTOCOMMIT)),
                Err(error) => Err(StoreError::new(error)),
            }
        });
        checked.await?;
        Ok(connection)
    }
}

/// How many claims wait for each connection. At a thousandth of a second for each, the last waits for an eighth of one.
const WAITING_FOR_EACH: usize = 128;

/// So seldom that it costs nothing, so often that it keeps up: each pruning takes away more than was added since the last.
const CLAIMS_PER_PRUNING: u32 = 256;
const PRUNED_AT_ONCE: u32 = 1000;

/// Without it, claims would be rolled back when their connection ends.
const NO_AUTOCOMMIT: &str = "`autocommit` is off: set `autocommit = 1` in the settings of the MySQL server, or on each connection of the pool";

const BUSY: Busy = Busy("MySQL");

impl DedupeStore for MysqlStore {
    fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> StoreFuture<Claim> {
        let Some(turn) = self.gate.enter() else {
            return StoreFuture::ready(Err(StoreError::not_taken(BUSY)));
        };
        self.prune_by_the_way();
        let (store, key) = (self.clone(), key.clone());
        StoreFuture::later(async move {
            let _turn = turn.await.ok_or_else(|| StoreError::not_taken(BUSY))?;
            let mut connection = store.connection().await?;
            let mut database = Database::alone(&mut connection);
            let claim = database.claim(&key, nonce, lease).await;
            claim.map_err(StoreError::new)
        })
    }

    fn renew(&self, token: &ClaimToken, lease: Duration) -> StoreFuture<ClaimState> {
        let (store, token) = (self.clone(), token.clone());
        StoreFuture::later(async move { store.write(&token, lease, false).await })
    }

    fn complete(&self, token: &ClaimToken, retention: Duration) -> StoreFuture<ClaimState> {
        let (store, token) = (self.clone(), token.clone());
        StoreFuture::later(async move { store.write(&token, retention, true).await })
    }

    fn release(&self, token: &ClaimToken) -> StoreFuture<ClaimState> {
        let (store, token) = (self.clone(), token.clone());
        StoreFuture::later(async move {
            let mut connection = store.connection().await?;
            let released = Database::alone(&mut connection).release(&token).await;
            released.map_err(StoreError::new)
        })
    }
}

impl fmt::Debug for MysqlStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MysqlStore")
    }
}
