//! Deliveries as jobs of graphile_worker, in a database of PostgreSQL.
//!
//! ```sh
//! cargo run -p engines --example graphile_worker
//! ```
//!
//! - **The receiver dies.** The claim of the event is completed in the transaction that adds the job: there are both, or none. The sender,
//!   who got no answer, repeats the event; a repeat adds nothing.
//! - **A worker dies.** The others see that it gives no sign any more, and its jobs are new again, with the attempt not counted. The event may
//!   be worked on twice, unless its effect is written in the same database together with the event's key.
//! - **The server dies.** What was committed is on the disk, unless `synchronous_commit` or `fsync` is off.
//!
//! A job that has failed too often stays in the table, with its last error: that is the dead letter. A job that was altered is
//! tried as often, since a handler cannot end its job for good. An attempt whose worker died is not counted: a delivery that kills
//! its workers comes for ever, so run what may crash in a process of its own.

use std::process::ExitCode;
use std::time::Duration;

use engines::{ATTEMPTS, Engine, Error, LEASE, Program, REMEMBERED, Verdict, Worker, stored_row};
use graphile_worker::{
    IntoTaskHandlerResult, JobSpec, TaskHandler, WorkerContext, WorkerOptions, WorkerUtils,
};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use webhook_core::dedupe::{ClaimState, Dedupe, StoreError, StoreFuture};
use webhook_core::{ConfigError, Delivery, Endpoint, Handover};
use webhook_store::PostgresStore;

const SCHEMA: &str = "graphile_worker";

#[tokio::main]
#[allow(dead_code)]
async fn main() -> ExitCode {
    engines::main::<GraphileWorker>("graphile_worker").await
}

#[derive(Clone)]
pub(crate) struct GraphileWorker {
    pool: PgPool,
    store: PostgresStore,
    jobs: WorkerUtils,
}

/// Safe once it is committed.
impl Handover for GraphileWorker {
    fn hand_over(&self, delivery: Delivery) -> StoreFuture<()> {
        let engine = self.clone();
        StoreFuture::later(async move { engine.keep(&delivery).await.map_err(StoreError::new) })
    }
}

impl GraphileWorker {
    async fn keep(&self, delivery: &Delivery) -> Result<(), Error> {
        let claim = delivery.claim().ok_or("the endpoint needs `dedupe`")?;
        let (_, row) = stored_row(delivery)?;
        let mut transaction = self.pool.begin().await?;
        let mut jobs = self.jobs.clone().with_executor(&mut transaction);
        jobs.add_job(Stored { row }, spec()?).await?;
        drop(jobs);
        let completing = self.store.complete_in(&mut transaction, claim, REMEMBERED);
        match completing.await? {
            ClaimState::Held => Ok(transaction.commit().await?),
            ClaimState::Done => Ok(()),
            _ => Err("another receiver has this event".into()),
        }
    }
}

fn spec() -> Result<JobSpec, Error> {
    let attempts = i16::try_from(ATTEMPTS)?;
    Ok(JobSpec::builder().max_attempts(attempts).build())
}

/// The job: a delivery as it was stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    row: String,
}

impl TaskHandler for Stored {
    const IDENTIFIER: &'static str = "webhook";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let worker = context.get_ext::<Worker>().ok_or("no worker")?;
        match worker.attempt(self.row.as_bytes()).await {
            Verdict::Done => Ok(()),
            Verdict::Again(reason) | Verdict::Dead(reason) => Err(reason),
        }
    }
}

impl Engine for GraphileWorker {
    const PROGRAM: Program = Program::Postgres;
    const KEEPS_ENDS: bool = true;

    async fn open(url: &str) -> Result<Self, Error> {
        let pool = PgPool::connect(url).await?;
        let store = PostgresStore::new(pool.clone());
        store.migrate().await?;
        let jobs = WorkerUtils::new(pool.clone(), SCHEMA);
        jobs.migrate().await?;
        Ok(Self { pool, store, jobs })
    }

    fn endpoint(&self) -> Result<Endpoint, ConfigError> {
        let dedupe = Dedupe::new(self.store.clone()).retention(REMEMBERED);
        Ok(engines::endpoint()?.dedupe(dedupe))
    }

    async fn work(&self, worker: Worker) -> Result<(), Error> {
        let running = WorkerOptions::default()
            .schema(SCHEMA)
            .pg_pool(self.pool.clone())
            .concurrency(worker.at_a_time())
            // A worker that gives no sign for so long is dead. If it is only slow, another one begins its jobs.
            .heartbeat_interval(LEASE / 6)
            .sweep_threshold(LEASE)
            .sweep_interval(Duration::from_secs(1))
            .recovery_delay(Duration::ZERO)
            .add_extension(worker)
            .define_job::<Stored>()
            .init()
            .await?;
        Ok(running.run().await?)
    }

    async fn waiting(&self) -> Result<u64, Error> {
        const WAITING: &str = "SELECT count(*) FROM graphile_worker._private_jobs WHERE attempts < max_attempts OR locked_by IS NOT NULL";
        let count: i64 = sqlx::query_scalar(WAITING).fetch_one(&self.pool).await?;
        Ok(u64::try_from(count)?)
    }

    async fn dead(&self) -> Result<Vec<String>, Error> {
        const DEAD: &str = "SELECT last_error FROM graphile_worker._private_jobs WHERE attempts = max_attempts AND locked_by IS NULL AND last_error IS NOT NULL";
        Ok(sqlx::query_scalar(DEAD).fetch_all(&self.pool).await?)
    }

    async fn smuggle(&self, row: String) -> Result<(), Error> {
        self.jobs.add_job(Stored { row }, spec()?).await?;
        Ok(())
    }
}
