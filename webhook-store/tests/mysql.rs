//! The store in MySQL and MariaDB keeps the rules.
#![cfg(all(feature = "mysql", feature = "testing"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use common::HOUR;
use common::rows::{self, Row, Rows};
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::{Executor, MySqlPool};
use webhook_core::dedupe::{Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce};
use webhook_store::{MysqlStore, testing};

async fn pool() -> MySqlPool {
    let url = common::server("WEBHOOK_TEST_MYSQL");
    MySqlPool::connect(&url).await.unwrap()
}

async fn store() -> MysqlStore {
    let store = MysqlStore::new(pool().await);
    store.migrate().await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn passes_the_acceptance_suite() {
    testing::accept(Arc::new(store().await)).await;
}

#[tokio::test]
async fn migrates_on_every_start_and_on_many_machines_at_once() {
    let stores: Vec<_> = (0..8).map(|_| tokio::spawn(store())).collect();
    for store in stores {
        store.await.unwrap();
    }
}

#[tokio::test]
async fn a_claim_in_a_transaction_commits_with_it() {
    let (store, pool, key) = (store().await, pool().await, testing::fresh_key());
    for _ in 0..2 {
        let mut transaction = pool.begin().await.unwrap();
        let claim = store.claim_in(&mut transaction, &key, HOUR).await.unwrap();
        assert!(matches!(claim, Claim::New(_)), "rolled back: as if never");
        transaction.rollback().await.unwrap();
    }
    let mut transaction = pool.begin().await.unwrap();
    store.claim_in(&mut transaction, &key, HOUR).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(
        store.claim(&key, Nonce::random(), HOUR).await.unwrap(),
        Claim::Done
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_in_a_transaction_waits_for_the_other_one() {
    let (store, pool, key) = (store().await, pool().await, testing::fresh_key());
    let mut first = pool.begin().await.unwrap();
    store.claim_in(&mut first, &key, HOUR).await.unwrap();
    let second = tokio::spawn({
        let (store, pool, key) = (store.clone(), pool.clone(), key.clone());
        async move {
            let mut transaction = pool.begin().await.unwrap();
            let claim = store.claim_in(&mut transaction, &key, HOUR).await.unwrap();
            transaction.commit().await.unwrap();
            claim
        }
    });
    first.commit().await.unwrap();
    assert_ne!(std::mem::discriminant(&second.await.unwrap()), new());
    assert_eq!(
        store.claim(&key, Nonce::random(), HOUR).await.unwrap(),
        Claim::Done
    );
}

fn new() -> std::mem::Discriminant<Claim> {
    let token = ClaimToken::new(testing::fresh_key(), Nonce::random(), 1, 1);
    std::mem::discriminant(&Claim::New(token))
}

#[tokio::test]
async fn a_stale_completion_in_a_transaction_is_refused() {
    let (store, pool, key) = (store().await, pool().await, testing::fresh_key());
    let Claim::New(stale) = store
        .claim(&key, Nonce::random(), Duration::ZERO)
        .await
        .unwrap()
    else {
        panic!("a fresh key");
    };
    let Claim::New(token) = store.claim(&key, Nonce::random(), HOUR).await.unwrap() else {
        panic!("the lease had run out");
    };
    let mut transaction = pool.begin().await.unwrap();
    let held = store.complete_in(&mut transaction, &stale, HOUR);
    assert_eq!(held.await.unwrap(), ClaimState::Lost);
    let held = store.complete_in(&mut transaction, &token, HOUR);
    assert_eq!(held.await.unwrap(), ClaimState::Held);
    transaction.commit().await.unwrap();
    assert_eq!(
        store.claim(&key, Nonce::random(), HOUR).await.unwrap(),
        Claim::Done
    );
}

#[tokio::test]
async fn forgets_in_batches_what_is_over_its_time() {
    let store = store().await;
    common::complete_many(&store, 25, Duration::ZERO).await;
    let mut pruned = 0;
    while let more @ 1.. = store.prune(10).await.unwrap() {
        assert!(more <= 10);
        pruned += more;
    }
    // Another test's pruning may have taken some.
    assert!(pruned <= 10_000);
    let over: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM webhook_dedupe WHERE done AND until < 1000000 * (unix_timestamp() - 60)",
    )
    .fetch_one(&pool().await)
    .await
    .unwrap();
    assert_eq!(over, 0);
}

#[tokio::test]
async fn a_killed_process_leaves_a_claim_that_can_be_taken_over() {
    let url = common::server("WEBHOOK_TEST_MYSQL");
    common::kill_between_claim_and_completion(&store().await, &url).await;
}

/// Not a test of its own: what [`a_killed_process_leaves_a_claim_that_can_be_taken_over`] kills.
#[tokio::test]
async fn holder() {
    if let Some((url, key)) = common::holder() {
        let store = MysqlStore::new(MySqlPool::connect(&url).await.unwrap());
        common::claim_and_wait_to_be_killed(&store, &key).await;
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error() {
    let pool = MySqlPoolOptions::new().acquire_timeout(Duration::from_millis(100));
    let pool = pool
        .connect_lazy("mysql://nobody@127.0.0.1:1/nothing")
        .unwrap();
    assert!(
        MysqlStore::new(pool)
            .claim(&testing::fresh_key(), Nonce::random(), HOUR)
            .await
            .is_err()
    );
}

/// What is changed by hand in the row of this event.
async fn set(key: &DedupeKey, change: &'static str) {
    let sql = format!("UPDATE webhook_dedupe SET {change} WHERE `key` = ?");
    let set = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(&key.as_bytes()[..]);
    let changed = set.execute(&pool().await).await.unwrap();
    assert_eq!(changed.rows_affected(), 1);
}

async fn claim_new(store: &MysqlStore, key: &DedupeKey) -> ClaimToken {
    match store.claim(key, Nonce::random(), HOUR).await.unwrap() {
        Claim::New(token) => token,
        other => panic!("not claimable: {other:?}"),
    }
}

#[tokio::test]
async fn fences_grow_though_the_clock_is_set_back() {
    let (store, key) = (store().await, testing::fresh_key());
    claim_new(&store, &key).await;
    // As it would be if the clock had been three years ahead.
    set(&key, "fence = fence + 100000000000000, until = 0").await;
    let second = claim_new(&store, &key).await;
    store.release(&second).await.unwrap();
    set(&key, "fence = fence + 1").await;
    let third = claim_new(&store, &key).await;
    assert_eq!(third.fence(), second.fence() + 2);
}

#[tokio::test]
async fn a_claim_of_a_clock_that_was_ahead_is_over() {
    let (store, key) = (store().await, testing::fresh_key());
    let first = claim_new(&store, &key).await;
    set(&key, "until = until + 1740000000").await;
    let claim = store.claim(&key, Nonce::random(), HOUR).await.unwrap();
    assert!(
        matches!(claim, Claim::InProgress(_)),
        "of one that is a little ahead"
    );
    set(&key, "until = until + 120000000").await;
    assert_eq!(claim_new(&store, &key).await.attempt(), 2);
    assert_eq!(
        store.complete(&first, HOUR).await.unwrap(),
        ClaimState::Lost
    );
}

#[tokio::test]
async fn forgets_by_itself_what_is_over_its_time() {
    let (store, key) = (store().await, testing::fresh_key());
    let token = claim_new(&store, &key).await;
    store.complete(&token, Duration::ZERO).await.unwrap();
    let pool = pool().await;
    for _ in 0..2000 {
        let known: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM webhook_dedupe WHERE `key` = ?)")
                .bind(&key.as_bytes()[..])
                .fetch_one(&pool)
                .await
                .unwrap();
        if !known {
            return;
        }
        claim_new(&store, &testing::fresh_key()).await;
    }
    panic!("not after two thousand claims");
}

/// A pool whose connections are as an application or a server may have set them.
async fn pool_with(setting: &'static str, options: MySqlConnectOptions) -> MySqlPool {
    let pool = MySqlPoolOptions::new().after_connect(move |connection, _| {
        Box::pin(async move { connection.execute(setting).await.map(drop) })
    });
    pool.connect_with(options).await.unwrap()
}

fn options() -> MySqlConnectOptions {
    MySqlConnectOptions::from_str(&common::server("WEBHOOK_TEST_MYSQL")).unwrap()
}

/// What a connection may be set to without the store noticing it. What only one server knows is in a comment for it.
const SETTINGS: [&str; 12] = [
    "SET time_zone = '+13:00'",
    "SET time_zone = '-09:30'",
    "SET sql_mode = ''",
    "SET sql_mode = 'TRADITIONAL'",
    "SET sql_mode = 'ANSI'",
    "SET sql_mode = 'ANSI_QUOTES,HIGH_NOT_PRECEDENCE,NO_BACKSLASH_ESCAPES,NO_UNSIGNED_SUBTRACTION'",
    "/*M! SET sql_mode = 'SIMULTANEOUS_ASSIGNMENT' */",
    "/*M! SET sql_mode = 'ORACLE' */",
    "SET NAMES latin1",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE",
];

#[tokio::test(flavor = "multi_thread")]
async fn passes_the_acceptance_suite_on_connections_of_any_setting() {
    store().await;
    for setting in SETTINGS {
        println!("{setting}");
        let options = options()
            .timezone(None)
            .pipes_as_concat(false)
            .set_names(false);
        let store = MysqlStore::new(pool_with(setting, options).await);
        testing::accept(Arc::new(store)).await;
    }
}

#[tokio::test]
async fn claims_of_connections_in_other_time_zones_are_compared_rightly() {
    let (here, key) = (store().await, testing::fresh_key());
    claim_new(&here, &key).await;
    for zone in ["SET time_zone = '+13:00'", "SET time_zone = '-12:00'"] {
        let there = MysqlStore::new(pool_with(zone, options()).await);
        match there.claim(&key, Nonce::random(), HOUR).await.unwrap() {
            Claim::InProgress(wait) => assert!(wait > HOUR / 2, "{zone}: {wait:?}"),
            other => panic!("{zone}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn labels_of_any_text_are_kept_whatever_the_connection_speaks() {
    let (pool, key) = (pool().await, DedupeKey::of_event("läden/ショップ", "🧾 1"));
    let latin = pool_with("SET NAMES latin1", options()).await;
    MysqlStore::new(latin)
        .claim(&key, Nonce::random(), Duration::ZERO)
        .await
        .unwrap();
    let label: String = sqlx::query_scalar("SELECT label FROM webhook_dedupe WHERE `key` = ?")
        .bind(&key.as_bytes()[..])
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(label, key.label());
}

#[tokio::test]
async fn a_pool_that_does_not_commit_by_itself_is_refused_with_what_to_do() {
    store().await;
    let pool = pool_with("SET autocommit = 0", options()).await;
    let store = MysqlStore::new(pool.clone());
    let (key, token) = (
        testing::fresh_key(),
        ClaimToken::new(testing::fresh_key(), Nonce::random(), 1, 1),
    );
    for error in [
        store.claim(&key, Nonce::random(), HOUR).await.unwrap_err(),
        store.renew(&token, HOUR).await.unwrap_err(),
        store.complete(&token, HOUR).await.unwrap_err(),
        store.release(&token).await.unwrap_err(),
    ] {
        let error = format!("{error:?}");
        assert!(error.contains("set `autocommit = 1`"), "{error}");
    }
    // In a transaction of its own it makes no difference.
    let mut transaction = pool.begin().await.unwrap();
    let claim = store.claim_in(&mut transaction, &key, HOUR).await.unwrap();
    assert!(matches!(claim, Claim::New(_)), "{claim:?}");
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn a_transaction_that_has_looked_before_sees_what_was_done_since() {
    let (store, pool, key) = (store().await, pool().await, testing::fresh_key());
    let mut old = pool.begin().await.unwrap();
    // From here on, plain reads show the database as it is now.
    let known: Option<i64> = sqlx::query_scalar("SELECT nonce FROM webhook_dedupe WHERE `key` = ?")
        .bind(&key.as_bytes()[..])
        .fetch_optional(&mut *old)
        .await
        .unwrap();
    assert_eq!(known, None);
    let token = claim_new(&store, &key).await;
    store.complete(&token, HOUR).await.unwrap();
    let claim = store.claim_in(&mut old, &key, HOUR).await.unwrap();
    assert_eq!(claim, Claim::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_that_wait_for_a_transaction_that_is_rolled_back_are_not_errors() {
    const WAITING: i64 = 6;
    let pool = MySqlPool::connect_with(own_database("waiting").await);
    let pool = pool.await.unwrap();
    let store = MysqlStore::new(pool.clone());
    store.migrate().await.unwrap();
    for _ in 0..10 {
        let key = testing::fresh_key();
        let mut first = pool.begin().await.unwrap();
        store.claim_in(&mut first, &key, HOUR).await.unwrap();
        let waiting: Vec<_> = (0..WAITING)
            .map(|_| {
                let (store, key) = (store.clone(), key.clone());
                tokio::spawn(async move { store.claim(&key, Nonce::random(), HOUR).await })
            })
            .collect();
        // They wait behind the first one, which makes a deadlock of theirs when it goes.
        let under_way = "SELECT count(*) FROM information_schema.processlist
            WHERE db = database() AND info LIKE '%INTO webhook_dedupe%' AND id <> connection_id()";
        while sqlx::query_scalar::<_, i64>(under_way)
            .fetch_one(&pool)
            .await
            .unwrap()
            < WAITING
        {}
        first.rollback().await.unwrap();
        let mut new = 0;
        for claim in waiting {
            match claim.await.unwrap().unwrap() {
                Claim::New(_) => new += 1,
                Claim::InProgress(_) => {}
                Claim::Done => panic!("it was rolled back"),
            }
        }
        assert_eq!(new, 1);
    }
}

/// A database without the rows of other tests.
async fn own_database(name: &str) -> MySqlConnectOptions {
    let name = format!("{name}_{}", std::process::id());
    let create = format!("CREATE DATABASE {name}");
    let create = sqlx::raw_sql(sqlx::AssertSqlSafe(create));
    create.execute(&pool().await).await.unwrap();
    options().database(&name)
}

#[tokio::test(flavor = "multi_thread")]
async fn forgetting_waits_for_nobody() {
    let own = own_database("forgetting").await;
    let pool = pool_with("SET innodb_lock_wait_timeout = 1", own).await;
    let store = MysqlStore::new(pool.clone());
    store.migrate().await.unwrap();

    let (over, new) = (testing::fresh_key(), testing::fresh_key());
    let token = claim_new(&store, &over).await;
    store.complete(&token, Duration::ZERO).await.unwrap();
    let mut holding = pool.begin().await.unwrap();
    for key in [&over, &new] {
        let claim = store.claim_in(&mut holding, key, HOUR).await.unwrap();
        assert!(matches!(claim, Claim::New(_)), "{claim:?}");
    }
    // Nearly all of the table, so that reading all of it would cost least.
    common::complete_many(&store, 100, Duration::ZERO).await;
    let forgotten = store.prune(1000).await.unwrap();
    assert_eq!(forgotten, 100, "and what is held is left alone");
    holding.commit().await.unwrap();
    for key in [&over, &new] {
        let claim = store.claim(key, Nonce::random(), HOUR).await.unwrap();
        assert_eq!(claim, Claim::Done);
    }
}

impl Rows for MysqlStore {
    const SECOND: i64 = 1_000_000;

    fn store(&self) -> &impl DedupeStore {
        self
    }

    async fn row(&self, key: &DedupeKey) -> Option<Row> {
        let row = "SELECT label, done, nonce, fence, attempt, lease, until FROM webhook_dedupe WHERE `key` = ?";
        let row = sqlx::query_as(row).bind(&key.as_bytes()[..]);
        row.fetch_optional(self.pool()).await.unwrap()
    }

    async fn now(&self) -> i64 {
        let now = "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))";
        sqlx::query_scalar(now)
            .fetch_one(self.pool())
            .await
            .unwrap()
    }

    async fn prolong(&self, key: &DedupeKey, minutes: i64) {
        let statement = format!("UPDATE webhook_dedupe SET until = until + {minutes} * 60000000");
        self.run(statement, key).await;
    }

    async fn prune(&self) {
        self.prune(100_000).await.unwrap();
    }

    async fn run(&self, statement: String, key: &DedupeKey) {
        let sql = sqlx::AssertSqlSafe(format!("{statement} WHERE `key` = ?"));
        let run = sqlx::query(sql).bind(&key.as_bytes()[..]);
        assert_eq!(run.execute(self.pool()).await.unwrap().rows_affected(), 1);
    }
}

each_claim_of_rows! { ((), store().await) }
