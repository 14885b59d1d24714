//! What there is at one moment, and what may happen next.

use super::{Faults, LEASE, SLACK, WORKERS, Without};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Row {
    Unknown,
    Claimed { nonce: u8, until: i8 },
    Done { nonce: u8, until: i8 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Worker {
    Idle,
    Asking {
        nonce: u8,
        since: i8,
    },
    Working {
        nonce: u8,
        ends: i8,
        renewed: i8,
        is_renewing: bool,
    },
    Completing {
        nonce: u8,
        since: i8,
    },
}

/// What is asked of the store, and is on its way. In the protocol it comes from a worker that may be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Request {
    Claim { worker: usize, nonce: u8 },
    Renew { worker: usize, nonce: u8, sent: i8 },
    Complete { worker: usize, nonce: u8 },
    Release { nonce: u8 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Answer {
    New,
    InProgress,
    Done,
    Held { sent: i8 },
    Lost,
    Completed,
}

/// All there is at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct State {
    pub now: i8,
    /// The store's clock, less the true time.
    pub shift: i8,
    pub row: Row,
    pub workers: [Worker; WORKERS],
    /// A process that stands still: its timers do not run.
    pub still: Option<usize>,
    pub requests: Vec<Request>,
    pub answers: Vec<(usize, u8, Answer)>,
    pub sent: u8,
    pub nonces: u8,
    pub is_acknowledged: bool,
    pub effects: u8,
    /// Somebody's work was done after another worker had completed the event.
    pub is_doubled: bool,
    pub has_completed: Option<u8>,
    pub left: Faults,
    /// The store has forgotten, or a clock was set: it cannot know.
    pub has_forgotten: bool,
    pub was_set: bool,
    pub was_still: bool,
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Step {
    Send(usize),
    Serve(usize),
    LoseRequest(usize),
    Hear(usize),
    LoseAnswer(usize),
    Renew(usize),
    Succeed(usize),
    Fail(usize),
    Cancel(usize),
    GiveUp(usize),
    Crash(usize),
    StandStill(usize),
    GoOn,
    SetClock(i8),
    Forget,
    Tick,
}

impl State {
    pub(super) fn store_now(&self) -> i8 {
        self.now + self.shift
    }

    /// Whether nobody holds the row at this time of the store.
    pub(super) fn is_free(&self, at: i8, without: Without) -> bool {
        match self.row {
            Row::Unknown => true,
            Row::Claimed { until, .. } => {
                until <= at || (without != Without::LimitOfLeases && until > at + LEASE + SLACK)
            }
            Row::Done { until, .. } => until <= at,
        }
    }

    pub(super) fn ask(&mut self, request: Request) {
        if let Err(place) = self.requests.binary_search(&request) {
            self.requests.insert(place, request);
        }
    }

    pub(super) fn tell(&mut self, answer: (usize, u8, Answer)) {
        if let Err(place) = self.answers.binary_search(&answer) {
            self.answers.insert(place, answer);
        }
    }

    /// The work of a handler is done, and this one had completed the event before.
    pub(super) fn work(&mut self, nonce: u8, completed: Option<u8>) {
        self.effects = self.effects.saturating_add(1);
        let by_another = completed.is_some_and(|by| by != nonce);
        self.is_doubled |= by_another && !self.has_forgotten;
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.workers.iter().all(|worker| *worker == Worker::Idle)
            && self.requests.is_empty()
            && self.answers.is_empty()
    }
}
