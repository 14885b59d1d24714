//! A process that only works.

use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use webhook_core::JsonEvent;
use webhook_core::dedupe::ClaimState;
use webhook_store::{Inbox, Job};

use super::plan::{FAILURE, Poison, Told};
use super::receiver::endpoint;
use super::table::{Effect, Table};
use crate::Fallible;
use crate::arguments::{Sabotage, Serve};
use crate::random::Random;
use crate::server::{STALE, end_with_the_driver};
use crate::servers::POISONED;

/// How long an attempt may take.
const DEADLINE: Duration = Duration::from_secs(1);

/// When somebody else may take what a worker has begun and not ended: the inbox adds as long again to such a deadline.
pub(crate) const LEASE: Duration = Duration::from_secs(2);

/// So many that no kills of ours use them up, so few that poison is out of the way soon.
const ATTEMPTS: u32 = 9;
/// All waits together are longer than a store is down: nothing that is not poisonous may run out of attempts meanwhile.
const FIRST_WAIT: Duration = Duration::from_millis(20);
const AT_A_TIME: usize = 8;

struct Worker {
    table: Table,
    sabotage: Sabotage,
    random: Mutex<Random>,
}

pub(crate) async fn work(serve: &Serve) -> Fallible<()> {
    end_with_the_driver();
    let table = Table::open(serve.engine, &serve.url).await?;
    let worker = Arc::new(Worker {
        table: table.clone(),
        sabotage: serve.sabotage,
        random: Mutex::new(Random::new(serve.seed)),
    });
    let inbox: Inbox = table
        .inbox(endpoint()?)?
        .otherwise(move |JsonEvent(told): JsonEvent<Told>, job| {
            let worker = Arc::clone(&worker);
            async move { worker.handle(told, job).await }
        })
        .deadline(DEADLINE)
        .attempts(ATTEMPTS)
        .first_wait(FIRST_WAIT)
        .workers(AT_A_TIME);
    println!("working");
    inbox.run().await;
    Ok(())
}

impl Worker {
    async fn handle(&self, told: Told, job: Job) -> Fallible<()> {
        tokio::time::sleep(self.some_time()).await;
        match told.data.object.poison {
            None => self.write(told, job).await,
            Some(Poison::Fails) => Err(FAILURE.into()),
            // Without a word on the screen.
            Some(Poison::Panics) => resume_unwind(Box::new("poison")),
            Some(Poison::Hangs) => std::future::pending().await,
            Some(Poison::Exits) => std::process::exit(POISONED),
        }
    }

    /// Mostly short, and seldom a good part of the deadline.
    fn some_time(&self) -> Duration {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        match random.within(0..100) {
            0..95 => random.millis(0..20),
            _ => random.millis(100..600),
        }
    }

    async fn write(&self, told: Told, job: Job) -> Fallible<()> {
        let object = told.data.object;
        let effect = Effect {
            event: told.id,
            key: object.id,
            sequence: object.sequence,
            attempt: job.attempt(),
        };
        if self.sabotage == Sabotage::DoneApart {
            // The inbox writes the end of the job later, by itself.
            self.table.write(&effect).await?;
            tokio::time::sleep(self.some_time()).await;
            return Ok(());
        }
        match self.table.write_with_end(&job, &effect).await? {
            ClaimState::Held => Ok(()),
            ClaimState::Done | ClaimState::Lost => {
                println!("{STALE}");
                Err("somebody else has begun".into())
            }
        }
    }
}
