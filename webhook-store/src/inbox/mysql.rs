//! The table in MySQL and MariaDB. By the clock of the database.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use sqlx::mysql::{MySqlConnection, MySqlPool};
use sqlx::{Error, MySql};
use webhook_core::dedupe::{ClaimState, StoreError, StoreFuture};

use super::database::sealed::{Database, Store};
use super::table::{
    Attempt, CLAIMED, Demand, End, Filter, Row, Step, Table, Taken, TakenRow, millis,
};
use crate::MysqlStore;

const MIGRATION: &str = include_str!("../../migrations/mysql/20261128000000_webhook_inbox.sql");

impl MysqlStore {
    /// The SQL that makes the tables of an [`Inbox`](super::Inbox), for those who migrate by themselves: beside
    /// [`MIGRATION`](Self::MIGRATION). Feature `inbox`.
    pub const INBOX_MIGRATION: &str = MIGRATION;
}

/// Milliseconds since 1970. Whatever the time zone of the session is: the clock of none is put back there.
macro_rules! now {
    () => {
        "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)"
    };
}

const INSERT: &str = concat!(
    "INSERT INTO webhook_inbox (event_key, endpoint, event, kind, order_key, delivery, state, stored_at, run_at)
VALUES (UNHEX(?), ?, ?, ?, ?, ?, ?, ",
    now!(),
    ", ",
    now!(),
    ") ON DUPLICATE KEY UPDATE id = id"
);

/// Until the end of the transaction nobody else of this order is stored or ends.
const LOCK: &str =
    "INSERT INTO webhook_inbox_order (number) VALUES (?) ON DUPLICATE KEY UPDATE number = number";

/// Whether somebody of this order has not ended.
const IS_LEFT: &str = "SELECT EXISTS (SELECT 1 FROM webhook_inbox WHERE queue_key = ?)";

const END: &str = concat!(
    "UPDATE webhook_inbox SET state = ?, run_at = ",
    now!(),
    " + ?, lost = 0, last_error = ? WHERE id = ? AND fence = ? AND state = 'working'"
);

const GIVE_BACK: &str = concat!(
    "UPDATE webhook_inbox SET state = 'new', attempts = attempts - 1, run_at = ",
    now!(),
    " WHERE id = ? AND fence = ? AND state = 'working'"
);

const ORDER: &str = "SELECT order_key FROM webhook_inbox WHERE id = ?";

/// What is due. What another worker takes at the same time is passed over.
const DUE: &str = concat!(
    "SELECT id, fence, attempts, FALSE, order_key IS NOT NULL, delivery FROM webhook_inbox WHERE due_at <= ",
    now!(),
    " ORDER BY due_at, id LIMIT ? FOR UPDATE SKIP LOCKED"
);

/// What somebody has begun and not ended in time.
const LOST: &str = concat!(
    "SELECT id, fence, attempts, TRUE, order_key IS NOT NULL, delivery FROM webhook_inbox WHERE lost_at <= ",
    now!(),
    " ORDER BY lost_at, id LIMIT ? FOR UPDATE SKIP LOCKED"
);

/// The count of what was lost comes first: the state is not the old one after it is assigned.
const TAKE: &str = concat!(
    "UPDATE webhook_inbox SET lost = lost + (state = 'working'), state = 'working', attempts = attempts + 1, fence = fence + 1,
run_at = ",
    now!(),
    " + ? WHERE id = ?"
);

const GOES_BEFORE: &str = "
SELECT EXISTS (SELECT 1 FROM webhook_inbox WHERE queue_key = ? AND state IN ('new', 'working'))";

const FIRST_WAITING: &str =
    "SELECT min(id) FROM webhook_inbox WHERE queue_key = ? AND state = 'waiting'";

const PROMOTE: &str = concat!(
    "UPDATE webhook_inbox SET state = 'new', run_at = ",
    now!(),
    " WHERE id = ? AND state = 'waiting'"
);

/// How long it is until the next row is due, and the next one that was lost.
const NEXT: &str = concat!(
    "SELECT (SELECT min(due_at) FROM webhook_inbox WHERE due_at IS NOT NULL) - ",
    now!(),
    ", (SELECT min(lost_at) FROM webhook_inbox WHERE lost_at IS NOT NULL) - ",
    now!(),
);

const REPLAY: &str = concat!(
    "UPDATE webhook_inbox SET state = CASE WHEN order_key IS NULL THEN 'new' ELSE 'waiting' END, attempts = 0, lost = 0,
last_error = NULL, run_at = ",
    now!(),
    " WHERE state IN ('new', 'waiting', 'done', 'dead')
    AND (? IS NULL OR id = ?) AND (? IS NULL OR event = ?) AND (? IS NULL OR kind = ?)
    AND (? IS NULL OR stored_at >= ?) AND (? IS NULL OR state = ?)"
);

/// Orders in which somebody waits for nobody.
const STUCK: &str = "
SELECT DISTINCT queue_key FROM webhook_inbox AS first WHERE queue_key IS NOT NULL AND state = 'waiting' AND NOT EXISTS (
    SELECT 1 FROM webhook_inbox AS other WHERE other.queue_key = first.queue_key AND other.state IN ('new', 'working')
)
LIMIT 1000";

const PRUNE: &str = concat!(
    "DELETE FROM webhook_inbox WHERE over_at < ",
    now!(),
    " - ? ORDER BY over_at LIMIT ?"
);

const COUNT: &str = "SELECT state, count(*) FROM webhook_inbox GROUP BY state";

struct MysqlTable {
    store: MysqlStore,
}

impl Store for MysqlStore {
    fn table(self) -> Arc<dyn Table> {
        Arc::new(MysqlTable { store: self })
    }
}

impl Database for MySql {
    async fn done(connection: &mut MySqlConnection, attempt: Attempt) -> Result<bool, Error> {
        let mut orders = BTreeSet::new();
        let is_last = end(connection, attempt, &End::Done, &mut orders).await?;
        promote(connection, &orders).await?;
        Ok(is_last)
    }
}

impl Table for MysqlTable {
    fn migrate(&self) -> StoreFuture<()> {
        let store = self.store.clone();
        StoreFuture::later(async move {
            store.migrate().await?;
            let migrated = sqlx::raw_sql(MIGRATION).execute(store.pool()).await;
            migrated.map(drop).map_err(StoreError::new)
        })
    }

    fn put(&self, row: Row) -> StoreFuture<()> {
        let store = self.store.clone();
        StoreFuture::later(async move { put(&store, &row).await })
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
            let pruned = sqlx::query(PRUNE).bind(millis(done_for)).bind(most);
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

/// Each statement sees what was committed before it, and locks only the rows that it finds.
const BEGIN: &str = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION";

async fn put(store: &MysqlStore, row: &Row) -> Result<(), StoreError> {
    // Alone, the statement is a transaction by itself, and one round trip.
    if row.claim.is_none() && row.order_key.is_none() {
        let mut connection = store.connection().await?;
        let inserted = insert(&mut connection, row, "new").await;
        return inserted.map_err(StoreError::new);
    }
    let mut transaction = store
        .pool()
        .begin_with(BEGIN)
        .await
        .map_err(StoreError::new)?;
    if let Some((claim, retention)) = &row.claim {
        let completed = store.complete_in(&mut transaction, claim, *retention);
        if completed.await? == ClaimState::Lost {
            return Err(StoreError::not_taken(CLAIMED));
        }
    }
    let stored = put_in_order(&mut transaction, row).await;
    stored.map_err(StoreError::new)?;
    transaction.commit().await.map_err(StoreError::new)
}

/// Waits, if one of its order that came before has not ended.
async fn put_in_order(connection: &mut MySqlConnection, row: &Row) -> Result<(), Error> {
    let mut state = "new";
    if let Some(order) = &row.order_key {
        lock(connection, order).await?;
        let is_left: bool = sqlx::query_scalar(IS_LEFT)
            .bind(order.as_slice())
            .fetch_one(&mut *connection)
            .await?;
        if is_left {
            state = "waiting";
        }
    }
    insert(connection, row, state).await
}

async fn insert(connection: &mut MySqlConnection, row: &Row, state: &str) -> Result<(), Error> {
    let inserted = sqlx::query(INSERT)
        .bind(&row.key)
        .bind(&row.endpoint)
        .bind(&row.event)
        .bind(&row.kind)
        .bind(row.order_key.as_ref().map(|key| key.as_slice()))
        .bind(&row.delivery)
        .bind(state);
    inserted.execute(connection).await.map(drop)
}

async fn lock(connection: &mut MySqlConnection, order: &[u8]) -> Result<(), Error> {
    // So many orders are written to at a time.
    let number = order
        .first_chunk()
        .map_or(0, |first| u16::from_be_bytes(*first))
        % 1024;
    sqlx::query(LOCK)
        .bind(number)
        .execute(connection)
        .await
        .map(drop)
}

async fn step(pool: &MySqlPool, ended: &[(Attempt, End)], demand: Demand) -> Result<Step, Error> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    let mut orders = BTreeSet::new();
    for (attempt, how) in ended {
        end(&mut transaction, *attempt, how, &mut orders).await?;
    }
    promote(&mut transaction, &orders).await?;
    let taken = take(&mut transaction, demand).await?;
    let next = match demand.is_met_by(taken.len()) {
        true => (None, None),
        false => sqlx::query_as(NEXT).fetch_one(&mut *transaction).await?,
    };
    transaction.commit().await?;
    Ok(Step::new(taken, demand.due(next), 0))
}

async fn take(connection: &mut MySqlConnection, demand: Demand) -> Result<Vec<Taken>, Error> {
    let mut taken = Vec::new();
    for (sql, most) in [(LOST, demand.lost()), (DUE, demand.most)] {
        let most = usize::try_from(most)
            .unwrap_or(usize::MAX)
            .saturating_sub(taken.len());
        if most == 0 {
            continue;
        }
        let due = sqlx::query_as(sql).bind(u64::try_from(most).unwrap_or(u64::MAX));
        let due: Vec<TakenRow<i32>> = due.fetch_all(&mut *connection).await?;
        for due in due {
            let mut due = Taken::from(due);
            let take = sqlx::query(TAKE)
                .bind(millis(demand.lease))
                .bind(due.attempt.row);
            take.execute(&mut *connection).await?;
            due.attempt.fence = due.attempt.fence.saturating_add(1);
            due.attempt.number = due.attempt.number.saturating_add(1);
            taken.push(due);
        }
    }
    Ok(taken)
}

/// Whether it was the last attempt. Notes its order.
async fn end(
    connection: &mut MySqlConnection,
    attempt: Attempt,
    how: &End,
    orders: &mut BTreeSet<Vec<u8>>,
) -> Result<bool, Error> {
    let ended = match how {
        End::GivenBack => sqlx::query(GIVE_BACK),
        End::Done | End::Again(..) | End::Dead(_) => sqlx::query(END)
            .bind(how.state())
            .bind(millis(how.wait()))
            .bind(how.error()),
    };
    let ended = ended.bind(attempt.row).bind(attempt.fence);
    let ended = ended.execute(&mut *connection).await?;
    let is_last = ended.rows_affected() > 0;
    if is_last && attempt.is_ordered {
        let order = sqlx::query_scalar(ORDER).bind(attempt.row);
        let order: Option<Vec<u8>> = order.fetch_one(connection).await?;
        orders.extend(order);
    }
    Ok(is_last)
}

/// Lets the next ones of these orders go on. They are sorted, so that two workers do not wait for each other.
async fn promote(
    connection: &mut MySqlConnection,
    orders: &BTreeSet<Vec<u8>>,
) -> Result<(), Error> {
    for order in orders {
        lock(connection, order).await?;
        let goes_before = sqlx::query_scalar(GOES_BEFORE).bind(order);
        let goes_before: bool = goes_before.fetch_one(&mut *connection).await?;
        let first = sqlx::query_scalar(FIRST_WAITING).bind(order);
        let first: Option<i64> = first.fetch_one(&mut *connection).await?;
        if let (false, Some(first)) = (goes_before, first) {
            let promoted = sqlx::query(PROMOTE).bind(first);
            promoted.execute(&mut *connection).await?;
        }
    }
    Ok(())
}

async fn replay(pool: &MySqlPool, filter: &Filter) -> Result<u64, Error> {
    let since = filter.since.map(|since| since.as_millis());
    let replayed = sqlx::query(REPLAY)
        .bind(filter.row)
        .bind(filter.row)
        .bind(&filter.event)
        .bind(&filter.event)
        .bind(&filter.kind)
        .bind(&filter.kind)
        .bind(since)
        .bind(since)
        .bind(filter.state)
        .bind(filter.state);
    let replayed = replayed.execute(pool).await?;
    wake(pool).await?;
    Ok(replayed.rows_affected())
}

/// In small transactions: each holds locks on its orders.
async fn wake(pool: &MySqlPool) -> Result<(), Error> {
    loop {
        let stuck: Vec<Vec<u8>> = sqlx::query_scalar(STUCK).fetch_all(pool).await?;
        if stuck.is_empty() {
            return Ok(());
        }
        for orders in stuck.chunks(100) {
            let orders: BTreeSet<_> = orders.iter().cloned().collect();
            let mut transaction = pool.begin_with(BEGIN).await?;
            promote(&mut transaction, &orders).await?;
            transaction.commit().await?;
        }
    }
}
