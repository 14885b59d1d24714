//! The queue, and the one writer that takes all that waits into one transaction.
//!
//! A transaction costs one wait for the disk, however many events are in it: the more wait, the more are written at once.
//! What ends a claim comes before new claims, and is never refused. Nothing is answered before its transaction has
//! committed.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Sqlite, SqlitePool};
use tokio::runtime::Handle;
use tokio::sync::oneshot::{self, Sender};
use webhook_core::dedupe::{
    Claim, ClaimState, ClaimToken, DedupeKey, Nonce, StoreError, StoreFuture,
};

use super::clock::Clock;
use super::steps::{self, Change, Events};

pub(super) struct Writer {
    pub(super) pool: SqlitePool,
    pub(super) clock: Clock,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    changes: Vec<Changing>,
    claims: VecDeque<Claiming>,
    /// Whether there is a writer, and since when it writes what it writes.
    writing: Option<Instant>,
    /// Since the last pruning.
    claimed: usize,
}

struct Changing {
    change: Change,
    token: ClaimToken,
    length: Duration,
    reply: Sender<Result<ClaimState, StoreError>>,
}

struct Claiming {
    key: DedupeKey,
    nonce: Nonce,
    lease: Duration,
    reply: Sender<Result<Claim, StoreError>>,
}

/// What is written at once.
struct Batch {
    changes: Vec<Changing>,
    claims: Vec<Claiming>,
    is_to_prune: bool,
}

impl Batch {
    /// Whether all of them are changes of one kind, or claims.
    fn is_one_statement(&self) -> bool {
        let is_of_one_kind = match &*self.changes {
            [] => true,
            [first, others @ ..] => {
                self.claims.is_empty() && others.iter().all(|other| other.change == first.change)
            }
        };
        is_of_one_kind && !self.is_to_prune
    }
}

/// How many claims may wait. More would wait for longer than anybody waits for them.
const MOST_WAITING: usize = 4096;

/// How many claims are in one transaction at most, so that what ends a claim does not wait long for them.
const MOST_AT_ONCE: usize = 512;

/// If the disk has not answered for so long, new claims are refused at once: it would not answer them in time either.
const STUCK: Duration = Duration::from_millis(500);

/// So seldom that it costs nothing, so often that it keeps up: each pruning takes away more than was added since the last.
const CLAIMS_PER_PRUNING: usize = 256;
const PRUNED_AT_ONCE: u32 = 1000;

impl Writer {
    pub(super) fn new(pool: SqlitePool, clock: Clock) -> Self {
        Self {
            pool,
            clock,
            queue: Mutex::default(),
        }
    }

    pub(super) fn claim(
        self: &Arc<Self>,
        key: &DedupeKey,
        nonce: Nonce,
        lease: Duration,
    ) -> StoreFuture<Claim> {
        let (reply, answer) = oneshot::channel();
        let mut queue = self.lock();
        let is_stuck = queue.writing.is_some_and(|since| since.elapsed() > STUCK);
        if is_stuck || queue.claims.len() >= MOST_WAITING {
            return StoreFuture::ready(Err(StoreError::not_taken(Busy)));
        }
        queue.claims.push_back(Claiming {
            key: key.clone(),
            nonce,
            lease,
            reply,
        });
        self.begin(queue);
        StoreFuture::later(async { answer.await.unwrap_or_else(|_| Err(StoreError::new(Ended))) })
    }

    pub(super) fn change(
        self: &Arc<Self>,
        change: Change,
        token: &ClaimToken,
        length: Duration,
    ) -> StoreFuture<ClaimState> {
        let (reply, answer) = oneshot::channel();
        let mut queue = self.lock();
        queue.changes.push(Changing {
            change,
            token: token.clone(),
            length,
            reply,
        });
        self.begin(queue);
        StoreFuture::later(async { answer.await.unwrap_or_else(|_| Err(StoreError::new(Ended))) })
    }

    /// Starts a writer if there is none.
    fn begin(self: &Arc<Self>, mut queue: MutexGuard<'_, Queue>) {
        if queue.writing.is_some() {
            return;
        }
        // Without a runtime nothing is written; whoever asks within one takes along what waits.
        if let Ok(runtime) = Handle::try_current() {
            queue.writing = Some(Instant::now());
            drop(queue);
            let mut writing = Writing {
                writer: Arc::clone(self),
                is_over: false,
            };
            runtime.spawn(async move { while writing.write_some().await {} });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // What panics while it holds the lock is outside of this file.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a connection back after this. One that was opened while the disk was read-only stays so: it is closed after an
    /// error.
    pub(super) async fn give_back<T>(
        connection: PoolConnection<Sqlite>,
        done: Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        if done.as_ref().is_err_and(is_read_only) {
            // It is of no use, however it ends.
            let _ = connection.close().await;
        }
        done
    }
}

fn is_read_only(error: &sqlx::Error) -> bool {
    const READ_ONLY: i32 = 8;
    let code = error.as_database_error().and_then(|error| error.code());
    // The lowest byte is the kind, the others say more about it. https://sqlite.org/rescode.html
    code.and_then(|code| code.parse::<i32>().ok())
        .is_some_and(|code| code & 0xff == READ_ONLY)
}

/// The answers, in the order of the questions.
type Written = (Vec<ClaimState>, Vec<Claim>);

/// The one writer. Makes room for the next one when it goes away, also with its runtime.
struct Writing {
    writer: Arc<Writer>,
    is_over: bool,
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.is_over {
            self.writer.lock().writing = None;
        }
    }
}

impl Writing {
    /// Whether there may be more.
    async fn write_some(&mut self) -> bool {
        let batch = {
            let mut queue = self.writer.lock();
            if queue.changes.is_empty() && queue.claims.is_empty() {
                // Before anybody can ask again, who must find that there is no writer.
                queue.writing = None;
                self.is_over = true;
                return false;
            }
            queue.writing = Some(Instant::now());
            let most = queue.claims.len().min(MOST_AT_ONCE);
            let claims = queue.claims.drain(..most);
            // Nobody waits for the others any more.
            let claims: Vec<_> = claims.filter(|claim| !claim.reply.is_closed()).collect();
            queue.claimed += claims.len();
            let is_to_prune = queue.claimed >= CLAIMS_PER_PRUNING;
            if is_to_prune {
                queue.claimed = 0;
            }
            Batch {
                changes: std::mem::take(&mut queue.changes),
                claims,
                is_to_prune,
            }
        };
        let written = self.write(&batch).await;
        let Batch {
            changes, claims, ..
        } = batch;
        match written {
            Ok((held, claimed)) => {
                let held = changes.into_iter().zip(held);
                held.for_each(|(change, held)| answer(change.reply, Ok(held)));
                let claimed = claims.into_iter().zip(claimed);
                claimed.for_each(|(claim, claimed)| answer(claim.reply, Ok(claimed)));
            }
            Err(error) => {
                let error = Arc::new(error);
                let failed = || StoreError::new(Arc::clone(&error));
                let changes = changes.into_iter();
                changes.for_each(|change| answer(change.reply, Err(failed())));
                let claims = claims.into_iter();
                claims.for_each(|claim| answer(claim.reply, Err(failed())));
            }
        }
        true
    }

    async fn write(&self, batch: &Batch) -> Result<Written, sqlx::Error> {
        let mut connection = self.writer.pool.acquire().await?;
        let written = self.write_by(&mut connection, batch).await;
        Writer::give_back(connection, written).await
    }

    /// One transaction. One statement is one by itself, without the two trips to SQLite's thread that begin and end it. It reads the clock
    /// before it waits for another process: a lease ends sooner by that time, and whoever asked counts it from before.
    async fn write_by(
        &self,
        connection: &mut SqliteConnection,
        batch: &Batch,
    ) -> Result<Written, sqlx::Error> {
        if batch.is_one_statement() {
            return self.steps(connection, batch).await;
        }
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        // Once it is our turn: it may have taken long.
        let written = self.steps(&mut transaction, batch).await?;
        transaction.commit().await?;
        Ok(written)
    }

    /// What ends a claim comes first, so that a claim of the same event finds it done.
    async fn steps(
        &self,
        connection: &mut SqliteConnection,
        batch: &Batch,
    ) -> Result<Written, sqlx::Error> {
        let Batch {
            changes,
            claims,
            is_to_prune,
        } = batch;
        let now = self.writer.clock.now();
        let mut held = vec![ClaimState::Lost; changes.len()];
        for kind in [Change::Complete, Change::Renew, Change::Release] {
            let mut events = Events::default();
            let of_kind = || {
                let changes = changes.iter().enumerate();
                changes.filter(move |(_, change)| change.change == kind)
            };
            of_kind().for_each(|(_, change)| events.push(&change.token, change.length));
            if events.is_empty() {
                continue;
            }
            let answers = steps::change(connection, kind, &events, now).await?;
            for ((place, _), answer) in of_kind().zip(answers) {
                if let Some(held) = held.get_mut(place) {
                    *held = answer;
                }
            }
        }
        let mut events = Events::default();
        for claim in claims {
            events.push_claim(&claim.key, claim.nonce, claim.lease);
        }
        let claimed = match events.is_empty() {
            true => Vec::new(),
            false => steps::claim(connection, &events, now, false).await?,
        };
        if *is_to_prune {
            steps::prune(connection, PRUNED_AT_ONCE, now).await?;
        }
        Ok((held, claimed))
    }
}

/// Whoever asked may be gone.
fn answer<T>(reply: Sender<Result<T, StoreError>>, answer: Result<T, StoreError>) {
    let _ = reply.send(answer);
}

/// More claims wait than can be answered in time, or the disk does not answer.
#[derive(Debug)]
struct Busy;

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SQLite has too much to write, or does not answer")
    }
}

impl Error for Busy {}

/// The runtime of the writer is gone.
#[derive(Debug)]
struct Ended;

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the runtime in which SQLite was being written has ended")
    }
}

impl Error for Ended {}
