//! webhook-core, called as its adapters for axum and actix-web call it.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use webhook_core::{Delivery, Endpoint, Opened, Outcome, RequestHead};

use crate::request::Request;

/// From the head to the verdict.
pub(crate) fn verify(endpoint: &Endpoint, request: &Request) -> Delivery {
    let head = RequestHead::new("POST", "/webhooks", &request.headers);
    let Opened::Intake(mut intake) = at_once(endpoint.open(&head)).unwrap() else {
        panic!("not a handshake");
    };
    intake.push(request.body.clone()).unwrap();
    match at_once(intake.finish()).unwrap() {
        Outcome::Delivery(delivery) => delivery,
        Outcome::Reply(_) => panic!("not a handshake"),
    }
}

fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("has nothing to wait for"),
    }
}
