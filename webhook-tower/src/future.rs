//! The future of an answer.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use webhook_core::adapter::{Job, Tokio, Unbroken};

/// The answer of a [`WebhookService`](crate::WebhookService), while it is made.
///
/// Dropped before the request is verified, it is gone. Dropped later, as a server does when its client hangs up, it goes on
/// in a task of tokio until the event is handled, and the store knows it: see
/// [`Endpoint::join_detached`](webhook_core::Endpoint::join_detached).
#[must_use = "a future does nothing unless it is polled"]
pub struct ResponseFuture<R: 'static, E: 'static>(Inner<R, E>);

type Inner<R, E> = Unbroken<dyn Job<Output = Result<R, E>> + Send, Tokio>;

impl<R, E> ResponseFuture<R, E> {
    pub(crate) const fn new(inner: Inner<R, E>) -> Self {
        Self(inner)
    }
}

impl<R, E> Future for ResponseFuture<R, E> {
    type Output = Result<R, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<R, E> fmt::Debug for ResponseFuture<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseFuture")
    }
}
