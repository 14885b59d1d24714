//! A store that does what a test wants and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use webhook_core::dedupe::{
    Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce, StoreError, StoreFuture,
};
use webhook_store::MemoryStore;

/// What a store is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Claim,
    Renew,
    Complete,
    Release,
}

/// What it does instead of working.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Answers with an error.
    Fails,
    /// Never answers.
    Hangs,
    /// Works, and answers with an error all the same.
    Forgets,
    /// Answers with an error because it has too much to do.
    Refuses,
    /// Works and answers after so many seconds.
    Late(u64),
    /// Says that somebody else has the event. Not for claims.
    Lost,
}

/// A store in memory. Clones are the same store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Double(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    memory: MemoryStore,
    asked: Mutex<Vec<(Step, Duration)>>,
    faults: Mutex<VecDeque<(Step, Fault)>>,
}

impl Double {
    /// The next step of this kind goes wrong; after as many as are planned the store works.
    pub(crate) fn plan(self, step: Step, fault: Fault) -> Self {
        self.0.faults.lock().unwrap().push_back((step, fault));
        self
    }

    /// Everything that it was asked for, in order.
    pub(crate) fn asked(&self) -> Vec<Step> {
        let asked = self.0.asked.lock().unwrap();
        asked.iter().map(|(step, _)| *step).collect()
    }

    /// The leases and retentions that came with it.
    pub(crate) fn lengths(&self) -> Vec<Duration> {
        let asked = self.0.asked.lock().unwrap();
        asked.iter().map(|(_, length)| *length).collect()
    }

    pub(crate) fn count(&self, step: Step) -> usize {
        self.asked()
            .into_iter()
            .filter(|asked| *asked == step)
            .count()
    }

    /// Waits until it was asked for this.
    pub(crate) async fn until_asked(&self, step: Step) {
        while self.count(step) == 0 {
            tokio::task::yield_now().await;
        }
    }

    fn asked_for<T: Send + Unpin + 'static>(
        &self,
        step: Step,
        length: Duration,
        works: impl FnOnce(&MemoryStore) -> StoreFuture<T> + Send + 'static,
        lost: Option<T>,
    ) -> StoreFuture<T> {
        self.0.asked.lock().unwrap().push((step, length));
        let fault = {
            let mut faults = self.0.faults.lock().unwrap();
            let at = faults.iter().position(|(planned, _)| *planned == step);
            at.and_then(|at| faults.remove(at))
        };
        let store = self.clone();
        match fault.map(|(_, fault)| fault) {
            None => works(&self.0.memory),
            Some(Fault::Fails) => StoreFuture::ready(Err(down())),
            Some(Fault::Hangs) => StoreFuture::later(std::future::pending()),
            Some(Fault::Refuses) => {
                StoreFuture::ready(Err(StoreError::not_taken("too much to do")))
            }
            Some(Fault::Forgets) => StoreFuture::later(async move {
                works(&store.0.memory).await?;
                Err(down())
            }),
            Some(Fault::Late(seconds)) => StoreFuture::later(async move {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                works(&store.0.memory).await
            }),
            Some(Fault::Lost) => StoreFuture::ready(lost.ok_or_else(down)),
        }
    }
}

fn down() -> StoreError {
    StoreError::new("connection refused")
}

impl DedupeStore for Double {
    fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> StoreFuture<Claim> {
        let key = key.clone();
        let works = move |memory: &MemoryStore| memory.claim(&key, nonce, lease);
        self.asked_for(Step::Claim, lease, works, None)
    }

    fn renew(&self, token: &ClaimToken, lease: Duration) -> StoreFuture<ClaimState> {
        let token = token.clone();
        let works = move |memory: &MemoryStore| memory.renew(&token, lease);
        self.asked_for(Step::Renew, lease, works, Some(ClaimState::Lost))
    }

    fn complete(&self, token: &ClaimToken, retention: Duration) -> StoreFuture<ClaimState> {
        let token = token.clone();
        let works = move |memory: &MemoryStore| memory.complete(&token, retention);
        self.asked_for(Step::Complete, retention, works, Some(ClaimState::Lost))
    }

    fn release(&self, token: &ClaimToken) -> StoreFuture<ClaimState> {
        let token = token.clone();
        let works = move |memory: &MemoryStore| memory.release(&token);
        self.asked_for(Step::Release, Duration::ZERO, works, Some(ClaimState::Lost))
    }
}
