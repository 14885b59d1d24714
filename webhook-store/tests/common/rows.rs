//! What a store in a database writes into its rows. Another process, or a later version, reads what one has written: each column
//! counts, though who wrote it reads only some.

use std::ops::RangeInclusive;
use std::time::Duration;

use webhook_core::dedupe::{Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce};
use webhook_store::testing;

use super::HOUR;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Label, done, nonce, fence, attempt, lease and until.
pub(crate) type Row = (String, bool, i64, i64, i64, i64, i64);

/// A database with the table.
pub(crate) trait Rows {
    /// How many of its units of time are a second.
    const SECOND: i64;

    fn store(&self) -> &impl DedupeStore;

    /// What is known of this event, with the times in its unit.
    async fn row(&self, key: &DedupeKey) -> Row;

    /// By the clock that the store goes by.
    async fn now(&self) -> i64;

    /// Changes the row of this event, or makes it one of an event that is forgotten.
    async fn run(&self, statement: &'static str, key: &DedupeKey);
}

async fn claim(rows: &impl Rows, key: &DedupeKey, nonce: Nonce, lease: Duration) -> ClaimToken {
    match rows.store().claim(key, nonce, lease).await.unwrap() {
        Claim::New(token) => token,
        other => panic!("not claimable: {other:?}"),
    }
}

/// What was written at this time.
async fn assert_written<R: Rows>(
    rows: &R,
    token: &ClaimToken,
    (done, length): (bool, Duration),
    at: RangeInclusive<i64>,
) {
    let (label, is_done, nonce, fence, attempt, lease, until) = rows.row(token.key()).await;
    assert_eq!(label, token.key().label());
    assert_eq!(is_done, done);
    assert_eq!(nonce, token.nonce().get());
    assert_eq!(fence, token.fence());
    assert_eq!(attempt, i64::from(token.attempt()));
    assert_eq!(lease, i64::try_from(length.as_secs()).unwrap() * R::SECOND);
    let begun = until - lease;
    assert!(at.contains(&begun), "{begun} is not in {at:?}");
}

/// A fence is the time at which the event was claimed, in microseconds.
fn assert_fenced<R: Rows>(token: &ClaimToken, at: &RangeInclusive<i64>) {
    let time = token.fence() / (1_000_000 / R::SECOND);
    assert!(at.contains(&time), "{time} is not in {at:?}");
}

pub(crate) async fn each_step_writes_what_the_event_is_remembered_by<R: Rows>(rows: &R) {
    let (store, key) = (rows.store(), testing::fresh_key());
    let before = rows.now().await;
    let token = claim(rows, &key, Nonce::random(), HOUR).await;
    let at = before..=rows.now().await;
    assert_fenced::<R>(&token, &at);
    assert_eq!(token.attempt(), 1);
    assert_written(rows, &token, (false, HOUR), at).await;

    let before = rows.now().await;
    store.renew(&token, 2 * HOUR).await.unwrap();
    let at = before..=rows.now().await;
    assert_written(rows, &token, (false, 2 * HOUR), at).await;

    let before = rows.now().await;
    store.release(&token).await.unwrap();
    let at = before..=rows.now().await;
    assert_written(rows, &token, (false, Duration::ZERO), at).await;

    for attempt in [2, 3] {
        let before = rows.now().await;
        // The second time it is over without having been given back.
        let lease = if attempt == 2 { Duration::ZERO } else { HOUR };
        let token = claim(rows, &key, Nonce::random(), lease).await;
        let at = before..=rows.now().await + 1;
        assert_fenced::<R>(&token, &at);
        assert_eq!(token.attempt(), attempt);
        assert_written(rows, &token, (false, lease), at).await;
    }
}

pub(crate) async fn a_completion_writes_that_it_is_done_and_for_how_long(rows: &impl Rows) {
    let (store, key) = (rows.store(), testing::fresh_key());
    store
        .release(&claim(rows, &key, Nonce::random(), HOUR).await)
        .await
        .unwrap();
    let token = claim(rows, &key, Nonce::random(), HOUR).await;
    let before = rows.now().await;
    store.complete(&token, 3 * DAY).await.unwrap();
    let at = before..=rows.now().await;
    assert_written(rows, &token, (true, 3 * DAY), at).await;
}

pub(crate) async fn what_was_forgotten_is_written_as_it_was(rows: &impl Rows) {
    let (store, key) = (rows.store(), testing::fresh_key());
    store
        .release(&claim(rows, &key, Nonce::random(), HOUR).await)
        .await
        .unwrap();
    let token = claim(rows, &key, Nonce::random(), HOUR).await;
    for done in [false, true] {
        rows.run("DELETE FROM webhook_dedupe", &key).await;
        let before = rows.now().await;
        let written = match done {
            true => store.complete(&token, 2 * HOUR).await,
            false => store.renew(&token, 2 * HOUR).await,
        };
        assert_eq!(written.unwrap(), ClaimState::Held);
        let at = before..=rows.now().await;
        assert_written(rows, &token, (done, 2 * HOUR), at).await;
    }
}

/// What is done and over is a new event, also for who has done it.
pub(crate) async fn who_has_done_it_claims_it_anew_when_it_is_over<R: Rows>(rows: &R) {
    let (store, key, nonce) = (rows.store(), testing::fresh_key(), Nonce::random());
    let first = claim(rows, &key, nonce, HOUR).await;
    store.complete(&first, Duration::ZERO).await.unwrap();
    let before = rows.now().await;
    let second = claim(rows, &key, nonce, HOUR).await;
    assert!(second.fence() > first.fence());
    assert_eq!(second.attempt(), 1);
    let at = before..=rows.now().await;
    assert_written(rows, &second, (false, HOUR), at).await;
}

/// Who asks again because an answer was lost gets the same claim, for another lease.
pub(crate) async fn who_claims_with_the_same_nonce_gets_the_same_claim(rows: &impl Rows) {
    let (key, nonce) = (testing::fresh_key(), Nonce::random());
    rows.store()
        .release(&claim(rows, &key, Nonce::random(), HOUR).await)
        .await
        .unwrap();
    let first = claim(rows, &key, nonce, HOUR).await;
    let second = claim(rows, &key, nonce, HOUR).await;
    assert_eq!((second.fence(), second.attempt()), (first.fence(), 2));
}

pub(crate) async fn what_is_done_stays_done_though_the_clock_is_set_back(
    rows: &impl Rows,
    an_hour_later: &'static str,
) {
    let key = testing::fresh_key();
    let token = claim(rows, &key, Nonce::random(), HOUR).await;
    rows.store().complete(&token, HOUR).await.unwrap();
    rows.run(an_hour_later, &key).await;
    let claim = rows.store().claim(&key, Nonce::random(), HOUR).await;
    assert_eq!(claim.unwrap(), Claim::Done);
}
