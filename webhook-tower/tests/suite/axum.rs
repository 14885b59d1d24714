//! The layer and the extractor in an axum app.

use std::error::Error;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use serde::Deserialize;
use tower::limit::ConcurrencyLimitLayer;
use tower::{ServiceBuilder, ServiceExt};
use webhook_core::observe::Observed;
use webhook_core::testing::SignedRequest;
use webhook_core::{DecodeError, Delivery, JsonEvent, Rejection};
use webhook_tower::{AxumLayer, Verified, VerifiedRejection, WebhookLayer};

use crate::support::{EVENT, data, endpoint, sent_as, signed, text};

#[derive(Clone, Debug, Deserialize)]
struct Invoice {
    order: u64,
}

#[axum::debug_handler]
async fn order(Verified(JsonEvent(invoice)): Verified<JsonEvent<Invoice>>) -> String {
    invoice.order.to_string()
}

async fn send(app: Router, request: SignedRequest) -> Response {
    let request = request.into_http::<Body>().unwrap();
    app.oneshot(request).await.unwrap()
}

fn guarded(handler: axum::routing::MethodRouter) -> Router {
    Router::new()
        .route("/hook", handler)
        .route_layer(WebhookLayer::new(endpoint()))
}

#[tokio::test]
async fn a_handler_gets_the_event() {
    let response = send(guarded(post(order)), signed(EVENT)).await;
    assert_eq!(text(response).await, "7");
}

#[tokio::test]
async fn guards_by_layer_and_by_route_layer() {
    let route = || Router::new().route("/hook", post(order));
    for app in [
        route().layer(WebhookLayer::new(endpoint())),
        route().route_layer(WebhookLayer::new(endpoint())),
        Router::new().route("/hook", post(order).layer(WebhookLayer::new(endpoint()))),
        Router::new().merge(route().route_layer(WebhookLayer::new(endpoint()))),
    ] {
        assert_eq!(send(app.clone(), signed(EVENT)).await.status(), 200);
        assert_eq!(send(app, signed(EVENT).with_body("{}")).await.status(), 401);
    }
}

#[tokio::test]
async fn stands_among_other_layers() {
    let app = Router::new().route("/hook", post(order)).route_layer(
        ServiceBuilder::new()
            .layer(ConcurrencyLimitLayer::new(2))
            .layer(WebhookLayer::new(endpoint()))
            .layer(ConcurrencyLimitLayer::new(1)),
    );
    for _ in 0..3 {
        assert_eq!(send(app.clone(), signed(EVENT)).await.status(), 200);
    }
}

#[tokio::test]
async fn goes_before_a_middleware_that_wants_the_body_of_axum() {
    async fn inside(request: Request, next: Next) -> Response {
        assert!(request.extensions().get::<Delivery>().is_some());
        next.run(request).await
    }
    let spelled: [AxumLayer; 2] = [
        WebhookLayer::new(endpoint()).body::<Body>(),
        AxumLayer::from(endpoint()),
    ];
    for layer in spelled {
        let layers = ServiceBuilder::new().layer(layer).layer(from_fn(inside));
        let app = Router::new()
            .route("/hook", post(order))
            .route_layer(layers);
        assert_eq!(send(app.clone(), signed(EVENT)).await.status(), 200);
        assert_eq!(send(app, signed(EVENT).with_body("{}")).await.status(), 401);
    }
}

#[tokio::test]
async fn other_extractors_still_see_the_body() {
    async fn all(
        Verified(delivery): Verified<Delivery>,
        Verified(_): Verified<JsonEvent<Invoice>>,
        body: Bytes,
    ) {
        assert_eq!(body, EVENT);
        assert_eq!(body.as_ptr(), delivery.body().as_ptr());
    }
    async fn json(_: Verified<Delivery>, Json(invoice): Json<Invoice>) {
        assert_eq!(invoice.order, 7);
    }
    for handler in [post(all), post(json)] {
        let request = signed(EVENT).with_header("content-type", "application/json");
        assert_eq!(send(guarded(handler), request).await.status(), 200);
    }
}

#[tokio::test]
async fn the_handler_has_the_frame_that_arrived() {
    async fn address(body: Bytes) -> String {
        format!("{:p}", body.as_ptr())
    }
    let frame = Bytes::copy_from_slice(EVENT.as_bytes());
    let request = sent_as(EVENT, [data(frame.clone())]).map(Body::new);
    let response = guarded(post(address)).oneshot(request).await.unwrap();
    assert_eq!(text(response).await, format!("{:p}", frame.as_ptr()));
}

#[tokio::test]
async fn without_the_layer_nothing_is_verified() {
    let app = Router::new().route("/hook", post(order));
    let response = send(app, signed(EVENT)).await;

    assert_eq!(response.status(), 500);
    assert_eq!(
        response.extensions().get::<Rejection>().unwrap().code(),
        "misconfigured"
    );
    assert!(text(response).await.contains(r#""code":"misconfigured""#));
}

#[tokio::test]
async fn what_does_not_decode_is_our_fault_and_says_where_only_inside() {
    let response = send(guarded(post(order)), signed(r#"{"order":"4242"}"#)).await;

    assert_eq!(response.status(), 500);
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    assert_eq!(
        response.extensions().get::<DecodeError>().unwrap().path(),
        "order"
    );
    let body = text(response).await;
    assert!(
        body.contains(r#""code":"undecodable""#) && !body.contains("order"),
        "{body}"
    );
}

#[tokio::test]
async fn a_handler_can_keep_what_does_not_decode() {
    async fn careful(event: Result<Verified<JsonEvent<Invoice>>, VerifiedRejection>) -> StatusCode {
        let rejection = event.unwrap_err();
        assert_eq!(rejection.code(), "undecodable");
        assert_eq!(rejection.decode_error().unwrap().path(), "order");
        assert_eq!(rejection.delivery().unwrap().body(), r#"{"order":-1}"#);
        StatusCode::ACCEPTED
    }
    let response = send(guarded(post(careful)), signed(r#"{"order":-1}"#)).await;
    assert_eq!(response.status(), 202);
}

#[tokio::test]
async fn the_rejection_explains_itself_without_repeating_its_source() {
    async fn explain(event: Result<Verified<JsonEvent<Invoice>>, VerifiedRejection>) {
        let rejection = event.unwrap_err();
        let source = rejection.source().unwrap().to_string();
        assert!(source.contains("order"));
        let words = rejection.to_string();
        assert!(
            words.contains("type") && !words.contains(&source),
            "{words}"
        );
        assert_eq!(
            rejection.clone().into_response().status(),
            rejection.status()
        );
    }
    assert_eq!(
        send(guarded(post(explain)), signed(r#"{"order":{}}"#))
            .await
            .status(),
        200
    );
}

#[tokio::test]
async fn a_handler_is_tested_without_a_server() {
    assert_eq!(order(Verified(JsonEvent(Invoice { order: 7 }))).await, "7");
}

#[tokio::test]
async fn an_observer_is_told_what_the_handler_has_answered() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let observer = told.clone();
    let endpoint = endpoint().observe(move |seen: &Observed| {
        let status = seen.status().map(|status| status.as_u16());
        observer.lock().unwrap().push((seen.code(), status));
    });
    let app = Router::new()
        .route("/hook", post(order))
        .route_layer(WebhookLayer::new(endpoint));
    for (body, line) in [
        (EVENT, ("accepted", Some(200))),
        (r#"{"order":"4242"}"#, ("undecodable", Some(500))),
    ] {
        send(app.clone(), signed(body)).await;
        assert_eq!(told.lock().unwrap().pop(), Some(line));
    }
}
