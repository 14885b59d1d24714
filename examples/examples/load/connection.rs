//! One delivery after the other on one connection.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use webhook_core::dedupe::DUPLICATE_HEADER;
use webhook_core::testing::{Sign, Signer};
use webhook_core::{Clock, SystemClock};

use crate::Fallible;
use crate::server::PATH;

/// How long an answer may take: a server that hangs fails the run instead of hanging it.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Connection {
    address: SocketAddr,
    host: HeaderValue,
    sender: SendRequest<Full<Bytes>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The handler has run, and it has succeeded.
    Handled,
    /// It was done before.
    Duplicate,
    /// To be sent again.
    Shed,
    /// Not genuine.
    Refused,
    /// Any other status.
    Other(u16),
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Fallible<Self> {
        Ok(Self {
            address,
            host: HeaderValue::from_str(&address.to_string())?,
            sender: connect(address).await?,
        })
    }

    /// What the server says, and after what time.
    pub(crate) async fn deliver(
        &mut self,
        signer: &Signer,
        event: &str,
    ) -> Fallible<(Answer, Duration)> {
        let signed = signer.sign(body(event).as_bytes(), SystemClock.now())?;
        let mut request = signed.into_http::<Full<Bytes>>()?;
        *request.uri_mut() = PATH.parse()?;
        request.headers_mut().insert(HOST, self.host.clone());
        if self.sender.ready().await.is_err() {
            // The server has closed it: nothing was sent yet.
            self.sender = connect(self.address).await?;
        }
        let begun = Instant::now();
        let response = timeout(PATIENCE, self.sender.send_request(request)).await??;
        let time = begun.elapsed();
        let is_duplicate = response.headers().contains_key(DUPLICATE_HEADER.0);
        let answer = match response.status().as_u16() {
            200 if is_duplicate => Answer::Duplicate,
            200 => Answer::Handled,
            503 => Answer::Shed,
            401 => Answer::Refused,
            other => Answer::Other(other),
        };
        timeout(PATIENCE, response.into_body().collect()).await??;
        Ok((answer, time))
    }
}

async fn connect(address: SocketAddr) -> Fallible<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(driver);
    Ok(sender)
}

/// An event of about 1 KiB, which is what most events have.
fn body(event: &str) -> String {
    const LINE: &str = r#"{"id":"il_1PqR5sT2uVwXyZ","amount":1999,"currency":"eur","quantity":1}"#;
    let lines = [LINE; 12].join(",");
    format!(
        r#"{{"id":"{event}","object":"event","type":"invoice.paid","created":1785920400,"livemode":false,"data":{{"object":{{"object":"invoice","lines":[{lines}]}}}}}}"#
    )
}
