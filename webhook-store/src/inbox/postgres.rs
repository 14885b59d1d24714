//! The table in PostgreSQL. By the clock of the database.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{Connection as _, Error, Postgres};
use webhook_core::dedupe::{ClaimState, StoreError, StoreFuture};

use super::database::sealed::{Database, Store};
use super::kept::Kept;
use super::queue::{Queue, Write};
use super::table::{
    Attempt, CLAIMED, Demand, End, Filter, Row, Step, Table, Taken, TakenRow, millis,
};
use crate::PostgresStore;

const MIGRATION: &str = include_str!("../../migrations/postgres/20261128000000_webhook_inbox.sql");

impl PostgresStore {
    /// The SQL that makes the table of an [`Inbox`](super::Inbox), for those who migrate by themselves: beside
    /// [`MIGRATION`](Self::MIGRATION). Feature `inbox`.
    pub const INBOX_MIGRATION: &str = MIGRATION;
}

const INSERT: &str = "
INSERT INTO webhook_inbox (key, endpoint, event, kind, delivery, state)
VALUES (decode($1, 'hex'), $2, $3, $4, $5, 'new') ON CONFLICT (key) DO NOTHING";

/// In the order of their keys, so that two processes that store the same events do not wait for each other.
const INSERT_ALL: &str = "
INSERT INTO webhook_inbox (key, endpoint, event, kind, delivery, state)
SELECT decode(key, 'hex'), endpoint, event, kind, delivery, 'new'
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS stored (key, endpoint, event, kind, delivery)
ORDER BY key
ON CONFLICT (key) DO NOTHING";

/// Waits, if one of its order that came before has not ended.
const INSERT_IN_ORDER: &str = "
INSERT INTO webhook_inbox (key, endpoint, event, kind, order_key, delivery, state)
VALUES (decode($1, 'hex'), $2, $3, $4, $5, $6, CASE
    WHEN EXISTS (SELECT FROM webhook_inbox WHERE order_key = $5 AND state IN ('new', 'working'))
        OR EXISTS (SELECT FROM webhook_inbox WHERE order_key = $5 AND state = 'waiting')
    THEN 'waiting' ELSE 'new'
END)
ON CONFLICT (key) DO NOTHING";

/// Until the end of the transaction nobody else of this order is stored or ends.
const LOCK: &str = "SELECT pg_advisory_xact_lock($1)";

/// Says how attempts ended, and of which orders they were. A row is found by its number: the state is not written as in the index of rows
/// that are worked on, which has all that were since it was last cleaned. And of a `LIMIT` that it does not know the planner expects one
/// row: of more it would read the whole of a table that was short when it made its plan.
macro_rules! end {
    () => {
        "
UPDATE webhook_inbox AS known SET
    state = ended.state,
    run_at = clock_timestamp() + ended.wait * interval '1 millisecond',
    attempts = known.attempts - CASE WHEN ended.is_given_back THEN 1 ELSE 0 END,
    lost = CASE WHEN ended.is_given_back THEN known.lost ELSE 0 END,
    last_error = CASE WHEN ended.is_given_back THEN known.last_error ELSE ended.error END
FROM (
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::boolean[])
        AS each (id, fence, state, wait, error, is_given_back)
    LIMIT cardinality($1)
) AS ended
WHERE known.id = ended.id AND known.fence = ended.fence AND known.state || '' = 'working'
RETURNING known.order_key"
    };
}

const END: &str = end!();

/// Says how attempts ended that are of no order, and takes what is due, and up to `$9` rows that somebody has begun and not ended in time.
/// What another worker takes at the same time is passed over. The time is that of the statement: an index is not searched for a time that
/// may be another one for each row.
const END_AND_TAKE: &str = concat!(
    "WITH ended AS (",
    end!(),
    "
), lost AS MATERIALIZED (
    SELECT id FROM webhook_inbox
    WHERE (state = 'working' OR state = 'new' AND lost > 0) AND run_at <= statement_timestamp() AND id <> ALL ($1)
    ORDER BY run_at, id LIMIT $9 FOR UPDATE SKIP LOCKED
), new AS MATERIALIZED (
    SELECT id FROM webhook_inbox WHERE state = 'new' AND lost = 0 AND run_at <= statement_timestamp()
    ORDER BY run_at, id LIMIT $8 - (SELECT count(*) FROM lost) FOR UPDATE SKIP LOCKED
)
UPDATE webhook_inbox AS known SET
    state = 'working',
    attempts = known.attempts + 1,
    fence = known.fence + 1,
    lost = known.lost + CASE WHEN known.state = 'working' THEN 1 ELSE 0 END,
    run_at = clock_timestamp() + $7 * interval '1 millisecond'
FROM (SELECT id FROM lost UNION ALL SELECT id FROM new LIMIT $8) AS due WHERE known.id = due.id
RETURNING known.id, known.fence, known.attempts, known.lost > 0, known.order_key IS NOT NULL, known.delivery"
);

/// Lets the first that waits go on, if nobody of its order goes before it.
const PROMOTE: &str = "
UPDATE webhook_inbox SET state = 'new', run_at = clock_timestamp()
WHERE id = (SELECT min(id) FROM webhook_inbox WHERE order_key = $1 AND state = 'waiting')
    AND NOT EXISTS (SELECT FROM webhook_inbox WHERE order_key = $1 AND state IN ('new', 'working'))";

/// In how many milliseconds the next row is due, and the next one that was lost.
const NEXT: &str = "
SELECT (extract(epoch FROM (
    SELECT min(run_at) FROM webhook_inbox WHERE state = 'new' AND lost = 0
) - clock_timestamp()) * 1000)::bigint, (extract(epoch FROM (
    SELECT min(run_at) FROM webhook_inbox WHERE state = 'working' OR state = 'new' AND lost > 0
) - clock_timestamp()) * 1000)::bigint";

const REPLAY: &str = "
UPDATE webhook_inbox SET
    state = CASE WHEN order_key IS NULL THEN 'new' ELSE 'waiting' END,
    run_at = clock_timestamp(),
    attempts = 0,
    lost = 0,
    last_error = NULL
WHERE state IN ('new', 'waiting', 'done', 'dead')
    AND ($1::bigint IS NULL OR id = $1) AND ($2::text IS NULL OR event = $2) AND ($3::text IS NULL OR kind = $3)
    AND ($4::bigint IS NULL OR stored_at >= to_timestamp($4 / 1000.0)) AND ($5::text IS NULL OR state = $5)";

/// Orders in which somebody waits for nobody.
const STUCK: &str = "
SELECT DISTINCT order_key FROM webhook_inbox AS first WHERE state = 'waiting' AND NOT EXISTS (
    SELECT FROM webhook_inbox AS other WHERE other.order_key = first.order_key AND other.state IN ('new', 'working')
)
LIMIT 1000";

const PRUNE: &str = "
DELETE FROM webhook_inbox WHERE id = ANY (ARRAY (
    SELECT id FROM webhook_inbox
    WHERE state = 'done' AND run_at < statement_timestamp() - $1 * interval '1 millisecond'
    ORDER BY run_at LIMIT $2 FOR UPDATE SKIP LOCKED
))";

const COUNT: &str = "SELECT state, count(*) FROM webhook_inbox GROUP BY state";

struct PostgresTable {
    store: PostgresStore,
    queue: Queue<Kept<Postgres>>,
}

impl Store for PostgresStore {
    fn table(self) -> Arc<dyn Table> {
        Arc::new(PostgresTable {
            queue: Queue::new(Kept::new(self.pool().clone())),
            store: self,
        })
    }
}

impl Database for Postgres {
    async fn done(connection: &mut PgConnection, attempt: Attempt) -> Result<bool, Error> {
        let orders = end(connection, &[(attempt, End::Done)]).await?;
        promote(connection, &orders).await?;
        Ok(!orders.is_empty())
    }
}

impl Table for PostgresTable {
    fn migrate(&self) -> StoreFuture<()> {
        let store = self.store.clone();
        StoreFuture::later(async move {
            store.migrate().await?;
            // Several at once would all find that there is no table. Statements sent together are one transaction.
            let alone = format!("SELECT pg_advisory_xact_lock(7306656); {MIGRATION}");
            let migrated = sqlx::raw_sql(sqlx::AssertSqlSafe(alone));
            let migrated = migrated.execute(store.pool()).await;
            migrated.map(drop).map_err(StoreError::new)
        })
    }

    fn put(&self, row: Row) -> StoreFuture<()> {
        // What waits for locks keeps nobody else waiting.
        if row.claim.is_some() || row.order_key.is_some() {
            let store = self.store.clone();
            return StoreFuture::later(async move { put(&store, &row).await });
        }
        self.queue.put(row)
    }

    fn step(&self, ended: Vec<(Attempt, End)>, demand: Demand) -> StoreFuture<Step> {
        let pool = self.store.pool().clone();
        StoreFuture::later(async move {
            let step = step(&pool, &ended, demand).await;
            step.map_err(StoreError::new)
        })
    }

    fn replay(&self, filter: Filter) -> StoreFuture<u64> {
        let pool = self.store.pool().clone();
        StoreFuture::later(async move {
            let replayed = replay(&pool, &filter).await;
            replayed.map_err(StoreError::new)
        })
    }

    fn wake(&self) -> StoreFuture<()> {
        let pool = self.store.pool().clone();
        StoreFuture::later(async move { wake(&pool).await.map_err(StoreError::new) })
    }

    fn prune(&self, done_for: Duration, most: u32) -> StoreFuture<u64> {
        let pool = self.store.pool().clone();
        StoreFuture::later(async move {
            let pruned = sqlx::query(PRUNE)
                .bind(millis(done_for))
                .bind(i64::from(most));
            let pruned = pruned.execute(&pool).await;
            Ok(pruned.map_err(StoreError::new)?.rows_affected())
        })
    }

    fn count(&self) -> StoreFuture<Vec<(String, i64)>> {
        let pool = self.store.pool().clone();
        StoreFuture::later(async move {
            let counted = sqlx::query_as(COUNT).fetch_all(&pool).await;
            counted.map_err(StoreError::new)
        })
    }
}

async fn put(store: &PostgresStore, row: &Row) -> Result<(), StoreError> {
    let mut transaction = store.pool().begin().await.map_err(StoreError::new)?;
    if let Some((claim, retention)) = &row.claim {
        let completed = store.complete_in(&mut transaction, claim, *retention);
        if completed.await? == ClaimState::Lost {
            return Err(StoreError::not_taken(CLAIMED));
        }
    }
    if let Some(order) = &row.order_key {
        lock(&mut transaction, order)
            .await
            .map_err(StoreError::new)?;
    }
    let inserted = insert_in_order(&mut transaction, row).await;
    inserted.map_err(StoreError::new)?;
    transaction.commit().await.map_err(StoreError::new)
}

/// A statement is a transaction by itself, and one round trip.
impl Write for Kept<Postgres> {
    async fn alone(&self, row: &Row) -> Result<(), StoreError> {
        let mut connection = self.take().await.map_err(StoreError::new)?;
        let inserted = sqlx::query(INSERT)
            .bind(&row.key)
            .bind(&row.endpoint)
            .bind(&row.event)
            .bind(&row.kind)
            .bind(&row.delivery);
        let inserted = inserted.execute(&mut *connection).await;
        inserted.map_err(StoreError::new)?;
        self.keep(connection);
        Ok(())
    }

    async fn together(&self, rows: &[Row]) -> Result<Vec<Result<(), StoreError>>, StoreError> {
        let mut connection = self.take().await.map_err(StoreError::new)?;
        let inserted = insert_all(&mut connection, rows).await;
        inserted.map_err(StoreError::new)?;
        self.keep(connection);
        Ok(rows.iter().map(|_| Ok(())).collect())
    }
}

async fn insert_all(connection: &mut PgConnection, rows: &[Row]) -> Result<(), Error> {
    let each = rows.iter();
    let inserted = sqlx::query(INSERT_ALL)
        .bind(each.clone().map(|row| row.key.as_str()).collect::<Vec<_>>())
        .bind(
            each.clone()
                .map(|row| row.endpoint.as_deref())
                .collect::<Vec<_>>(),
        )
        .bind(
            each.clone()
                .map(|row| row.event.as_deref())
                .collect::<Vec<_>>(),
        )
        .bind(
            each.clone()
                .map(|row| row.kind.as_deref())
                .collect::<Vec<_>>(),
        )
        .bind(each.map(|row| row.delivery.as_str()).collect::<Vec<_>>());
    inserted.execute(connection).await.map(drop)
}

async fn insert_in_order(connection: &mut PgConnection, row: &Row) -> Result<(), Error> {
    let inserted = sqlx::query(INSERT_IN_ORDER)
        .bind(&row.key)
        .bind(&row.endpoint)
        .bind(&row.event)
        .bind(&row.kind)
        .bind(row.order_key.as_ref().map(|key| key.as_slice()))
        .bind(&row.delivery);
    inserted.execute(connection).await.map(drop)
}

async fn lock(connection: &mut PgConnection, order: &[u8]) -> Result<(), Error> {
    let number = order
        .first_chunk()
        .map_or(0, |first| i64::from_be_bytes(*first));
    sqlx::query(LOCK)
        .bind(number)
        .execute(connection)
        .await
        .map(drop)
}

async fn step(pool: &PgPool, ended: &[(Attempt, End)], demand: Demand) -> Result<Step, Error> {
    let mut connection = pool.acquire().await?;
    let is_ordered = ended.iter().any(|(attempt, _)| attempt.is_ordered);
    let taken = match is_ordered {
        false => end_and_take(&mut connection, ended, demand).await?,
        true => {
            let mut transaction = connection.begin().await?;
            let orders = end(&mut transaction, ended).await?;
            promote(&mut transaction, &orders).await?;
            let taken = match demand.most {
                0 => Vec::new(),
                _ => end_and_take(&mut transaction, &[], demand).await?,
            };
            transaction.commit().await?;
            taken
        }
    };
    let next = match demand.is_met_by(taken.len()) {
        true => (None, None),
        // What is taken is committed: without an answer to this it is worked on too, and the table is looked at again soon.
        false => {
            let next = sqlx::query_as(NEXT).fetch_one(&mut *connection).await;
            next.unwrap_or_default()
        }
    };
    Ok(Step::new(taken, demand.due(next), 0))
}

async fn end_and_take(
    connection: &mut PgConnection,
    ended: &[(Attempt, End)],
    demand: Demand,
) -> Result<Vec<Taken>, Error> {
    let ends = Ends::new(ended);
    let taken = sqlx::query_as(END_AND_TAKE)
        .bind(ends.rows)
        .bind(ends.fences)
        .bind(ends.states)
        .bind(ends.waits)
        .bind(ends.errors)
        .bind(ends.given_back)
        .bind(millis(demand.lease))
        .bind(i64::from(demand.most))
        .bind(i64::from(demand.lost()));
    let taken: Vec<TakenRow<i32>> = taken.fetch_all(connection).await?;
    Ok(taken.into_iter().map(Taken::from).collect())
}

/// The orders of those that were the last attempts; one that is of none is there as `None`.
async fn end(
    connection: &mut PgConnection,
    ended: &[(Attempt, End)],
) -> Result<Vec<Option<Vec<u8>>>, Error> {
    let ends = Ends::new(ended);
    sqlx::query_scalar(END)
        .bind(ends.rows)
        .bind(ends.fences)
        .bind(ends.states)
        .bind(ends.waits)
        .bind(ends.errors)
        .bind(ends.given_back)
        .fetch_all(connection)
        .await
}

/// How attempts ended, by columns.
struct Ends<'e> {
    rows: Vec<i64>,
    fences: Vec<i64>,
    states: Vec<&'static str>,
    waits: Vec<i64>,
    errors: Vec<Option<&'e str>>,
    given_back: Vec<bool>,
}

impl<'e> Ends<'e> {
    fn new(ended: &'e [(Attempt, End)]) -> Self {
        let each = ended.iter();
        Self {
            rows: each.clone().map(|(attempt, _)| attempt.row).collect(),
            fences: each.clone().map(|(attempt, _)| attempt.fence).collect(),
            states: each.clone().map(|(_, how)| how.state()).collect(),
            waits: each.clone().map(|(_, how)| millis(how.wait())).collect(),
            errors: each.clone().map(|(_, how)| how.error()).collect(),
            given_back: each.map(|(_, how)| matches!(how, End::GivenBack)).collect(),
        }
    }
}

/// Lets the next ones of these orders go on.
async fn promote(connection: &mut PgConnection, orders: &[Option<Vec<u8>>]) -> Result<(), Error> {
    // Sorted, so that two workers do not wait for each other.
    let orders: BTreeSet<&[u8]> = orders.iter().flatten().map(Vec::as_slice).collect();
    for order in orders {
        lock(connection, order).await?;
        let promoted = sqlx::query(PROMOTE).bind(order);
        promoted.execute(&mut *connection).await?;
    }
    Ok(())
}

async fn replay(pool: &PgPool, filter: &Filter) -> Result<u64, Error> {
    let replayed = sqlx::query(REPLAY)
        .bind(filter.row)
        .bind(&filter.event)
        .bind(&filter.kind)
        .bind(filter.since.map(|since| since.as_millis()))
        .bind(filter.state);
    let replayed = replayed.execute(pool).await?;
    wake(pool).await?;
    Ok(replayed.rows_affected())
}

/// In small transactions: each holds locks on its orders.
async fn wake(pool: &PgPool) -> Result<(), Error> {
    loop {
        let stuck: Vec<Vec<u8>> = sqlx::query_scalar(STUCK).fetch_all(pool).await?;
        if stuck.is_empty() {
            return Ok(());
        }
        let stuck: Vec<_> = stuck.into_iter().map(Some).collect();
        for orders in stuck.chunks(100) {
            let mut transaction = pool.begin().await?;
            promote(&mut transaction, orders).await?;
            transaction.commit().await?;
        }
    }
}
