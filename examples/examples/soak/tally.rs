//! What was sent and answered.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::kind::Kind;

#[derive(Default)]
pub(crate) struct Tally {
    record: Mutex<Record>,
    unanswered: AtomicUsize,
    most_unanswered: AtomicUsize,
}

#[derive(Clone, Default)]
pub(crate) struct Record {
    /// How often each answer was given to each kind of upload.
    pub(crate) answers: BTreeMap<(Kind, String), u64>,
    /// The events that must have reached the handler.
    pub(crate) genuine: Vec<String>,
}

impl Tally {
    pub(crate) fn note(&self, kind: Kind, event: String, answer: String) {
        let mut record = self.lock();
        *record.answers.entry((kind, answer)).or_default() += 1;
        if kind.is_genuine() {
            record.genuine.push(event);
        }
    }

    pub(crate) fn record(&self) -> Record {
        self.lock().clone()
    }

    /// Counts bytes as sent and not yet answered, for as long as what it returns lives.
    pub(crate) fn unanswered(&self, bytes: usize) -> Unanswered<'_> {
        let all = self.unanswered.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.most_unanswered.fetch_max(all, Ordering::Relaxed);
        Unanswered { tally: self, bytes }
    }

    /// The most bytes that were sent and not yet answered at any time.
    pub(crate) fn most_unanswered(&self) -> usize {
        self.most_unanswered.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct Unanswered<'a> {
    tally: &'a Tally,
    bytes: usize,
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        self.tally
            .unanswered
            .fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
