//! The store: what it must do, and what it answers.

use std::cell::Cell;
use std::collections::hash_map::{DefaultHasher, RandomState};
use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

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
    ///
    /// Each thread has a key of its own, made when it asks first, and asks the system for nothing but the time after that: a process
    /// that is copied by `fork` has the same key and the same count, and chooses others, unless both ask in the same nanosecond.
    #[must_use]
    pub fn random() -> Self {
        thread_local! {
            static NONCES: Nonces = Nonces::new();
        }
        NONCES.with(Nonces::next)
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

/// The nonces of one thread: their number and the time, hashed with a key that nobody knows, so that no two threads count alike, nor a
/// process and its copy.
struct Nonces {
    keyed: DefaultHasher,
    count: Cell<u64>,
}

impl Nonces {
    fn new() -> Self {
        // From the system's random numbers. Threads of two processes that began as one may have the same ones.
        let mut keyed = RandomState::new().build_hasher();
        keyed.write_u64(u64::from(std::process::id()));
        let count = Cell::new(0);
        Self { keyed, count }
    }

    fn next(&self) -> Nonce {
        let count = self.count.get();
        self.count.set(count.wrapping_add(1));
        let mut hasher = self.keyed.clone();
        hasher.write_u64(count);
        Instant::now().hash(&mut hasher);
        Nonce(i64::from_ne_bytes(hasher.finish().to_ne_bytes()))
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread;

    use super::*;

    #[test]
    fn no_two_nonces_are_the_same_in_one_thread_or_in_several() {
        const EACH: usize = 1_000;
        let choose = || (0..EACH).map(|_| Nonce::random()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..8).map(|_| thread::spawn(choose)).collect();
        let chosen = threads.into_iter().map(|thread| thread.join().unwrap());
        let distinct: HashSet<Nonce> = chosen.flatten().chain(choose()).collect();
        assert_eq!(distinct.len(), 9 * EACH);
    }

    #[test]
    fn a_copy_of_a_process_chooses_other_nonces() {
        let nonces = Nonces::new();
        let copy = Nonces {
            keyed: nonces.keyed.clone(),
            count: nonces.count.clone(),
        };
        // Two clocks may be read in the same moment, but not always.
        let differs = |_| nonces.next() != copy.next();
        assert!((0..1_000).any(differs));
    }

    /// Stores keep some of the bits: each says something.
    #[test]
    fn every_bit_of_a_nonce_is_set_in_some_and_not_in_others() {
        let chosen: Vec<i64> = (0..200).map(|_| Nonce::random().get()).collect();
        let set = chosen.iter().fold(0, |set, nonce| set | nonce);
        let unset = chosen.iter().fold(0, |unset, nonce| unset | !nonce);
        assert_eq!((set, unset), (-1, -1));
    }
}
