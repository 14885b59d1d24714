//! What becomes of a claim while its handler runs, and of one whose answer nobody has heard.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use webhook_core::RejectionKind;
use webhook_core::adapter::Runtime;
use webhook_core::dedupe::{ClaimState, Dedupe, DedupeStore};
use webhook_core::testing::receive;

use crate::double::{Double, Fault, Step};
use crate::once::{Dropped, duplicate, refused};
use crate::support::{EVENT, delivery, handled, never, run, run_on, signed, stripe};

const MINUTE: Duration = Duration::from_secs(60);
const RETENTION: Duration = Duration::from_secs(35 * 24 * 60 * 60);

#[tokio::test(start_paused = true)]
async fn a_handler_that_has_completed_its_claim_runs_to_its_end_and_gives_its_own_answer() {
    for answer in [200, 500] {
        let store = Double::default();
        let handler = async |delivery: webhook_core::Delivery| {
            // As in a transaction of its own.
            let claim = delivery.claim().unwrap();
            let held = store.complete(claim, RETENTION).await.unwrap();
            assert_eq!(held, ClaimState::Held);
            tokio::time::sleep(10 * MINUTE).await;
            answer
        };
        let answered = run(delivery(store.clone()).await, handler).await;
        assert_eq!(handled(answered), answer);
        assert_eq!(
            store.asked(),
            [Step::Claim, Step::Complete, Step::Renew],
            "once it is done there is nothing to renew"
        );
        duplicate(run(delivery(store).await, never).await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_quick_handler_that_has_completed_its_claim_is_done() {
    let store = Double::default();
    let handler = async |delivery: webhook_core::Delivery| {
        store
            .complete(delivery.claim().unwrap(), RETENTION)
            .await
            .unwrap();
        200
    };
    assert_eq!(
        handled(run(delivery(store.clone()).await, handler).await),
        200
    );
    assert_eq!(store.asked(), [Step::Claim, Step::Complete, Step::Complete]);
    duplicate(run(delivery(store).await, never).await);
}

#[tokio::test(start_paused = true)]
async fn a_handler_whose_lease_cannot_be_renewed_is_stopped_before_it_runs_out() {
    for fault in [Fault::Fails, Fault::Hangs, Fault::Late(100)] {
        let mut store = Double::default();
        for _ in 0..100 {
            store = store.plan(Step::Renew, fault);
        }
        let dropped = Dropped::default();
        let guard = dropped.guard();
        let handler = async |_| {
            tokio::time::sleep(10 * MINUTE).await;
            drop(guard);
            200
        };
        let begun = tokio::time::Instant::now();
        let answer = run(delivery(store.clone()).await, handler).await;
        refused(answer, RejectionKind::StoreUnavailable);
        assert!(dropped.is());
        assert_eq!(begun.elapsed(), Duration::from_secs(50), "{fault:?}");
        assert!(store.count(Step::Renew) > 3, "it was tried often");
        // It is free for the next try at once.
        store.until_asked(Step::Release).await;
        assert_eq!(
            handled(run(delivery(store).await, async |_| 200).await),
            200
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_was_answered_late_holds_for_as_much_less() {
    let mut store = Double::default().plan(Step::Claim, Fault::Late(9));
    for _ in 0..100 {
        store = store.plan(Step::Renew, Fault::Fails);
    }
    let dedupe = Dedupe::new(store).store_timeout(Duration::from_secs(10));
    let begun = tokio::time::Instant::now();
    let handler = async |_| {
        tokio::time::sleep(10 * MINUTE).await;
        200
    };
    let answer = run(delivery(dedupe).await, handler).await;
    refused(answer, RejectionKind::StoreUnavailable);
    assert_eq!(
        begun.elapsed(),
        Duration::from_secs(50),
        "from the question"
    );
}

/// A process that stands still for as long as the test says, as one that is stopped or swapped out.
#[derive(Clone, Default)]
struct Stopping(Arc<AtomicU64>);

impl Runtime for Stopping {
    fn now(&self) -> Instant {
        let stood = Duration::from_secs(self.0.load(Ordering::SeqCst));
        tokio::time::Instant::now().into_std() + stood
    }

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(time)
    }

    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        tokio::spawn(task);
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_takes_no_step_after_its_process_stood_still_for_longer_than_the_lease() {
    for (seconds, is_stopped) in [(49, false), (51, true), (3600, true)] {
        let (runtime, went_on) = (Stopping::default(), AtomicBool::new(false));
        let handler = async |_| {
            runtime.0.store(seconds, Ordering::SeqCst);
            tokio::task::yield_now().await;
            went_on.store(true, Ordering::SeqCst);
            200
        };
        let delivery = delivery(Double::default()).await;
        let answer = run_on(runtime.clone(), delivery, handler).await;
        match is_stopped {
            true => refused(answer, RejectionKind::StoreUnavailable),
            false => assert_eq!(handled(answer), 200),
        }
        assert_eq!(went_on.load(Ordering::SeqCst), !is_stopped, "{seconds}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_claim_whose_answer_comes_too_late_is_given_back() {
    for fault in [Fault::Late(2), Fault::Late(30), Fault::Forgets] {
        let store = Double::default().plan(Step::Claim, fault);
        let answer = run(delivery(store.clone()).await, never).await;
        refused(answer, RejectionKind::StoreUnavailable);
        while store.count(Step::Release) == 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let handler = async |delivery: webhook_core::Delivery| {
            assert_eq!(delivery.claim().unwrap().attempt(), 2, "{fault:?}");
            200
        };
        let answer = run(delivery(store).await, handler).await;
        assert_eq!(handled(answer), 200, "not blocked for a lease");
    }
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_the_client_did_not_wait_for_is_given_back() {
    let store = Double::default().plan(Step::Claim, Fault::Late(1));
    let task = tokio::spawn(run(delivery(store.clone()).await, never));
    store.until_asked(Step::Claim).await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    while store.count(Step::Release) == 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let answer = run(delivery(store).await, async |_| 200).await;
    assert_eq!(handled(answer), 200);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_claimed_is_not_given_back() {
    let store = Double::default();
    let answer = async |store: &Double| run(delivery(store.clone()).await, never).await;
    let refusing = store.clone().plan(Step::Claim, Fault::Refuses);
    refused(answer(&refusing).await, RejectionKind::StoreUnavailable);
    let outer = async |_| {
        let late = store.clone().plan(Step::Claim, Fault::Late(2));
        refused(answer(&late).await, RejectionKind::StoreUnavailable);
        tokio::time::sleep(Duration::from_secs(10)).await;
        200
    };
    assert_eq!(
        handled(run(delivery(store.clone()).await, outer).await),
        200
    );
    let late = store.clone().plan(Step::Claim, Fault::Late(2));
    refused(answer(&late).await, RejectionKind::StoreUnavailable);
    tokio::time::sleep(MINUTE).await;
    assert_eq!(store.count(Step::Release), 0, "another's, or done");
}

#[tokio::test(start_paused = true)]
async fn the_store_is_told_the_lengths_that_were_set() {
    for (dedupe, lease, retention) in [
        (Dedupe::new as fn(Double) -> Dedupe, 60, 35 * 24 * 60 * 60),
        (
            |store| {
                let dedupe = Dedupe::new(store).lease(Duration::from_secs(300));
                dedupe.retention(Duration::from_secs(1_000_000))
            },
            300,
            1_000_000,
        ),
    ] {
        let store = Double::default().plan(Step::Complete, Fault::Fails);
        let handler = async |_| {
            tokio::time::sleep(Duration::from_secs(lease / 2)).await;
            200
        };
        handled(run(delivery(dedupe(store.clone())).await, handler).await);
        assert_eq!(
            store.asked(),
            [Step::Claim, Step::Renew, Step::Complete, Step::Complete]
        );
        let (lease, retention) = (Duration::from_secs(lease), Duration::from_secs(retention));
        assert_eq!(store.lengths(), [lease, lease, retention, retention]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_completion_in_the_background_is_for_the_retention() {
    let mut store = Double::default();
    for _ in 0..8 {
        store = store.plan(Step::Complete, Fault::Fails);
    }
    handled(run(delivery(store.clone()).await, async |_| 200).await);
    tokio::time::sleep(MINUTE).await;
    assert_eq!(store.count(Step::Complete), 9);
    assert_eq!(store.lengths().pop(), Some(RETENTION));
}

#[tokio::test]
async fn times_that_cannot_work_are_refused_with_500_and_the_store_is_not_asked() {
    let second = Duration::from_secs(1);
    for (what, set, is_right) in [
        ("defaults", (|dedupe| dedupe) as fn(Dedupe) -> Dedupe, true),
        (
            "no deadline",
            |dedupe| dedupe.store_timeout(Duration::ZERO),
            false,
        ),
        ("no lease", |dedupe| dedupe.lease(Duration::ZERO), false),
        (
            "no retention",
            |dedupe| dedupe.retention(Duration::ZERO),
            false,
        ),
        (
            "a lease of less than three deadlines",
            |dedupe| dedupe.lease(Duration::from_millis(2999)),
            false,
        ),
        (
            "a lease of three deadlines",
            |dedupe| dedupe.lease(Duration::from_secs(3)),
            true,
        ),
        (
            "a retention of less than a lease",
            |dedupe| dedupe.retention(Duration::from_secs(59)),
            false,
        ),
        ("for ever", |dedupe| dedupe.retention(Duration::MAX), true),
    ] {
        let store = Double::default();
        let dedupe = set(Dedupe::new(store.clone()).store_timeout(second));
        assert_eq!(dedupe.check().is_ok(), is_right, "{what}");
        let endpoint = stripe().name("shop").dedupe(dedupe);
        let processed = match receive(&endpoint, signed(EVENT)).await {
            Ok(delivery) => run(delivery, async |_| 200).await,
            // The endpoint itself sees what is forgotten too soon.
            Err(rejection) => Err(rejection),
        };
        if is_right {
            assert_eq!(handled(processed), 200, "{what}");
            continue;
        }
        let rejection = processed.unwrap_err().into_rejection().unwrap();
        assert_eq!(rejection.kind(), RejectionKind::Misconfigured, "{what}");
        assert_eq!(rejection.status(), 500);
        assert_eq!(store.asked(), []);
    }
}
