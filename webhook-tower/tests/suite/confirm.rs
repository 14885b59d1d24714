//! Notifications that prove nothing, looked up behind the layer.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::routing::post;
use bytes::Bytes;
use http::Request;
use tower::ServiceExt;
use webhook_core::dedupe::Dedupe;
use webhook_core::provider::mollie;
use webhook_core::{Confirm, Confirmed, Endpoint, Lookup};
use webhook_store::MemoryStore;
use webhook_tower::{Verified, VerifiedBody, WebhookLayer};

use crate::support::text;

struct Payment {
    id: String,
    status: &'static str,
}

async fn asked(lookup: Lookup) -> Result<Option<Payment>, fmt::Error> {
    match lookup.unverified_id().into_unverified() {
        "tr_1" => Ok(Some(Payment {
            id: "tr_1".to_owned(),
            status: "paid",
        })),
        "tr_down" => Err(fmt::Error),
        _ => Ok(None),
    }
}

fn confirm() -> Confirm<Payment> {
    Confirm::new(mollie::CLASSIC, asked)
}

#[axum::debug_handler]
async fn paid(Verified(payments): Verified<Confirmed<Payment>>, body: Bytes) -> String {
    let payment = &payments[0];
    format!("{} {} {}", payment.id, payment.status, body.len())
}

async fn answered(app: &Router, body: &'static str) -> (u16, String) {
    let request = Request::post("/").body(Body::from(body)).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    (response.status().as_u16(), text(response).await)
}

#[tokio::test]
async fn a_handler_gets_what_the_interface_says() {
    let layer = WebhookLayer::new(Endpoint::new(confirm()));
    let app = Router::new().route("/", post(paid)).route_layer(layer);
    let answer = answered(&app, "id=tr_1&status=failed").await;
    assert_eq!(answer, (200, "tr_1 paid 0".to_owned()));
    for (body, status, code) in [
        ("id=tr_2", 404, "not_confirmed"),
        ("id=tr_down", 503, "look_up_failed"),
        ("id=..%2Fcustomers", 400, "malformed"),
    ] {
        let (answered, told) = answered(&app, body).await;
        assert_eq!(answered, status, "{body}");
        assert!(told.contains(code), "{told}");
    }
}

#[tokio::test]
async fn so_does_one_without_a_layer() {
    async fn paid(VerifiedBody(payments): VerifiedBody<Confirmed<Payment>>) -> String {
        payments.iter().map(|payment| payment.status).collect()
    }
    let endpoint = Endpoint::new(confirm());
    let app = Router::new().route("/", post(paid)).with_state(endpoint);
    assert_eq!(answered(&app, "id=tr_1").await, (200, "paid".to_owned()));
    assert_eq!(answered(&app, "id=tr_2").await.0, 404);
}

#[tokio::test]
async fn a_store_knows_what_the_interface_has_said_before_and_nothing_else() {
    let of_state = |payment: &Payment| format!("{} {}", payment.id, payment.status);
    for (confirm, calls) in [(confirm().identity(of_state), 1), (confirm(), 3)] {
        let called = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&called);
        let handler = move |_: Verified<Confirmed<Payment>>| async move {
            counter.fetch_add(1, Ordering::Relaxed);
        };
        let endpoint = Endpoint::new(confirm).name("shop");
        let endpoint = endpoint.dedupe(Dedupe::new(MemoryStore::default()));
        let layer = WebhookLayer::new(endpoint);
        let app = Router::new().route("/", post(handler)).route_layer(layer);
        for body in ["id=tr_1", "id=tr_1", "id=tr_1&try=3"] {
            assert_eq!(answered(&app, body).await.0, 200);
        }
        assert_eq!(called.load(Ordering::Relaxed), calls);
    }
}
