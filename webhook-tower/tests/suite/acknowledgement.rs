//! What a sender wants to hear is sent where the handler says nothing.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::post;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt, Empty, Full};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;
use webhook_core::{
    Answer, BodyCheck, Check, Coverage, Endpoint, Proof, Reply, RequestHead, UnixTime, Verdict,
    Verifier,
};
use webhook_tower::WebhookLayer;

use crate::support::{Script, Step, data, text};

/// Believes everything, and wants to hear this.
#[derive(Clone, Debug)]
pub(crate) struct Demanding(Option<Reply>);

impl Demanding {
    pub(crate) fn accepted() -> Self {
        Self(accepted())
    }
}

impl Verifier for Demanding {
    fn provider(&self) -> webhook_core::Provider {
        webhook_core::Provider::new("demanding")
    }

    fn begin(&self, _: &RequestHead<'_>, _: UnixTime) -> Result<BodyCheck, Answer> {
        Ok(BodyCheck::new(self.clone()))
    }
}

impl Check for Demanding {
    fn update(&mut self, _: &[u8]) {}

    fn finalize(self: Box<Self>, _: &Bytes) -> Result<Verdict, Answer> {
        let proof = Proof::dangerously_assert(Coverage::Body);
        Ok(Verdict::Authentic(match self.0 {
            Some(reply) => proof.acknowledgement(reply),
            None => proof,
        }))
    }
}

fn accepted() -> Option<Reply> {
    Some(Reply::text("[accepted]"))
}

/// What comes back from axum when the sender wants to hear this and the handler answers that.
async fn answer(
    demanded: Option<Reply>,
    answered: impl IntoResponse + Clone + Send + Sync + 'static,
) -> Response<Body> {
    let handler = move || std::future::ready(answered.clone());
    let app = Router::new()
        .route("/hook", post(handler))
        .route_layer(WebhookLayer::new(Endpoint::new(Demanding(demanded))));
    app.oneshot(request::<Body>()).await.unwrap()
}

/// The same from a plain service.
async fn answer_of_service<B>(
    answered: fn() -> Response<B>,
) -> Response<webhook_tower::ResponseBody<B>>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
{
    let handler = service_fn(move |_: Request<Full<Bytes>>| {
        std::future::ready(Ok::<_, Infallible>(answered()))
    });
    let service = WebhookLayer::new(Endpoint::new(Demanding(accepted()))).layer(handler);
    service.oneshot(request::<Full<Bytes>>()).await.unwrap()
}

fn request<B: From<Bytes>>() -> Request<B> {
    let body = B::from(Bytes::from_static(b"{}"));
    Request::post("/hook").body(body).unwrap()
}

#[tokio::test]
async fn an_empty_success_becomes_the_acknowledgement() {
    for status in [
        StatusCode::OK,
        StatusCode::CREATED,
        StatusCode::ACCEPTED,
        StatusCode::NO_CONTENT,
    ] {
        let response = answer(accepted(), status).await;
        assert_eq!(response.status(), 200, "{status}");
        assert_eq!(response.headers()["content-type"], "text/plain");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(text(response).await, "[accepted]", "{status}");
    }
}

#[tokio::test]
async fn an_empty_text_is_empty() {
    let response = answer(accepted(), "").await;
    assert_eq!(response.headers().get_all("content-type").iter().count(), 1);
    assert_eq!(response.headers()["content-type"], "text/plain");
    assert_eq!(text(response).await, "[accepted]");
}

#[tokio::test]
async fn the_status_is_what_the_sender_demands() {
    let response = answer(Some(Reply::empty(StatusCode::NO_CONTENT)), StatusCode::OK).await;
    assert_eq!(response.status(), 204);
    assert_eq!(text(response).await, "");
}

#[tokio::test]
async fn headers_that_do_not_describe_the_body_stay() {
    let headers = AppendHeaders([
        (header::SET_COOKIE, "a=1"),
        (header::SET_COOKIE, "b=2"),
        (header::HeaderName::from_static("traceparent"), "00-1-2-01"),
        (header::CONTENT_LENGTH, "0"),
        (header::CONTENT_ENCODING, "gzip"),
    ]);
    let response = answer(accepted(), headers).await;
    let cookies = response.headers().get_all("set-cookie").iter();
    assert_eq!(cookies.collect::<Vec<_>>(), ["a=1", "b=2"]);
    assert_eq!(response.headers()["traceparent"], "00-1-2-01");
    assert!(!response.headers().contains_key("content-encoding"));
    assert_eq!(response.headers()["content-length"], "10");
    assert_eq!(text(response).await, "[accepted]");
}

#[tokio::test]
async fn what_the_handler_says_itself_is_not_touched() {
    let response = answer(accepted(), (StatusCode::ACCEPTED, "queued")).await;
    assert_eq!(response.status(), 202);
    assert_eq!(text(response).await, "queued");
}

#[tokio::test]
async fn only_a_success_is_acknowledged() {
    for status in [
        StatusCode::FOUND,
        StatusCode::CONFLICT,
        StatusCode::INTERNAL_SERVER_ERROR,
        StatusCode::SERVICE_UNAVAILABLE,
    ] {
        let response = answer(accepted(), status).await;
        assert_eq!(response.status(), status);
        assert_eq!(text(response).await, "", "{status}");
    }
}

#[tokio::test]
async fn without_a_demand_an_empty_success_stays_one() {
    let response = answer(None, StatusCode::NO_CONTENT).await;
    assert_eq!(response.status(), 204);
    assert_eq!(text(response).await, "");
}

#[tokio::test]
async fn a_service_without_axum_is_acknowledged_too() {
    let response = answer_of_service(|| Response::new(Empty::<Bytes>::new())).await;
    assert_eq!(text(response).await, "[accepted]");
}

/// An empty body that says so in one of the two ways, and not in the other.
struct Nothing {
    is_end_stream: bool,
    hint: SizeHint,
}

impl http_body::Body for Nothing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.is_end_stream
    }

    fn size_hint(&self) -> SizeHint {
        self.hint
    }
}

#[tokio::test]
async fn a_body_is_empty_if_it_is_at_its_end_or_has_no_length() {
    let at_its_end = || {
        Response::new(Nothing {
            is_end_stream: true,
            hint: SizeHint::new(),
        })
    };
    let without_length = || {
        Response::new(Nothing {
            is_end_stream: false,
            hint: SizeHint::with_exact(0),
        })
    };
    for answered in [at_its_end, without_length] {
        assert_eq!(text(answer_of_service(answered).await).await, "[accepted]");
    }
}

#[tokio::test]
async fn extensions_of_the_response_stay() {
    let response = answer_of_service(|| {
        let mut response = Response::new(String::new());
        response.extensions_mut().insert(7_u8);
        response
    })
    .await;
    assert_eq!(response.extensions().get::<u8>(), Some(&7));
    assert_eq!(text(response).await, "[accepted]");
}

#[tokio::test]
async fn a_body_of_unknown_length_is_not_touched() {
    let response = answer_of_service(|| Response::new(Script::new([data("stream"), data("ed")])));
    assert_eq!(text(response.await).await, "streamed");
}

#[tokio::test]
async fn a_body_that_turns_out_to_be_empty_is_not_touched() {
    let response = answer_of_service(|| Response::new(Script::new([Step::Trailers]))).await;
    let body = response.into_body().collect().await.unwrap();
    assert_eq!(body.trailers(), Some(&HeaderMap::new()));
    assert!(body.to_bytes().is_empty());
}
