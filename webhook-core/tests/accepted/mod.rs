//! The accepted requests of all vector files, for the tests that change them.
#![allow(
    dead_code,
    reason = "each test binary that includes this uses another part of it"
)]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use base64ct::{Base64, Encoding};
use webhook_core::testing::vectors::{Case, VectorFile};
use webhook_core::testing::{FixedClock, SignedRequest, receive};
use webhook_core::{
    Coverage, Delivery, Endpoint, Rejection, RejectionKind, Settings, UnixTime, provider,
};

/// An accepted request of a vector file and who accepts it.
pub(crate) struct Accepted {
    pub(crate) name: String,
    pub(crate) provider: &'static str,
    endpoint: Endpoint,
    pub(crate) request: SignedRequest,
    pub(crate) delivery: Delivery,
}

impl Accepted {
    fn new(provider: &'static str, case: Case) -> Self {
        let settings = Settings::new(case.config).unwrap();
        let clock = FixedClock::at(UnixTime::from_secs(case.now.unwrap_or_default()));
        let endpoint = Endpoint::new(provider::by_name(provider, &settings).unwrap()).clock(clock);
        let request = SignedRequest {
            method: case.request.method,
            target: case.request.url,
            headers: case.request.headers,
            body: Base64::decode_vec(&case.request.body_base64)
                .unwrap()
                .into(),
        };
        let name = format!("{provider}/{}", case.name);
        let first = |rejection| format!("{name}: {rejection}; first make `--test vectors` pass");
        let delivery = verdict(&endpoint, request.clone()).map_err(first).unwrap();
        Self {
            name,
            provider,
            endpoint,
            request,
            delivery,
        }
    }

    pub(crate) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(crate) fn verdict(&self, request: SignedRequest) -> Result<Delivery, Rejection> {
        verdict(&self.endpoint, request)
    }

    /// Whether the signature is over the bytes of the body as they are sent.
    pub(crate) fn signs_the_body(&self) -> bool {
        let is_whole = self.delivery.body() == &self.request.body;
        is_whole
            && matches!(
                self.delivery.coverage(),
                Coverage::Body | Coverage::BodyChecksum | Coverage::BodyHash
            )
    }
}

fn verdict(endpoint: &Endpoint, request: SignedRequest) -> Result<Delivery, Rejection> {
    let answered = Rejection::new(RejectionKind::HandshakeRefused, "answered");
    at_once(receive(endpoint, request))
        .map_err(|answer| answer.into_rejection().unwrap_or(answered))
}

/// All keys of the vectors are in memory, so nothing waits.
pub(crate) fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("waits for something"),
    }
}

pub(crate) fn accepted() -> Vec<Accepted> {
    provider::names().flat_map(accepted_of).collect()
}

fn accepted_of(provider: &'static str) -> Vec<Accepted> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors");
    let json = std::fs::read(format!("{folder}/{provider}.json")).unwrap();
    let cases = VectorFile::parse(&json).unwrap().cases.into_iter();
    let genuine = cases.filter(|case| case.expect.outcome == "ok");
    let genuine: Vec<Accepted> = genuine.map(|case| Accepted::new(provider, case)).collect();
    assert!(!genuine.is_empty(), "{provider} accepts nothing");
    genuine
}
