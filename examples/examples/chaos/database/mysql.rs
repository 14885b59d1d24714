//! Effects in MySQL.

use std::time::Duration;

use sqlx::mysql::MySqlPoolOptions;
use sqlx::{MySql as Driver, MySqlPool};
use webhook_core::dedupe::{ClaimState, ClaimToken};
use webhook_store::MysqlStore;

use super::{Mark, RETENTION, mark};
use crate::Fallible;

#[derive(Clone)]
pub(crate) struct Mysql {
    pool: MySqlPool,
    store: MysqlStore,
}

impl Mysql {
    pub(crate) fn open(url: &str) -> Fallible<Self> {
        let pool = MySqlPoolOptions::new()
            .max_connections(10)
            .acquire_timeout(Duration::from_secs(1))
            .connect_lazy(url)?;
        let store = MysqlStore::new(pool.clone());
        Ok(Self { pool, store })
    }

    pub(crate) async fn ping(&self) -> Fallible<()> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Without a unique key: nothing else than the dedupe must keep an effect from being written twice.
    pub(crate) async fn prepare(&self) -> Fallible<()> {
        self.store.migrate().await?;
        let table = "CREATE TABLE effects (event varchar(255) NOT NULL, fence bigint NOT NULL)";
        sqlx::query(table).execute(&self.pool).await?;
        Ok(())
    }

    pub(crate) fn store(&self) -> &MysqlStore {
        &self.store
    }

    /// The effect first, so that it is the rollback that takes it back.
    pub(crate) async fn complete_with_effect(
        &self,
        token: &ClaimToken,
        event: &str,
    ) -> Fallible<ClaimState> {
        let mut transaction = self.pool.begin().await?;
        let effect = insert(event, token.fence()).execute(&mut *transaction);
        effect.await?;
        let held = self.store.complete_in(&mut transaction, token, RETENTION);
        let held = held.await?;
        match held {
            ClaimState::Held => transaction.commit().await?,
            ClaimState::Done | ClaimState::Lost => transaction.rollback().await?,
        }
        Ok(held)
    }

    pub(crate) async fn add_effect(&self, event: &str, fence: i64) -> Fallible<()> {
        insert(event, fence).execute(&self.pool).await?;
        Ok(())
    }

    pub(crate) async fn effects(&self) -> Fallible<Vec<Mark>> {
        self.marks("SELECT event, fence FROM effects").await
    }

    pub(crate) async fn done(&self) -> Fallible<Vec<Mark>> {
        self.marks("SELECT label, fence FROM webhook_dedupe WHERE done")
            .await
    }

    async fn marks(&self, sql: &'static str) -> Fallible<Vec<Mark>> {
        let rows = sqlx::query_as(sql).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(mark).collect())
    }
}

type Query<'a> = sqlx::query::Query<'a, Driver, <Driver as sqlx::Database>::Arguments>;

fn insert(event: &str, fence: i64) -> Query<'_> {
    sqlx::query("INSERT INTO effects (event, fence) VALUES (?, ?)")
        .bind(event)
        .bind(fence)
}
