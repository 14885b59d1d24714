//! What a handler that completes its own claim sees, and what the store is told, behind both adapters.
#![cfg(feature = "memory")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, web};
use axum::Router;
use axum::http::{Request, StatusCode};
use axum::routing::post;
use bytes::Bytes;
use tokio::task::LocalSet;
use tower::ServiceExt;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use webhook_core::dedupe::{
    Claim, ClaimState, ClaimToken, Dedupe, DedupeKey, DedupeStore, Nonce, StoreFuture,
};
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::resolver::{Resolved, from_fn};
use webhook_core::testing::{FixedClock, Sign, Signer};
use webhook_core::{Delivery, Endpoint, UnixTime, Verifier};
use webhook_store::MemoryStore;

const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
const SECRET: &str = "whsec_Y29tcGxldGVkIGJ5IGl0c2VsZg";
const LEASE: Duration = Duration::from_secs(90);
const RETENTION: Duration = Duration::from_secs(3_000_000);

/// A store in memory that remembers what it was asked for.
#[derive(Clone, Debug, Default)]
struct Told(Arc<MemoryStore>, Arc<Mutex<Vec<(&'static str, Duration)>>>);

impl Told {
    fn note(&self, step: &'static str, length: Duration) {
        self.1.lock().unwrap().push((step, length));
    }

    fn told(&self) -> Vec<(&'static str, Duration)> {
        std::mem::take(&mut *self.1.lock().unwrap())
    }
}

impl DedupeStore for Told {
    fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> StoreFuture<Claim> {
        self.note("claim", lease);
        self.0.claim(key, nonce, lease)
    }

    fn renew(&self, token: &ClaimToken, lease: Duration) -> StoreFuture<ClaimState> {
        self.note("renew", lease);
        self.0.renew(token, lease)
    }

    fn complete(&self, token: &ClaimToken, retention: Duration) -> StoreFuture<ClaimState> {
        self.note("complete", retention);
        self.0.complete(token, retention)
    }

    fn release(&self, token: &ClaimToken) -> StoreFuture<ClaimState> {
        self.note("release", Duration::ZERO);
        self.0.release(token)
    }
}

/// Collects what is logged at WARN and ERROR.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!(" {field}: {value:?}"));
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// What the handler does.
#[derive(Clone, Copy, Debug)]
struct Work {
    completes_itself: bool,
    takes: Duration,
}

async fn handle(delivery: &Delivery, store: &Told, work: Work) {
    if work.completes_itself {
        let claim = delivery.claim().unwrap();
        let held = store.0.complete(claim, RETENTION).await.unwrap();
        assert_eq!(held, ClaimState::Held);
    }
    tokio::time::sleep(work.takes).await;
}

fn endpoint(store: &Told) -> Endpoint {
    let dedupe = Dedupe::new(store.clone()).lease(LEASE);
    Endpoint::new(Stripe::new(SECRET).unwrap())
        .name("adapters")
        .clock(FixedClock::at(NOW))
        .dedupe(dedupe.retention(RETENTION))
}

fn signed() -> Request<Bytes> {
    let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
    let signed = signer.sign(br#"{"id":"evt_1","type":"invoice.paid"}"#, NOW);
    signed.unwrap().into_http().unwrap()
}

/// A status, and whether it is that of a duplicate.
type Answer = (u16, bool);

async fn behind_axum(store: &Told, work: Work) -> [Answer; 2] {
    let handler = {
        let store = store.clone();
        async move |delivery: webhook_tower::Verified<Delivery>| {
            handle(&delivery.0, &store, work).await;
            StatusCode::OK
        }
    };
    let router = Router::new()
        .route("/", post(handler))
        .route_layer(webhook_tower::WebhookLayer::new(endpoint(store)));
    let ask = async || {
        let (mut head, body) = signed().into_parts();
        head.uri = "/".parse().unwrap();
        let request = Request::from_parts(head, axum::body::Body::from(body));
        let answer = router.clone().oneshot(request).await.unwrap();
        let mark = answer.headers().contains_key("webhook-duplicate");
        (answer.status().as_u16(), mark)
    };
    [ask().await, ask().await]
}

async fn behind_actix(store: &Told, work: Work) -> [Answer; 2] {
    let handler = {
        let store = store.clone();
        move |delivery: webhook_actix::Verified<Delivery>| {
            let store = store.clone();
            async move {
                handle(&delivery.0, &store, work).await;
                HttpResponse::Ok().finish()
            }
        }
    };
    let resource = web::resource("/")
        .wrap(webhook_actix::Webhook::new(endpoint(store)))
        .to(handler);
    let app = init_service(App::new().service(resource)).await;
    let ask = async || {
        let (head, body) = signed().into_parts();
        let mut request = TestRequest::post().uri("/").set_payload(body);
        for (name, value) in &head.headers {
            request = request.insert_header((name.as_str(), value.to_str().unwrap()));
        }
        let answer = call_service(&app, request.to_request()).await;
        let mark = answer.headers().contains_key("webhook-duplicate");
        (answer.status().as_u16(), mark)
    };
    [ask().await, ask().await]
}

const TENANTS: [&str; 2] = ["acme", "initech"];

/// Two tenants with one store, in which each has a share of two events.
fn shared() -> Endpoint {
    let store = MemoryStore::with_capacity(10).quota_per_scope(2);
    let tenants = from_fn(|head| {
        let tenant = head.path().trim_matches('/').to_owned();
        async move {
            let verifier: Arc<dyn Verifier> = Arc::new(Stripe::new(secret_of(&tenant)).unwrap());
            Ok(Resolved::shared(verifier).variant(tenant))
        }
    });
    Endpoint::new(tenants)
        .name("tenants")
        .clock(FixedClock::at(NOW))
        .dedupe(Dedupe::new(store))
}

fn secret_of(tenant: &str) -> String {
    format!("{SECRET}{tenant}")
}

/// Three events of the first tenant, one of the second, and the first's first again.
fn crowd() -> Vec<Request<Bytes>> {
    let [acme, initech] = TENANTS;
    let all = [(acme, 1), (acme, 2), (acme, 3), (initech, 1), (acme, 1)];
    let signed = all.map(|(tenant, event)| {
        let signer = Signer::new(stripe::SCHEME, secret_of(tenant)).unwrap();
        let body = format!(r#"{{"id":"evt_{event}","type":"invoice.paid"}}"#);
        let signed = signer.sign(body.as_bytes(), NOW).unwrap();
        let mut request = signed.into_http::<Bytes>().unwrap();
        *request.uri_mut() = format!("/{tenant}").parse().unwrap();
        request
    });
    signed.into()
}

#[tokio::test]
async fn one_tenant_does_not_fill_the_store_for_all() {
    let lines = Lines::default();
    let _collecting = tracing::subscriber::set_default(lines.clone());
    let expected = [
        (200, false),
        (200, false),
        (503, false),
        (200, false),
        (200, true),
    ];

    let router = Router::new()
        .route("/{tenant}", post(async || ()))
        .route_layer(webhook_tower::WebhookLayer::new(shared()));
    let mut answers = Vec::new();
    for request in crowd() {
        let request = request.map(axum::body::Body::from);
        let answer = router.clone().oneshot(request).await.unwrap();
        let mark = answer.headers().contains_key("webhook-duplicate");
        answers.push((answer.status().as_u16(), mark));
    }
    assert_eq!(answers, expected, "axum");

    let resource = web::resource("/{tenant}")
        .wrap(webhook_actix::Webhook::new(shared()))
        .to(HttpResponse::Ok);
    let app = init_service(App::new().service(resource)).await;
    let mut answers = Vec::new();
    for request in crowd() {
        let (head, body) = request.into_parts();
        let mut request = TestRequest::post().uri(head.uri.path()).set_payload(body);
        for (name, value) in &head.headers {
            request = request.insert_header((name.as_str(), value.to_str().unwrap()));
        }
        let answer = call_service(&app, request.to_request()).await;
        let mark = answer.headers().contains_key("webhook-duplicate");
        answers.push((answer.status().as_u16(), mark));
    }
    assert_eq!(answers, expected, "actix-web");

    let lines = lines.0.lock().unwrap();
    let told = lines.iter().filter(|line| line.contains("quota_per_scope"));
    assert_eq!(told.count(), 2, "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn a_handler_of_any_length_gives_its_own_answer_and_nothing_is_amiss() {
    let lines = Lines::default();
    let _collecting = tracing::subscriber::set_default(lines.clone());
    let (claim, renew) = (("claim", LEASE), ("renew", LEASE));
    let complete = ("complete", RETENTION);
    for (completes_itself, takes, told) in [
        (false, 1, &[claim, complete, claim][..]),
        (false, 65, &[claim, renew, renew, complete, claim]),
        (true, 1, &[claim, complete, claim]),
        // Done is done: there is nothing to renew, and nothing to complete.
        (true, 1000, &[claim, renew, claim]),
    ] {
        let work = Work {
            completes_itself,
            takes: Duration::from_secs(takes),
        };
        let (axum, actix) = (Told::default(), Told::default());
        let answers = [(200, false), (200, true)];
        assert_eq!(behind_axum(&axum, work).await, answers, "axum {work:?}");
        assert_eq!(axum.told(), told, "axum {work:?}");
        let answered = LocalSet::new().run_until(behind_actix(&actix, work)).await;
        assert_eq!(answered, answers, "actix-web {work:?}");
        assert_eq!(actix.told(), told, "actix-web {work:?}");
    }
    assert_eq!(*lines.0.lock().unwrap(), Vec::<String>::new());
    tracing::warn!("it is heard");
    assert_eq!(lines.0.lock().unwrap().len(), 1);
}
