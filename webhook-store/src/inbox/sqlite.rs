//! The SQL.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{Connection as _, Error};
use webhook_core::StoredDelivery;
use webhook_core::dedupe::{ClaimState, StoreError};

/// One attempt: the row, and the number by which its end is told from that of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Attempt {
    pub(super) row: i64,
    pub(super) number: u32,
}

/// A row that was taken.
pub(super) struct Taken {
    pub(super) attempt: Attempt,
    pub(super) delivery: String,
}

pub(super) const MIGRATION: &str =
    include_str!("../../migrations/sqlite/20261128000000_webhook_inbox.sql");

const INSERT: &str = "
INSERT INTO webhook_inbox (key, endpoint, event, kind, stored_at, delivery, state, run_at)
VALUES (unhex(?1), ?2, ?3, ?4, ?5, ?6, 'new', ?5)
ON CONFLICT (key) DO NOTHING";

/// Takes what is due, and what somebody has begun and not ended in time.
const TAKE: &str = "
UPDATE webhook_inbox SET state = 'working', attempts = attempts + 1, run_at = ?1 + ?2
WHERE id IN (
    SELECT id FROM webhook_inbox WHERE state IN ('new', 'working') AND run_at <= ?1
    ORDER BY run_at, id LIMIT ?3
)
RETURNING id, attempts, delivery";

const END: &str = "
UPDATE webhook_inbox SET state = ?3, run_at = ?4, last_error = ?5
WHERE id = ?1 AND attempts = ?2 AND state = 'working'";

/// As if it had not been begun.
const GIVE_BACK: &str = "
UPDATE webhook_inbox SET state = 'new', run_at = ?3, attempts = attempts - 1
WHERE id = ?1 AND attempts = ?2 AND state = 'working'";

const NEXT: &str = "SELECT min(run_at) FROM webhook_inbox WHERE state IN ('new', 'working')";

/// What is worked on now stays.
const REPLAY: &str = "
UPDATE webhook_inbox SET state = 'new', run_at = ?1, attempts = 0, last_error = NULL
WHERE state IN ('new', 'done', 'dead')
    AND (?2 IS NULL OR id = ?2) AND (?3 IS NULL OR event = ?3) AND (?4 IS NULL OR kind = ?4)
    AND (?5 IS NULL OR stored_at >= ?5) AND (?6 IS NULL OR state = ?6)";

const PRUNE: &str = "
DELETE FROM webhook_inbox WHERE id IN (
    SELECT id FROM webhook_inbox WHERE state IN ('done', 'dead') AND state = ?1 AND run_at < ?2
    ORDER BY run_at LIMIT ?3
)";

const COUNT: &str = "SELECT state, count(*) FROM webhook_inbox GROUP BY state";

/// Milliseconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    millis(since.unwrap_or_default())
}

pub(super) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

pub(super) async fn migrate(pool: &SqlitePool) -> Result<(), StoreError> {
    let migrated = sqlx::raw_sql(MIGRATION).execute(pool).await;
    migrated.map(drop).map_err(StoreError::new)
}

/// An event that is there already stays as it is.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    stored: &StoredDelivery,
    json: &str,
    now: i64,
) -> Result<(), Error> {
    sqlx::query(INSERT)
        .bind(stored.dedupe_key())
        .bind(stored.endpoint())
        .bind(stored.id())
        .bind(stored.kind())
        .bind(now)
        .bind(json)
        .execute(connection)
        .await
        .map(drop)
}

pub(super) async fn take(
    pool: &SqlitePool,
    now: i64,
    lease: Duration,
    most: usize,
) -> Result<Vec<Taken>, StoreError> {
    let rows: Result<Vec<(i64, u32, String)>, Error> = async {
        let mut connection = pool.acquire().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let rows = sqlx::query_as(TAKE)
            .bind(now)
            .bind(millis(lease))
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(rows)
    }
    .await;
    let taken = rows.map_err(StoreError::new)?.into_iter();
    let taken = taken.map(|(row, number, delivery)| Taken {
        attempt: Attempt { row, number },
        delivery,
    });
    Ok(taken.collect())
}

/// How an attempt ends.
pub(super) enum End<'e> {
    Done,
    Again {
        at: i64,
        error: &'e str,
    },
    Dead {
        error: &'e str,
    },
    /// It did not come to its end, because the worker stops.
    GivenBack,
}

/// Says how an attempt ended, unless somebody else has begun another one.
pub(super) async fn end(
    pool: &SqlitePool,
    attempt: Attempt,
    end: &End<'_>,
    now: i64,
) -> Result<(), StoreError> {
    let (state, at, error) = match end {
        End::Done => ("done", now, None),
        End::Again { at, error } => ("new", *at, Some(*error)),
        End::Dead { error } => ("dead", now, Some(*error)),
        End::GivenBack => {
            let given_back = sqlx::query(GIVE_BACK)
                .bind(attempt.row)
                .bind(attempt.number)
                .bind(now);
            return given_back
                .execute(pool)
                .await
                .map(drop)
                .map_err(StoreError::new);
        }
    };
    let ended = sqlx::query(END)
        .bind(attempt.row)
        .bind(attempt.number)
        .bind(state)
        .bind(at)
        .bind(error);
    ended.execute(pool).await.map(drop).map_err(StoreError::new)
}

pub(super) async fn done(
    connection: &mut SqliteConnection,
    attempt: Attempt,
    now: i64,
) -> Result<ClaimState, StoreError> {
    let ended = sqlx::query(END)
        .bind(attempt.row)
        .bind(attempt.number)
        .bind("done")
        .bind(now)
        .bind(None::<&str>);
    let ended = ended.execute(connection).await.map_err(StoreError::new)?;
    Ok(match ended.rows_affected() {
        0 => ClaimState::Lost,
        _ => ClaimState::Held,
    })
}

/// When the next row is due, if there is one.
pub(super) async fn next(pool: &SqlitePool) -> Result<Option<i64>, StoreError> {
    let next = sqlx::query_scalar(NEXT).fetch_one(pool).await;
    next.map_err(StoreError::new)
}

/// What to replay: all that is said must hold.
#[derive(Default)]
pub(super) struct Filter<'f> {
    pub(super) row: Option<i64>,
    pub(super) event: Option<&'f str>,
    pub(super) kind: Option<&'f str>,
    pub(super) since: Option<i64>,
    pub(super) state: Option<&'f str>,
}

pub(super) async fn replay(
    pool: &SqlitePool,
    filter: &Filter<'_>,
    now: i64,
) -> Result<u64, StoreError> {
    let replayed = sqlx::query(REPLAY)
        .bind(now)
        .bind(filter.row)
        .bind(filter.event)
        .bind(filter.kind)
        .bind(filter.since)
        .bind(filter.state);
    let replayed = replayed.execute(pool).await.map_err(StoreError::new)?;
    Ok(replayed.rows_affected())
}

pub(super) async fn prune(
    pool: &SqlitePool,
    state: &str,
    before: i64,
    most: u32,
) -> Result<u64, StoreError> {
    let pruned = sqlx::query(PRUNE).bind(state).bind(before).bind(most);
    let pruned = pruned.execute(pool).await.map_err(StoreError::new)?;
    Ok(pruned.rows_affected())
}

pub(super) async fn count(pool: &SqlitePool) -> Result<Vec<(String, i64)>, StoreError> {
    let counted = sqlx::query_as(COUNT).fetch_all(pool).await;
    counted.map_err(StoreError::new)
}
