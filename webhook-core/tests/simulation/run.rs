//! One seed: senders that send until they are acknowledged, workers that crash, stall and lose their clients, and handlers of every
//! kind.

use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use webhook_core::adapter::{self, BodyError, Job, Unbroken, stages};
use webhook_core::dedupe::{Dedupe, DedupeKey};
use webhook_core::provider::github::{self, GitHub};
use webhook_core::testing::{FixedClock, Sign, Signer};
use webhook_core::{Answer, Endpoint, RequestHead};
use webhook_testkit::{NOW, Request, receive};

use crate::executor::{Executor, InItsProcess, Lent, OUTSIDE, Process, Slot};
use crate::history::{Fault, Reached, Rule};
use crate::random::Random;
use crate::store::{Broken, Memory};
use crate::world::{Connection, Weather, World};

/// What came of one seed.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) fault: Option<Fault>,
    pub(crate) reached: Reached,
    pub(crate) trace: Vec<String>,
}

/// Everything that happens follows from the seed.
pub(crate) fn run(seed: u64, broken: Option<Broken>, is_traced: bool) -> Ran {
    let executor = Executor::new(seed, is_traced);
    let simulation = Simulation::new(executor.clone(), broken);
    simulation.begin();
    let ended = executor.run();
    let world = &simulation.world;
    world.history(|history| {
        if let Some(said) = executor.panicked() {
            history.broken(Rule::NothingPanics, said);
        }
        if !ended {
            let what = "tasks wait for ever, or run without end";
            history.broken(Rule::TasksEnd, what.to_owned());
        }
        if history.fault.is_none() {
            let remembers = simulation.times.retention >= LONG_RETENTION;
            history.ends(|process| executor.is_dead(process), remembers);
        }
    });
    let shared = world.shared();
    Ran {
        fault: shared.history.fault.clone(),
        reached: shared.history.reached,
        trace: executor.trace(),
    }
}

const LONG_RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// Longer than any sender waits between two attempts and any handler works, once faults have stopped.
const AT_LAST: Duration = Duration::from_secs(60 * 60);

const SECRET: &str = "It's a Secret to Everybody";

/// What is sent, and the key of each: signed once for all seeds.
static EVENTS: LazyLock<[(Request, DedupeKey); 2]> = LazyLock::new(|| {
    let signer = Signer::new(github::SCHEME, SECRET).unwrap();
    ["first", "second"].map(|id| {
        let signed = signer.sign(b"{}", NOW).unwrap();
        let request = Request::from(signed).with("x-github-delivery", id);
        let delivery = receive(&endpoint(), &request).unwrap();
        (request, DedupeKey::of(&delivery))
    })
});

fn endpoint() -> Endpoint {
    let verifier = GitHub::new(SECRET).unwrap();
    let endpoint = Endpoint::new(verifier).name("simulated");
    endpoint.clock(FixedClock::at(NOW))
}

#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) lease: Duration,
    pub(crate) retention: Duration,
    store_timeout: Duration,
    /// From when on nothing goes wrong any more.
    pub(crate) calm: Duration,
}

#[derive(Clone)]
pub(crate) struct Simulation {
    pub(crate) world: World,
    pub(crate) times: Times,
    fails_open: bool,
    /// How many workers there are at a time.
    workers: u64,
    /// The one that is in each place, and none while it is down.
    places: Arc<Mutex<Places>>,
}

#[derive(Default)]
struct Places {
    workers: Vec<Option<(Process, Endpoint)>>,
    last: Process,
}

type Answering = dyn Job<Output = Result<StatusCode, Answer>> + Send;

impl Simulation {
    fn new(executor: Executor, broken: Option<Broken>) -> Self {
        let (times, fails_open, workers, events) = executor.random(|random| {
            let lease = Duration::from_secs(random.pick(&[3, 6, 12]));
            let times = Times {
                lease,
                retention: match random.chance(150) {
                    true => lease * random.pick(&[1, 2, 4]),
                    false => LONG_RETENTION,
                },
                store_timeout: lease / random.pick(&[3, 6, 12]),
                calm: lease * random.pick(&[4, 8, 16]),
            };
            let events = usize::try_from(1 + random.below(2)).unwrap();
            (times, random.chance(50), 2 + random.below(2), events)
        });
        let keys = EVENTS.iter().take(events);
        let keys = keys.map(|(_, key)| key.clone()).collect();
        let memory = Memory::new(broken);
        Self {
            world: World::new(executor, times.lease, keys, memory),
            times,
            fails_open,
            workers,
            places: Arc::default(),
        }
    }

    pub(crate) fn executor(&self) -> &Executor {
        &self.world.executor
    }

    pub(crate) fn random<T>(&self, choose: impl FnOnce(&mut Random) -> T) -> T {
        self.executor().random(choose)
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.executor().now() >= self.times.calm
    }

    fn begin(&self) {
        let Times { lease, calm, .. } = self.times;
        for place in 0..self.workers {
            self.places.lock().unwrap().workers.push(None);
            self.start(place);
        }
        let events = self.world.shared().history.events.len();
        for event in 0..events {
            for _ in 0..self.random(|random| 1 + random.below(3)) {
                let simulation = self.clone();
                let sending = async move { simulation.send_until_acknowledged(event).await };
                self.executor().spawn(OUTSIDE, Box::pin(sending));
            }
        }
        for _ in 0..self.random(|random| random.below(7)) {
            let time = self.random(|random| random.time(Duration::ZERO, calm));
            let simulation = self.clone();
            self.executor().after(time, move || simulation.goes_wrong());
        }
        let simulation = self.clone();
        self.executor().after(calm, move || simulation.calms_down());
        let simulation = self.clone();
        self.executor()
            .after(calm + lease * 40 + AT_LAST, move || simulation.is_over());
    }

    /// A worker with an endpoint of its own, as after a restart.
    fn start(&self, place: u64) {
        let mut places = self.places.lock().unwrap();
        places.last += 1;
        let process = places.last;
        let store = Connection {
            world: self.world.clone(),
            process,
        };
        let dedupe = Dedupe::new(store)
            .lease(self.times.lease)
            .retention(self.times.retention)
            .store_timeout(self.times.store_timeout);
        let dedupe = match self.fails_open {
            true => dedupe.dangerously_fail_open(),
            false => dedupe,
        };
        let endpoint = endpoint().dedupe(dedupe);
        places.workers[index(place)] = Some((process, endpoint));
        drop(places);
        self.executor()
            .note(|| format!("process {process} starts at place {place}"));
    }

    /// One thing, chosen by the seed.
    fn goes_wrong(&self) {
        let lease = self.times.lease;
        let place = self.random(|random| random.below(self.workers));
        let time = self.random(|random| random.time(Duration::ZERO, lease * 2));
        match self.random(|random| random.below(6)) {
            0 | 1 => self.crash(place, time),
            2 => self.stall(place, time),
            3 => self.restart_store(time / 2),
            4 => {
                let by = self.random(|random| random.time(Duration::ZERO, lease * 3));
                let by = i128::try_from(by.as_micros()).unwrap();
                let by = self.random(|random| random.pick(&[by, -by]));
                self.executor()
                    .note(|| format!("the store's clock is stepped by {by} µs"));
                self.world.step_clock(by);
            }
            _ => {
                let weather = self.random(|random| Weather::of(random, lease));
                self.world.shared().weather = weather;
                self.executor().note(|| format!("{weather:?}"));
            }
        }
    }

    fn crash(&self, place: u64, down_for: Duration) {
        let worker = self.places.lock().unwrap().workers[index(place)].take();
        let Some((process, endpoint)) = worker else {
            return;
        };
        self.executor()
            .note(|| format!("process {process} crashes"));
        self.world.history(|history| {
            history.reached.crashes_at_work += u64::from(history.interrupted(process));
        });
        self.executor().crash(process);
        drop(endpoint);
        let simulation = self.clone();
        self.executor()
            .after(down_for, move || simulation.start(place));
    }

    fn stall(&self, place: u64, time: Duration) {
        let places = self.places.lock().unwrap();
        let process = places.workers[index(place)]
            .as_ref()
            .map(|(process, _)| *process);
        drop(places);
        if let Some(process) = process {
            self.executor()
                .note(|| format!("process {process} is stalled for {time:?}"));
            self.world.history(|history| history.interrupted(process));
            self.executor().stall(process, time);
        }
    }

    fn restart_store(&self, down_for: Duration) {
        let forgets = self.random(|random| random.chance(400));
        let mut shared = self.world.shared();
        shared.is_down = true;
        if forgets {
            shared.memory.forget();
            shared.history.lapses();
        }
        drop(shared);
        self.executor().note(|| match forgets {
            true => "the store is down, and has forgotten all".to_owned(),
            false => "the store is down".to_owned(),
        });
        let simulation = self.clone();
        self.executor().after(down_for, move || {
            simulation.world.shared().is_down = false;
            simulation.executor().note(|| "the store is up".to_owned());
        });
    }

    fn calms_down(&self) {
        self.executor()
            .note(|| "nothing goes wrong any more".to_owned());
        self.world.shared().weather = Weather::default();
        self.executor().end_stalls();
    }

    fn is_over(&self) {
        let working = self.executor().working();
        self.world.history(|history| match working {
            0 => history.broken(Rule::EventsEnd, "a sender is still trying".to_owned()),
            _ => {
                let what = format!("{working} tasks are still running");
                history.broken(Rule::TasksEnd, what);
            }
        });
    }

    /// As senders do, and some more often than they need.
    async fn send_until_acknowledged(&self, event: usize) {
        let lease = self.times.lease;
        let pause = |longest: Duration| {
            let time = self.random(|random| random.time(Duration::from_millis(1), longest));
            self.executor().sleep(time)
        };
        pause(lease * 4).await;
        let mut more = self.random(|random| random.below(3));
        loop {
            let patience = self.random(|random| random.time(lease / 10, lease * 4));
            match self.send(event, patience).await {
                true if more == 0 => return,
                true => {
                    more -= 1;
                    pause(lease * 3).await;
                }
                false => pause(lease * 2).await,
            }
        }
    }

    /// Whether it was acknowledged. After this time the sender hangs up.
    async fn send(&self, event: usize, patience: Duration) -> bool {
        let place = self.random(|random| random.below(self.workers));
        let worker = self.places.lock().unwrap().workers[index(place)].clone();
        let Some((process, endpoint)) = worker else {
            return false;
        };
        let answered = Slot::new();
        let job = self.job(event, process, endpoint.clone());
        let request: Unbroken<Answering, InItsProcess> = Unbroken::new(endpoint, job);
        let serving = {
            let answered = answered.clone();
            async move { answered.set(Some(request.await)) }
        };
        let Some(task) = self.executor().spawn(process, Box::pin(serving)) else {
            return false;
        };
        let hangs_up = {
            let answered = answered.clone();
            move || answered.set(None)
        };
        self.executor().after(patience, hangs_up);
        let Some(answer) = answered.await else {
            let stopped = || self.world.shared().history.reached.handlers_stopped;
            let (before, tasks) = (stopped(), self.executor().working());
            self.executor().drop_task(task);
            let is_cut = stopped() > before;
            // Nothing but the rest of a job is spawned by that.
            let goes_on = tasks > 0 && self.executor().working() >= tasks;
            self.executor()
                .note(|| format!("the client of process {process} hangs up"));
            self.world.history(|history| {
                history.reached.gone_on_without_client += u64::from(goes_on);
                if is_cut {
                    let what = format!("a handler of event {event}");
                    history.broken(Rule::ClientsCutNothing, what);
                }
            });
            return false;
        };
        self.world.history(|history| {
            let reached = &mut history.reached;
            let is_acknowledged = match &answer {
                Ok(status) => status.is_success(),
                Err(Answer::Duplicate(reply)) => {
                    reached.duplicates += 1;
                    if !reply.status().is_success() {
                        let what = format!("event {event}: {}", reply.status());
                        history.broken(Rule::DuplicatesAreAcknowledged, what);
                    }
                    true
                }
                Err(answer) => {
                    match answer.code() {
                        "in_progress" => reached.in_progress += 1,
                        "store_unavailable" => reached.store_unavailable += 1,
                        code => history.broken(Rule::EventsEnd, format!("refused: {code}")),
                    }
                    false
                }
            };
            if is_acknowledged {
                history.acknowledged(event);
            }
            is_acknowledged
        })
    }

    /// What an adapter does for a request.
    fn job(&self, event: usize, process: Process, endpoint: Endpoint) -> Pin<Box<Answering>> {
        let lent = Lent {
            executor: self.executor().clone(),
            process,
        };
        let verifying = {
            let lent = lent.clone();
            async move {
                let (request, _) = &EVENTS[event];
                let head = RequestHead::new(&request.method, &request.target, &request.headers);
                let mut body = Some(request.body.clone());
                let frames =
                    move |_: &mut Context<'_>| Poll::Ready(body.take().map(Ok::<Bytes, BodyError>));
                let verified = adapter::verify(&endpoint, &lent, &head, frames);
                verified.await.map_err(Err)
            }
        };
        let simulation = self.clone();
        let handle = move |arrival| {
            let handler = move |delivery| simulation.handler(event, process, delivery);
            adapter::process(arrival, lent, handler)
        };
        Box::pin(stages(verifying, handle))
    }
}

fn index(place: u64) -> usize {
    usize::try_from(place).unwrap()
}
