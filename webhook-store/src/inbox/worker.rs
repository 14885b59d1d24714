//! Takes what is due, and says how it ended.
//!
//! Both are one transaction, a *step*, and jobs go on while one is written. Where jobs are faster than steps, as many are taken ahead as
//! end during a step.

use std::collections::{HashMap, VecDeque};
use std::error::Error as _;
use std::future::Future;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use webhook_core::StoredDelivery;
use webhook_core::dedupe::StoreError;

use super::backoff;
use super::job::Job;
use super::set_up::{BoxError, Limits, SetUp};
use super::table::{Attempt, Demand, End, Taken, storable};

/// How much longer than its deadline an attempt keeps its row at most: for saying how it ended. As long again as the deadline, where that
/// is less, and a second at least. What was taken ahead may wait for half of it.
const LONGEST_MARGIN: Duration = Duration::from_secs(10);
const SHORTEST_MARGIN: Duration = Duration::from_secs(1);

/// How long to wait at least before looking for what is due.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// How many are taken ahead at most: their bodies are in memory.
const MOST_AHEAD: usize = 64;

/// Longest error that is kept, in characters.
const LONGEST_ERROR: usize = 1000;

pub(super) async fn run(inbox: &SetUp, stop: impl Future<Output = ()>) {
    let stopping = Notify::new();
    let stop = async {
        stop.await;
        stopping.notify_one();
    };
    // Side by side: a future that is not polled may hold the connection that the other one waits for.
    tokio::join!(stop, work_until(inbox, &stopping));
}

async fn work_until(inbox: &SetUp, stopping: &Notify) {
    told(inbox.table.wake().await);
    let mut jobs = Jobs::new(inbox);
    loop {
        jobs.give_back_late();
        let next = jobs.step(jobs.demand()).await;
        // What has ended meanwhile is said at once; but not to a table that does not answer.
        let goes_on = next.is_some() && !jobs.ended.is_empty();
        let wait = next.flatten().unwrap_or(Duration::MAX);
        let wait = wait.clamp(SHORTEST_WAIT, inbox.limits.poll_interval);
        let (has_room, has_ends) = (jobs.has_room(), !jobs.ended.is_empty());
        let late = jobs.late();
        tokio::select! {
            biased;
            () = stopping.notified() => break,
            () = std::future::ready(()), if goes_on => {}
            () = jobs.one_ends() => {}
            () = inbox.new.notified(), if has_room => {}
            () = sleep(wait), if has_room || has_ends => {}
            () = late => {}
        }
        // All that has ended meanwhile is written at once.
        while let Some(ended) = jobs.tasks.try_join_next_with_id() {
            jobs.end(ended);
        }
    }
    jobs.give_back_waiting();
    jobs.step(Demand::NOTHING).await;
    // What has not ended by then is given back.
    let _ = timeout(inbox.limits.grace, jobs.all_end()).await;
    jobs.give_back_begun().await;
    jobs.step(Demand::NOTHING).await;
}

/// What this worker has taken, and has not said the end of.
struct Jobs<'i> {
    inbox: &'i SetUp,
    /// Taken ahead, and since when.
    waiting: VecDeque<(Taken, Instant)>,
    begun: HashMap<Id, (Attempt, Instant)>,
    tasks: JoinSet<End>,
    ended: Vec<(Attempt, End)>,
    /// The one of all these whose worker was gone the last time.
    suspect: Option<Attempt>,
    /// Of those that ended since the last demand, the one that took longest.
    slowest: Option<Duration>,
    last_step: Duration,
}

impl<'i> Jobs<'i> {
    fn new(inbox: &'i SetUp) -> Self {
        Self {
            inbox,
            waiting: VecDeque::new(),
            begun: HashMap::new(),
            tasks: JoinSet::new(),
            ended: Vec::new(),
            suspect: None,
            slowest: None,
            last_step: Duration::ZERO,
        }
    }

    fn has_room(&self) -> bool {
        self.begun.len() < self.inbox.limits.workers
    }

    fn margin(&self) -> Duration {
        let deadline = self.inbox.limits.deadline;
        deadline.clamp(SHORTEST_MARGIN, LONGEST_MARGIN)
    }

    /// What ends its process takes all with it that was taken beside it, and all of that comes back at the same time. So there is one
    /// at a time of what was lost, and none of it is lost twice because of another one.
    fn demand(&self) -> Demand {
        let Limits {
            workers, deadline, ..
        } = self.inbox.limits;
        let wanted = workers.saturating_add(self.ahead());
        let most = wanted.saturating_sub(self.begun.len() + self.waiting.len());
        Demand {
            most: u32::try_from(most).unwrap_or(u32::MAX),
            with_lost: self.suspect.is_none(),
            lease: deadline.saturating_add(self.margin()),
        }
    }

    /// As many as end while a step is written. None where a job takes longer: it would keep them from other processes.
    fn ahead(&self) -> usize {
        let Some(slowest) = self.slowest else {
            return 0;
        };
        let each = self.last_step.as_nanos() / slowest.as_nanos().max(1);
        let each = usize::try_from(each).unwrap_or(MOST_AHEAD);
        each.saturating_mul(self.inbox.limits.workers)
            .min(MOST_AHEAD)
    }

    /// Says what has ended, and takes what is due, while the jobs go on. Returns how long it is until the next row is due, if there
    /// is one; nothing if the table does not answer. If the end cannot be written, it is said the next time; if it never can, the leases run out.
    async fn step(&mut self, demand: Demand) -> Option<Option<Duration>> {
        self.begin_next();
        let said = std::mem::take(&mut self.ended);
        if said.is_empty() && demand.most == 0 {
            return Some(None);
        }
        self.slowest = None;
        let begun = Instant::now();
        let mut stepping = self.inbox.table.step(said.clone(), demand);
        let step = loop {
            tokio::select! {
                biased;
                step = &mut stepping => break step,
                () = self.one_ends() => {}
            }
        };
        let Some(step) = told(step) else {
            self.ended.extend(said);
            return None;
        };
        self.last_step = begun.elapsed();
        for taken in step.taken {
            if taken.was_lost {
                self.suspect = Some(taken.attempt);
            }
            // Its lease began with the step.
            self.waiting.push_back((taken, begun));
        }
        self.begin_waiting();
        Some(step.next)
    }

    /// Begins what waits, as far as there is room.
    fn begin_waiting(&mut self) {
        while self.has_room() {
            let Some((taken, _)) = self.waiting.pop_front() else {
                return;
            };
            let (inbox, begun) = (self.inbox.clone(), (taken.attempt, Instant::now()));
            // A task of its own, so that its panic is its own.
            let task = self
                .tasks
                .spawn(async move { attempt(&inbox, taken).await });
            self.begun.insert(task.id(), begun);
        }
    }

    /// The same, unless it has waited for so long that its lease may not last.
    fn begin_next(&mut self) {
        if !self.is_late() {
            self.begin_waiting();
        }
    }

    /// Waits until the next job ends, and begins another one. For ever, if none has begun.
    async fn one_ends(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(ended) => self.end(ended),
            None => std::future::pending().await,
        }
        self.begin_next();
    }

    async fn all_end(&mut self) {
        while let Some(ended) = self.tasks.join_next_with_id().await {
            self.end(ended);
        }
    }

    fn end(&mut self, ended: Result<(Id, End), JoinError>) {
        let (id, end) = match ended {
            Ok((id, end)) => (id, Ok(end)),
            Err(error) if error.is_panic() => (error.id(), Err("the handler panicked")),
            Err(error) => (error.id(), Err("the handler was dropped")),
        };
        let Some((attempt, begun)) = self.begun.remove(&id) else {
            return;
        };
        self.slowest = self.slowest.max(Some(begun.elapsed()));
        let end =
            end.unwrap_or_else(|error| Became::Failed(error.to_owned()).end(self.inbox, attempt));
        self.say(attempt, end);
    }

    fn say(&mut self, attempt: Attempt, end: End) {
        self.suspect = self.suspect.filter(|suspect| *suspect != attempt);
        self.ended.push((attempt, end));
    }

    /// When what waits longest has waited for too long. Never, if nothing waits.
    fn late(&self) -> impl Future<Output = ()> + use<> {
        let first = self.waiting.front();
        let late = first.map(|(_, since)| *since + self.margin() / 2);
        async move {
            match late {
                Some(late) => sleep_until(late).await,
                None => std::future::pending().await,
            }
        }
    }

    /// What waits for a job that turns out to be slow is left to others: its lease is for its own work.
    fn give_back_late(&mut self) {
        if self.is_late() {
            self.give_back_waiting();
        }
    }

    fn is_late(&self) -> bool {
        let longest = self.margin() / 2;
        let first = self.waiting.front();
        first.is_some_and(|(_, since)| since.elapsed() >= longest)
    }

    fn give_back_waiting(&mut self) {
        for (taken, _) in std::mem::take(&mut self.waiting) {
            self.say(taken.attempt, End::GivenBack);
        }
    }

    async fn give_back_begun(&mut self) {
        self.tasks.shutdown().await;
        for (attempt, _) in std::mem::take(&mut self.begun).into_values() {
            self.say(attempt, End::GivenBack);
        }
    }
}

/// A fault of the table. What it was about is tried again.
fn told<T>(answer: Result<T, StoreError>) -> Option<T> {
    answer
        .inspect_err(|error| {
            let error = error.source();
            tracing::warn!(target: "webhook", error, "the table of the inbox does not answer: it is tried again");
        })
        .ok()
}

/// What became of the work.
enum Became {
    Done,
    Failed(String),
    /// Another attempt would change nothing.
    Hopeless(String),
}

impl Became {
    fn end(self, inbox: &SetUp, attempt: Attempt) -> End {
        match self {
            Self::Done => End::Done,
            Self::Failed(error) if attempt.number < inbox.limits.attempts => {
                let wait = backoff::after(attempt.number, inbox.limits.first_wait);
                End::Again(wait, error)
            }
            Self::Failed(error) | Self::Hopeless(error) => {
                // Why, the row says: an error of a handler may repeat what was sent.
                let (row, attempts) = (attempt.row, attempt.number);
                tracing::error!(target: "webhook", row, attempts, "a delivery is dead: see `last_error` of its row, and `Inbox::replay`");
                End::Dead(error)
            }
        }
    }
}

/// How an attempt ends.
async fn attempt(inbox: &SetUp, taken: Taken) -> End {
    let Taken {
        attempt, delivery, ..
    } = taken;
    let became = match attempt.number > inbox.limits.attempts {
        // It was begun so often, and never ended: its worker ends with it.
        true => Became::Hopeless(
            "no attempt came to its end: the worker was killed each time".to_owned(),
        ),
        false => work(inbox, attempt, &delivery).await,
    };
    became.end(inbox, attempt)
}

async fn work(inbox: &SetUp, attempt: Attempt, delivery: &str) -> Became {
    let stored: StoredDelivery = match serde_json::from_str(delivery) {
        Ok(stored) => stored,
        Err(fault) => {
            return Became::Hopeless(short(&format!(
                "the stored delivery cannot be read: {fault}"
            )));
        }
    };
    let working = async {
        let delivery = match inbox.endpoint.reopen(&stored).await {
            Ok(delivery) => delivery,
            Err(fault) if fault.is_transient() => return Became::Failed(short(&fault.to_string())),
            Err(fault) => return Became::Hopeless(short(&fault.to_string())),
        };
        let work = match inbox.routes.find(&delivery) {
            Ok(Some(work)) => work.clone(),
            Ok(None) => return Became::Done,
            Err(rejection) => return Became::Failed(short(&rejection.to_string())),
        };
        match work(delivery, Job::new(attempt)).await {
            Ok(()) => Became::Done,
            Err(error) => Became::Failed(chain(&error)),
        }
    };
    match timeout(inbox.limits.deadline, working).await {
        Ok(became) => became,
        Err(_) => Became::Failed("the handler took longer than its deadline".to_owned()),
    }
}

/// An error with its causes.
fn chain(error: &BoxError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next.filter(|_| text.len() < LONGEST_ERROR) {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    short(&text)
}

fn short(text: &str) -> String {
    storable(&text.chars().take(LONGEST_ERROR).collect::<String>())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    use webhook_core::dedupe::StoreFuture;
    use webhook_core::provider::stripe::{self, Stripe};
    use webhook_core::testing::{FixedClock, Sign, Signer, receive};
    use webhook_core::{Endpoint, UnixTime};

    use super::*;
    use crate::inbox::Inbox;
    use crate::inbox::database::sealed::Store;
    use crate::inbox::table::{Filter, Row, Step, Table};

    const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
    const SECRET: &str = "whsec_of_the_shop_in_the_test";
    const MS: Duration = Duration::from_millis(1);

    /// A table in memory that needs ten milliseconds for each step, and counts.
    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Counts>>);

    #[derive(Default)]
    struct Counts {
        new: VecDeque<Taken>,
        /// What was said of each row last.
        ended: BTreeMap<i64, End>,
        steps: u32,
        /// How many steps fail before one succeeds.
        failing: u32,
        /// The most that were taken and not ended.
        most: usize,
    }

    impl Store for Memory {
        fn table(self) -> Arc<dyn Table> {
            Arc::new(self)
        }
    }

    impl Table for Memory {
        fn step(&self, ended: Vec<(Attempt, End)>, demand: Demand) -> StoreFuture<Step> {
            let memory = self.clone();
            StoreFuture::later(async move {
                sleep(10 * MS).await;
                let mut counts = memory.0.lock().unwrap();
                counts.steps += 1;
                if counts.failing > 0 {
                    counts.failing -= 1;
                    return Err(StoreError::new("the test lets it fail"));
                }
                let ended = ended.into_iter();
                counts
                    .ended
                    .extend(ended.map(|(attempt, end)| (attempt.row, end)));
                let most = counts.new.len().min(demand.most as usize);
                let taken: Vec<_> = counts.new.drain(..most).collect();
                for taken in &taken {
                    counts.ended.remove(&taken.attempt.row);
                }
                let held = 100 - counts.new.len() - counts.ended.len();
                counts.most = counts.most.max(held);
                Ok(Step::new(taken, None, 0))
            })
        }

        fn migrate(&self) -> StoreFuture<()> {
            StoreFuture::ready(Ok(()))
        }

        fn put(&self, _: Row) -> StoreFuture<()> {
            StoreFuture::ready(Ok(()))
        }

        fn replay(&self, _: Filter) -> StoreFuture<u64> {
            StoreFuture::ready(Ok(0))
        }

        fn wake(&self) -> StoreFuture<()> {
            StoreFuture::ready(Ok(()))
        }

        fn prune(&self, _: Duration, _: u32) -> StoreFuture<u64> {
            StoreFuture::ready(Ok(0))
        }

        fn count(&self) -> StoreFuture<Vec<(String, i64)>> {
            StoreFuture::ready(Ok(Vec::new()))
        }
    }

    fn endpoint() -> Endpoint {
        let endpoint = Endpoint::new(Stripe::new(SECRET).unwrap());
        endpoint.clock(FixedClock::at(NOW)).storable().unwrap()
    }

    /// A hundred rows, whose events have the numbers of their rows.
    async fn hundred() -> Memory {
        let memory = Memory::default();
        for row in 0..100 {
            let body = format!(r#"{{"id":"{row}","object":"event","type":"a"}}"#);
            let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
            let signed = signer.sign(body.as_bytes(), NOW).unwrap();
            let delivery = receive(&endpoint(), signed).await.unwrap();
            let taken = Taken {
                attempt: Attempt {
                    row,
                    fence: 1,
                    number: 1,
                    is_ordered: false,
                },
                was_lost: false,
                delivery: serde_json::to_string(&delivery.to_stored().unwrap()).unwrap(),
            };
            memory.0.lock().unwrap().new.push_back(taken);
        }
        memory
    }

    /// Works until so many rows have ended, each in the time that this says.
    async fn work(
        memory: &Memory,
        until: usize,
        time: impl Fn(&str) -> Duration + Send + Sync + Clone + 'static,
    ) {
        let inbox = Inbox::new(memory.clone(), endpoint()).unwrap();
        let inbox = inbox.workers(2).otherwise(move |event: stripe::Event, _| {
            let time = time.clone();
            async move {
                sleep(time(&event.id)).await;
                Ok(())
            }
        });
        let ended = async {
            while memory.0.lock().unwrap().ended.len() < until {
                sleep(MS).await;
            }
        };
        inbox.run_until(ended).await;
    }

    #[tokio::test(start_paused = true)]
    async fn jobs_that_are_faster_than_steps_share_them() {
        let memory = hundred().await;
        let begun = Instant::now();
        work(&memory, 100, |_| MS).await;
        // By the clock of the test: nothing has waited for the next look.
        assert!(begun.elapsed() < Duration::from_secs(1));
        let counts = memory.0.lock().unwrap();
        assert!(counts.ended.values().all(|end| matches!(end, End::Done)));
        // Two at a time take fifty.
        assert!(counts.steps < 15, "{}", counts.steps);
        assert!(counts.most <= MOST_AHEAD + 2, "{}", counts.most);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_taken_ahead_of_jobs_that_are_slower_than_steps() {
        let memory = hundred().await;
        work(&memory, 100, |_| 11 * MS).await;
        let counts = memory.0.lock().unwrap();
        assert!(counts.ended.values().all(|end| matches!(end, End::Done)));
        assert!(counts.most <= 2, "{}", counts.most);
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_for_slow_jobs_is_given_back() {
        let memory = hundred().await;
        let slow = 20 * Duration::from_secs(1);
        let time = move |id: &str| if matches!(id, "40" | "41") { slow } else { MS };
        // All that came before, and what was taken ahead.
        work(&memory, 41, time).await;
        let counts = memory.0.lock().unwrap();
        let given_back = |row: &i64| matches!(counts.ended[row], End::GivenBack);
        assert!(!given_back(&39));
        assert!(given_back(&42));
    }

    #[tokio::test(start_paused = true)]
    async fn what_could_not_be_said_is_said_again() {
        let memory = hundred().await;
        memory.0.lock().unwrap().failing = 5;
        work(&memory, 100, |_| MS).await;
        let counts = memory.0.lock().unwrap();
        assert!(counts.ended.values().all(|end| matches!(end, End::Done)));
        assert_eq!(counts.failing, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn what_could_not_be_said_is_said_again_while_all_workers_are_busy() {
        let memory = hundred().await;
        memory.0.lock().unwrap().new.truncate(42);
        // For longer than the grace, so that both are given back if all others were said to have ended before.
        let slow = Duration::from_secs(50);
        let failing = memory.clone();
        let time = move |id: &str| match id {
            "40" => {
                failing.0.lock().unwrap().failing = 2;
                slow
            }
            "41" => slow,
            _ => MS,
        };
        work(&memory, 40, time).await;
        let counts = memory.0.lock().unwrap();
        assert_eq!(counts.failing, 0);
        assert!((0..40).all(|row| matches!(counts.ended[&row], End::Done)));
        assert!((40..42).all(|row| matches!(counts.ended[&row], End::GivenBack)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_without_work_asks_as_often_as_it_was_told() {
        let memory = Memory::default();
        let inbox = Inbox::new(memory.clone(), endpoint()).unwrap();
        let inbox = inbox.poll_interval(Duration::from_secs(10));
        inbox.run_until(sleep(Duration::from_secs(1000))).await;
        let steps = memory.0.lock().unwrap().steps;
        // One more at the end, and each takes a little itself.
        assert!((99..=102).contains(&steps), "{steps}");
    }
}
