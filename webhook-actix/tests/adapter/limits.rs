//! How long a body may be and take, and a resolver: by an endpoint, by a variant, by default. On a clock that stands still
//! until everybody waits.

use std::future::pending;
use std::time::Duration;

use actix_http::Request;
use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::stream;
use tokio::time::{Instant, pause, sleep};
use webhook_core::resolver::{Resolved, from_fn};
use webhook_core::testing::SignedRequest;
use webhook_core::{Endpoint, Rejection, RejectionKind, Variants};

use crate::common::*;

/// `hook` at `/hook`.
fn variant(inner: Endpoint) -> Endpoint {
    Endpoint::new(Variants::new().with("hook", inner).unwrap())
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn to_variant(signed: SignedRequest) -> SignedRequest {
    SignedRequest {
        target: "/hook".to_owned(),
        ..signed
    }
}

/// As a middleware that limits the payload ends it.
fn overflow() -> PayloadError {
    PayloadError::Overflow
}

fn broken() -> PayloadError {
    PayloadError::Incomplete(None)
}

/// Something of a body every second, a hundred times.
fn dripping() -> Request {
    let drops = stream::unfold(0, |drops| async move {
        if drops == 100 {
            return None;
        }
        sleep(seconds(1)).await;
        Some((Ok::<_, PayloadError>(Bytes::from_static(b" ")), drops + 1))
    });
    streamed(&to_variant(signed(&[b' '; 100])), drops)
}

#[actix_web::test]
async fn a_body_has_ten_seconds_or_what_its_endpoint_says() {
    pause();
    for (endpoint, status, elapsed) in [
        (stripe(), 408, 10),
        (stripe().body_timeout(seconds(3)), 408, 3),
        (stripe().body_timeout(seconds(101)), 200, 100),
        // What a variant says counts, and the endpoint around it for what it does not say.
        (
            variant(stripe().body_timeout(seconds(4))).body_timeout(seconds(7)),
            408,
            4,
        ),
        (variant(stripe()).body_timeout(seconds(7)), 408, 7),
    ] {
        for through_middleware in [false, true] {
            let begin = Instant::now();
            let answer = through(through_middleware, endpoint.clone(), dripping()).await;
            assert_eq!(
                (answer.status, begin.elapsed().as_secs()),
                (status, elapsed)
            );
        }
    }
}

#[actix_web::test]
async fn a_resolver_has_ten_seconds_or_what_its_endpoint_says() {
    type Found = Result<Resolved<'static>, Rejection>;
    let hanging = || Endpoint::new(from_fn(|_| pending::<Found>()));
    pause();
    for (endpoint, elapsed) in [(hanging(), 10), (hanging().resolver_timeout(seconds(3)), 3)] {
        for through_middleware in [false, true] {
            let begin = Instant::now();
            let unread = stream::repeat_with(|| panic!("no byte of the body may be read"));
            let request = streamed(&to_variant(signed(BODY)), unread);
            let answer = through(through_middleware, endpoint.clone(), request).await;
            answer.assert_refused(RejectionKind::ResolverTimeout, "hanging");
            assert_eq!(begin.elapsed().as_secs(), elapsed);
        }
    }
}

#[actix_web::test]
async fn a_body_has_a_mebibyte_or_what_its_endpoint_says() {
    for (endpoint, limit) in [
        (stripe(), 1_048_576),
        (stripe().body_limit(100), 100),
        (variant(stripe().body_limit(50)).body_limit(70), 50),
        (variant(stripe()).body_limit(70), 70),
    ] {
        for (length, status) in [(limit, 200), (limit + 1, 413)] {
            let signed = to_variant(signed(&vec![b' '; length]));
            for through_middleware in [false, true] {
                let announced = request(&signed);
                let answer = through(through_middleware, endpoint.clone(), announced).await;
                assert_eq!(answer.status, status, "{length} announced");
                let body = stream::iter([Ok(signed.body.clone())]);
                let sent = streamed(&signed, body);
                let answer = through(through_middleware, endpoint.clone(), sent).await;
                assert_eq!(answer.status, status, "{length} sent");
            }
        }
    }
}

#[actix_web::test]
async fn a_limit_around_the_body_is_told_from_a_transfer_that_breaks() {
    for (error, kind) in [
        (
            overflow as fn() -> PayloadError,
            RejectionKind::BodyTooLarge,
        ),
        (broken, RejectionKind::BodyIncomplete),
    ] {
        for through_middleware in [false, true] {
            let begun = Ok(Bytes::from_static(&BODY[..9]));
            let stopped = stream::iter([begun, Err(error())]);
            let request = streamed(&to_variant(signed(BODY)), stopped);
            let answer = through(through_middleware, stripe(), request).await;
            answer.assert_refused(kind, "stopped");
        }
    }
}

async fn through(middleware: bool, endpoint: Endpoint, request: Request) -> Answer {
    match middleware {
        true => through_middleware(endpoint, request).await,
        false => through_extractor(endpoint, request).await,
    }
}
