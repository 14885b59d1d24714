//! The store, and the ledger: in the same database if the store is one.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{env, fs, io, process};

use sqlx::{MySqlPool, PgPool};
use webhook_core::Endpoint;
use webhook_core::dedupe::{ClaimState, ClaimToken, Dedupe};
use webhook_store::{Inbox, Job, MysqlStore, PostgresStore, RedisStore, SqliteStore};

use crate::Failure;
use crate::plan::{DEADLINE, LEASE};

/// How long an event is remembered as done: longer than any sender tries again.
const RETENTION: Duration = Duration::from_secs(35 * 24 * 60 * 60);

/// The event is not unique: the database does not help.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS exactly_once_ledger
    (event TEXT NOT NULL, amount BIGINT NOT NULL, fence BIGINT NOT NULL)";
const BOOK: &str = "INSERT INTO exactly_once_ledger (event, amount, fence) VALUES ($1, $2, $3)";
const BOOK_IN_MYSQL: &str =
    "INSERT INTO exactly_once_ledger (event, amount, fence) VALUES (?, ?, ?)";
const LINES: &str = "SELECT event, amount, fence FROM exactly_once_ledger";

/// The same in each database, whose types are not: the line, then the end, then both or neither.
macro_rules! book {
    ($store:expr, $transaction:expr, $sql:expr, $line:expr, $end:expr, $before_the_commit:expr) => {{
        let mut transaction = $transaction;
        let booking = sqlx::query($sql).bind(&$line.event).bind($line.amount);
        booking.bind($line.fence).execute(&mut *transaction).await?;
        let held = match $end {
            End::Claim(claim) => {
                let completed = $store.complete_in(&mut transaction, claim, RETENTION);
                completed.await?
            }
            End::Job(job) => job.complete_in(&mut transaction).await?,
        };
        $before_the_commit();
        match held {
            ClaimState::Held => transaction.commit().await?,
            ClaimState::Done | ClaimState::Lost => transaction.rollback().await?,
        }
        Ok(held)
    }};
}

pub(crate) enum Ledger {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
    Mysql(MysqlStore),
    /// The store is Redis, and the ledger stands for everything that is not in the store's database: another service, a
    /// mail.
    Elsewhere(RedisStore, Mutex<Elsewhere>),
}

/// What ends together with a booking.
pub(crate) enum End<'e> {
    /// The claim of an event whose sender waits for the handler.
    Claim(&'e ClaimToken),
    /// The job of an event whose sender was answered before.
    Job(&'e Job),
}

impl End<'_> {
    /// Which attempt it is, from 1.
    pub(crate) fn attempt(&self) -> u32 {
        match self {
            Self::Claim(claim) => claim.attempt(),
            Self::Job(job) => job.attempt(),
        }
    }

    /// By which one who comes late is told from the others.
    pub(crate) fn fence(&self) -> i64 {
        match self {
            Self::Claim(claim) => claim.fence(),
            Self::Job(job) => job.fence(),
        }
    }
}

const NO_INBOX: &str = "there is no inbox in Redis: leave `--store` or `--inbox` out";

/// One booking. The fence is that of the claim under which it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) event: String,
    pub(crate) amount: i64,
    pub(crate) fence: i64,
}

#[derive(Default)]
pub(crate) struct Elsewhere {
    lines: Vec<Line>,
    repeats: usize,
}

impl Ledger {
    pub(crate) async fn in_file(file: impl AsRef<Path>) -> Result<Self, Failure> {
        let store = SqliteStore::open(file).await?;
        store.migrate().await?;
        sqlx::query(TABLE).execute(store.pool()).await?;
        Ok(Self::Sqlite(store))
    }

    pub(crate) async fn at(url: &str) -> Result<Self, Failure> {
        if url.starts_with("redis://") {
            let store = RedisStore::connect(url).await?;
            return Ok(Self::Elsewhere(store, Mutex::default()));
        }
        if url.starts_with("mysql://") {
            let store = MysqlStore::new(MySqlPool::connect(url).await?);
            store.migrate().await?;
            sqlx::query(TABLE).execute(store.pool()).await?;
            return Ok(Self::Mysql(store));
        }
        let store = PostgresStore::new(PgPool::connect(url).await?);
        store.migrate().await?;
        sqlx::query(TABLE).execute(store.pool()).await?;
        Ok(Self::Postgres(store))
    }

    pub(crate) fn dedupe(&self) -> Dedupe {
        let dedupe = match self {
            Self::Sqlite(store) => Dedupe::new(store.clone()),
            Self::Postgres(store) => Dedupe::new(store.clone()),
            Self::Mysql(store) => Dedupe::new(store.clone()),
            Self::Elsewhere(store, _) => Dedupe::new(store.clone()),
        };
        dedupe
            .lease(LEASE)
            .store_timeout(DEADLINE)
            .retention(RETENTION)
    }

    /// An inbox in the same database.
    pub(crate) fn inbox(&self, endpoint: Endpoint) -> Result<Inbox, Failure> {
        match self {
            Self::Sqlite(store) => Ok(Inbox::new(store.clone(), endpoint)?),
            Self::Postgres(store) => Ok(Inbox::new(store.clone(), endpoint)?),
            Self::Mysql(store) => Ok(Inbox::new(store.clone(), endpoint)?),
            Self::Elsewhere(..) => Err(NO_INBOX.into()),
        }
    }

    /// Writes a line and completes the claim, or the job: both or neither, where both are in one database. Writes nothing if
    /// it is lost: then somebody else has begun.
    pub(crate) async fn book(
        &self,
        line: &Line,
        end: &End<'_>,
        before_the_commit: impl FnOnce(),
    ) -> Result<ClaimState, Failure> {
        match self {
            Self::Sqlite(store) => {
                let transaction = store.pool().begin_with("BEGIN IMMEDIATE").await?;
                book!(store, transaction, BOOK, line, end, before_the_commit)
            }
            Self::Postgres(store) => {
                let transaction = store.pool().begin().await?;
                book!(store, transaction, BOOK, line, end, before_the_commit)
            }
            Self::Mysql(store) => {
                let transaction = store.pool().begin().await?;
                book!(
                    store,
                    transaction,
                    BOOK_IN_MYSQL,
                    line,
                    end,
                    before_the_commit
                )
            }
            Self::Elsewhere(_, ledger) => {
                before_the_commit();
                Ok(lock(ledger).book(line))
            }
        }
    }

    pub(crate) async fn lines(&self) -> Result<Vec<Line>, sqlx::Error> {
        let rows: Vec<(String, i64, i64)> = match self {
            Self::Sqlite(store) => sqlx::query_as(LINES).fetch_all(store.pool()).await?,
            Self::Postgres(store) => sqlx::query_as(LINES).fetch_all(store.pool()).await?,
            Self::Mysql(store) => sqlx::query_as(LINES).fetch_all(store.pool()).await?,
            Self::Elsewhere(_, ledger) => return Ok(lock(ledger).lines.clone()),
        };
        let line = |(event, amount, fence)| Line {
            event,
            amount,
            fence,
        };
        Ok(rows.into_iter().map(line).collect())
    }

    /// How many bookings came a second time, and were not made.
    pub(crate) fn repeats(&self) -> usize {
        match self {
            Self::Elsewhere(_, ledger) => lock(ledger).repeats,
            Self::Sqlite(_) | Self::Postgres(_) | Self::Mysql(_) => 0,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
            Self::Mysql(_) => "MySQL",
            Self::Elsewhere(..) => "Redis",
        }
    }
}

impl Elsewhere {
    /// No transaction spans two systems: after a crash in between, a booking comes again. So the event's id is the
    /// booking's, and the fence tells who came late.
    fn book(&mut self, line: &Line) -> ClaimState {
        let known = self
            .lines
            .iter_mut()
            .find(|known| known.event == line.event);
        match known {
            None => self.lines.push(line.clone()),
            Some(known) if known.fence > line.fence => return ClaimState::Lost,
            Some(known) => {
                *known = line.clone();
                self.repeats += 1;
            }
        }
        ClaimState::Held
    }
}

fn lock(ledger: &Mutex<Elsewhere>) -> MutexGuard<'_, Elsewhere> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A folder that goes away.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("exactly-once-{}-{count}", process::id());
        let folder = env::temp_dir().join(name);
        fs::create_dir(&folder)?;
        Ok(Self(folder))
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
