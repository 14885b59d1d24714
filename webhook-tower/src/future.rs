//! The future of an answer, and the runtime on which it goes on without its client.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use webhook_core::Endpoint;
use webhook_core::dedupe::Runtime;
use webhook_core::unbroken::{Job, Rest, Spawn, Unbroken};

type Answering<R, E> = dyn Job<Output = Result<R, E>> + Send;

/// The answer of a [`WebhookService`](crate::WebhookService), while it is made.
///
/// Dropped before the request is verified, it is gone. Dropped later, as a server does when its client hangs up, it goes on
/// in a task of tokio until the event is handled, and the store knows it: see
/// [`Endpoint::join_detached`](webhook_core::Endpoint::join_detached).
#[must_use = "a future does nothing unless it is polled"]
pub struct ResponseFuture<R: 'static, E: 'static>(Unbroken<Answering<R, E>, Tasks>);

impl<R, E> ResponseFuture<R, E> {
    pub(crate) fn new(
        endpoint: Endpoint,
        job: impl Job<Output = Result<R, E>> + Send + 'static,
    ) -> Self {
        Self(Unbroken::new(endpoint, Box::pin(job)))
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

struct Tasks;

impl<R: 'static, E: 'static> Spawn<Answering<R, E>> for Tasks {
    fn spawn(rest: Rest<Answering<R, E>>) {
        // None while the process ends: then the event is given back when the rest is dropped, or when its lease runs out.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(rest);
        }
    }
}

/// Where tasks and timers of this stack run.
#[derive(Clone)]
pub(crate) struct Tokio(pub(crate) Endpoint);

impl Runtime for Tokio {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> {
        tokio::time::sleep(time)
    }

    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        // None while the process ends: then the lease runs out by itself.
        if let Ok(runtime) = Handle::try_current() {
            let detached = self.0.detach();
            runtime.spawn(async move {
                task.await;
                drop(detached);
            });
        }
    }
}
