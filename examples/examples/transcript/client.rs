//! Sends a request, and reads the answer as it is.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use webhook_core::testing::SignedRequest;

const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) async fn send(address: SocketAddr, request: &SignedRequest) -> io::Result<String> {
    timeout(PATIENCE, exchange(address, request)).await?
}

async fn exchange(address: SocketAddr, request: &SignedRequest) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(head(address, request).as_bytes()).await?;
    stream.write_all(&request.body).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.replace("\r\n", "\n"))
}

/// The server closes the connection behind its answer.
fn head(address: SocketAddr, request: &SignedRequest) -> String {
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
    head += &format!("host: {address}\r\nconnection: close\r\n");
    head += &format!("content-length: {}\r\n", request.body.len());
    for (name, value) in &request.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head + "\r\n"
}
