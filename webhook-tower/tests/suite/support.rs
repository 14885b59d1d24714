//! What the tests share: an endpoint, genuine requests, bodies that misbehave, and a service that remembers its calls.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use tokio::time::Sleep;
use tower::ServiceExt;
use tower_layer::Layer;
use tower_service::Service;
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::testing::{FixedClock, Sign, SignedRequest, Signer};
use webhook_core::{Delivery, Endpoint, UnixTime};
use webhook_tower::WebhookLayer;

pub(crate) const SECRET: &str = "whsec_test";
pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
pub(crate) const EVENT: &str = r#"{"id":"evt_1","type":"invoice.paid","order":7}"#;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(Stripe::new(SECRET).unwrap()).clock(FixedClock::at(NOW))
}

/// An account at an address of many.
pub(crate) fn account(name: &str) -> Endpoint {
    Endpoint::new(Stripe::new(format!("{SECRET}_of_{name}")).unwrap()).clock(FixedClock::at(NOW))
}

/// What the account at this address signs: the last segment is its name.
pub(crate) fn sent_to_account(target: &str) -> SignedRequest {
    let name = target.trim_matches('/').rsplit('/').next().unwrap();
    let signer = Signer::new(stripe::SCHEME, format!("{SECRET}_of_{name}")).unwrap();
    signer.target(target).sign(EVENT.as_bytes(), NOW).unwrap()
}

/// A genuine request with this body.
pub(crate) fn signed(body: impl AsRef<[u8]>) -> SignedRequest {
    let signer = Signer::new(stripe::SCHEME, SECRET).unwrap().target("/hook");
    signer.sign(body.as_ref(), NOW).unwrap()
}

/// The head of a genuine request for `body`, sent as `steps`.
pub(crate) fn sent_as(body: impl AsRef<[u8]>, steps: impl Into<VecDeque<Step>>) -> Request<Script> {
    let request: Request<Full<Bytes>> = signed(body).into_http().unwrap();
    request.map(|_| Script::new(steps))
}

pub(crate) enum Step {
    Data(Bytes),
    Trailers,
    Wait(Duration),
    Never,
    Fail,
    /// One KiB of zeros again and again.
    Endless,
}

pub(crate) fn data(bytes: impl Into<Bytes>) -> Step {
    Step::Data(bytes.into())
}

/// A body that follows a script and counts how often it is polled.
pub(crate) struct Script {
    steps: VecDeque<Step>,
    waiting: Option<Pin<Box<Sleep>>>,
    pub(crate) polls: Arc<AtomicUsize>,
}

impl Script {
    pub(crate) fn new(steps: impl Into<VecDeque<Step>>) -> Self {
        Self {
            steps: steps.into(),
            waiting: None,
            polls: Arc::default(),
        }
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.polls.fetch_add(1, Ordering::Relaxed);
        loop {
            if let Some(waiting) = &mut self.waiting {
                std::task::ready!(waiting.as_mut().poll(cx));
                self.waiting = None;
            }
            return match self.steps.pop_front() {
                None => Poll::Ready(None),
                Some(Step::Data(data)) => Poll::Ready(Some(Ok(Frame::data(data)))),
                Some(Step::Trailers) => Poll::Ready(Some(Ok(Frame::trailers(HeaderMap::new())))),
                Some(Step::Never) => {
                    self.steps.push_front(Step::Never);
                    Poll::Pending
                }
                Some(Step::Fail) => {
                    Poll::Ready(Some(Err(io::Error::other("connection reset by peer"))))
                }
                Some(Step::Endless) => {
                    self.steps.push_front(Step::Endless);
                    Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[0; 1024])))))
                }
                Some(Step::Wait(time)) => {
                    self.waiting = Some(Box::pin(tokio::time::sleep(time)));
                    continue;
                }
            };
        }
    }
}

/// A service that answers 200 and remembers what it was called with.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<Call>>>);

#[derive(Clone)]
struct Call {
    delivery: Option<Delivery>,
    body: Bytes,
}

impl Recorder {
    pub(crate) fn calls(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    pub(crate) fn last(&self) -> (Delivery, Bytes) {
        let call = self.0.lock().unwrap().last().unwrap().clone();
        (call.delivery.unwrap(), call.body)
    }
}

/// Takes every body, so that any layer can stand before it.
impl<B> Service<Request<B>> for Recorder
where
    B: Body<Data = Bytes, Error: fmt::Debug> + Send + 'static,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let calls = self.0.clone();
        Box::pin(async move {
            let delivery = request.extensions().get::<Delivery>().cloned();
            let body = request.into_body().collect().await.unwrap().to_bytes();
            calls.lock().unwrap().push(Call { delivery, body });
            Ok(Response::new(Full::from("handled")))
        })
    }
}

/// The answer of this endpoint before this service.
pub(crate) async fn send<B>(
    endpoint: Endpoint,
    recorder: &Recorder,
    request: Request<B>,
) -> Response<webhook_tower::ResponseBody<Full<Bytes>>>
where
    B: Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
{
    let service = WebhookLayer::new(endpoint).layer(recorder.clone());
    service.oneshot(request).await.unwrap()
}

/// The body of a response as text.
pub(crate) async fn text<B: Body<Error: fmt::Debug>>(response: Response<B>) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}
