//! What becomes of one delivery.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use webhook_core::dedupe::Dedupe;
use webhook_core::testing::receive;
use webhook_core::{
    Answer, BodyCheck, Check, Coverage, Delivery, Proof, RejectionKind, Reply, RequestHead,
    UnixTime, Verdict, Verifier,
};

use crate::double::{Double, Fault, Step};
use crate::support::{EVENT, accepted, delivery, endpoint, handled, never, run, signed, stripe};

const HOUR: Duration = Duration::from_secs(3600);

pub(crate) fn refused(processed: Result<StatusCode, Answer>, kind: RejectionKind) {
    let rejection = processed.unwrap_err().into_rejection().unwrap();
    assert_eq!(rejection.kind(), kind);
    assert_eq!(rejection.status(), 503, "never a 2xx, never a 4xx");
    let asks_again = |(name, _): &(&str, &str)| *name == "retry-after";
    assert!(rejection.headers().iter().any(asks_again));
}

pub(crate) fn duplicate(processed: Result<StatusCode, Answer>) -> Reply {
    match processed.unwrap_err() {
        Answer::Duplicate(reply) => reply,
        answer => panic!("not taken for a duplicate: {answer}"),
    }
}

/// Whether it was dropped.
#[derive(Clone, Default)]
pub(crate) struct Dropped(Arc<AtomicBool>);

impl Dropped {
    pub(crate) fn is(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn guard(&self) -> impl Drop + use<> {
        struct Guard(Arc<AtomicBool>);
        impl Drop for Guard {
            fn drop(&mut self) {
                self.0.store(true, Ordering::SeqCst);
            }
        }
        Guard(Arc::clone(&self.0))
    }
}

#[tokio::test]
async fn a_new_event_is_handled_once_and_completed() {
    let store = Double::default();
    let calls = Cell::new(0);
    let handler = async |delivery: Delivery| {
        calls.set(calls.get() + 1);
        assert_eq!(delivery.claim().unwrap().attempt(), 1);
        assert!(!delivery.is_retry());
        assert_eq!(delivery.body(), EVENT);
        200
    };
    assert_eq!(
        handled(run(delivery(store.clone()).await, handler).await),
        200
    );
    assert_eq!(calls.get(), 1);
    assert_eq!(store.asked(), [Step::Claim, Step::Complete]);
}

#[tokio::test]
async fn without_a_store_the_handler_is_just_called() {
    let delivery = accepted(&stripe(), signed(EVENT)).await;
    let handler = async |delivery: Delivery| {
        assert!(delivery.claim().is_none() && !delivery.is_retry());
        204
    };
    assert_eq!(handled(run(delivery, handler).await), 204);
}

#[tokio::test]
async fn a_done_event_is_acknowledged_without_the_handler() {
    let store = Double::default();
    handled(run(delivery(store.clone()).await, async |_| 200).await);
    for _ in 0..3 {
        let reply = duplicate(run(delivery(store.clone()).await, never).await);
        assert_eq!((reply.status().as_u16(), reply.body().len()), (200, 0));
    }
    assert_eq!(store.count(Step::Complete), 1);
}

/// Believes everything, and wants to hear `[accepted]`.
#[derive(Debug)]
struct Demanding;

impl Verifier for Demanding {
    fn provider(&self) -> webhook_core::Provider {
        webhook_core::Provider::new("demanding")
    }

    fn begin(&self, _: &RequestHead<'_>, _: UnixTime) -> Result<BodyCheck, Answer> {
        Ok(BodyCheck::new(Self))
    }
}

impl Check for Demanding {
    fn update(&mut self, _: &[u8]) {}

    fn finalize(self: Box<Self>, _: &Bytes) -> Result<Verdict, Answer> {
        let proof =
            Proof::dangerously_assert(Coverage::Body).acknowledgement(Reply::text("[accepted]"));
        Ok(Verdict::Authentic(proof))
    }
}

#[tokio::test]
async fn a_duplicate_is_acknowledged_as_its_sender_demands() {
    let endpoint = endpoint(Demanding).name("shop").dedupe(Double::default());
    handled(run(accepted(&endpoint, signed(EVENT)).await, async |_| 200).await);
    let reply = duplicate(run(accepted(&endpoint, signed(EVENT)).await, never).await);
    assert_eq!(reply, Reply::text("[accepted]"));
}

#[tokio::test]
async fn an_event_in_progress_is_asked_for_later() {
    let store = Double::default();
    let outer = run(delivery(store.clone()).await, async |_| {
        let inner = run(delivery(store.clone()).await, never).await;
        refused(inner, RejectionKind::InProgress);
        200
    });
    assert_eq!(handled(outer.await), 200);
    duplicate(run(delivery(store).await, never).await);
}

#[tokio::test]
async fn of_many_deliveries_at_once_one_is_handled() {
    let (store, mut tasks, mut calls) = (Double::default(), Vec::new(), 0);
    for _ in 0..50 {
        let delivery = delivery(store.clone()).await;
        tasks.push(tokio::spawn(run(delivery, async |_| {
            tokio::task::yield_now().await;
            200
        })));
    }
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => calls += 1,
            Err(Answer::Duplicate(_)) => {}
            other => refused(other, RejectionKind::InProgress),
        }
    }
    assert_eq!(calls, 1);
}

#[tokio::test]
async fn after_an_error_the_next_try_runs_and_knows_that_it_is_one() {
    let store = Double::default();
    for (attempt, status) in [(1, 500), (2, 404), (3, 302), (4, 200)] {
        let handler = async |delivery: Delivery| {
            assert_eq!(delivery.claim().unwrap().attempt(), attempt);
            assert_eq!(delivery.is_retry(), attempt > 1);
            status
        };
        let answer = run(delivery(store.clone()).await, handler).await;
        assert_eq!(handled(answer), status, "the handler's answer passes");
    }
    assert_eq!(store.count(Step::Release), 3);
    duplicate(run(delivery(store).await, never).await);
}

#[tokio::test]
async fn after_a_panic_the_next_try_runs() {
    let store = Double::default();
    for early in [true, false] {
        let delivery = delivery(store.clone()).await;
        let crash = tokio::spawn(run(delivery, move |_| {
            assert!(!early, "before there is a future");
            async {
                tokio::task::yield_now().await;
                panic!("in the middle")
            }
        }));
        assert!(crash.await.unwrap_err().is_panic());
    }
    while store.count(Step::Release) < 2 {
        tokio::task::yield_now().await;
    }
    let handler = async |delivery: Delivery| {
        assert_eq!(delivery.claim().unwrap().attempt(), 3);
        200
    };
    assert_eq!(handled(run(delivery(store).await, handler).await), 200);
}

#[tokio::test]
async fn a_client_that_is_gone_gives_the_event_back() {
    let (store, begun, dropped) = (Double::default(), Dropped::default(), Dropped::default());
    let (first, guard) = (delivery(store.clone()).await, dropped.guard());
    let task = tokio::spawn(run(first, {
        let begun = begun.clone();
        async move |_| {
            drop(begun.guard());
            std::future::pending::<()>().await;
            drop(guard);
            200
        }
    }));
    while !begun.is() {
        tokio::task::yield_now().await;
    }
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert!(dropped.is());
    store.until_asked(Step::Release).await;
    assert_eq!(
        handled(run(delivery(store).await, async |_| 200).await),
        200
    );
}

#[tokio::test]
async fn a_client_that_is_gone_before_the_claim_leaves_nothing() {
    let store = Double::default().plan(Step::Claim, Fault::Hangs);
    let task = tokio::spawn(run(delivery(store.clone()).await, never));
    store.until_asked(Step::Claim).await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(
        handled(run(delivery(store).await, async |_| 200).await),
        200
    );
}

#[tokio::test(start_paused = true)]
async fn the_lease_is_renewed_while_a_long_handler_runs() {
    let store = Double::default();
    let dedupe = Dedupe::new(store.clone()).lease(Duration::from_secs(60));
    let handler = async |_| {
        tokio::time::sleep(Duration::from_secs(190)).await;
        200
    };
    assert_eq!(handled(run(delivery(dedupe).await, handler).await), 200);
    assert_eq!(store.count(Step::Renew), 9, "every 20 seconds");
    assert_eq!(store.asked().last(), Some(&Step::Complete));
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_fails_does_not_stop_the_handler() {
    let store = Double::default()
        .plan(Step::Renew, Fault::Fails)
        .plan(Step::Renew, Fault::Hangs);
    let handler = async |_| {
        tokio::time::sleep(Duration::from_secs(190)).await;
        200
    };
    let dedupe = Dedupe::new(store.clone()).lease(Duration::from_secs(60));
    assert_eq!(handled(run(delivery(dedupe).await, handler).await), 200);
    // After 20, 25 and, as the one that hung took its second, 31 seconds; then every 20.
    assert_eq!(store.count(Step::Renew), 10);
    duplicate(run(delivery(store).await, never).await);
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_ends_during_a_renewal_is_not_held_up() {
    let store = Double::default().plan(Step::Renew, Fault::Hangs);
    let dedupe = Dedupe::new(store.clone())
        .lease(Duration::from_secs(30))
        .store_timeout(Duration::from_secs(10));
    let begin = tokio::time::Instant::now();
    let handler = async |_| {
        tokio::time::sleep(Duration::from_secs(11)).await;
        200
    };
    assert_eq!(handled(run(delivery(dedupe).await, handler).await), 200);
    assert_eq!(begin.elapsed().as_secs(), 11);
    assert_eq!(store.asked(), [Step::Claim, Step::Renew, Step::Complete]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_lease_stops_the_handler() {
    let store = Double::default().plan(Step::Renew, Fault::Lost);
    let dropped = Dropped::default();
    let guard = dropped.guard();
    let handler = async |_| {
        tokio::time::sleep(HOUR).await;
        drop(guard);
        200
    };
    refused(
        run(delivery(store.clone()).await, handler).await,
        RejectionKind::InProgress,
    );
    assert!(dropped.is());
    assert_eq!(store.count(Step::Complete), 0);
}

#[tokio::test]
async fn a_store_that_is_down_is_a_503_and_no_call() {
    let store = Double::default().plan(Step::Claim, Fault::Fails);
    refused(
        run(delivery(store.clone()).await, never).await,
        RejectionKind::StoreUnavailable,
    );
    assert_eq!(store.asked(), [Step::Claim]);
    assert_eq!(
        handled(run(delivery(store).await, async |_| 200).await),
        200
    );
}

#[tokio::test(start_paused = true)]
async fn a_slow_store_is_a_503_at_the_deadline() {
    for (deadline, seconds) in [(None, 1), (Some(Duration::from_secs(7)), 7)] {
        let store = Double::default().plan(Step::Claim, Fault::Hangs);
        let dedupe = Dedupe::new(store);
        let dedupe = match deadline {
            Some(deadline) => dedupe.store_timeout(deadline),
            None => dedupe,
        };
        let begin = tokio::time::Instant::now();
        refused(
            run(delivery(dedupe).await, never).await,
            RejectionKind::StoreUnavailable,
        );
        assert_eq!(begin.elapsed().as_secs(), seconds);
    }
}

#[tokio::test(start_paused = true)]
async fn without_its_store_an_endpoint_goes_on_only_if_told_so() {
    for fault in [Fault::Fails, Fault::Hangs] {
        let store = Double::default().plan(Step::Claim, fault);
        let dedupe = Dedupe::new(store.clone()).dangerously_fail_open();
        let handler = async |delivery: Delivery| {
            assert!(delivery.claim().is_none(), "there is none to show");
            200
        };
        assert_eq!(
            handled(run(delivery(dedupe.clone()).await, handler).await),
            200
        );
        assert_eq!(store.asked(), [Step::Claim], "{fault:?}");
        // With the store it dedupes again.
        handled(run(delivery(dedupe.clone()).await, async |_| 200).await);
        duplicate(run(delivery(dedupe).await, never).await);
    }
}

#[tokio::test(start_paused = true)]
async fn going_on_without_a_store_does_not_do_what_is_done_or_in_progress() {
    let dedupe = Dedupe::new(Double::default()).dangerously_fail_open();
    let handler = async |_| {
        let inner = run(delivery(dedupe.clone()).await, never).await;
        refused(inner, RejectionKind::InProgress);
        200
    };
    handled(run(delivery(dedupe.clone()).await, handler).await);
    duplicate(run(delivery(dedupe).await, never).await);
}

#[tokio::test(start_paused = true)]
async fn a_completion_is_tried_again_until_it_is_written_and_holds_up_no_answer() {
    let mut store = Double::default();
    for fault in [Fault::Fails, Fault::Hangs, Fault::Fails, Fault::Hangs] {
        store = store.plan(Step::Complete, fault);
    }
    let begin = tokio::time::Instant::now();
    let answer = run(delivery(store.clone()).await, async |_| 201).await;
    assert_eq!(handled(answer), 201, "what the handler has done stands");
    assert_eq!(begin.elapsed(), Duration::from_secs(1), "one deadline");
    refused(
        run(delivery(store.clone()).await, never).await,
        RejectionKind::InProgress,
    );
    while store.count(Step::Complete) < 5 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(
        begin.elapsed() < Duration::from_secs(60),
        "within the lease"
    );
    assert_eq!(store.count(Step::Release), 0, "it was done");
    duplicate(run(delivery(store.clone()).await, never).await);
    tokio::time::sleep(HOUR).await;
    assert_eq!(store.count(Step::Complete), 5, "and then no more");
}

#[tokio::test(start_paused = true)]
async fn a_completion_goes_on_for_as_long_as_it_would_be_remembered() {
    let mut store = Double::default();
    for _ in 0..100_000 {
        store = store.plan(Step::Complete, Fault::Fails);
    }
    let dedupe = Dedupe::new(store.clone()).retention(HOUR);
    handled(run(delivery(dedupe).await, async |_| 200).await);
    tokio::time::sleep(HOUR / 2).await;
    let half = store.count(Step::Complete);
    tokio::time::sleep(HOUR / 2).await;
    let all = store.count(Step::Complete);
    // Every ten seconds at last.
    assert!((170..200).contains(&half), "{half}");
    assert!((350..380).contains(&all), "{all}");
    tokio::time::sleep(HOUR).await;
    assert!(store.count(Step::Complete) <= all + 1);
}

#[tokio::test]
async fn a_stale_completion_changes_neither_the_answer_nor_the_store() {
    let store = Double::default().plan(Step::Complete, Fault::Lost);
    assert_eq!(
        handled(run(delivery(store.clone()).await, async |_| 200).await),
        200
    );
    assert_eq!(
        store.asked(),
        [Step::Claim, Step::Complete],
        "not tried again"
    );
}

#[tokio::test(start_paused = true)]
async fn the_answer_does_not_wait_long_for_a_release() {
    for fault in [Fault::Fails, Fault::Hangs, Fault::Lost] {
        let store = Double::default().plan(Step::Release, fault);
        let answer = run(delivery(store.clone()).await, async |_| 500).await;
        assert_eq!(handled(answer), 500);
        assert_eq!(store.count(Step::Release), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_forged_request_never_touches_the_store() {
    let store = Double::default();
    let endpoint = stripe().name("shop").dedupe(store.clone());
    let genuine = signed(EVENT);
    let others = [
        "evt_1",
        "evt_2",
        "",
        "\\u0000",
        "' OR 1=1 --",
        "evt_1\\r\\nDEL *",
    ];
    for id in others {
        let body = format!(r#"{{"id":"{id}","type":"invoice.paid","forged":1}}"#);
        let forged = genuine.clone().with_body(body);
        for name in ["webhook-id", "x-github-delivery", "idempotency-key"] {
            let forged = forged.clone().with_header(name, "evt_1");
            assert!(receive(&endpoint, forged).await.is_err());
        }
    }
    for forged in [
        genuine.clone().without_header("stripe-signature"),
        genuine.clone().with_header("stripe-signature", "t=1,v1=00"),
        genuine.with_body(""),
    ] {
        assert!(receive(&endpoint, forged).await.is_err());
    }
    assert_eq!(store.asked(), []);
}
