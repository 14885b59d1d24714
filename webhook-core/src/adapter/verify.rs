//! From the head of a request and its frames to the verdict.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use crate::adapter::arrival::{Arrival, Judged, Reported};
use crate::adapter::runtime::Runtime;
use crate::endpoint::{self, Endpoint, Verification};
use crate::outcome::{Answer, Rejection, RejectionKind};
use crate::request::RequestHead;

/// After so many bytes without having had to wait for one, other tasks may run.
const YIELD_AFTER: usize = 64 * 1024;

/// A frame counts as this many bytes at least, so that endless empty frames give way too.
const LEAST_FRAME: usize = 1024;

/// Why there is no next frame of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyError {
    /// The transfer broke. What the framework says of it may repeat what was sent, and is not asked for.
    Incomplete,
    /// Something that ran before has read the body.
    AlreadyTaken,
    /// Something outside of the library has stopped it at a limit of its own.
    TooLarge,
}

impl BodyError {
    const fn rejection(self) -> (RejectionKind, &'static str) {
        match self {
            Self::Incomplete => (
                RejectionKind::BodyIncomplete,
                "the transfer of the body failed",
            ),
            Self::AlreadyTaken => (
                RejectionKind::BodyAlreadyTaken,
                "another extractor or a middleware has read the body: take the webhook first",
            ),
            Self::TooLarge => (
                RejectionKind::BodyTooLarge,
                "a body limit outside of the endpoint stopped the body, such as `RequestBodyLimitLayer`: raise it, or take it off this route and set `Endpoint::body_limit`",
            ),
        }
    }
}

impl From<std::io::Error> for BodyError {
    fn from(_: std::io::Error) -> Self {
        Self::Incomplete
    }
}

/// Judges the head of a request, then its body as it arrives, and keeps every time limit of the endpoint.
///
/// `next_frame` polls the body of the framework: the next frame, `None` at its end. Frames that hold no data, such as
/// trailers, are given as empty ones. The body is not polled where the head decides. An adapter does not buffer, does not
/// count and needs no timer: limits of size and time, and giving way to other tasks, are all here.
///
/// # Errors
/// If the handler must not be called: the request is refused, or is a handshake.
pub async fn verify<T, F, E>(
    endpoint: &Endpoint,
    runtime: &T,
    head: &RequestHead<'_>,
    next_frame: F,
) -> Result<Arrival, Answer>
where
    T: Runtime,
    F: FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, E>>>,
    E: Into<BodyError>,
{
    match verify_or_report(endpoint, runtime, head, next_frame).await? {
        Judged::Genuine(arrival) => Ok(arrival),
        Judged::Reported(reported) => Err(reported.refuse_after_all()),
    }
}

/// The same for an endpoint that may [only report](Endpoint::dangerously_report_only): what it would refuse is an answer of its own kind.
///
/// # Errors
/// If the handler must not be called: the request is refused all the same, as one whose body did not arrive, or is a handshake.
pub async fn verify_or_report<T, F, E>(
    endpoint: &Endpoint,
    runtime: &T,
    head: &RequestHead<'_>,
    next_frame: F,
) -> Result<Judged, Answer>
where
    T: Runtime,
    F: FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, E>>>,
    E: Into<BodyError>,
{
    let mut watch = endpoint.watch(head.method());
    let span = watch.span();
    let sleep = |time| runtime.sleep(time);
    let mut verifying = pin!(async {
        let mut begun = None;
        if let Some(waiting) = endpoint.begin_at_once(head, &mut watch, &mut begun)? {
            Box::pin(endpoint.begin_later(waiting, head, &mut watch, sleep, &mut begun)).await?;
        }
        let verification = endpoint::begun_in(&mut begun)?;
        read(verification, runtime, next_frame).await?;
        Ok(match verification.finalize_or_report(head, sleep).await? {
            endpoint::Judged::Genuine(delivery, watch) => {
                Judged::Genuine(Arrival { delivery, watch })
            }
            endpoint::Judged::Reported(unverified, watch) => {
                Judged::Reported(Reported { unverified, watch })
            }
        })
    });
    // Polled where it is: it is large, and a future around it would move it.
    poll_fn(|cx| span.in_scope(|| verifying.as_mut().poll(cx))).await
}

/// Reads the body to its end, or to the first reason to refuse it, or until its time is up.
async fn read<T, F, E>(
    verification: &mut Verification,
    runtime: &T,
    mut next_frame: F,
) -> Result<(), Rejection>
where
    T: Runtime,
    F: FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, E>>>,
    E: Into<BodyError>,
{
    let time = verification.body_timeout();
    // Lazy: the timer starts with the first wait, and a body that is there already needs none.
    let mut time_is_up = pin!(async { runtime.sleep(time).await });
    poll_fn(|cx| match pump(verification, &mut next_frame, cx) {
        Poll::Ready(ended) => Poll::Ready(ended),
        Poll::Pending => time_is_up.as_mut().poll(cx).map(|()| {
            let reason = "the body did not arrive in time";
            Err(verification.refuse(RejectionKind::BodyTimeout, reason))
        }),
    })
    .await
}

/// Takes the frames that are there, but not so many in one go that other tasks have to wait.
fn pump<F, E>(
    verification: &mut Verification,
    next_frame: &mut F,
    cx: &mut Context<'_>,
) -> Poll<Result<(), Rejection>>
where
    F: FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, E>>>,
    E: Into<BodyError>,
{
    let mut taken = 0;
    while taken < YIELD_AFTER {
        match ready!(next_frame(cx)) {
            None => return Poll::Ready(Ok(())),
            Some(Ok(frame)) => {
                taken += frame.len().max(LEAST_FRAME);
                verification.update(frame)?;
            }
            Some(Err(error)) => {
                let (kind, reason) = error.into().rejection();
                return Poll::Ready(Err(verification.refuse(kind, reason)));
            }
        }
    }
    cx.waker().wake_by_ref();
    Poll::Pending
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;
    use crate::provider::github::GitHub;

    /// After how many frames of this length, all of which are there, other tasks may run.
    async fn frames_in_one_go(len: usize) -> usize {
        let endpoint = Endpoint::new(GitHub::new("a secret for tests").unwrap());
        let headers = vec![("x-hub-signature-256", format!("sha256={}", "0".repeat(64)))];
        let head = RequestHead::new("POST", "/", &headers);
        let mut verification = endpoint.begin(&head).await.unwrap();
        let mut frames = 0;
        let mut next_frame = |_: &mut Context<'_>| {
            frames += 1;
            Poll::Ready(Some(Ok::<_, BodyError>(Bytes::from(vec![b'x'; len]))))
        };
        let mut cx = Context::from_waker(Waker::noop());
        assert!(pump(&mut verification, &mut next_frame, &mut cx).is_pending());
        frames
    }

    #[tokio::test]
    async fn other_tasks_may_run_after_64_kib_or_64_frames() {
        for (len, frames) in [
            (0, 64),
            (1024, 64),
            (1025, 64),
            (2048, 32),
            (65_535, 2),
            (65_536, 1),
            (1_000_000, 1),
        ] {
            assert_eq!(frames_in_one_go(len).await, frames, "{len}");
        }
    }
}
