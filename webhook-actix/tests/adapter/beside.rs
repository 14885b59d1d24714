//! Extractors of the body beside the extractor of the event, over connections.

use std::io::Write;
use std::net::Shutdown;
use std::sync::atomic::Ordering;

use actix_web::{Error, FromRequest, HttpResponse, web};
use bytes::Bytes;
use webhook_actix::{Verified, Webhook, WebhookError};
use webhook_core::Delivery;
use webhook_core::testing::SignedRequest;

use crate::common::{BODY, other_stripe, signed, stripe};
use crate::sockets::{Calls, rest, statuses, talk_to, wire};

/// An extractor that takes the body, and what it has read.
trait Body: FromRequest + 'static {
    async fn read(self) -> Result<Bytes, Error>;
}

impl Body for Bytes {
    async fn read(self) -> Result<Bytes, Error> {
        Ok(self)
    }
}

impl Body for String {
    async fn read(self) -> Result<Bytes, Error> {
        Ok(self.into())
    }
}

impl Body for web::Payload {
    async fn read(self) -> Result<Bytes, Error> {
        self.to_bytes().await
    }
}

#[derive(serde::Deserialize)]
struct Named {
    id: String,
    r#type: String,
}

impl Body for web::Json<Named> {
    async fn read(self) -> Result<Bytes, Error> {
        let Named { id, r#type } = self.0;
        Ok(format!(r#"{{"id":"{id}","type":"{type}"}}"#).into())
    }
}

fn count(calls: &Calls) {
    calls.fetch_add(1, Ordering::SeqCst);
}

async fn after<B: Body>(calls: Calls, _: Verified<Delivery>, body: B) -> Result<Bytes, Error> {
    count(&calls);
    body.read().await
}

async fn between<B: Body>(
    calls: Calls,
    _: Verified<Delivery>,
    body: B,
    _: Verified<Delivery>,
) -> Result<Bytes, Error> {
    count(&calls);
    body.read().await
}

async fn before<B: Body>(calls: Calls, body: B, _: Verified<Delivery>) -> Result<Bytes, Error> {
    count(&calls);
    body.read().await
}

/// A handler that is called in any case.
async fn tolerant<B: Body>(
    event: Result<Verified<Delivery>, WebhookError>,
    body: Result<B, B::Error>,
) -> HttpResponse {
    let seen = match body {
        Ok(body) => body.read().await,
        Err(error) => Err(error.into()),
    };
    let seen = seen.map(|body| body.len()).map_err(|it| it.to_string());
    HttpResponse::Accepted().body(format!("{} {seen:?}", event.is_ok()))
}

fn routes(config: &mut web::ServiceConfig) {
    routes_of::<Bytes>("bytes", config);
    routes_of::<String>("string", config);
    routes_of::<web::Payload>("payload", config);
    routes_of::<web::Json<Named>>("json", config);
}

fn routes_of<B: Body>(name: &str, config: &mut web::ServiceConfig) {
    let route = |place: &str| web::resource(format!("/{name}/{place}"));
    // Behind a middleware with another endpoint than the extractor's: each verifies.
    let outer = route("twice").wrap(Webhook::new(stripe()));
    config
        .service(route("after").to(after::<B>))
        .service(route("between").to(between::<B>))
        .service(route("before").to(before::<B>))
        .service(route("tolerant").to(tolerant::<B>))
        .service(outer.app_data(stripe()).to(after::<B>))
        .service(
            route("misconfigured")
                .app_data(web::Data::new(other_stripe()))
                .to(tolerant::<B>),
        );
}

const EXTRACTORS: [&str; 4] = ["bytes", "string", "payload", "json"];

fn to(extractor: &str, place: &str, mut signed: SignedRequest) -> SignedRequest {
    signed.target = format!("/{extractor}/{place}");
    signed.with_header("content-type", "application/json")
}

/// How a body goes over a connection: the header, and what follows the head.
fn framings(body: &str) -> [(String, String); 2] {
    let (one, two) = body.split_at(body.len() / 2);
    let mut chunks = String::new();
    for chunk in [one, two].iter().filter(|chunk| !chunk.is_empty()) {
        chunks += &format!("{:x}\r\n{chunk}\r\n", chunk.len());
    }
    [
        (format!("content-length: {}", body.len()), body.to_owned()),
        (
            "transfer-encoding: chunked".to_owned(),
            chunks + "0\r\n\r\n",
        ),
    ]
}

/// What the server answers to one request.
async fn answer(signed: SignedRequest, (header, body): (String, String)) -> (u16, String, usize) {
    let wire = wire(&signed, &header, &body);
    let (answer, calls) = talk_to(routes, move |mut stream| {
        stream.write_all(wire.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        rest(stream)
    })
    .await;
    let status = statuses(&answer)
        .first()
        .map_or(0, |it| it.parse().unwrap());
    let body = answer.split_once("\r\n\r\n").unwrap_or_default().1;
    (status, body.to_owned(), calls)
}

fn genuine() -> &'static str {
    std::str::from_utf8(BODY).unwrap()
}

#[actix_web::test]
async fn an_extractor_after_it_reads_the_bytes_that_were_proven() {
    for extractor in EXTRACTORS {
        for place in ["after", "between", "twice"] {
            for framing in framings(genuine()) {
                let case = format!("{extractor} {place} {}", framing.0);
                let answer = answer(to(extractor, place, signed(BODY)), framing).await;
                assert_eq!(answer, (200, genuine().to_owned(), 1), "{case}");
            }
        }
    }
}

#[actix_web::test]
async fn an_extractor_after_it_reads_nothing_of_a_refused_request() {
    for extractor in EXTRACTORS {
        for place in ["after", "between", "twice"] {
            for framing in framings(&genuine().replace("paid", "void")) {
                let case = format!("{extractor} {place} {}", framing.0);
                let (status, body, calls) =
                    answer(to(extractor, place, signed(BODY)), framing).await;
                assert_eq!((status, calls), (401, 0), "{case}");
                assert!(body.contains("bad_signature"), "{case}: {body}");
            }
        }
    }
}

#[actix_web::test]
async fn a_handler_that_is_called_for_refused_requests_too_gets_an_error_for_their_body() {
    for extractor in EXTRACTORS {
        for framing in framings(&genuine().replace("paid", "void")) {
            for place in ["tolerant", "misconfigured"] {
                let case = format!("{extractor} {place} {}", framing.0);
                let refused = to(extractor, place, signed(BODY));
                let (status, body, _) = answer(refused, framing.clone()).await;
                assert_eq!(status, 202, "{case}");
                assert!(body.starts_with("false Err("), "{case}: {body}");
                assert!(
                    body.contains("the webhook was not accepted"),
                    "{case}: {body}"
                );
            }
        }
        let [framing, _] = framings(genuine());
        let (_, body, _) = answer(to(extractor, "tolerant", signed(BODY)), framing).await;
        assert_eq!(body, format!("true Ok({})", BODY.len()), "{extractor}");
    }
}

#[actix_web::test]
async fn an_extractor_before_it_is_a_fault_of_ours_that_is_named() {
    for extractor in EXTRACTORS {
        for framing in framings(genuine()) {
            let case = format!("{extractor} {}", framing.0);
            let (status, body, calls) =
                answer(to(extractor, "before", signed(BODY)), framing).await;
            assert_eq!((status, calls), (500, 0), "{case}");
            assert!(body.contains("body_already_taken"), "{case}: {body}");
        }
    }
}

#[actix_web::test]
async fn an_empty_body_is_read_as_an_empty_one() {
    for extractor in ["bytes", "string", "payload"] {
        for framing in framings("") {
            let case = format!("{extractor} {}", framing.0);
            let answer = answer(to(extractor, "after", signed(b"")), framing).await;
            assert_eq!(answer, (200, String::new(), 1), "{case}");
        }
        // Nobody can have taken a body from before it that is announced as none.
        let [nothing, chunks] = framings("");
        for (framing, status) in [(nothing, 200), (chunks, 500)] {
            let case = format!("{extractor} before, {}", framing.0);
            let answer = answer(to(extractor, "before", signed(b"")), framing).await;
            assert_eq!(answer.0, status, "{case}");
        }
        // Emptied on its way.
        let [nothing, _] = framings("");
        let answer = answer(to(extractor, "after", signed(BODY)), nothing).await;
        assert_eq!((answer.0, answer.2), (401, 0), "{extractor}");
    }
}

#[actix_web::test]
async fn a_client_that_hangs_up_half_way_calls_no_handler() {
    for extractor in EXTRACTORS {
        for (header, body) in framings(genuine()) {
            let half = body[..body.len() / 2].to_owned();
            let case = format!("{extractor} {header}");
            let cut = answer(to(extractor, "after", signed(BODY)), (header, half)).await;
            assert!([0, 400].contains(&cut.0), "{case}: {}", cut.0);
            assert_eq!(cut.2, 0, "{case}");
        }
    }
}
