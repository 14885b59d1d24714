//! The providers' side: one request over a connection of its own.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::time::timeout;
use webhook_core::testing::SignedRequest;

const PATIENCE: Duration = Duration::from_secs(10);

/// What a refusal says in its body, shortened.
#[derive(Deserialize)]
struct Problem {
    code: String,
}

/// Sends a request; status and content of the answer.
pub(crate) async fn send(
    address: SocketAddr,
    request: SignedRequest,
) -> Result<(u16, String), Box<dyn Error + Send + Sync>> {
    timeout(PATIENCE, exchange(address, request)).await?
}

async fn exchange(
    address: SocketAddr,
    request: SignedRequest,
) -> Result<(u16, String), Box<dyn Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    let (mut connection, driver) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(driver);

    let mut request = request.into_http::<Full<Bytes>>()?;
    let host = HeaderValue::from_str(&address.to_string())?;
    request.headers_mut().insert(HOST, host);
    let answer = connection.send_request(request).await?;
    let status = answer.status().as_u16();
    let content = answer.into_body().collect().await?.to_bytes();
    Ok((status, meaning(&content)))
}

/// The code of a refusal, or the text as it is.
fn meaning(content: &[u8]) -> String {
    match serde_json::from_slice(content) {
        Ok(Problem { code }) => code,
        Err(_) => String::from_utf8_lossy(content).into_owned(),
    }
}
