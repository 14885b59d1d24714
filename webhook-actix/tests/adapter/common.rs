//! Requests that a sender would make, and apps that answer them.

use std::cell::Cell;
use std::rc::Rc;

use actix_http::Request;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpMessage, HttpResponse, web};
use bytes::Bytes;
use futures_util::Stream;
use webhook_actix::{Verified, Webhook};
use webhook_core::provider::{slack, stripe};
use webhook_core::testing::{FixedClock, Sign, SignedRequest, Signer};
use webhook_core::{DecodeError, Delivery, Endpoint, Rejection, RejectionKind, UnixTime};

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);
pub(crate) const BODY: &[u8] = br#"{"id":"evt_1","type":"invoice.paid"}"#;
pub(crate) const SECRET: &str = "whsec_of_the_tests";

pub(crate) fn stripe() -> Endpoint {
    Endpoint::new(stripe::Stripe::new(SECRET).unwrap()).clock(FixedClock::at(NOW))
}

/// An account at an address of many.
pub(crate) fn account(name: &str) -> Endpoint {
    let stripe = stripe::Stripe::new(format!("whsec_of_the_account_{name}")).unwrap();
    Endpoint::new(stripe).clock(FixedClock::at(NOW))
}

/// What the account at this address signs: the last segment is its name.
pub(crate) fn sent_to_account(target: &str) -> SignedRequest {
    let name = target.trim_matches('/').rsplit('/').next().unwrap();
    let signer = Signer::new(stripe::SCHEME, format!("whsec_of_the_account_{name}")).unwrap();
    signer.target(target).sign(BODY, NOW).unwrap()
}

pub(crate) fn other_stripe() -> Endpoint {
    Endpoint::new(stripe::Stripe::new("whsec_of_another").unwrap()).clock(FixedClock::at(NOW))
}

pub(crate) fn slack() -> Endpoint {
    Endpoint::new(slack::Slack::new(SECRET).unwrap()).clock(FixedClock::at(NOW))
}

pub(crate) fn signed_at(body: &[u8], time: UnixTime) -> SignedRequest {
    let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
    signer.sign(body, time).unwrap()
}

pub(crate) fn signed(body: &[u8]) -> SignedRequest {
    signed_at(body, NOW)
}

pub(crate) fn handshake() -> SignedRequest {
    let signer = Signer::new(slack::SCHEME, SECRET).unwrap();
    let body = br#"{"type":"url_verification","challenge":"3eZbrw1a"}"#;
    signer.sign(body, NOW).unwrap()
}

/// As it arrives over a connection: with its length.
pub(crate) fn request(signed: &SignedRequest) -> Request {
    let length = signed.body.len().to_string();
    let signed = signed.clone().with_header("content-length", length);
    with_payload(&signed, Payload::from(signed.body.clone()))
}

pub(crate) fn with_payload(signed: &SignedRequest, payload: Payload) -> Request {
    let mut request = TestRequest::default()
        .method(Method::from_bytes(signed.method.as_bytes()).unwrap())
        .uri(&signed.target);
    for (name, value) in &signed.headers {
        request = request.append_header((name.as_str(), value.as_str()));
    }
    let mut request = request.to_request();
    *request.payload() = payload;
    request
}

pub(crate) fn streamed(
    signed: &SignedRequest,
    stream: impl Stream<Item = Result<Bytes, PayloadError>> + 'static,
) -> Request {
    with_payload(
        signed,
        Payload::Stream {
            payload: Box::pin(stream),
        },
    )
}

pub(crate) type Calls = Rc<Cell<usize>>;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) rejection: Option<Rejection>,
    pub(crate) decode_error: Option<DecodeError>,
    /// How often the handler ran.
    pub(crate) calls: usize,
}

impl Answer {
    pub(crate) fn assert_refused(&self, kind: RejectionKind, case: &str) {
        let rejection = Rejection::new(kind, "");
        assert_eq!(self.body, rejection.problem(), "{case}");
        assert_eq!(self.status, rejection.status(), "{case}");
        for (name, value) in rejection.headers() {
            let line = ((*name).to_owned(), (*value).to_owned());
            assert!(self.headers.contains(&line), "{case}: {name}");
        }
        assert_eq!(
            self.rejection.as_ref().map(Rejection::kind),
            Some(kind),
            "{case}"
        );
        assert_eq!(self.calls, 0, "{case}");
    }
}

/// Sends a request to an app of these services, which find the counter of calls in the app data.
pub(crate) async fn send(
    configure: impl FnOnce(&mut web::ServiceConfig),
    request: Request,
) -> Answer {
    let calls = Calls::default();
    let app = App::new().app_data(calls.clone()).configure(configure);
    let response = call_service(&init_service(app).await, request).await;
    let text = |value: &actix_web::http::header::HeaderValue| value.to_str().unwrap().to_owned();
    let rejection = response.response().extensions().get().cloned();
    let decode_error = response.response().extensions().get().cloned();
    Answer {
        status: response.status().as_u16(),
        headers: response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        rejection,
        decode_error,
        body: read_body(response).await,
        calls: calls.get(),
    }
}

pub(crate) async fn through_extractor(endpoint: Endpoint, request: Request) -> Answer {
    async fn handler(request: actix_web::HttpRequest, event: Verified<Delivery>) -> HttpResponse {
        count(&request);
        HttpResponse::Ok().body(event.body().clone())
    }
    let configure = |config: &mut web::ServiceConfig| {
        config
            .app_data(endpoint)
            .service(web::resource("/{any}*").to(handler));
    };
    send(configure, request).await
}

pub(crate) async fn through_middleware(endpoint: Endpoint, request: Request) -> Answer {
    async fn handler(request: actix_web::HttpRequest, body: Bytes) -> HttpResponse {
        assert!(request.extensions().contains::<Delivery>());
        count(&request);
        HttpResponse::Ok().body(body)
    }
    let configure = |config: &mut web::ServiceConfig| {
        // Beside that of the endpoint.
        let limit = web::PayloadConfig::new(usize::MAX);
        let resource = web::resource("/{any}*").app_data(limit);
        config.service(resource.wrap(Webhook::new(endpoint)).to(handler));
    };
    send(configure, request).await
}

pub(crate) fn count(request: &actix_web::HttpRequest) {
    let calls = request.app_data::<Calls>().unwrap();
    calls.set(calls.get() + 1);
}

/// `{"id":"evt_1"}`, compressed.
pub(crate) const GZIP: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 202, 76, 81, 178, 82, 74, 45, 43, 137, 55, 84, 170,
    5, 0, 27, 80, 186, 142, 14, 0, 0, 0,
];
