//! Remembers how the head of a request was written. The HTTP library forgets the case of names and their order.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much is remembered: longer heads are refused by the server.
pub(super) const MOST_HEAD: usize = 64 * 1024;

/// A stream that remembers what is read from it, while it is asked to.
pub(super) struct Recorder<S> {
    stream: S,
    tape: Tape,
}

/// What was read. Clones share it.
#[derive(Clone)]
pub(super) struct Tape(Arc<Mutex<Option<BytesMut>>>);

impl Tape {
    /// Remembers from now on.
    pub(super) fn start(&self) {
        *self.state() = Some(BytesMut::new());
    }

    /// Remembers no more. Returns what was read since the start: at its beginning stands the head of a request, unless a client sent
    /// the next request before it had the answer to the last one.
    pub(super) fn stop(&self) -> Bytes {
        self.state().take().unwrap_or_default().freeze()
    }

    fn add(&self, read: &[u8]) {
        if let Some(bytes) = self.state().as_mut() {
            let room = MOST_HEAD.saturating_sub(bytes.len());
            bytes.extend_from_slice(read.get(..room).unwrap_or(read));
        }
    }

    fn state(&self) -> MutexGuard<'_, Option<BytesMut>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Recorder<S> {
    /// Remembers from the beginning.
    pub(super) fn new(stream: S) -> (Self, Tape) {
        let tape = Tape(Arc::new(Mutex::new(Some(BytesMut::new()))));
        let recorder = Self {
            stream,
            tape: tape.clone(),
        };
        (recorder, tape)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Recorder<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if polled.is_ready() {
            self.tape
                .add(buffer.filled().get(before..).unwrap_or_default());
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Recorder<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn only_what_is_read_between_start_and_stop_is_remembered() {
        let (mut recorder, tape) = Recorder::new(&b"onetwothree"[..]);
        let mut three = [0; 3];
        recorder.read_exact(&mut three).await.unwrap();
        assert_eq!(tape.stop(), "one");
        recorder.read_exact(&mut three).await.unwrap();
        assert_eq!(tape.stop(), "");
        tape.start();
        recorder.read_to_end(&mut Vec::new()).await.unwrap();
        assert_eq!(tape.stop(), "three");
    }

    #[tokio::test]
    async fn no_more_than_the_bound_is_remembered() {
        let sent = vec![b'a'; MOST_HEAD * 3];
        let (mut recorder, tape) = Recorder::new(&sent[..]);
        recorder.read_to_end(&mut Vec::new()).await.unwrap();
        assert_eq!(tape.stop().len(), MOST_HEAD);
    }
}
