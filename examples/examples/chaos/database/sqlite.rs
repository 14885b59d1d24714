//! Effects in the file of SQLite.

use sqlx::{Sqlite as Driver, SqlitePool, Transaction};
use webhook_core::dedupe::{ClaimState, ClaimToken};
use webhook_store::SqliteStore;

use super::{Mark, RETENTION, mark};
use crate::Fallible;

#[derive(Clone)]
pub(crate) struct Sqlite(SqliteStore);

impl Sqlite {
    pub(crate) async fn open(file: &str) -> Fallible<Self> {
        Ok(Self(SqliteStore::open(file).await?))
    }

    /// Without a unique key: nothing else than the dedupe must keep an effect from being written twice.
    pub(crate) async fn prepare(&self) -> Fallible<()> {
        self.0.migrate().await?;
        let table = "CREATE TABLE effects (event TEXT NOT NULL, fence INTEGER NOT NULL) STRICT";
        sqlx::query(table).execute(self.pool()).await?;
        Ok(())
    }

    pub(crate) fn store(&self) -> &SqliteStore {
        &self.0
    }

    /// The effect first, so that it is the rollback that takes it back.
    pub(crate) async fn complete_with_effect(
        &self,
        token: &ClaimToken,
        event: &str,
    ) -> Fallible<ClaimState> {
        let begin = self.pool().begin_with("BEGIN IMMEDIATE");
        let mut transaction: Transaction<'_, Driver> = begin.await?;
        let effect = insert(event, token.fence()).execute(&mut *transaction);
        effect.await?;
        let held = self.0.complete_in(&mut transaction, token, RETENTION);
        let held = held.await?;
        match held {
            ClaimState::Held => transaction.commit().await?,
            ClaimState::Done | ClaimState::Lost => transaction.rollback().await?,
        }
        Ok(held)
    }

    pub(crate) async fn add_effect(&self, event: &str, fence: i64) -> Fallible<()> {
        insert(event, fence).execute(self.pool()).await?;
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
        let rows = sqlx::query_as(sql).fetch_all(self.pool()).await?;
        Ok(rows.into_iter().map(mark).collect())
    }

    fn pool(&self) -> &SqlitePool {
        self.0.pool()
    }
}

type Query<'a> = sqlx::query::Query<'a, Driver, <Driver as sqlx::Database>::Arguments>;

fn insert(event: &str, fence: i64) -> Query<'_> {
    sqlx::query("INSERT INTO effects (event, fence) VALUES (?1, ?2)")
        .bind(event)
        .bind(fence)
}
