//! What must hold in the same way for the extractor and for the middleware.

use std::time::Duration;

use crate::common::*;
use actix_http::Request;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::Version;
use bytes::Bytes;
use futures_util::stream;
use webhook_core::RejectionKind::{self, *};
use webhook_core::testing::SignedRequest;
use webhook_core::{Endpoint, UnixTime};

/// A body that must not be touched.
fn unread(signed: &SignedRequest) -> Request {
    let poll = || panic!("the head decides: no byte of the body may be read");
    streamed(signed, stream::repeat_with(poll))
}

fn frames(signed: &SignedRequest, size: usize) -> Request {
    let chunks: Vec<_> = signed.body.chunks(size).map(frame).collect();
    streamed(signed, stream::iter(chunks))
}

fn frame(bytes: &[u8]) -> Result<Bytes, PayloadError> {
    Ok(Bytes::copy_from_slice(bytes))
}

fn endless(frame: &'static [u8]) -> Request {
    let frames = stream::repeat_with(move || Ok(Bytes::from_static(frame)));
    streamed(&signed(BODY), frames)
}

fn old() -> SignedRequest {
    signed_at(BODY, UnixTime::from_secs(NOW.as_secs() - 301))
}

fn early() -> SignedRequest {
    signed_at(BODY, UnixTime::from_secs(NOW.as_secs() + 301))
}

fn with_method(method: &str) -> SignedRequest {
    SignedRequest {
        method: method.to_owned(),
        ..signed(BODY)
    }
}

fn with_two_signatures() -> SignedRequest {
    let mut signed = signed(BODY);
    let line = ("stripe-signature".to_owned(), "t=1,v1=00".to_owned());
    signed.headers.push(line);
    signed
}

fn cut_short(error: Option<PayloadError>) -> Request {
    let first = Ok(Bytes::from_static(&BODY[..10]));
    let signed = signed(BODY).with_header("content-length", BODY.len().to_string());
    streamed(
        &signed,
        stream::iter([first].into_iter().chain(error.map(Err))),
    )
}

fn announcing(length: &str) -> SignedRequest {
    signed(BODY).with_header("content-length", length)
}

type Refused = (&'static str, fn() -> Request, RejectionKind);

const REFUSED: &[Refused] = &[
    (
        "tampered",
        || request(&signed(BODY).with_body("{}")),
        BadSignature,
    ),
    (
        "no body",
        || with_payload(&signed(BODY), Payload::None),
        BadSignature,
    ),
    (
        "unsigned",
        || unread(&signed(BODY).without_header("stripe-signature")),
        MissingSignature,
    ),
    (
        "unreadable",
        || unread(&signed(BODY).with_header("stripe-signature", "t=x,v1=")),
        Malformed,
    ),
    (
        "two signatures",
        || unread(&with_two_signatures()),
        Malformed,
    ),
    ("stale", || unread(&old()), Stale),
    ("early", || unread(&early()), Future),
    ("GET", || unread(&with_method("GET")), MethodNotAllowed),
    ("PUT", || unread(&with_method("PUT")), MethodNotAllowed),
    (
        "announces too much",
        || unread(&announcing("1025")),
        BodyTooLarge,
    ),
    (
        "announces nonsense",
        || unread(&announcing("1e3")),
        Malformed,
    ),
    ("sends too much", || endless(b"and on and on"), BodyTooLarge),
    (
        "sends nothing",
        || streamed(&signed(BODY), stream::pending()),
        BodyTimeout,
    ),
    ("sends nothing but frames", || endless(b""), BodyTimeout),
    (
        "breaks",
        || cut_short(Some(PayloadError::Incomplete(None))),
        BodyIncomplete,
    ),
    ("ends early", || cut_short(None), BodyIncomplete),
    (
        "taken before",
        || with_payload(&announcing("36"), Payload::None),
        BodyAlreadyTaken,
    ),
    // Which announces no length, and need not.
    (
        "taken before, over HTTP/2",
        || {
            let mut request = with_payload(&signed(BODY), Payload::None);
            request.head_mut().version = Version::HTTP_2;
            request
        },
        BodyAlreadyTaken,
    ),
];

fn strict() -> Endpoint {
    let time = Duration::from_millis(50);
    stripe().body_limit(1024).body_timeout(time)
}

#[actix_web::test]
async fn the_extractor_refuses_without_calling_the_handler() {
    for (case, request, kind) in REFUSED {
        let answer = through_extractor(strict(), request()).await;
        answer.assert_refused(*kind, case);
    }
}

#[actix_web::test]
async fn the_middleware_refuses_without_calling_the_handler() {
    for (case, request, kind) in REFUSED {
        let answer = through_middleware(strict(), request()).await;
        answer.assert_refused(*kind, case);
    }
}

type Accepted = (&'static str, fn() -> Request);

const ACCEPTED: &[Accepted] = &[
    ("in one piece", || request(&signed(BODY))),
    ("in pieces", || frames(&signed(BODY), 7)),
    ("byte by byte", || frames(&signed(BODY), 1)),
];

#[actix_web::test]
async fn the_extractor_lets_signed_requests_through() {
    for (case, request) in ACCEPTED {
        let answer = through_extractor(strict(), request()).await;
        assert_eq!((answer.status, answer.calls), (200, 1), "{case}");
        assert_eq!(answer.body, BODY, "{case}");
    }
}

#[actix_web::test]
async fn the_middleware_lets_signed_requests_through_with_their_body() {
    for (case, request) in ACCEPTED {
        let answer = through_middleware(strict(), request()).await;
        assert_eq!((answer.status, answer.calls), (200, 1), "{case}");
        assert_eq!(answer.body, BODY, "{case}");
    }
}

#[actix_web::test]
async fn a_body_longer_than_what_is_pushed_in_one_go_arrives_whole() {
    let body = vec![b' '; 300 * 1024];
    let answer = through_extractor(stripe(), frames(&signed(&body), 4096)).await;
    assert_eq!((answer.status, answer.body.len()), (200, body.len()));
}

#[actix_web::test]
async fn handshakes_are_answered_without_the_handler() {
    let extractor = through_extractor(slack(), request(&handshake())).await;
    let middleware = through_middleware(slack(), request(&handshake())).await;
    for answer in [extractor, middleware] {
        assert_eq!((answer.status, answer.calls), (200, 0));
        assert_eq!(answer.body, "3eZbrw1a");
        let line = ("content-type".to_owned(), "text/plain".to_owned());
        assert!(answer.headers.contains(&line));
        assert_eq!(answer.rejection, None);
    }
}
