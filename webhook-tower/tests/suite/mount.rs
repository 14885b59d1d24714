//! Both spellings of an address for several accounts.

use axum::Router;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use tower::ServiceExt;
use webhook_core::testing::SignedRequest;
use webhook_core::{Delivery, Endpoint, Rejection, Variants};
use webhook_tower::{Verified, mount};

use crate::support::{EVENT, Step, endpoint, sent_as, signed, text};

async fn variant(Path(variant): Path<String>, _: Verified<Delivery>) -> String {
    variant
}

async fn send(app: Router, request: SignedRequest) -> Response {
    let request = request.into_http::<Body>().unwrap();
    app.oneshot(request).await.unwrap()
}

fn to(target: &str) -> SignedRequest {
    SignedRequest {
        target: target.to_owned(),
        ..signed(EVENT)
    }
}

#[tokio::test]
async fn both_spellings_of_every_prefix_reach_the_handler() {
    for (prefix, base) in [
        ("/payments/process", "/payments/process"),
        ("/payments/process/", "/payments/process"),
        ("payments/process", "/payments/process"),
        ("/", ""),
        ("", ""),
    ] {
        let app = mount(prefix, endpoint(), post(variant));
        for target in [
            format!("{base}/stripe-eu"),
            format!("{base}/stripe-eu/"),
            format!("{base}/stripe-eu/?a=b"),
        ] {
            let response = send(app.clone(), to(&target)).await;
            assert_eq!(response.status(), 200, "{prefix}: {target}");
            assert_eq!(text(response).await, "stripe-eu");
        }
    }
}

#[tokio::test]
async fn nothing_else_is_there() {
    let app = mount("/payments/process", endpoint(), post(variant));
    for target in [
        "/",
        "/payments",
        "/payments/process",
        "/payments/process/",
        "/payments/process//stripe",
        "/payments/process/stripe//",
        "/payments/process/stripe/more",
        "/payments/process/stripe/more/",
        "/stripe",
    ] {
        let response = send(app.clone(), to(target)).await;
        assert_eq!(response.status(), 404, "{target}");
        assert!(response.extensions().get::<Rejection>().is_none());
    }
}

#[tokio::test]
async fn both_spellings_are_guarded() {
    let app = mount("/payments/process", endpoint(), post(variant));
    for target in ["/payments/process/stripe", "/payments/process/stripe/"] {
        let forged = to(target).with_body("{}");
        assert_eq!(send(app.clone(), forged).await.status(), 401, "{target}");
    }
}

#[tokio::test]
async fn other_routes_are_not_guarded() {
    let app = Router::new()
        .route("/health", get(|| async { "well" }))
        .merge(mount("/payments/process", endpoint(), post(variant)));
    let health = SignedRequest {
        method: "GET".to_owned(),
        ..to("/health").without_header("stripe-signature")
    };
    assert_eq!(text(send(app, health).await).await, "well");
}

#[tokio::test]
async fn the_layer_sees_methods_that_the_handler_does_not_take() {
    let app = mount("/payments/process", endpoint(), post(variant));
    let get = SignedRequest {
        method: "GET".to_owned(),
        ..to("/payments/process/stripe/")
    };
    let response = send(app, get).await;
    let rejection = response.extensions().get::<Rejection>().unwrap();
    assert_eq!(rejection.code(), "method_not_allowed");
}

#[tokio::test]
async fn the_routes_can_be_nested() {
    let app = Router::new().nest("/shop", mount("/process", endpoint(), post(variant)));
    for target in ["/shop/process/stripe", "/shop/process/stripe/"] {
        assert_eq!(text(send(app.clone(), to(target)).await).await, "stripe");
    }
}

#[tokio::test]
async fn variants_are_told_apart_before_the_body() {
    async fn name(Verified(delivery): Verified<Delivery>) -> String {
        delivery.variant().unwrap().to_owned()
    }
    let variants = Variants::new().with("stripe", endpoint()).unwrap();
    let app = mount("/payments/process", Endpoint::new(variants), post(name));
    for target in ["/payments/process/stripe", "/payments/process/stripe/"] {
        assert_eq!(text(send(app.clone(), to(target)).await).await, "stripe");
    }
    for target in ["/payments/process/paypal", "/payments/process/paypal/"] {
        let mut request = sent_as(EVENT, [Step::Never]);
        *request.uri_mut() = target.parse().unwrap();
        let polls = request.body().polls.clone();
        let response = app.clone().oneshot(request.map(Body::new)).await.unwrap();
        assert_eq!(response.status(), 404);
        let rejection = response.extensions().get::<Rejection>().unwrap();
        assert_eq!(rejection.code(), "unknown_endpoint");
        assert_eq!(polls.load(Ordering::Relaxed), 0, "{target}");
    }
}
