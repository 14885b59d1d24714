//! An endpoint that only reports: what would be refused reaches the handlers that ask for it, and is told.

use std::net::SocketAddr;

use actix_web::{HttpResponse, web};
use axum::Router;
use axum::extract::FromRef;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bytes::Bytes;
use webhook_core::observe::Observed;
use webhook_core::provider::stripe::Stripe;
use webhook_core::testing::FixedClock;
use webhook_core::{Delivery, Endpoint, UnverifiedDelivery};
use webhook_store::MemoryStore;
use webhook_testkit::message::Message;
use webhook_testkit::wire::Connection;

use crate::servers::{serve_actix, serve_axum};
use crate::{NOW, SECRET, Told, signed};

type Start = fn(&Told) -> SocketAddr;

const BOTH: [(&str, Start); 2] = [("axum", axum), ("actix-web", actix)];

/// Without a store, for handlers without a layer.
fn plain(told: &Told) -> Endpoint {
    let told = told.clone();
    Endpoint::new(Stripe::new(SECRET).unwrap())
        .name("shop")
        .clock(FixedClock::at(NOW))
        .body_limit(1000)
        .dangerously_report_only()
        .observe(move |seen: &Observed| told.note(seen))
}

fn endpoint(told: &Told) -> Endpoint {
    plain(told).dedupe(MemoryStore::with_capacity(100))
}

fn unproven(delivery: &UnverifiedDelivery) -> String {
    let body = delivery.body().into_unverified();
    format!("{} {}", delivery.rejection().code(), body.len())
}

fn axum(told: &Told) -> SocketAddr {
    use webhook_tower::{MaybeVerified, Verified, VerifiedBody, WebhookLayer, kinds};

    #[derive(Clone, FromRef)]
    struct Shop(Endpoint);

    async fn maybe(event: MaybeVerified<Delivery>, body: Bytes) -> Response {
        match event {
            MaybeVerified::Verified(_) => "verified".into_response(),
            MaybeVerified::Unverified(delivery) => {
                assert_eq!(delivery.body().into_unverified(), &body);
                unproven(&delivery).into_response()
            }
        }
    }
    async fn strict(_: Verified<Delivery>) -> &'static str {
        "verified"
    }
    async fn alone(_: VerifiedBody<Delivery>) -> &'static str {
        "verified"
    }
    async fn raw(body: String) -> String {
        body.len().to_string()
    }

    let app = Router::new()
        .route("/maybe", any(maybe))
        .route("/strict", any(strict))
        .route("/kinds", any(kinds().otherwise(strict)))
        .route("/raw", any(raw))
        .layer(WebhookLayer::new(endpoint(told)))
        .route("/alone", any(alone))
        .with_state(Shop(plain(told)));
    serve_axum(app)
}

fn actix(told: &Told) -> SocketAddr {
    use webhook_actix::{MaybeVerified, Verified, Webhook, kinds};

    async fn maybe(event: MaybeVerified<Delivery>, body: web::Bytes) -> HttpResponse {
        HttpResponse::Ok().body(match event {
            MaybeVerified::Verified(_) => "verified".to_owned(),
            MaybeVerified::Unverified(delivery) => {
                assert_eq!(delivery.body().into_unverified(), &body);
                unproven(&delivery)
            }
        })
    }
    async fn strict(_: Verified<Delivery>) -> &'static str {
        "verified"
    }
    async fn raw(body: String) -> String {
        body.len().to_string()
    }

    let (plain, endpoint) = (plain(told), endpoint(told));
    let app = move |app: &mut web::ServiceConfig| {
        let guarded = |path| web::resource(path).wrap(Webhook::new(endpoint.clone()));
        app.service(guarded("/maybe").to(maybe))
            .service(guarded("/strict").to(strict))
            .service(guarded("/kinds").route(web::route().service(kinds().otherwise(strict))))
            .service(guarded("/raw").to(raw))
            .service(web::resource("/beside").app_data(plain.clone()).to(maybe))
            .service(web::resource("/alone").app_data(plain.clone()).to(strict));
    };
    serve_actix(app)
}

/// For each request: what it is, where it goes, the answer, and what observers are told.
#[test]
fn what_would_be_refused_goes_to_those_who_ask_for_it_and_is_told() {
    const PROBLEM: &str = "a problem";
    let genuine = Message::new(signed("evt_1", "a.ok"));
    let len = genuine.body.len();
    let forged = genuine.clone().body(b"{}");
    let unsigned = genuine.clone().without("stripe-signature");
    let by_get = genuine.clone().method("PUT");
    let large = genuine.clone().body("x".repeat(2000).as_bytes());
    let whole = len.to_string();
    let unsigned_len = format!("missing_signature {len}");
    let by_get_len = format!("method_not_allowed {len}");
    let rows: [(&Message, &str, u16, &str, &str); 15] = [
        (
            &genuine,
            "/maybe",
            200,
            "verified",
            "accepted a.ok Some(200) LEN true",
        ),
        (
            &genuine,
            "/maybe",
            200,
            "",
            "duplicate a.ok Some(200) LEN false",
        ),
        (
            &forged,
            "/maybe",
            200,
            "bad_signature 2",
            "bad_signature - Some(200) 2 true",
        ),
        // Not remembered: nothing is known of its event.
        (
            &forged,
            "/maybe",
            200,
            "bad_signature 2",
            "bad_signature - Some(200) 2 true",
        ),
        (
            &unsigned,
            "/maybe",
            200,
            &unsigned_len,
            "missing_signature - Some(200) LEN true",
        ),
        (
            &by_get,
            "/maybe",
            200,
            &by_get_len,
            "method_not_allowed - Some(200) LEN true",
        ),
        // There is no whole body to pass on.
        (
            &large,
            "/maybe",
            413,
            PROBLEM,
            "body_too_large - Some(413) 0 false",
        ),
        // Who wants a proof gets nothing else.
        (
            &forged,
            "/strict",
            401,
            PROBLEM,
            "bad_signature - Some(401) 2 true",
        ),
        (
            &unsigned,
            "/strict",
            400,
            PROBLEM,
            "missing_signature - Some(400) LEN true",
        ),
        (
            &forged,
            "/kinds",
            401,
            PROBLEM,
            "bad_signature - Some(401) 2 true",
        ),
        (
            &genuine,
            "/strict",
            200,
            "",
            "duplicate a.ok Some(200) LEN false",
        ),
        (
            &genuine,
            "/kinds",
            200,
            "",
            "duplicate a.ok Some(200) LEN false",
        ),
        (
            &unsigned,
            "/raw",
            200,
            &whole,
            "missing_signature - Some(200) LEN true",
        ),
        (
            &genuine,
            "/alone",
            200,
            "verified",
            "accepted a.ok None LEN false",
        ),
        (
            &forged,
            "/alone",
            401,
            PROBLEM,
            "bad_signature - None 2 false",
        ),
    ];
    for (name, start) in BOTH {
        let told = Told::default();
        let address = start(&told);
        for (message, path, status, body, line) in &rows {
            let mut connection = Connection::open(address);
            connection.send(&(*message).clone().target(path).bytes());
            let answer = connection.answer().unwrap();
            assert_eq!(answer.status, *status, "{name} {path}: {line}");
            match *body {
                PROBLEM => assert!(answer.body.contains(r#""code":"#), "{name} {path}"),
                body => assert_eq!(answer.body, body, "{name} {path}"),
            }
            let (start, handler) = line.rsplit_once(' ').unwrap();
            let start = start.replace("LEN", &len.to_string());
            let line = format!("{start} shop/stripe handler:{handler}");
            assert_eq!(told.lines(1), [line], "{name} {path}");
        }
    }
}

/// In actix-web the extractor alone does it too, and the raw body is there beside it.
#[test]
fn without_a_middleware_the_raw_body_is_there_too() {
    let told = Told::default();
    let address = actix(&told);
    for (body, status, answer) in [("{}", 200, "bad_signature 2"), ("", 200, "bad_signature 0")] {
        let forged = Message::new(signed("evt_1", "a.ok")).body(body.as_bytes());
        let mut connection = Connection::open(address);
        connection.send(&forged.target("/beside").bytes());
        let answered = connection.answer().unwrap();
        assert_eq!((answered.status, &*answered.body), (status, answer));
    }
}
