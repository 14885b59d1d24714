//! One delivery, over a connection of its own.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::Full;
use hyper::StatusCode;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use webhook_core::dedupe::DUPLICATE_HEADER;
use webhook_core::testing::{Sign, Signer};
use webhook_core::{Clock, SystemClock};

use crate::Fallible;

/// What a server says to a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The handler has run, and it has succeeded.
    Handled,
    /// It was done before.
    Duplicate,
    /// To be sent again.
    Refused(StatusCode),
}

/// Signed anew each time, as its sender does.
pub(crate) async fn deliver(address: SocketAddr, signer: &Signer, event: &str) -> Fallible<Answer> {
    let body = format!(
        r#"{{"id":"{event}","object":"event","type":"invoice.paid","livemode":false,"data":{{"object":{{}}}}}}"#
    );
    let answer = post(address, signer, body.as_bytes()).await?;
    let is_duplicate = answer.headers().contains_key(DUPLICATE_HEADER.0);
    Ok(match answer.status() {
        status if !status.is_success() => Answer::Refused(status),
        _ if is_duplicate => Answer::Duplicate,
        _ => Answer::Handled,
    })
}

/// Sends this body, and returns the head of the answer.
pub(crate) async fn post(
    address: SocketAddr,
    signer: &Signer,
    body: &[u8],
) -> Fallible<hyper::Response<Incoming>> {
    let signed = signer.sign(body, SystemClock.now())?;
    let mut request = signed.into_http::<Full<Bytes>>()?;
    let host = HeaderValue::from_str(&address.to_string())?;
    request.headers_mut().insert(HOST, host);

    let stream = TcpStream::connect(address).await?;
    let (mut connection, driver) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(driver);
    Ok(connection.send_request(request).await?)
}
