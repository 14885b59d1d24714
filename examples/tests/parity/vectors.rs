//! The vectors of every sender that answers set-up requests: each gets its verdict, and its answer, through all stacks. A secret that is
//! handed over goes to the application, and to nobody else.

use std::future::ready;
use std::path::Path;
use std::sync::{LazyLock, Mutex};

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use serde_json::Value;
use webhook_core::provider;
use webhook_core::resolver::{Resolved, from_fn};
use webhook_core::testing::SignedRequest;
use webhook_core::testing::vectors::{Case, ExpectedReply, VectorFile};
use webhook_core::{Endpoint, Settings, UnixTime};

use crate::journal::{HEADER, Number, Seen};
use crate::stacks::{Stack, stacks};
use webhook_testkit::message::Message;
use webhook_testkit::wire::{Answer, Connection};

/// By which case an endpoint is made.
const CASE: &str = "x-case-number";

struct Vector {
    provider: String,
    case: Case,
}

impl Vector {
    fn name(&self) -> String {
        format!("{}, {}", self.provider, self.case.name)
    }
}

/// Every case of a sender with handshakes.
static VECTORS: LazyLock<Vec<Vector>> = LazyLock::new(|| {
    let with_handshakes = provider::names().filter(|name| {
        let about = provider::describe(name).unwrap();
        !about.handshakes.is_empty()
    });
    let cases = with_handshakes.flat_map(|name| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../webhook-core/tests/vectors");
        let json = std::fs::read(folder.join(format!("{name}.json"))).unwrap();
        let VectorFile { provider, cases } = VectorFile::parse(&json).unwrap();
        cases.into_iter().map(move |case| Vector {
            provider: provider.clone(),
            case,
        })
    });
    cases.collect()
});

/// The secrets that were handed over, with the number of the case.
static HANDED: Mutex<Vec<(usize, String)>> = Mutex::new(Vec::new());

/// What receives at every address that no other endpoint has: as the case says that the request names.
pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(from_fn(|head| {
        let number = head.header_str(CASE).unwrap().unwrap().parse().unwrap();
        let Vector { provider, case } = &VECTORS[number];
        let settings = Settings::new(case.config.clone()).unwrap();
        let now = UnixTime::from_secs(case.now.unwrap_or_default());
        let endpoint = Endpoint::new(provider::by_name(provider, &settings).unwrap())
            .test_account()
            .clock(move || now)
            .on_setup_secret(move |handed| {
                let secret = handed.secret().expose().to_owned();
                HANDED.lock().unwrap().push((number, secret));
            });
        ready(Ok(Resolved::from(endpoint)))
    }))
}

fn handed(number: usize) -> Vec<String> {
    let mut all = HANDED.lock().unwrap();
    let (own, others) = std::mem::take(&mut *all)
        .into_iter()
        .partition(|(own, _)| *own == number);
    *all = others;
    let own: Vec<(usize, String)> = own;
    own.into_iter().map(|(_, secret)| secret).collect()
}

/// As it comes over a socket: a path, and one host.
fn message(case: &Case) -> Message {
    let url = &case.request.url;
    let target = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => url,
    };
    let headers = case.request.headers.iter();
    let headers = headers.filter(|(name, _)| {
        let ours = ["host", "content-length"];
        !ours.iter().any(|own| name.eq_ignore_ascii_case(own))
    });
    Message::new(SignedRequest {
        method: case.request.method.clone(),
        target: target.to_owned(),
        headers: headers.cloned().collect(),
        body: Bytes::from(Base64::decode_vec(&case.request.body_base64).unwrap()),
    })
}

fn is_head(case: &Case) -> bool {
    case.request.method == "HEAD"
}

/// What came of it: the answer, what the handler saw, what was handed over.
fn send(number: usize, stack: &Stack) -> (Answer, Vec<Seen>, Vec<String>) {
    let journal = Number::next();
    let message = message(&VECTORS[number].case);
    let message = message
        .and(HEADER, journal.text())
        .and(CASE, number.to_string());
    let mut connection = Connection::open(stack.address);
    connection.send(&message.head());
    connection.send(&message.payload());
    let answer = match is_head(&VECTORS[number].case) {
        true => connection.answer_to_head(),
        false => connection.answer(),
    };
    (answer.unwrap(), journal.seen(), handed(number))
}

/// Why this is not what the case wants.
fn fault(case: &Case, answer: &Answer, seen: &[Seen], handed: &[String]) -> Option<String> {
    let expect = &case.expect;
    let problem: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let is_as_good = |code: &Value| case.also.iter().flatten().any(|also| code == also.as_str());
    let is_right = match expect.outcome.as_str() {
        "ok" => seen.len() == 1 && answer.status == 200,
        "handshake" => {
            let wanted = expect.reply.as_ref();
            seen.is_empty() && wanted.is_none_or(|wanted| is_reply(wanted, answer))
        }
        outcome => {
            let code = &problem["code"];
            let is_told = is_head(case) || code == outcome || is_as_good(code);
            seen.is_empty() && answer.status >= 400 && is_told
        }
    };
    let is_set_up = handed.iter().eq(&expect.setup_secret);
    (!is_right || !is_set_up).then(|| {
        format!(
            "wanted {}, got {answer:?}, {} calls, {} secrets",
            expect.outcome,
            seen.len(),
            handed.len()
        )
    })
}

fn is_reply(wanted: &ExpectedReply, answer: &Answer) -> bool {
    let body = String::from_utf8(Base64::decode_vec(&wanted.body_base64).unwrap()).unwrap();
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    let is_same = match json(&body) {
        Some(wanted) => json(&answer.body) == Some(wanted),
        None => answer.body == body,
    };
    let mut headers = wanted.headers.iter();
    let has_all = headers
        .all(|(name, value)| answer.header(&name.to_ascii_lowercase()) == Some(value.as_str()));
    answer.status == wanted.status && has_all && is_same
}

#[test]
fn every_vector_of_a_sender_with_handshakes_is_answered_alike() {
    let mut faults = Vec::new();
    let mut handshakes = 0;
    for (number, vector) in VECTORS.iter().enumerate() {
        handshakes += usize::from(vector.case.expect.outcome == "handshake");
        for stack in stacks() {
            let (answer, seen, handed) = send(number, stack);
            if let Some(fault) = fault(&vector.case, &answer, &seen, &handed) {
                faults.push(format!("{}: {}: {fault}", vector.name(), stack.name));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(handshakes >= 25, "{handshakes}");
}

#[test]
fn a_sender_without_a_handshake_has_no_vector_of_one() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../webhook-core/tests/vectors");
    let names: Vec<&str> = VECTORS.iter().map(|it| it.provider.as_str()).collect();
    for name in provider::names().filter(|name| !names.contains(name)) {
        let json = std::fs::read(folder.join(format!("{name}.json"))).unwrap();
        for case in VectorFile::parse(&json).unwrap().cases {
            let is_one = case.expect.outcome.starts_with("handshake");
            assert!(!is_one, "{name}, {}: say so in `ABOUT`", case.name);
        }
    }
}
