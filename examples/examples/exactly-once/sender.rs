//! The sender: signs each delivery, and tries again until it is acknowledged.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use webhook_core::dedupe::DUPLICATE_HEADER;
use webhook_core::provider::stripe;
use webhook_core::testing::{Sign, Signer};
use webhook_core::{Clock, ConfigError, SystemClock};

use crate::Failure;
use crate::plan::{Payment, Trouble};
use crate::server::{PATH, SECRET};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Until the first retry; then twice as long each time. Stripe waits for minutes, then for hours.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const TRIES: usize = 10;

/// What a delivery led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// 200, from the handler.
    Done,
    /// 200, without the handler: the event was done before.
    Duplicate,
    /// 503: the event is in somebody's hands.
    InProgress,
    /// Another status.
    Refused(u16),
    /// None: the connection broke off.
    BrokenOff,
}

impl Answer {
    const fn is_acknowledged(self) -> bool {
        matches!(self, Self::Done | Self::Duplicate)
    }
}

/// The answers to all deliveries of one payment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    /// To what Stripe signed; the last is to a delivery long after all others.
    pub(crate) genuine: Vec<Answer>,
    pub(crate) forged: Vec<Answer>,
}

pub(crate) struct Sender {
    servers: [SocketAddr; 2],
    stripe: Signer,
    forger: Signer,
}

/// Sends all payments at the same time. The answers are in the order of the payments.
pub(crate) async fn send_all(
    sender: &Arc<Sender>,
    payments: &[Payment],
) -> Result<Vec<Answers>, Failure> {
    let mut sending = Vec::new();
    for (number, payment) in payments.iter().cloned().enumerate() {
        let sender = Arc::clone(sender);
        sending.push(tokio::spawn(
            async move { sender.send(&payment, number).await },
        ));
    }
    let mut answers = Vec::new();
    for sent in sending {
        answers.push(sent.await??);
    }
    Ok(answers)
}

impl Sender {
    pub(crate) fn new(servers: [SocketAddr; 2]) -> Result<Self, ConfigError> {
        let signer = |secret| Ok(Signer::new(stripe::SCHEME, secret)?.target(PATH));
        Ok(Self {
            servers,
            stripe: signer(SECRET)?,
            forger: signer("whsec_guessed")?,
        })
    }

    /// Sends a payment, and what goes with it, until all of it is acknowledged; then once more, as somebody does who
    /// has recorded it.
    async fn send(self: &Arc<Self>, payment: &Payment, number: usize) -> Result<Answers, Failure> {
        let mut answers = Answers::default();
        let is_forged = payment.trouble == Trouble::Forged;
        if is_forged {
            answers.forged.push(self.forge(payment, number).await?);
        }
        let mut deliveries = JoinSet::new();
        for delivery in 0..payment.trouble.deliveries() {
            let (sender, payment) = (Arc::clone(self), payment.clone());
            let server = number + delivery;
            deliveries.spawn(async move { sender.until_acknowledged(&payment, server).await });
        }
        while let Some(delivery) = deliveries.join_next().await {
            answers.genuine.extend(delivery??);
        }
        answers
            .genuine
            .push(self.deliver(&self.stripe, payment, number).await?);
        if is_forged {
            answers.forged.push(self.forge(payment, number).await?);
        }
        Ok(answers)
    }

    async fn forge(&self, payment: &Payment, server: usize) -> Result<Answer, Failure> {
        self.deliver(&self.forger, payment, server).await
    }

    /// Each try goes to the other server, as behind a load balancer.
    async fn until_acknowledged(
        &self,
        payment: &Payment,
        server: usize,
    ) -> Result<Vec<Answer>, Failure> {
        let mut answers = Vec::new();
        let mut pause = FIRST_PAUSE;
        for number in server..server + TRIES {
            let answer = self.deliver(&self.stripe, payment, number).await?;
            answers.push(answer);
            if answer.is_acknowledged() {
                break;
            }
            sleep(pause).await;
            pause *= 2;
        }
        Ok(answers)
    }

    async fn deliver(
        &self,
        signer: &Signer,
        payment: &Payment,
        number: usize,
    ) -> Result<Answer, Failure> {
        let [even, odd] = self.servers;
        let server = match number % 2 {
            0 => even,
            _ => odd,
        };
        // Each delivery is signed anew.
        let request = signer.sign(&body(payment), SystemClock.now())?;
        let request = request.into_http::<Full<Bytes>>()?;
        Ok(match timeout(PATIENCE, exchange(server, request)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Answer::BrokenOff,
        })
    }
}

/// What Stripe sends when a customer has paid, shortened. The order's number says what is to go wrong.
fn body(payment: &Payment) -> Vec<u8> {
    let session = json!({
        "id": format!("cs_{}", payment.event),
        "object": "checkout.session",
        "client_reference_id": payment.trouble.name(),
        "payment_status": "paid",
        "amount_total": payment.amount,
        "currency": "eur",
    });
    let event = json!({
        "id": payment.event,
        "object": "event",
        "type": "checkout.session.completed",
        "livemode": false,
        "data": { "object": session },
    });
    event.to_string().into_bytes()
}

/// One request over a connection of its own.
async fn exchange(
    server: SocketAddr,
    mut request: hyper::Request<Full<Bytes>>,
) -> Result<Answer, Failure> {
    let stream = TcpStream::connect(server).await?;
    let (mut connection, driver) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(driver);
    let host = HeaderValue::from_str(&server.to_string())?;
    request.headers_mut().insert(HOST, host);
    let answer = connection.send_request(request).await?;
    let (head, content) = answer.into_parts();
    let content = content.collect().await?.to_bytes();
    let (duplicate, _) = DUPLICATE_HEADER;
    Ok(match head.status.as_u16() {
        200 if head.headers.contains_key(duplicate) => Answer::Duplicate,
        200 => Answer::Done,
        503 if code(&content).as_deref() == Some("in_progress") => Answer::InProgress,
        other => Answer::Refused(other),
    })
}

/// The code of a refusal.
fn code(content: &[u8]) -> Option<String> {
    let problem: serde_json::Value = serde_json::from_slice(content).ok()?;
    problem.get("code")?.as_str().map(str::to_owned)
}
