//! The inbox and the effects of its handler in one database, for each engine.

use std::time::Duration;

use sqlx::mysql::MySqlPoolOptions;
use sqlx::postgres::PgPoolOptions;
use webhook_core::dedupe::ClaimState;
use webhook_core::{ConfigError, Endpoint};
use webhook_store::{Inbox, Job, MysqlStore, PostgresStore, SqliteStore};

use crate::Fallible;
use crate::arguments::Engine;

/// How long to wait for a connection.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub(crate) enum Table {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
    Mysql(MysqlStore),
}

/// What is written of an event when it is worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Effect {
    pub(crate) event: String,
    pub(crate) key: String,
    pub(crate) sequence: u32,
    pub(crate) attempt: u32,
}

/// Where a delivery stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) event: String,
    pub(crate) state: String,
    pub(crate) error: String,
}

/// Without a unique key: nothing else than the inbox must keep an effect from being written twice. `number` tells their order.
const SQLITE_EFFECTS: &str =
    "CREATE TABLE inbox_effects (number INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL,
    object TEXT NOT NULL, sequence BIGINT NOT NULL, attempt BIGINT NOT NULL)";

const POSTGRES_EFFECTS: &str =
    "CREATE TABLE inbox_effects (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event text NOT NULL,
    object text NOT NULL, sequence bigint NOT NULL, attempt bigint NOT NULL)";

const MYSQL_EFFECTS: &str =
    "CREATE TABLE inbox_effects (number bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, event text NOT NULL,
    object text NOT NULL, sequence bigint NOT NULL, attempt bigint NOT NULL)";

const MYSQL_WRITE: &str =
    "INSERT INTO inbox_effects (event, object, sequence, attempt) VALUES (?, ?, ?, ?)";
const WRITE: &str =
    "INSERT INTO inbox_effects (event, object, sequence, attempt) VALUES ($1, $2, $3, $4)";
const EFFECTS: &str = "SELECT event, object, sequence, attempt FROM inbox_effects ORDER BY number";
const ROWS: &str =
    "SELECT coalesce(event, ''), state, coalesce(last_error, '') FROM webhook_inbox ORDER BY id";
const LEFT: &str =
    "SELECT count(*) FROM webhook_inbox WHERE state IN ('new', 'waiting', 'working')";
const FORGED: &str = "SELECT count(*) FROM webhook_inbox WHERE delivery LIKE '%in_forged%'";

/// The same for each engine, whose types are not.
macro_rules! insert {
    ($sql:expr, $effect:expr) => {
        sqlx::query($sql)
            .bind(&$effect.event)
            .bind(&$effect.key)
            .bind(i64::from($effect.sequence))
            .bind(i64::from($effect.attempt))
    };
}

impl Table {
    /// Waits for no server: it may just be down.
    pub(crate) async fn open(engine: Engine, url: &str) -> Fallible<Self> {
        match engine {
            Engine::Sqlite => Ok(Self::Sqlite(SqliteStore::open(url).await?)),
            Engine::Postgres => {
                let pool = PgPoolOptions::new().max_connections(10);
                let pool = pool.acquire_timeout(LONGEST_WAIT).connect_lazy(url)?;
                Ok(Self::Postgres(PostgresStore::new(pool)))
            }
            Engine::Mysql => {
                let pool = MySqlPoolOptions::new().max_connections(10);
                let pool = pool.acquire_timeout(LONGEST_WAIT).connect_lazy(url)?;
                Ok(Self::Mysql(MysqlStore::new(pool)))
            }
            Engine::Redis => Err("there is no inbox in Redis".into()),
        }
    }

    pub(crate) async fn prepare(&self, endpoint: Endpoint) -> Fallible<()> {
        match self {
            Self::Sqlite(store) => sqlx::query(SQLITE_EFFECTS)
                .execute(store.pool())
                .await
                .map(drop)?,
            Self::Postgres(store) => {
                sqlx::query(POSTGRES_EFFECTS)
                    .execute(store.pool())
                    .await
                    .map(drop)?;
            }
            Self::Mysql(store) => sqlx::query(MYSQL_EFFECTS)
                .execute(store.pool())
                .await
                .map(drop)?,
        }
        Ok(self.inbox(endpoint)?.migrate().await?)
    }

    pub(crate) fn inbox(&self, endpoint: Endpoint) -> Result<Inbox, ConfigError> {
        match self {
            Self::Sqlite(store) => Inbox::new(store.clone(), endpoint),
            Self::Postgres(store) => Inbox::new(store.clone(), endpoint),
            Self::Mysql(store) => Inbox::new(store.clone(), endpoint),
        }
    }

    /// The right way: the effect and the end of the job are there together or not at all. The effect comes first, so that it is the
    /// rollback that takes it back.
    pub(crate) async fn write_with_end(&self, job: &Job, effect: &Effect) -> Fallible<ClaimState> {
        match self {
            Self::Sqlite(store) => {
                let mut transaction = store.pool().begin_with("BEGIN IMMEDIATE").await?;
                insert!(WRITE, effect).execute(&mut *transaction).await?;
                let held = job.complete_in(&mut transaction).await?;
                end(transaction, held).await
            }
            Self::Postgres(store) => {
                let mut transaction = store.pool().begin().await?;
                insert!(WRITE, effect).execute(&mut *transaction).await?;
                let held = job.complete_in(&mut transaction).await?;
                end(transaction, held).await
            }
            Self::Mysql(store) => {
                let mut transaction = store.pool().begin().await?;
                insert!(MYSQL_WRITE, effect)
                    .execute(&mut *transaction)
                    .await?;
                let held = job.complete_in(&mut transaction).await?;
                end(transaction, held).await
            }
        }
    }

    /// For what is broken on purpose: an effect by itself.
    pub(crate) async fn write(&self, effect: &Effect) -> Fallible<()> {
        match self {
            Self::Sqlite(store) => insert!(WRITE, effect)
                .execute(store.pool())
                .await
                .map(drop)?,
            Self::Postgres(store) => insert!(WRITE, effect)
                .execute(store.pool())
                .await
                .map(drop)?,
            Self::Mysql(store) => insert!(MYSQL_WRITE, effect)
                .execute(store.pool())
                .await
                .map(drop)?,
        }
        Ok(())
    }

    /// All effects, in the order in which they were written.
    pub(crate) async fn effects(&self) -> Fallible<Vec<Effect>> {
        let rows: Vec<(String, String, i64, i64)> = match self {
            Self::Sqlite(store) => sqlx::query_as(EFFECTS).fetch_all(store.pool()).await?,
            Self::Postgres(store) => sqlx::query_as(EFFECTS).fetch_all(store.pool()).await?,
            Self::Mysql(store) => sqlx::query_as(EFFECTS).fetch_all(store.pool()).await?,
        };
        let effect = |(event, key, sequence, attempt): (String, String, i64, i64)| {
            Ok(Effect {
                event,
                key,
                sequence: u32::try_from(sequence)?,
                attempt: u32::try_from(attempt)?,
            })
        };
        rows.into_iter().map(effect).collect()
    }

    /// All deliveries that are stored.
    pub(crate) async fn rows(&self) -> Fallible<Vec<Row>> {
        let rows: Vec<(String, String, String)> = match self {
            Self::Sqlite(store) => sqlx::query_as(ROWS).fetch_all(store.pool()).await?,
            Self::Postgres(store) => sqlx::query_as(ROWS).fetch_all(store.pool()).await?,
            Self::Mysql(store) => sqlx::query_as(ROWS).fetch_all(store.pool()).await?,
        };
        let row = |(event, state, error)| Row {
            event,
            state,
            error,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// How many are neither done nor dead.
    pub(crate) async fn left(&self) -> Fallible<i64> {
        self.count(LEFT).await
    }

    /// How many forgeries are stored.
    pub(crate) async fn forged(&self) -> Fallible<i64> {
        self.count(FORGED).await
    }

    async fn count(&self, sql: &'static str) -> Fallible<i64> {
        Ok(match self {
            Self::Sqlite(store) => sqlx::query_scalar(sql).fetch_one(store.pool()).await?,
            Self::Postgres(store) => sqlx::query_scalar(sql).fetch_one(store.pool()).await?,
            Self::Mysql(store) => sqlx::query_scalar(sql).fetch_one(store.pool()).await?,
        })
    }
}

async fn end<DB: sqlx::Database>(
    transaction: sqlx::Transaction<'_, DB>,
    held: ClaimState,
) -> Fallible<ClaimState> {
    match held {
        ClaimState::Held => transaction.commit().await?,
        ClaimState::Done | ClaimState::Lost => transaction.rollback().await?,
    }
    Ok(held)
}
