//! What is public of the store in SQLite.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, Sqlite, SqlitePool, Transaction};
use webhook_core::dedupe::{
    Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce, StoreError, StoreFuture,
};

use super::clock::Clock;
use super::steps::{self, Change, Events};
use super::writer::Writer;

/// Remembers events in a file of SQLite, 3.42 or later, for the processes of one machine.
///
/// [`open`](Self::open) a file, or give it [your own pool](Self::new) whose connections write ahead
/// (`journal_mode = WAL`), reach the disk before they commit (`synchronous = FULL`) and wait for each other
/// (`busy_timeout`). Leases are judged by the machine's clock, and by one that does not step where the
/// machine's has been set. The table is made by [`migrate`](Self::migrate), or by the SQL in [`MIGRATION`](Self::MIGRATION).
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
    writer: Arc<Writer>,
}

impl SqliteStore {
    /// The SQL that makes the table, for those who migrate by themselves.
    pub const MIGRATION: &str =
        include_str!("../../migrations/sqlite/20261122000000_webhook_dedupe.sql");

    /// Opens a file, which is made if it is not there, with one connection: SQLite writes one at a time anyway, and all
    /// that waits meanwhile is written in one transaction.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub async fn open(file: impl AsRef<Path>) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            // A statement that may fail in its middle keeps what it overwrites: not in a file.
            .pragma("temp_store", "MEMORY")
            // In KiB: the pages that many events at once are looked up in.
            .pragma("cache_size", "-16384")
            // In pages of 4 KiB: what is written over and over is copied into the file once.
            .pragma("wal_autocheckpoint", "4000");
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            // A full disk ends a transaction by itself. Its connection counts it as open for ever, and begins no other one.
            .before_acquire(|connection, _| {
                let is_open = connection.is_in_transaction();
                Box::pin(async move { Ok(!is_open) })
            });
        let pool = pool.connect_with(options).await.map_err(StoreError::new)?;
        Ok(Self::new(pool))
    }

    /// A store on this pool.
    #[must_use]
    pub fn new(pool: SqlitePool) -> Self {
        Self {
            writer: Arc::new(Writer::new(pool, Clock::system())),
        }
    }

    /// Its pool, for work of your own in the same file.
    #[must_use]
    pub fn pool(&self) -> &SqlitePool {
        &self.writer.pool
    }

    /// Makes the table if it is not there. May run on every start.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let connection = self.pool().acquire().await;
        let mut connection = connection.map_err(StoreError::new)?;
        let migrated = sqlx::raw_sql(Self::MIGRATION).execute(&mut *connection);
        let migrated = migrated.await;
        let migrated = Writer::give_back(connection, migrated).await;
        migrated.map(drop).map_err(StoreError::new)
    }

    /// Forgets up to `batch` events that are over their time. The store does this by itself, a thousand at a time, every
    /// few hundred claims.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub async fn prune(&self, batch: u32) -> Result<u64, StoreError> {
        let connection = self.pool().acquire().await;
        let mut connection = connection.map_err(StoreError::new)?;
        let pruned = steps::prune(&mut connection, batch, self.writer.clock.now()).await;
        let pruned = Writer::give_back(connection, pruned).await;
        pruned.map_err(StoreError::new)
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
        let mut events = Events::default();
        events.push_claim(key, Nonce::random(), retention);
        let now = self.writer.clock.now();
        let claimed = steps::claim(transaction, &events, now, true).await;
        let claimed = claimed.map_err(StoreError::new)?;
        Ok(claimed
            .into_iter()
            .next()
            .unwrap_or(Claim::InProgress(Duration::ZERO)))
    }

    /// Completes a claim in your own transaction, so that the completion commits with the work. Roll back if the claim is
    /// [lost](ClaimState::Lost), as somebody else does the work, or was [done](ClaimState::Done) by you before.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub async fn complete_in(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        token: &ClaimToken,
        retention: Duration,
    ) -> Result<ClaimState, StoreError> {
        let mut events = Events::default();
        events.push(token, retention);
        let now = self.writer.clock.now();
        let held = steps::change(transaction, Change::Complete, &events, now).await;
        let held = held.map_err(StoreError::new)?;
        Ok(held.into_iter().next().unwrap_or(ClaimState::Lost))
    }
}

impl DedupeStore for SqliteStore {
    fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> StoreFuture<Claim> {
        self.writer.claim(key, nonce, lease)
    }

    fn renew(&self, token: &ClaimToken, lease: Duration) -> StoreFuture<ClaimState> {
        self.writer.change(Change::Renew, token, lease)
    }

    fn complete(&self, token: &ClaimToken, retention: Duration) -> StoreFuture<ClaimState> {
        self.writer.change(Change::Complete, token, retention)
    }

    fn release(&self, token: &ClaimToken) -> StoreFuture<ClaimState> {
        self.writer.change(Change::Release, token, Duration::ZERO)
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteStore")
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Mutex;
    use std::time::Instant;

    use super::*;

    const LEASE: Duration = Duration::from_secs(60);

    /// The two clocks of one machine, which its processes share.
    #[derive(Clone)]
    struct Machine(Arc<Mutex<(i64, Instant)>>, PathBuf);

    impl Machine {
        fn new(name: &str) -> Self {
            let folder = format!("webhook-store-clock-{}-{name}", std::process::id());
            let folder = std::env::temp_dir().join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            let hands = (1_800_000_000_000, Instant::now());
            Self(Arc::new(Mutex::new(hands)), folder)
        }

        /// Time passes.
        fn goes(&self, seconds: u64) {
            self.steps(i64::try_from(seconds).unwrap());
            self.0.lock().unwrap().1 += Duration::from_secs(seconds);
        }

        /// Somebody sets the clock.
        fn steps(&self, seconds: i64) {
            self.0.lock().unwrap().0 += seconds * 1000;
        }

        /// Another process.
        async fn start(&self) -> SqliteStore {
            let pool = SqliteStore::open(self.1.join("dedupe.db")).await.unwrap();
            let hands = Arc::clone(&self.0);
            let clock = Clock::new(move || *hands.lock().unwrap());
            let writer = Arc::new(Writer::new(pool.pool().clone(), clock));
            let store = SqliteStore { writer };
            store.migrate().await.unwrap();
            store
        }
    }

    impl Drop for Machine {
        fn drop(&mut self) {
            if Arc::strong_count(&self.0) == 1 {
                let _ = std::fs::remove_dir_all(&self.1);
            }
        }
    }

    fn key() -> DedupeKey {
        DedupeKey::of_event("clock", "event")
    }

    async fn claim(store: &SqliteStore) -> Claim {
        store.claim(&key(), Nonce::random(), LEASE).await.unwrap()
    }

    async fn claim_new(store: &SqliteStore) -> ClaimToken {
        match claim(store).await {
            Claim::New(token) => token,
            other => panic!("not claimable: {other:?}"),
        }
    }

    async fn wait(store: &SqliteStore) -> u64 {
        match claim(store).await {
            Claim::InProgress(wait) => wait.as_secs(),
            other => panic!("not in progress: {other:?}"),
        }
    }

    #[tokio::test]
    async fn a_lease_is_over_when_its_time_has_passed() {
        let machine = Machine::new("passed");
        let (one, other) = (machine.start().await, machine.start().await);
        claim_new(&one).await;
        assert_eq!(wait(&other).await, 60);
        machine.goes(59);
        assert_eq!(wait(&other).await, 1);
        machine.goes(1);
        assert_eq!(claim_new(&other).await.attempt(), 2);
    }

    #[tokio::test]
    async fn a_clock_that_is_set_ahead_ends_no_lease() {
        let machine = Machine::new("ahead");
        let (one, other) = (machine.start().await, machine.start().await);
        let first = claim_new(&one).await;
        machine.goes(10);
        machine.steps(120);
        for store in [&one, &other, &machine.start().await] {
            assert_eq!(wait(store).await, 60, "at most, from when it was noticed");
        }
        machine.goes(59);
        assert_eq!(wait(&other).await, 1);
        // Its holder lives, and renews.
        assert_eq!(one.renew(&first, LEASE).await.unwrap(), ClaimState::Held);
        machine.goes(59);
        assert_eq!(wait(&other).await, 1);
        machine.goes(1);
        assert_eq!(claim_new(&other).await.attempt(), 2);
    }

    #[tokio::test]
    async fn a_claim_of_a_clock_that_was_an_hour_ahead_does_not_hold_for_an_hour() {
        let machine = Machine::new("back");
        machine.steps(3600);
        let killed = machine.start().await;
        let first = claim_new(&killed).await;
        machine.steps(-3600);
        let other = machine.start().await;
        assert_eq!(wait(&other).await, 60);
        machine.goes(59);
        assert_eq!(wait(&other).await, 60, "the holder may still live");
        machine.goes(1);
        let second = claim_new(&other).await;
        assert_eq!(second.attempt(), 2);
        assert!(
            second.fence() > first.fence(),
            "though the clock was set back"
        );
        assert_eq!(
            killed.complete(&first, LEASE).await.unwrap(),
            ClaimState::Lost
        );
    }

    #[tokio::test]
    async fn what_was_claimed_before_a_start_holds_for_one_lease_from_then_on() {
        let machine = Machine::new("start");
        claim_new(&machine.start().await).await;
        machine.goes(3600);
        let started = machine.start().await;
        assert_eq!(
            wait(&started).await,
            60,
            "the clock may have been set meanwhile"
        );
        machine.goes(60);
        claim_new(&started).await;
    }

    #[tokio::test]
    async fn fences_grow_though_the_clock_is_set_back() {
        let machine = Machine::new("fence");
        let store = machine.start().await;
        let mut last = claim_new(&store).await;
        for _ in 0..5 {
            machine.steps(-86_400);
            assert_eq!(store.release(&last).await.unwrap(), ClaimState::Held);
            let next = claim_new(&store).await;
            assert!(next.fence() > last.fence());
            last = next;
        }
    }
}
