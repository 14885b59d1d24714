//! Notifications that prove nothing, looked up by the extractor and by the middleware.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpResponse, web};
use webhook_actix::{Verified, Webhook};
use webhook_core::dedupe::Dedupe;
use webhook_core::provider::mollie;
use webhook_core::{Confirm, Confirmed, Endpoint, Lookup};
use webhook_store::MemoryStore;

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

async fn paid(Verified(payments): Verified<Confirmed<Payment>>, body: web::Bytes) -> String {
    let payment = &payments[0];
    format!("{} {} {}", payment.id, payment.status, body.len())
}

#[actix_web::test]
async fn a_handler_gets_what_the_interface_says() {
    let extractor = web::resource("/extractor").app_data(Endpoint::new(confirm()));
    let middleware = web::resource("/middleware").wrap(Webhook::new(Endpoint::new(confirm())));
    let app = App::new()
        .service(extractor.to(paid))
        .service(middleware.to(paid));
    let app = init_service(app).await;
    for uri in ["/extractor", "/middleware"] {
        for (body, status, told) in [
            ("id=tr_1&status=failed", 200, "tr_1 paid 0"),
            ("id=tr_2", 404, "not_confirmed"),
            ("id=tr_down", 503, "look_up_failed"),
            ("id=..%2Fcustomers", 400, "malformed"),
        ] {
            let request = TestRequest::post().uri(uri).set_payload(body);
            let response = call_service(&app, request.to_request()).await;
            assert_eq!(response.status(), status, "{uri} {body}");
            let answer = read_body(response).await;
            let answer = String::from_utf8_lossy(&answer);
            assert!(answer.contains(told), "{uri} {body}: {answer}");
        }
    }
}

#[actix_web::test]
async fn a_store_knows_what_the_interface_has_said_before_and_nothing_else() {
    let of_state = |payment: &Payment| format!("{} {}", payment.id, payment.status);
    for (confirm, calls) in [(confirm().identity(of_state), 1), (confirm(), 3)] {
        let called = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&called);
        let handler = move |_: Verified<Confirmed<Payment>>| {
            counter.fetch_add(1, Ordering::Relaxed);
            async { HttpResponse::Ok().finish() }
        };
        let endpoint = Endpoint::new(confirm).name("shop");
        let endpoint = endpoint.dedupe(Dedupe::new(MemoryStore::default()));
        let resource = web::resource("/").wrap(Webhook::new(endpoint)).to(handler);
        let app = init_service(App::new().service(resource)).await;
        for body in ["id=tr_1", "id=tr_1", "id=tr_1&try=3"] {
            let request = TestRequest::post().uri("/").set_payload(body);
            let response = call_service(&app, request.to_request()).await;
            assert_eq!(response.status(), 200, "{body}");
        }
        assert_eq!(called.load(Ordering::Relaxed), calls);
    }
}
