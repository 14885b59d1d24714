//! Two receivers that store and acknowledge, two workers, one table.
//!
//! A step of a receiver or a worker on the table is a transaction: it is written whole or not at all, and its process may be gone, or stand
//! still, before and after it.

use stateright::{Model, Property};

/// How long a claim or a row is held.
const LEASE: i8 = 3;
/// When a handler is cancelled, from when its row was taken.
const WORKS: i8 = 2;
/// How often a row is begun before it is dead.
const ATTEMPTS: u8 = 2;
const RECEIVERS: usize = 2;
const WORKERS: usize = 2;

/// A rule of the protocol that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Without {
    /// None: the protocol as it is.
    Nothing,
    /// A delivery is acknowledged after it is stored.
    StoringFirst,
    /// The row and the completion of the claim are one transaction; here, the completion comes first.
    OneTransaction,
    /// A row exists once for each event.
    UniqueKey,
    /// Who has taken the row last says how it ended.
    Fence,
    /// A handler is cancelled before its lease is over.
    Cancellation,
    /// Every beginning counts as an attempt, also of a worker that is gone before it ends.
    CountOfBeginnings,
    /// A row whose worker is gone is taken by another one.
    TakeOver,
}

/// How a handler's work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Handler {
    /// Somewhere else: it cannot be undone.
    Elsewhere,
    /// In the transaction that ends the row.
    InTransaction,
}

/// How often each fault may come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct Faults {
    pub crashes: u8,
    pub failures: u8,
    pub pauses: u8,
    /// The claims are lost, and the inbox is not: they may be in another store.
    pub forgets: u8,
}

/// What is tried.
#[derive(Clone, Copy, Debug)]
pub struct Inbox {
    /// Which rule is left out.
    pub without: Without,
    /// How the handler works.
    pub handler: Handler,
    /// What may go wrong.
    pub faults: Faults,
    /// How often the event is sent.
    pub deliveries: u8,
    /// How long it goes on.
    pub horizon: i8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Claim {
    Unknown,
    Claimed { by: u8, until: i8 },
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Receiver {
    Idle,
    /// Has the claim, and has stored nothing yet.
    Claimed {
        by: u8,
    },
    /// Has completed the claim, and stores the row in another transaction.
    Completed,
    /// Has stored; its answer is on the way.
    Stored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Job {
    New,
    Working { until: i8 },
    Done,
    Dead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct Row {
    pub job: Job,
    pub fence: u8,
    pub attempts: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Worker {
    Idle,
    Working {
        row: usize,
        fence: u8,
        ends: i8,
    },
    /// The work is done, elsewhere; the row does not say so yet.
    Worked {
        row: usize,
        fence: u8,
    },
}

/// All there is at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct State {
    pub now: i8,
    pub claim: Claim,
    pub claims: u8,
    pub rows: Vec<Row>,
    pub receivers: [Receiver; RECEIVERS],
    pub workers: [Worker; WORKERS],
    pub still: Option<usize>,
    pub sent: u8,
    pub is_acknowledged: bool,
    pub effects: u8,
    /// How often somebody has begun.
    pub begun: u8,
    /// Work was done after another one had ended the row.
    pub is_doubled: bool,
    pub has_ended: Option<(usize, u8)>,
    pub was_still: bool,
    pub has_forgotten: bool,
    pub left: Faults,
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Step {
    Send(usize),
    Store(usize),
    StoreAfterwards(usize),
    Acknowledge(usize),
    CrashReceiver(usize),
    Take(usize, usize),
    Work(usize),
    End(usize),
    Fail(usize),
    Cancel(usize),
    CrashWorker(usize),
    StandStill(usize),
    GoOn,
    Forget,
    Tick,
}

impl State {
    fn store(&mut self, without: Without) {
        if self.rows.is_empty() || without == Without::UniqueKey {
            self.rows.push(Row {
                job: Job::New,
                fence: 0,
                attempts: 0,
            });
        }
    }

    /// Whether this attempt may say how the row ended.
    fn holds(&self, row: usize, fence: u8, without: Without) -> bool {
        let row = self.rows[row];
        matches!(row.job, Job::Working { .. }) && row.fence == fence || without == Without::Fence
    }

    fn work(&mut self, row: usize, fence: u8) {
        self.effects = self.effects.saturating_add(1);
        self.is_doubled |= self.has_ended.is_some_and(|by| by != (row, fence));
    }

    fn fail(&mut self, row: usize, fence: u8, without: Without) {
        if self.holds(row, fence, without) {
            let row = &mut self.rows[row];
            row.job = match row.attempts >= ATTEMPTS {
                true => Job::Dead,
                false => Job::New,
            };
        }
    }
}

impl Model for Inbox {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            now: 0,
            claim: Claim::Unknown,
            claims: 0,
            rows: Vec::new(),
            receivers: [Receiver::Idle; RECEIVERS],
            workers: [Worker::Idle; WORKERS],
            still: None,
            sent: 0,
            is_acknowledged: false,
            effects: 0,
            begun: 0,
            is_doubled: false,
            has_ended: None,
            was_still: false,
            has_forgotten: false,
            left: self.faults,
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        let left = state.left;
        let idle = |receiver: &Receiver| *receiver == Receiver::Idle;
        if state.sent < self.deliveries {
            steps.extend(state.receivers.iter().position(idle).map(Step::Send));
        }
        for (place, receiver) in state.receivers.iter().enumerate() {
            match receiver {
                Receiver::Idle => continue,
                Receiver::Claimed { .. } => steps.push(Step::Store(place)),
                Receiver::Completed => steps.push(Step::StoreAfterwards(place)),
                Receiver::Stored => steps.push(Step::Acknowledge(place)),
            }
            if left.crashes > 0 {
                steps.push(Step::CrashReceiver(place));
            }
        }
        let mut may_tick = state.now < self.horizon;
        for (place, worker) in state.workers.iter().enumerate() {
            let is_still = state.still == Some(place);
            match *worker {
                Worker::Idle => {
                    for (number, row) in state.rows.iter().enumerate() {
                        let is_due = match row.job {
                            Job::New => true,
                            Job::Working { until } => {
                                until <= state.now && self.without != Without::TakeOver
                            }
                            Job::Done | Job::Dead => false,
                        };
                        if is_due && !is_still {
                            steps.push(Step::Take(place, number));
                        }
                    }
                    continue;
                }
                Worker::Working { ends, .. } => {
                    let is_late = state.now >= ends && self.without != Without::Cancellation;
                    if is_late && !is_still {
                        steps.push(Step::Cancel(place));
                    }
                    // A process that stands still may have begun the last thing that it does.
                    if !is_late || is_still {
                        steps.push(Step::Work(place));
                    }
                    if !is_late && !is_still && left.failures > 0 {
                        steps.push(Step::Fail(place));
                    }
                    may_tick &= !is_late || is_still;
                }
                Worker::Worked { .. } => steps.push(Step::End(place)),
            }
            if left.crashes > 0 {
                steps.push(Step::CrashWorker(place));
            }
            if left.pauses > 0 && state.still.is_none() {
                steps.push(Step::StandStill(place));
            }
        }
        if state.still.is_some() {
            steps.push(Step::GoOn);
        }
        if left.forgets > 0 && state.claim != Claim::Unknown {
            steps.push(Step::Forget);
        }
        if may_tick {
            steps.push(Step::Tick);
        }
    }

    fn next_state(&self, last: &State, step: Step) -> Option<State> {
        let mut state = last.clone();
        match step {
            Step::Send(place) => {
                state.sent += 1;
                let until = state.now + LEASE;
                match state.claim {
                    Claim::Done => state.is_acknowledged = true,
                    Claim::Claimed { until, .. } if until > state.now => {}
                    _ => {
                        let by = state.claims;
                        state.claims += 1;
                        state.claim = Claim::Claimed { by, until };
                        state.receivers[place] = Receiver::Claimed { by };
                        state.is_acknowledged |= self.without == Without::StoringFirst;
                    }
                }
            }
            Step::Store(place) => {
                let Receiver::Claimed { by } = state.receivers[place] else {
                    return None;
                };
                let holds = match state.claim {
                    Claim::Unknown => true,
                    Claim::Claimed { by: holder, .. } => holder == by,
                    Claim::Done => false,
                };
                state.receivers[place] = Receiver::Idle;
                // Whose claim is lost stores nothing, and the sender sends again.
                if holds {
                    state.claim = Claim::Done;
                    state.receivers[place] = match self.without {
                        Without::OneTransaction => Receiver::Completed,
                        _ => Receiver::Stored,
                    };
                    if self.without != Without::OneTransaction {
                        state.store(self.without);
                    }
                }
            }
            Step::StoreAfterwards(place) => {
                state.store(self.without);
                state.receivers[place] = Receiver::Stored;
            }
            Step::Acknowledge(place) => {
                state.is_acknowledged = true;
                state.receivers[place] = Receiver::Idle;
            }
            Step::CrashReceiver(place) => {
                state.left.crashes -= 1;
                state.receivers[place] = Receiver::Idle;
            }
            Step::Take(place, number) => {
                let row = &mut state.rows[number];
                let was_lost = matches!(row.job, Job::Working { .. });
                if !(was_lost && self.without == Without::CountOfBeginnings) {
                    row.attempts += 1;
                }
                row.fence += 1;
                if row.attempts > ATTEMPTS {
                    // It was begun so often, and never ended.
                    row.job = Job::Dead;
                    return Some(state);
                }
                row.job = Job::Working {
                    until: state.now + LEASE,
                };
                state.begun = state.begun.saturating_add(1);
                state.workers[place] = Worker::Working {
                    row: number,
                    fence: row.fence,
                    ends: state.now + WORKS,
                };
            }
            Step::Work(place) => {
                let Worker::Working { row, fence, .. } = state.workers[place] else {
                    return None;
                };
                match self.handler {
                    Handler::Elsewhere => {
                        state.work(row, fence);
                        state.workers[place] = Worker::Worked { row, fence };
                    }
                    Handler::InTransaction => {
                        if state.holds(row, fence, self.without) {
                            state.work(row, fence);
                            state.rows[row].job = Job::Done;
                            state.has_ended = Some((row, fence));
                        }
                        state.workers[place] = Worker::Idle;
                    }
                }
            }
            Step::End(place) => {
                let Worker::Worked { row, fence } = state.workers[place] else {
                    return None;
                };
                if state.holds(row, fence, self.without) {
                    state.rows[row].job = Job::Done;
                    state.has_ended = Some((row, fence));
                }
                state.workers[place] = Worker::Idle;
            }
            Step::Fail(place) | Step::Cancel(place) => {
                if let Step::Fail(_) = step {
                    state.left.failures -= 1;
                }
                let Worker::Working { row, fence, .. } = state.workers[place] else {
                    return None;
                };
                state.fail(row, fence, self.without);
                state.workers[place] = Worker::Idle;
            }
            Step::CrashWorker(place) => {
                state.left.crashes -= 1;
                state.workers[place] = Worker::Idle;
                if state.still == Some(place) {
                    state.still = None;
                }
            }
            Step::StandStill(place) => {
                state.left.pauses -= 1;
                state.still = Some(place);
                state.was_still = true;
            }
            Step::GoOn => state.still = None,
            Step::Forget => {
                state.left.forgets -= 1;
                state.claim = Claim::Unknown;
                state.has_forgotten = true;
            }
            Step::Tick => state.now += 1,
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(
                "no acknowledged event is lost",
                |_: &Self, state: &State| {
                    let stores = |receiver: &Receiver| *receiver != Receiver::Idle;
                    !state.is_acknowledged
                        || !state.rows.is_empty()
                        || state.receivers.iter().any(stores)
                },
            ),
            Property::always("the job exists once", |_: &Self, state: &State| {
                state.rows.len() <= 1
            }),
            Property::always(
                "no work after another's end",
                |model: &Self, state: &State| {
                    let may_be = model.handler == Handler::Elsewhere && state.was_still;
                    !state.is_doubled || may_be
                },
            ),
            Property::always(
                "work in a transaction is done once",
                |model: &Self, state: &State| {
                    model.handler == Handler::Elsewhere || state.effects <= 1
                },
            ),
            Property::always("no job begins too often", |_: &Self, state: &State| {
                state.begun <= ATTEMPTS
            }),
            Property::always("every job ends", |model: &Self, state: &State| {
                let idle = state.workers.iter().all(|worker| *worker == Worker::Idle);
                let is_stuck = |row: &Row| {
                    matches!(row.job, Job::Working { until } if until > state.now + LEASE)
                        || matches!(row.job, Job::Working { until } if until <= state.now)
                            && model.without == Without::TakeOver
                };
                !idle || !state.rows.iter().any(is_stuck)
            }),
            // What would make the others worth nothing.
            Property::sometimes(
                "an event is acknowledged and worked on",
                |_: &Self, state: &State| {
                    let done = |row: &Row| row.job == Job::Done;
                    state.is_acknowledged && state.effects == 1 && state.rows.iter().any(done)
                },
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checked::{assert_found, fault};

    const NONE: Faults = Faults {
        crashes: 0,
        failures: 0,
        pauses: 0,
        forgets: 0,
    };

    /// Faults that may meet, and how the handler works.
    fn settings(without: Without) -> Vec<Inbox> {
        let rows = [
            Faults { crashes: 3, ..NONE },
            Faults {
                crashes: 2,
                failures: 1,
                pauses: 1,
                ..NONE
            },
            Faults {
                crashes: 1,
                failures: 2,
                forgets: 1,
                ..NONE
            },
            Faults {
                pauses: 2,
                forgets: 1,
                ..NONE
            },
        ];
        let each = |faults| {
            [Handler::Elsewhere, Handler::InTransaction].map(|handler| Inbox {
                without,
                handler,
                faults,
                deliveries: 3,
                horizon: 10,
            })
        };
        rows.into_iter().flat_map(each).collect()
    }

    #[test]
    fn the_protocol_holds() {
        for model in settings(Without::Nothing) {
            assert_eq!(fault(&model), None, "{model:?}");
        }
    }

    #[test]
    fn each_rule_is_needed() {
        const LOST: &str = "no acknowledged event is lost";
        const DOUBLED: &str = "no work after another's end";
        for (without, wanted) in [
            (Without::StoringFirst, LOST),
            (Without::OneTransaction, LOST),
            (Without::UniqueKey, "the job exists once"),
            (Without::Fence, DOUBLED),
            (Without::Cancellation, DOUBLED),
            (Without::CountOfBeginnings, "no job begins too often"),
            (Without::TakeOver, "every job ends"),
        ] {
            let found = settings(without);
            let found = found.iter().filter_map(fault);
            assert_found(found, &format!("{without:?}"), wanted);
        }
    }
}
