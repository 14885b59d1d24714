//! What holds for the middleware alone.

use crate::common::*;
use actix_web::dev::Service;
use actix_web::test::{call_service, init_service, read_body};
use actix_web::{App, HttpResponse, error, web};
use bytes::Bytes;
use webhook_actix::{Verified, Webhook};
use webhook_core::{Delivery, Rejection};

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
