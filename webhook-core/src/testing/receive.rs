//! Receives a request without a server.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::delivery::Delivery;
use crate::endpoint::Endpoint;
use crate::outcome::Answer;
use crate::request::RequestHead;
use crate::testing::SignedRequest;

/// Runs a request through an endpoint as an adapter would, its body in one piece. For unit tests of handlers:
/// a delivery, and the event in it, can be had in no other way.
///
/// ```
/// use webhook_core::provider::stripe::{self, Stripe};
/// use webhook_core::testing::{FixedClock, Sign, Signer, receive};
/// use webhook_core::{Endpoint, UnixTime};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let now = UnixTime::from_secs(1_785_920_400);
/// let endpoint = Endpoint::new(Stripe::new("whsec_test")?).clock(FixedClock::at(now));
/// let request = Signer::new(stripe::SCHEME, "whsec_test")?
///     .sign(br#"{"id":"evt_1","object":"event","type":"invoice.paid"}"#, now)?;
///
/// let delivery = receive(&endpoint, request).await?;
/// let event: stripe::Event = delivery.decode()?; // handler(Verified(event)).await
/// assert_eq!(event.kind, "invoice.paid");
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// What the library answers by itself: a rejection, or the reply to a handshake.
pub async fn receive(endpoint: &Endpoint, request: SignedRequest) -> Result<Delivery, Answer> {
    let head = RequestHead::new(&request.method, &request.target, &request.headers);
    endpoint.verify(&head, request.body).await
}

/// The same with a body that arrives in pieces of at most this many bytes.
pub(crate) async fn receive_in_pieces(
    endpoint: &Endpoint,
    request: SignedRequest,
    most: usize,
) -> Result<Delivery, Answer> {
    let head = RequestHead::new(&request.method, &request.target, &request.headers);
    let mut verification = endpoint.begin(&head).await?;
    let mut rest = request.body.clone();
    while !rest.is_empty() {
        verification.update(rest.split_to(most.min(rest.len())))?;
    }
    verification.finalize().await
}

/// The outcome of what has everything at hand; nothing if it would have to wait.
pub(crate) fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
