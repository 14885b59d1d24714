//! Events as the gateways of AWS write them: `tests/events`, made after the formats that AWS documents, with signatures of their
//! own.
//!
//! `rest-*` is a REST API (payload format 1.0), `http-*` an HTTP API (2.0), `function-url` a function URL (2.0), `alb-*` a load
//! balancer. Each holds a body that must reach the handler byte for byte, as text or as base64.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use hyper::Response;
use lambda_http::{Body, IntoResponse};
use serde_json::Value;
use tower::ServiceExt;
use webhook_core::UnixTime;
use webhook_core::testing::FixedClock;

use crate::cases::{Journal, LIMIT, Seen, Want, endpoint};
use crate::examples;

/// When the events were signed.
const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);

/// The file, who sent it and what it is called, and the bytes that were signed.
const EVENTS: [(&str, Named, &[u8]); 7] = [
    ("rest-text", PAID, INVOICE.as_bytes()),
    ("rest-base64", PUSH, NOT_UTF_8),
    ("http-text", PUSH, CRLF),
    ("http-base64", PUSH, MULTI_BYTE.as_bytes()),
    ("function-url", PAID, HALF_AN_EMOJI),
    ("alb-text", PUSH, MULTI_BYTE.as_bytes()),
    ("alb-base64", PUSH, NOT_UTF_8),
];

const CHALLENGES: [&str; 3] = ["rest-challenge", "http-challenge", "alb-challenge"];

type Named = (&'static str, &'static str);

const PAID: Named = ("stripe", "invoice.paid");
const PUSH: Named = ("github", "push");

const CRLF: &[u8] = b"{\r\n  \"ref\" :\t\"main\"\r\n}\r\n";
const INVOICE: &str = r#"{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":{"object":"invoice","customer_name":"Zoë"}}}"#;
const HALF_AN_EMOJI: &[u8] = br#"{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":{"object":"invoice","customer_name":"\ud83c"}}}"#;
const MULTI_BYTE: &str = r#"{"ref":"é 日本 🎉"}"#;
const NOT_UTF_8: &[u8] = b"{\"ref\":\"\xff\xfe\x80\"}";

#[tokio::test]
async fn the_exact_bytes_survive_every_gateway() {
    for (file, (provider, kind), body) in EVENTS {
        let seen = Seen {
            provider,
            kind: kind.to_owned(),
            body: Bytes::from_static(body),
        };
        check(file, &read(file), Want::Handled(seen)).await;
    }
}

#[tokio::test]
async fn an_altered_event_is_refused_behind_every_gateway() {
    for (file, ..) in EVENTS {
        let mut event = read(file);
        let is_base64 = event["isBase64Encoded"].as_bool().unwrap();
        event["body"] = if is_base64 { "e30=" } else { "{}" }.into();
        without_length(&mut event);
        check(file, &event, Want::Refused(401, "bad_signature")).await;
    }
}

#[tokio::test]
async fn an_event_that_is_too_long_is_refused_behind_every_gateway() {
    for (file, ..) in EVENTS {
        let mut event = read(file);
        // As base64, three bytes are four characters.
        event["body"] = "a".repeat(LIMIT.next_multiple_of(4) * 2).into();
        without_length(&mut event);
        check(file, &event, Want::Refused(413, "body_too_large")).await;
    }
}

#[tokio::test]
async fn a_challenge_is_answered_behind_every_gateway() {
    for file in CHALLENGES {
        let reply = "ocnjo7zvqt4bkmgo|f689d58e52bae64a6221498c899ebba586b664bc";
        check(file, &read(file), Want::Reply(reply)).await;
    }
}

/// Fails if a file is not in a table above.
#[test]
fn every_file_is_tested() {
    let files = fs::read_dir(folder()).unwrap().count();
    assert_eq!(files, EVENTS.len() + CHALLENGES.len());
}

async fn check(file: &str, event: &Value, want: Want) {
    let request = lambda_http::request::from_str(&event.to_string()).unwrap();
    let journal = Journal::default();
    let endpoint = endpoint().clock(FixedClock::at(NOW));
    let app = examples::lambda::app(endpoint, journal.shop());
    let answer = app.oneshot(request).await.unwrap().into_response().await;
    want.check(file, &text(answer), &journal.take());
}

/// What the gateway gets: texts alone, so that nothing has to be written as base64.
fn text(answer: Response<Body>) -> Response<Bytes> {
    answer.map(|body| match body {
        Body::Empty => Bytes::new(),
        Body::Text(text) => text.into(),
        other => panic!("not a text: {other:?}"),
    })
}

fn without_length(event: &mut Value) {
    for headers in ["headers", "multiValueHeaders"] {
        if let Some(Value::Object(headers)) = event.get_mut(headers) {
            headers.remove("content-length");
        }
    }
}

fn read(file: &str) -> Value {
    let path = folder().join(file).with_extension("json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/events"))
}
