//! A store that does what a test wants and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use webhook_core::dedupe::{
    Claim, DedupeKey, DedupeStore, Held, Nonce, StoreError, Storing, Token,
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
        works: impl FnOnce(&MemoryStore) -> Storing<T> + Send + 'static,
        lost: Option<T>,
    ) -> Storing<T> {
        self.0.asked.lock().unwrap().push((step, length));
        let fault = {
            let mut faults = self.0.faults.lock().unwrap();
            let at = faults.iter().position(|(planned, _)| *planned == step);
            at.and_then(|at| faults.remove(at))
        };
        let store = self.clone();
        match fault.map(|(_, fault)| fault) {
            None => works(&self.0.memory),
            Some(Fault::Fails) => Storing::ready(Err(down())),
            Some(Fault::Hangs) => Storing::later(std::future::pending()),
            Some(Fault::Refuses) => Storing::ready(Err(StoreError::not_taken("too much to do"))),
            Some(Fault::Forgets) => Storing::later(async move {
                works(&store.0.memory).await?;
                Err(down())
            }),
            Some(Fault::Late(seconds)) => Storing::later(async move {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                works(&store.0.memory).await
            }),
            Some(Fault::Lost) => Storing::ready(lost.ok_or_else(down)),
        }
    }
}

fn down() -> StoreError {
    StoreError::new("connection refused")
}

impl DedupeStore for Double {
    fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> Storing<Claim> {
        let key = key.clone();
        let works = move |memory: &MemoryStore| memory.claim(&key, nonce, lease);
        self.asked_for(Step::Claim, lease, works, None)
    }

    fn renew(&self, token: &Token, lease: Duration) -> Storing<Held> {
        let token = token.clone();
        let works = move |memory: &MemoryStore| memory.renew(&token, lease);
        self.asked_for(Step::Renew, lease, works, Some(Held::Lost))
    }

    fn complete(&self, token: &Token, retention: Duration) -> Storing<Held> {
        let token = token.clone();
        let works = move |memory: &MemoryStore| memory.complete(&token, retention);
        self.asked_for(Step::Complete, retention, works, Some(Held::Lost))
    }

    fn release(&self, token: &Token) -> Storing<Held> {
        let token = token.clone();
        let works = move |memory: &MemoryStore| memory.release(&token);
        self.asked_for(Step::Release, Duration::ZERO, works, Some(Held::Lost))
    }
}
