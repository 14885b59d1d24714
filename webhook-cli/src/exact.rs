//! Sends the head of a request as it is to be written. An HTTP library groups headers by name and forgets their case, which some senders
//! sign and every developer compares.
//!
//! The head goes through the library in one header, and takes the place of the library's own head on its way to the socket. Everything
//! else (connections, answers, TLS) stays the library's.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use http::{HeaderName, HeaderValue, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use tower_service::Service;

/// The header that holds the head, in hexadecimal digits.
const CARRIER: &str = "x-webhook-cli-head";

/// As much of a body goes out with the head in one piece.
const MOST_JOINED: usize = 64 * 1024;

/// The header that makes a request begin with this head.
pub(crate) fn carrier(head: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let value = HeaderValue::try_from(const_hex::encode(head)).ok()?;
    Some((HeaderName::from_static(CARRIER), value))
}

/// Makes connections whose requests begin as their [`carrier`] says.
#[derive(Clone)]
pub(crate) struct Exact<C>(pub(crate) C);

impl<C> Service<Uri> for Exact<C>
where
    C: Service<Uri>,
    C::Future: Send + 'static,
{
    type Response = Stream<C::Response>;
    type Error = C::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, C::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connecting = self.0.call(to);
        Box::pin(async move { Ok(Stream::new(connecting.await?)) })
    }
}

/// A stream that writes the heads that it is given instead of the library's.
pub(crate) struct Stream<S> {
    inner: S,
    /// The library's head, as far as it has come.
    head: BytesMut,
    /// What has to be written before anything else.
    held: BytesMut,
    /// How much of the body of the last head is still to come.
    body: usize,
    /// Whether the server has stopped to read. It may have answered before, such as that the body is too large: what is written is
    /// dropped then, and the answer is read.
    is_deaf: bool,
}

impl<S> Stream<S> {
    fn new(inner: S) -> Self {
        Self {
            inner,
            head: BytesMut::new(),
            held: BytesMut::new(),
            body: 0,
            is_deaf: false,
        }
    }

    /// Takes bytes of a head, and what follows it in the same piece. How many were taken.
    fn take(&mut self, bytes: &[u8]) -> io::Result<usize> {
        const END: &[u8] = b"\r\n\r\n";
        let before = self.head.len();
        self.head.extend_from_slice(bytes);
        let from = before.saturating_sub(END.len());
        let tail = self.head.get(from..).unwrap_or_default();
        let Some(at) = tail.windows(END.len()).position(|four| four == END) else {
            return Ok(bytes.len());
        };
        self.head.truncate(from + at + END.len());
        let taken = self.head.len() - before;
        let (held, body) = exchanged(&self.head)?;
        self.head.clear();
        let joined = bytes.get(taken..).unwrap_or_default();
        let joined = joined.get(..body.min(MOST_JOINED)).unwrap_or(joined);
        self.held = BytesMut::from(&held[..]);
        self.held.extend_from_slice(joined);
        self.body = body - joined.len();
        Ok(taken + joined.len())
    }
}

/// The head to write instead of this one, and the length of the body.
fn exchanged(head: &[u8]) -> io::Result<(Vec<u8>, usize)> {
    let mut lines = [httparse::EMPTY_HEADER; 8];
    let mut parsed = httparse::Request::new(&mut lines);
    parsed.parse(head).map_err(io::Error::other)?;
    let value = |name: &str| {
        let mut lines = parsed.headers.iter();
        lines
            .find(|line| line.name.eq_ignore_ascii_case(name))
            .map(|line| line.value)
    };
    let length = value("content-length").and_then(|value| std::str::from_utf8(value).ok());
    let length = length.map_or(Ok(0), str::parse);
    let own = const_hex::decode(value(CARRIER).unwrap_or_default());
    Ok((
        own.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?,
        length.map_err(io::Error::other)?,
    ))
}

impl<S: Write + Unpin> Stream<S> {
    fn poll_held(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.held.is_empty() && !self.is_deaf {
            let written = ready!(Pin::new(&mut self.inner).poll_write(context, &self.held));
            let Some(written) = self.heard(written)? else {
                break;
            };
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.held.advance(written);
        }
        Poll::Ready(Ok(()))
    }

    /// What was written, or nothing from when on the server does not read.
    fn heard(&mut self, written: io::Result<usize>) -> io::Result<Option<usize>> {
        match written {
            Err(error) if has_stopped_to_read(&error) => {
                self.is_deaf = true;
                Ok(None)
            }
            written => written.map(Some),
        }
    }
}

fn has_stopped_to_read(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
    )
}

impl<S: Write + Unpin> Write for Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_held(context))?;
        if self.is_deaf {
            return Poll::Ready(Ok(bytes.len()));
        }
        if self.body == 0 {
            return Poll::Ready(self.take(bytes));
        }
        let piece = bytes.get(..self.body).unwrap_or(bytes);
        let length = piece.len();
        let written = ready!(Pin::new(&mut self.inner).poll_write(context, piece));
        let written = self.heard(written)?.unwrap_or(length);
        self.body -= written;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_held(context))?;
        if self.is_deaf {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_held(context))?;
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

impl<S: Read + Unpin> Read for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<S: Connection> Connection for Stream<S> {
    fn connected(&self) -> Connected {
        self.inner.connected()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    /// Takes at most seven bytes at a time.
    struct Narrow(Vec<u8>);

    impl Write for Narrow {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let most = bytes.len().min(7);
            self.0.extend_from_slice(&bytes[..most]);
            Poll::Ready(Ok(most))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn message(own: &str, body: &str) -> String {
        let (name, value) = carrier(own.as_bytes()).unwrap();
        let (value, length) = (value.to_str().unwrap(), body.len());
        format!("POST / HTTP/1.1\r\n{name}: {value}\r\ncontent-length: {length}\r\n\r\n{body}")
    }

    /// Does not read.
    struct Deaf;

    impl Write for Deaf {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn a_server_that_does_not_read_may_have_answered() {
        let mut stream = Stream::new(Deaf);
        let sent = message("ONE\r\n\r\n", "first");
        let mut bytes = sent.as_bytes();
        while !bytes.is_empty() {
            let taken = poll_fn(|context| Pin::new(&mut stream).poll_write(context, bytes));
            bytes = &bytes[taken.await.unwrap()..];
        }
        let flushed = poll_fn(|context| Pin::new(&mut stream).poll_flush(context));
        flushed.await.unwrap();
        assert!(stream.is_deaf);
    }

    #[tokio::test]
    async fn heads_are_exchanged_and_bodies_are_not_touched_however_they_come() {
        let long = format!("\r\n\r\n{}", "b".repeat(3000));
        let messages = [
            ("ONE\r\n\r\n", "first"),
            ("TWO\r\n\r\n", ""),
            ("THREE\r\n\r\n", &long),
        ];
        let sent: String = messages.map(|(own, body)| message(own, body)).concat();
        let wanted = messages.map(|(own, body)| format!("{own}{body}")).concat();
        for piece in [1, 2, 3, 5, 64, 10_000] {
            let mut stream = Stream::new(Narrow(Vec::new()));
            for mut bytes in sent.as_bytes().chunks(piece) {
                while !bytes.is_empty() {
                    let taken = poll_fn(|context| Pin::new(&mut stream).poll_write(context, bytes));
                    bytes = &bytes[taken.await.unwrap()..];
                }
            }
            poll_fn(|context| Pin::new(&mut stream).poll_flush(context))
                .await
                .unwrap();
            assert_eq!(
                String::from_utf8(stream.inner.0).unwrap(),
                wanted,
                "{piece}"
            );
        }
    }
}
