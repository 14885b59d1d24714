//! The service: verifies, then calls the inner service or answers by itself.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::{Request, Response, request};
use http_body::{Body, Frame};
use http_body_util::{Full, LengthLimitError};
use tower_service::Service;
use webhook_core::adapter::{self, Arrival, BodyError, Either, Judged, Reported, Tokio, map};
use webhook_core::{Answer, Delivery, Endpoint, RequestHead, UnverifiedDelivery};

use crate::body::ResponseBody;
use crate::future::ResponseFuture;
use crate::response::{Handled, OnRejection, shaped};

/// The service that [`WebhookLayer`](crate::WebhookLayer) makes.
///
/// The inner service sees authentic requests only. Their [`Delivery`](webhook_core::Delivery) is in their extensions,
/// their body is whole and unchanged. Where the endpoint [only reports](webhook_core::Endpoint::dangerously_report_only), it sees the
/// others too, with an [`UnverifiedDelivery`] in their extensions instead. A success without a body becomes the
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
    runtime: Tokio,
    on_rejection: Option<Arc<OnRejection>>,
    inner_body: PhantomData<fn() -> B>,
}

impl<S, B> WebhookService<S, B> {
    pub(crate) fn new(
        inner: S,
        endpoint: Endpoint,
        on_rejection: Option<Arc<OnRejection>>,
    ) -> Self {
        Self {
            inner,
            runtime: Tokio::new(endpoint),
            on_rejection,
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
    ReqB: Body<Error: Into<BoxError>> + Send + 'static,
    ResB: Body<Data = Bytes> + Send + 'static,
{
    type Response = Response<ResponseBody<ResB>>;
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
        let runtime = self.runtime.clone();
        let on_rejection = self.on_rejection.clone();
        let (head, body) = request.into_parts();
        let verifying = async move {
            let judged = match verify_or_report(&runtime, &head, body).await {
                Ok(judged) => judged,
                Err(answer) => {
                    return Err(Ok(shaped(&answer, Some(&head), on_rejection.as_ref())));
                }
            };
            // Before the event is claimed, and as long as the request may be dropped: who waits for a place and
            // gives up leaves nothing behind.
            match poll_fn(|cx| inner.poll_ready(cx)).await {
                Ok(()) => Ok((runtime, judged, on_rejection, head, inner)),
                Err(error) => Err(Err(error)),
            }
        };
        let handling = |(runtime, judged, on_rejection, head, inner)| match judged {
            Judged::Genuine(arrival) => {
                Either::usual(handle(runtime, arrival, on_rejection, head, inner))
            }
            Judged::Reported(reported) => Either::rare(report(reported, head, inner)),
        };
        ResponseFuture::new(self.runtime.run(verifying, handling))
    }
}

type BoxError = Box<dyn Error + Send + Sync>;

/// A request that is genuine, or is to be reported only.
pub(crate) async fn verify_or_report<ReqB: Body<Error: Into<BoxError>>>(
    runtime: &Tokio,
    head: &request::Parts,
    body: ReqB,
) -> Result<Judged, Answer> {
    let head = RequestHead::http(&head.method, &head.uri, &head.headers);
    let mut body = pin!(body);
    let next_frame = |cx: &mut Context<'_>| {
        let frame = ready!(body.as_mut().poll_frame(cx));
        Poll::Ready(frame.map(|frame| frame.map(data).map_err(|error| broken(&*error.into()))))
    };
    adapter::verify_or_report(runtime.endpoint(), runtime, &head, next_frame).await
}

/// Whether a limit around the body, such as tower-http's, has stopped it. Frameworks wrap that error in their own.
fn broken(error: &(dyn Error + 'static)) -> BodyError {
    let mut next = Some(error);
    for _ in 0..LONGEST_CHAIN {
        match next {
            Some(error) if error.is::<LengthLimitError>() => return BodyError::TooLarge,
            Some(error) => next = error.source(),
            None => break,
        }
    }
    BodyError::Incomplete
}

/// How many errors within errors are looked at: more than any framework wraps, and an end where one goes round.
const LONGEST_CHAIN: usize = 16;

/// The bytes of a frame, without a copy if they are `Bytes` already. Trailers are not covered by any signature.
fn data<D: Buf>(frame: Frame<D>) -> Bytes {
    match frame.into_data() {
        Ok(mut data) => data.copy_to_bytes(data.remaining()),
        Err(_) => Bytes::new(),
    }
}

/// Calls the inner service, which is ready, with a request that would be refused.
fn report<S, B, ResB>(
    reported: Reported,
    mut head: request::Parts,
    mut inner: S,
) -> impl Future<Output = Result<Response<ResponseBody<ResB>>, S::Error>>
where
    S: Service<Request<B>, Response = Response<ResB>> + 'static,
    B: From<Bytes>,
    ResB: Body<Data = Bytes>,
{
    let call = move |unverified: UnverifiedDelivery| {
        let body = B::from(unverified.body().into_unverified().clone());
        head.extensions.insert(unverified);
        map(inner.call(Request::from_parts(head, body)), Handled::of)
    };
    let handled = adapter::process_reported(reported, call);
    map(handled, |handled| handled.map(|Handled(response)| response))
}

/// Calls the inner service, which is ready, unless the event is done or in progress.
fn handle<S, B, ResB>(
    runtime: Tokio,
    arrival: Arrival,
    on_rejection: Option<Arc<OnRejection>>,
    mut head: request::Parts,
    mut inner: S,
) -> impl Future<Output = Result<Response<ResponseBody<ResB>>, S::Error>>
where
    S: Service<Request<B>, Response = Response<ResB>> + 'static,
    B: From<Bytes>,
    ResB: Body<Data = Bytes>,
{
    let kept = on_rejection.map(|shape| Box::new((shape, head.clone())));
    let call = move |delivery: Delivery| {
        let body = B::from(delivery.body().clone());
        head.extensions.insert(delivery);
        map(inner.call(Request::from_parts(head, body)), Handled::of)
    };
    let processed = adapter::process(arrival, runtime, call);
    map(processed, move |processed| match processed {
        Ok(handled) => handled.map(|Handled(response)| response),
        Err(answer) => {
            let kept = kept.as_deref();
            let (shape, head) = kept.map(|(shape, head)| (shape, head)).unzip();
            Ok(shaped(&answer, head, shape))
        }
    })
}

// By hand, as a derive would ask the same of the body type.
impl<S: Clone, B> Clone for WebhookService<S, B> {
    fn clone(&self) -> Self {
        Self::new(
            self.inner.clone(),
            self.runtime.endpoint().clone(),
            self.on_rejection.clone(),
        )
    }
}

impl<S: fmt::Debug, B> fmt::Debug for WebhookService<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookService")
            .field("inner", &self.inner)
            .field("endpoint", self.runtime.endpoint())
            .finish()
    }
}
