//! The sender: it signs events and sends them over a socket.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use webhook_core::provider::stripe;
use webhook_core::testing::{Sign, SignedRequest, Signer};
use webhook_core::{Clock, SystemClock};

use crate::Error;
use crate::shop::SECRET;

/// Far beyond what any answer takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// An event of Stripe, signed now.
///
/// # Errors
/// If the secret cannot be one of Stripe.
///
/// ```
/// let request = engines::signed("evt_1", "invoice.paid")?;
/// assert!(request.header("stripe-signature").is_some());
/// # Ok::<(), engines::Error>(())
/// ```
pub fn signed(id: &str, kind: &str) -> Result<SignedRequest, Error> {
    let body = format!(
        r#"{{"id":"{id}","object":"event","type":"{kind}","data":{{"object":{{"id":"in_1","object":"invoice","amount_paid":1200}}}}}}"#
    );
    let signer = Signer::new(stripe::SCHEME, SECRET)?;
    Ok(signer.sign(body.as_bytes(), SystemClock.now())?)
}

/// The same event, with another amount than was signed.
///
/// # Errors
/// If the secret cannot be one of Stripe.
///
/// ```
/// assert!(engines::forged("evt_1", "invoice.paid").is_ok());
/// ```
pub fn forged(id: &str, kind: &str) -> Result<SignedRequest, Error> {
    let request = signed(id, kind)?;
    let body = String::from_utf8_lossy(&request.body).replace("1200", "9900");
    Ok(request.with_body(body.into_bytes()))
}

/// A connection to a receiver.
///
/// ```
/// # async fn example(receiver: std::net::SocketAddr) -> Result<(), engines::Error> {
/// let mut connection = engines::Connection::open(receiver).await?;
/// let status = connection.send(&engines::signed("evt_1", "invoice.paid")?).await?;
/// assert_eq!(status, 200);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// If nobody listens.
    ///
    /// ```
    /// # async fn example(receiver: std::net::SocketAddr) -> Result<(), engines::Error> {
    /// let connection = engines::Connection::open(receiver).await?;
    /// # Ok(()) }
    /// ```
    pub async fn open(receiver: SocketAddr) -> Result<Self, Error> {
        let stream = TcpStream::connect(receiver).await?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends a request, and says the status of the answer.
    ///
    /// # Errors
    /// If no answer comes.
    ///
    /// ```
    /// # async fn example(mut connection: engines::Connection) -> Result<(), engines::Error> {
    /// let status = connection.send(&engines::forged("evt_1", "invoice.paid")?).await?;
    /// assert_eq!(status, 401);
    /// # Ok(()) }
    /// ```
    pub async fn send(&mut self, request: &SignedRequest) -> Result<u16, Error> {
        let mut bytes = b"POST /webhooks/stripe HTTP/1.1\r\nhost: localhost\r\n".to_vec();
        for (name, value) in &request.headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        let length = format!("content-length: {}\r\n\r\n", request.body.len());
        bytes.extend_from_slice(length.as_bytes());
        bytes.extend_from_slice(&request.body);
        self.0.get_mut().write_all(&bytes).await?;
        timeout(PATIENCE, self.answer()).await?
    }

    async fn answer(&mut self) -> Result<u16, Error> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await?);
        }
        let head = String::from_utf8(head)?.to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"));
        let mut body = vec![0; length.map_or(Ok(0), |length| length.trim().parse())?];
        self.0.read_exact(&mut body).await?;
        let status = head.split_whitespace().nth(1).ok_or("no status line")?;
        Ok(status.parse()?)
    }
}
