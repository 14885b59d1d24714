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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::future::pending;
    use std::slice;
    use std::time::Duration;

    use tokio::runtime::{Builder, Runtime};
    use tokio::task::yield_now;
    use tokio::time::timeout;

    use super::*;

    const MIB: usize = 1 << 20;
    const NEVER: &str = "its transaction does not end";

    /// Notes how many rows were in each transaction.
    #[derive(Clone, Default)]
    struct Noted(Arc<Mutex<Vec<usize>>>);

    impl Write for Noted {
        async fn alone(&self, row: &Row) -> Result<(), StoreError> {
            self.together(slice::from_ref(row)).await.map(drop)
        }

        async fn together(&self, rows: &[Row]) -> Result<Vec<Result<(), StoreError>>, StoreError> {
            self.0.lock().unwrap().push(rows.len());
            if rows.iter().any(|row| row.delivery == NEVER) {
                pending::<()>().await;
            }
            Ok(rows.iter().map(|_| Ok(())).collect())
        }
    }

    fn row(delivery: impl Into<String>) -> Row {
        Row {
            key: String::new(),
            endpoint: None,
            event: None,
            kind: None,
            order_key: None,
            delivery: delivery.into(),
            claim: None,
        }
    }

    #[tokio::test]
    async fn what_waits_is_written_together_up_to_a_number_and_a_length() {
        for (length, rows, transactions) in [
            (1, 2 * 256 + 1, &[256, 256, 1][..]),
            (MIB, 9, &[8, 1]),
            (3 * MIB, 5, &[2, 2, 1]),
            (4 * MIB + 1, 3, &[1, 1, 1]),
            (9 * MIB, 2, &[1, 1]),
        ] {
            let noted = Noted::default();
            let queue = Queue::new(noted.clone());
            let first = queue.put(row("the others wait for it"));
            let row = row("x".repeat(length));
            let others: Vec<_> = (0..rows).map(|_| queue.put(row.clone())).collect();
            first.await.unwrap();
            for other in others {
                other.await.unwrap();
            }
            assert_eq!(noted.0.lock().unwrap()[1..], *transactions, "{length}");
        }
    }

    #[tokio::test]
    async fn more_than_can_be_stored_in_time_is_refused_at_once() {
        let queue = Queue::new(Noted::default());
        let mut waiting: Vec<_> = (0..=1024).map(|_| queue.put(row("{}"))).collect();
        assert!(queue.put(row("{}")).await.is_err());
        waiting.reverse();
        while let Some(stored) = waiting.pop() {
            stored.await.unwrap();
        }
        queue.put(row("{}")).await.unwrap();
    }

    /// In which time passes as soon as nothing else happens.
    fn runtime() -> Runtime {
        let mut runtime = Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap()
    }

    #[test]
    fn who_comes_after_the_runtime_of_the_writer_has_ended_is_stored() {
        const HOUR: Duration = Duration::from_secs(3600);
        let noted = Noted::default();
        let queue = Queue::new(noted.clone());
        let ended = runtime();
        let (first, never) = (queue.put(row("{}")), queue.put(row(NEVER)));
        ended.block_on(async {
            first.await.unwrap();
            while noted.0.lock().unwrap().len() < 2 {
                yield_now().await;
            }
        });
        drop(ended);
        runtime().block_on(async {
            assert!(timeout(HOUR, never).await.unwrap().is_err());
            timeout(HOUR, queue.put(row("{}"))).await.unwrap().unwrap();
        });
    }
}
