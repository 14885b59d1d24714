//! Takes what is due, and says how it ended.

use std::collections::HashSet;
use std::error::Error as _;
use std::future::Future;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use webhook_core::StoredDelivery;
use webhook_core::dedupe::StoreError;

use super::backoff;
use super::job::Job;
use super::set_up::{BoxError, SetUp};
use super::sqlite::{self, Attempt, End, Taken};

/// How much longer than its deadline an attempt keeps its row: for saying how it ended.
const MARGIN: Duration = Duration::from_secs(10);

/// How long to wait at most before looking for what other processes have put in.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

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
    let mut running = Running::default();
    loop {
        let free = inbox.limits.workers.saturating_sub(running.begun.len());
        let taken = take(inbox, free).await;
        taken
            .into_iter()
            .for_each(|taken| running.begin(inbox, taken));
        let is_busy = running.begun.len() >= inbox.limits.workers;
        let wait = if is_busy {
            LOOK_AGAIN
        } else {
            wait(inbox).await
        };
        tokio::select! {
            () = stopping.notified() => break,
            true = running.ended() => {}
            () = inbox.new.notified(), if !is_busy => {}
            () = sleep(wait), if !is_busy => {}
        }
    }
    let all_ended = async { while running.ended().await {} };
    // What has not ended by then is given back.
    let _ = timeout(inbox.limits.grace, all_ended).await;
    running.give_back(inbox).await;
}

/// The attempts that have begun and not ended.
#[derive(Default)]
struct Running {
    tasks: JoinSet<Attempt>,
    begun: HashSet<Attempt>,
}

impl Running {
    fn begin(&mut self, inbox: &SetUp, taken: Taken) {
        let inbox = inbox.clone();
        self.begun.insert(taken.attempt);
        self.tasks.spawn(async move {
            let begun = taken.attempt;
            attempt(&inbox, taken).await;
            begun
        });
    }

    /// Waits for the next end. `false` if nothing runs.
    async fn ended(&mut self) -> bool {
        let Some(ended) = self.tasks.join_next().await else {
            return false;
        };
        match ended {
            Ok(attempt) => drop(self.begun.remove(&attempt)),
            // Only what is ours can panic here, and its row waits for its lease.
            Err(_) if self.tasks.is_empty() => self.begun.clear(),
            Err(_) => {}
        }
        true
    }

    async fn give_back(mut self, inbox: &SetUp) {
        self.tasks.shutdown().await;
        for attempt in self.begun {
            let now = sqlite::now();
            told(sqlite::end(inbox.store.pool(), attempt, &End::GivenBack, now).await);
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

/// How long to wait for the next row.
async fn wait(inbox: &SetUp) -> Duration {
    match sqlite::next(inbox.store.pool()).await {
        Ok(Some(due)) => {
            let wait = due.saturating_sub(sqlite::now()).max(1);
            Duration::from_millis(wait.unsigned_abs()).min(LOOK_AGAIN)
        }
        Ok(None) | Err(_) => LOOK_AGAIN,
    }
}

async fn take(inbox: &SetUp, free: usize) -> Vec<Taken> {
    if free == 0 {
        return Vec::new();
    }
    let lease = inbox.limits.deadline.saturating_add(MARGIN);
    let taken = sqlite::take(inbox.store.pool(), sqlite::now(), lease, free).await;
    told(taken).unwrap_or_default()
}

/// What became of the work.
enum Became {
    Done,
    Failed(String),
    /// Another attempt would change nothing.
    Hopeless(String),
}

async fn attempt(inbox: &SetUp, taken: Taken) {
    let Taken { attempt, delivery } = taken;
    let became = match attempt.number > inbox.limits.attempts {
        // It was begun so often, and never ended: its worker ends with it.
        true => Became::Hopeless(
            "no attempt came to its end: the worker was killed each time".to_owned(),
        ),
        false => work(inbox, attempt, &delivery).await,
    };
    let (again, dead);
    let end = match became {
        Became::Done => End::Done,
        Became::Failed(error) if attempt.number < inbox.limits.attempts => {
            let wait = backoff::after(attempt.number, inbox.limits.first_wait);
            again = error;
            End::Again {
                at: sqlite::now().saturating_add(sqlite::millis(wait)),
                error: &again,
            }
        }
        Became::Failed(error) | Became::Hopeless(error) => {
            dead = error;
            End::Dead { error: &dead }
        }
    };
    if let End::Dead { .. } = end {
        // Why, the row says: an error of a handler may repeat what was sent.
        let (row, attempts) = (attempt.row, attempt.number);
        tracing::error!(target: "webhook", row, attempts, "a delivery is dead: see `last_error` of its row, and `Inbox::replay`");
    }
    // If that cannot be written, the lease runs out, and it is tried again.
    told(sqlite::end(inbox.store.pool(), attempt, &end, sqlite::now()).await);
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
