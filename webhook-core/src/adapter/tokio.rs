//! The runtime that most frameworks stand on.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::runtime::Handle;

use crate::adapter::arrival::Arrival;
use crate::adapter::process::process;
use crate::adapter::runtime::{HandlerResponse, Runtime};
use crate::adapter::unbroken::{Job, Rest, Spawn, Unbroken, stages};
use crate::adapter::verify::{BodyError, verify};
use crate::delivery::Delivery;
use crate::endpoint::Endpoint;
use crate::outcome::Answer;
use crate::request::RequestHead;

/// Timers and tasks of tokio, for the requests to an endpoint. Feature `tokio`.
///
/// What must run on while no runtime of tokio is there, as when the process ends, is dropped: then an event is given back, or its lease
/// runs out.
#[derive(Clone, Debug)]
pub struct Tokio(Endpoint);

impl Tokio {
    /// For requests to this endpoint: [`join_detached`](Endpoint::join_detached) waits for what runs on.
    #[must_use]
    pub const fn new(endpoint: Endpoint) -> Self {
        Self(endpoint)
    }

    /// The endpoint.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.0
    }

    /// The future of an answer: `verifying` may be dropped, and ends it if it returns an answer, as an error. `handle` makes
    /// of its result what goes on in a task when it is dropped.
    pub fn run<V, F, H, X, R>(
        &self,
        verifying: V,
        handle: F,
    ) -> Unbroken<dyn Job<Output = R> + Send, Self>
    where
        V: Future<Output = Result<X, R>> + Send + 'static,
        F: FnOnce(X) -> H + Send + 'static,
        H: Future<Output = R> + Send + 'static,
        X: 'static,
        R: 'static,
    {
        Unbroken::new(self.0.clone(), Box::pin(stages(verifying, handle)))
    }
}

impl Tokio {
    /// A whole request: [verified](verify()), then [processed](process()) by the handler, which outlives its client. `head` borrows
    /// the head from the request, `next_frame` polls its body, and `respond` makes a response of what the library answers by
    /// itself.
    pub fn serve<X, F, E, C, H, R>(
        &self,
        request: X,
        head: impl for<'a> FnOnce(&'a X) -> RequestHead<'a> + Send + 'static,
        next_frame: F,
        handler: C,
        respond: fn(Answer) -> R,
    ) -> Unbroken<dyn Job<Output = R> + Send, Self>
    where
        X: Send + Sync + 'static,
        F: FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, E>>> + Send + 'static,
        E: Into<BodyError> + 'static,
        C: FnOnce(Delivery, X) -> H + Send + 'static,
        H: Future<Output = R> + Send + 'static,
        R: HandlerResponse + Send + 'static,
    {
        let (runtime, own) = (self.clone(), self.clone());
        let verifying = async move {
            let verified = verify(&own.0, &own, &head(&request), next_frame).await;
            match verified {
                Ok(arrival) => Ok((arrival, request)),
                Err(answer) => Err(respond(answer)),
            }
        };
        let handle = move |(arrival, request): (Arrival, X)| async move {
            let call = |delivery| handler(delivery, request);
            process(arrival, runtime, call)
                .await
                .unwrap_or_else(respond)
        };
        self.run(verifying, handle)
    }
}

impl Runtime for Tokio {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(time)
    }

    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        if let Ok(runtime) = Handle::try_current() {
            let detached = self.0.detach();
            runtime.spawn(async move {
                task.await;
                drop(detached);
            });
        }
    }
}

impl<R: 'static> Spawn<dyn Job<Output = R> + Send> for Tokio {
    fn spawn(rest: Rest<dyn Job<Output = R> + Send>) {
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(rest);
        }
    }
}
