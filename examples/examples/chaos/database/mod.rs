//! The database in which the dedupe store and the effects are.

mod mysql;
mod postgres;
mod redis;
mod sqlite;

use std::time::Duration;

use webhook_core::dedupe::{ClaimState, ClaimToken, Dedupe};

use crate::Fallible;
use crate::arguments::Engine;
use mysql::Mysql;
use postgres::Postgres;
use redis::Redis;
use sqlite::Sqlite;

/// Nothing is forgotten during a run.
const RETENTION: Duration = Duration::from_secs(35 * 24 * 60 * 60);

#[derive(Clone)]
pub(crate) enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
    Mysql(Mysql),
    Redis(Redis),
}

/// That something is written of an event, by the claim with this fence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) event: String,
    pub(crate) fence: i64,
}

impl Database {
    /// Waits for no server: it may just be down.
    pub(crate) async fn open(engine: Engine, url: &str) -> Fallible<Self> {
        Ok(match engine {
            Engine::Sqlite => Self::Sqlite(Sqlite::open(url).await?),
            Engine::Postgres => Self::Postgres(Postgres::open(url)?),
            Engine::Mysql => Self::Mysql(Mysql::open(url)?),
            Engine::Redis => Self::Redis(Redis::open(url)?),
        })
    }

    /// Makes the tables.
    pub(crate) async fn prepare(&self) -> Fallible<()> {
        match self {
            Self::Sqlite(sqlite) => sqlite.prepare().await,
            Self::Postgres(postgres) => postgres.prepare().await,
            Self::Mysql(mysql) => mysql.prepare().await,
            Self::Redis(_) => Ok(()),
        }
    }

    /// Whether it answers.
    pub(crate) async fn ping(&self) -> Fallible<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(postgres) => postgres.ping().await,
            Self::Mysql(mysql) => mysql.ping().await,
            Self::Redis(redis) => redis.ping().await,
        }
    }

    pub(crate) fn dedupe(&self) -> Dedupe {
        match self {
            Self::Sqlite(sqlite) => Dedupe::new(sqlite.store().clone()),
            Self::Postgres(postgres) => Dedupe::new(postgres.store().clone()),
            Self::Mysql(mysql) => Dedupe::new(mysql.store().clone()),
            Self::Redis(redis) => Dedupe::new(redis.store().clone()),
        }
    }

    /// The right way: effect and completion are there together or not at all.
    pub(crate) async fn complete_with_effect(
        &self,
        token: &ClaimToken,
        event: &str,
    ) -> Fallible<ClaimState> {
        match self {
            Self::Sqlite(sqlite) => sqlite.complete_with_effect(token, event).await,
            Self::Postgres(postgres) => postgres.complete_with_effect(token, event).await,
            Self::Mysql(mysql) => mysql.complete_with_effect(token, event).await,
            Self::Redis(redis) => redis.complete_with_effect(token, event).await,
        }
    }

    /// For what is broken on purpose: a completion by itself.
    pub(crate) async fn complete(&self, token: &ClaimToken) -> Fallible<ClaimState> {
        use webhook_core::dedupe::DedupeStore;
        Ok(match self {
            Self::Sqlite(sqlite) => sqlite.store().complete(token, RETENTION).await?,
            Self::Postgres(postgres) => postgres.store().complete(token, RETENTION).await?,
            Self::Mysql(mysql) => mysql.store().complete(token, RETENTION).await?,
            Self::Redis(redis) => redis.store().complete(token, RETENTION).await?,
        })
    }

    /// For what is broken on purpose: an effect by itself.
    pub(crate) async fn add_effect(&self, event: &str, fence: i64) -> Fallible<()> {
        match self {
            Self::Sqlite(sqlite) => sqlite.add_effect(event, fence).await,
            Self::Postgres(postgres) => postgres.add_effect(event, fence).await,
            Self::Mysql(mysql) => mysql.add_effect(event, fence).await,
            Self::Redis(redis) => redis.add_effect(event, fence).await,
        }
    }

    /// Every effect that there is.
    pub(crate) async fn effects(&self) -> Fallible<Vec<Mark>> {
        match self {
            Self::Sqlite(sqlite) => sqlite.effects().await,
            Self::Postgres(postgres) => postgres.effects().await,
            Self::Mysql(mysql) => mysql.effects().await,
            Self::Redis(redis) => redis.effects().await,
        }
    }

    /// Every event that the store holds for done.
    pub(crate) async fn done(&self) -> Fallible<Vec<Mark>> {
        match self {
            Self::Sqlite(sqlite) => sqlite.done().await,
            Self::Postgres(postgres) => postgres.done().await,
            Self::Mysql(mysql) => mysql.done().await,
            Self::Redis(redis) => redis.done().await,
        }
    }
}

/// The event's mark from the label that the store keeps: the provider and the id.
fn mark((label, fence): (String, i64)) -> Mark {
    let event = label.rsplit('/').next().unwrap_or_default().to_owned();
    Mark { event, fence }
}
