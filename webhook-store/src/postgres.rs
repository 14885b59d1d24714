//! The store in PostgreSQL.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::postgres::types::PgInterval;
use sqlx::{PgExecutor, PgPool, Postgres, Transaction};
use webhook_core::dedupe::{
    Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce, StoreError, StoreFuture,
};

use crate::gate::{Busy, Gate};

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
    gate: Gate,
}

impl PostgresStore {
    /// The SQL that makes the table, for those who migrate by themselves.
    pub const MIGRATION: &str =
        include_str!("../migrations/postgres/20261122000000_webhook_dedupe.sql");

    /// A store on this pool.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        // One connection is for what ends a claim, where there are several.
        let connections = pool.options().get_max_connections();
        let most = usize::try_from(connections).unwrap_or(usize::MAX);
        Self {
            pool,
            claims: Arc::default(),
            gate: Gate::new(most.saturating_sub(1).max(1), WAITING_FOR_EACH),
        }
    }

    /// Its pool, for work of your own in the same database.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
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
        claim(&mut **transaction, key, Nonce::random(), retention, true).await
    }

    /// Completes a claim in your own transaction, so that the completion commits with the work. Roll back if the claim is
    /// [lost](ClaimState::Lost), as somebody else does the work, or was [done](ClaimState::Done) by you before.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn complete_in(
        &self,
        transaction: &mut Transaction<'_, Postgres>,
        token: &ClaimToken,
        retention: Duration,
    ) -> Result<ClaimState, StoreError> {
        write(&mut **transaction, token, retention, true).await
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
}

/// How many claims wait for each connection. At a thousandth of a second for each, the last waits for an eighth of one.
const WAITING_FOR_EACH: usize = 128;

/// So seldom that it costs nothing, so often that it keeps up: each pruning takes away more than was added since the last.
const CLAIMS_PER_PRUNING: u32 = 256;
const PRUNED_AT_ONCE: u32 = 1000;

/// Takes the event if it is unknown or over its time, or if it ends so late that the clock was set back since; otherwise says how it stood when this statement began. Nothing comes
/// back if another transaction has made the row since, and a row over its time if another one has taken it over since: then
/// the event is in progress.
const CLAIM: &str = "
WITH claimed AS (
    INSERT INTO webhook_dedupe AS known (key, label, done, nonce, fence, attempt, lease, until)
    VALUES ($1, $2, $5, $3, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, 1, $4, clock_timestamp() + $4)
    ON CONFLICT (key) DO UPDATE SET
        done = excluded.done,
        nonce = excluded.nonce,
        fence = CASE
            WHEN known.nonce = excluded.nonce AND NOT known.done THEN known.fence
            ELSE greatest(known.fence + 1, excluded.fence)
        END,
        attempt = CASE
            WHEN known.done THEN 1
            WHEN known.nonce = excluded.nonce THEN known.attempt
            ELSE known.attempt + 1
        END,
        lease = excluded.lease,
        until = excluded.until
    WHERE known.until <= clock_timestamp()
        OR NOT known.done AND known.nonce = excluded.nonce
        OR NOT known.done AND known.until > clock_timestamp() + known.lease + least(known.lease, interval '1 year') / 2
    RETURNING fence, attempt
)
SELECT fence, attempt, NULL::boolean AS done, NULL::bigint AS wait FROM claimed
UNION ALL
SELECT NULL, NULL, done AND until > clock_timestamp(), (extract(epoch FROM until - clock_timestamp()) * 1000)::bigint
FROM webhook_dedupe WHERE key = $1 AND NOT EXISTS (SELECT FROM claimed)";

/// Changes what is its own and not done, and makes what was forgotten; else says whether it was done by the same claim.
const WRITE: &str = "
WITH written AS (
    INSERT INTO webhook_dedupe AS known (key, label, done, nonce, fence, attempt, lease, until)
    VALUES ($1, $2, $7, $3, $4, $5, $6, clock_timestamp() + $6)
    ON CONFLICT (key) DO UPDATE SET done = excluded.done, lease = excluded.lease, until = excluded.until
    WHERE known.nonce = excluded.nonce AND NOT known.done
    RETURNING key
)
SELECT 0 FROM written
UNION ALL
SELECT CASE WHEN nonce <> $3 THEN 2 WHEN done THEN 1 ELSE 3 END
FROM webhook_dedupe WHERE key = $1 AND NOT EXISTS (SELECT FROM written)";

const RELEASE: &str = "
WITH released AS (
    UPDATE webhook_dedupe SET lease = interval '0', until = clock_timestamp()
    WHERE key = $1 AND nonce = $2 AND NOT done
    RETURNING key
)
SELECT 0 FROM released
UNION ALL
SELECT CASE WHEN nonce <> $2 THEN 2 WHEN done THEN 1 ELSE 3 END
FROM webhook_dedupe WHERE key = $1 AND NOT EXISTS (SELECT FROM released)";

/// What those two statements answer. Another number, or none: the row was changed while the statement ran, which only
/// asking again makes clear.
const CHANGED: i32 = 0;
const DONE: i32 = 1;
const TAKEN: i32 = 2;

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
    nonce: Nonce,
    lease: Duration,
    done: bool,
) -> Result<Claim, StoreError> {
    type Row = (Option<i64>, Option<i32>, Option<bool>, Option<i64>);
    let row: Option<Row> = sqlx::query_as(CLAIM)
        .bind(&key.as_bytes()[..])
        .bind(key.label())
        .bind(nonce.get())
        .bind(interval(lease))
        .bind(done)
        .fetch_optional(database)
        .await
        .map_err(StoreError::new)?;
    Ok(match row {
        Some((Some(fence), attempt, ..)) => {
            let attempt = attempt.and_then(|attempt| u32::try_from(attempt).ok());
            Claim::New(ClaimToken::new(
                key.clone(),
                nonce,
                fence,
                attempt.unwrap_or(1),
            ))
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

/// Completes a claim, or renews it if not `done`.
async fn write(
    database: impl PgExecutor<'_>,
    token: &ClaimToken,
    length: Duration,
    done: bool,
) -> Result<ClaimState, StoreError> {
    let answer: Option<i32> = sqlx::query_scalar(WRITE)
        .bind(&token.key().as_bytes()[..])
        .bind(token.key().label())
        .bind(token.nonce().get())
        .bind(token.fence())
        .bind(i32::try_from(token.attempt()).unwrap_or(i32::MAX))
        .bind(interval(length))
        .bind(done)
        .fetch_optional(database)
        .await
        .map_err(StoreError::new)?;
    held(answer)
}

async fn release(
    database: impl PgExecutor<'_>,
    token: &ClaimToken,
) -> Result<ClaimState, StoreError> {
    let answer: Option<i32> = sqlx::query_scalar(RELEASE)
        .bind(&token.key().as_bytes()[..])
        .bind(token.nonce().get())
        .fetch_optional(database)
        .await
        .map_err(StoreError::new)?;
    // If it is forgotten there is nothing to give back.
    held(answer.or(Some(CHANGED)))
}

fn held(answer: Option<i32>) -> Result<ClaimState, StoreError> {
    match answer {
        Some(CHANGED) => Ok(ClaimState::Held),
        Some(DONE) => Ok(ClaimState::Done),
        Some(TAKEN) => Ok(ClaimState::Lost),
        _ => Err(StoreError::new("the claim was changed at the same time")),
    }
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

const BUSY: Busy = Busy("PostgreSQL");

impl DedupeStore for PostgresStore {
    fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> StoreFuture<Claim> {
        let Some(turn) = self.gate.enter() else {
            return StoreFuture::ready(Err(StoreError::not_taken(BUSY)));
        };
        self.prune_by_the_way();
        let (pool, key) = (self.pool.clone(), key.clone());
        StoreFuture::later(async move {
            let _turn = turn.await.ok_or_else(|| StoreError::not_taken(BUSY))?;
            claim(&pool, &key, nonce, lease, false).await
        })
    }

    fn renew(&self, token: &ClaimToken, lease: Duration) -> StoreFuture<ClaimState> {
        let (pool, token) = (self.pool.clone(), token.clone());
        StoreFuture::later(async move { write(&pool, &token, lease, false).await })
    }

    fn complete(&self, token: &ClaimToken, retention: Duration) -> StoreFuture<ClaimState> {
        let (pool, token) = (self.pool.clone(), token.clone());
        StoreFuture::later(async move { write(&pool, &token, retention, true).await })
    }

    fn release(&self, token: &ClaimToken) -> StoreFuture<ClaimState> {
        let (pool, token) = (self.pool.clone(), token.clone());
        StoreFuture::later(async move { release(&pool, &token).await })
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresStore")
    }
}
