//! The store in PostgreSQL keeps the rules.
#![cfg(all(feature = "postgres", feature = "testing"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::HOUR;
use common::rows::{self, Row, Rows};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use webhook_core::dedupe::{Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce};
use webhook_store::{PostgresStore, testing};

async fn pool() -> PgPool {
    let url = common::server("WEBHOOK_TEST_POSTGRES");
    PgPool::connect(&url).await.unwrap()
}

async fn store() -> PostgresStore {
    let store = PostgresStore::new(pool().await);
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
    let token = webhook_core::dedupe::ClaimToken::new(testing::fresh_key(), Nonce::random(), 1, 1);
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
        "SELECT count(*) FROM webhook_dedupe WHERE done AND until < clock_timestamp() - interval '1 minute'",
    )
    .fetch_one(&pool().await)
    .await
    .unwrap();
    assert_eq!(over, 0);
}

#[tokio::test]
async fn a_killed_process_leaves_a_claim_that_can_be_taken_over() {
    let url = common::server("WEBHOOK_TEST_POSTGRES");
    common::kill_between_claim_and_completion(&store().await, &url).await;
}

/// Not a test of its own: what [`a_killed_process_leaves_a_claim_that_can_be_taken_over`] kills.
#[tokio::test]
async fn holder() {
    if let Some((url, key)) = common::holder() {
        let store = PostgresStore::new(PgPool::connect(&url).await.unwrap());
        common::claim_and_wait_to_be_killed(&store, &key).await;
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error() {
    let pool = PgPoolOptions::new().acquire_timeout(Duration::from_millis(100));
    let pool = pool
        .connect_lazy("postgres://nobody@127.0.0.1:1/nothing")
        .unwrap();
    assert!(
        PostgresStore::new(pool)
            .claim(&testing::fresh_key(), Nonce::random(), HOUR)
            .await
            .is_err()
    );
}

/// What is changed by hand in the row of this event.
async fn set(key: &DedupeKey, change: &'static str) {
    let sql = format!("UPDATE webhook_dedupe SET {change} WHERE key = $1");
    let set = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(&key.as_bytes()[..]);
    let changed = set.execute(&pool().await).await.unwrap();
    assert_eq!(changed.rows_affected(), 1);
}

async fn claim_new(store: &PostgresStore, key: &DedupeKey) -> ClaimToken {
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
    set(
        &key,
        "fence = fence + 100000000000000, until = clock_timestamp()",
    )
    .await;
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
    set(&key, "until = until + interval '29 minutes'").await;
    let claim = store.claim(&key, Nonce::random(), HOUR).await.unwrap();
    assert!(
        matches!(claim, Claim::InProgress(_)),
        "of one that is a little ahead"
    );
    set(&key, "until = until + interval '2 minutes'").await;
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
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM webhook_dedupe WHERE key = $1)")
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

impl Rows for PostgresStore {
    const SECOND: i64 = 1_000_000;

    fn store(&self) -> &impl DedupeStore {
        self
    }

    async fn row(&self, key: &DedupeKey) -> Option<Row> {
        let row = sqlx::query_as(
            "SELECT label, done, nonce, fence, attempt::bigint, (extract(epoch FROM lease) * 1000000)::bigint, \
             (extract(epoch FROM until) * 1000000)::bigint FROM webhook_dedupe WHERE key = $1",
        );
        row.bind(&key.as_bytes()[..])
            .fetch_optional(self.pool())
            .await
            .unwrap()
    }

    async fn now(&self) -> i64 {
        let now = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
        sqlx::query_scalar(now)
            .fetch_one(self.pool())
            .await
            .unwrap()
    }

    async fn prolong(&self, key: &DedupeKey, minutes: i64) {
        let statement =
            format!("UPDATE webhook_dedupe SET until = until + {minutes} * interval '1 minute'");
        self.run(statement, key).await;
    }

    async fn prune(&self) {
        self.prune(100_000).await.unwrap();
    }

    async fn run(&self, statement: String, key: &DedupeKey) {
        let sql = sqlx::AssertSqlSafe(format!("{statement} WHERE key = $1"));
        let run = sqlx::query(sql).bind(&key.as_bytes()[..]);
        assert_eq!(run.execute(self.pool()).await.unwrap().rows_affected(), 1);
    }
}

each_claim_of_rows! { ((), store().await) }

/// Waiting for a row would take part in deadlocks of others.
#[tokio::test]
async fn forgetting_waits_for_nobody() {
    let (store, pool) = (store().await, pool().await);
    let (held, free) = (testing::fresh_key(), testing::fresh_key());
    for key in [&held, &free] {
        let token = claim_new(&store, key).await;
        store.complete(&token, Duration::ZERO).await.unwrap();
    }
    let mut transaction = pool.begin().await.unwrap();
    sqlx::query("SELECT FROM webhook_dedupe WHERE key = $1 FOR UPDATE")
        .bind(&held.as_bytes()[..])
        .execute(&mut *transaction)
        .await
        .unwrap();
    let pruned = tokio::time::timeout(Duration::from_secs(30), store.prune(100_000)).await;
    pruned.expect("waits for the transaction").unwrap();
    assert_eq!(Rows::row(&store, &free).await, None);
}
