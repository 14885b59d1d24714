//! A database of its own for each test, of each kind.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, MySqlPool, PgPool};
use webhook_core::Endpoint;
use webhook_core::dedupe::{ClaimState, StoreError};
use webhook_store::{Inbox, Job, MysqlStore, PostgresStore, SqliteStore};

use crate::common::{self, Folder};

/// What the tests do to a database beside the inbox.
#[derive(Clone)]
pub(crate) enum Database {
    /// The folder goes away with the last of them.
    Sqlite(SqliteStore, #[allow(dead_code)] Arc<Folder>),
    Postgres(PostgresStore),
    Mysql(MysqlStore),
}

/// The same for each kind of database.
macro_rules! on {
    ($database:expr, |$store:ident| $work:expr) => {
        match $database {
            Database::Sqlite($store, _) => $work,
            Database::Postgres($store) => $work,
            Database::Mysql($store) => $work,
        }
    };
}

const LEFT: &str =
    "SELECT count(*) FROM webhook_inbox WHERE state IN ('new', 'waiting', 'working')";

impl Database {
    pub(crate) async fn sqlite() -> Self {
        let folder = Folder::new();
        let store = SqliteStore::open(folder.file("inbox.db")).await.unwrap();
        Self::Sqlite(store, Arc::new(folder))
    }

    pub(crate) async fn postgres() -> Self {
        let url = common::server("WEBHOOK_TEST_POSTGRES");
        let pool = PgPool::connect(&url).await.unwrap();
        let name = name();
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::raw_sql(create).execute(&pool).await.unwrap();
        let options: PgConnectOptions = url.parse().unwrap();
        let pool = PgPoolOptions::new().max_connections(8);
        let pool = pool.connect_with(options.database(&name)).await.unwrap();
        Self::Postgres(PostgresStore::new(pool))
    }

    pub(crate) async fn mysql() -> Self {
        let url = common::server("WEBHOOK_TEST_MYSQL");
        let pool = MySqlPool::connect(&url).await.unwrap();
        let name = name();
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::raw_sql(create).execute(&pool).await.unwrap();
        let options: MySqlConnectOptions = url.parse().unwrap();
        let pool = MySqlPoolOptions::new().max_connections(8);
        let pool = pool.connect_with(options.database(&name)).await.unwrap();
        Self::Mysql(MysqlStore::new(pool))
    }

    pub(crate) fn inbox(&self, endpoint: Endpoint) -> Inbox {
        on!(self, |store| Inbox::new(store.clone(), endpoint).unwrap())
    }

    pub(crate) fn dedupe(&self, endpoint: Endpoint) -> Endpoint {
        on!(self, |store| endpoint.dedupe(store.clone()))
    }

    /// How many rows it has changed.
    pub(crate) async fn run(&self, sql: impl Into<String>) -> u64 {
        let sql = AssertSqlSafe(sql.into());
        on!(self, |store| {
            let done = sqlx::raw_sql(sql).execute(store.pool()).await;
            done.unwrap().rows_affected()
        })
    }

    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        on!(self, |store| {
            let number = sqlx::query_scalar(sql).fetch_one(store.pool()).await;
            number.unwrap()
        })
    }

    /// How many rows there are of which this is true.
    pub(crate) async fn rows(&self, condition: &str) -> i64 {
        let sql = AssertSqlSafe(format!(
            "SELECT count(*) FROM webhook_inbox WHERE {condition}"
        ));
        on!(self, |store| {
            let number = sqlx::query_scalar(sql).fetch_one(store.pool()).await;
            number.unwrap()
        })
    }

    /// Locks the row of an event until what comes back is dropped. SQLite has no locks of rows.
    pub(crate) async fn hold(&self, event: &str) -> Box<dyn std::any::Any> {
        let find = format!("SELECT id FROM webhook_inbox WHERE event = '{event}'");
        on!(self, |store| {
            let mut transaction = store.pool().begin().await.unwrap();
            let id = sqlx::query_scalar(AssertSqlSafe(find));
            let id: i64 = id.fetch_one(&mut *transaction).await.unwrap();
            // By its id: looking for it would lock what is looked at.
            let hold = format!("SELECT id FROM webhook_inbox WHERE id = {id} FOR UPDATE");
            let held = sqlx::query(AssertSqlSafe(hold)).execute(&mut *transaction);
            held.await.unwrap();
            Box::new(transaction)
        })
    }

    /// The time so many seconds from now, by the clock of the database.
    pub(crate) fn seconds_from_now(&self, seconds: i64) -> String {
        match self {
            Self::Sqlite(..) => {
                format!("CAST(unixepoch('subsec') * 1000 AS INTEGER) + {seconds} * 1000")
            }
            Self::Postgres(_) => format!("clock_timestamp() + interval '{seconds} seconds'"),
            Self::Mysql(_) => format!(
                "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000 + {seconds} * 1000"
            ),
        }
    }

    /// That a time is so many seconds from now.
    pub(crate) fn between(&self, column: &str, from: i64, to: i64) -> String {
        let (from, to) = (self.seconds_from_now(from), self.seconds_from_now(to));
        format!("{column} BETWEEN {from} AND {to}")
    }

    pub(crate) async fn left(&self) -> i64 {
        self.number(LEFT).await
    }

    async fn pairs(&self, sql: &'static str) -> BTreeMap<String, String> {
        let pairs: Vec<(String, String)> = on!(self, |store| {
            let pairs = sqlx::query_as(sql).fetch_all(store.pool()).await;
            pairs.unwrap()
        });
        pairs.into_iter().collect()
    }

    /// What is kept of the last attempt at each event.
    pub(crate) async fn errors(&self) -> BTreeMap<String, String> {
        self.pairs("SELECT event, coalesce(last_error, '') FROM webhook_inbox")
            .await
    }

    /// As if so much time had gone.
    pub(crate) async fn age(&self, time: Duration) {
        let (seconds, millis) = (time.as_secs(), time.as_millis());
        let sql = match self {
            Self::Sqlite(..) | Self::Mysql(_) => {
                format!("UPDATE webhook_inbox SET run_at = run_at - {millis}")
            }
            Self::Postgres(_) => {
                format!("UPDATE webhook_inbox SET run_at = run_at - interval '{seconds} seconds'")
            }
        };
        self.run(sql).await;
    }

    /// As a worker leaves an event that was killed at its work, once its time is over.
    pub(crate) async fn kill_worker(&self, event: &str, attempts: u32) {
        self.run(format!(
            "UPDATE webhook_inbox SET state = 'working', attempts = {attempts} WHERE event = '{event}'"
        ))
        .await;
        self.age(Duration::from_secs(3600)).await;
    }

    /// As another worker does.
    pub(crate) async fn take(&self) {
        self.run("UPDATE webhook_inbox SET state = 'working', attempts = attempts + 1, fence = fence + 1")
            .await;
    }

    /// A statement with two parameters.
    fn with_two(&self, sql: &str) -> AssertSqlSafe<String> {
        let [first, second] = match self {
            Self::Mysql(_) => ["?", "?"],
            Self::Sqlite(..) | Self::Postgres(_) => ["$1", "$2"],
        };
        AssertSqlSafe(sql.replacen('?', first, 1).replacen('?', second, 1))
    }

    /// Changes what is stored of an event.
    pub(crate) async fn alter(&self, event: &str, change: impl Fn(&str) -> String) {
        let stored = self.pairs("SELECT event, delivery FROM webhook_inbox");
        let altered = change(&stored.await[event]);
        let sql = self.with_two("UPDATE webhook_inbox SET delivery = ? WHERE event = ?");
        on!(self, |store| {
            let update = sqlx::query(sql);
            let update = update.bind(altered).bind(event);
            let updated = update.execute(store.pool()).await.unwrap();
            assert_eq!(updated.rows_affected(), 1);
        });
    }

    /// Writes an effect and ends its job in one transaction. What the job says of it twice.
    pub(crate) async fn effect(
        &self,
        event: &str,
        job: &Job,
    ) -> Result<[ClaimState; 2], StoreError> {
        on!(self, |store| {
            let mut transaction = store.pool().begin().await.unwrap();
            let insert = AssertSqlSafe(format!("INSERT INTO effects VALUES ('{event}')"));
            let insert = sqlx::query(insert);
            insert.execute(&mut *transaction).await.unwrap();
            let held = job.complete_in(&mut transaction).await?;
            let again = job.complete_in(&mut transaction).await?;
            match held {
                ClaimState::Held => transaction.commit().await.unwrap(),
                _ => transaction.rollback().await.unwrap(),
            }
            Ok([held, again])
        })
    }
}

impl Database {
    /// Ends a job in a transaction that is open meanwhile.
    pub(crate) async fn while_it_ends(&self, job: &Job, meanwhile: impl AsyncFnOnce()) {
        on!(self, |store| {
            let mut transaction = store.pool().begin().await.unwrap();
            let held = job.complete_in(&mut transaction).await.unwrap();
            assert_eq!(held, ClaimState::Held);
            meanwhile().await;
            transaction.commit().await.unwrap();
        })
    }

    /// Whether somebody waits in this database for an order that another has. SQLite has one writer at a time, and no such locks.
    pub(crate) async fn is_waiting_for_an_order(&self) -> bool {
        let waiting = match self {
            Self::Sqlite(..) => return false,
            Self::Postgres(_) => {
                "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event = 'advisory'"
            }
            Self::Mysql(_) => {
                "SELECT count(*) FROM information_schema.innodb_trx AS waiting
                JOIN information_schema.processlist AS connection ON connection.id = waiting.trx_mysql_thread_id
                WHERE connection.db = database() AND waiting.trx_state = 'LOCK WAIT'
                    AND waiting.trx_query LIKE '%webhook_inbox_order%'"
            }
        };
        self.number(waiting).await > 0
    }
}

/// Of a database that nobody else has on the server that all share.
fn name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("inbox_{}_{count}", std::process::id())
}

/// Each of these in each kind of database.
#[macro_export]
macro_rules! in_each_database {
    ($($test:ident)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test($crate::database::Database::sqlite().await).await;
            })*
        }

        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                super::$test($crate::database::Database::postgres().await).await;
            })*
        }

        mod mysql {
            $(#[tokio::test]
            async fn $test() {
                super::$test($crate::database::Database::mysql().await).await;
            })*
        }
    };
}
