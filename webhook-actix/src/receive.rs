//! From actix-web's request to the verdict.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::Version;
use actix_web::http::header::{self, HeaderMap};
use bytes::Bytes;
use futures_util::Stream;
use webhook_core::adapter::{self, BodyError, Judged, Tokio};
use webhook_core::{Answer, Endpoint, Headers, RequestHead};

use crate::error::WebhookError;

/// Judges the head of a request, then its body as it arrives.
pub(crate) async fn receive(
    endpoint: &Endpoint,
    request: &HttpRequest,
    mut payload: Payload,
) -> Result<Judged, WebhookError> {
    let verdict = verify(endpoint, request, &mut payload).await;
    verdict.map_err(|answer| WebhookError::from(answer).with_unread(payload))
}

async fn verify(
    endpoint: &Endpoint,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<Judged, Answer> {
    let headers = Borrowed(request.headers());
    let target = request.uri().path_and_query();
    let target = target.map_or("", |target| target.as_str());
    let head = RequestHead::new(request.method().as_str(), target, &headers);
    let next_frame = |cx: &mut Context<'_>| match is_taken(request, payload) {
        true => Poll::Ready(Some(Err(BodyError::AlreadyTaken))),
        false => poll(payload, cx),
    };
    let runtime = Tokio::new(endpoint.clone());
    adapter::verify_or_report(endpoint, &runtime, &head, next_frame).await
}

fn poll(payload: &mut Payload, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
    let polled = Pin::new(payload).poll_next(cx);
    polled.map_err(|error| match error {
        // What another middleware has put around the payload has a limit.
        PayloadError::Overflow => BodyError::TooLarge,
        _ => BodyError::Incomplete,
    })
}

/// The headers as actix-web keeps them, which is not the map of today's `http` crate.
struct Borrowed<'m>(&'m HeaderMap);

impl Headers for Borrowed<'_> {
    fn for_each<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        for value in self.0.get_all(name) {
            each(value.as_bytes());
        }
    }
}

/// Whether there was a body once. actix-web has no payload where the head announces none; over HTTP/2 it always has one.
fn is_taken(request: &HttpRequest, payload: &Payload) -> bool {
    let announced = || {
        let headers = request.headers();
        let length = headers.get(header::CONTENT_LENGTH);
        length.is_some_and(|length| length != "0")
            || headers.contains_key(header::TRANSFER_ENCODING)
            || request.version() == Version::HTTP_2
    };
    matches!(payload, Payload::None) && announced()
}
