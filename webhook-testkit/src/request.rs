//! Requests with headers of any bytes, and what becomes of them.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use webhook_core::testing::SignedRequest;
use webhook_core::{Answer, Delivery, Endpoint, Rejection, RequestHead};

/// A request whose headers may hold any bytes.
#[derive(Clone)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Bytes,
}

impl From<SignedRequest> for Request {
    fn from(signed: SignedRequest) -> Self {
        let bytes = |(name, value): (String, String)| (name, value.into_bytes());
        Self {
            method: signed.method,
            target: signed.target,
            headers: signed.headers.into_iter().map(bytes).collect(),
            body: signed.body,
        }
    }
}

impl Request {
    pub fn header(&self, name: &str) -> &[u8] {
        let mut lines = self.headers.iter().filter(|(own, _)| own == name);
        let (_, value) = lines.next().unwrap_or_else(|| panic!("no header {name}"));
        value
    }

    pub fn text(&self, name: &str) -> &str {
        std::str::from_utf8(self.header(name)).unwrap()
    }

    /// Another value of a header that is there.
    #[must_use]
    pub fn with(self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.without(name).and(name, value)
    }

    /// One line more.
    #[must_use]
    pub fn and(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(own, _)| own != name);
        self
    }

    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }
}

/// Sends a request to an endpoint, its body in one piece.
pub fn receive(endpoint: &Endpoint, request: &Request) -> Result<Delivery, Rejection> {
    receive_in(endpoint, request, vec![request.body.clone()])
}

/// Sends a request to an endpoint, its body in these pieces.
pub fn receive_in(
    endpoint: &Endpoint,
    request: &Request,
    pieces: Vec<Bytes>,
) -> Result<Delivery, Rejection> {
    let received = outcome_in(endpoint, request, pieces);
    received.map_err(|answer| answer.into_rejection().unwrap())
}

/// The same where a handshake may come out.
pub fn outcome_in(
    endpoint: &Endpoint,
    request: &Request,
    pieces: Vec<Bytes>,
) -> Result<Delivery, Answer> {
    let head = RequestHead::new(&request.method, &request.target, &request.headers);
    let mut verification = at_once(endpoint.begin(&head))?;
    for piece in pieces {
        verification.update(piece)?;
    }
    at_once(verification.finalize())
}

/// The code of the refusal, or `ok`.
pub fn code(verdict: &Result<Delivery, Rejection>) -> &'static str {
    verdict.as_ref().map_or_else(Rejection::code, |_| "ok")
}

/// None of the built-in verifiers waits for anything.
pub fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the verifier waits for something"),
    }
}
