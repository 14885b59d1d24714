//! What the vectors do not say: what is fetched and what is not, which certificates are accepted, and when.

mod certificates;
mod deliveries;
mod fetches;
mod head;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use bytes::Bytes;
use futures_util::future::{join_all, poll_fn};
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use serde_json::json;

use super::signer::{
    Signer, TEST_CERTIFICATE_PEM, TEST_CERTIFICATE_URL, TEST_KEY_PEM, TEST_ROOT_PEM,
    TEST_WEBHOOK_ID,
};
use super::verify::PayPal;
use crate::crypto::certificate::made::{Authority, NOW, name};
use crate::endpoint::resolver::Resolve;
use crate::published::{CertificateSource, FetchFuture, InMemory, Unavailable};
use crate::testing::{FixedClock, Sign, SignedRequest, receive};
use crate::{
    Coverage, Delivery, Endpoint, Rejection, RejectionKind, RequestHead, Settings, Tolerance,
    UnixTime, Unverified,
};

const BODY: &[u8] = br#"{"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{}}"#;

/// Answers every URL alike, not at once, and counts how often it was asked.
#[derive(Clone, Debug)]
struct Source {
    answer: Result<Bytes, Unavailable>,
    asked: Arc<AtomicUsize>,
}

impl Source {
    fn new(document: impl Into<Bytes>) -> Self {
        Self {
            answer: Ok(document.into()),
            asked: Arc::default(),
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl CertificateSource for Source {
    fn certificate(&self, _: &str) -> FetchFuture {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let answer = self.answer.clone();
        let mut waited = false;
        FetchFuture::new(poll_fn(move |cx| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(answer.clone());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }))
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

fn signer() -> Signer {
    Signer::new().unwrap()
}

fn signed() -> SignedRequest {
    signer().sign(BODY, NOW).unwrap()
}

fn with_header(name: &str, value: &str) -> SignedRequest {
    let mut request = signed();
    let header = request.headers.iter_mut().find(|(own, _)| own == name);
    header.unwrap().1 = value.to_owned();
    request
}

fn paypal(source: &Source) -> PayPal {
    let paypal = PayPal::new(TEST_WEBHOOK_ID, source.clone()).unwrap();
    paypal.roots_pem(TEST_ROOT_PEM).unwrap()
}

fn at(paypal: PayPal, now: UnixTime) -> Endpoint {
    Endpoint::new(paypal).clock(FixedClock::at(now))
}

fn endpoint(source: &Source) -> Endpoint {
    at(paypal(source), NOW)
}

fn deliver(endpoint: &Endpoint, request: SignedRequest) -> Result<Delivery, Rejection> {
    block_on(receive(endpoint, request)).map_err(|answer| answer.into_rejection().unwrap())
}

fn kind(endpoint: &Endpoint, request: SignedRequest) -> Option<RejectionKind> {
    deliver(endpoint, request)
        .err()
        .map(|rejection| rejection.kind())
}
