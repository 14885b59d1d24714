//! A claim from the question for it to its end.

#[cfg(feature = "tracing")]
use std::error::Error;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::adapter::runtime::Runtime;
use crate::dedupe::{
    Claim, ClaimState, ClaimToken, Dedupe, DedupeKey, Nonce, StoreError, StoreFuture,
};
use crate::delivery::Delivery;
use crate::outcome::{Rejection, RejectionKind};

/// A claim that was asked for. If nobody hears the answer, what was claimed is given back.
pub(super) struct Claiming<T: Runtime> {
    dedupe: Arc<Dedupe>,
    /// What the claim is known by, whatever the answer.
    token: ClaimToken,
    runtime: T,
    asked: Option<StoreFuture<Claim>>,
}

impl<T: Runtime> Claiming<T> {
    pub(super) fn new(dedupe: Arc<Dedupe>, key: DedupeKey, runtime: T) -> Self {
        let nonce = Nonce::random();
        let asked = dedupe.store.claim(&key, nonce, dedupe.lease_length());
        Self {
            token: ClaimToken::new(key, nonce, 0, 1),
            asked: Some(asked),
            dedupe,
            runtime,
        }
    }

    pub(super) async fn answer(mut self) -> Result<Claim, StoreError> {
        let Some(asked) = self.asked.as_mut() else {
            return Err(late());
        };
        let time = self.runtime.sleep(self.dedupe.longest_wait());
        let answer = match first(asked, time).await {
            First::This(answer) => answer,
            // Dropped now, which awaits the answer where nobody waits for us.
            First::Other(()) => return Err(late()),
        };
        self.asked = None;
        if let Err(error) = &answer {
            if error.may_be_taken() {
                let (dedupe, token) = (self.dedupe.clone(), self.token.clone());
                self.runtime
                    .spawn(Box::pin(give_back(dedupe, token, self.runtime.clone())));
            }
        }
        answer
    }
}

impl<T: Runtime> Drop for Claiming<T> {
    fn drop(&mut self) {
        let Some(asked) = self.asked.take() else {
            return;
        };
        let (dedupe, token, runtime) = (
            self.dedupe.clone(),
            self.token.clone(),
            self.runtime.clone(),
        );
        self.runtime.spawn(Box::pin(async move {
            let lease = runtime.sleep(dedupe.lease_length());
            let may_be_ours = match first(asked, lease).await {
                First::This(Ok(claim)) => matches!(claim, Claim::New(_)),
                First::This(Err(error)) => error.may_be_taken(),
                First::Other(()) => true,
            };
            if may_be_ours {
                give_back(dedupe, token, runtime).await;
            }
        }));
    }
}

/// If it fails, the lease runs out by itself.
async fn give_back<T: Runtime>(dedupe: Arc<Dedupe>, token: ClaimToken, runtime: T) {
    let lease = runtime.sleep(dedupe.lease_length());
    let releasing = dedupe.store.release(&token);
    let _ = first(releasing, lease).await;
}

/// Why a handler was dropped.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stopped {
    /// Somebody else has the claim.
    Lost,
    /// Somebody else could have it soon.
    NotRenewed,
}

/// A claim that is released when it goes away without having been completed.
pub(super) struct Claimed<T: Runtime> {
    dedupe: Arc<Dedupe>,
    token: ClaimToken,
    runtime: T,
    is_over: bool,
}

impl<T: Runtime> Claimed<T> {
    pub(super) const fn new(dedupe: Arc<Dedupe>, token: ClaimToken, runtime: T) -> Self {
        Self {
            dedupe,
            token,
            runtime,
            is_over: false,
        }
    }

    pub(super) const fn token(&self) -> &ClaimToken {
        &self.token
    }

    /// Whether the lease that was asked for at `begun` leaves time to begin: a process may have been stalled since.
    pub(super) fn may_begin(&self, begun: Instant) -> bool {
        self.runtime.now() < ends(begun, self.dedupe.lease_length())
    }

    /// The handler's answer, unless it must be stopped. The claim was asked for at `begun`, and holds from then on at least.
    pub(super) async fn while_leased<R>(
        &mut self,
        begun: Instant,
        mut working: Pin<&mut impl Future<Output = R>>,
    ) -> Result<R, Stopped> {
        let lease = self.dedupe.lease_length();
        let mut end = ends(begun, lease);
        let mut renewed = after(begun, lease / 3);
        loop {
            let now = self.runtime.now();
            let time = renewed.min(end).saturating_duration_since(now);
            let time = self.runtime.sleep(time);
            let on_time = self.until(end, working.as_mut());
            if let First::This(answer) = first(on_time, time).await {
                return answer.ok_or(Stopped::NotRenewed);
            }
            let sent = self.runtime.now();
            let most = end
                .saturating_duration_since(sent)
                .min(self.dedupe.longest_wait());
            let renewing = self.dedupe.store.renew(&self.token, lease);
            let renewing = in_time(&self.runtime, most, renewing);
            let on_time = self.until(end, working.as_mut());
            match first(on_time, renewing).await {
                First::This(answer) => return answer.ok_or(Stopped::NotRenewed),
                First::Other(Ok(ClaimState::Lost)) => return Err(Stopped::Lost),
                // By the handler itself, which nobody else can begin again.
                First::Other(Ok(ClaimState::Done)) => {
                    self.is_over = true;
                    return Ok(working.await);
                }
                First::Other(Ok(ClaimState::Held)) => {
                    end = ends(sent, lease);
                    renewed = after(sent, lease / 3);
                }
                // It may do so soon.
                First::Other(Err(_)) => renewed = after(self.runtime.now(), lease / 12),
            }
        }
    }

    /// Looks at the clock before every step, so that one that comes too late is not taken.
    async fn until<F: Future>(&self, end: Instant, mut working: Pin<&mut F>) -> Option<F::Output> {
        poll_fn(|cx| match self.runtime.now() < end {
            true => working.as_mut().poll(cx).map(Some),
            false => Poll::Ready(None),
        })
        .await
    }

    /// What is done is done: the sender is told so even if the store could not be, which is told until it knows.
    pub(super) async fn complete(mut self, delivery: &Delivery) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        let retention = self.dedupe.retention_length();
        let store = &self.dedupe.store;
        let most = after(self.runtime.now(), self.dedupe.longest_wait());
        let mut pause = self.dedupe.longest_wait() / 20;
        loop {
            let mut completing = store.complete(&self.token, retention);
            let left = most.saturating_duration_since(self.runtime.now());
            let time = self.runtime.sleep(left);
            let (error, asked) = match first(&mut completing, time).await {
                First::This(Ok(held)) => return recorded(delivery, held),
                First::This(Err(error)) => (error, None),
                First::Other(()) => (late(), Some(completing)),
            };
            if asked.is_some() || after(self.runtime.now(), pause) >= most {
                log(delivery, NOT_RECORDED, Some(&error));
                return self.complete_later(delivery.clone(), asked);
            }
            self.runtime.sleep(pause).await;
            pause *= 2;
        }
    }

    /// For as long as it would be remembered.
    fn complete_later(&self, delivery: Delivery, asked: Option<StoreFuture<ClaimState>>) {
        let (dedupe, token) = (self.dedupe.clone(), self.token.clone());
        let runtime = self.runtime.clone();
        self.runtime.spawn(Box::pin(async move {
            let retention = dedupe.retention_length();
            let end = after(runtime.now(), retention);
            let mut pause = (dedupe.longest_wait() / 10).min(LONGEST_PAUSE);
            let mut asked = asked;
            while runtime.now() < end {
                let completing = asked
                    .take()
                    .unwrap_or_else(|| dedupe.store.complete(&token, retention));
                let most = dedupe.longest_wait().max(dedupe.lease_length() / 6);
                if let Ok(held) = in_time(&runtime, most, completing).await {
                    return recorded(&delivery, held);
                }
                runtime.sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }));
    }

    /// If it fails, the lease runs out by itself.
    pub(super) async fn release(mut self) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        let mut releasing = self.dedupe.store.release(&self.token);
        let time = self.runtime.sleep(self.dedupe.longest_wait());
        if let First::Other(()) = first(&mut releasing, time).await {
            let (lease, runtime) = (self.dedupe.lease_length(), self.runtime.clone());
            self.runtime.spawn(Box::pin(async move {
                let _ = in_time(&runtime, lease, releasing).await;
            }));
        }
    }
}

impl<T: Runtime> Drop for Claimed<T> {
    fn drop(&mut self) {
        if !self.is_over {
            let (dedupe, token) = (self.dedupe.clone(), self.token.clone());
            let runtime = self.runtime.clone();
            self.runtime
                .spawn(Box::pin(give_back(dedupe, token, runtime)));
        }
    }
}

/// Between two attempts to complete, while the store is away for long.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

const NOT_RECORDED: Rejection = Rejection::new(
    RejectionKind::StoreUnavailable,
    "processed, and the store could not be told yet: it is being told",
);

const STALE: Rejection = Rejection::new(
    RejectionKind::InProgress,
    "processed, but the lease had run out and somebody else had begun",
);

fn recorded(delivery: &Delivery, held: ClaimState) {
    if held == ClaimState::Lost {
        log(delivery, STALE, None);
    }
}

/// Until when a handler may work: before somebody else can begin, also if one of the clocks is not quite right.
fn ends(begun: Instant, lease: Duration) -> Instant {
    after(begun, lease - lease / 6)
}

/// This much later, or thirty years later if that is sooner: no clock counts any further.
fn after(time: Instant, length: Duration) -> Instant {
    const LONGEST: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
    time.checked_add(length.min(LONGEST)).unwrap_or(time)
}

fn late() -> StoreError {
    StoreError::new("no answer in time")
}

async fn in_time<A: Unpin>(
    runtime: &impl Runtime,
    most: Duration,
    answer: StoreFuture<A>,
) -> Result<A, StoreError> {
    match first(answer, runtime.sleep(most)).await {
        First::This(answer) => answer,
        First::Other(()) => Err(late()),
    }
}

enum First<A, B> {
    This(A),
    Other(B),
}

/// What is done first; this one if both are.
async fn first<A: Future, B: Future>(this: A, other: B) -> First<A::Output, B::Output> {
    let (mut this, mut other) = (pin!(this), pin!(other));
    poll_fn(|cx| match this.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(First::This(done)),
        Poll::Pending => other.as_mut().poll(cx).map(First::Other),
    })
    .await
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
mod tests {
    use super::*;

    /// Not every clock counts to the end of a `Duration`.
    #[test]
    fn nothing_is_later_than_in_thirty_years() {
        const YEARS: u64 = 946_080_000;
        let now = Instant::now();
        for (secs, wanted) in [
            (0, 0),
            (60, 60),
            (YEARS - 1, YEARS - 1),
            (YEARS + 1, YEARS),
            (u64::MAX, YEARS),
        ] {
            let later = after(now, Duration::from_secs(secs));
            assert_eq!(later - now, Duration::from_secs(wanted), "{secs}");
        }
    }
}
