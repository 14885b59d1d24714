//! Workers, one store, and what lies between them.
//!
//! The network delays, loses and repeats requests and answers. The store restarts, forgets, refuses, fails, and its clock is stepped and
//! not quite right.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use webhook_core::dedupe::{
    Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce, StoreError, StoreFuture,
};

use crate::executor::{Executor, Process, Slot};
use crate::history::{History, Told};
use crate::random::Random;
use crate::store::{Answered, Memory, Step, Time, asked_for};

/// How often what goes wrong, of a thousand times.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    request_lost: u64,
    answer_lost: u64,
    repeated: u64,
    slow: u64,
    refused: u64,
    failed: u64,
    /// The longest that a slow message takes.
    slowest: Duration,
}

impl Weather {
    pub(crate) fn of(random: &mut Random, lease: Duration) -> Self {
        let mut often = || match random.chance(500) {
            true => 0,
            false => 20 + random.below(280),
        };
        Self {
            request_lost: often(),
            answer_lost: often(),
            repeated: often(),
            slow: often(),
            refused: often(),
            failed: often(),
            slowest: lease * 2,
        }
    }
}

/// A clock of the store beside that of the simulation.
#[derive(Clone, Copy, Debug)]
struct Clock {
    offset: Time,
    /// Of a thousand seconds.
    rate: Time,
}

impl Clock {
    fn at(self, now: Duration) -> Time {
        let now = Time::try_from(now.as_micros()).unwrap();
        self.offset + now * self.rate / 1000
    }
}

pub(crate) struct Shared {
    pub(crate) history: History,
    pub(crate) memory: Memory,
    pub(crate) weather: Weather,
    pub(crate) is_down: bool,
    clock: Clock,
    keys: Vec<DedupeKey>,
}

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) executor: Executor,
    pub(crate) lease: Duration,
    /// Whether a message is sent when it is asked for, or when its answer is first waited for.
    is_eager: bool,
    shared: Arc<Mutex<Shared>>,
}

impl World {
    pub(crate) fn new(
        executor: Executor,
        lease: Duration,
        keys: Vec<DedupeKey>,
        memory: Memory,
    ) -> Self {
        let (weather, rate, is_eager) = executor.random(|random| {
            let weather = Weather::of(random, lease);
            (weather, random.pick(&[950, 1000, 1050]), random.chance(500))
        });
        let history = History::new(keys.len(), lease);
        let shared = Shared {
            history,
            memory,
            weather,
            is_down: false,
            clock: Clock {
                offset: 1_000_000_000_000,
                rate,
            },
            keys,
        };
        Self {
            executor,
            lease,
            is_eager,
            shared: Arc::new(Mutex::new(shared)),
        }
    }

    /// Stops the simulation with the first rule that is broken.
    pub(crate) fn history<T>(&self, tell: impl FnOnce(&mut History) -> T) -> T {
        let mut shared = self.shared();
        let told = tell(&mut shared.history);
        let is_broken = shared.history.fault.is_some();
        drop(shared);
        if is_broken {
            self.executor.stop();
        }
        told
    }

    pub(crate) fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }

    pub(crate) fn step_clock(&self, by: Time) {
        let mut shared = self.shared();
        shared.clock.offset += by;
        shared.history.lapses();
    }

    fn event(&self, key: &DedupeKey) -> usize {
        let shared = self.shared();
        let position = shared.keys.iter().position(|known| known == key);
        position.expect("an event that nobody has sent")
    }

    /// One copy of a message arrives at the store.
    fn arrives(
        &self,
        told: &Told,
        token: &ClaimToken,
        is_own: bool,
    ) -> Result<Answered, StoreError> {
        let now = self.executor.now();
        let mut shared = self.shared();
        if shared.is_down {
            if !is_own && matches!(told.step, Step::Complete(_)) {
                shared.history.completion_is_late(told.event);
            }
            return Err(StoreError::new("the store is down"));
        }
        let (at, now) = (now, shared.clock.at(now));
        let answered = shared.memory.take(now, token, told.step);
        let commits = is_own && matches!(answered, Answered::State(ClaimState::Held));
        if commits {
            // Work and completion are one. Its handler may be stopped: what it has sent goes on.
            shared.history.in_turn(told.event, told.nonce);
        }
        shared.history.answered(told, &answered, at, now);
        if commits {
            shared.history.is_done(told.event, Some(told.nonce));
            shared.history.reached.own_completions += 1;
        }
        let number = shared.history.number(told.nonce);
        drop(shared);
        self.executor.note(|| {
            let (event, step) = (told.event, told.step);
            let answer = match &answered {
                Answered::Claim(Claim::New(token)) => format!("new, attempt {}", token.attempt()),
                Answered::Claim(other) => format!("{other:?}"),
                Answered::State(state) => format!("{state:?}"),
            };
            format!("store: event {event}, claim {number}, {step}: {answer}")
        });
        Ok(answered)
    }
}

/// The way from one process to the store.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) world: World,
    pub(crate) process: Process,
}

/// What becomes of one message.
struct Fate {
    refused: bool,
    /// The answer is an error, whether the step was taken or not.
    failed: bool,
    error_after: Duration,
    copies: Vec<Posted>,
}

/// One copy of it.
struct Posted {
    is_lost: bool,
    arrives_after: Duration,
    answer_is_lost: bool,
    answered_after: Duration,
}

impl Connection {
    fn fate(&self) -> Fate {
        let weather = self.world.shared().weather;
        self.world.executor.random(|random| {
            let quick = Duration::from_millis(20);
            let delay = |random: &mut Random| match random.chance(weather.slow) {
                true => random.time(quick, weather.slowest),
                false => random.time(Duration::from_micros(50), quick),
            };
            let copy = |random: &mut Random| Posted {
                is_lost: random.chance(weather.request_lost),
                arrives_after: delay(random),
                answer_is_lost: random.chance(weather.answer_lost),
                answered_after: delay(random),
            };
            let mut copies = vec![copy(random)];
            if random.chance(weather.repeated) {
                let mut again = copy(random);
                again.arrives_after += random.time(Duration::ZERO, weather.slowest);
                copies.push(again);
            }
            Fate {
                refused: random.chance(weather.refused),
                failed: random.chance(weather.failed),
                error_after: random.time(quick, quick * 100),
                copies,
            }
        })
    }

    /// The soonest answer of all copies, if there is one.
    fn send(
        &self,
        token: &ClaimToken,
        step: Step,
        is_own: bool,
    ) -> Slot<Result<Answered, StoreError>> {
        let (world, slot) = (&self.world, Slot::new());
        let fate = self.fate();
        let told = Told {
            event: world.event(token.key()),
            nonce: token.nonce(),
            process: self.process,
            step,
        };
        let is_late = fate.refused
            || fate.copies[0].is_lost
            || fate.copies[0].arrives_after > world.lease / 10;
        let number = world.history(|history| {
            history.asked(&told);
            if is_late && !is_own && matches!(step, Step::Complete(_)) {
                history.completion_is_late(told.event);
            }
            history.number(told.nonce)
        });
        world.executor.note(|| {
            let (process, event) = (self.process, told.event);
            let lost = fate.copies[0].is_lost || fate.refused;
            let fate = if lost { ", which is lost" } else { "" };
            format!("process {process}: event {event}, claim {number}, asks to {step}{fate}")
        });
        let fails = |error: StoreError| {
            let slot = slot.clone();
            let fail = move || slot.set(Err(error));
            world.executor.after(fate.error_after, fail);
        };
        if fate.refused {
            fails(StoreError::not_taken("refused"));
            return slot;
        }
        if fate.failed {
            fails(StoreError::new("the connection broke"));
        }
        for copy in fate.copies {
            if copy.is_lost {
                continue;
            }
            let (world, slot, token) = (world.clone(), slot.clone(), token.clone());
            self.world.executor.after(copy.arrives_after, move || {
                let answer = world.arrives(&told, &token, is_own);
                // What a rule says of it.
                world.history(|_| ());
                if !copy.answer_is_lost {
                    world
                        .executor
                        .after(copy.answered_after, move || slot.set(answer));
                }
            });
        }
        slot
    }

    fn ask(
        &self,
        token: ClaimToken,
        step: Step,
    ) -> impl Future<Output = Result<Answered, StoreError>> + Send + use<> {
        let sent = self.world.is_eager.then(|| self.send(&token, step, false));
        let connection = self.clone();
        async move {
            let sent = sent.unwrap_or_else(|| connection.send(&token, step, false));
            sent.await
        }
    }

    fn ask_for_state(&self, token: &ClaimToken, step: Step) -> StoreFuture<ClaimState> {
        let asked = self.ask(token.clone(), step);
        StoreFuture::later(async move { state(asked.await?) })
    }

    /// Work and completion in one transaction. A connection that breaks is noticed at last.
    pub(crate) async fn complete_in(
        &self,
        token: &ClaimToken,
        retention: Duration,
    ) -> Result<ClaimState, StoreError> {
        let committing = self.send(token, Step::Complete(retention), true);
        let slot = committing.clone();
        let noticed = move || slot.set(Err(StoreError::new("the connection broke")));
        let patience = self.world.lease * 2;
        self.world.executor.after(patience, noticed);
        state(committing.await?)
    }
}

fn state(answered: Answered) -> Result<ClaimState, StoreError> {
    match answered {
        Answered::State(state) => Ok(state),
        Answered::Claim(_) => Err(StoreError::new("an answer to something else")),
    }
}

impl DedupeStore for Connection {
    fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> StoreFuture<Claim> {
        let asked = self.ask(asked_for(key, nonce), Step::Claim(lease));
        StoreFuture::later(async move {
            match asked.await? {
                Answered::Claim(claim) => Ok(claim),
                Answered::State(_) => Err(StoreError::new("an answer to something else")),
            }
        })
    }

    fn renew(&self, token: &ClaimToken, lease: Duration) -> StoreFuture<ClaimState> {
        self.ask_for_state(token, Step::Renew(lease))
    }

    fn complete(&self, token: &ClaimToken, retention: Duration) -> StoreFuture<ClaimState> {
        self.ask_for_state(token, Step::Complete(retention))
    }

    fn release(&self, token: &ClaimToken) -> StoreFuture<ClaimState> {
        self.ask_for_state(token, Step::Release)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connection")
    }
}
