//! Runs a handler once for each event.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::adapter::arrival::{Arrival, Reported};
use crate::adapter::held::{Claimed, Claiming, Stopped, log};
use crate::adapter::runtime::{HandlerResponse, Runtime};
use crate::dedupe::{Claim, Dedupe, DedupeKey, OnStoreFailure, StoreError};
use crate::delivery::{Delivery, UnverifiedDelivery};
use crate::observe::Watch;
use crate::outcome::{Answer, Rejection, RejectionKind, Reply};

/// Calls the handler for a delivery unless its event is done or in progress. For adapters.
///
/// Without a store behind the endpoint, calls the handler. With one: claims the event; calls the handler with the delivery
/// that knows the claim, renewing the lease while it runs; completes the event if the answer [is a success](HandlerResponse::is_success), and releases it
/// otherwise, also when the handler panics or this future is dropped.
///
/// What the handler has done is remembered: while the store cannot be told, it is told again, by
/// [`Runtime::spawn`] when the answer must not wait any longer. A handler whose lease can no longer be renewed is dropped
/// before somebody else can begin, by the clock of this process; one that could not begin in time is not called. A handler that has completed its own claim, as in a
/// transaction of its own, runs on for as long as it wants.
///
/// Only what waits can be dropped: a handler that blocks its thread, and work that it has given to another one
/// (`spawn_blocking`, a task of its own), go on. Such work checks the claim's fence, or completes in its own transaction.
///
/// An answer is judged by its head. A body that breaks off after a 2xx head does not change what was said: the event is
/// done. An empty success becomes the [acknowledgement](Delivery::acknowledgement) that the sender demands, if it demands one.
///
/// # Errors
/// If the event was done before: the acknowledgement that its sender wants. If it is in progress elsewhere, or the store does
/// not answer: 503, so that the sender tries again. If the endpoint's [`Dedupe`](crate::dedupe::Dedupe) cannot work: 500.
/// The observers of the endpoint are told of each.
pub fn process<T: Runtime, R: HandlerResponse, F: Future<Output = R>>(
    arrival: impl Into<Arrival>,
    runtime: T,
    handler: impl FnOnce(Delivery) -> F,
) -> impl Future<Output = Result<R, Answer>> {
    let Arrival {
        delivery,
        mut watch,
    } = arrival.into();
    // No `async fn`: it would keep the place of the handler twice.
    watch.span().around(async move {
        let acknowledgement = delivery.acknowledgement().cloned();
        let response = match delivery.dedupe().cloned() {
            None => watched(&mut watch, handler(*delivery)).await,
            // In a place of its own: it is large, and a request that claims nothing would carry it along.
            Some(dedupe) => {
                let once = once(dedupe, &delivery, &mut watch, runtime, handler);
                match Box::pin(once).await {
                    Ok(response) => response,
                    Err(NotHandled { answer, fault }) => {
                        watch.answered_late(&delivery, &answer, fault);
                        return Err(answer);
                    }
                }
            }
        };
        let response = acknowledged(acknowledgement.as_ref(), response);
        let (status, error) = (response.status(), response.decode_error());
        watch.handled(response.is_success(), status, error);
        Ok(response)
    })
}

/// Calls the handler for a request that would be refused. Nothing is claimed, as nothing is known of its event. The answer is the
/// handler's own. The observers of the endpoint are told.
pub fn process_reported<R: HandlerResponse, F: Future<Output = R>>(
    reported: Reported,
    handler: impl FnOnce(UnverifiedDelivery) -> F,
) -> impl Future<Output = R> {
    let Reported {
        unverified,
        mut watch,
    } = reported;
    watch.span().around(async move {
        let response = watched(&mut watch, handler(*unverified)).await;
        watch.handled(response.is_success(), response.status(), None);
        response
    })
}

fn acknowledged<R: HandlerResponse>(acknowledgement: Option<&Reply>, response: R) -> R {
    match acknowledgement {
        Some(reply) if response.is_success() && response.is_empty() => {
            response.acknowledged_by(reply)
        }
        _ => response,
    }
}

/// Why the handler was not called, or was stopped.
struct NotHandled {
    answer: Answer,
    fault: Option<StoreError>,
}

impl From<Rejection> for NotHandled {
    fn from(rejection: Rejection) -> Self {
        Self {
            answer: rejection.into(),
            fault: None,
        }
    }
}

/// The handler's own answer, of an event that is claimed.
async fn once<T: Runtime, R: HandlerResponse, F: Future<Output = R>>(
    dedupe: Arc<Dedupe>,
    delivery: &Delivery,
    watch: &mut Watch,
    runtime: T,
    handler: impl FnOnce(Delivery) -> F,
) -> Result<R, NotHandled> {
    if let Err(reason) = dedupe.checked() {
        return Err(Rejection::new(RejectionKind::Misconfigured, reason).into());
    }
    let begun = runtime.now();
    let claiming = Claiming::new(dedupe.clone(), DedupeKey::of(delivery), runtime.clone());
    let token = match claiming.answer().await {
        Ok(Claim::New(token)) => token,
        Ok(Claim::InProgress(_)) => return Err(IN_PROGRESS.into()),
        Ok(Claim::Done) => {
            let acknowledgement = delivery.acknowledgement().cloned();
            let reply = acknowledgement.unwrap_or(Reply::empty(http::StatusCode::OK));
            return Err(NotHandled {
                answer: Answer::Duplicate(reply),
                fault: None,
            });
        }
        Err(error) if dedupe.on_store_failure() == OnStoreFailure::Proceed => {
            log(delivery, GOES_ON, Some(&error));
            return Ok(watched(watch, handler(delivery.clone())).await);
        }
        Err(error) => {
            return Err(NotHandled {
                answer: UNAVAILABLE.into(),
                fault: Some(error),
            });
        }
    };
    let mut claimed = Claimed::new(dedupe, token, runtime);
    // What a handler does as it is called, before it is first polled, must not come too late either.
    if !claimed.may_begin(begun) {
        return Err(log(delivery, TOO_LATE, None).into());
    }
    let working = handler(delivery.clone().with_claim(claimed.token().clone()));
    let working = pin!(watched(watch, working));
    let answer = match claimed.while_leased(begun, working).await {
        Ok(answer) => answer,
        Err(Stopped::Lost) => return Err(log(delivery, LOST, None).into()),
        Err(Stopped::NotRenewed) => return Err(log(delivery, NOT_RENEWED, None).into()),
    };
    if answer.is_success() {
        claimed.complete(delivery).await;
    } else {
        claimed.release().await;
    }
    Ok(answer)
}

const IN_PROGRESS: Rejection = Rejection::new(
    RejectionKind::InProgress,
    "the event is being processed elsewhere",
);

const UNAVAILABLE: Rejection = Rejection::new(
    RejectionKind::StoreUnavailable,
    "the dedupe store does not answer",
);

const GOES_ON: Rejection = Rejection::new(
    RejectionKind::StoreUnavailable,
    "processed without the dedupe store",
);

const TOO_LATE: Rejection = Rejection::new(
    RejectionKind::StoreUnavailable,
    "the lease was nearly over before the handler could begin, which was not called: does this process get enough time?",
);

const LOST: Rejection = Rejection::new(
    RejectionKind::InProgress,
    "lease lost: another worker took over, and this handler was cancelled",
);

const NOT_RENEWED: Rejection = Rejection::new(
    RejectionKind::StoreUnavailable,
    "the store could not renew the lease: this handler was cancelled before it ran out",
);

pin_project! {
    /// The handler's work, of which is known when it began and whether it runs at this moment. By hand: an `async fn` would keep the
    /// place of the work twice.
    struct Watched<'w, F> {
        watch: &'w mut Watch,
        #[pin]
        working: F,
    }
}

fn watched<F: Future>(watch: &mut Watch, working: F) -> Watched<'_, F> {
    watch.handler_begins();
    Watched { watch, working }
}

impl<F: Future> Future for Watched<'_, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.watch.handler_runs(true);
        let polled = this.working.poll(cx);
        this.watch.handler_runs(false);
        polled
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use std::cell::Cell;
    use std::future::pending;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{Arc, Mutex};
    use std::time::{Duration, Instant};

    use super::*;
    use crate::dedupe::{
        ClaimState, ClaimToken, Dedupe, DedupeStore, Nonce, StoreError, StoreFuture,
    };
    use crate::endpoint::Endpoint;
    use crate::provider::github::{self, GitHub};
    use crate::testing::{Sign, Signer, receive};
    use crate::time::UnixTime;
    use std::pin::Pin;

    /// What it was asked for, and for how long.
    #[derive(Clone, Debug, Default)]
    struct Noted(Arc<Mutex<Vec<(&'static str, Duration)>>>);

    impl Noted {
        fn note<T>(&self, step: &'static str, length: Duration, answer: T) -> StoreFuture<T> {
            self.0.lock().unwrap().push((step, length));
            StoreFuture::ready(Ok(answer))
        }
    }

    impl DedupeStore for Noted {
        fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> StoreFuture<Claim> {
            let token = ClaimToken::new(key.clone(), nonce, 1, 1);
            self.note("claim", lease, Claim::New(token))
        }

        fn renew(&self, _: &ClaimToken, lease: Duration) -> StoreFuture<ClaimState> {
            self.note("renew", lease, ClaimState::Held)
        }

        fn complete(&self, _: &ClaimToken, retention: Duration) -> StoreFuture<ClaimState> {
            self.note("complete", retention, ClaimState::Held)
        }

        fn release(&self, _: &ClaimToken) -> StoreFuture<ClaimState> {
            self.note("release", Duration::ZERO, ClaimState::Held)
        }
    }

    /// Whether the handler says that it has succeeded.
    struct Answered(bool);

    impl HandlerResponse for Answered {
        fn is_success(&self) -> bool {
            self.0
        }

        fn is_empty(&self) -> bool {
            true
        }

        fn acknowledged_by(self, _: &Reply) -> Self {
            self
        }
    }

    /// Time does not pass.
    #[derive(Clone)]
    struct Still;

    impl Runtime for Still {
        fn sleep(&self, _: Duration) -> impl Future<Output = ()> + Send {
            pending()
        }

        fn spawn(&self, _: Pin<Box<dyn Future<Output = ()> + Send>>) {}
    }

    /// Nothing runs for a lease between two looks at the clock.
    #[derive(Clone)]
    struct Stalled {
        started: Instant,
        lease: Duration,
        looks: Arc<AtomicU32>,
    }

    impl Runtime for Stalled {
        fn now(&self) -> Instant {
            self.started + self.lease * self.looks.fetch_add(1, Ordering::Relaxed)
        }

        fn sleep(&self, _: Duration) -> impl Future<Output = ()> + Send {
            pending()
        }

        fn spawn(&self, _: Pin<Box<dyn Future<Output = ()> + Send>>) {}
    }

    #[tokio::test]
    async fn a_handler_whose_lease_ran_out_before_it_could_begin_is_not_called() {
        let lease = Duration::from_secs(77);
        let endpoint = endpoint(Dedupe::new(Noted::default()).lease(lease));
        let stalled = Stalled {
            started: Instant::now(),
            lease,
            looks: Arc::default(),
        };
        let was_called = Cell::new(false);
        let processed = process(genuine(&endpoint).await, stalled, |_| {
            was_called.set(true);
            std::future::ready(Answered(true))
        });
        let refused = processed.await.err().map(|answer| answer.code());
        assert_eq!(refused, Some("store_unavailable"));
        assert!(!was_called.get(), "what it does before it is first polled");
    }

    fn endpoint(dedupe: Dedupe) -> Endpoint {
        let verifier = GitHub::new("It's a Secret to Everybody").unwrap();
        Endpoint::new(verifier).name("once").dedupe(dedupe)
    }

    async fn genuine(endpoint: &Endpoint) -> Delivery {
        let signer = Signer::new(github::SCHEME, "It's a Secret to Everybody").unwrap();
        let request = signer.sign(b"{}", UnixTime::from_secs(0)).unwrap();
        let Ok(delivery) = receive(endpoint, request).await else {
            panic!("genuine");
        };
        delivery
    }

    #[tokio::test]
    async fn an_event_is_claimed_for_the_lease_and_remembered_for_the_retention() {
        let (lease, retention) = (Duration::from_secs(77), Duration::from_secs(7777));
        for (succeeds, last) in [
            (true, ("complete", retention)),
            (false, ("release", Duration::ZERO)),
        ] {
            let store = Noted::default();
            let dedupe = Dedupe::new(store.clone()).lease(lease).retention(retention);
            let delivery = genuine(&endpoint(dedupe)).await;
            let processed = process(delivery, Still, async |_| Answered(succeeds)).await;
            assert!(processed.is_ok());
            assert_eq!(*store.0.lock().unwrap(), [("claim", lease), last]);
        }
    }

    /// It claims, and cannot be told what is done.
    #[derive(Debug)]
    struct Forgetful;

    impl DedupeStore for Forgetful {
        fn claim(&self, key: &DedupeKey, nonce: Nonce, _: Duration) -> StoreFuture<Claim> {
            let token = ClaimToken::new(key.clone(), nonce, 1, 1);
            StoreFuture::ready(Ok(Claim::New(token)))
        }

        fn renew(&self, _: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
            StoreFuture::ready(Ok(ClaimState::Held))
        }

        fn complete(&self, _: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
            StoreFuture::ready(Err(StoreError::new("down")))
        }

        fn release(&self, _: &ClaimToken) -> StoreFuture<ClaimState> {
            StoreFuture::ready(Ok(ClaimState::Held))
        }
    }

    type Spawned = Pin<Box<dyn Future<Output = ()> + Send>>;

    /// Who sleeps wakes at once, that much later. What is spawned waits for the test.
    #[derive(Clone)]
    struct Leaping {
        now: Arc<Mutex<Instant>>,
        slept: Arc<Mutex<Vec<Duration>>>,
        spawned: Arc<Mutex<Vec<Spawned>>>,
    }

    impl Runtime for Leaping {
        fn now(&self) -> Instant {
            *self.now.lock().unwrap()
        }

        fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send {
            let it = self.clone();
            async move {
                *it.now.lock().unwrap() += time;
                it.slept.lock().unwrap().push(time);
            }
        }

        fn spawn(&self, task: Spawned) {
            self.spawned.lock().unwrap().push(task);
        }
    }

    /// Each pause is twice as long as the one before, up to ten seconds, for as long as the event would be remembered.
    #[tokio::test]
    async fn a_store_that_is_away_is_told_again_and_again() {
        let secs = Duration::from_secs;
        let dedupe = Dedupe::new(Forgetful).lease(secs(30)).retention(secs(60));
        let dedupe = dedupe.store_timeout(secs(2));
        let delivery = genuine(&endpoint(dedupe)).await;
        let leaping = Leaping {
            now: Arc::new(Mutex::new(Instant::now())),
            slept: Arc::default(),
            spawned: Arc::default(),
        };
        let processed = process(delivery, leaping.clone(), async |_| Answered(true)).await;
        assert!(processed.is_ok(), "what is done is done");
        leaping.slept.lock().unwrap().clear();
        let [telling]: [Spawned; 1] = std::mem::take(&mut *leaping.spawned.lock().unwrap())
            .try_into()
            .ok()
            .unwrap();
        telling.await;
        let slept = leaping.slept.lock().unwrap();
        let slept: Vec<u128> = slept.iter().map(Duration::as_millis).collect();
        let wanted = [
            200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000, 10_000, 10_000,
        ];
        assert_eq!(slept, wanted);
    }
}
