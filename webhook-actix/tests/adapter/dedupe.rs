//! The middleware before a handler whose endpoint dedupes.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::pending;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::Duration;

use actix_http::Request;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::rt::task::spawn_blocking;
use actix_web::test::{call_service, init_service, read_body};
use actix_web::{App, HttpResponse, HttpServer, error, web};
use futures_util::FutureExt;
use futures_util::future::join_all;
use webhook_actix::{Acknowledge, Verified, Webhook};
use webhook_core::dedupe::{
    Claim, ClaimState, ClaimToken, Dedupe, DedupeKey, DedupeStore, Nonce, StoreError, StoreFuture,
};
use webhook_core::{Delivery, Endpoint, Rejection, RejectionKind, Variants};
use webhook_store::MemoryStore;

use crate::acknowledgement::{accepted, demanding};
use crate::common::*;

fn deduping() -> Endpoint {
    stripe().name("shop").dedupe(MemoryStore::default())
}

fn genuine() -> Request {
    request(&signed(BODY))
}

fn is_duplicate<B>(response: &ServiceResponse<B>) -> bool {
    let mark = response.headers().get("webhook-duplicate");
    assert!(mark.is_none_or(|mark| mark == "true"));
    mark.is_some()
}

fn is_in_progress<B>(response: &ServiceResponse<B>) -> bool {
    let rejection = response.response().extensions();
    let kind = rejection.get().map(Rejection::kind);
    kind == Some(RejectionKind::InProgress)
        && response.status() == 503
        && response.headers().get("retry-after").unwrap() == "5"
}

/// What a handler answers, one after another, and the deliveries that it has seen.
#[derive(Clone, Default)]
struct Script(Rc<RefCell<(VecDeque<u16>, Vec<Delivery>)>>);

impl Script {
    fn answering(statuses: impl Into<VecDeque<u16>>) -> Self {
        Self(Rc::new(RefCell::new((statuses.into(), Vec::new()))))
    }

    fn attempts(&self) -> Vec<u32> {
        let attempt = |delivery: &Delivery| delivery.claim().map_or(0, ClaimToken::attempt);
        self.0.borrow().1.iter().map(attempt).collect()
    }
}

async fn scripted(delivery: Verified<Delivery>, script: web::Data<Script>) -> HttpResponse {
    let (statuses, calls) = &mut *script.0.borrow_mut();
    calls.push(delivery.0);
    let status = statuses.pop_front().unwrap_or(200);
    HttpResponse::new(StatusCode::from_u16(status).unwrap())
}

type Answer = ServiceResponse;

/// An app with the handler of this script behind this endpoint.
async fn app(
    endpoint: Endpoint,
    script: &Script,
) -> impl Service<Request, Response = Answer, Error = actix_web::Error> + use<> {
    app_of(endpoint, script, web::to(scripted)).await
}

async fn app_of(
    endpoint: Endpoint,
    script: &Script,
    handler: actix_web::Route,
) -> impl Service<Request, Response = Answer, Error = actix_web::Error> + use<> {
    let resource = web::resource("/{any}*")
        .wrap(Webhook::new(endpoint))
        .route(handler);
    let app = App::new()
        .app_data(web::Data::new(script.clone()))
        .service(resource);
    init_service(app).await
}

#[actix_web::test]
async fn a_duplicate_is_answered_without_the_handler() {
    let script = Script::default();
    let app = app(deduping(), &script).await;
    let first = call_service(&app, genuine()).await;
    assert_eq!(
        (first.status().as_u16(), is_duplicate(&first)),
        (200, false)
    );
    for _ in 0..3 {
        let again = call_service(&app, genuine()).await;
        assert_eq!((again.status().as_u16(), is_duplicate(&again)), (200, true));
        assert_eq!(read_body(again).await, "");
    }
    assert_eq!(script.attempts(), [1]);
}

#[actix_web::test]
async fn a_duplicate_is_acknowledged_as_its_sender_demands() {
    let endpoint = demanding(accepted())
        .name("shop")
        .dedupe(MemoryStore::default());
    let app = app(endpoint, &Script::default()).await;
    for duplicate in [false, true] {
        let answer = call_service(&app, genuine()).await;
        assert_eq!(is_duplicate(&answer), duplicate);
        assert_eq!(answer.status(), 200);
        assert_eq!(read_body(answer).await, "[accepted]");
    }
}

#[actix_web::test]
async fn after_an_error_of_the_handler_the_next_try_runs() {
    let script = Script::answering([500, 404, 503]);
    let app = app(deduping(), &script).await;
    for status in [500, 404, 503, 200] {
        let answer = call_service(&app, genuine()).await;
        assert_eq!(
            (answer.status().as_u16(), is_duplicate(&answer)),
            (status, false)
        );
    }
    assert!(is_duplicate(&call_service(&app, genuine()).await));
    assert_eq!(script.attempts(), [1, 2, 3, 4]);
}

#[actix_web::test]
async fn an_error_of_the_service_passes_and_gives_the_event_back() {
    async fn handler(delivery: Verified<Delivery>) -> actix_web::Result<&'static str> {
        match delivery.is_retry() {
            false => Err(error::ErrorImATeapot("short and stout")),
            true => Ok("done"),
        }
    }
    let app = app_of(deduping(), &Script::default(), web::to(handler)).await;
    let answer = call_service(&app, genuine()).await;
    assert_eq!(answer.status(), 418);
    assert_eq!(read_body(answer).await, "short and stout");
    assert_eq!(read_body(call_service(&app, genuine()).await).await, "done");
    assert!(is_duplicate(&call_service(&app, genuine()).await));

    // What comes out of a middleware as an error and not as a response.
    let broken = init_service(
        App::new()
            .wrap_fn(|_, _| async { Err::<ServiceResponse, _>(error::ErrorConflict("broken")) })
            .wrap(Webhook::new(deduping())),
    )
    .await;
    for _ in 0..2 {
        let error = broken.call(genuine()).await.map(drop).unwrap_err();
        assert_eq!(error.to_string(), "broken");
    }
}

#[actix_web::test]
async fn of_requests_at_once_one_reaches_the_handler() {
    async fn handler(_: Verified<Delivery>) -> &'static str {
        for _ in 0..100 {
            actix_web::rt::task::yield_now().await;
        }
        "done"
    }
    let app = app_of(deduping(), &Script::default(), web::to(handler)).await;
    let answers = join_all((0..16).map(|_| call_service(&app, genuine()))).await;
    let (later, handled): (Vec<_>, Vec<_>) = answers.into_iter().partition(is_in_progress);
    assert_eq!((later.len(), handled.len()), (15, 1));
    assert!(!is_duplicate(&handled[0]));
    assert!(is_duplicate(&call_service(&app, genuine()).await));
}

/// The first answer after the event is given back, which happens in a task of its own.
async fn until_free(
    app: &impl Service<Request, Response = Answer, Error = actix_web::Error>,
) -> Answer {
    loop {
        let answer = call_service(app, genuine()).await;
        if !is_in_progress(&answer) {
            return answer;
        }
        actix_web::rt::task::yield_now().await;
    }
}

#[actix_web::test]
async fn after_a_panic_the_next_try_runs() {
    async fn handler(delivery: Verified<Delivery>) -> &'static str {
        actix_web::rt::task::yield_now().await;
        assert!(delivery.is_retry(), "the first call panics");
        "done"
    }
    let app = app_of(deduping(), &Script::default(), web::to(handler)).await;
    let crash = AssertUnwindSafe(call_service(&app, genuine())).catch_unwind();
    assert!(crash.await.is_err());
    assert_eq!(read_body(until_free(&app).await).await, "done");
}

#[actix_web::test]
async fn a_request_that_is_dropped_goes_on_and_is_done() {
    let endpoint = deduping();
    let (is_open, effects) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(0)));
    let handler = web::to({
        let both = (is_open.clone(), effects.clone());
        move |_: Verified<Delivery>| {
            let (is_open, effects) = both.clone();
            async move {
                while !is_open.get() {
                    actix_web::rt::task::yield_now().await;
                }
                effects.set(effects.get() + 1);
                HttpResponse::Ok().finish()
            }
        }
    });
    let app = app_of(endpoint.clone(), &Script::default(), handler).await;
    {
        let mut first = pin!(app.call(genuine()));
        let mut context = Context::from_waker(Waker::noop());
        assert!(first.as_mut().poll(&mut context).is_pending());
    }
    assert!(is_in_progress(&call_service(&app, genuine()).await));
    is_open.set(true);
    endpoint.join_detached().await;
    assert!(is_duplicate(&call_service(&app, genuine()).await));
    assert_eq!(effects.get(), 1);
}

fn wire() -> Vec<u8> {
    let length = BODY.len();
    let mut head = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n"
    );
    for (name, value) in &signed(BODY).headers {
        head += &format!("{name}: {value}\r\n");
    }
    [head.as_bytes(), b"\r\n", BODY].concat()
}

fn ask(address: std::net::SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(&wire()).unwrap();
    let mut answer = String::new();
    // A reset ends an answer too.
    let _ = stream.read_to_string(&mut answer);
    answer
}

/// The answer over a connection to the first request after one whose handler has panicked.
async fn after_a_crash() -> String {
    async fn shaky(delivery: Verified<Delivery>) -> String {
        assert!(delivery.is_retry(), "the first call panics");
        format!("attempt {}", delivery.claim().unwrap().attempt())
    }
    let dedupe = Dedupe::new(MemoryStore::default());
    let server = HttpServer::new(move || {
        App::new()
            .wrap(Webhook::new(stripe().name("shop").dedupe(dedupe.clone())))
            .route("/", web::to(shaky))
    });
    let server = server.workers(1).bind(("127.0.0.1", 0)).unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let answer = spawn_blocking(move || {
        assert_eq!(ask(address), "");
        loop {
            let answer = ask(address);
            if !answer.starts_with("HTTP/1.1 503") {
                return answer;
            }
        }
    });
    let answer = answer.await.unwrap();
    handle.stop(false).await;
    answer
}

#[actix_web::test]
async fn a_worker_whose_handler_panics_gives_the_event_back() {
    let answer = after_a_crash().await;
    assert!(answer.ends_with("attempt 2"), "{answer}");
}

#[actix_web::test]
async fn the_extractor_alone_refuses_to_dedupe() {
    let answer = through_extractor(deduping(), genuine()).await;
    answer.assert_refused(RejectionKind::Misconfigured, "no middleware");
    let forged = request(&signed(BODY).with_body("{}"));
    let answer = through_extractor(deduping(), forged).await;
    answer.assert_refused(RejectionKind::BadSignature, "first of all");
}

#[actix_web::test]
async fn variants_are_apart() {
    let own = account("own").name("own").dedupe(MemoryStore::default());
    let variants = Variants::new()
        .with("eu", account("eu"))
        .unwrap()
        .with("us", account("us"))
        .unwrap()
        .with("own", own)
        .unwrap();
    let script = Script::default();
    let app = app(
        Endpoint::new(variants)
            .name("shop")
            .dedupe(MemoryStore::default()),
        &script,
    )
    .await;
    for (target, duplicate) in [
        ("/pay/eu", false),
        ("/pay/us/", false),
        ("/pay/own", false),
        ("/pay/eu/", true),
        ("/pay/us", true),
        ("/pay/own/", true),
    ] {
        let request = request(&sent_to_account(target));
        let answer = call_service(&app, request).await;
        assert_eq!(is_duplicate(&answer), duplicate, "{target}");
    }
    assert_eq!(script.attempts(), [1, 1, 1]);
}

#[actix_web::test]
async fn a_forged_request_does_not_make_a_genuine_one_a_duplicate() {
    let script = Script::default();
    let app = app(deduping(), &script).await;
    let forged = || request(&signed(BODY).with_body(r#"{"id":"evt_1"}"#));
    assert_eq!(call_service(&app, forged()).await.status(), 401);
    assert!(!is_duplicate(&call_service(&app, genuine()).await));
    assert_eq!(call_service(&app, forged()).await.status(), 401);
    assert_eq!(script.attempts(), [1]);
}

#[actix_web::test]
async fn an_acknowledgement_of_the_handler_completes() {
    async fn handler(_: Verified<Delivery>) -> Acknowledge {
        Acknowledge
    }
    let app = app_of(deduping(), &Script::default(), web::to(handler)).await;
    assert!(!is_duplicate(&call_service(&app, genuine()).await));
    assert!(is_duplicate(&call_service(&app, genuine()).await));
}

/// Gives every event to somebody else as soon as it is asked to renew.
#[derive(Debug, Default)]
struct Fickle(MemoryStore);

impl DedupeStore for Fickle {
    fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> StoreFuture<Claim> {
        self.0.claim(key, nonce, lease)
    }

    fn renew(&self, _: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
        StoreFuture::ready(Ok(ClaimState::Lost))
    }

    fn complete(&self, token: &ClaimToken, retention: Duration) -> StoreFuture<ClaimState> {
        self.0.complete(token, retention)
    }

    fn release(&self, token: &ClaimToken) -> StoreFuture<ClaimState> {
        self.0.release(token)
    }
}

#[actix_web::test]
async fn a_handler_whose_lease_is_lost_is_stopped_with_503() {
    let dedupe = Dedupe::new(Fickle::default())
        .lease(Duration::from_millis(30))
        .store_timeout(Duration::from_millis(10));
    let handler = web::to(|_: Verified<Delivery>| pending::<HttpResponse>());
    let app = init_service(
        App::new()
            .wrap(Webhook::new(stripe().name("shop").dedupe(dedupe)))
            .route("/", handler),
    )
    .await;
    let error = app.call(genuine()).await.map(drop).unwrap_err();
    let response = error.error_response();
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers().get("retry-after").unwrap(), "5");
}

/// Does not answer.
#[derive(Debug)]
struct Down;

impl DedupeStore for Down {
    fn claim(&self, _: &DedupeKey, _: Nonce, _: Duration) -> StoreFuture<Claim> {
        StoreFuture::ready(Err(StoreError::new("connection refused")))
    }

    fn renew(&self, _: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
        StoreFuture::ready(Err(StoreError::new("connection refused")))
    }

    fn complete(&self, token: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
        self.renew(token, Duration::ZERO)
    }

    fn release(&self, token: &ClaimToken) -> StoreFuture<ClaimState> {
        self.renew(token, Duration::ZERO)
    }
}

#[actix_web::test]
async fn a_store_that_is_down_is_a_503_and_no_call() {
    let answer = through_middleware(stripe().name("shop").dedupe(Down), genuine()).await;
    answer.assert_refused(RejectionKind::StoreUnavailable, "down");
    let dedupe = Dedupe::new(Down).dangerously_fail_open();
    let answer = through_middleware(stripe().name("shop").dedupe(dedupe), genuine()).await;
    assert_eq!((answer.status, answer.calls), (200, 1));
}
