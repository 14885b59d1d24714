//! The layer before a handler whose endpoint dedupes.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tower::limit::ConcurrencyLimit;
use tower::{Service, ServiceExt, service_fn};
use tower_layer::Layer;
use webhook_core::dedupe::Dedupe;
use webhook_core::testing::SignedRequest;
use webhook_core::{Delivery, Endpoint, Variants};
use webhook_store::MemoryStore;
use webhook_tower::{Verified, WebhookLayer};

use crate::acknowledgement::Demanding;
use crate::support::{EVENT, Recorder, account, endpoint, sent_to_account, signed, text};

type Answer = Response<webhook_tower::ResponseBody<Full<Bytes>>>;

fn http(request: SignedRequest) -> Request<Full<Bytes>> {
    request.into_http().unwrap()
}

fn is_duplicate<B>(response: &Response<B>) -> bool {
    let mark = response.headers().get("webhook-duplicate");
    assert!(mark.is_none_or(|mark| mark == "true"));
    mark.is_some()
}

fn is_in_progress<B>(response: &Response<B>) -> bool {
    response.status() == 503 && response.headers()["retry-after"] == "5"
}

/// Answers these statuses one after another, and 200 from then on.
#[derive(Clone, Default)]
struct Handler(Arc<Mutex<(VecDeque<u16>, Vec<Delivery>)>>);

impl Handler {
    fn answering(statuses: impl Into<VecDeque<u16>>) -> Self {
        Self(Arc::new(Mutex::new((statuses.into(), Vec::new()))))
    }

    fn called(&self, delivery: Delivery) -> StatusCode {
        let (statuses, calls) = &mut *self.0.lock().unwrap();
        calls.push(delivery);
        let status = statuses.pop_front().unwrap_or(200);
        StatusCode::from_u16(status).unwrap()
    }

    fn attempts(&self) -> Vec<u32> {
        let calls = &self.0.lock().unwrap().1;
        let attempt = |delivery: &Delivery| delivery.claim().map_or(0, |claim| claim.attempt());
        calls.iter().map(attempt).collect()
    }

    /// A router with this handler behind this endpoint.
    fn router(&self, endpoint: Endpoint) -> Router {
        let handler = self.clone();
        let handle = async move |delivery: Verified<Delivery>| handler.called(delivery.0);
        Router::new()
            .route("/{*any}", post(handle))
            .layer(WebhookLayer::new(endpoint))
    }
}

async fn ask(router: &Router, request: SignedRequest) -> Response<axum::body::Body> {
    let request: Request<Full<Bytes>> = http(request);
    router
        .clone()
        .oneshot(request.map(axum::body::Body::new))
        .await
        .unwrap()
}

fn deduping() -> Endpoint {
    endpoint().name("shop").dedupe(MemoryStore::default())
}

#[tokio::test]
async fn a_duplicate_is_answered_without_the_handler() {
    let handler = Handler::default();
    let router = handler.router(deduping());
    let first = ask(&router, signed(EVENT)).await;
    assert_eq!(
        (first.status().as_u16(), is_duplicate(&first)),
        (200, false)
    );
    for _ in 0..3 {
        let again = ask(&router, signed(EVENT)).await;
        assert_eq!((again.status().as_u16(), is_duplicate(&again)), (200, true));
        assert_eq!(text(again).await, "");
    }
    assert_eq!(handler.attempts(), [1]);
}

#[tokio::test]
async fn a_duplicate_is_acknowledged_as_its_sender_demands() {
    let router = |status| {
        let endpoint = Endpoint::new(Demanding::accepted())
            .name("shop")
            .dedupe(MemoryStore::default());
        Router::new()
            .route("/hook", post(move || std::future::ready(status)))
            .route_layer(WebhookLayer::new(endpoint))
    };
    for status in [StatusCode::OK, StatusCode::NO_CONTENT] {
        let router = router(status);
        for duplicate in [false, true] {
            let answer = ask(&router, signed(EVENT)).await;
            assert_eq!(is_duplicate(&answer), duplicate);
            assert_eq!(answer.status(), 200);
            assert_eq!(text(answer).await, "[accepted]");
        }
    }
}

#[tokio::test]
async fn after_an_error_of_the_handler_the_next_try_runs() {
    let handler = Handler::answering([500, 404, 503]);
    let router = handler.router(deduping());
    for status in [500, 404, 503, 200] {
        let answer = ask(&router, signed(EVENT)).await;
        assert_eq!(
            (answer.status().as_u16(), is_duplicate(&answer)),
            (status, false)
        );
    }
    assert!(is_duplicate(&ask(&router, signed(EVENT)).await));
    assert_eq!(handler.attempts(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn an_error_of_the_service_passes_and_gives_the_event_back() {
    #[derive(Debug, PartialEq)]
    struct OutOfOrder;

    let fails = Arc::new(Mutex::new(true));
    let service = WebhookLayer::new(deduping()).layer(service_fn({
        let fails = fails.clone();
        move |_: Request<Full<Bytes>>| {
            let answer = match *fails.lock().unwrap() {
                true => Err(OutOfOrder),
                false => Ok(Response::new(Full::from("done"))),
            };
            std::future::ready(answer)
        }
    }));
    let error = service.clone().oneshot(http(signed(EVENT))).await;
    assert_eq!(error.unwrap_err(), OutOfOrder);
    *fails.lock().unwrap() = false;
    let answer = service.clone().oneshot(http(signed(EVENT))).await.unwrap();
    assert_eq!(text(answer).await, "done");
    assert!(is_duplicate(
        &service.oneshot(http(signed(EVENT))).await.unwrap()
    ));
}

#[tokio::test]
async fn of_requests_at_once_one_reaches_the_handler() {
    let (gate, recorder) = (Arc::new(Semaphore::new(0)), Recorder::default());
    let service = WebhookLayer::new(deduping()).layer(service_fn({
        let (gate, recorder) = (gate.clone(), recorder.clone());
        move |request: Request<Full<Bytes>>| {
            let (gate, recorder) = (gate.clone(), recorder.clone());
            async move {
                let _open = gate.acquire().await;
                recorder.oneshot(request).await
            }
        }
    }));
    let mut asked = JoinSet::new();
    for _ in 0..16 {
        asked.spawn(service.clone().oneshot(http(signed(EVENT))));
    }
    // One waits at the gate; the others are told to come again.
    for _ in 0..15 {
        let answer: Answer = asked.join_next().await.unwrap().unwrap().unwrap();
        assert!(is_in_progress(&answer));
    }
    gate.add_permits(1);
    let first = asked.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!(
        (first.status().as_u16(), is_duplicate(&first)),
        (200, false)
    );
    assert!(is_duplicate(
        &service.oneshot(http(signed(EVENT))).await.unwrap()
    ));
    assert_eq!(recorder.calls(), 1);
}

/// Panics the first time.
async fn shaky(calls: Arc<Mutex<u32>>) -> &'static str {
    let call = {
        let mut calls = calls.lock().unwrap();
        *calls += 1;
        *calls
    };
    tokio::task::yield_now().await;
    assert!(call > 1, "the first call panics");
    "done"
}

#[tokio::test]
async fn after_a_panic_in_a_task_the_next_try_runs() {
    let calls = Arc::new(Mutex::new(0));
    let handler = post(move || shaky(calls.clone()));
    let router = Router::new()
        .route("/hook", handler)
        .route_layer(WebhookLayer::new(deduping()));
    let crash = tokio::spawn({
        let router = router.clone();
        async move { ask(&router, signed(EVENT)).await }
    });
    assert!(crash.await.unwrap_err().is_panic());
    assert_eq!(text(until_free(&router).await).await, "done");
}

#[tokio::test]
async fn after_a_panic_that_is_caught_the_next_try_runs() {
    use futures_util::FutureExt;

    let calls = Arc::new(Mutex::new(0));
    let handler = post(move || shaky(calls.clone()));
    let router = Router::new()
        .route("/hook", handler)
        .route_layer(WebhookLayer::new(deduping()));
    let crash = AssertUnwindSafe(ask(&router, signed(EVENT))).catch_unwind();
    assert!(crash.await.is_err());
    assert_eq!(text(until_free(&router).await).await, "done");
}

/// The first answer after the event is given back, which happens in a task of its own.
async fn until_free(router: &Router) -> Response<axum::body::Body> {
    loop {
        let answer = ask(router, signed(EVENT)).await;
        if !is_in_progress(&answer) {
            return answer;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_request_that_is_dropped_goes_on_and_is_done() {
    let (gate, effects) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let handler = post({
        let (gate, effects) = (gate.clone(), effects.clone());
        async move |_: Verified<Delivery>| {
            gate.notified().await;
            effects.fetch_add(1, Ordering::SeqCst);
        }
    });
    let endpoint = deduping();
    let router = Router::new()
        .route("/hook", handler)
        .route_layer(WebhookLayer::new(endpoint.clone()));
    {
        let mut first = pin!(ask(&router, signed(EVENT)));
        let mut context = Context::from_waker(Waker::noop());
        assert!(first.as_mut().poll(&mut context).is_pending());
    }
    assert!(is_in_progress(&ask(&router, signed(EVENT)).await));
    gate.notify_one();
    endpoint.join_detached().await;
    assert!(is_duplicate(&ask(&router, signed(EVENT)).await));
    assert_eq!(effects.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn variants_are_apart() {
    let handler = Handler::default();
    let variants = Variants::new()
        .with("eu", account("eu"))
        .unwrap()
        .with("us", account("us"))
        .unwrap()
        .with(
            "own",
            account("own").name("own").dedupe(MemoryStore::default()),
        )
        .unwrap();
    let endpoint = Endpoint::new(variants).name("shop");
    let router = handler.router(endpoint.dedupe(MemoryStore::default()));
    let to = |target: &str| sent_to_account(target);
    for (target, duplicate) in [
        ("/pay/eu", false),
        ("/pay/us/", false),
        ("/pay/own", false),
        ("/pay/eu/", true),
        ("/pay/us", true),
        ("/pay/own/", true),
    ] {
        let answer = ask(&router, to(target)).await;
        assert_eq!(is_duplicate(&answer), duplicate, "{target}");
    }
    let names: Vec<_> = {
        let calls = &handler.0.lock().unwrap().1;
        let name = |delivery: &Delivery| delivery.variant().unwrap().to_owned();
        calls.iter().map(name).collect()
    };
    assert_eq!(names, ["eu", "us", "own"]);
}

#[tokio::test]
async fn a_variant_dedupes_though_the_others_do_not() {
    let handler = Handler::default();
    let once = account("once").name("shop").dedupe(MemoryStore::default());
    let variants = Variants::new()
        .with("once", once)
        .unwrap()
        .with("always", account("always"))
        .unwrap();
    let router = handler.router(Endpoint::new(variants));
    for (target, duplicate) in [("/once", true), ("/always", false)] {
        let request = || sent_to_account(target);
        assert!(!is_duplicate(&ask(&router, request()).await));
        assert_eq!(is_duplicate(&ask(&router, request()).await), duplicate);
    }
}

#[tokio::test]
async fn a_forged_request_does_not_make_a_genuine_one_a_duplicate() {
    let handler = Handler::default();
    let router = handler.router(deduping());
    let forged = signed(EVENT).with_body(EVENT.replace('7', "8"));
    assert_eq!(ask(&router, forged.clone()).await.status(), 401);
    assert!(!is_duplicate(&ask(&router, signed(EVENT)).await));
    assert_eq!(ask(&router, forged).await.status(), 401, "not even then");
    assert_eq!(handler.attempts(), [1]);
}

#[tokio::test]
async fn the_service_is_ready_when_it_is_called_and_a_duplicate_keeps_no_place() {
    let recorder = Recorder::default();
    let limited = ConcurrencyLimit::new(recorder.clone(), 1);
    let mut service = WebhookLayer::new(deduping()).layer(limited);
    for duplicate in [false, true, true] {
        // `ConcurrencyLimit` panics when it is called without having been ready.
        let answer = service.call(http(signed(EVENT))).await.unwrap();
        assert_eq!(is_duplicate(&answer), duplicate);
    }
    assert_eq!(recorder.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_handler_longer_than_its_lease_runs_to_its_end() {
    let slow = service_fn(|_: Request<Full<Bytes>>| async {
        tokio::time::sleep(Duration::from_secs(300)).await;
        Ok::<_, Infallible>(Response::new(Full::from("done")))
    });
    let service = WebhookLayer::new(deduping()).layer(slow);
    let answer = service.clone().oneshot(http(signed(EVENT))).await.unwrap();
    assert_eq!(text(answer).await, "done");
    assert!(is_duplicate(
        &service.oneshot(http(signed(EVENT))).await.unwrap()
    ));
}

#[tokio::test]
async fn a_full_store_is_a_503_for_new_events_only() {
    let handler = Handler::default();
    let router = handler.router(
        endpoint()
            .name("shop")
            .dedupe(MemoryStore::with_capacity(1)),
    );
    assert_eq!(ask(&router, signed(EVENT)).await.status(), 200);
    let other = ask(&router, signed(r#"{"id":"evt_2"}"#)).await;
    assert!(is_in_progress(&other), "to be sent again");
    assert!(text(other).await.contains("store_unavailable"));
    assert!(is_duplicate(&ask(&router, signed(EVENT)).await));
    assert_eq!(handler.attempts(), [1]);
}

#[tokio::test]
async fn two_endpoints_with_names_of_their_own_share_a_store() {
    let store = Dedupe::new(MemoryStore::default());
    let handlers = [Handler::default(), Handler::default()];
    for (name, handler) in ["orders", "mails"].into_iter().zip(&handlers) {
        let router = handler.router(endpoint().name(name).dedupe(store.clone()));
        for is_repeat in [false, true] {
            let answer = ask(&router, signed(EVENT)).await;
            assert_eq!(is_duplicate(&answer), is_repeat, "{name}");
        }
    }
    for handler in &handlers {
        assert_eq!(handler.0.lock().unwrap().1.len(), 1);
    }
}

#[tokio::test]
async fn a_store_without_a_name_is_no_set_up() {
    let handler = Handler::default();
    let router = handler.router(endpoint().dedupe(MemoryStore::default()));
    let answer = ask(&router, signed(EVENT)).await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(handler.0.lock().unwrap().1.is_empty());
}
