//! The sender's side: one request over a connection of its own.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Channel};
use hyper::Request;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_LENGTH, HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::cases::{Case, Transfer};

const PATIENCE: Duration = Duration::from_secs(10);
const CHUNK: usize = 1024;

/// Sends a case; status and content of the answer.
pub(crate) async fn send(
    address: SocketAddr,
    case: &Case,
) -> Result<(u16, String), Box<dyn Error + Send + Sync>> {
    timeout(PATIENCE, exchange(address, case)).await?
}

async fn exchange(
    address: SocketAddr,
    case: &Case,
) -> Result<(u16, String), Box<dyn Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    let (mut connection, driver) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(driver);

    let (mut head, content) = case.request()?.into_http::<Bytes>()?.into_parts();
    let host = HeaderValue::from_str(&address.to_string())?;
    head.headers.insert(HOST, host);
    if let Some(length) = announced(case.transfer, content.len()) {
        head.headers.insert(CONTENT_LENGTH, length.into());
    }
    let (mut frames, body) = Channel::<Bytes>::new(content.len() / CHUNK + 1);
    if !matches!(case.transfer, Transfer::Announced(_)) {
        for chunk in content.chunks(CHUNK) {
            frames.send_data(Bytes::copy_from_slice(chunk)).await?;
        }
    }
    // A body has not ended for as long as its sending half is there.
    let never_ends = matches!(case.transfer, Transfer::Announced(_) | Transfer::Endless);
    let _frames = never_ends.then_some(frames);

    let request = Request::from_parts(head, body);
    let answer = connection.send_request(request).await?;
    let status = answer.status().as_u16();
    let content = answer.into_body().collect().await?.to_bytes();
    Ok((status, meaning(&content)))
}

fn announced(transfer: Transfer, length: usize) -> Option<usize> {
    match transfer {
        Transfer::Whole => Some(length),
        Transfer::Announced(length) => Some(length),
        Transfer::Chunked | Transfer::Endless => None,
    }
}

/// The word that an answer is about: the code of a refusal, what Slack wants to hear, or the text as it is.
fn meaning(content: &[u8]) -> String {
    let json: Option<serde_json::Value> = serde_json::from_slice(content).ok();
    let field = |name| json.as_ref()?.get(name)?.as_str();
    match field("code").or_else(|| field("challenge")) {
        Some(word) => word.to_owned(),
        None => String::from_utf8_lossy(content).into_owned(),
    }
}
