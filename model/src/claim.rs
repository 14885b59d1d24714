//! Three workers, one store, and a sender that sends one event again and again.

mod protocol;
mod state;

use stateright::{Model, Property};

pub use state::{Answer, Request, Row, State, Step, Worker};

/// How long a claim lasts by the store's clock.
const LEASE: i8 = 3;
/// How much later than a lease from now a claim may end.
const SLACK: i8 = 1;
/// When a handler is cancelled, from when its claim was asked for: before the lease is over.
const WORKS: i8 = 2;
/// How long a worker waits for an answer.
const PATIENCE: i8 = 1;
/// How far a clock is set, in either direction: more than a lease.
const STEP: i8 = 5;
/// How long a completed event is remembered: longer than anything here.
const RETENTION: i8 = 100;
const WORKERS: usize = 3;

/// A rule of the protocol that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Without {
    /// None: the protocol as it is.
    Nothing,
    /// An event is only done when its handler has ended; here, as soon as it is claimed.
    CompletionAfterWork,
    /// A completed event is remembered for the retention; here, for the lease.
    Retention,
    /// Only who holds a claim completes it.
    NonceOfCompletion,
    /// Only who holds a claim releases it.
    NonceOfRelease,
    /// A handler is cancelled before its lease is over.
    Cancellation,
    /// A delivery of an event that somebody works on is refused; here, it is acknowledged.
    RefusalWhileInProgress,
    /// A claim that was granted to nobody who waits is given back; here, its worker begins.
    PatienceOfClaims,
    /// A claim that ends much later than a lease from now is over.
    LimitOfLeases,
}

/// How a handler's work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Handler {
    /// Somewhere else: it cannot be undone.
    Elsewhere,
    /// In the transaction that completes the claim: it is there if the claim still holds, or not at all.
    InTransaction,
}

/// How often each fault may come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct Faults {
    pub crashes: u8,
    pub lost_requests: u8,
    pub lost_answers: u8,
    pub failures: u8,
    pub pauses: u8,
    pub clock_steps: u8,
    pub forgets: u8,
}

/// What is tried.
#[derive(Clone, Copy, Debug)]
pub struct Claims {
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

impl Model for Claims {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            now: 0,
            shift: 0,
            row: Row::Unknown,
            workers: [Worker::Idle; WORKERS],
            still: None,
            requests: Vec::new(),
            answers: Vec::new(),
            sent: 0,
            nonces: 0,
            is_acknowledged: false,
            effects: 0,
            is_doubled: false,
            has_completed: None,
            left: self.faults,
            has_forgotten: false,
            was_set: false,
            was_still: false,
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        let left = state.left;
        // Which idle worker takes it makes no difference.
        if state.sent < self.deliveries {
            let idle = state
                .workers
                .iter()
                .position(|worker| *worker == Worker::Idle);
            steps.extend(
                idle.filter(|idle| state.still != Some(*idle))
                    .map(Step::Send),
            );
        }
        for request in 0..state.requests.len() {
            steps.push(Step::Serve(request));
            if left.lost_requests > 0 {
                steps.push(Step::LoseRequest(request));
            }
        }
        for (place, (worker, ..)) in state.answers.iter().enumerate() {
            if state.still != Some(*worker) {
                steps.push(Step::Hear(place));
            }
            if left.lost_answers > 0 {
                steps.push(Step::LoseAnswer(place));
            }
        }
        let mut may_tick = state.now < self.horizon;
        for (place, worker) in state.workers.iter().enumerate() {
            let is_still = state.still == Some(place);
            let is_late = match *worker {
                Worker::Idle => continue,
                Worker::Asking { since, .. } => {
                    let is_late = state.now > since + PATIENCE;
                    if is_late && !is_still {
                        steps.push(Step::GiveUp(place));
                    }
                    is_late
                }
                Worker::Working {
                    ends,
                    renewed,
                    is_renewing,
                    ..
                } => {
                    let is_late = state.now >= ends && self.without != Without::Cancellation;
                    if is_late && !is_still {
                        steps.push(Step::Cancel(place));
                    }
                    // A process that stands still may have begun the last thing that it does.
                    if !is_late || is_still {
                        steps.push(Step::Succeed(place));
                    }
                    if !is_late && !is_still {
                        if left.failures > 0 {
                            steps.push(Step::Fail(place));
                        }
                        if !is_renewing && state.now > renewed {
                            steps.push(Step::Renew(place));
                        }
                    }
                    is_late
                }
                Worker::Completing { since, .. } => {
                    let is_late = state.now > since + PATIENCE;
                    if is_late && !is_still {
                        steps.push(Step::GiveUp(place));
                    }
                    is_late
                }
            };
            // Timers run as time goes on.
            may_tick &= !is_late || is_still;
            if left.crashes > 0 {
                steps.push(Step::Crash(place));
            }
            if left.pauses > 0 && state.still.is_none() {
                steps.push(Step::StandStill(place));
            }
        }
        if state.still.is_some() {
            steps.push(Step::GoOn);
        }
        if left.clock_steps > 0 {
            steps.extend([Step::SetClock(STEP), Step::SetClock(-STEP)]);
        }
        if left.forgets > 0 && state.row != Row::Unknown {
            steps.push(Step::Forget);
        }
        if may_tick {
            steps.push(Step::Tick);
        }
    }

    fn next_state(&self, last: &State, step: Step) -> Option<State> {
        let mut state = last.clone();
        match step {
            Step::Send(worker) => {
                let nonce = state.nonces;
                state.sent += 1;
                state.nonces += 1;
                state.workers[worker] = Worker::Asking {
                    nonce,
                    since: state.now,
                };
                state.ask(Request::Claim { worker, nonce });
            }
            Step::Serve(place) => {
                let request = state.requests.remove(place);
                self.serve(&mut state, request);
            }
            Step::LoseRequest(place) => {
                state.left.lost_requests -= 1;
                match state.requests.remove(place) {
                    // A completion is asked for until there is an answer, as long as its process is there.
                    Request::Complete { worker, .. }
                        if matches!(state.workers[worker], Worker::Completing { .. }) =>
                    {
                        return None;
                    }
                    Request::Renew { worker, nonce, .. } => not_renewed(&mut state, worker, nonce),
                    _ => {}
                }
            }
            Step::Hear(place) => {
                let (worker, nonce, answer) = state.answers.remove(place);
                self.hear(&mut state, worker, nonce, answer);
            }
            Step::LoseAnswer(place) => {
                state.left.lost_answers -= 1;
                let (worker, nonce, answer) = state.answers.remove(place);
                match answer {
                    // Who does not know whether it has a claim gives it back.
                    Answer::New => state.ask(Request::Release { nonce }),
                    Answer::Held { .. } | Answer::Lost => not_renewed(&mut state, worker, nonce),
                    _ => {}
                }
            }
            Step::Renew(worker) => {
                let Worker::Working {
                    nonce,
                    ends,
                    renewed,
                    ..
                } = state.workers[worker]
                else {
                    return None;
                };
                state.workers[worker] = Worker::Working {
                    nonce,
                    ends,
                    renewed,
                    is_renewing: true,
                };
                state.ask(Request::Renew {
                    worker,
                    nonce,
                    sent: state.now,
                });
            }
            Step::Succeed(worker) => {
                let Worker::Working { nonce, .. } = state.workers[worker] else {
                    return None;
                };
                match self.handler {
                    Handler::Elsewhere => {
                        state.work(nonce, state.has_completed);
                        state.ask(Request::Complete { worker, nonce });
                        state.workers[worker] = Worker::Completing {
                            nonce,
                            since: state.now,
                        };
                    }
                    Handler::InTransaction => {
                        let before = state.has_completed;
                        if self.complete(&mut state, nonce) {
                            state.work(nonce, before);
                            state.is_acknowledged = true;
                        }
                        state.workers[worker] = Worker::Idle;
                    }
                }
            }
            Step::Fail(worker) => {
                state.left.failures -= 1;
                stop(&mut state, worker);
            }
            Step::Cancel(worker) => stop(&mut state, worker),
            Step::GiveUp(worker) => {
                // What was done is acknowledged although the store does not say so yet: it is asked on.
                state.is_acknowledged |= matches!(state.workers[worker], Worker::Completing { .. });
                state.workers[worker] = Worker::Idle;
            }
            Step::Crash(worker) => {
                state.left.crashes -= 1;
                state.workers[worker] = Worker::Idle;
                if state.still == Some(worker) {
                    state.still = None;
                }
            }
            Step::StandStill(worker) => {
                state.left.pauses -= 1;
                state.still = Some(worker);
                state.was_still = true;
            }
            Step::GoOn => state.still = None,
            Step::SetClock(step) => {
                state.left.clock_steps -= 1;
                state.shift += step;
                state.was_set = true;
            }
            Step::Forget => {
                state.left.forgets -= 1;
                state.row = Row::Unknown;
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
                    let works = |worker: &Worker| matches!(worker, Worker::Working { .. });
                    !state.is_acknowledged || state.effects > 0 || state.workers.iter().any(works)
                },
            ),
            // Work elsewhere cannot be undone: of a process that stood still, or a clock that was set, nobody knows in time.
            Property::always(
                "no work after another's completion",
                |model: &Self, state: &State| {
                    let may_be =
                        model.handler == Handler::Elsewhere && (state.was_still || state.was_set);
                    !state.is_doubled || may_be
                },
            ),
            Property::always(
                "work in a transaction is done once",
                |model: &Self, state: &State| {
                    model.handler == Handler::Elsewhere || state.has_forgotten || state.effects <= 1
                },
            ),
            Property::always("every event ends", |model: &Self, state: &State| {
                let now = state.store_now();
                !state.is_quiet()
                    || matches!(state.row, Row::Done { .. })
                    || (now..=now + LEASE + SLACK).any(|at| state.is_free(at, model.without))
            }),
            // What would make the others worth nothing.
            Property::sometimes(
                "an event is worked on and acknowledged",
                |_: &Self, state: &State| state.is_acknowledged && state.effects == 1,
            ),
            Property::sometimes(
                "two workers wait for one event",
                |_: &Self, state: &State| {
                    let asking = |worker: &&Worker| matches!(worker, Worker::Asking { .. });
                    state.workers.iter().filter(asking).count() >= 2
                },
            ),
        ]
    }
}

/// Nobody says that it was renewed: it may be asked again.
fn not_renewed(state: &mut State, worker: usize, asking: u8) {
    match &mut state.workers[worker] {
        Worker::Working {
            nonce, is_renewing, ..
        } if *nonce == asking => *is_renewing = false,
        _ => {}
    }
}

/// The handler has not succeeded, or does not run any more.
fn stop(state: &mut State, worker: usize) {
    if let Worker::Working { nonce, .. } = state.workers[worker] {
        state.ask(Request::Release { nonce });
    }
    state.workers[worker] = Worker::Idle;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checked::{assert_found, fault};

    const NONE: Faults = Faults {
        crashes: 0,
        lost_requests: 0,
        lost_answers: 0,
        failures: 0,
        pauses: 0,
        clock_steps: 0,
        forgets: 0,
    };

    /// Faults that may meet, how often the event is sent, and how the handler works.
    fn settings(without: Without) -> Vec<Claims> {
        let rows = [
            (3, NONE),
            (
                2,
                Faults {
                    crashes: 1,
                    lost_answers: 1,
                    ..NONE
                },
            ),
            (
                2,
                Faults {
                    crashes: 1,
                    failures: 1,
                    ..NONE
                },
            ),
            (
                2,
                Faults {
                    lost_requests: 1,
                    lost_answers: 1,
                    ..NONE
                },
            ),
            (2, Faults { pauses: 1, ..NONE }),
            (
                2,
                Faults {
                    clock_steps: 1,
                    ..NONE
                },
            ),
            (
                2,
                Faults {
                    crashes: 1,
                    forgets: 1,
                    ..NONE
                },
            ),
        ];
        let each = |(deliveries, faults)| {
            [Handler::Elsewhere, Handler::InTransaction].map(|handler| Claims {
                without,
                handler,
                faults,
                deliveries,
                horizon: 6,
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
        const DOUBLED: &str = "no work after another's completion";
        for (without, wanted) in [
            (Without::CompletionAfterWork, LOST),
            (Without::Retention, DOUBLED),
            (Without::NonceOfCompletion, DOUBLED),
            (Without::NonceOfRelease, DOUBLED),
            (Without::Cancellation, DOUBLED),
            (Without::RefusalWhileInProgress, LOST),
            (Without::PatienceOfClaims, DOUBLED),
            (Without::LimitOfLeases, "every event ends"),
        ] {
            let found = settings(without);
            let found = found.iter().filter_map(fault);
            assert_found(found, &format!("{without:?}"), wanted);
        }
    }
}
