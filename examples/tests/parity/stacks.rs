//! The three ways to receive, each with the same endpoints.

use std::net::{SocketAddr, TcpListener};
use std::sync::LazyLock;
use std::thread;

use actix_web::dev::{Service, ServiceRequest};
use actix_web::{App, HttpRequest, HttpServer, web};
use axum::Router;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::any;
use bytes::Bytes;

use webhook_core::provider::stripe;
use webhook_core::{Confirmed, Delivery};

use crate::confirmed::{self, CONFIRMED, Payment};
use crate::journal::{HEADER, Number, Seen, Work};
use crate::senders::{TYPED, endpoints, forbid_canaries, typed};
use crate::vectors;
use webhook_testkit::hygiene::listen;

/// A running server.
pub(crate) struct Stack {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
}

impl Stack {
    /// actix-web says `100 Continue` before it calls anything; hyper once somebody reads the body.
    pub(crate) fn asks_for_every_body(&self) -> bool {
        self.name.starts_with("actix")
    }
}

/// All three, started once; they run as long as the tests do.
pub(crate) fn stacks() -> &'static [Stack; 3] {
    static STACKS: LazyLock<[Stack; 3]> = LazyLock::new(|| {
        forbid_canaries();
        listen();
        [
            start("axum layer", under_axum),
            start("actix extractor", |listener| {
                under_actix(listener, with_extractor);
            }),
            start("actix middleware", |listener| {
                under_actix(listener, with_middleware);
            }),
        ]
    });
    &STACKS
}

fn start(name: &'static str, serve: fn(TcpListener)) -> Stack {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || serve(listener));
    Stack { name, address }
}

/// What handlers answer.
const TAKEN: &str = "taken";

/// What the handler of a payment answers.
fn told(number: Number, payments: &Confirmed<Payment>, body: &Bytes) -> String {
    number.note(Seen::named("a payment"));
    let payment = &payments[0];
    format!("{} {} {}", payment.id, payment.status, body.len())
}

mod layer {
    use super::*;
    use webhook_tower::Verified;

    pub(super) async fn take(
        headers: HeaderMap,
        Verified(delivery): Verified<Delivery>,
        body: Bytes,
    ) -> &'static str {
        let number = Number::read(headers[HEADER].as_bytes());
        number.note(Seen::new(&delivery, &body));
        TAKEN
    }

    pub(super) async fn take_typed(_: Verified<stripe::Event>) -> &'static str {
        TAKEN
    }

    pub(super) async fn take_payment(
        headers: HeaderMap,
        Verified(payments): Verified<Confirmed<Payment>>,
        body: Bytes,
    ) -> String {
        told(Number::read(headers[HEADER].as_bytes()), &payments, &body)
    }
}

fn under_axum(listener: TcpListener) {
    listener.set_nonblocking(true).unwrap();
    let layer = webhook_tower::WebhookLayer::new;
    let mut app = Router::new().route(TYPED, any(layer::take_typed).layer(layer(typed())));
    for (path, endpoint) in endpoints() {
        app = app.route(path, any(layer::take).layer(layer(endpoint)));
    }
    let looked_up = [(CONFIRMED, confirmed::endpoint())];
    for (path, endpoint) in looked_up.into_iter().chain(confirmed::remembering()) {
        app = app.route(path, any(layer::take_payment).layer(layer(endpoint)));
    }
    let app = app.fallback_service(any(layer::take).layer(layer(vectors::endpoint())));
    let app = app.layer(from_fn(watch));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        axum::serve(listener, app).await.unwrap();
    });
}

async fn watch(request: Request, next: Next) -> Response {
    let _work = Work::begin(Number::read(request.headers()[HEADER].as_bytes()));
    next.run(request).await
}

mod actix {
    use super::*;
    use webhook_actix::Verified;

    pub(super) async fn take(request: HttpRequest, delivery: Verified<Delivery>) -> &'static str {
        number(&request).note(Seen::new(&delivery, delivery.body()));
        TAKEN
    }

    /// Reads what the middleware has left for other extractors.
    pub(super) async fn take_left(
        request: HttpRequest,
        delivery: web::ReqData<Delivery>,
        body: web::Payload,
    ) -> &'static str {
        let body = body.to_bytes().await.unwrap();
        number(&request).note(Seen::new(&delivery, &body));
        TAKEN
    }

    pub(super) async fn take_typed(_: Verified<stripe::Event>) -> &'static str {
        TAKEN
    }

    pub(super) async fn take_payment(
        request: HttpRequest,
        Verified(payments): Verified<Confirmed<Payment>>,
        body: Bytes,
    ) -> String {
        told(number(&request), &payments, &body)
    }

    fn number(request: &HttpRequest) -> Number {
        Number::read(request.headers().get(HEADER).unwrap().as_bytes())
    }
}

/// Every address that no other resource has.
const EVERYWHERE: &str = "/{rest:.*}";

fn with_extractor(config: &mut web::ServiceConfig) {
    let resource = web::resource(TYPED).app_data(typed());
    config.service(resource.to(actix::take_typed));
    for (path, endpoint) in endpoints() {
        config.service(web::resource(path).app_data(endpoint).to(actix::take));
    }
    let resource = web::resource(CONFIRMED).app_data(confirmed::endpoint());
    config.service(resource.to(actix::take_payment));
    // The extractor alone has no store.
    remember_payments(config);
    let everywhere = web::resource(EVERYWHERE).app_data(vectors::endpoint());
    config.service(everywhere.to(actix::take));
}

fn with_middleware(config: &mut web::ServiceConfig) {
    let webhook = webhook_actix::Webhook::new;
    let resource = web::resource(TYPED).wrap(webhook(typed()));
    config.service(resource.to(actix::take_typed));
    for (path, endpoint) in endpoints() {
        let resource = web::resource(path).wrap(webhook(endpoint));
        config.service(resource.to(actix::take_left));
    }
    let resource = web::resource(CONFIRMED).wrap(webhook(confirmed::endpoint()));
    config.service(resource.to(actix::take_payment));
    remember_payments(config);
    let everywhere = web::resource(EVERYWHERE).wrap(webhook(vectors::endpoint()));
    config.service(everywhere.to(actix::take_left));
}

fn remember_payments(config: &mut web::ServiceConfig) {
    for (path, endpoint) in confirmed::remembering() {
        let resource = web::resource(path).wrap(webhook_actix::Webhook::new(endpoint));
        config.service(resource.to(actix::take_payment));
    }
}

fn under_actix(listener: TcpListener, configure: fn(&mut web::ServiceConfig)) {
    let app = move || {
        App::new()
            .configure(configure)
            .wrap_fn(|request: ServiceRequest, inner| {
                let number = request.headers().get(HEADER).unwrap().as_bytes();
                let work = Work::begin(Number::read(number));
                let response = inner.call(request);
                async move {
                    let _work = work;
                    response.await
                }
            })
    };
    let server = HttpServer::new(app).workers(1).disable_signals();
    actix_web::rt::System::new().block_on(async {
        server.listen(listener).unwrap().run().await.unwrap();
    });
}
