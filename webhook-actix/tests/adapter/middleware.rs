//! What holds for the middleware alone.

use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use crate::common::*;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpResponse, error, web};
use bytes::Bytes;
use webhook_actix::{MaybeVerified, Verified, Webhook, kinds};
use webhook_core::observe::Observed;
use webhook_core::testing::SignedRequest;
use webhook_core::{Delivery, JsonEvent, Rejection, RejectionKind};

#[actix_web::test]
async fn the_extractor_reads_what_the_middleware_left() {
    async fn handler(delivery: Verified<Delivery>, body: Bytes) -> HttpResponse {
        assert_eq!(*delivery.body(), body);
        HttpResponse::Ok().body(delivery.id().unwrap().to_owned())
    }
    let configure = |config: &mut web::ServiceConfig| {
        let scope = web::scope("").wrap(Webhook::new(stripe()));
        config.service(scope.route("/", web::to(handler)));
    };
    let answer = send(configure, request(&signed(BODY))).await;
    assert_eq!((answer.status, answer.body), (200, Bytes::from("evt_1")));
}

#[actix_web::test]
async fn handlers_may_use_extractors_of_their_own() {
    #[derive(serde::Deserialize)]
    struct Event {
        id: String,
    }
    async fn handler(event: web::Json<Event>, delivery: web::ReqData<Delivery>) -> HttpResponse {
        assert_eq!(delivery.id(), Some(event.id.as_str()));
        HttpResponse::NoContent().finish()
    }
    let configure = |config: &mut web::ServiceConfig| {
        let resource = web::resource("/").wrap(Webhook::new(stripe()));
        config.service(resource.to(handler));
    };
    let signed = signed(BODY).with_header("content-type", "application/json");
    assert_eq!(send(configure, request(&signed)).await.status, 204);
}

#[actix_web::test]
async fn inner_extractors_undo_a_content_encoding_and_the_delivery_does_not() {
    async fn handler(body: Bytes, delivery: Verified<Delivery>) -> HttpResponse {
        assert_eq!(body, r#"{"id":"evt_1"}"#);
        HttpResponse::Ok().body(delivery.body().clone())
    }
    let configure = |config: &mut web::ServiceConfig| {
        let resource = web::resource("/").wrap(Webhook::new(stripe()));
        config.service(resource.to(handler));
    };
    let signed = signed(GZIP).with_header("content-encoding", "gzip");
    let answer = send(configure, request(&signed)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, GZIP);
}

#[actix_web::test]
async fn errors_of_the_handler_pass_through() {
    async fn handler() -> actix_web::Result<HttpResponse> {
        Err(error::ErrorImATeapot("short and stout"))
    }
    let configure = |config: &mut web::ServiceConfig| {
        let resource = web::resource("/").wrap(Webhook::new(stripe()));
        config.service(resource.to(handler));
    };
    let answer = send(configure, request(&signed(BODY))).await;
    assert_eq!(answer.status, 418);
    assert_eq!(answer.body, "short and stout");
}

#[actix_web::test]
async fn an_outer_middleware_sees_the_response_and_why() {
    let app = App::new()
        .wrap(Webhook::new(stripe()))
        .wrap_fn(|request, service| {
            let response = service.call(request);
            async {
                let response = response.await?;
                let code = response.response().extensions().get().map(Rejection::code);
                Ok(response.map_body(|_, _| code.unwrap_or("none").to_owned()))
            }
        })
        .route("/", web::to(HttpResponse::Ok));
    let app = init_service(app).await;
    for (request, code) in [
        (request(&signed(BODY)), "none"),
        (request(&signed(BODY).with_body("{}")), "bad_signature"),
    ] {
        let response = call_service(&app, request).await;
        assert_eq!(read_body(response).await, code);
    }
}

#[actix_web::test]
async fn an_observer_is_told_what_the_handler_has_answered() {
    async fn handler(_: Verified<JsonEvent<Named>>) -> HttpResponse {
        HttpResponse::Accepted().finish()
    }
    #[derive(serde::Deserialize)]
    struct Named {
        #[expect(dead_code, reason = "only its type matters")]
        id: String,
    }
    let told = Arc::new(Mutex::new(Vec::new()));
    for (body, line) in [
        (BODY, ("accepted", Some(202))),
        (br#"{"id":7}"#, ("undecodable", Some(500))),
    ] {
        let observer = told.clone();
        let endpoint = stripe().observe(move |seen: &Observed| {
            let status = seen.status().map(|status| status.as_u16());
            observer.lock().unwrap().push((seen.code(), status));
        });
        let configure = |config: &mut web::ServiceConfig| {
            config.service(web::resource("/").wrap(Webhook::new(endpoint)).to(handler));
        };
        send(configure, request(&signed(body))).await;
        assert_eq!(told.lock().unwrap().pop(), Some(line));
    }
}

#[actix_web::test]
async fn an_application_answers_refusals_in_its_own_words_if_it_has_any() {
    for (signed, status, body, code) in [
        (signed(BODY), 200, "", None),
        (
            signed(BODY).with_body("{}"),
            418,
            "bad_signature of /",
            Some("bad_signature"),
        ),
        (
            signed(BODY).without_header("stripe-signature"),
            400,
            r#""code":"missing_signature""#,
            Some("missing_signature"),
        ),
        (
            SignedRequest {
                method: "DELETE".to_owned(),
                ..signed(BODY)
            },
            405,
            r#""code":"method_not_allowed""#,
            Some("method_not_allowed"),
        ),
    ] {
        let webhook = Webhook::new(stripe()).on_rejection(|rejection, request| {
            assert_ne!(request.method(), "DELETE", "the words cannot be found");
            let words = format!("{} of {}", rejection.code(), request.uri());
            let response = HttpResponse::ImATeapot().body(words);
            Some(response).filter(|_| rejection.kind() == RejectionKind::BadSignature)
        });
        let configure = |config: &mut web::ServiceConfig| {
            config.service(web::resource("/").wrap(webhook).to(HttpResponse::Ok));
        };
        let answer = send(configure, request(&signed)).await;
        assert_eq!(answer.status, status, "{body}");
        assert_eq!(
            answer.rejection.as_ref().map(Rejection::code),
            code,
            "{body}"
        );
        let answered = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(answered.contains(body), "{answered}");
    }
}

#[actix_web::test]
async fn what_is_only_reported_leaves_its_body_to_other_extractors() {
    async fn maybe(event: MaybeVerified<Delivery>, body: Bytes) -> HttpResponse {
        let is_verified = matches!(event, MaybeVerified::Verified(_));
        HttpResponse::Ok().body(format!("{is_verified} {}", body.len()))
    }
    for (signed, answered) in [
        (signed(BODY), format!("true {}", BODY.len())),
        (signed(BODY).with_body("{}"), "false 2".to_owned()),
    ] {
        let webhook = Webhook::new(stripe().dangerously_report_only());
        let configure = |config: &mut web::ServiceConfig| {
            config.service(web::resource("/").wrap(webhook).to(maybe));
        };
        let answer = send(configure, request(&signed)).await;
        assert_eq!((answer.status, answer.body), (200, answered.into()));
    }
}

/// Shows itself, as an inner service may.
#[derive(Debug)]
struct Inner;

impl Service<ServiceRequest> for Inner {
    type Response = ServiceResponse;
    type Error = actix_web::Error;
    type Future = Ready<Result<ServiceResponse, actix_web::Error>>;

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), actix_web::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        ready(Ok(request.into_response(HttpResponse::Ok().finish())))
    }
}

#[actix_web::test]
async fn debug_names_what_it_is_and_does_not_show_the_secret() {
    let webhook = Webhook::new(stripe().name("shop"));
    let service = webhook.new_transform(Inner).await.unwrap();
    let request = TestRequest::default().to_srv_request();
    let kinds = kinds().on("invoice.paid", HttpResponse::Ok);
    for (shown, words) in [
        (format!("{webhook:?}"), &["Webhook", "shop"][..]),
        (format!("{service:?}"), &["WebhookService", "Inner", "shop"]),
        (format!("{:?}", service.call(request)), &["ResponseFuture"]),
        (format!("{kinds:?}"), &["invoice.paid"]),
    ] {
        assert!(words.iter().all(|word| shown.contains(word)), "{shown}");
        assert!(!shown.contains(SECRET), "{shown}");
    }
}
