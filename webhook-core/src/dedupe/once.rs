//! Runs a handler once for each event.

#[cfg(feature = "tracing")]
use std::error::Error;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crate::dedupe::policy::WithoutStore;
use crate::dedupe::{Claim, Dedupe, DedupeKey, Held, StoreError, Storing, Token};
use crate::delivery::Delivery;
use crate::rejection::{Rejection, RejectionKind};
use crate::reply::Reply;

/// What an adapter lends to [`process`]: a timer, and a place for what must run on when a request is cancelled.
pub trait Runtime {
    /// Waits for so long.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()>;

    /// Runs this to its end, whatever becomes of the request.
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>);
}

/// What became of a delivery.
#[derive(Debug)]
pub enum Processed<R> {
    /// The handler was called, and this is its answer.
    Handled(R),
    /// The event was done before: the acknowledgement that its sender wants. Marked with [`DUPLICATE`].
    Duplicate(Reply),
}

/// The header of the answer to an event that was done before.
pub const DUPLICATE: (&str, &str) = ("webhook-duplicate", "true");

/// Calls the handler for a delivery unless its event is done or in progress. For adapters.
///
/// Without a store behind the endpoint, calls the handler. With one: claims the event; calls the handler with the delivery
/// that knows the claim, renewing the lease while it runs; completes the event if `succeeded` says so, and releases it
/// otherwise, also when the handler panics or this future is dropped.
///
/// # Errors
/// If the event is in progress elsewhere, or the store does not answer: 503, so that the sender tries again.
pub async fn process<T: Runtime, R, F: Future<Output = R>>(
    delivery: Delivery,
    runtime: T,
    handler: impl FnOnce(Delivery) -> F,
    succeeded: impl FnOnce(&R) -> bool,
) -> Result<Processed<R>, Rejection> {
    let Some(dedupe) = delivery.dedupe().cloned() else {
        return Ok(Processed::Handled(handler(delivery).await));
    };
    let key = DedupeKey::of(&delivery);
    let claim = dedupe.store.claim(&key, dedupe.lease_length());
    let token = match in_time(&runtime, &dedupe, claim).await {
        Ok(Claim::New(token)) => token,
        Ok(Claim::InProgress(_)) => return Err(log(&delivery, IN_PROGRESS, None)),
        Ok(Claim::Done) => {
            #[cfg(feature = "tracing")]
            tracing::debug!(target: "webhook", ?delivery, "duplicate acknowledged");
            let acknowledgement = delivery.acknowledgement().cloned();
            let reply = acknowledgement.unwrap_or(Reply::empty(http::StatusCode::OK));
            return Ok(Processed::Duplicate(reply));
        }
        Err(error) if dedupe.without_store() == WithoutStore::GoOn => {
            log(&delivery, GOES_ON, Some(&error));
            return Ok(Processed::Handled(handler(delivery).await));
        }
        Err(error) => return Err(log(&delivery, UNAVAILABLE, Some(&error))),
    };
    let claimed = Claimed::new(dedupe, token, runtime);
    let working = handler(delivery.clone().with_claim(claimed.token.clone()));
    let Some(answer) = claimed.hold_while(working).await else {
        return Err(log(&delivery, LOST, None));
    };
    if succeeded(&answer) {
        claimed.complete(&delivery).await;
    } else {
        claimed.release().await;
    }
    Ok(Processed::Handled(answer))
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

const LOST: Rejection = Rejection::new(
    RejectionKind::InProgress,
    "stopped, for the lease ran out and somebody else has begun",
);

const NOT_RECORDED: Rejection = Rejection::new(
    RejectionKind::StoreUnavailable,
    "processed, but the store could not be told",
);

const STALE: Rejection = Rejection::new(
    RejectionKind::InProgress,
    "processed, but the lease had run out and somebody else had begun",
);

/// Says what went wrong with the store, and why.
fn log(delivery: &Delivery, rejection: Rejection, error: Option<&StoreError>) -> Rejection {
    #[cfg(feature = "tracing")]
    tracing::warn!(
        target: "webhook",
        ?delivery,
        code = rejection.code(),
        error = error.and_then(Error::source),
        "{}",
        rejection.reason()
    );
    #[cfg(not(feature = "tracing"))]
    let _ = (delivery, error);
    rejection
}

/// How often the store is told that an event is done before that is given up.
const COMPLETIONS: usize = 3;

/// A claim that is released when it goes away without having been completed.
struct Claimed<T: Runtime> {
    dedupe: Arc<Dedupe>,
    token: Token,
    runtime: T,
    is_over: bool,
}

impl<T: Runtime> Claimed<T> {
    fn new(dedupe: Arc<Dedupe>, token: Token, runtime: T) -> Self {
        Self {
            dedupe,
            token,
            runtime,
            is_over: false,
        }
    }

    /// The handler's answer; `None` if the claim was lost while it ran: then it is stopped, for somebody else has begun.
    async fn hold_while<R>(&self, working: impl Future<Output = R>) -> Option<R> {
        let lease = self.dedupe.lease_length();
        let mut working = pin!(working);
        loop {
            let time = self.runtime.sleep(lease / 3);
            if let First::This(answer) = first(working.as_mut(), time).await {
                return Some(answer);
            }
            let renewing = self.dedupe.store.renew(&self.token, lease);
            match first(working.as_mut(), self.in_time(renewing)).await {
                First::This(answer) => return Some(answer),
                First::Other(Ok(Held::Lost)) => return None,
                // A store that does not answer now may do so at the next third of the lease.
                First::Other(Ok(Held::Yes) | Err(_)) => {}
            }
        }
    }

    /// What is done is done: the sender is told so even if the store could not be.
    async fn complete(mut self, delivery: &Delivery) {
        self.is_over = true;
        let retention = self.dedupe.retention_length();
        let mut failed = None;
        for _ in 0..COMPLETIONS {
            let completing = self.dedupe.store.complete(&self.token, retention);
            match (self.in_time(completing).await, &failed) {
                (Ok(Held::Lost), None) => {
                    log(delivery, STALE, None);
                    return;
                }
                // Lost after a failure: what failed to answer has been done, or the lease has run out since.
                (Ok(_), _) => return,
                (Err(error), _) => failed = Some(error),
            }
        }
        log(delivery, NOT_RECORDED, failed.as_ref());
    }

    /// If it fails, the lease runs out by itself.
    async fn release(mut self) {
        self.is_over = true;
        let releasing = self.dedupe.store.release(&self.token);
        let _ = self.in_time(releasing).await;
    }

    async fn in_time<A: Unpin>(&self, answer: Storing<'_, A>) -> Result<A, StoreError> {
        in_time(&self.runtime, &self.dedupe, answer).await
    }
}

impl<T: Runtime> Drop for Claimed<T> {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let (store, token) = (self.dedupe.store.clone(), self.token.clone());
        self.runtime.spawn(Box::pin(async move {
            // If it fails, the lease runs out by itself.
            let _ = store.release(&token).await;
        }));
    }
}

async fn in_time<A: Unpin>(
    runtime: &impl Runtime,
    dedupe: &Dedupe,
    answer: Storing<'_, A>,
) -> Result<A, StoreError> {
    let time = runtime.sleep(dedupe.longest_wait());
    match first(pin!(answer), time).await {
        First::This(answer) => answer,
        First::Other(()) => Err(StoreError::new("no answer in time")),
    }
}

enum First<A, B> {
    This(A),
    Other(B),
}

/// What is done first; this one if both are.
async fn first<A: Future, B: Future>(
    mut this: Pin<&mut A>,
    other: B,
) -> First<A::Output, B::Output> {
    let mut other = pin!(other);
    poll_fn(|cx| match this.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(First::This(done)),
        Poll::Pending => other.as_mut().poll(cx).map(First::Other),
    })
    .await
}
