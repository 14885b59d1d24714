//! webhook-core, called as for a body that is there already. The servers call it by its adapters.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use webhook_core::{Delivery, Endpoint, RequestHead};

use crate::request::Request;

/// From the head to the verdict.
pub(crate) fn verify(endpoint: &Endpoint, request: &Request) -> Delivery {
    let head = RequestHead::new("POST", "/webhooks", &request.headers);
    at_once(endpoint.verify(&head, request.body.clone())).unwrap()
}

fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("has nothing to wait for"),
    }
}
