//! The layer on plain tower services.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::{Request, Response};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use tower::limit::ConcurrencyLimit;
use tower::load_shed::LoadShed;
use tower::load_shed::error::Overloaded;
use tower::{Service, ServiceExt, service_fn};
use tower_layer::Layer;
use webhook_core::provider::slack::{self, Slack};
use webhook_core::provider::stripe;
use webhook_core::resolver::{Resolved, from_fn};
use webhook_core::testing::{FixedClock, Sign, SignedRequest, Signer};
use webhook_core::{Endpoint, Rejection, RejectionKind, UnixTime, Variants};
use webhook_store::MemoryStore;
use webhook_tower::{WebhookLayer, WebhookService, kinds};

use crate::support::{
    EVENT, NOW, Recorder, SECRET, Script, Step, data, endpoint, send, sent_as, signed, text,
};

fn http(request: SignedRequest) -> Request<Full<Bytes>> {
    request.into_http().unwrap()
}

fn signed_at(time: UnixTime) -> SignedRequest {
    let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
    signer.sign(EVENT.as_bytes(), time).unwrap()
}

#[tokio::test]
async fn a_genuine_request_reaches_the_service_with_its_delivery() {
    let recorder = Recorder::default();
    let response = send(endpoint().name("shop"), &recorder, http(signed(EVENT))).await;

    assert_eq!(response.status(), 200);
    assert_eq!(text(response).await, "handled");
    let (delivery, body) = recorder.last();
    assert_eq!(delivery.provider(), "stripe");
    assert_eq!(delivery.endpoint(), Some("shop"));
    assert_eq!(delivery.id(), Some("evt_1"));
    assert_eq!(body, EVENT);
}

#[tokio::test]
async fn what_is_not_genuine_is_answered_by_its_kind() {
    let get = SignedRequest {
        method: "GET".to_owned(),
        ..signed(EVENT)
    };
    for (request, status, kind) in [
        (
            signed(EVENT).with_body("{}"),
            401,
            RejectionKind::BadSignature,
        ),
        (
            signed(EVENT).without_header("stripe-signature"),
            400,
            RejectionKind::MissingSignature,
        ),
        (
            signed(EVENT).with_header("stripe-signature", "t=x,v1=y"),
            400,
            RejectionKind::Malformed,
        ),
        (signed_at(NOW.plus_secs(-301)), 401, RejectionKind::Stale),
        (get, 405, RejectionKind::MethodNotAllowed),
        (
            signed(EVENT).with_header("content-length", "1048577"),
            413,
            RejectionKind::BodyTooLarge,
        ),
        (signed(vec![0; 1_048_577]), 413, RejectionKind::BodyTooLarge),
    ] {
        let recorder = Recorder::default();
        let response = send(endpoint(), &recorder, http(request)).await;

        let rejection = response.extensions().get::<Rejection>().unwrap().clone();
        assert_eq!(rejection.kind(), kind);
        assert_eq!(response.status(), status, "{kind:?}");
        for (name, value) in rejection.headers() {
            assert_eq!(response.headers()[*name], *value, "{kind:?}");
        }
        assert_eq!(response.headers().len(), rejection.headers().len());
        assert_eq!(text(response).await, rejection.problem());
        assert_eq!(recorder.calls(), 0, "{kind:?}");
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_one() {
    let get = SignedRequest {
        method: "GET".to_owned(),
        ..signed(EVENT)
    };
    let response = send(endpoint(), &Recorder::default(), http(get)).await;
    assert_eq!(response.headers()["allow"], "POST");
}

#[tokio::test]
async fn no_byte_of_the_body_is_read_when_the_head_decides() {
    let stale = signed_at(NOW.plus_secs(-301));
    for (request, kind) in [
        (
            signed(EVENT).without_header("stripe-signature"),
            RejectionKind::MissingSignature,
        ),
        (
            signed(EVENT).with_header("stripe-signature", "t=x,v1=y"),
            RejectionKind::Malformed,
        ),
        (stale, RejectionKind::Stale),
        (
            signed(EVENT).with_header("content-length", "1048577"),
            RejectionKind::BodyTooLarge,
        ),
        (
            SignedRequest {
                method: "PUT".to_owned(),
                ..signed(EVENT)
            },
            RejectionKind::MethodNotAllowed,
        ),
    ] {
        let body = Script::new([Step::Never]);
        let polls = body.polls.clone();
        let response = send(
            endpoint(),
            &Recorder::default(),
            http(request).map(|_| body),
        )
        .await;

        assert_eq!(
            response.extensions().get::<Rejection>().unwrap().kind(),
            kind
        );
        assert_eq!(polls.load(Ordering::Relaxed), 0, "{kind:?}");
    }
}

#[tokio::test]
async fn one_frame_reaches_the_service_without_a_copy() {
    let frame = Bytes::copy_from_slice(EVENT.as_bytes());
    let recorder = Recorder::default();
    send(endpoint(), &recorder, sent_as(EVENT, [data(frame.clone())])).await;

    let (delivery, body) = recorder.last();
    assert_eq!(body.as_ptr(), frame.as_ptr());
    assert_eq!(delivery.body().as_ptr(), frame.as_ptr());
}

#[tokio::test]
async fn frames_are_joined_and_trailers_left_out() {
    let (head, tail) = EVENT.split_at(10);
    let steps = [
        data(head),
        data(""),
        Step::Wait(Duration::ZERO),
        data(tail),
        Step::Trailers,
    ];
    let recorder = Recorder::default();
    let response = send(endpoint(), &recorder, sent_as(EVENT, steps)).await;

    assert_eq!(response.status(), 200);
    assert_eq!(recorder.last().1, EVENT);
}

#[tokio::test]
async fn bodies_need_not_be_made_of_bytes() {
    let (head, tail) = EVENT.as_bytes().split_at(10);
    let request = http(signed(EVENT)).map(|_| Full::new(head.chain(tail)));
    let recorder = Recorder::default();
    let response = send(endpoint(), &recorder, request).await;

    assert_eq!(response.status(), 200);
    assert_eq!(recorder.last().1, EVENT);
}

#[tokio::test]
async fn an_endless_body_ends_at_the_limit() {
    let request = sent_as(EVENT, [Step::Endless]);
    let polls = request.body().polls.clone();
    let recorder = Recorder::default();
    let response = send(endpoint().body_limit(10 * 1024), &recorder, request).await;

    assert_eq!(response.status(), 413);
    assert_eq!(polls.load(Ordering::Relaxed), 11);
    assert_eq!(recorder.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_times_out() {
    let begin = tokio::time::Instant::now();
    let recorder = Recorder::default();
    let request = sent_as(EVENT, [data(&EVENT[..10]), Step::Never]);
    let response = send(
        endpoint().body_timeout(Duration::from_secs(7)),
        &recorder,
        request,
    )
    .await;

    assert_eq!(response.status(), 408);
    assert_eq!(
        response.extensions().get::<Rejection>().unwrap().kind(),
        RejectionKind::BodyTimeout
    );
    assert_eq!(begin.elapsed().as_secs(), 7);
    assert_eq!(recorder.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_time_is_for_the_whole_body_and_not_for_a_frame() {
    let dripping = EVENT
        .bytes()
        .flat_map(|byte| [Step::Wait(Duration::from_secs(1)), data(vec![byte])]);
    let recorder = Recorder::default();
    let request = sent_as(EVENT, dripping.collect::<Vec<_>>());
    let response = send(endpoint(), &recorder, request).await;

    assert_eq!(response.status(), 408);
    assert_eq!(recorder.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_within_its_time_is_accepted() {
    let steps = [Step::Wait(Duration::from_secs(9)), data(EVENT)];
    let response = send(endpoint(), &Recorder::default(), sent_as(EVENT, steps)).await;
    assert_eq!(response.status(), 200);
}

/// How an endpoint answers a body of which something comes every second, and after how many seconds.
async fn dripping(endpoint: Endpoint) -> (u16, u64) {
    let begin = tokio::time::Instant::now();
    let drops = (0..100).flat_map(|_| [Step::Wait(Duration::from_secs(1)), data(" ")]);
    let request = sent_as(" ".repeat(100), drops.collect::<Vec<_>>());
    let answer = send(endpoint, &Recorder::default(), request).await;
    (answer.status().as_u16(), begin.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn a_body_has_ten_seconds_or_what_its_endpoint_says() {
    let variant = |inner| Endpoint::new(Variants::new().with("hook", inner).unwrap());
    for (endpoint, answer) in [
        (endpoint(), (408, 10)),
        (endpoint().body_timeout(Duration::from_secs(3)), (408, 3)),
        (
            endpoint().body_timeout(Duration::from_secs(101)),
            (200, 100),
        ),
        // What a variant says counts, and the endpoint around it for what it does not say.
        (
            variant(endpoint().body_timeout(Duration::from_secs(4)))
                .body_timeout(Duration::from_secs(7)),
            (408, 4),
        ),
        (
            variant(endpoint()).body_timeout(Duration::from_secs(7)),
            (408, 7),
        ),
    ] {
        assert_eq!(dripping(endpoint).await, answer);
    }
}

#[tokio::test]
async fn a_body_has_a_mebibyte_or_what_its_endpoint_says() {
    let variant = |inner| Endpoint::new(Variants::new().with("hook", inner).unwrap());
    for (endpoint, limit) in [
        (endpoint(), 1_048_576),
        (endpoint().body_limit(100), 100),
        (variant(endpoint().body_limit(50)).body_limit(70), 50),
        (variant(endpoint()).body_limit(70), 70),
    ] {
        for (length, status) in [(limit, 200), (limit + 1, 413)] {
            let body = " ".repeat(length);
            let request = sent_as(&body, [data(body.clone())]);
            let answer = send(endpoint.clone(), &Recorder::default(), request).await;
            assert_eq!(answer.status(), status, "{length} sent");
            let announced = signed(&body).with_header("content-length", length.to_string());
            let request = http(announced);
            let answer = send(endpoint.clone(), &Recorder::default(), request).await;
            assert_eq!(answer.status(), status, "{length} announced");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_resolver_has_ten_seconds_or_what_its_endpoint_says() {
    type Found = Result<Resolved<'static>, Rejection>;
    let hanging = || Endpoint::new(from_fn(|_| std::future::pending::<Found>()));
    for (endpoint, seconds) in [
        (hanging(), 10),
        (hanging().resolver_timeout(Duration::from_secs(3)), 3),
    ] {
        let begin = tokio::time::Instant::now();
        let body = Script::new([Step::Never]);
        let polls = body.polls.clone();
        let request = http(signed(EVENT)).map(|_| body);
        let recorder = Recorder::default();
        let answer = send(endpoint, &recorder, request).await;
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()["retry-after"], "5");
        assert!(text(answer).await.contains("resolver_timeout"));
        assert_eq!(begin.elapsed().as_secs(), seconds);
        assert_eq!((polls.load(Ordering::Relaxed), recorder.calls()), (0, 0));
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused_even_if_it_was_complete() {
    let recorder = Recorder::default();
    let response = send(
        endpoint(),
        &recorder,
        sent_as(EVENT, [data(EVENT), Step::Fail]),
    )
    .await;

    assert_eq!(response.status(), 400);
    assert_eq!(
        response.extensions().get::<Rejection>().unwrap().kind(),
        RejectionKind::BodyIncomplete
    );
    assert_eq!(recorder.calls(), 0);
}

#[tokio::test]
async fn a_body_shorter_than_announced_is_refused() {
    let recorder = Recorder::default();
    let request = signed(EVENT).with_header("content-length", "1000");
    let response = send(endpoint(), &recorder, http(request)).await;

    assert_eq!(response.status(), 400);
    assert_eq!(recorder.calls(), 0);
}

#[tokio::test]
async fn a_client_that_leaves_calls_nothing() {
    let recorder = Recorder::default();
    let request = sent_as(EVENT, [data(EVENT), Step::Never]);
    let mut answer = tokio::spawn({
        let recorder = recorder.clone();
        async move { send(endpoint(), &recorder, request).await.status() }
    });
    tokio::time::timeout(Duration::from_millis(10), &mut answer)
        .await
        .unwrap_err();
    answer.abort();

    assert!(answer.await.unwrap_err().is_cancelled());
    assert_eq!(recorder.calls(), 0);
}

#[test]
fn a_body_that_is_there_needs_no_timer_and_no_runtime() {
    let mut service = WebhookLayer::new(endpoint()).layer(Recorder::default());
    let mut answer = service.call(sent_as(EVENT, [data(EVENT)]));

    let poll = Pin::new(&mut answer).poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(poll, Poll::Ready(Ok(response)) if response.status() == 200));
}

#[tokio::test]
async fn other_tasks_run_after_each_64_kib() {
    let body = vec![b' '; 256 * 1024];
    let frames: Vec<_> = body
        .chunks(16 * 1024)
        .map(|chunk| data(chunk.to_vec()))
        .collect();
    assert_eq!(pauses(sent_as(&body, frames)), 4);
}

#[tokio::test]
async fn other_tasks_run_between_frames_without_data() {
    let frames: Vec<_> = (0..640).map(|_| data("")).collect();
    assert_eq!(pauses(sent_as("", frames)), 10);
}

/// How often the service gives way, though every frame is there already.
fn pauses(request: Request<Script>) -> usize {
    let mut service = WebhookLayer::new(endpoint()).layer(Recorder::default());
    let mut answer = service.call(request);
    let mut cx = Context::from_waker(Waker::noop());
    std::iter::repeat_with(|| Pin::new(&mut answer).poll(&mut cx))
        .take_while(Poll::is_pending)
        .count()
}

#[tokio::test]
async fn a_handshake_is_answered_without_the_service() {
    let endpoint = Endpoint::new(Slack::new("a secret").unwrap()).clock(FixedClock::at(NOW));
    let body = br#"{"type":"url_verification","challenge":"3eZbrw1aB"}"#;
    let request = Signer::new(slack::SCHEME, "a secret")
        .unwrap()
        .sign(body, NOW)
        .unwrap();
    let recorder = Recorder::default();
    let response = send(endpoint, &recorder, http(request)).await;

    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/plain");
    assert_eq!(text(response).await, "3eZbrw1aB");
    assert_eq!(recorder.calls(), 0);
}

#[tokio::test]
async fn a_compressed_body_is_verified_as_it_was_sent() {
    let gzip = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00";
    let request = signed(gzip).with_header("content-encoding", "gzip");
    let recorder = Recorder::default();
    let response = send(endpoint(), &recorder, http(request)).await;

    assert_eq!(response.status(), 200);
    assert_eq!(recorder.last().1, &gzip[..]);
}

#[tokio::test]
async fn the_inner_service_is_ready_when_it_is_called() {
    let recorder = Recorder::default();
    let limited = ConcurrencyLimit::new(recorder.clone(), 1);
    let mut service = WebhookLayer::new(endpoint()).layer(limited);
    for _ in 0..3 {
        // `ConcurrencyLimit` panics when it is called without having been ready.
        let ready = ServiceExt::<Request<Full<Bytes>>>::ready(&mut service).await;
        let answer = ready.unwrap().call(http(signed(EVENT)));
        assert_eq!(answer.await.unwrap().status(), 200);
    }
    assert_eq!(recorder.calls(), 3);
}

fn poll<F: Future>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn strangers_take_no_place_of_the_inner_service() {
    let recorder = Recorder::default();
    let limited = ConcurrencyLimit::new(recorder.clone(), 4);
    let service = WebhookLayer::new(endpoint()).layer(limited);
    // A head like any other, and a body that never comes.
    let mut strangers: Vec<_> = (0..100)
        .map(|_| Box::pin(service.clone().oneshot(sent_as(EVENT, [Step::Never]))))
        .collect();
    for stranger in &mut strangers {
        assert!(poll(stranger).is_pending());
    }
    let mut genuine = Box::pin(service.oneshot(sent_as(EVENT, [data(EVENT)])));
    assert!(matches!(poll(&mut genuine), Poll::Ready(Ok(answer)) if answer.status() == 200));
    assert_eq!(recorder.calls(), 1);
}

#[tokio::test]
async fn a_service_is_ready_though_the_inner_one_is_not() {
    let full = ConcurrencyLimit::new(Recorder::default(), 0);
    let mut service = WebhookLayer::new(endpoint()).layer(full);
    let mut cx = Context::from_waker(Waker::noop());
    let ready = Service::<Request<Full<Bytes>>>::poll_ready(&mut service, &mut cx);
    assert!(matches!(ready, Poll::Ready(Ok(()))));
    let forged = http(signed(EVENT).with_body("{}"));
    assert_eq!(service.call(forged).await.unwrap().status(), 401);
}

#[tokio::test]
async fn who_waits_for_a_place_and_gives_up_leaves_nothing_behind() {
    let recorder = Recorder::default();
    let limited = ConcurrencyLimit::new(recorder.clone(), 1);
    let endpoint = endpoint().name("shop").dedupe(MemoryStore::default());
    let service = WebhookLayer::new(endpoint.clone()).layer(limited.clone());
    let mut limited = limited;
    let held = ServiceExt::<Request<Full<Bytes>>>::ready(&mut limited).await;
    let mut waiting = Box::pin(service.clone().oneshot(http(signed(EVENT))));
    assert!(poll(&mut waiting).is_pending());
    drop(waiting);
    endpoint.join_detached().await;
    assert!(held.is_ok());
    drop(limited);
    // Neither in progress nor done.
    let answer = service.oneshot(http(signed(EVENT))).await.unwrap();
    assert_eq!(answer.headers().get("webhook-duplicate"), None);
    assert_eq!((answer.status().as_u16(), recorder.calls()), (200, 1));
}

#[tokio::test]
async fn what_sheds_load_inside_sheds_verified_requests_only() {
    let full = LoadShed::new(ConcurrencyLimit::new(Recorder::default(), 0));
    let service = WebhookLayer::new(endpoint()).layer(full);
    let forged = http(signed(EVENT).with_body("{}"));
    let answer = service.clone().oneshot(forged).await;
    assert_eq!(answer.unwrap().status(), 401);
    let error = service.oneshot(http(signed(EVENT))).await.unwrap_err();
    assert!(error.is::<Overloaded>(), "{error}");
}

/// Never ready.
#[derive(Clone)]
struct Broken;

impl Service<Request<Full<Bytes>>> for Broken {
    type Response = Response<Full<Bytes>>;
    type Error = &'static str;
    type Future = std::future::Ready<Result<Self::Response, &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        Poll::Ready(Err("broken"))
    }

    fn call(&mut self, _: Request<Full<Bytes>>) -> Self::Future {
        std::future::ready(Err("called without being ready"))
    }
}

#[tokio::test]
async fn an_inner_service_that_cannot_get_ready_is_an_error_of_its_own_for_verified_requests() {
    let service = WebhookLayer::new(endpoint()).layer(Broken);
    let forged = http(signed(EVENT).with_body("{}"));
    let answer = service.clone().oneshot(forged).await;
    assert_eq!(answer.unwrap().status(), 401);
    let answer = service.oneshot(http(signed(EVENT))).await;
    assert_eq!(answer.unwrap_err(), "broken");
}

#[tokio::test]
async fn an_error_of_the_service_passes_as_it_is() {
    #[derive(Debug, PartialEq)]
    struct OutOfOrder;

    let broken =
        service_fn(|_: Request<Full<Bytes>>| async { Err::<Response<Full<Bytes>>, _>(OutOfOrder) });
    let service = WebhookLayer::new(endpoint()).layer(broken);
    let error = service.oneshot(http(signed(EVENT))).await.unwrap_err();
    assert_eq!(error, OutOfOrder);
}

#[tokio::test]
async fn the_service_may_take_another_type_of_body() {
    let length = service_fn(|request: Request<axum::body::Body>| async {
        let body = request.into_body().collect().await?.to_bytes();
        Ok::<_, axum::Error>(Response::new(Full::from(body.len().to_string())))
    });
    let service = WebhookLayer::new(endpoint())
        .body::<axum::body::Body>()
        .layer(length);
    let response = service.oneshot(http(signed(EVENT))).await.unwrap();
    assert_eq!(text(response).await, EVENT.len().to_string());
}

#[tokio::test]
async fn an_application_answers_refusals_in_its_own_words_if_it_has_any() {
    let layer = WebhookLayer::new(endpoint()).on_rejection(|rejection, head| {
        assert_ne!(head.method, "DELETE", "the words cannot be found");
        let words = format!("{} of {}", rejection.code(), head.uri);
        let response = Response::builder().status(418).body(words.into());
        response
            .ok()
            .filter(|_| rejection.kind() == RejectionKind::BadSignature)
    });
    let service = layer.layer(Recorder::default());
    let delete = SignedRequest {
        method: "DELETE".to_owned(),
        ..signed(EVENT)
    };
    for (request, status, body, code) in [
        (signed(EVENT), 200, "handled", None),
        (
            signed(EVENT).with_body("{}"),
            418,
            "bad_signature of /hook",
            Some("bad_signature"),
        ),
        (
            signed(EVENT).without_header("stripe-signature"),
            400,
            r#""code":"missing_signature""#,
            Some("missing_signature"),
        ),
        (
            delete,
            405,
            r#""code":"method_not_allowed""#,
            Some("method_not_allowed"),
        ),
    ] {
        let response = service.clone().oneshot(http(request)).await.unwrap();
        assert_eq!(response.status(), status, "{body}");
        let rejection = response.extensions().get::<Rejection>();
        assert_eq!(rejection.map(Rejection::code), code, "{body}");
        let answered = text(response).await;
        assert!(answered.contains(body), "{answered}");
    }
}

/// What a server makes `content-length` of.
#[tokio::test]
async fn an_answer_tells_its_length() {
    for (request, length) in [
        (signed(EVENT), "handled".len() as u64),
        (
            signed(EVENT).with_body("{}"),
            Rejection::new(RejectionKind::BadSignature, "")
                .problem()
                .len() as u64,
        ),
    ] {
        let response = send(endpoint(), &Recorder::default(), http(request)).await;
        assert!(!response.body().is_end_stream());
        assert_eq!(response.body().size_hint().exact(), Some(length));
    }
    let empty = service_fn(|_: Request<Full<Bytes>>| async {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    });
    let response = WebhookLayer::new(endpoint())
        .layer(empty)
        .oneshot(http(signed(EVENT)))
        .await;
    assert!(response.unwrap().body().is_end_stream());
}

#[test]
fn layer_and_service_can_be_shared_and_cloned() {
    fn shareable<T: Clone + Send + Sync + std::fmt::Debug + 'static>() {}
    // Neither asks anything of the inner body, which is only a name here.
    shareable::<WebhookLayer<std::cell::Cell<()>>>();
    shareable::<WebhookService<(), std::cell::Cell<()>>>();
}

#[test]
fn debug_names_what_it_is_and_does_not_show_the_secret() {
    let layer = WebhookLayer::new(endpoint().name("shop"));
    let mut service = layer.layer(Recorder::default());
    let future = format!("{:?}", service.call(http(signed(EVENT))));
    for (shown, words) in [
        (format!("{layer:?}"), &["WebhookLayer", "shop"][..]),
        (
            format!("{:?}", layer.layer("inner")),
            &["WebhookService", "inner", "shop"],
        ),
        (future, &["ResponseFuture"]),
        (
            format!("{:?}", kinds::<()>().on("invoice.paid", || async {})),
            &["invoice.paid"],
        ),
    ] {
        assert!(words.iter().all(|word| shown.contains(word)), "{shown}");
        assert!(!shown.contains(SECRET), "{shown}");
    }
}
