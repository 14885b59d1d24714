//! Observers are told once of each request, the same through axum and actix-web, and can change nothing.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod gate;
mod handed_over;
mod report_only;
mod servers;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gate::Gate;
use webhook_core::observe::Observed;
use webhook_core::provider::slack::{self, Slack};
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::testing::{FixedClock, Sign, SignedRequest, Signer};
use webhook_core::{Endpoint, UnixTime};
use webhook_store::MemoryStore;
use webhook_testkit::message::Message;
use webhook_testkit::wire::Connection;

const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
const SECRET: &str = "whsec_of_the_observed_shop";
const CHAT_SECRET: &str = "secret_of_the_observed_chat";
const WANTED: [&str; 5] = ["a.ok", "a.fails", "a.panics", "a.shape", "a.waits"];

/// What observers were told, in short.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn note(&self, seen: &Observed) {
        let status = seen.status().map(|status| status.as_u16());
        let line = format!(
            "{} {} {:?} {} {} handler:{}",
            seen.code(),
            seen.kind().unwrap_or("-"),
            status,
            seen.body_len(),
            [seen.endpoint(), seen.provider()]
                .map(|it| it.unwrap_or("-"))
                .join("/"),
            seen.handler_time().is_some(),
        );
        self.0.lock().unwrap().push(line);
    }

    /// All lines once there are so many. One that comes too late, or twice, is found among those of the next request.
    fn lines(&self, many: usize) -> Vec<String> {
        let begun = Instant::now();
        while self.0.lock().unwrap().len() < many && begun.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

pub(crate) fn shop(told: &Told) -> Endpoint {
    observed(Endpoint::new(Stripe::new(SECRET).unwrap()), told)
        .name("shop")
        .dedupe(MemoryStore::with_capacity(100))
        .only_kinds(WANTED)
        .body_limit(1000)
}

/// Has a handshake.
pub(crate) fn chat(told: &Told) -> Endpoint {
    observed(Endpoint::new(Slack::new(CHAT_SECRET).unwrap()), told).name("chat")
}

fn observed(endpoint: Endpoint, told: &Told) -> Endpoint {
    let told = told.clone();
    endpoint
        .clock(FixedClock::at(NOW))
        .observe(move |seen: &Observed| told.note(seen))
        .observe(|_: &Observed| panic!("an observer that panics changes nothing"))
}

fn signed(id: &str, kind: &str) -> SignedRequest {
    let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
    let body = format!(r#"{{"id":"{id}","object":"event","type":"{kind}"}}"#);
    signer.sign(body.as_bytes(), NOW).unwrap()
}

fn handshake() -> Message {
    let signer = Signer::new(slack::SCHEME, CHAT_SECRET).unwrap();
    let body = br#"{"type":"url_verification","challenge":"words to send back"}"#;
    Message::new(signer.sign(body, NOW).unwrap()).target("/chat")
}

fn exchange(address: SocketAddr, message: &Message) -> Option<u16> {
    let mut connection = Connection::open(address);
    connection.send(&message.bytes());
    Some(connection.answer()?.status)
}

#[test]
fn each_request_is_told_once_with_what_became_of_it() {
    for (name, start) in servers::ALL {
        let told = Told::default();
        let address = start(told.clone(), Gate::default());
        let ok = Message::new(signed("evt_1", "a.ok"));
        let large = "x".repeat(2000);
        let rows = [
            (
                ok.clone(),
                200,
                "accepted a.ok Some(200) {} shop/stripe handler:true",
            ),
            (
                ok.clone(),
                200,
                "duplicate a.ok Some(200) {} shop/stripe handler:false",
            ),
            (
                Message::new(signed("evt_2", "b.other")),
                200,
                "ignored b.other Some(200) {} shop/stripe handler:false",
            ),
            (
                ok.clone().body(b"{}"),
                401,
                "bad_signature - Some(401) 2 shop/stripe handler:false",
            ),
            (
                ok.clone().without("stripe-signature"),
                400,
                "missing_signature - Some(400) 0 shop/stripe handler:false",
            ),
            (
                ok.clone().body(large.as_bytes()),
                413,
                "body_too_large - Some(413) 0 shop/stripe handler:false",
            ),
            (
                ok.method("DELETE"),
                405,
                "method_not_allowed - Some(405) 0 shop/stripe handler:false",
            ),
            (
                Message::new(signed("evt_3", "a.fails")),
                500,
                "handler_failed a.fails Some(500) {} shop/stripe handler:true",
            ),
            (
                Message::new(signed("evt_4", "a.shape")),
                500,
                "undecodable a.shape Some(500) {} shop/stripe handler:true",
            ),
            (
                handshake(),
                200,
                "handshake - Some(200) {} chat/slack handler:false",
            ),
        ];
        for (message, status, line) in rows {
            assert_eq!(exchange(address, &message), Some(status), "{name}: {line}");
            let line = line.replace("{}", &message.body.len().to_string());
            assert_eq!(told.lines(1), [line], "{name}");
        }
        let panics = Message::new(signed("evt_5", "a.panics"));
        // The server closes the connection, or its framework answers 500.
        let status = exchange(address, &panics);
        assert!(matches!(status, None | Some(500)), "{name}: {status:?}");
        let line = "panicked a.panics None 49 shop/stripe handler:true";
        assert_eq!(told.lines(1), [line], "{name}");
        // A client that goes away in the middle of its body.
        let message = Message::new(signed("evt_6", "a.ok"));
        let bytes = message.bytes();
        let mut connection = Connection::open(address);
        connection.send(&bytes[..bytes.len() - 5]);
        drop(connection);
        let lines = told.lines(1);
        assert_eq!(lines.len(), 1, "{name}");
        let code = lines[0].split(' ').next().unwrap();
        assert!(
            ["body_incomplete", "cancelled"].contains(&code),
            "{name}: {lines:?}"
        );
    }
}

#[test]
fn a_repeat_is_told_before_the_first_request_is_over() {
    for (name, start) in servers::ALL {
        let (told, gate) = (Told::default(), Gate::default());
        let address = start(told.clone(), gate.clone());
        let waits = Message::new(signed("evt_1", "a.waits"));
        let line = |code: &str, status: u16, handler: bool| {
            let length = waits.body.len();
            format!("{code} a.waits Some({status}) {length} shop/stripe handler:{handler}")
        };
        let mut first = Connection::open(address);
        first.send(&waits.bytes());
        gate.wait_for_one();
        assert_eq!(exchange(address, &waits), Some(503), "{name}");
        assert_eq!(told.lines(1), [line("in_progress", 503, false)], "{name}");
        gate.open();
        assert_eq!(first.answer().unwrap().status, 200, "{name}");
        assert_eq!(told.lines(1), [line("accepted", 200, true)], "{name}");
        assert_eq!(exchange(address, &waits), Some(200), "{name}");
        assert_eq!(told.lines(1), [line("duplicate", 200, false)], "{name}");
    }
}

#[test]
fn an_application_answers_refusals_in_its_own_words_and_nothing_else() {
    for (name, start) in servers::ALL {
        let address = start(Told::default(), Gate::default());
        let ok = Message::new(signed("evt_1", "a.ok"));
        let rows = [
            (ok.clone(), 200, ""),
            (ok.clone().body(b"{}"), 418, "bad_signature of /hook"),
            // Nothing of its own to say.
            (ok.clone().without("stripe-signature"), 400, "problem"),
            // Panics while it looks for words.
            (ok.method("DELETE"), 405, "problem"),
        ];
        for (message, status, body) in rows {
            let mut connection = Connection::open(address);
            connection.send(&message.target("/hook").bytes());
            let answer = connection.answer().unwrap();
            assert_eq!(answer.status, status, "{name}");
            match body {
                "problem" => assert!(
                    answer.body.contains(r#""code":"#),
                    "{name}: {}",
                    answer.body
                ),
                body => assert_eq!(answer.body, body, "{name}"),
            }
        }
    }
}

#[test]
fn every_kind_of_stripe_goes_to_the_handler_for_it() {
    let list = include_str!("../../../webhook-core/tests/kinds/stripe.json");
    let list: serde_json::Value = serde_json::from_str(list).unwrap();
    let rows = list["rows"].as_array().unwrap().iter();
    let mapped = rows.filter_map(|row| row["kind"].as_str());
    let ignored = list["ignored"].as_array().unwrap().iter();
    let ignored = ignored.filter_map(|kind| kind.as_str());
    let kinds: BTreeSet<&str> = mapped.chain(ignored).collect();
    assert!(kinds.len() > 500, "{}", kinds.len());
    for (name, start) in servers::ALL {
        let address = start(Told::default(), Gate::default());
        let mut connection = Connection::open(address);
        for kind in &kinds {
            let message = Message::new(signed("evt_1", kind)).target("/by-kind");
            connection.send(&message.bytes());
            let answer = connection.answer().unwrap();
            let route = match *kind {
                "invoice.paid" => "exact",
                kind if kind.starts_with("customer.subscription.") => "longer",
                kind if kind.starts_with("customer.") => "prefix",
                _ => "rest",
            };
            assert_eq!(
                (answer.status, &*answer.body),
                (200, route),
                "{name}: {kind}"
            );
        }
    }
}
