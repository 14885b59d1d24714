//! The future of an answer, which goes on without its client.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::EitherBody;
use actix_web::dev::ServiceResponse;
use actix_web::rt;
use webhook_core::Endpoint;
use webhook_core::adapter::{Job, Rest, Spawn, Unbroken};

type Answer<B> = Result<ServiceResponse<EitherBody<B>>, Error>;
type Answering<B> = dyn Job<Output = Answer<B>>;

/// The answer of a [`WebhookService`](crate::WebhookService), while it is made.
///
/// Dropped before the request is verified, it is gone. Dropped later, as a server does when its client hangs up, it goes on
/// in a task of the worker until the event is handled, and the store knows it: see
/// [`Endpoint::join_detached`](webhook_core::Endpoint::join_detached).
#[must_use = "a future does nothing unless it is polled"]
pub struct ResponseFuture<B: 'static>(Unbroken<Answering<B>, Tasks>);

impl<B> ResponseFuture<B> {
    pub(crate) fn new(endpoint: Endpoint, job: impl Job<Output = Answer<B>> + 'static) -> Self {
        Self(Unbroken::new(endpoint, Box::pin(job)))
    }
}

impl<B> Future for ResponseFuture<B> {
    type Output = Answer<B>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<B> fmt::Debug for ResponseFuture<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseFuture")
    }
}

struct Tasks;

impl<B: 'static> Spawn<Answering<B>> for Tasks {
    fn spawn(rest: Rest<Answering<B>>) {
        spawn(rest);
    }
}

/// What is dropped where no worker of actix-web runs has nowhere to go on, and `rt::spawn` panics there: then an event is
/// given back, or its lease runs out. The calls are made while something is dropped, from where no panic may get out.
fn spawn(task: impl Future<Output = ()> + 'static) {
    let _ = catch_unwind(AssertUnwindSafe(|| rt::spawn(task)));
}
