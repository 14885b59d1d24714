//! Endpoints, genuine requests, and a runtime.

use std::pin::Pin;
use std::time::Duration;

use http::StatusCode;
use webhook_core::adapter::{Runtime, process};
use webhook_core::dedupe::Dedupe;
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::testing::{FixedClock, Sign, SignedRequest, Signer, receive};
use webhook_core::{Answer, Delivery, Endpoint, UnixTime, Verifier};

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
pub(crate) const SECRET: &str = "whsec_test";
pub(crate) const EVENT: &str = r#"{"id":"evt_1","type":"invoice.paid"}"#;

pub(crate) fn endpoint(verifier: impl Verifier + 'static) -> Endpoint {
    Endpoint::new(verifier).clock(FixedClock::at(NOW))
}

pub(crate) fn stripe() -> Endpoint {
    endpoint(Stripe::new(SECRET).unwrap())
}

pub(crate) fn signed(body: impl AsRef<[u8]>) -> SignedRequest {
    let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
    signer.sign(body.as_ref(), NOW).unwrap()
}

/// What this endpoint makes of a genuine request.
pub(crate) async fn accepted(endpoint: &Endpoint, request: SignedRequest) -> Delivery {
    receive(endpoint, request).await.unwrap()
}

/// An event of Stripe at an endpoint with this store.
pub(crate) async fn delivery(dedupe: impl Into<Dedupe>) -> Delivery {
    accepted(&stripe().name("shop").dedupe(dedupe), signed(EVENT)).await
}

/// Where the tests run.
#[derive(Clone)]
pub(crate) struct Tokio;

impl Runtime for Tokio {
    fn now(&self) -> std::time::Instant {
        tokio::time::Instant::now().into_std()
    }

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> {
        tokio::time::sleep(time)
    }

    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        tokio::spawn(task);
    }
}

/// The handler's answers are statuses.
pub(crate) async fn run<F: Future<Output = u16>>(
    delivery: Delivery,
    handler: impl FnOnce(Delivery) -> F,
) -> Result<StatusCode, Answer> {
    run_on(Tokio, delivery, handler).await
}

pub(crate) async fn run_on<F: Future<Output = u16>>(
    runtime: impl Runtime,
    delivery: Delivery,
    handler: impl FnOnce(Delivery) -> F,
) -> Result<StatusCode, Answer> {
    let handler = |delivery| {
        let status = handler(delivery);
        async { StatusCode::from_u16(status.await).unwrap() }
    };
    process(delivery, runtime, handler).await
}

/// What the handler answered.
pub(crate) fn handled(processed: Result<StatusCode, Answer>) -> u16 {
    processed.unwrap().as_u16()
}

/// Not to be called.
pub(crate) async fn never(_: Delivery) -> u16 {
    panic!("the handler was called")
}
