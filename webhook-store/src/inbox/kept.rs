//! The connection on which the last rows were written, kept for the next ones.
//!
//! sqlx asks a connection whether it is alive when it is given back to its pool, and by default once more when it is lent again. Whoever
//! writes row after row would pay for that with a round trip or two for each, and a task.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{Database, Error, Pool};
use tokio::runtime::Handle;

/// A connection for which nobody has asked for so long is given back, within as long again.
const KEPT_FOR: Duration = Duration::from_millis(50);

/// And one for which somebody asks again and again, so that its pool sees whether it is past its `max_lifetime`, and calls what is set to
/// be called with connections that come back. Its round trip is then one in many hundreds.
const AT_MOST: Duration = Duration::from_secs(1);

pub(super) struct Kept<DB: Database> {
    pool: Pool<DB>,
    at_most: Duration,
    place: Arc<Mutex<Place<DB>>>,
}

struct Place<DB: Database> {
    connection: Option<PoolConnection<DB>>,
    /// When one was kept first, since none was.
    since: Option<Instant>,
    /// Whether it was asked for since somebody has looked.
    is_used: bool,
    /// Whether somebody looks. A connection is here only as long as somebody does.
    is_watched: bool,
}

impl<DB: Database> Kept<DB> {
    pub(super) fn new(pool: Pool<DB>) -> Self {
        Self {
            pool,
            at_most: AT_MOST,
            place: Arc::new(Mutex::new(Place {
                connection: None,
                since: None,
                is_used: false,
                is_watched: false,
            })),
        }
    }

    /// The one that was kept, or one of the pool. Dropped, it goes back to the pool, which finds out what is wrong with it.
    pub(super) async fn take(&self) -> Result<PoolConnection<DB>, Error> {
        let kept = lock(&self.place).connection.take();
        match kept.filter(|_| !self.pool.is_closed()) {
            Some(connection) => Ok(connection),
            None => self.pool.acquire().await,
        }
    }

    /// Keeps one that has done what it was asked for, unless somebody else may wait for it.
    pub(super) fn keep(&self, connection: PoolConnection<DB>) {
        let has_more = self.pool.num_idle() > 0 || self.pool.size() < most(&self.pool);
        let Some(runtime) = Handle::try_current().ok().filter(|_| has_more) else {
            return;
        };
        let mut place = lock(&self.place);
        if place
            .since
            .is_some_and(|since| since.elapsed() >= self.at_most)
        {
            place.since = None;
            return;
        }
        place.since.get_or_insert_with(Instant::now);
        place.is_used = true;
        let before = place.connection.replace(connection);
        let is_watched = std::mem::replace(&mut place.is_watched, true);
        drop(place);
        drop(before);
        if !is_watched {
            // A runtime that ends drops it at once, and it wants the lock then.
            let watch = Watch(Arc::clone(&self.place));
            runtime.spawn(watch.until_nobody_asks());
        }
    }
}

fn most<DB: Database>(pool: &Pool<DB>) -> u32 {
    pool.options().get_max_connections()
}

/// Gives the connection back when it is dropped, also with its runtime: without one, a connection cannot be given back.
struct Watch<DB: Database>(Arc<Mutex<Place<DB>>>);

impl<DB: Database> Watch<DB> {
    async fn until_nobody_asks(self) {
        loop {
            tokio::time::sleep(KEPT_FOR).await;
            if !std::mem::take(&mut lock(&self.0).is_used) {
                return;
            }
        }
    }
}

impl<DB: Database> Drop for Watch<DB> {
    fn drop(&mut self) {
        let mut place = lock(&self.0);
        place.is_watched = false;
        place.since = None;
        let kept = place.connection.take();
        drop(place);
        drop(kept);
    }
}

fn lock<DB: Database>(place: &Mutex<Place<DB>>) -> MutexGuard<'_, Place<DB>> {
    // Nothing panics while it holds the lock.
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests {
    use sqlx::Sqlite;
    use sqlx::sqlite::SqlitePoolOptions;
    use tokio::task::yield_now;

    use super::*;

    async fn kept_of(connections: u32) -> Kept<Sqlite> {
        let pool = SqlitePoolOptions::new().max_connections(connections);
        Kept::new(pool.connect("sqlite::memory:").await.unwrap())
    }

    async fn write(kept: &Kept<Sqlite>) {
        let connection = kept.take().await.unwrap();
        kept.keep(connection);
    }

    #[tokio::test]
    async fn one_connection_is_kept_and_goes_back_when_nobody_asks_for_it() {
        let kept = kept_of(2).await;
        for _ in 0..3 {
            write(&kept).await;
            assert_eq!((kept.pool.size(), kept.pool.num_idle()), (1, 0));
        }
        while kept.pool.num_idle() == 0 {
            yield_now().await;
        }
        assert!(lock(&kept.place).connection.is_none());
        write(&kept).await;
        assert_eq!((kept.pool.size(), kept.pool.num_idle()), (1, 0));
    }

    #[tokio::test]
    async fn the_last_one_of_its_pool_is_not_kept() {
        let kept = kept_of(1).await;
        write(&kept).await;
        assert!(lock(&kept.place).connection.is_none());
        let others = kept_of(2).await;
        let other = others.pool.acquire().await.unwrap();
        write(&others).await;
        assert!(lock(&others.place).connection.is_none(), "one is lent");
        drop(other);
    }

    #[tokio::test]
    async fn one_of_a_pool_that_was_closed_is_not_used() {
        let kept = kept_of(2).await;
        write(&kept).await;
        let closing = tokio::spawn({
            let pool = kept.pool.clone();
            async move { pool.close().await }
        });
        while !kept.pool.is_closed() {
            yield_now().await;
        }
        assert!(matches!(kept.take().await, Err(Error::PoolClosed)));
        closing.await.unwrap();
    }

    #[tokio::test]
    async fn one_that_is_asked_for_all_the_time_goes_back_once_in_a_while() {
        let mut kept = kept_of(2).await;
        kept.at_most = Duration::ZERO;
        for _ in 0..3 {
            write(&kept).await;
            assert!(lock(&kept.place).connection.is_some());
            write(&kept).await;
            assert!(lock(&kept.place).connection.is_none());
            // It is asked whether it is alive first.
            while kept.pool.num_idle() == 0 {
                yield_now().await;
            }
        }
    }

    #[test]
    fn one_goes_back_if_its_runtime_has_ended_before_it_is_kept() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let (kept, connection) = runtime.block_on(async {
            let kept = kept_of(2).await;
            let connection = kept.take().await.unwrap();
            (kept, connection)
        });
        let handle = runtime.handle().clone();
        drop(runtime);
        let _within = handle.enter();
        kept.keep(connection);
        let place = lock(&kept.place);
        assert!(place.connection.is_none() && !place.is_watched);
    }

    #[test]
    fn one_goes_back_with_its_runtime() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let kept = runtime.block_on(async {
            let kept = kept_of(2).await;
            write(&kept).await;
            kept
        });
        drop(runtime);
        let place = lock(&kept.place);
        assert!(place.connection.is_none() && !place.is_watched);
    }
}
