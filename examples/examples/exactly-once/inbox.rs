//! The same behind an inbox: the two servers only accept, and two workers book. The part to copy for those who answer first.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use webhook_core::Endpoint;
use webhook_core::payment::PaymentUpdates;
use webhook_store::{Inbox, Job, JobState};

use crate::Failure;
use crate::ledger::End;
use crate::plan::LEASE;
use crate::server::Shop;

const WORKERS: usize = 2;
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// How long the workers may take for all of it.
const LONGEST: Duration = Duration::from_secs(60);

pub(crate) struct Workers {
    inbox: Inbox,
    stop: watch::Sender<bool>,
    running: Vec<JoinHandle<()>>,
    /// What was done before, by other runs on the same store.
    done_before: u64,
}

impl Workers {
    /// Each stands for a process on a machine of its own.
    pub(crate) async fn start(endpoint: Endpoint, shop: Arc<Shop>) -> Result<Self, Failure> {
        let inbox = shop.ledger.inbox(endpoint)?;
        let inbox = inbox
            .otherwise(move |updates: PaymentUpdates, job: Job| {
                let shop = Arc::clone(&shop);
                async move { shop.paid_all(&End::Job(&job), updates).await }
            })
            // An attempt that takes longer is dropped, and made again.
            .deadline(LEASE)
            .first_wait(FIRST_WAIT);
        inbox.migrate().await?;
        let done_before = inbox.count(JobState::Done).await?;
        let stop = watch::Sender::new(false);
        let run = |_| {
            let (inbox, mut stop) = (inbox.clone(), stop.subscribe());
            tokio::spawn(async move {
                inbox
                    .run_until(async { drop(stop.wait_for(|stop| *stop).await) })
                    .await
            })
        };
        let running = (0..WORKERS).map(run).collect();
        Ok(Self {
            inbox,
            stop,
            running,
            done_before,
        })
    }

    /// What the servers give their deliveries to.
    pub(crate) const fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// Waits until so many more are done, or for as long as that may take; then lets the workers end what they have begun.
    pub(crate) async fn end_after(self, jobs: usize) -> Result<(), Failure> {
        let all = self.done_before + u64::try_from(jobs)?;
        let too_late = Instant::now() + LONGEST;
        while self.inbox.count(JobState::Done).await? < all && Instant::now() < too_late {
            sleep(Duration::from_millis(20)).await;
        }
        self.stop.send_replace(true);
        for worker in self.running {
            worker.await?;
        }
        Ok(())
    }
}
