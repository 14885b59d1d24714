//! A client for one request, by HTTP/1 or HTTP/2.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Body, Frame};
use hyper::client::conn::{http1, http2};
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use webhook_core::testing::SignedRequest;

/// How a body is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Framing {
    /// With its length.
    Whole,
    /// In pieces of so many bytes, without a length.
    Pieces(usize),
}

/// Sends the request on a connection of its own.
pub(crate) async fn send(
    to: SocketAddr,
    version: Version,
    request: SignedRequest,
    framing: Framing,
) -> Response<Bytes> {
    let (mut head, body) = request.into_http::<Bytes>().unwrap().into_parts();
    let body = match framing {
        Framing::Whole => Full::new(body)
            .map_err(|never| match never {})
            .boxed_unsync(),
        Framing::Pieces(size) => pieces(&body, size),
    };
    let stream = TokioIo::new(TcpStream::connect(to).await.unwrap());
    if version == Version::HTTP_2 {
        head.uri = format!("http://{to}{}", head.uri).parse().unwrap();
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream)
            .await
            .unwrap();
        tokio::spawn(connection);
        let answer = sender.send_request(Request::from_parts(head, body)).await;
        return collect(answer.unwrap()).await;
    }
    head.headers.insert("host", to.to_string().parse().unwrap());
    let (mut sender, connection) = http1::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let answer = sender.send_request(Request::from_parts(head, body)).await;
    collect(answer.unwrap()).await
}

fn pieces(body: &Bytes, size: usize) -> UnsyncBoxBody<Bytes, std::io::Error> {
    let pieces: Vec<_> = body
        .chunks(size)
        .map(|piece| body.slice_ref(piece))
        .collect();
    let frames = stream::iter(pieces.into_iter().map(|piece| Ok(Frame::data(piece))));
    StreamBody::new(frames).boxed_unsync()
}

async fn collect<B: Body<Data = Bytes, Error = hyper::Error>>(
    answer: Response<B>,
) -> Response<Bytes> {
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Response::from_parts(head, body)
}
