//! The service: verifies, then calls the inner service or answers by itself.

use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, request};
use http_body::Body;
use http_body_util::{Either, Full};
use tower_service::Service;
use webhook_core::dedupe::{Processed, process};
use webhook_core::unbroken::stages;
use webhook_core::{Delivery, Endpoint, Opened, Outcome, Rejection, RequestHead};

use crate::future::{ResponseFuture, Tokio};
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
    S::Error: Send + 'static,
    B: From<Bytes> + 'static,
    ReqB: Body + Send + 'static,
    ResB: Body + Send + 'static,
{
    type Response = Response<Either<ResB, Full<Bytes>>>;
    type Error = S::Error;
    type Future = ResponseFuture<Self::Response, Self::Error>;

    /// Always ready: the inner service is asked only once a request is verified, so that strangers take no place in it.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<ReqB>) -> Self::Future {
        // Made ready in the future. Until then it holds no place: a clone is never ready from the start.
        // https://docs.rs/tower-service/0.3/tower_service/trait.Service.html#be-careful-when-cloning-inner-services
        let mut inner = self.inner.clone();
        let endpoint = self.endpoint.clone();
        let verifying = async move {
            let (head, body) = request.into_parts();
            let delivery = match verify(&endpoint, &head, body).await {
                Ok(Outcome::Delivery(delivery)) => delivery,
                Ok(Outcome::Reply(reply)) => return Err(Ok(own(response::reply(&reply)))),
                Err(rejection) => return Err(Ok(own(response::rejection(rejection)))),
            };
            // Before the event is claimed, and as long as the request may be dropped: who waits for a place and
            // gives up leaves nothing behind.
            match poll_fn(|cx| inner.poll_ready(cx)).await {
                Ok(()) => Ok((endpoint, delivery, head, inner)),
                Err(error) => Err(Err(error)),
            }
        };
        let handling = |(endpoint, delivery, head, inner)| handle(endpoint, delivery, head, inner);
        ResponseFuture::new(self.endpoint.clone(), stages(verifying, handling))
    }
}

/// Calls the inner service, which is ready, unless the event is done or in progress.
async fn handle<S, B, ResB>(
    endpoint: Endpoint,
    delivery: Delivery,
    mut head: request::Parts,
    mut inner: S,
) -> Result<Response<Either<ResB, Full<Bytes>>>, S::Error>
where
    S: Service<Request<B>, Response = Response<ResB>>,
    B: From<Bytes>,
    ResB: Body,
{
    let acknowledgement = delivery.acknowledgement().cloned();
    let call = |delivery: Delivery| {
        let body = B::from(delivery.body().clone());
        head.extensions.insert(delivery);
        inner.call(Request::from_parts(head, body))
    };
    let response = match process(delivery, Tokio(endpoint), call, has_succeeded).await {
        Ok(Processed::Handled(response)) => response?,
        Ok(Processed::Duplicate(reply)) => return Ok(own(response::duplicate(&reply))),
        Err(rejection) => return Ok(own(response::rejection(rejection))),
    };
    Ok(match acknowledgement {
        Some(reply) if response::is_empty_success(&response) => {
            own(response::acknowledgement(&reply, response))
        }
        _ => response.map(Either::Left),
    })
}

/// An answer that is not the inner service's.
fn own<ResB>(answer: Response<Full<Bytes>>) -> Response<Either<ResB, Full<Bytes>>> {
    answer.map(Either::Right)
}

fn has_succeeded<ResB, E>(answer: &Result<Response<ResB>, E>) -> bool {
    answer
        .as_ref()
        .is_ok_and(|response| response.status().is_success())
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
    match endpoint.open_in_time(&head, tokio::time::sleep).await? {
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
