//! One upload, over a connection of its own.

use std::fmt;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::time::sleep;
use webhook_core::provider::stripe;
use webhook_core::testing::{Sign, SignedRequest, Signer};
use webhook_core::{Clock, SystemClock};

use crate::Fallible;
use crate::kind::{Kind, NO_ANSWER};
use crate::server::{PATH, SECRET};
use crate::tally::Tally;

/// How many bytes a slow sender has left to send one by one. The last one of them never comes.
const DRIPS: usize = 256;
const BETWEEN_DRIPS: Duration = Duration::from_millis(50);

/// What an endless sender sends again and again.
const CHUNK: usize = 1024;

pub(crate) struct Upload {
    kind: Kind,
    /// Everything up to what is held back.
    first: Vec<u8>,
    /// What is held back.
    rest: Vec<u8>,
}

impl Upload {
    /// With a body of exactly this length, or the shortest that there is.
    pub(crate) fn new(kind: Kind, event: &str, length: usize) -> Fallible<Self> {
        let secret = match kind {
            Kind::WrongSecret => "whsec_of_somebody_else",
            _ => SECRET,
        };
        let signer = Signer::new(stripe::SCHEME, secret)?.target(PATH);
        let mut request = signer.sign(&body(event, length), SystemClock.now())?;
        if kind == Kind::Unsigned {
            request = request.without_header("stripe-signature");
        }
        let held = match kind {
            Kind::Slow => DRIPS,
            Kind::Endless => 0,
            _ => 1,
        };
        let (first, rest) = request
            .body
            .split_at(request.body.len().saturating_sub(held));
        Ok(Self {
            kind,
            first: [head(kind, &request), frame(kind, first)].concat(),
            rest: match kind {
                Kind::GenuineInChunks => [frame(kind, rest), b"0\r\n\r\n".to_vec()].concat(),
                _ => rest.to_vec(),
            },
        })
    }

    /// Status and code of the answer.
    pub(crate) async fn send(&self, to: SocketAddr, hold: Duration, tally: &Tally) -> String {
        let mut stream = match TcpStream::connect(to).await {
            Ok(stream) => stream,
            Err(error) => return error.to_string(),
        };
        let (from, to) = stream.split();
        tokio::select! {
            answer = read(from) => answer,
            () = self.write(to, hold, tally) => NO_ANSWER.to_owned(),
        }
    }

    /// Ends only if nobody is there any more who could listen to an answer.
    async fn write(&self, mut to: WriteHalf<'_>, hold: Duration, tally: &Tally) {
        let begun = to.write_all(&self.first).await;
        let _unanswered = tally.unanswered(self.first.len());
        if begun.is_ok() {
            sleep(hold).await;
            // A server that has answered may have stopped to listen.
            let _ = self.go_on(&mut to).await;
        }
        if self.kind != Kind::Gone {
            pending().await
        }
    }

    async fn go_on(&self, to: &mut WriteHalf<'_>) -> io::Result<()> {
        match self.kind {
            Kind::Gone => Ok(()),
            Kind::Cut => to.shutdown().await,
            Kind::Slow => self.drip(to).await,
            Kind::Endless => loop {
                to.write_all(&frame(self.kind, &[b'x'; CHUNK])).await?;
            },
            _ => to.write_all(&self.rest).await,
        }
    }

    async fn drip(&self, to: &mut WriteHalf<'_>) -> io::Result<()> {
        let mut bytes = self.rest.iter().copied();
        bytes.next_back();
        for byte in bytes {
            to.write_u8(byte).await?;
            sleep(BETWEEN_DRIPS).await;
        }
        Ok(())
    }
}

fn body(event: &str, length: usize) -> Vec<u8> {
    let start = format!(
        r#"{{"id":"{event}","object":"event","type":"invoice.paid","livemode":false,"data":{{"object":{{}}}},"more":""#
    );
    let end = r#""}"#;
    let room = length.saturating_sub(start.len() + end.len());
    format!("{start}{}{end}", "x".repeat(room)).into_bytes()
}

fn head(kind: Kind, request: &SignedRequest) -> Vec<u8> {
    let mut head = format!("POST {PATH} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    for (name, value) in &request.headers {
        head += &format!("{name}: {value}\r\n");
    }
    let length = request.body.len() + usize::from(kind == Kind::TooLong);
    head += &match kind.is_in_chunks() {
        true => "transfer-encoding: chunked\r\n\r\n".to_owned(),
        false => format!("content-length: {length}\r\n\r\n"),
    };
    head.into_bytes()
}

fn frame(kind: Kind, bytes: &[u8]) -> Vec<u8> {
    match kind.is_in_chunks() {
        true => [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat(),
        false => bytes.to_vec(),
    }
}

/// To the end of the answer, or of the connection, which may be a reset: a server may leave a body unread.
async fn read(mut from: ReadHalf<'_>) -> String {
    let mut bytes = Vec::new();
    loop {
        let ended = !matches!(from.read_buf(&mut bytes).await, Ok(1..));
        let answer = Answer::read(&bytes);
        if ended || answer.as_ref().is_some_and(|answer| answer.is_whole) {
            return answer.map_or_else(|| NO_ANSWER.to_owned(), |answer| answer.to_string());
        }
    }
}

struct Answer {
    status: String,
    code: Option<String>,
    is_whole: bool,
}

impl Answer {
    fn read(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let head = head.to_ascii_lowercase();
        let (_, length) = head.split_once("content-length: ")?;
        let length: usize = length.lines().next()?.parse().ok()?;
        let problem: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
        let code = problem.get("code").and_then(|code| code.as_str());
        Some(Self {
            status: head.split(' ').nth(1)?.to_owned(),
            code: code.map(str::to_owned),
            is_whole: body.len() >= length,
        })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{} {code}", self.status),
            None => f.write_str(&self.status),
        }
    }
}
