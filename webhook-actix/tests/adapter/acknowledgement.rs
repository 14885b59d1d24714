//! What a sender wants to hear is sent where the handler says nothing, or asks for it.

use crate::common::*;
use actix_web::dev::HttpServiceFactory;
use actix_web::http::{StatusCode, header};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, Responder, web};
use bytes::Bytes;
use futures_util::stream;
use webhook_actix::{Acknowledge, Verified, Webhook};
use webhook_core::{
    BodyCheck, Check, Coverage, Delivery, Endpoint, Proof, Rejection, Reply, RequestHead, UnixTime,
    Verdict, Verifier,
};

/// Believes everything, and wants to hear this.
#[derive(Clone, Debug)]
struct Demanding(Option<Reply>);

impl Verifier for Demanding {
    fn provider(&self) -> webhook_core::Provider {
        webhook_core::Provider::new("demanding")
    }

    fn begin(&self, _: &RequestHead<'_>, _: UnixTime) -> Result<BodyCheck, webhook_core::Answer> {
        Ok(BodyCheck::new(self.clone()))
    }
}

impl Check for Demanding {
    fn update(&mut self, _: &[u8]) {}

    fn finalize(self: Box<Self>, _: &Bytes) -> Result<Verdict, webhook_core::Answer> {
        let proof = Proof::dangerously_assert(Coverage::Body);
        Ok(Verdict::Authentic(match self.0 {
            Some(reply) => proof.acknowledgement(reply),
            None => proof,
        }))
    }
}

pub(crate) fn demanding(reply: impl Into<Option<Reply>>) -> Endpoint {
    Endpoint::new(Demanding(reply.into()))
}

pub(crate) fn accepted() -> Reply {
    Reply::text("[accepted]")
}

/// What comes back through the middleware when the sender wants to hear this and the handler answers that.
async fn answer<R: Responder + 'static>(
    demanded: impl Into<Option<Reply>>,
    answered: fn() -> R,
) -> Answer {
    let middleware = Webhook::new(demanding(demanded));
    let handler = move || std::future::ready(answered());
    let resource = web::resource("/").wrap(middleware).to(handler);
    send_to(resource).await
}

async fn send_to(service: impl HttpServiceFactory + 'static) -> Answer {
    let configure = |config: &mut web::ServiceConfig| {
        config.service(service);
    };
    send(configure, request(&signed(BODY))).await
}

fn header<'a>(answer: &'a Answer, name: &str) -> Vec<&'a str> {
    let lines = answer.headers.iter().filter(|(own, _)| own == name);
    lines.map(|(_, value)| value.as_str()).collect()
}

#[actix_web::test]
async fn an_empty_success_becomes_the_acknowledgement() {
    for answered in [
        || HttpResponse::Ok().finish(),
        || HttpResponse::Accepted().finish(),
        || HttpResponse::NoContent().finish(),
        || HttpResponse::Ok().body(""),
        || HttpResponse::Ok().body(actix_web::body::None::new()),
        || HttpResponse::Ok().reason("Fine").finish(),
    ] {
        let answer = answer(accepted(), answered).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, "[accepted]");
        assert_eq!(header(&answer, "content-type"), ["text/plain"]);
        assert_eq!(header(&answer, "x-content-type-options"), ["nosniff"]);
    }
}

#[actix_web::test]
async fn an_empty_text_is_empty() {
    let answer = answer(accepted(), || "").await;
    assert_eq!(answer.body, "[accepted]");
    assert_eq!(header(&answer, "content-type"), ["text/plain"]);
}

#[actix_web::test]
async fn the_status_is_what_the_sender_demands() {
    let demanded = Reply::empty(http::StatusCode::NO_CONTENT);
    let answer = answer(demanded, HttpResponse::Ok).await;
    assert_eq!((answer.status, answer.body), (204, Bytes::new()));
}

#[actix_web::test]
async fn headers_that_do_not_describe_the_body_stay() {
    let answer = answer(accepted(), || {
        HttpResponse::Ok()
            .append_header((header::SET_COOKIE, "a=1"))
            .append_header((header::SET_COOKIE, "b=2"))
            .append_header(("traceparent", "00-1-2-01"))
            .append_header((header::CONTENT_LENGTH, "0"))
            .append_header((header::CONTENT_ENCODING, "identity"))
            .finish()
    })
    .await;
    assert_eq!(header(&answer, "set-cookie"), ["a=1", "b=2"]);
    assert_eq!(header(&answer, "traceparent"), ["00-1-2-01"]);
    assert!(header(&answer, "content-length").is_empty());
    assert!(header(&answer, "content-encoding").is_empty());
    assert_eq!(answer.body, "[accepted]");
}

#[actix_web::test]
async fn what_the_handler_says_itself_is_not_touched() {
    let answer = answer(accepted(), || HttpResponse::Accepted().body("queued")).await;
    assert_eq!((answer.status, answer.body), (202, Bytes::from("queued")));
}

#[actix_web::test]
async fn only_a_success_is_acknowledged() {
    for answered in [
        || HttpResponse::Found().finish(),
        || HttpResponse::Conflict().finish(),
        || HttpResponse::InternalServerError().finish(),
        || HttpResponse::ServiceUnavailable().finish(),
    ] {
        let answer = answer(accepted(), answered).await;
        assert_eq!(answer.status, answered().status().as_u16());
        assert_eq!(answer.body, "");
    }
}

#[actix_web::test]
async fn a_body_of_unknown_length_is_not_touched() {
    for frames in [&["stream", "ed"][..], &[]] {
        let answered = move || {
            let frames = frames.iter().copied().map(Bytes::from);
            HttpResponse::Ok().streaming(stream::iter(frames.map(Ok::<_, actix_web::Error>)))
        };
        let middleware = Webhook::new(demanding(accepted()));
        let handler = move || std::future::ready(answered());
        let resource = web::resource("/").wrap(middleware).to(handler);
        let answer = send_to(resource).await;
        assert_eq!(answer.body, frames.concat());
    }
}

#[actix_web::test]
async fn without_a_demand_an_empty_success_stays_one() {
    let answer = answer(None, || HttpResponse::NoContent().finish()).await;
    assert_eq!((answer.status, answer.body), (204, Bytes::new()));
}

/// What comes back through the extractor when the sender wants to hear this.
async fn acknowledged<R: Responder + 'static>(
    demanded: impl Into<Option<Reply>>,
    acknowledge: fn() -> R,
) -> Answer {
    let handler = move |_: Verified<Delivery>| std::future::ready(acknowledge());
    let resource = web::resource("/").app_data(demanding(demanded)).to(handler);
    send_to(resource).await
}

#[actix_web::test]
async fn a_handler_behind_the_extractor_says_it_with_acknowledge() {
    let answer = acknowledged(accepted(), || Acknowledge).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, "[accepted]");
    assert_eq!(header(&answer, "content-type"), ["text/plain"]);
}

#[actix_web::test]
async fn acknowledge_is_an_empty_200_where_nothing_is_demanded() {
    let answer = acknowledged(None, || Acknowledge).await;
    assert_eq!((answer.status, answer.body), (200, Bytes::new()));
}

#[actix_web::test]
async fn acknowledge_can_be_given_headers() {
    let acknowledge = || {
        Acknowledge
            .customize()
            .append_header((header::SET_COOKIE, "a=1"))
    };
    let answer = acknowledged(accepted(), acknowledge).await;
    assert_eq!(header(&answer, "set-cookie"), ["a=1"]);
    assert_eq!(answer.body, "[accepted]");
}

#[actix_web::test]
async fn acknowledge_behind_the_middleware_says_it_once() {
    let answer = answer(accepted(), || Acknowledge).await;
    assert_eq!(answer.body, "[accepted]");
}

#[actix_web::test]
async fn acknowledge_of_a_request_that_nothing_has_verified_is_our_fault() {
    let app = init_service(App::new().route("/", web::to(|| async { Acknowledge }))).await;
    let response = call_service(&app, TestRequest::default().to_request()).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let extensions = response.response().extensions();
    assert_eq!(
        extensions.get::<Rejection>().map(Rejection::code),
        Some("misconfigured")
    );
}
