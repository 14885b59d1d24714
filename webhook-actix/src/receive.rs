//! From actix-web's request to the verdict.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::Version;
use actix_web::http::header::{self, HeaderMap};
use actix_web::rt::time::sleep;
use futures_util::Stream;
use webhook_core::{
    Delivery, Endpoint, Headers, Intake, LEAST_FRAME, Opened, Outcome, Rejection, RejectionKind,
    RequestHead, YIELD_AFTER,
};

use crate::error::WebhookError;

/// Judges the head of a request, then its body as it arrives.
pub(crate) async fn receive(
    endpoint: &Endpoint,
    request: &HttpRequest,
    mut payload: Payload,
) -> Result<Delivery, WebhookError> {
    let verdict = judge(endpoint, request, &mut payload).await;
    verdict.map_err(|error| error.with_unread(payload))
}

async fn judge(
    endpoint: &Endpoint,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<Delivery, WebhookError> {
    let headers = Borrowed(request.headers());
    let target = request.uri().path_and_query();
    let target = target.map_or("", |target| target.as_str());
    let head = RequestHead::new(request.method().as_str(), target, &headers);

    let intake = match endpoint.open_in_time(&head, sleep).await? {
        Opened::Intake(intake) => intake,
        Opened::Reply(reply) => return Err(reply.into()),
    };
    if is_taken(request, payload) {
        let reason = "another extractor or a middleware has read the body: take the webhook first";
        return Err(intake
            .refuse(RejectionKind::BodyAlreadyTaken, reason)
            .into());
    }
    let intake = read(intake, payload).await?;
    match intake.finish_in_time(sleep).await? {
        Outcome::Delivery(delivery) => Ok(delivery),
        Outcome::Reply(reply) => Err(reply.into()),
    }
}

/// The headers as actix-web keeps them, which is not the map of today's `http` crate.
struct Borrowed<'m>(&'m HeaderMap);

impl Headers for Borrowed<'_> {
    fn visit<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
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

/// Reads the body to its end, or to the first reason to refuse it, or until its time is up.
async fn read(mut intake: Intake, payload: &mut Payload) -> Result<Intake, Rejection> {
    let time = intake.body_timeout();
    // Lazy: the timer starts with the first wait, and a body that is there already needs none.
    let mut time_is_up = pin!(async { sleep(time).await });
    poll_fn(|cx| match pump(payload, &mut intake, cx) {
        Poll::Ready(ended) => Poll::Ready(ended),
        Poll::Pending => time_is_up.as_mut().poll(cx).map(|()| {
            let reason = "the body did not arrive in time";
            Err(intake.refuse(RejectionKind::BodyTimeout, reason))
        }),
    })
    .await?;
    Ok(intake)
}

/// Pushes the frames that are there, but not so many in one go that other tasks have to wait.
fn pump(
    payload: &mut Payload,
    intake: &mut Intake,
    cx: &mut Context<'_>,
) -> Poll<Result<(), Rejection>> {
    let mut pushed = 0;
    while pushed < YIELD_AFTER {
        match ready!(Pin::new(&mut *payload).poll_next(cx)) {
            None => return Poll::Ready(Ok(())),
            Some(Ok(frame)) => {
                pushed += frame.len().max(LEAST_FRAME);
                intake.push(frame)?;
            }
            // What the error says may repeat what was sent.
            Some(Err(_)) => {
                let reason = "the transfer of the body failed";
                return Poll::Ready(Err(intake.refuse(RejectionKind::BodyIncomplete, reason)));
            }
        }
    }
    cx.waker().wake_by_ref();
    Poll::Pending
}
