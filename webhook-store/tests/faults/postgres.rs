//! PostgreSQL: connections cut, claims under way. One after another.

use std::str::FromStr;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::sync::{Mutex, MutexGuard};
use webhook_core::dedupe::{Claim, DedupeStore, Nonce};
use webhook_store::PostgresStore;
use webhook_store::testing::fresh_key;

use crate::common::{self, HOUR};
use crate::{assert_recovered, claim_new, done};

static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

pub(crate) fn options() -> PgConnectOptions {
    PgConnectOptions::from_str(&common::server("WEBHOOK_TEST_POSTGRES")).unwrap()
}

pub(crate) fn pool_of(connections: u32, options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections)
        .connect_lazy_with(options)
}

/// Somebody else's connection, and the right to break things.
pub(crate) async fn alone() -> (MutexGuard<'static, ()>, PgPool) {
    let turn = ONE_AT_A_TIME.lock().await;
    let admin = PgPool::connect_with(options()).await.unwrap();
    PostgresStore::new(admin.clone()).migrate().await.unwrap();
    (turn, admin)
}

pub(crate) async fn tell(admin: &PgPool, sql: &str) {
    let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()));
    sql.execute(admin).await.unwrap();
}

/// Cuts the connections of this name.
async fn cut(admin: &PgPool, name: &str) -> usize {
    let cut: Vec<bool> = sqlx::query_scalar(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
    )
    .bind(name)
    .fetch_all(admin)
    .await
    .unwrap();
    cut.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_are_made_again() {
    let (_turn, admin) = alone().await;
    let store = PostgresStore::new(pool_of(3, options().application_name("cut")));
    for _ in 0..10 {
        let (done, claimed) = (done(&store).await, claim_new(&store, &fresh_key()).await);
        assert!(cut(&admin, "cut").await > 0);
        assert_recovered(&store, &done, &claimed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_whose_connection_is_cut_is_an_error() {
    let (_turn, admin) = alone().await;
    let store = PostgresStore::new(pool_of(3, options().application_name("waiting")));
    let (key, claimed) = (fresh_key(), claim_new(&store, &fresh_key()).await);
    let done = done(&store).await;
    let mut locking = admin.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE webhook_dedupe")
        .execute(&mut *locking)
        .await
        .unwrap();
    let claiming = tokio::spawn({
        let (store, key) = (store.clone(), key.clone());
        async move { store.claim(&key, Nonce::random(), HOUR).await }
    });
    let waiting = "SELECT EXISTS (SELECT FROM pg_stat_activity
        WHERE application_name = 'waiting' AND wait_event_type = 'Lock')";
    while !sqlx::query_scalar::<_, bool>(waiting)
        .fetch_one(&admin)
        .await
        .unwrap()
    {}
    cut(&admin, "waiting").await;
    claiming.await.unwrap().unwrap_err();
    locking.rollback().await.unwrap();
    claim_new(&store, &key).await;
    assert_recovered(&store, &done, &claimed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_time_is_over_and_that_another_has_just_taken_is_not_done() {
    let (_turn, admin) = alone().await;
    let store = PostgresStore::new(pool_of(3, options()));
    let taking = "UPDATE webhook_dedupe SET done = false, lease = interval '1 hour',
        until = clock_timestamp() + interval '1 hour', fence = fence + 1, nonce = nonce + 1 WHERE key = $1";
    let (key, first) = loop {
        let key = fresh_key();
        let token = claim_new(&store, &key).await;
        store.complete(&token, Duration::ZERO).await.unwrap();
        // What another claim does, a moment before it commits.
        let mut first = admin.begin().await.unwrap();
        let taking = sqlx::query(taking).bind(&key.as_bytes()[..]);
        match taking.execute(&mut *first).await.unwrap().rows_affected() {
            1 => break (key, first),
            // The store's own pruning was faster.
            _ => first.rollback().await.unwrap(),
        }
    };
    let second = tokio::spawn({
        let (store, key) = (store.clone(), key.clone());
        async move { store.claim(&key, Nonce::random(), HOUR).await }
    });
    let waiting = "SELECT EXISTS (SELECT FROM pg_stat_activity
        WHERE wait_event_type = 'Lock' AND query LIKE '%webhook_dedupe%')";
    while !sqlx::query_scalar::<_, bool>(waiting)
        .fetch_one(&admin)
        .await
        .unwrap()
    {}
    first.commit().await.unwrap();
    let claim = second.await.unwrap().unwrap();
    assert!(matches!(claim, Claim::InProgress(_)), "{claim:?}");
}
