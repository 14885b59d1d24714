//! What holds for the extractor alone.

use std::rc::Rc;

use crate::common::*;
use actix_web::dev::Service;
use actix_web::test::init_service;
use actix_web::{App, FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use bytes::Bytes;
use futures_util::{FutureExt, stream};
use webhook_actix::{Verified, WebhookError};
use webhook_core::{Delivery, JsonEvent, Rejection, RejectionKind, Reply};

#[derive(serde::Deserialize)]
struct Named {
    id: String,
}

#[derive(Debug, serde::Deserialize)]
struct Numbered {
    #[expect(dead_code, reason = "only its type matters")]
    id: u64,
}

async fn length(request: HttpRequest, delivery: Verified<Delivery>) -> String {
    count(&request);
    delivery.body().len().to_string()
}

#[actix_web::test]
async fn without_an_endpoint_nothing_is_accepted() {
    let configure = |config: &mut web::ServiceConfig| {
        config.service(web::resource("/").to(length));
    };
    let answer = send(configure, request(&signed(BODY))).await;
    answer.assert_refused(RejectionKind::Misconfigured, "no endpoint");
}

#[actix_web::test]
async fn the_endpoint_may_be_in_web_data() {
    let configure = |config: &mut web::ServiceConfig| {
        config
            .app_data(web::Data::new(stripe()))
            .service(web::resource("/").to(length));
    };
    let answer = send(configure, request(&signed(BODY))).await;
    assert_eq!((answer.status, answer.calls), (200, 1));
}

#[actix_web::test]
async fn the_endpoint_of_a_scope_comes_before_that_of_the_app() {
    let configure = |config: &mut web::ServiceConfig| {
        let scope = web::scope("/inner")
            .app_data(stripe())
            .route("", web::to(length));
        config
            .app_data(other_stripe())
            .service(scope)
            .route("/outer", web::to(length));
    };
    let mut signed = signed(BODY);
    for (target, status) in [("/inner", 200), ("/outer", 401)] {
        target.clone_into(&mut signed.target);
        let answer = send(configure, request(&signed)).await;
        assert_eq!(answer.status, status, "{target}");
    }
}

#[actix_web::test]
async fn a_compressed_body_is_verified_as_it_was_sent() {
    async fn handler(delivery: Verified<Delivery>) -> HttpResponse {
        HttpResponse::Ok().body(delivery.body().clone())
    }
    let configure = |config: &mut web::ServiceConfig| {
        config.app_data(stripe()).route("/", web::to(handler));
    };
    let signed = signed(GZIP).with_header("content-encoding", "gzip");
    let answer = send(configure, request(&signed)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, GZIP);
}

#[actix_web::test]
async fn a_body_in_one_piece_is_not_copied() {
    async fn handler(delivery: Verified<Delivery>) -> String {
        format!("{:p}", delivery.body().as_ptr())
    }
    let configure = |config: &mut web::ServiceConfig| {
        config.app_data(stripe()).route("/", web::to(handler));
    };
    let signed = signed(BODY);
    let answer = send(configure, request(&signed)).await;
    assert_eq!(answer.body, format!("{:p}", signed.body.as_ptr()));
}

#[actix_web::test]
async fn a_body_that_an_extractor_before_it_took_is_named() {
    async fn handler(request: HttpRequest, _: Bytes, _: Verified<Delivery>) -> HttpResponse {
        count(&request);
        HttpResponse::Ok().finish()
    }
    let configure = |config: &mut web::ServiceConfig| {
        config.app_data(stripe()).route("/", web::to(handler));
    };
    let answer = send(configure, request(&signed(BODY))).await;
    answer.assert_refused(RejectionKind::BodyAlreadyTaken, "Bytes first");
    let chunked = signed(BODY).with_header("transfer-encoding", "chunked");
    let answer = send(configure, with_payload(&chunked, BODY.to_vec().into())).await;
    answer.assert_refused(RejectionKind::BodyAlreadyTaken, "Bytes first, chunked");
    let reason = answer.rejection.unwrap().reason();
    assert!(reason.contains("another extractor"), "{reason}");
}

#[actix_web::test]
async fn several_extractors_share_one_verification() {
    async fn handler(
        numbered: Result<Verified<JsonEvent<Numbered>>, WebhookError>,
        Verified(JsonEvent(named)): Verified<JsonEvent<Named>>,
        delivery: Verified<Delivery>,
    ) -> String {
        let error = numbered.unwrap_err();
        assert_eq!(error.decode_error().unwrap().path(), "id");
        assert_eq!(error.delivery().unwrap().body(), delivery.body());
        named.id
    }
    let configure = |config: &mut web::ServiceConfig| {
        config.app_data(stripe()).route("/", web::to(handler));
    };
    let answer = send(configure, request(&signed(BODY))).await;
    assert_eq!((answer.status, answer.body), (200, Bytes::from("evt_1")));
}

#[actix_web::test]
async fn an_extractor_in_the_handler_finds_the_verified_delivery() {
    async fn handler(request: HttpRequest, _: Verified<Delivery>) -> Result<String, WebhookError> {
        let Verified(JsonEvent(named)) = Verified::<JsonEvent<Named>>::extract(&request).await?;
        Ok(named.id)
    }
    let configure = |config: &mut web::ServiceConfig| {
        config.app_data(stripe()).route("/", web::to(handler));
    };
    let answer = send(configure, request(&signed(BODY))).await;
    assert_eq!((answer.status, answer.body), (200, Bytes::from("evt_1")));
}

#[actix_web::test]
async fn a_delivery_of_another_shape_is_our_fault() {
    async fn handler(_: Verified<JsonEvent<Numbered>>) -> HttpResponse {
        panic!("there is no event to call it with");
    }
    let configure = |config: &mut web::ServiceConfig| {
        config.app_data(stripe()).route("/", web::to(handler));
    };
    let answer = send(configure, request(&signed(BODY))).await;
    assert_eq!(answer.status, 500);
    let problem = r#"{"type":"about:blank","title":"Internal error","code":"undecodable"}"#;
    assert_eq!(answer.body, problem);
    assert_eq!(answer.decode_error.unwrap().path(), "id");
}

#[actix_web::test]
async fn a_handler_can_see_why_there_is_no_event() {
    async fn handler(event: Result<Verified<Delivery>, WebhookError>) -> HttpResponse {
        match event {
            Ok(_) => HttpResponse::Ok().finish(),
            Err(error) => match error.rejection() {
                Some(rejection) => HttpResponse::Accepted().body(rejection.code()),
                None => error.error_response(),
            },
        }
    }
    let configure = |config: &mut web::ServiceConfig| {
        config.app_data(slack()).route("/", web::to(handler));
    };
    let refused = send(configure, request(&handshake().with_body("{}"))).await;
    assert_eq!(
        (refused.status, refused.body),
        (202, Bytes::from("bad_signature"))
    );
    let greeted = send(configure, request(&handshake())).await;
    assert_eq!(
        (greeted.status, greeted.body),
        (200, Bytes::from("3eZbrw1a"))
    );
}

#[actix_web::test]
async fn a_client_that_hangs_up_leaves_nothing_behind() {
    async fn with_body(_: Verified<Delivery>, body: Bytes) -> Bytes {
        body
    }
    async fn with_stream(_: Verified<Delivery>, _: web::Payload) -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    let alive = Rc::new(());
    let held = Rc::clone(&alive);
    let app = App::new()
        .app_data(stripe())
        .wrap_fn(move |request, service| {
            request.extensions_mut().insert(Rc::clone(&held));
            service.call(request)
        })
        .route("/alone", web::to(length))
        .route("/body", web::to(with_body))
        .route("/stream", web::to(with_stream));
    let app = init_service(app.app_data(Calls::default())).await;

    for target in ["/alone", "/body", "/stream"] {
        let mut signed = signed(BODY);
        target.clone_into(&mut signed.target);
        let mut running = Box::pin(app.call(streamed(&signed, stream::pending())));
        assert!(running.as_mut().now_or_never().is_none(), "{target}");
        assert_eq!(Rc::strong_count(&alive), 3, "{target}");
        drop(running);
        assert_eq!(Rc::strong_count(&alive), 2, "{target}");
    }
}

#[actix_web::test]
async fn an_error_knows_the_answer_to_a_handshake() {
    async fn handler(event: Result<Verified<Delivery>, WebhookError>) -> HttpResponse {
        let reply = event.as_ref().err().and_then(WebhookError::reply);
        HttpResponse::Accepted().body(reply.map_or(Bytes::new(), |reply| reply.body().clone()))
    }
    let configure = |config: &mut web::ServiceConfig| {
        config.app_data(slack()).route("/", web::to(handler));
    };
    for (request, reply) in [
        (request(&handshake()), "3eZbrw1a"),
        (request(&handshake().with_body("{}")), ""),
    ] {
        assert_eq!(send(configure, request).await.body, reply);
    }
}

#[test]
fn errors_show_why_and_nothing_of_the_body() {
    let reply = WebhookError::from(Reply::text("canary"));
    let refusal = WebhookError::from(Rejection::new(
        RejectionKind::BadSignature,
        "no key matches",
    ));
    for (error, why) in [(reply, ""), (refusal, "no key matches")] {
        let shown = format!("{error} {error:?}");
        assert!(error.to_string().contains(why), "{shown}");
        assert!(!shown.contains("canary"), "{shown}");
    }
}
