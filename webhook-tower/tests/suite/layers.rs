//! The layers of tower-http around a guarded service, and between the guard and the service.

use std::fmt::Debug;
use std::pin::Pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::Route;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderName, HeaderValue, Request, StatusCode};
use http_body::Body as _;
use http_body_util::{BodyExt, Full};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::add_extension::AddExtensionLayer;
use tower_http::auth::{AddAuthorizationLayer, AsyncRequireAuthorizationLayer};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use tower_http::decompression::{DecompressionLayer, RequestDecompressionLayer};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::map_request_body::MapRequestBodyLayer;
use tower_http::map_response_body::MapResponseBodyLayer;
use tower_http::metrics::InFlightRequestsLayer;
use tower_http::normalize_path::NormalizePathLayer;
use tower_http::on_early_drop::OnEarlyDropLayer;
use tower_http::propagate_header::PropagateHeaderLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::sensitive_headers::{
    SetSensitiveHeadersLayer, SetSensitiveRequestHeadersLayer, SetSensitiveResponseHeadersLayer,
};
use tower_http::set_header::{SetRequestHeaderLayer, SetResponseHeaderLayer};
use tower_http::set_status::SetStatusLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, ResponseBodyTimeoutLayer, TimeoutLayer};
use tower_http::trace::TraceLayer;
use tower_http::validate_request::ValidateRequestHeaderLayer;
use webhook_core::testing::SignedRequest;
use webhook_core::{Rejection, RejectionKind};
use webhook_tower::WebhookLayer;

use crate::support::{EVENT, Recorder, Script, data, endpoint, signed};

type Sending = Pin<Box<dyn Future<Output = Response>>>;

/// Sends a request through layers to a service.
type App = Box<dyn Fn(Recorder, Request<Body>) -> Sending>;

fn guard() -> WebhookLayer {
    WebhookLayer::new(endpoint())
}

/// The layers around a plain service of tower.
fn plain<S, B>(service: impl Fn(Recorder) -> S + 'static) -> App
where
    S: Service<Request<Body>, Response = http::Response<B>, Error: Debug> + 'static,
    http::Response<B>: IntoResponse,
{
    Box::new(move |recorder, request| {
        let sending = service(recorder).oneshot(request);
        Box::pin(async { sending.await.unwrap().into_response() })
    })
}

/// The layers around a route of axum.
fn routed<L>(layers: L) -> App
where
    L: Layer<Route> + Clone + Send + Sync + 'static,
    L::Service: Service<Request<Body>, Response: IntoResponse, Error: Into<std::convert::Infallible>>
        + Clone
        + Send
        + Sync
        + 'static,
    <L::Service as Service<Request<Body>>>::Future: Send,
{
    Box::new(move |recorder, request| {
        let app = Router::new().route_service("/hook", recorder);
        let sending = app.route_layer(layers.clone()).oneshot(request);
        Box::pin(async { sending.await.unwrap() })
    })
}

/// A layer outside of the guard, then inside; for tower, then for axum.
macro_rules! apps {
    ($layer:expr) => {
        [
            ("outside", apps!(@outside $layer)),
            (
                "inside",
                [
                    plain(|service| ServiceBuilder::new().layer(guard()).layer($layer).service(service)),
                    routed(ServiceBuilder::new().layer(guard()).layer($layer)),
                ],
            ),
        ]
    };
    (@outside $layer:expr) => {
        [
            plain(|service| ServiceBuilder::new().layer($layer).layer(guard()).service(service)),
            routed(ServiceBuilder::new().layer($layer).layer(guard())),
        ]
    };
}

/// What a genuine request and a forged one are answered, with a layer outside and with the same layer inside.
type Answers = [(u16, u16); 2];

const AS_WITHOUT: Answers = [(200, 401); 2];

macro_rules! rows {
    ($($layer:expr => $answers:expr,)*) => {
        vec![$((stringify!($layer), apps!($layer), $answers)),*]
    };
}

fn http(request: SignedRequest) -> Request<Body> {
    request.into_http().unwrap()
}

const HEADER: HeaderName = HeaderName::from_static("x-header");
const VALUE: HeaderValue = HeaderValue::from_static("value");
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn every_layer_of_tower_http_goes_outside_and_inside() {
    let rows = rows![
        AddAuthorizationLayer::bearer("a token") => AS_WITHOUT,
        AddExtensionLayer::new(7) => AS_WITHOUT,
        AsyncRequireAuthorizationLayer::new(|request| async { Ok::<_, http::Response<_>>(request) }) => AS_WITHOUT,
        CatchPanicLayer::new() => AS_WITHOUT,
        CompressionLayer::new() => AS_WITHOUT,
        CorsLayer::permissive() => AS_WITHOUT,
        DecompressionLayer::new() => AS_WITHOUT,
        InFlightRequestsLayer::pair().0 => AS_WITHOUT,
        MapRequestBodyLayer::new(std::convert::identity) => AS_WITHOUT,
        MapResponseBodyLayer::new(std::convert::identity) => AS_WITHOUT,
        NormalizePathLayer::trim_trailing_slash() => AS_WITHOUT,
        OnEarlyDropLayer::builder() => AS_WITHOUT,
        PropagateHeaderLayer::new(HEADER) => AS_WITHOUT,
        PropagateRequestIdLayer::x_request_id() => AS_WITHOUT,
        RequestBodyLimitLayer::new(EVENT.len()) => AS_WITHOUT,
        RequestBodyTimeoutLayer::new(MINUTE) => AS_WITHOUT,
        RequestDecompressionLayer::new() => AS_WITHOUT,
        ResponseBodyTimeoutLayer::new(MINUTE) => AS_WITHOUT,
        SetRequestHeaderLayer::overriding(HEADER, VALUE) => AS_WITHOUT,
        SetRequestIdLayer::x_request_id(MakeRequestUuid) => AS_WITHOUT,
        SetResponseHeaderLayer::overriding(HEADER, VALUE) => AS_WITHOUT,
        SetSensitiveHeadersLayer::new([HEADER]) => AS_WITHOUT,
        SetSensitiveRequestHeadersLayer::new([HEADER]) => AS_WITHOUT,
        SetSensitiveResponseHeadersLayer::new([HEADER]) => AS_WITHOUT,
        // Outside it hides every refusal: the sender would never try again.
        SetStatusLayer::new(StatusCode::ACCEPTED) => [(202, 202), (202, 401)],
        TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, MINUTE) => AS_WITHOUT,
        TraceLayer::new_for_http() => AS_WITHOUT,
        ValidateRequestHeaderLayer::accept("application/json") => AS_WITHOUT,
    ];
    for (layer, places, answers) in rows {
        for ((place, apps), (genuine, forged)) in places.into_iter().zip(answers) {
            for (app, kind) in apps.iter().zip(["tower", "axum"]) {
                let at = format!("{layer}, {place}, {kind}");
                let recorder = Recorder::default();
                let response = app(recorder.clone(), http(signed(EVENT).with_body("{}"))).await;
                assert_eq!(response.status(), forged, "{at}");
                assert_eq!(recorder.calls(), 0, "{at}");

                let response = app(recorder.clone(), http(signed(EVENT))).await;
                assert_eq!(response.status(), genuine, "{at}");
                assert_eq!(recorder.calls(), 1, "{at}");
                let (delivery, body) = recorder.last();
                assert_eq!(
                    (delivery.id(), &body[..]),
                    (Some("evt_1"), EVENT.as_bytes()),
                    "{at}"
                );
            }
        }
    }
}

/// A body as a compressing client sends it, and signed so.
async fn compressed() -> Request<Body> {
    let request = Request::builder().header("accept-encoding", "gzip");
    let answer = ServiceBuilder::new()
        .layer(CompressionLayer::new())
        .service(service_fn(async |_: Request<Body>| {
            Ok::<_, std::convert::Infallible>(http::Response::new(Full::<Bytes>::from(EVENT)))
        }));
    let answer = answer
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    http(signed(body).with_header("content-encoding", "gzip"))
}

/// With the length that a server over HTTP/1 wants.
fn announced(mut request: Request<Body>, length: usize) -> Request<Body> {
    let headers = request.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    request
}

/// Puts another body in the place of the one that came, and says nothing of it.
fn replaced<B>(body: &'static str) -> MapRequestBodyLayer<impl Fn(B) -> Full<Bytes> + Clone> {
    MapRequestBodyLayer::new(move |_| Full::from(body))
}

fn length_of(body: &str) -> SetRequestHeaderLayer<HeaderValue> {
    SetRequestHeaderLayer::overriding(CONTENT_LENGTH, HeaderValue::from(body.len()))
}

fn packed_by_a_proxy() -> SetRequestHeaderLayer<HeaderValue> {
    SetRequestHeaderLayer::overriding(CONTENT_ENCODING, HeaderValue::from_static("gzip"))
}

/// As a layer leaves it that reads the JSON and writes it anew.
const ANEW: &str = r#"{"id": "evt_1", "type": "invoice.paid", "order": 7}"#;

#[tokio::test]
async fn a_layer_outside_that_stops_the_body_is_named_and_one_that_changes_it_if_that_can_be_seen()
{
    use RejectionKind::{BadSignature, BodyIncomplete, BodyTooLarge};
    let sent = || announced(http(signed(EVENT)), EVENT.len());
    let packed = compressed().await;
    let packed_len = packed.body().size_hint().exact().unwrap();
    let packed = announced(packed, usize::try_from(packed_len).unwrap());
    let short = || apps!(@outside RequestBodyLimitLayer::new(EVENT.len() - 1));
    let rows = [
        (
            // Answered by the layer itself: no rejection of ours.
            "a limit, and an announced length",
            short(),
            sent(),
            (413, None),
        ),
        (
            "a limit",
            short(),
            http(signed(EVENT)),
            (413, Some((BodyTooLarge, "outside of the endpoint"))),
        ),
        (
            "decompression",
            apps!(@outside RequestDecompressionLayer::new()),
            packed,
            (
                401,
                Some((BadSignature, "as behind `RequestDecompressionLayer`")),
            ),
        ),
        (
            "a longer body",
            apps!(@outside replaced(ANEW)),
            sent(),
            (
                401,
                Some((BadSignature, "it is longer than its `content-length`")),
            ),
        ),
        (
            "a shorter body",
            apps!(@outside replaced("{}")),
            sent(),
            (
                400,
                Some((
                    BodyIncomplete,
                    "in front of the endpoint has changed the body",
                )),
            ),
        ),
        (
            "another body, and a length that nobody has announced",
            apps!(@outside replaced("{}")),
            http(signed(EVENT)),
            (401, Some((BadSignature, "perhaps it was changed"))),
        ),
        (
            "compression",
            apps!(@outside (replaced(ANEW), (length_of(ANEW), packed_by_a_proxy()))),
            sent(),
            (401, Some((BadSignature, "it has a `content-encoding`"))),
        ),
        (
            // Nothing of it can be seen.
            "JSON written anew, with its length",
            apps!(@outside (replaced(ANEW), length_of(ANEW))),
            sent(),
            (401, Some((BadSignature, "no key matches any signature"))),
        ),
    ];
    for (what, apps, request, (status, refused)) in rows {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        for app in apps {
            // In two frames, so that nothing but the header tells the length.
            let frames = [data(body.slice(..9)), data(body.slice(9..))];
            let request = Request::from_parts(head.clone(), Body::new(Script::new(frames)));
            let recorder = Recorder::default();
            let response = app(recorder.clone(), request).await;
            assert_eq!(response.status(), status, "{what}");
            assert_eq!(recorder.calls(), 0, "{what}");
            let rejection = response.extensions().get::<Rejection>();
            let kind = rejection.map(Rejection::kind);
            assert_eq!(kind, refused.map(|(kind, _)| kind), "{what}");
            if let (Some(rejection), Some((_, words))) = (rejection, refused) {
                let reason = rejection.reason();
                assert!(reason.contains(words), "{what}: {reason}");
                // The client does not hear of it.
                assert!(!rejection.problem().contains(words), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn decompression_inside_gives_the_handler_what_was_compressed() {
    let recorder = Recorder::default();
    let [_, (_, inside)] = apps!(RequestDecompressionLayer::new());
    for app in inside {
        let response = app(recorder.clone(), compressed().await).await;
        assert_eq!(response.status(), 200);
        let (delivery, body) = recorder.last();
        assert_eq!(body, EVENT);
        assert_ne!(delivery.body(), EVENT);
    }
}
