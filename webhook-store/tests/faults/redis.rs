//! Redis: connections cut, paused. Each test has a server of its own.

use std::time::Duration;

use webhook_core::dedupe::{Claim, DedupeStore, Nonce};
use webhook_store::testing::fresh_key;

use crate::common::HOUR;
use crate::servers::redis::Redis;
use crate::{assert_recovered, claim_new, done, until_it_answers};

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_are_made_again() {
    let server = Redis::new().await;
    let store = server.store().await;
    for _ in 0..10 {
        let (done, claimed) = (done(&store).await, claim_new(&store, &fresh_key()).await);
        server.tell(&["CLIENT", "KILL", "TYPE", "normal"]).await;
        assert_recovered(&store, &done, &claimed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_under_way_while_connections_are_cut_are_errors_or_true() {
    let server = Redis::new().await;
    let store = server.store().await;
    let claiming = tokio::spawn(async move {
        let mut answered = 0;
        for _ in 0..300 {
            let key = fresh_key();
            match store.claim(&key, Nonce::random(), HOUR).await {
                Ok(Claim::New(token)) => {
                    answered += 1;
                    let _ = store.complete(&token, HOUR).await;
                }
                Ok(other) => panic!("nobody else knows it: {other:?}"),
                Err(_) => {
                    // Taken or not, but not done.
                    let claim = until_it_answers(&store, &key).await;
                    assert_ne!(claim, Claim::Done);
                }
            }
        }
        answered
    });
    while !claiming.is_finished() {
        server.tell(&["CLIENT", "KILL", "TYPE", "normal"]).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(claiming.await.unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_is_waited_for_as_long_as_the_endpoint_says() {
    let server = Redis::new().await;
    let store = server.store().await;
    let (done, claimed) = (done(&store).await, claim_new(&store, &fresh_key()).await);
    server.tell(&["CLIENT", "PAUSE", "600000", "WRITE"]).await;
    let key = fresh_key();
    let mut claim = store.claim(&key, Nonce::random(), HOUR);
    // Longer than the client of Redis waits by default.
    let second = Duration::from_secs(1);
    assert!(tokio::time::timeout(second, &mut claim).await.is_err());
    server.tell(&["CLIENT", "UNPAUSE"]).await;
    assert!(matches!(claim.await.unwrap(), Claim::New(_)));
    assert_recovered(&store, &done, &claimed).await;
}
