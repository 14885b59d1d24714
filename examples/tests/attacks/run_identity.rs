//! What tells each sender's events apart, behind both adapters with a store: every genuine event reaches the handler, a
//! repeat does not. By the data of `webhook-core/tests/identity`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::http::Method;
use actix_web::{App, web};
use axum::Router;
use axum::body::Body;
use axum::routing::any;
use tower::ServiceExt;
use webhook_actix::Webhook;
use webhook_core::dedupe::Dedupe;
use webhook_core::testing::FixedClock;
use webhook_core::{Coverage, Delivery, Endpoint, provider};
use webhook_store::MemoryStore;
use webhook_tower::{Verified, WebhookLayer};

use webhook_testkit::identity::{Case, Known};
use webhook_testkit::{NOW, Request};

/// A case at a receiver that has got nothing yet.
struct Run {
    case: Case,
    is_strict: bool,
    clock: FixedClock,
    calls: Arc<AtomicUsize>,
    faults: Vec<String>,
}

impl Run {
    fn new(case: Case, is_strict: bool) -> Self {
        Self {
            case,
            is_strict,
            clock: FixedClock::at(NOW),
            calls: Arc::default(),
            faults: Vec::new(),
        }
    }

    fn endpoint(&self) -> Endpoint {
        let dedupe = Dedupe::new(MemoryStore::default());
        let dedupe = match self.is_strict {
            true => dedupe.signed_parts_only(),
            false => dedupe,
        };
        let endpoint = self.case.endpoint(self.clock.clone());
        endpoint.name("shop").dedupe(dedupe)
    }

    fn requests(&self) -> Vec<Request> {
        let requests = self.case.requests.iter();
        requests.map(|(_, request)| request.clone()).collect()
    }

    /// The request of this number arrives.
    fn arrives(&self, number: usize) {
        self.clock.set(self.case.requests[number].0);
    }

    fn answered(&mut self, number: usize, status: u16) {
        if !(200..400).contains(&status) {
            let title = &self.case.title;
            self.faults.push(format!("{title}, {number}: {status}"));
        }
    }

    fn faults(mut self) -> Vec<String> {
        let calls = self.calls.load(Ordering::SeqCst);
        // Where what is not signed does not count, a replay is one event; where nothing is signed, it has to count.
        let signs = self.case.sender.coverage != Coverage::SenderOnly;
        let events = match self.is_strict && signs {
            true => 1,
            false => self.case.events,
        };
        if calls != events {
            let title = &self.case.title;
            self.faults.push(format!(
                "{title}: the handler was called {calls} times, not {events}"
            ));
        }
        self.faults
    }
}

/// Every case, and the replays once more where only what is signed counts.
fn runs() -> Vec<Run> {
    let known = Known::new();
    let of = |strict: bool| {
        let cases = provider::names().flat_map(|name| known.cases_of(name));
        let cases = cases.filter(move |case| !strict || case.replayed.is_some());
        cases.map(move |case| Run::new(case, strict))
    };
    of(false).chain(of(true)).collect()
}

#[tokio::test]
async fn axum_tells_the_events_of_every_sender_apart() {
    let mut faults = Vec::new();
    for mut run in runs() {
        let calls = run.calls.clone();
        let take = move |_: Verified<Delivery>| {
            calls.fetch_add(1, Ordering::SeqCst);
            async {}
        };
        let layer = WebhookLayer::new(run.endpoint());
        let app = Router::new().fallback(any(take).layer(layer));
        for (number, request) in run.requests().into_iter().enumerate() {
            run.arrives(number);
            let response = app.clone().oneshot(in_http(request)).await.unwrap();
            run.answered(number, response.status().as_u16());
        }
        faults.extend(run.faults());
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn in_http(request: Request) -> axum::http::Request<Body> {
    let http = axum::http::Request::builder()
        .method(request.method.as_str())
        .uri(request.target);
    let headers = request.headers.into_iter();
    headers
        .fold(http, |http, (name, value)| http.header(name, value))
        .body(Body::from(request.body))
        .unwrap()
}

#[actix_web::test]
async fn actix_web_tells_the_events_of_every_sender_apart() {
    let mut faults = Vec::new();
    for mut run in runs() {
        let calls = run.calls.clone();
        let take = move |_: webhook_actix::Verified<Delivery>| {
            calls.fetch_add(1, Ordering::SeqCst);
            async { "" }
        };
        let middleware = Webhook::new(run.endpoint());
        let resource = web::resource("/{path:.*}").wrap(middleware).to(take);
        let app = actix_web::test::init_service(App::new().service(resource)).await;
        for (number, request) in run.requests().into_iter().enumerate() {
            run.arrives(number);
            let method = Method::from_bytes(request.method.as_bytes()).unwrap();
            let mut actix = actix_web::test::TestRequest::with_uri(&request.target)
                .method(method)
                .set_payload(request.body);
            for (name, value) in request.headers {
                actix = actix.insert_header((name, value));
            }
            let response = actix_web::test::call_service(&app, actix.to_request()).await;
            run.answered(number, response.status().as_u16());
        }
        faults.extend(run.faults());
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
