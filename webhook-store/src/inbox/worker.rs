//! Takes what is due, and says how it ended.

use std::collections::HashSet;
use std::error::Error as _;
use std::future::Future;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use webhook_core::StoredDelivery;
use webhook_core::dedupe::StoreError;

use super::backoff;
use super::job::Job;
use super::set_up::{BoxError, Limits, SetUp};
use super::table::{Attempt, Demand, End, Step, Taken};

/// How much longer than its deadline an attempt keeps its row at most: for saying how it ended. As long again as the deadline, where that
/// is less, and a second at least.
const LONGEST_MARGIN: Duration = Duration::from_secs(10);
const SHORTEST_MARGIN: Duration = Duration::from_secs(1);

/// How long to wait at least before looking for what is due.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

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
    let mut running = Running::default();
    let mut ended = Vec::new();
    loop {
        let wait = match step(inbox, &mut ended, running.demand(inbox)).await {
            Some(step) => {
                step.taken
                    .into_iter()
                    .for_each(|taken| running.begin(inbox, taken));
                step.next.unwrap_or(Duration::MAX)
            }
            None => Duration::MAX,
        };
        let wait = wait.clamp(SHORTEST_WAIT, inbox.limits.poll_interval);
        let is_busy = running.begun.len() >= inbox.limits.workers;
        tokio::select! {
            () = stopping.notified() => break,
            Some(end) = running.ended() => ended.extend(end),
            () = inbox.new.notified(), if !is_busy => {}
            () = sleep(wait), if !is_busy || !ended.is_empty() => {}
        }
        // All that has ended meanwhile is written at once.
        while let Some(end) = running.ended_already() {
            ended.extend(end);
        }
    }
    let all_ended = async {
        while let Some(end) = running.ended().await {
            ended.extend(end);
        }
    };
    // What has not ended by then is given back.
    let _ = timeout(inbox.limits.grace, all_ended).await;
    ended.extend(running.give_back().await);
    if !ended.is_empty() {
        step(inbox, &mut ended, Demand::NOTHING).await;
    }
}

/// Says what has ended, and takes what is due. If that cannot be written, it is said the next time; if it never can, the leases run out.
async fn step(inbox: &SetUp, ended: &mut Vec<(Attempt, End)>, demand: Demand) -> Option<Step> {
    let step = inbox.table.step(ended.clone(), demand).await;
    let step = told(step)?;
    ended.clear();
    Some(step)
}

/// The attempts that have begun and not ended.
#[derive(Default)]
struct Running {
    tasks: JoinSet<(Attempt, End)>,
    begun: HashSet<Attempt>,
    /// The one of them whose worker was gone the last time.
    suspect: Option<Attempt>,
}

impl Running {
    /// What ends its process takes all with it that is worked on beside it, and all of that comes back at the same time. So there is one
    /// at a time of what was lost, and none of it is lost twice because of another one.
    fn demand(&self, inbox: &SetUp) -> Demand {
        let Limits {
            workers, deadline, ..
        } = inbox.limits;
        let free = workers.saturating_sub(self.begun.len());
        Demand {
            most: u32::try_from(free).unwrap_or(u32::MAX),
            with_lost: self.suspect.is_none(),
            lease: deadline.saturating_add(deadline.clamp(SHORTEST_MARGIN, LONGEST_MARGIN)),
        }
    }

    fn begin(&mut self, inbox: &SetUp, taken: Taken) {
        if taken.was_lost {
            self.suspect = Some(taken.attempt);
        }
        let inbox = inbox.clone();
        self.begun.insert(taken.attempt);
        self.tasks.spawn(async move {
            let attempt = taken.attempt;
            (attempt, self::attempt(&inbox, taken).await)
        });
    }

    /// Waits for the next end. `None` if nothing runs.
    async fn ended(&mut self) -> Option<Option<(Attempt, End)>> {
        let ended = self.tasks.join_next().await?;
        Some(self.is_over(ended))
    }

    fn ended_already(&mut self) -> Option<Option<(Attempt, End)>> {
        let ended = self.tasks.try_join_next()?;
        Some(self.is_over(ended))
    }

    fn is_over(&mut self, ended: Result<(Attempt, End), JoinError>) -> Option<(Attempt, End)> {
        match &ended {
            Ok((attempt, _)) => drop(self.begun.remove(attempt)),
            // Only what is ours can panic here, and its row waits for its lease.
            Err(_) if self.tasks.is_empty() => self.begun.clear(),
            Err(_) => {}
        }
        self.suspect = self.suspect.filter(|suspect| self.begun.contains(suspect));
        ended.ok()
    }

    async fn give_back(mut self) -> impl Iterator<Item = (Attempt, End)> {
        self.tasks.shutdown().await;
        let begun = self.begun.into_iter();
        begun.map(|attempt| (attempt, End::GivenBack))
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
    match became {
        Became::Done => End::Done,
        Became::Failed(error) if attempt.number < inbox.limits.attempts => {
            let wait = backoff::after(attempt.number, inbox.limits.first_wait);
            End::Again(wait, error)
        }
        Became::Failed(error) | Became::Hopeless(error) => {
            // Why, the row says: an error of a handler may repeat what was sent.
            let (row, attempts) = (attempt.row, attempt.number);
            tracing::error!(target: "webhook", row, attempts, "a delivery is dead: see `last_error` of its row, and `Inbox::replay`");
            End::Dead(error)
        }
    }
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
        // A task of its own, so that its panic is its own.
        let mut task = JoinSet::new();
        task.spawn(async move { work(delivery, Job::new(attempt)).await });
        match task.join_next().await {
            Some(Ok(Ok(()))) => Became::Done,
            Some(Ok(Err(error))) => Became::Failed(chain(&error)),
            Some(Err(error)) if error.is_panic() => {
                Became::Failed("the handler panicked".to_owned())
            }
            Some(Err(_)) | None => Became::Failed("the handler was dropped".to_owned()),
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
    text.chars().take(LONGEST_ERROR).collect()
}
