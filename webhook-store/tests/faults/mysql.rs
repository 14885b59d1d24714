//! MySQL and MariaDB: connections cut, claims under way. One after another.

use std::str::FromStr;
use std::time::Duration;

use sqlx::MySqlPool;
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use tokio::sync::{Mutex, MutexGuard};
use webhook_core::dedupe::{Claim, DedupeKey, DedupeStore, Nonce};
use webhook_store::MysqlStore;
use webhook_store::testing::fresh_key;

use crate::common::{self, HOUR};
use crate::{assert_recovered, claim_new, done, until_it_answers};

static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

fn options() -> MySqlConnectOptions {
    MySqlConnectOptions::from_str(&common::server("WEBHOOK_TEST_MYSQL")).unwrap()
}

fn pool_of(connections: u32, options: MySqlConnectOptions) -> MySqlPool {
    MySqlPoolOptions::new()
        .max_connections(connections)
        .connect_lazy_with(options)
}

/// Somebody else's connections, and the right to break things.
async fn alone() -> (MutexGuard<'static, ()>, MySqlPool) {
    let turn = ONE_AT_A_TIME.lock().await;
    let admin = MySqlPool::connect_with(options()).await.unwrap();
    MysqlStore::new(admin.clone()).migrate().await.unwrap();
    (turn, admin)
}

pub(crate) async fn tell(admin: &MySqlPool, sql: &str) {
    let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()));
    sql.execute(admin).await.unwrap();
}

/// A user with the rights of an application, by whose name its connections are found.
async fn user(admin: &MySqlPool, name: &str) -> MySqlConnectOptions {
    let database = options().get_database().unwrap().to_owned();
    tell(admin, &format!("CREATE USER IF NOT EXISTS {name}")).await;
    tell(admin, &format!("GRANT ALL ON {database}.* TO {name}")).await;
    options().username(name)
}

/// Cuts the connections of this user.
pub(crate) async fn cut(admin: &MySqlPool, name: &str) -> usize {
    let connections: Vec<u64> = sqlx::query_scalar(
        "SELECT CAST(id AS UNSIGNED) FROM information_schema.processlist WHERE user = ?",
    )
    .bind(name)
    .fetch_all(admin)
    .await
    .unwrap();
    for id in &connections {
        tell(admin, &format!("KILL {id}")).await;
    }
    connections.len()
}

/// Waits until a claim of this user is under way.
async fn until_waiting(admin: &MySqlPool, name: &str) {
    let waiting = "SELECT count(*) FROM information_schema.processlist
        WHERE user = ? AND info LIKE '%INTO webhook_dedupe%'";
    while sqlx::query_scalar::<_, i64>(waiting)
        .bind(name)
        .fetch_one(admin)
        .await
        .unwrap()
        == 0
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Asks for it on a task of its own.
fn claiming(
    store: &MysqlStore,
    key: &DedupeKey,
) -> tokio::task::JoinHandle<Result<Claim, webhook_core::dedupe::StoreError>> {
    let (store, key) = (store.clone(), key.clone());
    tokio::spawn(async move { store.claim(&key, Nonce::random(), HOUR).await })
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_are_made_again() {
    let (_turn, admin) = alone().await;
    let store = MysqlStore::new(pool_of(3, user(&admin, "cut").await));
    for _ in 0..10 {
        let (done, claimed) = (done(&store).await, claim_new(&store, &fresh_key()).await);
        assert!(cut(&admin, "cut").await > 0);
        assert_recovered(&store, &done, &claimed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_whose_connection_is_cut_is_an_error() {
    let (_turn, admin) = alone().await;
    let store = MysqlStore::new(pool_of(3, user(&admin, "waiting").await));
    let (key, claimed) = (fresh_key(), claim_new(&store, &fresh_key()).await);
    let done = done(&store).await;
    let mut locking = admin.acquire().await.unwrap();
    let lock = sqlx::raw_sql("LOCK TABLES webhook_dedupe WRITE");
    lock.execute(&mut *locking).await.unwrap();
    let claiming = claiming(&store, &key);
    until_waiting(&admin, "waiting").await;
    cut(&admin, "waiting").await;
    claiming.await.unwrap().unwrap_err();
    let unlock = sqlx::raw_sql("UNLOCK TABLES");
    unlock.execute(&mut *locking).await.unwrap();
    claim_new(&store, &key).await;
    assert_recovered(&store, &done, &claimed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_nobody_waits_for_any_more_leaves_its_connection_in_order() {
    let (_turn, admin) = alone().await;
    let store = MysqlStore::new(pool_of(1, user(&admin, "gone").await));
    let (done, claimed) = (done(&store).await, claim_new(&store, &fresh_key()).await);
    for _ in 0..10 {
        let mut locking = admin.acquire().await.unwrap();
        let lock = sqlx::raw_sql("LOCK TABLES webhook_dedupe WRITE");
        lock.execute(&mut *locking).await.unwrap();
        let claiming = claiming(&store, &fresh_key());
        until_waiting(&admin, "gone").await;
        claiming.abort();
        assert!(claiming.await.unwrap_err().is_cancelled());
        let unlock = sqlx::raw_sql("UNLOCK TABLES");
        unlock.execute(&mut *locking).await.unwrap();
        assert_eq!(until_it_answers(&store, &done).await, Claim::Done);
    }
    assert_recovered(&store, &done, &claimed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_waits_too_long_for_a_transaction_is_an_error() {
    let (_turn, admin) = alone().await;
    let impatient = MySqlPoolOptions::new().after_connect(|connection, _| {
        let setting = sqlx::raw_sql("SET innodb_lock_wait_timeout = 1");
        Box::pin(async move { setting.execute(connection).await.map(drop) })
    });
    let store = MysqlStore::new(impatient.connect_lazy_with(options()));
    let key = fresh_key();
    let mut holding = admin.begin().await.unwrap();
    store.claim_in(&mut holding, &key, HOUR).await.unwrap();
    let claim = store.claim(&key, Nonce::random(), HOUR).await;
    claim.unwrap_err();
    holding.rollback().await.unwrap();
    assert_eq!(claim_new(&store, &key).await.attempt(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_time_is_over_and_that_another_has_just_taken_is_not_done() {
    let (_turn, admin) = alone().await;
    let store = MysqlStore::new(pool_of(3, user(&admin, "second").await));
    let taking = "UPDATE webhook_dedupe SET done = FALSE, lease = 3600000000,
        until = 1000000 * (UNIX_TIMESTAMP() + 3600), fence = fence + 1, nonce = nonce + 1 WHERE `key` = ?";
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
    let second = claiming(&store, &key);
    until_waiting(&admin, "second").await;
    first.commit().await.unwrap();
    let claim = second.await.unwrap().unwrap();
    assert!(matches!(claim, Claim::InProgress(_)), "{claim:?}");
}
