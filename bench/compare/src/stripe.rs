//! Libraries that know Stripe's signature.

use std::hint::black_box;

use serde_json::Value;
use webhook_core::Endpoint;
use webhook_core::provider::stripe::{self, Stripe};
use webhook_verify::{Provider, Secret, VerifyOptions};

use crate::by_hand;
use crate::contender::Contender;
use crate::ours;
use crate::request::{Request, SECRET};

const SENDER: &str = "Stripe";

pub(crate) fn contenders(size: usize) -> Vec<Contender> {
    let request = Request::signed(stripe::SCHEME, size);
    let mut all = Vec::from(ours(&request));
    #[cfg(feature = "async-stripe")]
    all.push(async_stripe(&request));
    all.extend(webhook_verify(&request));
    all.extend(by_hand(&request));
    all
}

fn ours(request: &Request) -> [Contender; 3] {
    let endpoint = || Endpoint::new(Stripe::new(SECRET).unwrap());
    let [verify, event, object] = [endpoint(), endpoint(), endpoint()];
    let name = "webhook-core";
    [
        Contender::new(SENDER, name, "verify", request, move |request| {
            black_box(ours::verify(&verify, request));
        }),
        Contender::new(
            SENDER,
            name,
            "verify + `stripe::Event`",
            request,
            move |request| {
                let delivery = ours::verify(&event, request);
                black_box(delivery.decode::<stripe::Event>().unwrap());
            },
        ),
        Contender::new(
            SENDER,
            name,
            "verify + `stripe::Event` + `Refund`",
            request,
            move |request| {
                let delivery = ours::verify(&object, request);
                let event = delivery.decode::<stripe::Event>().unwrap();
                let object = event.object().unwrap();
                assert!(matches!(object, stripe::Object::Refund(_)));
                black_box((event, object));
            },
        ),
    ]
}

/// It has no call that verifies only.
#[cfg(feature = "async-stripe")]
fn async_stripe(request: &Request) -> Contender {
    use stripe_webhook::{EventObject, Webhook};

    let step = "verify + `Event` with `Refund`";
    Contender::new(SENDER, "async-stripe-webhook", step, request, |request| {
        let header = request.headers.get("stripe-signature").unwrap();
        let body = str::from_utf8(&request.body).unwrap();
        let event = Webhook::construct_event(body, header.to_str().unwrap(), SECRET).unwrap();
        assert!(matches!(event.data.object, EventObject::RefundCreated(_)));
        black_box(event);
    })
}

fn webhook_verify(request: &Request) -> [Contender; 2] {
    let verify = |secret: &Secret, request: &Request| {
        let options = VerifyOptions::default();
        let (headers, body) = (&request.headers, &request.body);
        webhook_verify::verify(Provider::Stripe, headers, body, secret, options).unwrap();
    };
    let [secret, another] = [Secret::new(SECRET), Secret::new(SECRET)];
    let name = "webhook-verify";
    [
        Contender::new(SENDER, name, "verify", request, move |request| {
            verify(&secret, request);
        }),
        Contender::new(SENDER, name, "verify + `Value`", request, move |request| {
            verify(&another, request);
            read_value(request);
        }),
    ]
}

fn by_hand(request: &Request) -> [Contender; 2] {
    let verify = |request: &Request| {
        by_hand::stripe_signature(&request.headers, &request.body).unwrap();
    };
    let name = "by hand: hmac 0.13, sha2 0.11, hex 0.4";
    [
        Contender::new(SENDER, name, "verify", request, verify),
        Contender::new(SENDER, name, "verify + `Value`", request, move |request| {
            verify(request);
            read_value(request);
        }),
    ]
}

/// What is left to do where a library has no events.
pub(crate) fn read_value(request: &Request) {
    black_box(serde_json::from_slice::<Value>(&request.body).unwrap());
}
