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
    async fn row(&self, key: &DedupeKey) -> Option<Row>;

    /// By the clock that the store goes by.
    async fn now(&self) -> i64;

    /// As it would be if the event were remembered for so many minutes more, or fewer.
    async fn prolong(&self, key: &DedupeKey, minutes: i64);

    /// Forgets what is over.
    async fn prune(&self);

    /// Changes the row of this event, or makes it one of an event that is forgotten.
    async fn run(&self, statement: String, key: &DedupeKey);
}

/// Each claim of this file as a test: of the store in what is made, beside which stands what must outlive it.
#[macro_export]
macro_rules! each_claim_of_rows {
    ($made:expr) => {
        $crate::each_claim_of_rows! { $made;
            each_step_writes_what_the_event_is_remembered_by
            a_completion_writes_that_it_is_done_and_for_how_long
            what_was_forgotten_is_written_as_it_was
            who_has_done_it_claims_it_anew_when_it_is_over
            who_claims_with_the_same_nonce_gets_the_same_claim
            who_has_done_it_and_asks_again_is_told_so
            who_is_refused_changes_nothing
            a_step_is_for_one_event_alone
            what_is_done_stays_done_though_the_clock_is_set_back
            what_is_done_is_forgotten_when_it_is_over_and_what_is_open_a_day_later
        }
    };
    ($made:expr; $($test:ident)*) => {
        $(#[tokio::test]
        async fn $test() {
            let (_beside, store) = $made;
            rows::$test(&store).await;
        })*
    };
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
    let (label, is_done, nonce, fence, attempt, lease, until) =
        rows.row(token.key()).await.unwrap();
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
        rows.run("DELETE FROM webhook_dedupe".to_owned(), &key)
            .await;
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
    let before = rows.now().await;
    let second = claim(rows, &key, nonce, 2 * HOUR).await;
    assert_eq!((second.fence(), second.attempt()), (first.fence(), 2));
    let at = before..=rows.now().await;
    assert_written(rows, &second, (false, 2 * HOUR), at).await;
}

/// Who asks again because an answer was lost, and has done it since.
pub(crate) async fn who_has_done_it_and_asks_again_is_told_so(rows: &impl Rows) {
    let (key, nonce) = (testing::fresh_key(), Nonce::random());
    let first = claim(rows, &key, Nonce::random(), HOUR).await;
    rows.store().release(&first).await.unwrap();
    let token = claim(rows, &key, nonce, HOUR).await;
    rows.store().complete(&token, HOUR).await.unwrap();
    let row = rows.row(&key).await;
    let again = rows.store().claim(&key, nonce, 2 * HOUR).await;
    assert_eq!(again.unwrap(), Claim::Done);
    assert_eq!(rows.row(&key).await, row);
}

pub(crate) async fn who_is_refused_changes_nothing(rows: &impl Rows) {
    let (store, key) = (rows.store(), testing::fresh_key());
    let token = claim(rows, &key, Nonce::random(), HOUR).await;
    let other = ClaimToken::new(key.clone(), Nonce::random(), token.fence(), 1);
    for done in [false, true] {
        if done {
            store.complete(&token, HOUR).await.unwrap();
        }
        let row = rows.row(&key).await;
        store.claim(&key, Nonce::random(), 2 * HOUR).await.unwrap();
        assert_eq!(rows.row(&key).await, row, "claimed by another one");
        for lost in [
            store.renew(&other, 2 * HOUR).await,
            store.complete(&other, 2 * HOUR).await,
            store.release(&other).await,
        ] {
            assert_eq!(lost.unwrap(), ClaimState::Lost);
        }
        assert_eq!(rows.row(&key).await, row, "written by another one");
    }
    for late in [
        store.renew(&token, 2 * HOUR).await,
        store.release(&token).await,
    ] {
        assert_eq!(late.unwrap(), ClaimState::Done);
    }
}

/// Nonces are random, and nothing says that two are not the same.
pub(crate) async fn a_step_is_for_one_event_alone(rows: &impl Rows) {
    let (store, nonce) = (rows.store(), Nonce::random());
    let (one, other) = (testing::fresh_key(), testing::fresh_key());
    let token = claim(rows, &one, nonce, HOUR).await;
    claim(rows, &other, nonce, HOUR).await;
    let row = rows.row(&other).await;
    store.renew(&token, 2 * HOUR).await.unwrap();
    store.release(&token).await.unwrap();
    store.complete(&token, HOUR).await.unwrap();
    assert_eq!(rows.row(&other).await, row);
}

pub(crate) async fn what_is_done_stays_done_though_the_clock_is_set_back(rows: &impl Rows) {
    let key = testing::fresh_key();
    let token = claim(rows, &key, Nonce::random(), HOUR).await;
    rows.store().complete(&token, HOUR).await.unwrap();
    rows.prolong(&key, 60).await;
    let claim = rows.store().claim(&key, Nonce::random(), HOUR).await;
    assert_eq!(claim.unwrap(), Claim::Done);
}

pub(crate) async fn what_is_done_is_forgotten_when_it_is_over_and_what_is_open_a_day_later(
    rows: &impl Rows,
) {
    const HOURS: i64 = 60;
    for (done, minutes, is_known) in [
        (true, 0, true),
        (true, -2 * HOURS, false),
        (false, 0, true),
        (false, -24 * HOURS, true),
        (false, -26 * HOURS, false),
    ] {
        let key = testing::fresh_key();
        let token = claim(rows, &key, Nonce::random(), HOUR).await;
        if done {
            rows.store().complete(&token, HOUR).await.unwrap();
        }
        rows.prolong(&key, minutes).await;
        rows.prune().await;
        let row = rows.row(&key).await;
        assert_eq!(row.is_some(), is_known, "{done}, {minutes} minutes");
    }
}
