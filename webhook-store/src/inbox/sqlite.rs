//! The table in SQLite.
//!
//! A transaction costs one wait for the disk, however many rows are in it: all that waits meanwhile is written in one.
//!
//! SQLite takes an index of some of the rows only where a statement says the same of them in the same words.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Error, Sqlite};
use tokio::runtime::Handle;
use tokio::sync::oneshot::{self, Sender};
use webhook_core::dedupe::{ClaimState, StoreError, StoreFuture};

use super::database::sealed::{Database, Store};
use super::table::{Attempt, CLAIMED, Demand, End, Filter, Row, Step, Table, Taken, millis};
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
RETURNING id, fence, attempts, lost > 0, delivery";

const END: &str = "
UPDATE webhook_inbox SET state = ?3, run_at = ?4, last_error = ?5, lost = 0
WHERE id = ?1 AND fence = ?2 AND state = 'working'
RETURNING order_key";

const GIVE_BACK: &str = "
UPDATE webhook_inbox SET state = 'new', run_at = ?3, attempts = attempts - 1
WHERE id = ?1 AND fence = ?2 AND state = 'working'";

/// Lets the first that waits go on, if nobody of its order goes before it.
const PROMOTE: &str = "
UPDATE webhook_inbox SET state = 'new', run_at = ?2
WHERE id = (SELECT min(id) FROM webhook_inbox WHERE order_key = ?1 AND state = 'waiting')
    AND NOT EXISTS (SELECT 1 FROM webhook_inbox WHERE order_key = ?1 AND state IN ('new', 'working'))";

const NEXT: &str = "SELECT min(run_at) FROM webhook_inbox WHERE state = 'new' AND lost = 0";

const NEXT_LOST: &str =
    "SELECT min(run_at) FROM webhook_inbox WHERE state = 'working' OR state = 'new' AND lost > 0";

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

/// How many rows are stored in one transaction at most.
const MOST_AT_ONCE: usize = 256;

/// How many rows may wait to be stored. More would wait for longer than their senders.
const MOST_WAITING: usize = 1024;

struct SqliteTable {
    store: SqliteStore,
    queue: Arc<Mutex<Queue>>,
}

#[derive(Default)]
struct Queue {
    rows: Vec<Storing>,
    is_written: bool,
}

struct Storing {
    row: Row,
    reply: Sender<Result<(), StoreError>>,
}

impl Store for SqliteStore {
    fn table(self) -> Arc<dyn Table> {
        Arc::new(SqliteTable {
            store: self,
            queue: Arc::default(),
        })
    }
}

impl Database for Sqlite {
    async fn done(connection: &mut SqliteConnection, attempt: Attempt) -> Result<bool, Error> {
        end(connection, attempt, &End::Done, now()).await
    }
}

impl SqliteTable {
    /// Starts a writer if there is none.
    fn begin(&self, mut queue: MutexGuard<'_, Queue>) {
        // Without a runtime nothing is written; whoever asks within one takes along what waits.
        if queue.is_written {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            queue.is_written = true;
            let writing = Writing {
                store: self.store.clone(),
                queue: Arc::clone(&self.queue),
                is_over: false,
            };
            runtime.spawn(write_all(writing));
        }
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
        let (reply, answer) = oneshot::channel();
        let mut queue = lock(&self.queue);
        if queue.rows.len() >= MOST_WAITING {
            let busy = "more deliveries wait to be stored in SQLite than it stores in time";
            return StoreFuture::ready(Err(StoreError::not_taken(busy)));
        }
        queue.rows.push(Storing { row, reply });
        self.begin(queue);
        StoreFuture::later(async {
            let ended = "the runtime in which SQLite was being written has ended";
            answer.await.unwrap_or_else(|_| Err(StoreError::new(ended)))
        })
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

/// The one writer. Makes room for the next one when it goes away, also with its runtime.
struct Writing {
    store: SqliteStore,
    queue: Arc<Mutex<Queue>>,
    is_over: bool,
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.is_over {
            lock(&self.queue).is_written = false;
        }
    }
}

impl Writing {
    /// What waits; `None` if nothing does: there is no writer then.
    fn next(&mut self) -> Option<Vec<Storing>> {
        let mut queue = lock(&self.queue);
        // Nobody waits for the others any more.
        queue.rows.retain(|waits| !waits.reply.is_closed());
        if queue.rows.is_empty() {
            queue.is_written = false;
            self.is_over = true;
            return None;
        }
        let many = queue.rows.len().min(MOST_AT_ONCE);
        Some(queue.rows.drain(..many).collect())
    }
}

async fn write_all(mut writing: Writing) {
    while let Some(rows) = writing.next() {
        let (rows, replies): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .map(|storing| (storing.row, storing.reply))
            .unzip();
        // Whoever asked may be gone.
        match put_all(&writing.store, &rows).await {
            Ok(stored) => {
                let replies = replies.into_iter().zip(stored);
                replies.for_each(|(reply, stored)| drop(reply.send(stored)));
            }
            Err(error) => {
                let error = Arc::new(error);
                let failed = || Err(StoreError::new(Arc::clone(&error)));
                let replies = replies.into_iter();
                replies.for_each(|reply| drop(reply.send(failed())));
            }
        }
    }
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    // What panics while it holds the lock is outside of this file.
    queue.lock().unwrap_or_else(PoisonError::into_inner)
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
    for (attempt, how) in ended {
        end(&mut transaction, *attempt, how, now()).await?;
    }
    let now = now();
    let taken = match demand.most {
        0 => Vec::new(),
        _ => take(&mut transaction, demand, now).await?,
    };
    let mut due: Vec<Option<i64>> = Vec::new();
    if !demand.is_met_by(taken.len()) {
        due.push(
            sqlx::query_scalar(NEXT)
                .fetch_one(&mut *transaction)
                .await?,
        );
        if demand.with_lost {
            due.push(
                sqlx::query_scalar(NEXT_LOST)
                    .fetch_one(&mut *transaction)
                    .await?,
            );
        }
    }
    transaction.commit().await?;
    let waits = due.into_iter().flatten().map(|due| due.saturating_sub(now));
    Ok(Step::new(taken, waits))
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
    let rows: Vec<(i64, i64, u32, bool, String)> = rows.fetch_all(connection).await?;
    let rows = rows.into_iter();
    let taken = rows.map(|(row, fence, number, was_lost, delivery)| Taken {
        attempt: Attempt { row, fence, number },
        was_lost,
        delivery,
    });
    Ok(taken.collect())
}

/// Whether it was the last attempt. Lets the next one of its order go on.
async fn end(
    connection: &mut SqliteConnection,
    attempt: Attempt,
    how: &End,
    now: i64,
) -> Result<bool, Error> {
    if let End::GivenBack = how {
        let given_back = sqlx::query(GIVE_BACK)
            .bind(attempt.row)
            .bind(attempt.fence)
            .bind(now);
        let given_back = given_back.execute(connection).await?;
        return Ok(given_back.rows_affected() > 0);
    }
    let ended = sqlx::query_scalar(END)
        .bind(attempt.row)
        .bind(attempt.fence)
        .bind(how.state())
        .bind(now.saturating_add(millis(how.wait())))
        .bind(how.error());
    let order_key: Option<Option<Vec<u8>>> = ended.fetch_optional(&mut *connection).await?;
    if let Some(Some(order_key)) = &order_key {
        let promoted = sqlx::query(PROMOTE).bind(order_key).bind(now);
        promoted.execute(connection).await?;
    }
    Ok(order_key.is_some())
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
