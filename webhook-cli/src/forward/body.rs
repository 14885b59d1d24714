//! Reads the body of a request, within limits of length and time.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::time::{Instant, timeout_at};
use webhook_core::RejectionKind;

/// Longest body that is taken. More than an endpoint takes if nothing else is configured, so that its refusal can be seen.
pub(super) const MOST_BODY: usize = 2 * 1024 * 1024;

/// Longest time for a body.
const MOST_TIME: Duration = Duration::from_secs(30);

/// How much more is read of a body that is too long, so that the client gets to read the answer.
const MOST_WASTE: usize = 16 * 1024 * 1024;

/// For how long.
const MOST_TIME_FOR_WASTE: Duration = Duration::from_secs(2);

/// What has come of a body, and what is wrong with it if it is not all.
pub(super) async fn read(mut body: Incoming) -> (Bytes, Option<RejectionKind>) {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    // A copy: the pieces are parts of larger buffers, which would be kept with them.
    let mut read = Vec::with_capacity(announced.min(MOST_BODY));
    let fault = read_into(&mut read, &mut body, Instant::now() + MOST_TIME).await;
    if fault == Some(RejectionKind::BodyTooLarge) {
        waste(&mut body).await;
    }
    read.shrink_to_fit();
    (Bytes::from(read), fault)
}

async fn read_into(
    read: &mut Vec<u8>,
    body: &mut Incoming,
    until: Instant,
) -> Option<RejectionKind> {
    loop {
        let frame = match timeout_at(until, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(_))) => return Some(RejectionKind::BodyIncomplete),
            Ok(None) => return None,
            Err(_) => return Some(RejectionKind::BodyTimeout),
        };
        let Ok(piece) = frame.into_data() else {
            continue;
        };
        let room = MOST_BODY.saturating_sub(read.len());
        read.extend_from_slice(piece.get(..room).unwrap_or(&piece));
        if piece.len() > room {
            return Some(RejectionKind::BodyTooLarge);
        }
    }
}

async fn waste(body: &mut Incoming) {
    let until = Instant::now() + MOST_TIME_FOR_WASTE;
    let mut wasted = 0;
    while wasted < MOST_WASTE {
        match timeout_at(until, body.frame()).await {
            Ok(Some(Ok(frame))) => wasted += frame.data_ref().map_or(0, Bytes::len),
            _ => break,
        }
    }
}
