//! The table in SQLite.
//!
//! SQLite takes an index of some of the rows only where a statement says the same of them in the same words.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Error, Sqlite};
use webhook_core::dedupe::{ClaimState, StoreError, StoreFuture};

use super::database::sealed::{Database, Store};
use super::queue::{Queue, Write};
use super::table::{
    Attempt, CLAIMED, Demand, End, Filter, Row, Step, Table, Taken, TakenRow, millis,
};
use crate::SqliteStore;

const MIGRATION: &str = include_str!("../../migrations/sqlite/20261128000000_webhook_inbox.sql");

impl SqliteStore {
    /// The SQL that makes the table of an [`Inbox`](super::Inbox), for those who migrate by themselves: beside
    /// [`MIGRATION`](Self::MIGRATION). Feature `inbox`.
    pub const INBOX_MIGRATION: &str = MIGRATION;
}

/// Waits, if one of its order that came before has not ended.
const INSERT: &str = "
INSERT INTO webhook_inbox (key, endpoint, event, kind, order_key, delivery, stored_at, run_at, state)
VALUES (unhex(?1), ?2, ?3, ?4, ?5, ?6, ?7, ?7, iif(
    EXISTS (SELECT 1 FROM webhook_inbox WHERE order_key = ?5 AND state IN ('new', 'working'))
        OR EXISTS (SELECT 1 FROM webhook_inbox WHERE order_key = ?5 AND state = 'waiting'),
    'waiting', 'new'
))
ON CONFLICT (key) DO NOTHING";

/// Takes what is due, and before it up to `?4` rows that somebody has begun and not ended in time.
const TAKE: &str = "
UPDATE webhook_inbox SET
    state = 'working', attempts = attempts + 1, fence = fence + 1, lost = lost + (state = 'working'), run_at = ?1 + ?2
WHERE id IN (
    SELECT id FROM (
        SELECT id FROM webhook_inbox WHERE (state = 'working' OR state = 'new' AND lost > 0) AND run_at <= ?1
        ORDER BY run_at, id LIMIT ?4
    )
    UNION ALL SELECT id FROM (
        SELECT id FROM webhook_inbox WHERE state = 'new' AND lost = 0 AND run_at <= ?1
        ORDER BY run_at, id LIMIT ?3
    )
    LIMIT ?3
)
RETURNING id, fence, attempts, lost > 0, order_key IS NOT NULL, delivery";

/// How attempts ended, as a list in JSON.
const END: &str = "
UPDATE webhook_inbox AS known SET
    state = ended.state,
    run_at = ?2 + ended.wait,
    attempts = known.attempts - ended.is_given_back,
    lost = iif(ended.is_given_back, known.lost, 0),
    last_error = iif(ended.is_given_back, known.last_error, ended.error)
FROM (
    SELECT value ->> 0 AS id, value ->> 1 AS fence, value ->> 2 AS state, value ->> 3 AS wait, value ->> 4 AS error,
        value ->> 5 AS is_given_back
    FROM json_each(?1)
) AS ended
WHERE known.id = ended.id AND known.fence = ended.fence AND known.state = 'working'
RETURNING order_key";

/// Lets the first that waits go on, if nobody of its order goes before it.
const PROMOTE: &str = "
UPDATE webhook_inbox SET state = 'new', run_at = ?2
WHERE id = (SELECT min(id) FROM webhook_inbox WHERE order_key = ?1 AND state = 'waiting')
    AND NOT EXISTS (SELECT 1 FROM webhook_inbox WHERE order_key = ?1 AND state IN ('new', 'working'))";

/// When the next row is due, and the next one that was lost.
const NEXT: &str = "
SELECT (SELECT min(run_at) FROM webhook_inbox WHERE state = 'new' AND lost = 0),
    (SELECT min(run_at) FROM webhook_inbox WHERE state = 'working' OR state = 'new' AND lost > 0)";

const REPLAY: &str = "
UPDATE webhook_inbox SET state = iif(order_key IS NULL, 'new', 'waiting'), run_at = ?1, attempts = 0, lost = 0,
    last_error = NULL
WHERE state IN ('new', 'waiting', 'done', 'dead')
    AND (?2 IS NULL OR id = ?2) AND (?3 IS NULL OR event = ?3) AND (?4 IS NULL OR kind = ?4)
    AND (?5 IS NULL OR stored_at >= ?5) AND (?6 IS NULL OR state = ?6)";

/// All at once: nobody else writes meanwhile.
const WAKE: &str = "
UPDATE webhook_inbox SET state = 'new', run_at = ?1
WHERE id IN (
    SELECT min(id) FROM webhook_inbox AS first WHERE state = 'waiting' AND NOT EXISTS (
        SELECT 1 FROM webhook_inbox AS other WHERE other.order_key = first.order_key AND other.state IN ('new', 'working')
    )
    GROUP BY order_key
)";

const PRUNE: &str = "
DELETE FROM webhook_inbox WHERE id IN (
    SELECT id FROM webhook_inbox WHERE state IN ('done', 'dead') AND state = 'done' AND run_at < ?1
    ORDER BY run_at LIMIT ?2
)";

const COUNT: &str = "SELECT state, count(*) FROM webhook_inbox GROUP BY state";

struct SqliteTable {
    store: SqliteStore,
    queue: Queue<SqliteStore>,
}

impl Store for SqliteStore {
    fn table(self) -> Arc<dyn Table> {
        Arc::new(SqliteTable {
            queue: Queue::new(self.clone()),
            store: self,
        })
    }
}

impl Database for Sqlite {
    async fn done(connection: &mut SqliteConnection, attempt: Attempt) -> Result<bool, Error> {
        let orders = end(connection, &[(attempt, End::Done)], now()).await?;
        Ok(!orders.is_empty())
    }
}

impl Table for SqliteTable {
    fn migrate(&self) -> StoreFuture<()> {
        let store = self.store.clone();
        StoreFuture::later(async move {
            store.migrate().await?;
            let migrated = sqlx::raw_sql(MIGRATION).execute(store.pool()).await;
            migrated.map(drop).map_err(StoreError::new)
        })
    }

    fn put(&self, row: Row) -> StoreFuture<()> {
        self.queue.put(row)
    }

    fn step(&self, ended: Vec<(Attempt, End)>, demand: Demand) -> StoreFuture<Step> {
        let store = self.store.clone();
        StoreFuture::later(async move {
            let step = step(&store, &ended, demand).await;
            step.map_err(StoreError::new)
        })
    }

    fn replay(&self, filter: Filter) -> StoreFuture<u64> {
        let store = self.store.clone();
        StoreFuture::later(async move {
            let replayed = replay(&store, &filter).await;
            replayed.map_err(StoreError::new)
        })
    }

    fn wake(&self) -> StoreFuture<()> {
        let store = self.store.clone();
        StoreFuture::later(async move {
            let woken = sqlx::query(WAKE).bind(now()).execute(store.pool()).await;
            woken.map(drop).map_err(StoreError::new)
        })
    }

    fn prune(&self, done_for: Duration, most: u32) -> StoreFuture<u64> {
        let store = self.store.clone();
        StoreFuture::later(async move {
            let before = now().saturating_sub(millis(done_for));
            let pruned = sqlx::query(PRUNE).bind(before).bind(most);
            let pruned = pruned.execute(store.pool()).await;
            Ok(pruned.map_err(StoreError::new)?.rows_affected())
        })
    }

    fn count(&self) -> StoreFuture<Vec<(String, i64)>> {
        let store = self.store.clone();
        StoreFuture::later(async move {
            let counted = sqlx::query_as(COUNT).fetch_all(store.pool()).await;
            counted.map_err(StoreError::new)
        })
    }
}

impl Write for SqliteStore {
    async fn alone(&self, row: &Row) -> Result<(), StoreError> {
        if row.claim.is_some() {
            let stored = put_all(self, std::slice::from_ref(row)).await?;
            return stored.into_iter().collect();
        }
        // The statement is a transaction by itself, and one trip to the thread of the connection instead of three.
        let mut connection = self.pool().acquire().await.map_err(StoreError::new)?;
        let inserted = insert(&mut connection, row).await;
        inserted.map_err(StoreError::new)
    }

    async fn together(&self, rows: &[Row]) -> Result<Vec<Result<(), StoreError>>, StoreError> {
        put_all(self, rows).await
    }
}

async fn put_all(
    store: &SqliteStore,
    rows: &[Row],
) -> Result<Vec<Result<(), StoreError>>, StoreError> {
    let mut connection = store.pool().acquire().await.map_err(StoreError::new)?;
    let begun = connection.begin_with("BEGIN IMMEDIATE").await;
    let mut transaction = begun.map_err(StoreError::new)?;
    let mut stored = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some((claim, retention)) = &row.claim {
            let completed = store.complete_in(&mut transaction, claim, *retention).await;
            if completed? == ClaimState::Lost {
                stored.push(Err(StoreError::not_taken(CLAIMED)));
                continue;
            }
        }
        let inserted = insert(&mut transaction, row).await;
        inserted.map_err(StoreError::new)?;
        stored.push(Ok(()));
    }
    transaction.commit().await.map_err(StoreError::new)?;
    Ok(stored)
}

async fn insert(connection: &mut SqliteConnection, row: &Row) -> Result<(), Error> {
    let inserted = sqlx::query(INSERT)
        .bind(&row.key)
        .bind(&row.endpoint)
        .bind(&row.event)
        .bind(&row.kind)
        .bind(row.order_key.as_ref().map(|key| key.as_slice()))
        .bind(&row.delivery)
        .bind(now());
    inserted.execute(connection).await.map(drop)
}

async fn step(
    store: &SqliteStore,
    ended: &[(Attempt, End)],
    demand: Demand,
) -> Result<Step, Error> {
    let mut connection = store.pool().acquire().await?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let now = now();
    if !ended.is_empty() {
        end(&mut transaction, ended, now).await?;
    }
    let taken = match demand.most {
        0 => Vec::new(),
        _ => take(&mut transaction, demand, now).await?,
    };
    let next = match demand.is_met_by(taken.len()) {
        true => (None, None),
        false => sqlx::query_as(NEXT).fetch_one(&mut *transaction).await?,
    };
    transaction.commit().await?;
    Ok(Step::new(taken, demand.due(next), now))
}

async fn take(
    connection: &mut SqliteConnection,
    demand: Demand,
    now: i64,
) -> Result<Vec<Taken>, Error> {
    let rows = sqlx::query_as(TAKE)
        .bind(now)
        .bind(millis(demand.lease))
        .bind(demand.most)
        .bind(demand.lost());
    let rows: Vec<TakenRow<u32>> = rows.fetch_all(connection).await?;
    Ok(rows.into_iter().map(Taken::from).collect())
}

/// The orders of those that were the last attempts; one that is of none is there as `None`. Lets the next ones of these orders go on.
async fn end(
    connection: &mut SqliteConnection,
    ended: &[(Attempt, End)],
    now: i64,
) -> Result<Vec<Option<Vec<u8>>>, Error> {
    let list: Vec<_> = ended
        .iter()
        .map(|(attempt, how)| {
            let is_given_back = matches!(how, End::GivenBack);
            let (wait, error) = (millis(how.wait()), how.error());
            (
                attempt.row,
                attempt.fence,
                how.state(),
                wait,
                error,
                is_given_back,
            )
        })
        .collect();
    let list = serde_json::to_string(&list).map_err(|error| Error::Encode(error.into()))?;
    let ended = sqlx::query_scalar(END).bind(list).bind(now);
    let orders: Vec<Option<Vec<u8>>> = ended.fetch_all(&mut *connection).await?;
    let unique: BTreeSet<&[u8]> = orders.iter().flatten().map(Vec::as_slice).collect();
    for order in unique {
        let promoted = sqlx::query(PROMOTE).bind(order).bind(now);
        promoted.execute(&mut *connection).await?;
    }
    Ok(orders)
}

async fn replay(store: &SqliteStore, filter: &Filter) -> Result<u64, Error> {
    let mut connection = store.pool().acquire().await?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let now = now();
    let replayed = sqlx::query(REPLAY)
        .bind(now)
        .bind(filter.row)
        .bind(&filter.event)
        .bind(&filter.kind)
        .bind(filter.since.map(|since| since.as_millis()))
        .bind(filter.state);
    let replayed = replayed.execute(&mut *transaction).await?;
    let woken = sqlx::query(WAKE).bind(now);
    woken.execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(replayed.rows_affected())
}

/// Milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    millis(since.unwrap_or_default())
}
