//! Moves a body into an intake.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http_body::Body;
use webhook_core::{Intake, LEAST_FRAME, Outcome, Rejection, RejectionKind, YIELD_AFTER};

/// Reads the body to its end, or to the first reason to refuse it, or until its time is up.
pub(crate) async fn read<B: Body>(body: B, mut intake: Intake) -> Result<Outcome, Rejection> {
    let mut body = pin!(body);
    let time = intake.body_timeout();
    // Lazy: the timer starts with the first wait, and a body that is there already needs none.
    let mut time_is_up = pin!(async { tokio::time::sleep(time).await });
    poll_fn(|cx| match pump(body.as_mut(), &mut intake, cx) {
        Poll::Ready(ended) => Poll::Ready(ended),
        Poll::Pending => time_is_up.as_mut().poll(cx).map(|()| {
            let reason = "the body did not arrive in time";
            Err(intake.refuse(RejectionKind::BodyTimeout, reason))
        }),
    })
    .await?;
    intake.finish_in_time(tokio::time::sleep).await
}

/// Pushes the frames that are there, but not so many in one go that other tasks have to wait.
fn pump<B: Body>(
    mut body: Pin<&mut B>,
    intake: &mut Intake,
    cx: &mut Context<'_>,
) -> Poll<Result<(), Rejection>> {
    let mut pushed = 0;
    while pushed < YIELD_AFTER {
        let frame = match ready!(body.as_mut().poll_frame(cx)) {
            None => return Poll::Ready(Ok(())),
            Some(Ok(frame)) => frame,
            // What the error says may repeat what was sent.
            Some(Err(_)) => {
                let reason = "the transfer of the body failed";
                return Poll::Ready(Err(intake.refuse(RejectionKind::BodyIncomplete, reason)));
            }
        };
        // Trailers are not covered by any signature.
        if let Ok(mut data) = frame.into_data() {
            // No copy if the data is `Bytes` already.
            let data = data.copy_to_bytes(data.remaining());
            pushed += data.len().max(LEAST_FRAME);
            intake.push(data)?;
        }
    }
    cx.waker().wake_by_ref();
    Poll::Pending
}
