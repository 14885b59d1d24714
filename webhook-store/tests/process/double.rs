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
    /// Says that somebody else has the event. Not for claims.
    Lost,
}

/// A store in memory. Clones are the same store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Double(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    memory: MemoryStore,
    asked: Mutex<Vec<Step>>,
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
        self.0.asked.lock().unwrap().clone()
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

    fn fault(&self, step: Step) -> Option<Fault> {
        self.0.asked.lock().unwrap().push(step);
        let mut faults = self.0.faults.lock().unwrap();
        let at = faults.iter().position(|(planned, _)| *planned == step)?;
        faults.remove(at).map(|(_, fault)| fault)
    }

    fn change(&self, step: Step, works: impl FnOnce() -> Storing<Held>) -> Storing<Held> {
        match self.fault(step) {
            None => works(),
            Some(Fault::Lost) => Storing::ready(Ok(Held::Lost)),
            Some(Fault::Fails) => Storing::ready(Err(down())),
            Some(Fault::Hangs) => Storing::later(std::future::pending()),
        }
    }
}

fn down() -> StoreError {
    StoreError::new("connection refused")
}

impl DedupeStore for Double {
    fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> Storing<Claim> {
        match self.fault(Step::Claim) {
            None => self.0.memory.claim(key, nonce, lease),
            Some(Fault::Hangs) => Storing::later(std::future::pending()),
            Some(Fault::Fails | Fault::Lost) => Storing::ready(Err(down())),
        }
    }

    fn renew(&self, token: &Token, lease: Duration) -> Storing<Held> {
        self.change(Step::Renew, || self.0.memory.renew(token, lease))
    }

    fn complete(&self, token: &Token, retention: Duration) -> Storing<Held> {
        self.change(Step::Complete, || self.0.memory.complete(token, retention))
    }

    fn release(&self, token: &Token) -> Storing<Held> {
        self.change(Step::Release, || self.0.memory.release(token))
    }
}
