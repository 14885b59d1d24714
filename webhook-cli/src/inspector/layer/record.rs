//! Reads bodies without keeping them from anybody.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use http::Response;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;

use super::super::Captures;
use crate::capture::Answer;

/// So much of a body is kept.
const LIMIT: usize = 2 * 1024 * 1024;

/// Reads a body to its end, or so far as it is kept. Returns what is kept, and the same body from its beginning.
pub(super) async fn read(mut body: Body) -> (Bytes, Body) {
    let mut kept = BytesMut::new();
    let mut read = VecDeque::new();
    while kept.len() < LIMIT {
        let Some(frame) = body.frame().await else {
            break;
        };
        if let Some(data) = frame.as_ref().ok().and_then(Frame::data_ref) {
            keep(&mut kept, data);
        }
        let is_broken = frame.is_err();
        read.push_back(frame);
        if is_broken {
            break;
        }
    }
    (kept.freeze(), Body::new(Reread { read, rest: body }))
}

fn keep(kept: &mut BytesMut, data: &Bytes) {
    let room = LIMIT.saturating_sub(kept.len());
    kept.extend_from_slice(data.get(..room).unwrap_or(data));
}

/// A body whose beginning was read already.
struct Reread {
    read: VecDeque<Result<Frame<Bytes>, axum::Error>>,
    rest: Body,
}

impl HttpBody for Reread {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match self.read.pop_front() {
            Some(frame) => Poll::Ready(Some(frame)),
            None => Pin::new(&mut self.rest).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.read.is_empty() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let frames = self.read.iter().filter_map(|frame| frame.as_ref().ok());
        let data = frames.filter_map(Frame::data_ref);
        let read: u64 = data.map(|data| data.len() as u64).sum();
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(read));
        if let Some(upper) = rest.upper().and_then(|upper| upper.checked_add(read)) {
            hint.set_upper(upper);
        }
        hint
    }
}

/// Waits for the answer to a capture.
pub(super) struct Watch {
    captures: Captures,
    id: u64,
    started: Instant,
}

impl Watch {
    pub(super) fn new(captures: Captures, id: u64) -> Self {
        Self {
            captures,
            id,
            started: Instant::now(),
        }
    }

    /// The same answer. It is recorded when its body has been sent.
    pub(super) fn answered(self, answer: Response<Body>) -> Response<Body> {
        let (parts, body) = answer.into_parts();
        let answer = Answer {
            status: Some(parts.status.as_u16()),
            headers: headers_of(&parts.headers),
            millis: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            ..Answer::default()
        };
        let watched = Watched {
            body,
            kept: BytesMut::new(),
            answer,
            watch: self,
        };
        Response::from_parts(parts, Body::new(watched))
    }
}

/// The body of an answer that is kept as it passes.
struct Watched {
    body: Body,
    kept: BytesMut,
    answer: Answer,
    watch: Watch,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &frame
            && let Some(data) = frame.data_ref()
        {
            let room = LIMIT.saturating_sub(self.kept.len());
            self.answer.cut |= data.len() > room;
            keep(&mut self.kept, data);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    /// Whoever sends it drops it in the end, complete or not.
    fn drop(&mut self) {
        let mut answer = std::mem::take(&mut self.answer);
        answer.body = std::mem::take(&mut self.kept).freeze();
        self.watch.captures.answered(self.watch.id, answer);
    }
}

/// The headers as they are kept.
pub(super) fn headers_of(headers: &http::HeaderMap) -> Vec<(String, bytes::Bytes)> {
    let lines = headers.iter();
    lines
        .map(|(name, value)| {
            let value = bytes::Bytes::copy_from_slice(value.as_bytes());
            (name.as_str().to_owned(), value)
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use futures_util::stream;

    use super::*;

    async fn all(body: Body) -> Bytes {
        body.collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn a_body_is_read_and_still_there() {
        let (kept, body) = read(Body::from("hello")).await;
        assert_eq!(kept, "hello");
        assert_eq!(body.size_hint().exact(), Some(5));
        assert_eq!(all(body).await, "hello");
    }

    #[tokio::test]
    async fn a_large_body_passes_whole_and_is_kept_in_part() {
        let pieces = vec![Bytes::from(vec![b'x'; 300 * 1024]); 10];
        let pieces = pieces.into_iter().map(Ok::<_, std::io::Error>);
        let (kept, body) = read(Body::from_stream(stream::iter(pieces))).await;
        assert_eq!(kept.len(), LIMIT);
        assert_eq!(all(body).await.len(), 10 * 300 * 1024);
    }

    #[tokio::test]
    async fn a_body_that_breaks_breaks_for_the_application_too() {
        let pieces = [
            Ok(Bytes::from_static(b"hel")),
            Err(std::io::Error::other("gone")),
        ];
        let (kept, body) = read(Body::from_stream(stream::iter(pieces))).await;
        assert_eq!(kept, "hel");
        body.collect().await.unwrap_err();
    }
}
