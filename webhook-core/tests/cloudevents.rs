//! CloudEvents over the signature of another sender: what is read in each mode, what of it is signed, and who may set themselves up.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::{Value, json};
use webhook_core::dedupe::DedupeKey;
use webhook_core::provider::standard_webhooks::{self, StandardWebhooks};
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::provider::telegram::{self, Telegram};
use webhook_core::scheme::Scheme;
use webhook_core::testing::vectors::VectorFile;
use webhook_core::testing::{FixedClock, Sign, SignedRequest, Signer};
use webhook_core::{
    Answer, CloudEvents, Coverage, Delivery, Endpoint, RejectionKind, UnixTime, Unverified,
    Verifier,
};
use webhook_testkit::{NOW, Request, outcome_in, receive};

const SECRET: &str = "whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=";

fn endpoint<V: Verifier + Clone + 'static>(over: V) -> Endpoint {
    Endpoint::new(CloudEvents::over(over)).clock(FixedClock::at(NOW))
}

fn signed(scheme: Scheme, body: &str) -> SignedRequest {
    let signer = Signer::new(scheme, SECRET).unwrap().id("msg_1");
    signer.sign(body.as_bytes(), NOW).unwrap()
}

fn by_stripe(request: SignedRequest) -> Result<Delivery, webhook_core::Rejection> {
    receive(
        &endpoint(Stripe::new(SECRET).unwrap()),
        &Request::from(request),
    )
}

fn structured() -> Value {
    json!({"specversion": "1.0", "id": "7", "source": "/shop", "type": "order.paid", "data": {}})
}

fn binary(request: SignedRequest) -> SignedRequest {
    request
        .with_header("ce-specversion", "1.0")
        .with_header("ce-id", "8")
        .with_header("ce-source", "/shop")
        .with_header("ce-type", "order.paid")
}

fn key(delivery: &Delivery) -> DedupeKey {
    DedupeKey::of(delivery)
}

#[test]
fn attributes_in_a_signed_body_are_signed() {
    for content_type in [
        "application/cloudevents+json",
        "Application/CloudEvents+JSON; charset=UTF-8",
        // Not signed, so it decides nothing.
        "application/json",
    ] {
        let request = signed(stripe::SCHEME, &structured().to_string());
        let delivery = by_stripe(request.with_header("content-type", content_type)).unwrap();
        assert_eq!(
            (delivery.id(), delivery.kind()),
            (Some("7"), Some("order.paid"))
        );
        assert_eq!(delivery.coverage(), Coverage::Body);
    }
}

#[test]
fn attributes_in_headers_are_claims() {
    let delivery = by_stripe(binary(signed(stripe::SCHEME, r#"{"mug": 1}"#))).unwrap();
    assert_eq!((delivery.id(), delivery.kind()), (None, None));
    assert_eq!(delivery.unverified_id(), Some(Unverified::new("8")));
    assert_eq!(
        delivery.unverified_kind(),
        Some(Unverified::new("order.paid"))
    );
}

#[test]
fn attributes_in_headers_are_decoded() {
    let request = binary(signed(stripe::SCHEME, "{}")).with_header("ce-id", "Gr%C3%B6%C3%9Fe%20M");
    let delivery = by_stripe(request).unwrap();
    assert_eq!(delivery.unverified_id(), Some(Unverified::new("Größe M")));
    let request = binary(signed(stripe::SCHEME, "{}")).with_header("ce-id", "%FF");
    assert_eq!(
        by_stripe(request).unwrap_err().kind(),
        RejectionKind::Malformed
    );
}

#[test]
fn what_is_signed_goes_before_headers() {
    let names = StandardWebhooks::new(SECRET).unwrap();
    let request = signed(standard_webhooks::SCHEME, r#"{"type": "order.canceled"}"#);
    let plain = receive(
        &endpoint(names.clone()),
        &Request::from(binary(request.clone())),
    )
    .unwrap();
    assert_eq!(
        (plain.id(), plain.kind()),
        (Some("msg_1"), Some("order.canceled"))
    );
    let other = binary(request).with_header("ce-id", "9");
    let other = receive(&endpoint(names), &Request::from(other)).unwrap();
    assert_eq!(key(&plain), key(&other));

    let request = binary(signed(stripe::SCHEME, &structured().to_string()));
    let delivery = by_stripe(request).unwrap();
    assert_eq!(delivery.id(), Some("7"));
}

#[test]
fn a_captured_structured_event_stays_the_same_event() {
    let request = signed(stripe::SCHEME, &structured().to_string());
    let first = by_stripe(request.clone()).unwrap();
    let again = by_stripe(binary(request).with_header("content-type", "text/plain")).unwrap();
    assert_eq!(key(&first), key(&again));
}

#[test]
fn source_and_id_tell_events_apart() {
    let of = |source: &str, id: &str| {
        let mut event = structured();
        event["source"] = json!(source);
        event["id"] = json!(id);
        key(&by_stripe(signed(stripe::SCHEME, &event.to_string())).unwrap())
    };
    let same = of("/shop", "7");
    assert_eq!(same, of("/shop", "7"));
    for (source, id) in [("/shop", "8"), ("/other", "7"), ("/sho", "p7")] {
        assert_ne!(same, of(source, id), "{source} {id}");
    }
    let of = |source: &str, id: &str| {
        let request = binary(signed(stripe::SCHEME, "{}"));
        let request = request
            .with_header("ce-source", source)
            .with_header("ce-id", id);
        key(&by_stripe(request).unwrap())
    };
    let same = of("/shop", "7");
    assert_eq!(same, of("/shop", "7"));
    assert_ne!(same, of("/shop", "8"));
    assert_ne!(same, of("/other", "7"));
}

#[test]
fn a_shared_word_signs_no_attribute() {
    let body = structured().to_string();
    let signer = Signer::new(telegram::SCHEME, "correct_horse_battery").unwrap();
    let request = signer.sign(body.as_bytes(), NOW).unwrap();
    let over = Telegram::new("correct_horse_battery").unwrap();
    let delivery = receive(&endpoint(over), &Request::from(request)).unwrap();
    assert_eq!((delivery.id(), delivery.kind()), (None, None));
    assert_eq!(delivery.unverified_id(), Some(Unverified::new("7")));
    assert_eq!(delivery.coverage(), Coverage::SenderOnly);
}

#[test]
fn what_is_no_cloudevent_is_malformed_once_it_is_proven() {
    let malformed = |request: SignedRequest| by_stripe(request).unwrap_err().kind();
    for name in ["specversion", "id", "source", "type"] {
        let mut event = structured();
        event.as_object_mut().unwrap().remove(name);
        let request = signed(stripe::SCHEME, &event.to_string());
        let request = request.with_header("content-type", "application/cloudevents+json");
        assert_eq!(malformed(request), RejectionKind::Malformed, "{name}");
        let request = binary(signed(stripe::SCHEME, "{}"));
        let request = request.without_header(&format!("ce-{name}"));
        assert_eq!(malformed(request), RejectionKind::Malformed, "{name}");
    }
    let twice = structured()
        .to_string()
        .replace("\"id\"", "\"id\":\"8\",\"id\"");
    assert_eq!(
        malformed(signed(stripe::SCHEME, &twice)),
        RejectionKind::Malformed
    );
    for version in ["0.3", "2.0", "1"] {
        let request = binary(signed(stripe::SCHEME, "{}")).with_header("ce-specversion", version);
        assert_eq!(malformed(request), RejectionKind::Malformed, "{version}");
    }
    let forged = signed(stripe::SCHEME, "{}").with_body("{ }");
    assert_eq!(malformed(forged), RejectionKind::BadSignature);
}

#[test]
fn a_batch_is_refused_before_its_body() {
    let body = json!([structured()]).to_string();
    for content_type in [
        "application/cloudevents-batch+json",
        "application/cloudevents-batch+json; charset=utf-8",
    ] {
        let request = signed(stripe::SCHEME, &body).with_header("content-type", content_type);
        let refused = by_stripe(request).unwrap_err();
        assert_eq!(refused.kind(), RejectionKind::Malformed);
        assert!(refused.to_string().contains("batch"), "{refused}");
    }
    let refused = by_stripe(signed(stripe::SCHEME, &body)).unwrap_err();
    assert_eq!(refused.kind(), RejectionKind::Malformed);
}

/// The cases of the data, which has no signature: who is asked is not asked for one.
#[test]
fn the_recorded_set_up_request_is_answered() {
    let file = VectorFile::parse(include_bytes!("cloudevents.json")).unwrap();
    assert!(!file.cases.is_empty());
    for case in file.cases {
        let mut over = CloudEvents::over(Stripe::new(SECRET).unwrap());
        for origin in case.config["allowed_origins"].as_array().unwrap() {
            over = over.allow_origin(origin.as_str().unwrap()).unwrap();
        }
        let rate = case.config["rate"].as_str().unwrap().parse().unwrap();
        let now = UnixTime::from_secs(case.now.unwrap());
        let endpoint = Endpoint::new(over.rate(rate)).clock(FixedClock::at(now));
        let request = serde_json::to_value(&case.request.headers).unwrap();
        let head = options(request);
        let answer = answered(&endpoint, &head);
        let expected = case.expect.reply.as_ref().unwrap();
        assert_eq!(answer.status().as_u16(), expected.status, "{}", case.name);
        for (name, value) in &expected.headers {
            assert_eq!(answer.header_map()[name], value, "{}", case.name);
        }
        assert!(answer.body().is_empty());
    }
}

fn options(headers: Value) -> Vec<(String, String)> {
    serde_json::from_value(headers).unwrap()
}

fn answered(endpoint: &Endpoint, headers: &[(String, String)]) -> Answer {
    let request = SignedRequest {
        method: "OPTIONS".to_owned(),
        headers: headers.to_vec(),
        ..signed(stripe::SCHEME, "")
    };
    let outcome = outcome_in(endpoint, &Request::from(request), Vec::new());
    outcome.unwrap_err()
}

#[test]
fn only_an_origin_that_is_named_is_let_in() {
    let over = || CloudEvents::over(Stripe::new(SECRET).unwrap());
    let origin = |origin: &str| vec![("webhook-request-origin".to_owned(), origin.to_owned())];
    let named = Endpoint::new(over().allow_origin("events.example").unwrap());
    let answer = answered(&named, &origin("Events.Example"));
    let headers = answer.header_map();
    assert_eq!(headers["webhook-allowed-origin"], "events.example");
    assert_eq!(headers["webhook-allowed-rate"], "*");
    assert_eq!(headers["allow"], "POST");
    for (endpoint, origin) in [
        (&named, origin("evil.example")),
        (&named, origin("*")),
        (&named, origin("")),
        (&Endpoint::new(over()), origin("events.example")),
    ] {
        let answer = answered(endpoint, &origin);
        assert_eq!(
            answer.rejection().unwrap().kind(),
            RejectionKind::HandshakeRefused
        );
        assert!(!answer.header_map().contains_key("webhook-allowed-origin"));
    }
    let answer = answered(&named, &[]);
    assert_eq!(
        answer.rejection().unwrap().kind(),
        RejectionKind::MethodNotAllowed
    );
}

#[test]
fn an_origin_is_a_name_and_not_every_name() {
    for origin in [
        "",
        "*",
        "events example",
        "events\n.example",
        "größe.example",
    ] {
        let over = CloudEvents::over(Stripe::new(SECRET).unwrap());
        assert!(over.allow_origin(origin).is_err(), "{origin:?}");
    }
}
