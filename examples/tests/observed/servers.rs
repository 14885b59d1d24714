//! The same application under each framework.

use std::net::{SocketAddr, TcpListener};
use std::thread;

use actix_web::{App, HttpResponse, HttpServer, web};
use axum::Router;
use axum::http::{Response, StatusCode, request};
use axum::routing::{any, post};
use bytes::Bytes;
use serde::Deserialize;
use webhook_core::provider::stripe::Stripe;
use webhook_core::testing::FixedClock;
use webhook_core::{Delivery, Endpoint, JsonEvent, Rejection};

use crate::gate::Gate;
use crate::{NOW, SECRET, Told, chat, shop};

type Start = fn(Told, Gate) -> SocketAddr;

pub(crate) const ALL: [(&str, Start); 2] = [("axum", axum), ("actix-web", actix)];

/// What no event has.
#[derive(Deserialize)]
pub(crate) struct Shape {
    #[serde(rename = "no_such_member")]
    _member: u64,
}

async fn work(delivery: Delivery, gate: Gate) -> u16 {
    match delivery.kind() {
        Some("a.fails") => 500,
        Some("a.panics") => panic!("the handler of the test panics"),
        Some("a.waits") => {
            gate.pass().await;
            200
        }
        _ => 200,
    }
}

fn words(rejection: &Rejection, path: &str) -> Option<String> {
    match rejection.code() {
        "missing_signature" => None,
        "method_not_allowed" => panic!("words that panic change nothing"),
        code => Some(format!("{code} of {path}")),
    }
}

fn plain() -> Endpoint {
    Endpoint::new(Stripe::new(SECRET).unwrap()).clock(FixedClock::at(NOW))
}

fn socket() -> (TcpListener, SocketAddr) {
    let socket = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// Serves this application from a thread of its own.
pub(crate) fn serve_axum(app: Router) -> SocketAddr {
    let (socket, address) = socket();
    socket.set_nonblocking(true).unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let socket = tokio::net::TcpListener::from_std(socket).unwrap();
            axum::serve(socket, app).await.unwrap();
        });
    });
    address
}

/// The same of an application of actix-web, which each of its workers makes.
pub(crate) fn serve_actix(
    app: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
) -> SocketAddr {
    let (socket, address) = socket();
    thread::spawn(move || {
        let made = move || App::new().configure(app.clone());
        let server = HttpServer::new(made).workers(1).disable_signals();
        actix_web::rt::System::new().block_on(async {
            server.listen(socket).unwrap().run().await.unwrap();
        });
    });
    address
}

fn axum(told: Told, gate: Gate) -> SocketAddr {
    use webhook_tower::{Verified, WebhookLayer, kinds};

    let take = move |Verified(delivery): Verified<Delivery>| {
        let work = work(delivery, gate.clone());
        async { StatusCode::from_u16(work.await).unwrap() }
    };
    async fn shape(_: Verified<JsonEvent<Shape>>) {}

    let shaped = WebhookLayer::new(plain()).on_rejection(|rejection, head: &request::Parts| {
        let words = words(rejection, head.uri.path())?;
        Response::builder()
            .status(418)
            .body(Bytes::from(words))
            .ok()
    });
    let by_kind = kinds()
        .on("invoice.paid", async || "exact")
        .on_prefix("customer.", async || "prefix")
        .on_prefix("customer.subscription.", async || "longer")
        .otherwise(async || "rest");
    let observed = kinds().on("a.shape", shape).otherwise(take.clone());
    let app = Router::new()
        .route("/", any(observed).layer(WebhookLayer::new(shop(&told))))
        .route(
            "/chat",
            any(take.clone()).layer(WebhookLayer::new(chat(&told))),
        )
        .route("/hook", any(take).layer(shaped))
        .route("/by-kind", post(by_kind).layer(WebhookLayer::new(plain())));
    serve_axum(app)
}

fn actix(told: Told, gate: Gate) -> SocketAddr {
    use actix_web::http::StatusCode;
    use webhook_actix::{Verified, Webhook, kinds};

    let take = move |Verified(delivery): Verified<Delivery>| {
        let work = work(delivery, gate.clone());
        async { HttpResponse::new(StatusCode::from_u16(work.await).unwrap()) }
    };
    async fn shape(_: Verified<JsonEvent<Shape>>) -> HttpResponse {
        HttpResponse::Ok().finish()
    }

    let (shop, chat) = (shop(&told), chat(&told));
    let app = move |app: &mut web::ServiceConfig| {
        let shaped = Webhook::new(plain()).on_rejection(|rejection, head| {
            let words = words(rejection, head.path())?;
            Some(HttpResponse::build(StatusCode::IM_A_TEAPOT).body(words))
        });
        let by_kind = kinds()
            .on("invoice.paid", async || "exact")
            .on_prefix("customer.", async || "prefix")
            .on_prefix("customer.subscription.", async || "longer")
            .otherwise(async || "rest");
        let routes = kinds().on("a.shape", shape).otherwise(take.clone());
        app.service(
            web::resource("/")
                .wrap(Webhook::new(shop.clone()))
                .route(web::route().service(routes)),
        )
        .service(
            web::resource("/chat")
                .wrap(Webhook::new(chat.clone()))
                .to(take.clone()),
        )
        .service(web::resource("/hook").wrap(shaped).to(take.clone()))
        .service(
            web::resource("/by-kind")
                .wrap(Webhook::new(plain()))
                .route(web::post().service(by_kind)),
        );
    };
    serve_actix(app)
}
