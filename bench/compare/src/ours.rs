//! webhook-core, called as its adapters for axum and actix-web call it.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use webhook_core::{Delivery, Endpoint, RequestHead};

use crate::request::Request;

/// From the head to the verdict.
pub(crate) fn verify(endpoint: &Endpoint, request: &Request) -> Delivery {
    let head = RequestHead::new("POST", "/webhooks", &request.headers);
    let mut verification = at_once(endpoint.begin(&head)).unwrap();
    verification.update(request.body.clone()).unwrap();
    at_once(verification.finalize()).unwrap()
}

fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("has nothing to wait for"),
    }
}
