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

pub(crate) fn contenders(request: &Request) -> Vec<Contender> {
    let mut all = Vec::from(ours(request));
    #[cfg(feature = "async-stripe")]
    all.push(async_stripe(request));
    all.extend(webhook_verify(request));
    all.extend(by_hand(request));
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
    use stripe_webhook::EventObject;

    let step = "verify + `Event` with `Refund`";
    Contender::new(SENDER, "async-stripe-webhook", step, request, |request| {
        let event = async_stripe_event(request);
        assert!(matches!(event.data.object, EventObject::RefundCreated(_)));
        black_box(event);
    })
}

#[cfg(feature = "async-stripe")]
fn async_stripe_event(request: &Request) -> stripe_webhook::Event {
    let header = request.headers.get("stripe-signature").unwrap();
    let body = str::from_utf8(&request.body).unwrap();
    stripe_webhook::Webhook::construct_event(body, header.to_str().unwrap(), SECRET).unwrap()
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

#[cfg(all(test, feature = "async-stripe"))]
mod tests {
    use stripe_webhook::EventObject;

    use super::*;

    #[test]
    fn async_stripe_reads_in_the_event_what_we_read() {
        let request = Request::signed(stripe::SCHEME, 4096);
        let theirs = async_stripe_event(&request);
        let EventObject::RefundCreated(their_refund) = theirs.data.object else {
            panic!("another object");
        };
        let endpoint = Endpoint::new(Stripe::new(SECRET).unwrap());
        let ours = ours::verify(&endpoint, &request)
            .decode::<stripe::Event>()
            .unwrap();
        let stripe::Object::Refund(our_refund) = ours.object().unwrap() else {
            panic!("another object");
        };
        assert_eq!(&*ours.id, theirs.id.as_str());
        assert_eq!(ours.kind.as_str(), theirs.type_.as_str());
        assert_eq!(ours.created.unwrap().as_secs(), theirs.created);
        assert_eq!(&*our_refund.id, their_refund.id.as_str());
        assert_eq!(our_refund.amount, Some(their_refund.amount));
        assert_eq!(
            our_refund.currency.as_deref(),
            Some(their_refund.currency.to_string().as_str())
        );
        let their_metadata = their_refund.metadata.unwrap();
        assert!(their_metadata.len() > 50);
        assert_eq!(our_refund.metadata, their_metadata.into_iter().collect());
    }
}
