//! Libraries that know the signature of Standard Webhooks.

use std::hint::black_box;

use webhook_core::Endpoint;
use webhook_core::provider::standard_webhooks::{self, StandardWebhooks};
use webhook_verify::{Provider, Secret, VerifyOptions};

use crate::contender::Contender;
use crate::ours;
use crate::request::{Request, SECRET};
use crate::stripe::read_value;

const SENDER: &str = "Standard Webhooks";

pub(crate) fn contenders(request: &Request) -> Vec<Contender> {
    let mut all = Vec::from(ours(request));
    all.extend(others(request));
    all
}

fn ours(request: &Request) -> [Contender; 2] {
    let endpoint = || Endpoint::new(StandardWebhooks::new(SECRET).unwrap());
    let [verify, event] = [endpoint(), endpoint()];
    let name = "webhook-core";
    let step = "verify + `standard_webhooks::Event`";
    [
        Contender::new(SENDER, name, "verify", request, move |request| {
            black_box(ours::verify(&verify, request));
        }),
        Contender::new(SENDER, name, step, request, move |request| {
            let delivery = ours::verify(&event, request);
            black_box(delivery.decode::<standard_webhooks::Event>().unwrap());
        }),
    ]
}

/// None of them has a type for events.
fn others(request: &Request) -> Vec<Contender> {
    type Verify = Box<dyn Fn(&Request)>;
    let libraries: [(_, fn() -> Verify); 3] = [
        ("svix", || {
            let webhook = svix::webhooks::Webhook::new(SECRET).unwrap();
            Box::new(move |request| webhook.verify(&request.body, &request.headers).unwrap())
        }),
        ("standardwebhooks", || {
            let webhook = standardwebhooks::Webhook::new(SECRET).unwrap();
            Box::new(move |request| webhook.verify(&request.body, &request.headers).unwrap())
        }),
        ("webhook-verify", || {
            let secret = Secret::new(SECRET);
            Box::new(move |request| {
                let options = VerifyOptions::default();
                let (headers, body) = (&request.headers, &request.body);
                let sender = Provider::StandardWebhooks;
                webhook_verify::verify(sender, headers, body, &secret, options).unwrap();
            })
        }),
    ];
    let with_and_without_value = |(name, library): (_, fn() -> Verify)| {
        let [verify, another] = [library(), library()];
        [
            Contender::new(SENDER, name, "verify", request, verify),
            Contender::new(SENDER, name, "verify + `Value`", request, move |request| {
                another(request);
                read_value(request);
            }),
        ]
    };
    libraries
        .into_iter()
        .flat_map(with_and_without_value)
        .collect()
}
