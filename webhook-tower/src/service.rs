//! The service: verifies, then calls the inner service or answers by itself.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, request};
use http_body::Body;
use http_body_util::{Either, Full};
use tower_service::Service;
use webhook_core::dedupe::{Processed, Runtime, process};
use webhook_core::{Delivery, Endpoint, Opened, Outcome, Rejection, RequestHead};

use crate::{body, response};

/// The service that [`WebhookLayer`](crate::WebhookLayer) makes.
///
/// The inner service sees authentic requests only. Their [`Delivery`](webhook_core::Delivery) is in their extensions,
/// their body is whole and unchanged. A success without a body becomes the
/// [acknowledgement](webhook_core::Delivery::acknowledgement) that the sender demands, if it demands one.
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use tower_layer::Layer;
/// use webhook_core::{Delivery, Endpoint, provider::github::GitHub};
/// use webhook_tower::{WebhookLayer, WebhookService};
///
/// async fn kind(request: Request<Full<Bytes>>) -> Result<Response<String>, std::convert::Infallible> {
///     let kind = request.extensions().get::<Delivery>().and_then(Delivery::kind);
///     Ok(Response::new(kind.unwrap_or_default().to_owned()))
/// }
///
/// let layer = WebhookLayer::new(Endpoint::new(GitHub::new("a secret")?));
/// let service: WebhookService<_> = layer.layer(tower::service_fn(kind));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[must_use = "a service does nothing until it is called"]
pub struct WebhookService<S, B = Full<Bytes>> {
    inner: S,
    endpoint: Endpoint,
    inner_body: PhantomData<fn() -> B>,
}

impl<S, B> WebhookService<S, B> {
    pub(crate) fn new(inner: S, endpoint: Endpoint) -> Self {
        Self {
            inner,
            endpoint,
            inner_body: PhantomData,
        }
    }
}

impl<S, B, ReqB, ResB> Service<Request<ReqB>> for WebhookService<S, B>
where
    S: Service<Request<B>, Response = Response<ResB>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    B: From<Bytes> + 'static,
    ReqB: Body + Send + 'static,
    ResB: Body + Send,
{
    type Response = Response<Either<ResB, Full<Bytes>>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqB>) -> Self::Future {
        // A clone need not be ready: the service that was polled is the one to call, the clone stays behind.
        // https://docs.rs/tower-service/0.3/tower_service/trait.Service.html#be-careful-when-cloning-inner-services
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let endpoint = self.endpoint.clone();
        Box::pin(async move {
            let (mut head, body) = request.into_parts();
            let delivery = match verify(&endpoint, &head, body).await {
                Ok(Outcome::Delivery(delivery)) => delivery,
                Ok(Outcome::Reply(reply)) => return Ok(response::reply(&reply).map(Either::Right)),
                Err(rejection) => return Ok(response::rejection(rejection).map(Either::Right)),
            };
            let acknowledgement = delivery.acknowledgement().cloned();
            let handle = |delivery: Delivery| {
                let body = B::from(delivery.body().clone());
                head.extensions.insert(delivery);
                inner.call(Request::from_parts(head, body))
            };
            let response = match process(delivery, Tokio, handle, has_succeeded).await {
                Ok(Processed::Handled(response)) => response?,
                Ok(Processed::Duplicate(reply)) => {
                    return Ok(response::duplicate(&reply).map(Either::Right));
                }
                Err(rejection) => return Ok(response::rejection(rejection).map(Either::Right)),
            };
            Ok(match acknowledgement {
                Some(reply) if response::is_empty_success(&response) => {
                    response::acknowledgement(&reply, response).map(Either::Right)
                }
                _ => response.map(Either::Left),
            })
        })
    }
}

fn has_succeeded<ResB, E>(answer: &Result<Response<ResB>, E>) -> bool {
    answer
        .as_ref()
        .is_ok_and(|response| response.status().is_success())
}

/// Where tasks and timers of this stack run.
struct Tokio;

impl Runtime for Tokio {
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> {
        tokio::time::sleep(time)
    }

    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        // None while the process ends: then the lease runs out by itself.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(task);
        }
    }
}

async fn verify<ReqB: Body>(
    endpoint: &Endpoint,
    head: &request::Parts,
    body: ReqB,
) -> Result<Outcome, Rejection> {
    let target = head
        .uri
        .path_and_query()
        .map_or("", |target| target.as_str());
    let head = RequestHead::new(head.method.as_str(), target, &head.headers);
    match endpoint.open(&head).await? {
        Opened::Intake(intake) => body::read(body, intake).await,
        Opened::Reply(reply) => Ok(Outcome::Reply(reply)),
    }
}

// By hand, as a derive would ask the same of the body type.
impl<S: Clone, B> Clone for WebhookService<S, B> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), self.endpoint.clone())
    }
}

impl<S: fmt::Debug, B> fmt::Debug for WebhookService<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookService")
            .field("inner", &self.inner)
            .field("endpoint", &self.endpoint)
            .finish()
    }
}
