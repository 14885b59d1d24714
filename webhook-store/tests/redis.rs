//! The store in Redis keeps the rules.
#![cfg(all(feature = "redis", feature = "testing"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use common::HOUR;
use redis::aio::MultiplexedConnection;
use webhook_core::dedupe::{Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce};
use webhook_store::{RedisStore, testing};

fn url() -> String {
    common::server("WEBHOOK_TEST_REDIS")
}

async fn store() -> RedisStore {
    RedisStore::connect(&url()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn passes_the_acceptance_suite() {
    testing::accept(Arc::new(store().await)).await;
}

#[tokio::test]
async fn prefixes_are_apart() {
    let key = testing::fresh_key();
    let (one, other) = (store().await.prefix("one:"), store().await.prefix("other:"));
    for store in [one, other] {
        let claim = store.claim(&key, Nonce::random(), HOUR).await.unwrap();
        assert!(matches!(claim, Claim::New(_)));
    }
}

#[tokio::test]
async fn what_is_over_its_time_takes_no_memory() {
    let client = redis::Client::open(url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let store = store().await.prefix("over:");
    common::complete_many(&store, 10, Duration::ZERO).await;
    let left: Vec<String> = redis::cmd("KEYS")
        .arg("over:*")
        .query_async(&mut connection)
        .await
        .unwrap();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn scripts_that_the_server_has_forgotten_are_sent_again() {
    let client = redis::Client::open(url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let store = store().await;
    store
        .claim(&testing::fresh_key(), Nonce::random(), HOUR)
        .await
        .unwrap();
    let _: () = redis::cmd("SCRIPT")
        .arg("FLUSH")
        .query_async(&mut connection)
        .await
        .unwrap();
    store
        .claim(&testing::fresh_key(), Nonce::random(), HOUR)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_killed_process_leaves_a_claim_that_can_be_taken_over() {
    common::kill_between_claim_and_completion(&store().await, &url()).await;
}

/// Not a test of its own: what [`a_killed_process_leaves_a_claim_that_can_be_taken_over`] kills.
#[tokio::test]
async fn holder() {
    if let Some((url, key)) = common::holder() {
        let store = RedisStore::connect(&url).await.unwrap();
        common::claim_and_wait_to_be_killed(&store, &key).await;
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error() {
    assert!(RedisStore::connect("redis://127.0.0.1:1").await.is_err());
}

/// What is changed by hand in the hash of this event.
async fn set(key: &DedupeKey, field: &str, change: impl FnOnce(i64) -> i64) {
    let client = redis::Client::open(url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let name = format!("webhook:dedupe:{}", key.to_hex());
    let mut get = redis::cmd("HGET");
    let value: i64 = get
        .arg(&name)
        .arg(field)
        .query_async(&mut connection)
        .await
        .unwrap();
    let mut set = redis::cmd("HSET");
    let set = set.arg(&name).arg(field).arg(change(value));
    let _: i64 = set.query_async(&mut connection).await.unwrap();
}

async fn claim_new(store: &RedisStore, key: &DedupeKey) -> ClaimToken {
    match store.claim(key, Nonce::random(), HOUR).await.unwrap() {
        Claim::New(token) => token,
        other => panic!("not claimable: {other:?}"),
    }
}

#[tokio::test]
async fn fences_grow_though_the_clock_is_set_back() {
    let (store, key) = (store().await, testing::fresh_key());
    let first = claim_new(&store, &key).await;
    store.release(&first).await.unwrap();
    // As it would be if the clock had been three years ahead.
    set(&key, "fence", |fence| fence + 100_000_000_000_000).await;
    let second = claim_new(&store, &key).await;
    assert_eq!(second.fence(), first.fence() + 100_000_000_000_001);
}

#[tokio::test]
async fn a_claim_of_a_clock_that_was_ahead_is_over() {
    let (store, key) = (store().await, testing::fresh_key());
    let first = claim_new(&store, &key).await;
    set(&key, "until", |until| until + 29 * 60 * 1000).await;
    let claim = store.claim(&key, Nonce::random(), HOUR).await.unwrap();
    assert!(
        matches!(claim, Claim::InProgress(_)),
        "of one that is a little ahead"
    );
    set(&key, "until", |until| until + 2 * 60 * 1000).await;
    assert_eq!(claim_new(&store, &key).await.attempt(), 2);
    assert_eq!(
        store.complete(&first, HOUR).await.unwrap(),
        ClaimState::Lost
    );
}

async fn connection() -> MultiplexedConnection {
    let client = redis::Client::open(url()).unwrap();
    client.get_multiplexed_async_connection().await.unwrap()
}

/// Microseconds of the server's clock.
async fn now() -> i64 {
    let (seconds, micros): (i64, i64) = redis::cmd("TIME")
        .query_async(&mut connection().await)
        .await
        .unwrap();
    seconds * 1_000_000 + micros
}

const DAY: Duration = Duration::from_secs(24 * 3600);

/// What the hash of a claim says, which was written in this time and holds for so long; and when Redis forgets it.
async fn assert_written(
    token: &ClaimToken,
    state: &str,
    lease: Duration,
    kept: Duration,
    at: RangeInclusive<i64>,
) {
    let name = format!("webhook:dedupe:{}", token.key().to_hex());
    let mut connection = connection().await;
    let mut all = redis::cmd("HGETALL");
    let hash: HashMap<String, String> = all.arg(&name).query_async(&mut connection).await.unwrap();
    let millis = |length: Duration| i64::try_from(length.as_millis()).unwrap();
    let expected = [
        ("state", state.to_owned()),
        ("nonce", token.nonce().get().to_string()),
        ("fence", token.fence().to_string()),
        ("attempt", token.attempt().to_string()),
        ("lease", millis(lease).to_string()),
        ("label", token.key().label().to_owned()),
    ];
    for (field, expected) in expected {
        assert_eq!(hash[field], expected, "{field}, {state}");
    }
    let until: i64 = hash["until"].parse().unwrap();
    let began = (at.start() / 1000)..=(at.end() / 1000);
    assert!(
        began.contains(&(until - millis(lease))),
        "{until}, {state}: not {lease:?} after {began:?}"
    );
    let mut left = redis::cmd("PTTL");
    let left: i64 = left.arg(&name).query_async(&mut connection).await.unwrap();
    let spent = millis(kept) - left;
    assert!((0..60_000).contains(&spent), "{state}: {left} ms left");
}

#[tokio::test]
async fn each_step_writes_what_the_event_is_remembered_by() {
    let (store, key) = (store().await, testing::fresh_key());
    let before = now().await;
    let token = claim_new(&store, &key).await;
    let claimed = before..=now().await;
    assert!(claimed.contains(&token.fence()), "the time of the server");
    assert_written(&token, "open", HOUR, HOUR + DAY, claimed).await;

    let before = now().await;
    store.renew(&token, 2 * HOUR).await.unwrap();
    assert_written(
        &token,
        "open",
        2 * HOUR,
        2 * HOUR + DAY,
        before..=now().await,
    )
    .await;

    let before = now().await;
    store.release(&token).await.unwrap();
    assert_written(&token, "open", Duration::ZERO, DAY, before..=now().await).await;

    let token = claim_new(&store, &key).await;
    assert_eq!(token.attempt(), 2);
    let before = now().await;
    store.complete(&token, 3 * DAY).await.unwrap();
    assert_written(&token, "done", 3 * DAY, 3 * DAY, before..=now().await).await;
}

#[tokio::test]
async fn what_was_forgotten_is_written_as_it_was() {
    let (store, key) = (store().await, testing::fresh_key());
    store.release(&claim_new(&store, &key).await).await.unwrap();
    let token = claim_new(&store, &key).await;
    for state in ["open", "done"] {
        let mut forget = redis::cmd("DEL");
        let forget = forget.arg(format!("webhook:dedupe:{}", key.to_hex()));
        let _: i64 = forget.query_async(&mut connection().await).await.unwrap();
        let before = now().await;
        let (changed, kept) = match state {
            "open" => (store.renew(&token, HOUR).await, HOUR + DAY),
            _ => (store.complete(&token, HOUR).await, HOUR),
        };
        assert_eq!(changed.unwrap(), ClaimState::Held);
        assert_written(&token, state, HOUR, kept, before..=now().await).await;
    }
}
