//! Rows that arrive while another one is written wait, and are then written together: a transaction costs one wait for the disk, however
//! many rows are in it.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::oneshot::{self, Sender};
use webhook_core::dedupe::{StoreError, StoreFuture};

use super::table::Row;

/// How many rows are written in one transaction at most, and how long their deliveries are together, in bytes; one is written however
/// long it is.
const MOST_AT_ONCE: usize = 256;
const LONGEST_AT_ONCE: usize = 8 << 20;

/// How many rows may wait to be written. More would wait for longer than their senders.
const MOST_WAITING: usize = 1024;

/// What writes rows.
pub(super) trait Write: Send + Sync + 'static {
    /// Returns when it has committed.
    fn alone(&self, row: &Row) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// In one transaction. Returns what became of each when it has committed; after an error none of them is written.
    fn together(
        &self,
        rows: &[Row],
    ) -> impl Future<Output = Result<Vec<Result<(), StoreError>>, StoreError>> + Send;
}

pub(super) struct Queue<W> {
    write: Arc<W>,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Default)]
struct Waiting {
    rows: Vec<Storing>,
    is_written: bool,
}

struct Storing {
    row: Row,
    reply: Sender<Result<(), StoreError>>,
}

impl<W: Write> Queue<W> {
    pub(super) fn new(write: W) -> Self {
        Self {
            write: Arc::new(write),
            waiting: Arc::default(),
        }
    }

    pub(super) fn put(&self, row: Row) -> StoreFuture<()> {
        let mut waiting = lock(&self.waiting);
        if waiting.rows.len() >= MOST_WAITING {
            let busy = "more deliveries wait to be stored than the database stores in time";
            return StoreFuture::ready(Err(StoreError::not_taken(busy)));
        }
        if !waiting.is_written && waiting.rows.is_empty() {
            waiting.is_written = true;
            let first = First(Some(self.writer()));
            return StoreFuture::later(async move { first.write(&row).await });
        }
        let (reply, answer) = oneshot::channel();
        waiting.rows.push(Storing { row, reply });
        // Without a runtime nothing is written; whoever asks within one takes along what waits.
        if !waiting.is_written
            && let Ok(runtime) = Handle::try_current()
        {
            waiting.is_written = true;
            drop(waiting);
            runtime.spawn(self.writer().write_all());
        }
        StoreFuture::later(async {
            let ended = "the runtime in which the delivery was being stored has ended";
            answer.await.unwrap_or_else(|_| Err(StoreError::new(ended)))
        })
    }

    /// For who has said that the rows are being written.
    fn writer(&self) -> Writer<W> {
        Writer {
            write: Arc::clone(&self.write),
            waiting: Arc::clone(&self.waiting),
            is_over: false,
        }
    }
}

/// Writes a row for which nobody had to wait, in the future of the one who asked: without a task, which costs as much as a short write.
struct First<W: Write>(Option<Writer<W>>);

impl<W: Write> First<W> {
    async fn write(&self, row: &Row) -> Result<(), StoreError> {
        match &self.0 {
            Some(writer) => writer.write.alone(row).await,
            None => Ok(()),
        }
    }
}

/// Also if nobody asks any more: the others do.
impl<W: Write> Drop for First<W> {
    fn drop(&mut self) {
        let Some(mut writer) = self.0.take() else {
            return;
        };
        if let (true, Ok(runtime)) = (writer.is_needed(), Handle::try_current()) {
            runtime.spawn(writer.write_all());
        }
    }
}

/// The one who writes. Makes room for the next one when it goes away, also with its runtime.
struct Writer<W: Write> {
    write: Arc<W>,
    waiting: Arc<Mutex<Waiting>>,
    is_over: bool,
}

impl<W: Write> Drop for Writer<W> {
    fn drop(&mut self) {
        if !self.is_over {
            lock(&self.waiting).is_written = false;
        }
    }
}

impl<W: Write> Writer<W> {
    /// Whether somebody waits. If not, nobody writes from now on.
    fn is_needed(&mut self) -> bool {
        let mut waiting = lock(&self.waiting);
        // Nobody waits for the others any more.
        waiting.rows.retain(|waits| !waits.reply.is_closed());
        self.is_over = waiting.rows.is_empty();
        waiting.is_written = !self.is_over;
        !self.is_over
    }

    async fn write_all(mut self) {
        while self.is_needed() {
            let rows = self.next();
            let (rows, replies): (Vec<_>, Vec<_>) = rows
                .into_iter()
                .map(|storing| (storing.row, storing.reply))
                .unzip();
            // Whoever asked may be gone.
            match self.write.together(&rows).await {
                Ok(stored) => {
                    let replies = replies.into_iter().zip(stored);
                    replies.for_each(|(reply, stored)| drop(reply.send(stored)));
                }
                Err(error) => {
                    let error = Arc::new(error);
                    let failed = || Err(StoreError::new(Arc::clone(&error)));
                    let replies = replies.into_iter();
                    replies.for_each(|reply| drop(reply.send(failed())));
                }
            }
        }
    }

    fn next(&self) -> Vec<Storing> {
        let mut waiting = lock(&self.waiting);
        let mut bytes = 0;
        let rows = waiting.rows.iter().take(MOST_AT_ONCE);
        let many = rows.take_while(|waits| {
            let is_first = bytes == 0;
            bytes += waits.row.delivery.len();
            is_first || bytes <= LONGEST_AT_ONCE
        });
        let many = many.count();
        waiting.rows.drain(..many).collect()
    }
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    // What panics while it holds the lock is outside of this file.
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
