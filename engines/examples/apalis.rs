//! Deliveries as tasks of apalis, in a database of PostgreSQL.
//!
//! ```sh
//! cargo run -p engines --example apalis
//! ```
//!
//! - **The receiver dies.** The claim of the event is completed in the transaction that adds the task: there are both, or none. The sender,
//!   who got no answer, repeats the event; a repeat adds nothing.
//! - **A worker dies.** The others see that it gives no sign any more, and its tasks are new again. The attempt counts. The event may be worked
//!   on twice, unless its effect is written in the same database together with the event's key.
//! - **The server dies.** What was committed is on the disk, unless `synchronous_commit` or `fsync` is off.
//!
//! `PostgresStorage::push` takes a connection of the pool, and so a transaction of its own: between the two commits a crash would lose the
//! event, or store it twice. `queries::push_tasks` takes ours. It is lower: it wants the arguments as the bytes that the codec of the
//! storage would write.
//!
//! A task that has failed too often, or that its handler has aborted, stays in the table with its last error: that is the dead letter. A task
//! that has failed is tried again at once. To wait before, return a `RetryAfterError`, or use the layer `retry` of apalis.

use std::process::ExitCode;
use std::time::Duration;

use apalis::prelude::{
    AbortError, Attempt, BackendExt, BoxDynError, Data, TaskBuilder, WorkerBuilder,
};
use apalis_postgres::{Config, PgConnection, PostgresStorage, queries};
use engines::{ATTEMPTS, Engine, Error, LEASE, Program, REMEMBERED, Verdict, Worker, stored_row};
use sqlx::PgPool;
use webhook_core::dedupe::{ClaimState, Dedupe, StoreError, StoreFuture};
use webhook_core::{ConfigError, Delivery, Endpoint, Handover};
use webhook_store::PostgresStore;

const QUEUE: &str = "webhooks";

#[tokio::main]
#[allow(dead_code)]
async fn main() -> ExitCode {
    engines::main::<Apalis>("apalis").await
}

#[derive(Clone)]
pub(crate) struct Apalis {
    pool: PgPool,
    store: PostgresStore,
}

/// Safe once it is committed.
impl Handover for Apalis {
    fn hand_over(&self, delivery: Delivery) -> StoreFuture<()> {
        let engine = self.clone();
        StoreFuture::later(async move { engine.keep(&delivery).await.map_err(StoreError::new) })
    }
}

impl Apalis {
    async fn keep(&self, delivery: &Delivery) -> Result<(), Error> {
        let claim = delivery.claim().ok_or("the endpoint needs `dedupe`")?;
        let (_, row) = stored_row(delivery)?;
        let mut transaction = self.pool.begin().await?;
        push(&mut transaction, &row).await?;
        let completing = self.store.complete_in(&mut transaction, claim, REMEMBERED);
        match completing.await? {
            ClaimState::Held => Ok(transaction.commit().await?),
            ClaimState::Done => Ok(()),
            _ => Err("another receiver has this event".into()),
        }
    }
}

async fn push(connection: &mut PgConnection, row: &str) -> Result<(), Error> {
    let task = TaskBuilder::new(serde_json::to_vec(row)?)
        .max_attempts(usize::try_from(ATTEMPTS)?)
        .build();
    Ok(queries::push_tasks(connection, QUEUE, vec![task]).await?)
}

/// The engine counts the attempts that fail, and does not stop those that kill their worker: so we count too.
async fn work_on(row: String, attempt: Attempt, worker: Data<Worker>) -> Result<(), BoxDynError> {
    let number = u32::try_from(attempt.current())?;
    match worker.attempt_no(number, row.as_bytes()).await {
        Verdict::Done => Ok(()),
        Verdict::Again(reason) => Err(reason.into()),
        Verdict::Dead(reason) => Err(AbortError::new(reason).into()),
    }
}

impl Engine for Apalis {
    const PROGRAM: Program = Program::Postgres;
    const KEEPS_ENDS: bool = true;

    async fn open(url: &str) -> Result<Self, Error> {
        let pool = PgPool::connect(url).await?;
        let store = PostgresStore::new(pool.clone());
        store.migrate().await?;
        PostgresStorage::setup(&pool).await?;
        Ok(Self { pool, store })
    }

    fn endpoint(&self) -> Result<Endpoint, ConfigError> {
        let dedupe = Dedupe::new(self.store.clone()).retention(REMEMBERED);
        Ok(engines::endpoint()?.dedupe(dedupe))
    }

    async fn work(&self, worker: Worker) -> Result<(), Error> {
        let config = Config::default()
            .queue(QUEUE)
            // What is fetched belongs to this worker: no more than it works on.
            .batch_size(worker.at_a_time())
            // A worker that gives no sign for so long is dead. If it is only slow, another one begins its tasks.
            .heartbeat_interval(LEASE / 3)
            .missed_heartbeats(3);
        let tasks = PostgresStorage::<String>::new(&self.pool)
            .with_config(config)
            .poll_with_interval(Duration::from_millis(100));
        let name = format!("worker-{}", std::process::id());
        let running = WorkerBuilder::new(name.as_str())
            .backend(tasks)
            .data(worker)
            .build(work_on);
        Ok(running.run().await?)
    }

    async fn waiting(&self) -> Result<u64, Error> {
        const WAITING: &str = "SELECT count(*) FROM apalis.jobs WHERE status IN ('Pending', 'Queued', 'Running') OR status = 'Failed' AND attempts < max_attempts";
        let count: i64 = sqlx::query_scalar(WAITING).fetch_one(&self.pool).await?;
        Ok(u64::try_from(count)?)
    }

    async fn dead(&self) -> Result<Vec<String>, Error> {
        const DEAD: &str = "SELECT last_result ->> 'Err' FROM apalis.jobs WHERE last_result ? 'Err' AND (status = 'Killed' OR status = 'Failed' AND attempts >= max_attempts)";
        Ok(sqlx::query_scalar(DEAD).fetch_all(&self.pool).await?)
    }

    async fn smuggle(&self, row: String) -> Result<(), Error> {
        let mut connection = self.pool.acquire().await?;
        push(&mut connection, &row).await
    }
}
