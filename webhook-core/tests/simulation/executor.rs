//! Tasks on one thread, in an order and at a time that the seed chooses.
//!
//! The clock stands still while anything can run. Tasks belong to a process: it can be stalled, in which nothing of it runs, and
//! crash, in which all of it is dropped and nothing more is begun.

use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use webhook_core::adapter::{Job, Rest, Runtime, Spawn};

use crate::random::Random;

pub(crate) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One life of a worker; a restarted one is another process.
pub(crate) type Process = u64;

/// What is no worker: the senders.
pub(crate) const OUTSIDE: Process = 0;

/// What handlers panic with. The hook for panics is not called, and nothing is printed.
pub(crate) struct OfTheHandler;

#[derive(Clone)]
pub(crate) struct Executor(Arc<Mutex<State>>);

struct State {
    started: Instant,
    now: Duration,
    random: Random,
    tasks: BTreeMap<u64, Task>,
    ready: BTreeSet<u64>,
    /// By time; what is due at the same time comes in an order that the seed chooses.
    plans: BTreeMap<(Duration, u64, u64), Plan>,
    count: u64,
    dead: BTreeSet<Process>,
    stalled: BTreeMap<Process, Duration>,
    panicked: Option<String>,
    trace: Option<Vec<String>>,
    is_stopped: bool,
}

struct Task {
    process: Process,
    /// None while it runs.
    work: Option<Work>,
}

type Plan = Box<dyn FnOnce() + Send>;

/// Far more than any seed needs.
const MOST_STEPS: usize = 200_000;

thread_local! {
    /// Whose code runs: for `Spawn`, which has no place for it.
    static CURRENT: RefCell<Option<(Executor, Process)>> = const { RefCell::new(None) };
}

impl Executor {
    pub(crate) fn new(seed: u64, is_traced: bool) -> Self {
        Self(Arc::new(Mutex::new(State {
            started: Instant::now(),
            now: Duration::ZERO,
            random: Random::new(seed),
            tasks: BTreeMap::new(),
            ready: BTreeSet::new(),
            plans: BTreeMap::new(),
            count: 0,
            dead: BTreeSet::new(),
            stalled: BTreeMap::new(),
            panicked: None,
            trace: is_traced.then(Vec::new),
            is_stopped: false,
        })))
    }

    /// Nobody keeps it over a call of what may wake, spawn or drop.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn now(&self) -> Duration {
        self.state().now
    }

    pub(crate) fn random<T>(&self, choose: impl FnOnce(&mut Random) -> T) -> T {
        choose(&mut self.state().random)
    }

    pub(crate) fn note(&self, line: impl FnOnce() -> String) {
        let mut state = self.state();
        let now = state.now;
        if let Some(trace) = &mut state.trace {
            trace.push(format!("{:>12.6} {}", now.as_secs_f64(), line()));
        }
    }

    pub(crate) fn trace(&self) -> Vec<String> {
        self.state().trace.clone().unwrap_or_default()
    }

    /// Something panicked that was not told to.
    pub(crate) fn panicked(&self) -> Option<String> {
        self.state().panicked.clone()
    }

    /// Does this later.
    pub(crate) fn after(&self, time: Duration, plan: impl FnOnce() + Send + 'static) {
        let mut state = self.state();
        let order = state.random.next();
        state.count += 1;
        let key = (state.now + time, order, state.count);
        state.plans.insert(key, Box::new(plan));
    }

    /// The number of the task, or none if the process is dead.
    pub(crate) fn spawn(&self, process: Process, work: Work) -> Option<u64> {
        let mut state = self.state();
        if state.is_stopped || state.dead.contains(&process) {
            drop(state);
            self.within(process, || drop(work));
            return None;
        }
        state.count += 1;
        let number = state.count;
        let work = Some(work);
        state.tasks.insert(number, Task { process, work });
        state.ready.insert(number);
        Some(number)
    }

    /// As when the server drops what it does for a client.
    pub(crate) fn drop_task(&self, number: u64) {
        let task = self.state().tasks.remove(&number);
        if let Some(task) = task {
            self.within(task.process, || drop(task.work));
        }
    }

    pub(crate) fn crash(&self, process: Process) {
        let mut state = self.state();
        state.dead.insert(process);
        let of_it = |task: &Task| task.process == process;
        let numbers = state.tasks.iter().filter(|(_, task)| of_it(task));
        let numbers: Vec<u64> = numbers.map(|(number, _)| *number).collect();
        drop(state);
        numbers.into_iter().for_each(|task| self.drop_task(task));
    }

    pub(crate) fn is_dead(&self, process: Process) -> bool {
        self.state().dead.contains(&process)
    }

    /// Whether what is dropped now is dropped by the process itself.
    pub(crate) fn is_running(&self, process: Process) -> bool {
        let state = self.state();
        !state.is_stopped && !state.dead.contains(&process)
    }

    /// As when the machine has no time for it: its clock goes on.
    pub(crate) fn stall(&self, process: Process, time: Duration) {
        let mut state = self.state();
        let end = state.now + time;
        state.stalled.insert(process, end);
    }

    pub(crate) fn end_stalls(&self) {
        self.state().stalled.clear();
    }

    /// Nothing more runs, and all is dropped.
    pub(crate) fn stop(&self) {
        self.state().is_stopped = true;
    }

    /// How many tasks there are, of those that are no senders.
    pub(crate) fn working(&self) -> usize {
        let state = self.state();
        let tasks = state.tasks.values();
        tasks.filter(|task| task.process != OUTSIDE).count()
    }

    /// Runs until there are no tasks, or it is stopped. False if tasks are left which nothing will ever wake, or which run
    /// without end.
    pub(crate) fn run(&self) -> bool {
        let mut steps = 0;
        let ended = loop {
            steps += 1;
            if steps > MOST_STEPS {
                break false;
            }
            if self.state().is_stopped {
                break true;
            }
            if let Some(number) = self.next_ready() {
                self.poll(number);
                continue;
            }
            let mut state = self.state();
            if state.tasks.is_empty() {
                break true;
            }
            let due = state.plans.keys().next().map(|(time, ..)| *time);
            let now = state.now;
            let resumed = state.stalled.values().filter(|end| **end > now).min();
            let Some(next) = due.into_iter().chain(resumed.copied()).min() else {
                break false;
            };
            state.now = next.max(now);
            let plan = match due {
                Some(due) if due <= next => state.plans.pop_first(),
                _ => None,
            };
            drop(state);
            if let Some((_, plan)) = plan {
                plan();
            }
        };
        self.drop_all();
        ended
    }

    fn next_ready(&self) -> Option<u64> {
        let mut state = self.state();
        let now = state.now;
        let runs = |number: &&u64| {
            let task = state.tasks.get(number);
            task.is_some_and(|task| {
                state
                    .stalled
                    .get(&task.process)
                    .is_none_or(|end| *end <= now)
            })
        };
        let ready: Vec<u64> = state.ready.iter().filter(runs).copied().collect();
        if ready.is_empty() {
            return None;
        }
        let number = state.random.pick(&ready);
        state.ready.remove(&number);
        Some(number)
    }

    fn poll(&self, number: u64) {
        let mut state = self.state();
        let Some(task) = state.tasks.get_mut(&number) else {
            return;
        };
        let (process, Some(mut work)) = (task.process, task.work.take()) else {
            return;
        };
        drop(state);
        let woken = Woken {
            executor: self.clone(),
            number,
        };
        let waker = Waker::from(Arc::new(woken));
        let polled = self.within(process, || {
            let mut cx = Context::from_waker(&waker);
            let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(&mut cx)));
            match polled {
                Ok(Poll::Pending) => Ok(Some(work)),
                // Both drop the work, in its process.
                Ok(Poll::Ready(())) => Ok(None),
                Err(panic) => Err(panic),
            }
        });
        let mut state = self.state();
        match polled {
            Ok(Some(work)) => {
                if let Some(task) = state.tasks.get_mut(&number) {
                    task.work = Some(work);
                    return;
                }
                drop(state);
                self.within(process, || drop(work));
            }
            Ok(None) => drop(state.tasks.remove(&number)),
            Err(panic) => {
                state.tasks.remove(&number);
                if !panic.is::<OfTheHandler>() {
                    state.panicked = Some(said(&*panic));
                    state.is_stopped = true;
                }
            }
        }
    }

    fn within<T>(&self, process: Process, run: impl FnOnce() -> T) -> T {
        let before = CURRENT.replace(Some((self.clone(), process)));
        let done = run();
        CURRENT.set(before);
        done
    }

    /// Tasks and plans hold the executor, and it holds them.
    fn drop_all(&self) {
        self.stop();
        let numbers: Vec<u64> = self.state().tasks.keys().copied().collect();
        numbers.into_iter().for_each(|task| self.drop_task(task));
        let plans = std::mem::take(&mut self.state().plans);
        drop(plans);
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "it says nothing".to_owned())
}

struct Woken {
    executor: Executor,
    number: u64,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.executor.state().ready.insert(self.number);
    }
}

/// Ready at its time, or a little later.
pub(crate) struct Sleep {
    executor: Executor,
    end: Duration,
    waker: Option<Waker>,
}

impl Executor {
    pub(crate) fn sleep(&self, time: Duration) -> Sleep {
        let mut state = self.state();
        let late = match state.random.chance(900) {
            true => Duration::ZERO,
            false => {
                let most = Duration::from_millis(5);
                state.random.time(Duration::ZERO, most)
            }
        };
        // Even what takes no time takes some: else a loop could run for ever at one moment.
        let time = time.max(Duration::from_micros(1));
        Sleep {
            end: state.now + time + late,
            executor: self.clone(),
            waker: None,
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let now = self.executor.now();
        if now >= self.end {
            return Poll::Ready(());
        }
        let is_known = |waker: &Waker| waker.will_wake(cx.waker());
        if !self.waker.as_ref().is_some_and(is_known) {
            // What is dropped by its client goes on in another task.
            let waker = cx.waker().clone();
            self.waker = Some(waker.clone());
            self.executor.after(self.end - now, || waker.wake());
        }
        Poll::Pending
    }
}

/// What one process lends to the library.
#[derive(Clone)]
pub(crate) struct Lent {
    pub(crate) executor: Executor,
    pub(crate) process: Process,
}

impl Runtime for Lent {
    fn now(&self) -> Instant {
        let state = self.executor.state();
        state.started + state.now
    }

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send {
        self.executor.sleep(time)
    }

    fn spawn(&self, task: Work) {
        self.executor.spawn(self.process, task);
    }
}

/// Where the rest of a job runs whose client is gone: in the process that drops it.
pub(crate) struct InItsProcess;

impl<J: Job + Send + ?Sized + 'static> Spawn<J> for InItsProcess {
    fn spawn(rest: Rest<J>) {
        let current = CURRENT.with_borrow(Clone::clone);
        let (executor, process) = current.expect("dropped outside of every process");
        executor.spawn(process, Box::pin(rest));
    }
}

/// A place for one value that somebody waits for. The first one counts.
pub(crate) struct Slot<T>(Arc<Mutex<(Option<T>, Option<Waker>)>>);

impl<T> Slot<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new((None, None))))
    }

    pub(crate) fn set(&self, value: T) {
        let mut slot = self.0.lock().unwrap();
        slot.0.get_or_insert(value);
        let waker = slot.1.take();
        drop(slot);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Future for Slot<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let mut slot = self.0.lock().unwrap();
        match slot.0.take() {
            Some(value) => Poll::Ready(value),
            None => {
                slot.1 = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}
