//! The store: what it must do, and what it answers.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::dedupe::DedupeKey;

/// Remembers events. Each method is one atomic step, and one round trip where there is a server.
///
/// Times are judged by the store's own clock where it has one, so that the clocks of the application's machines do not
/// matter. Every store must pass the acceptance suite of `webhook-store`, feature `testing`.
pub trait DedupeStore: Send + Sync + fmt::Debug {
    /// Claims an event for the length of the lease, unless it is done or somebody else's claim has not run out.
    fn claim<'a>(&'a self, key: &'a DedupeKey, lease: Duration) -> Storing<'a, Claim>;

    /// Lets the lease of a claim begin anew.
    fn renew<'a>(&'a self, token: &'a Token, lease: Duration) -> Storing<'a, Held>;

    /// The event is done, and is remembered for the length of the retention.
    fn complete<'a>(&'a self, token: &'a Token, retention: Duration) -> Storing<'a, Held>;

    /// The event was not done: the next claim finds it as it was before.
    fn release<'a>(&'a self, token: &'a Token) -> Storing<'a, Held>;
}

/// What a claim leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is ours until the lease runs out.
    New(Token),
    /// It is somebody's whose lease has not run out. Ask again after about this time.
    InProgress(Duration),
    /// It was done before.
    Done,
}

/// Whether a token still stood for its claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// It did, and what was asked is done.
    Yes,
    /// It did not: the lease had run out and somebody else has claimed the event since, or it is forgotten. Nothing was
    /// changed.
    Lost,
}

/// The proof of one claim. A later claim of the same event has a greater fence, so that the earlier holder can no longer
/// complete or release it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    key: DedupeKey,
    fence: i64,
    attempt: u32,
}

impl Token {
    /// For stores: the claim of `key` with this fence, which is the `attempt`th, from 1, since the event was last unknown
    /// or done.
    #[must_use]
    pub const fn new(key: DedupeKey, fence: i64, attempt: u32) -> Self {
        Self {
            key,
            fence,
            attempt,
        }
    }

    /// The event.
    #[must_use]
    pub const fn key(&self) -> &DedupeKey {
        &self.key
    }

    /// The number that tells this claim from every other of the event.
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
pub struct Storing<'a, T>(State<'a, T>);

enum State<'a, T> {
    Ready(Option<Result<T, StoreError>>),
    Later(Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>),
}

impl<'a, T> Storing<'a, T> {
    /// Had without waiting, and without an allocation.
    #[must_use]
    pub const fn ready(answer: Result<T, StoreError>) -> Self {
        Self(State::Ready(Some(answer)))
    }

    /// To be waited for.
    #[must_use]
    pub fn later(asking: impl Future<Output = Result<T, StoreError>> + Send + 'a) -> Self {
        Self(State::Later(Box::pin(asking)))
    }
}

impl<T: Unpin> Future for Storing<'_, T> {
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

impl<T> fmt::Debug for Storing<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Storing")
    }
}

/// Why a store could not answer. Whether the step was taken is unknown.
#[derive(Debug)]
pub struct StoreError(Box<dyn Error + Send + Sync>);

impl StoreError {
    /// An error with this cause. It goes to logs, so it must not hold a password.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the dedupe store does not answer")
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
