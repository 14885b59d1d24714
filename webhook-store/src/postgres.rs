//! The store in PostgreSQL.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::postgres::types::PgInterval;
use sqlx::{PgExecutor, PgPool, Postgres, Transaction};
use webhook_core::dedupe::{Claim, DedupeKey, DedupeStore, Held, StoreError, Storing, Token};

/// Remembers events in PostgreSQL, 12 or later, for any number of machines. By the clock of the database.
///
/// Works on your own pool. By default sqlx asks a connection whether it is alive before it lends it: `test_before_acquire(false)`
/// saves that round trip, and a connection that has died is an error once. The table is made by [`migrate`](Self::migrate), or by the SQL in
/// [`MIGRATION`](Self::MIGRATION) with a tool of your own. Every claim, completion and release is one statement.
///
/// ```no_run
/// use webhook_store::PostgresStore;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = sqlx::PgPool::connect("postgres://localhost/shop").await?;
/// let store = PostgresStore::new(pool);
/// store.migrate().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct PostgresStore {
    pool: PgPool,
    claims: Arc<AtomicU32>,
}

impl PostgresStore {
    /// The SQL that makes the table, for those who migrate by themselves.
    pub const MIGRATION: &str =
        include_str!("../migrations/postgres/20261122000000_webhook_dedupe.sql");

    /// A store on this pool.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self {
            pool,
            claims: Arc::default(),
        }
    }

    /// Makes the table if it is not there. May run on every start, on several machines at once.
    ///
    /// # Errors
    /// If the database does not answer or does not allow it.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        // Several at once would all find that there is no table. Statements sent together are one transaction.
        let alone = format!("SELECT pg_advisory_xact_lock(7306656); {}", Self::MIGRATION);
        sqlx::raw_sql(sqlx::AssertSqlSafe(alone))
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(StoreError::new)
    }

    /// Forgets up to `batch` events that are over their time. The store does this by itself, a thousand at a time, every
    /// few hundred claims.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn prune(&self, batch: u32) -> Result<u64, StoreError> {
        let pruned = sqlx::query(PRUNE)
            .bind(i64::from(batch))
            .execute(&self.pool);
        let pruned = pruned.await.map_err(StoreError::new)?;
        Ok(pruned.rows_affected())
    }

    /// Claims an event and marks it as done in your own transaction, so that the claim commits with the work: exactly
    /// once for what is written in the same database.
    ///
    /// Waits while another transaction holds the event. Roll back if the work fails; commit if it is
    /// [`Claim::New`]; there is nothing to do if it is [`Claim::Done`].
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn claim_in(
        &self,
        transaction: &mut Transaction<'_, Postgres>,
        key: &DedupeKey,
        retention: Duration,
    ) -> Result<Claim, StoreError> {
        claim(&mut **transaction, key, retention, true).await
    }

    /// Completes a claim in your own transaction, so that the completion commits with the work. Roll back if the claim is
    /// [lost](Held::Lost): somebody else does the work.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn complete_in(
        &self,
        transaction: &mut Transaction<'_, Postgres>,
        token: &Token,
        retention: Duration,
    ) -> Result<Held, StoreError> {
        change(&mut **transaction, COMPLETE, token, retention).await
    }

    /// Begins to forget, once in a while.
    fn prune_by_the_way(&self) {
        let claims = self.claims.fetch_add(1, Ordering::Relaxed);
        if claims.is_multiple_of(CLAIMS_PER_PRUNING) {
            let store = self.clone();
            tokio::spawn(async move { store.prune(PRUNED_AT_ONCE).await });
        }
    }
}

/// So seldom that it costs nothing, so often that it keeps up: each pruning takes away more than was added since the last.
const CLAIMS_PER_PRUNING: u32 = 256;
const PRUNED_AT_ONCE: u32 = 1000;

/// Takes the event if it is unknown or over its time; otherwise says how it stood when this statement began. Nothing comes
/// back if another transaction has made the row since, and a row over its time if another one has taken it over since: then
/// the event is in progress.
const CLAIM: &str = "
WITH claimed AS (
    INSERT INTO webhook_dedupe AS known (key, label, done, fence, attempt, until)
    VALUES ($1, $2, $4, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, 1, clock_timestamp() + $3)
    ON CONFLICT (key) DO UPDATE SET
        done = excluded.done,
        fence = greatest(known.fence + 1, excluded.fence),
        attempt = CASE WHEN known.done THEN 1 ELSE known.attempt + 1 END,
        until = excluded.until
    WHERE known.until <= clock_timestamp()
    RETURNING fence, attempt
)
SELECT fence, attempt, NULL::boolean AS done, NULL::bigint AS wait FROM claimed
UNION ALL
SELECT NULL, NULL, done AND until > clock_timestamp(), (extract(epoch FROM until - clock_timestamp()) * 1000)::bigint
FROM webhook_dedupe WHERE key = $1 AND NOT EXISTS (SELECT FROM claimed)";

const RENEW: &str = "
UPDATE webhook_dedupe SET until = clock_timestamp() + $3 WHERE key = $1 AND fence = $2 AND NOT done";

const COMPLETE: &str = "
UPDATE webhook_dedupe SET until = clock_timestamp() + $3, done = true
WHERE key = $1 AND fence = $2 AND NOT done";

/// What was claimed and not completed is remembered for a day, so that its attempts are counted on.
const PRUNE: &str = "
DELETE FROM webhook_dedupe WHERE key IN (
    SELECT key FROM webhook_dedupe
    WHERE until < clock_timestamp() AND (done OR until < clock_timestamp() - interval '1 day')
    ORDER BY until LIMIT $1 FOR UPDATE SKIP LOCKED
)";

async fn claim(
    database: impl PgExecutor<'_>,
    key: &DedupeKey,
    lease: Duration,
    done: bool,
) -> Result<Claim, StoreError> {
    type Row = (Option<i64>, Option<i32>, Option<bool>, Option<i64>);
    let row: Option<Row> = sqlx::query_as(CLAIM)
        .bind(&key.as_bytes()[..])
        .bind(key.label())
        .bind(interval(lease))
        .bind(done)
        .fetch_optional(database)
        .await
        .map_err(StoreError::new)?;
    Ok(match row {
        Some((Some(fence), attempt, ..)) => {
            let attempt = attempt.and_then(|attempt| u32::try_from(attempt).ok());
            Claim::New(Token::new(key.clone(), fence, attempt.unwrap_or(1)))
        }
        Some((_, _, Some(true), _)) => Claim::Done,
        Some((.., wait)) => {
            let wait = wait.and_then(|wait| u64::try_from(wait).ok());
            Claim::InProgress(
                wait.map_or(Duration::ZERO, Duration::from_millis)
                    .min(lease),
            )
        }
        None => Claim::InProgress(lease),
    })
}

async fn change(
    database: impl PgExecutor<'_>,
    sql: &'static str,
    token: &Token,
    until: Duration,
) -> Result<Held, StoreError> {
    let changed = sqlx::query(sql)
        .bind(&token.key().as_bytes()[..])
        .bind(token.fence())
        .bind(interval(until))
        .execute(database)
        .await
        .map_err(StoreError::new)?;
    Ok(match changed.rows_affected() {
        0 => Held::Lost,
        _ => Held::Yes,
    })
}

/// No longer than what can be added to the present time.
fn interval(duration: Duration) -> PgInterval {
    const LONGEST: i64 = i64::MAX / 4;
    PgInterval {
        months: 0,
        days: 0,
        microseconds: i64::try_from(duration.as_micros())
            .map_or(LONGEST, |micros| micros.min(LONGEST)),
    }
}

impl DedupeStore for PostgresStore {
    fn claim<'a>(&'a self, key: &'a DedupeKey, lease: Duration) -> Storing<'a, Claim> {
        self.prune_by_the_way();
        Storing::later(claim(&self.pool, key, lease, false))
    }

    fn renew<'a>(&'a self, token: &'a Token, lease: Duration) -> Storing<'a, Held> {
        Storing::later(change(&self.pool, RENEW, token, lease))
    }

    fn complete<'a>(&'a self, token: &'a Token, retention: Duration) -> Storing<'a, Held> {
        Storing::later(change(&self.pool, COMPLETE, token, retention))
    }

    fn release<'a>(&'a self, token: &'a Token) -> Storing<'a, Held> {
        Storing::later(change(&self.pool, RENEW, token, Duration::ZERO))
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresStore")
    }
}
