//! A middleware outside that changes the body.

use actix_web::dev::{Payload, Service};
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderValue};
use actix_web::test::{call_service, init_service};
use actix_web::{App, HttpResponse, web};
use webhook_actix::{Verified, Webhook};
use webhook_core::RejectionKind::{self, BadSignature, BodyIncomplete};
use webhook_core::{Delivery, Rejection};

use crate::common::{BODY, request, signed, stripe};

/// What becomes of the body, and of the headers.
type Change = (&'static str, fn(&mut HeaderMap));

fn nothing(_: &mut HeaderMap) {}

fn without_length(headers: &mut HeaderMap) {
    headers.remove(CONTENT_LENGTH);
}

/// As a middleware leaves it that reads the JSON and writes it anew.
const ANEW: &str = r#"{"id": "evt_1", "type": "invoice.paid"}"#;

fn length_of_anew(headers: &mut HeaderMap) {
    headers.insert(CONTENT_LENGTH, HeaderValue::from(ANEW.len()));
}

fn packed(headers: &mut HeaderMap) {
    length_of_anew(headers);
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
}

/// How the request is refused, through the extractor and through the middleware, and with which words for the log.
async fn assert_refused((body, change): Change, kind: RejectionKind, words: &str) {
    let handler = || async |_: Verified<Delivery>| HttpResponse::Ok();
    let app = App::new()
        .service(web::resource("/extractor").app_data(stripe()).to(handler()))
        .service(
            web::resource("/middleware")
                .wrap(Webhook::new(stripe()))
                .to(handler()),
        )
        .wrap_fn(move |mut request, service| {
            change(request.headers_mut());
            request.set_payload(Payload::from(body.as_bytes().to_vec()));
            service.call(request)
        });
    let app = init_service(app).await;
    for target in ["/extractor", "/middleware"] {
        let case = format!("{target} {words}");
        let mut signed = signed(BODY);
        target.clone_into(&mut signed.target);
        let response = call_service(&app, request(&signed)).await;
        let extensions = response.response().extensions();
        let rejection = extensions.get::<Rejection>().expect(&case);
        assert_eq!(rejection.kind(), kind, "{case}");
        assert!(
            rejection.reason().contains(words),
            "{case}: {}",
            rejection.reason()
        );
    }
}

#[actix_web::test]
async fn a_middleware_outside_that_changes_the_body_is_in_the_reason_if_that_can_be_seen() {
    let cases: [(Change, RejectionKind, &str); 5] = [
        (
            (ANEW, nothing),
            BadSignature,
            "it is longer than its `content-length`",
        ),
        (
            ("{}", nothing),
            BodyIncomplete,
            "in front of the endpoint has changed the body",
        ),
        (
            (ANEW, without_length),
            BadSignature,
            "it has neither `content-length`",
        ),
        ((ANEW, packed), BadSignature, "it has a `content-encoding`"),
        (
            (ANEW, length_of_anew),
            BadSignature,
            "no key matches any signature",
        ),
    ];
    for (change, kind, words) in cases {
        assert_refused(change, kind, words).await;
    }
}
