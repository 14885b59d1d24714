//! Runs a handler once for each event.

#[cfg(feature = "tracing")]
use std::error::Error;
use std::pin::Pin;
use std::time::{Duration, Instant};

use crate::dedupe::held::{Asking, Claimed, Stopped};
use crate::dedupe::policy::WithoutStore;
use crate::dedupe::{Claim, DedupeKey, StoreError};
use crate::delivery::Delivery;
use crate::rejection::{Rejection, RejectionKind};
use crate::reply::Reply;

/// What an adapter lends to [`process`]: a clock, a timer, and a place for what must run on when a request is cancelled.
pub trait Runtime: Clone + Send + Sync + 'static {
    /// What time it is, by a clock that does not step and that goes with [`sleep`](Self::sleep).
    fn now(&self) -> Instant {
        Instant::now()
    }

    /// Waits for so long.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send;

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
/// What the handler has done is remembered: while the store cannot be told, it is told again, by
/// [`Runtime::spawn`] when the answer must not wait any longer. A handler whose lease can no longer be renewed is dropped
/// before somebody else can begin, by the clock of this process. A handler that has completed its own claim, as in a
/// transaction of its own, runs on for as long as it wants.
///
/// Only what waits can be dropped: a handler that blocks its thread, and work that it has given to another one
/// (`spawn_blocking`, a task of its own), go on. Such work checks the claim's fence, or completes in its own transaction.
///
/// An answer is judged by its head. A body that breaks off after a 2xx head does not change what was said: the event is
/// done.
///
/// # Errors
/// If the event is in progress elsewhere, or the store does not answer: 503, so that the sender tries again. If the
/// endpoint's [`Dedupe`](crate::dedupe::Dedupe) cannot work: 500, and a line at ERROR.
pub async fn process<T: Runtime, R, F: Future<Output = R>>(
    delivery: Delivery,
    runtime: T,
    handler: impl FnOnce(Delivery) -> F,
    succeeded: impl FnOnce(&R) -> bool,
) -> Result<Processed<R>, Rejection> {
    let Some(dedupe) = delivery.dedupe().cloned() else {
        return Ok(Processed::Handled(handler(delivery).await));
    };
    if let Err(reason) = dedupe.checked() {
        return Err(misconfigured(&delivery, reason));
    }
    let begun = runtime.now();
    let asking = Asking::new(dedupe.clone(), DedupeKey::of(&delivery), runtime.clone());
    let token = match asking.answer().await {
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
    let mut claimed = Claimed::new(dedupe, token, runtime);
    let working = handler(delivery.clone().with_claim(claimed.token().clone()));
    let answer = match claimed.hold_while(begun, working).await {
        Ok(answer) => answer,
        Err(Stopped::Lost) => return Err(log(&delivery, LOST, None)),
        Err(Stopped::NotRenewed) => return Err(log(&delivery, NOT_RENEWED, None)),
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

const NOT_RENEWED: Rejection = Rejection::new(
    RejectionKind::StoreUnavailable,
    "stopped before the lease runs out, for the store could not renew it",
);

fn misconfigured(delivery: &Delivery, reason: &'static str) -> Rejection {
    let rejection = Rejection::new(RejectionKind::Misconfigured, reason);
    #[cfg(feature = "tracing")]
    tracing::error!(target: "webhook", ?delivery, code = rejection.code(), "{reason}");
    #[cfg(not(feature = "tracing"))]
    let _ = delivery;
    rejection
}

/// Says what went wrong with the store, and why.
pub(super) fn log(
    delivery: &Delivery,
    rejection: Rejection,
    error: Option<&StoreError>,
) -> Rejection {
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

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use std::future::pending;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::dedupe::{Dedupe, DedupeStore, Held, Nonce, Storing, Token};
    use crate::endpoint::{Endpoint, Outcome};
    use crate::provider::github::{self, GitHub};
    use crate::testing::{Sign, Signer, receive};
    use crate::time::UnixTime;

    /// What it was asked for, and for how long.
    #[derive(Clone, Debug, Default)]
    struct Noted(Arc<Mutex<Vec<(&'static str, Duration)>>>);

    impl Noted {
        fn note<T>(&self, step: &'static str, length: Duration, answer: T) -> Storing<T> {
            self.0.lock().unwrap().push((step, length));
            Storing::ready(Ok(answer))
        }
    }

    impl DedupeStore for Noted {
        fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> Storing<Claim> {
            let token = Token::new(key.clone(), nonce, 1, 1);
            self.note("claim", lease, Claim::New(token))
        }

        fn renew(&self, _: &Token, lease: Duration) -> Storing<Held> {
            self.note("renew", lease, Held::Yes)
        }

        fn complete(&self, _: &Token, retention: Duration) -> Storing<Held> {
            self.note("complete", retention, Held::Yes)
        }

        fn release(&self, _: &Token) -> Storing<Held> {
            self.note("release", Duration::ZERO, Held::Yes)
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

    #[tokio::test]
    async fn an_event_is_claimed_for_the_lease_and_remembered_for_the_retention() {
        let (lease, retention) = (Duration::from_secs(77), Duration::from_secs(7777));
        for (succeeds, last) in [
            (true, ("complete", retention)),
            (false, ("release", Duration::ZERO)),
        ] {
            let store = Noted::default();
            let dedupe = Dedupe::new(store.clone()).lease(lease).retention(retention);
            let verifier = GitHub::new("It's a Secret to Everybody").unwrap();
            let endpoint = Endpoint::new(verifier).name("once").dedupe(dedupe);
            let signer = Signer::new(github::SCHEME, "It's a Secret to Everybody").unwrap();
            let request = signer.sign(b"{}", UnixTime::from_secs(0)).unwrap();
            let Ok(Outcome::Delivery(delivery)) = receive(&endpoint, request).await else {
                panic!("genuine");
            };
            let processed = process(delivery, Still, async |_| (), |()| succeeds).await;
            assert!(matches!(processed, Ok(Processed::Handled(()))));
            assert_eq!(*store.0.lock().unwrap(), [("claim", lease), last]);
        }
    }
}
