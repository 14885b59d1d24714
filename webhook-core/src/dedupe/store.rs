//! The store: what it must do, and what it answers.

use std::collections::hash_map::RandomState;
use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::dedupe::key::DedupeKey;

/// Remembers events. Each method is one atomic step, and one round trip where there is a server.
///
/// An answer owns what it needs: it can be waited for elsewhere, after the request that asked is gone. What was asked may
/// be done although its answer is dropped.
///
/// Times are judged by the store's own clock where it has one, so that the clocks of the application's machines do not
/// matter. Every store must pass the acceptance suite of `webhook-store`, feature `testing`.
pub trait DedupeStore: Send + Sync + fmt::Debug {
    /// Claims an event for the length of the lease, unless it is done or somebody else's claim has not run out.
    ///
    /// The nonce is the claim's name, chosen by who asks: whoever got no answer can still [release](Self::release) what may
    /// have been claimed, and whoever asks again with the same nonce gets the same claim.
    ///
    /// A claim that ends much later than a lease from now was made by a clock that has been set back since. It is over.
    fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> StoreFuture<Claim>;

    /// Restarts the lease of a claim. A claim that the store has forgotten is made again.
    fn renew(&self, token: &ClaimToken, lease: Duration) -> StoreFuture<ClaimState>;

    /// The event is done, and is remembered for the length of the retention; also if the store had forgotten the claim.
    ///
    /// Comes before claims where a store is busy: what was acknowledged must be remembered.
    fn complete(&self, token: &ClaimToken, retention: Duration) -> StoreFuture<ClaimState>;

    /// Gives the claim back, because the event was not handled: it can be claimed again at once.
    fn release(&self, token: &ClaimToken) -> StoreFuture<ClaimState>;
}

/// One store for several endpoints, whose type need not be known.
impl<S: DedupeStore + ?Sized> DedupeStore for Arc<S> {
    fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> StoreFuture<Claim> {
        (**self).claim(key, nonce, lease)
    }

    fn renew(&self, token: &ClaimToken, lease: Duration) -> StoreFuture<ClaimState> {
        (**self).renew(token, lease)
    }

    fn complete(&self, token: &ClaimToken, retention: Duration) -> StoreFuture<ClaimState> {
        (**self).complete(token, retention)
    }

    fn release(&self, token: &ClaimToken) -> StoreFuture<ClaimState> {
        (**self).release(token)
    }
}

/// What a claim leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The event is ours until the lease runs out.
    New(ClaimToken),
    /// Another worker has it, and its lease has not run out. Ask again after about this time.
    InProgress(Duration),
    /// The event was handled before.
    Done,
}

/// Whether a claim was still valid when it was renewed, completed or released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimState {
    /// It was, or the store had forgotten the event and nobody has claimed it since. The operation was applied.
    Held,
    /// The event was completed before by this very claim, as a handler does in its own transaction. Nothing was changed.
    Done,
    /// It was not: the lease ran out, and another worker has claimed the event. Nothing was changed.
    Lost,
}

/// What tells one claim of an event from every other: a random number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Nonce(i64);

impl Nonce {
    /// One that nobody has used. Not a secret: it tells claims apart and gives no right.
    #[must_use]
    pub fn random() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        // Keys from the system's random numbers, and two processes that began as one still differ.
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u64(COUNT.fetch_add(1, Ordering::Relaxed));
        hasher.write_u32(std::process::id());
        Self(i64::from_ne_bytes(hasher.finish().to_ne_bytes()))
    }

    /// For stores: the number, for a column of 64 bits.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// For stores: the nonce that was written as this number.
impl From<i64> for Nonce {
    fn from(number: i64) -> Self {
        Self(number)
    }
}

/// The proof of one claim. A store knows the claim again by its key and nonce, so that an earlier holder can no longer
/// complete or release it. A later claim of the same event has a greater fence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimToken {
    key: DedupeKey,
    nonce: Nonce,
    fence: i64,
    attempt: u32,
}

impl ClaimToken {
    /// For stores: the claim of `key` by this nonce, with this fence, which is the `attempt`th, from 1, since the event was
    /// last unknown or done.
    #[must_use]
    pub const fn new(key: DedupeKey, nonce: Nonce, fence: i64, attempt: u32) -> Self {
        Self {
            key,
            nonce,
            fence,
            attempt,
        }
    }

    /// The event.
    #[must_use]
    pub const fn key(&self) -> &DedupeKey {
        &self.key
    }

    /// What the store knows the claim by.
    #[must_use]
    pub const fn nonce(&self) -> Nonce {
        self.nonce
    }

    /// A number that is greater for every later claim of the event: for places that know nothing of the store, which
    /// refuse what comes with a smaller one than they have seen.
    #[must_use]
    pub const fn fence(&self) -> i64 {
        self.fence
    }

    /// How often the event has been claimed, this time included: 1 for the first.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }
}

/// An answer of a store, there already or waited for.
pub struct StoreFuture<T>(State<T>);

enum State<T> {
    Ready(Option<Result<T, StoreError>>),
    Later(Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>),
}

impl<T> StoreFuture<T> {
    /// Had without waiting, and without an allocation.
    #[must_use]
    pub const fn ready(answer: Result<T, StoreError>) -> Self {
        Self(State::Ready(Some(answer)))
    }

    /// To be waited for.
    #[must_use]
    pub fn later(asking: impl Future<Output = Result<T, StoreError>> + Send + 'static) -> Self {
        Self(State::Later(Box::pin(asking)))
    }
}

impl<T: Unpin> Future for StoreFuture<T> {
    type Output = Result<T, StoreError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.get_mut().0 {
            State::Ready(answer) => match answer.take() {
                Some(answer) => Poll::Ready(answer),
                // Polled after it was done, which no executor does.
                None => Poll::Pending,
            },
            State::Later(asking) => asking.as_mut().poll(cx),
        }
    }
}

impl<T> fmt::Debug for StoreFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreFuture")
    }
}

/// Why a store could not answer.
#[derive(Debug)]
pub struct StoreError {
    cause: Box<dyn Error + Send + Sync>,
    may_be_taken: bool,
}

impl StoreError {
    /// An error with this cause, after which nobody knows whether the step was taken. It goes to logs, so it must not hold a
    /// password.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            cause: cause.into(),
            may_be_taken: true,
        }
    }

    /// A refusal with this cause: the step was certainly not taken, as by a store that is full or has too much to do.
    pub fn not_taken(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            may_be_taken: false,
            ..Self::new(cause)
        }
    }

    /// Whether the step may have been taken.
    pub(crate) const fn may_be_taken(&self) -> bool {
        self.may_be_taken
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the dedupe store does not answer")
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}
