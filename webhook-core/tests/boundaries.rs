//! Every accepted case of every vector file, with characters moved from one of its parts to the next: where the signed bytes
//! stay the same, the request is refused all the same, or says the same.
#![cfg(all(feature = "testing", feature = "published-keys", feature = "xml"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

mod accepted;

use std::collections::BTreeMap;

use accepted::{Accepted, accepted};
use serde_json::Value;
use webhook_core::payment::{PaymentStatus, PaymentUpdates};
use webhook_core::testing::SignedRequest;
use webhook_core::{Coverage, Delivery};

/// So many cases of each provider, from the front: others differ in what their bodies say.
const CASES: usize = 3;
/// What senders put between the parts of what they sign.
const SEPARATORS: &[u8] = b".:|;,&";
/// So many characters move at once: a few, and what a time or an id is long.
const LENGTHS: [usize; 9] = [1, 2, 3, 4, 8, 10, 13, 20, 36];

/// All ways to move the end of the first text to the front of the second, or back: with nothing between the two, and with
/// each separator between them.
fn moved(first: &[u8], second: &[u8]) -> Vec<[Vec<u8>; 2]> {
    let mut moved = Vec::new();
    for length in LENGTHS {
        if let Some(at) = first.len().checked_sub(length) {
            moved.push([first[..at].to_vec(), [&first[at..], second].concat()]);
        }
        if length <= second.len() {
            moved.push([
                [first, &second[..length]].concat(),
                second[length..].to_vec(),
            ]);
        }
    }
    for separator in SEPARATORS {
        let of = |text: &[u8]| {
            let places = text
                .iter()
                .enumerate()
                .filter(|(_, byte)| *byte == separator);
            places.map(|(at, _)| at).collect::<Vec<_>>()
        };
        for at in of(first).into_iter().rev().take(4) {
            let behind = [&first[at + 1..], &[*separator], second].concat();
            moved.push([first[..at].to_vec(), behind]);
        }
        for at in of(second).into_iter().take(4) {
            let before = [first, &[*separator], &second[..at]].concat();
            moved.push([before, second[at + 1..].to_vec()]);
        }
    }
    moved
}

/// A text in a header's value: all of it, or what its punctuation sets apart.
#[derive(Clone, Copy)]
struct Token {
    line: usize,
    start: usize,
    end: usize,
}

impl Token {
    /// Those whose change is noticed.
    fn of(case: &Accepted) -> Vec<Self> {
        let mut tokens = Vec::new();
        for (line, (_, value)) in case.request.headers.iter().enumerate() {
            let mut start = 0;
            let ends = value.match_indices([',', ';', '=', ' ']).map(|(at, _)| at);
            for end in ends.chain([value.len()]) {
                tokens.push(Self { line, start, end });
                start = end + 1;
            }
            tokens.push(Self {
                line,
                start: 0,
                end: value.len(),
            });
        }
        tokens.retain(|token| {
            let text = token.text(&case.request);
            let other = if text.ends_with('1') { "2" } else { "1" };
            let changed = text.get(..text.len().saturating_sub(1));
            let changed = changed.map(|rest| [rest, other].concat());
            let request = changed.map(|text| token.put(case.request.clone(), &text));
            request.is_some_and(|request| case.verdict(request).is_err())
        });
        tokens
    }

    fn text(self, request: &SignedRequest) -> &str {
        &request.headers[self.line].1[self.start..self.end]
    }

    fn put(self, mut request: SignedRequest, text: &str) -> SignedRequest {
        let value = &mut request.headers[self.line].1;
        value.replace_range(self.start..self.end, text);
        request
    }
}

/// What a delivery tells as signed, each value that is there with its name.
fn told(delivery: &Delivery) -> BTreeMap<String, String> {
    let mut told = BTreeMap::new();
    let mut tell = |name: String, value: Option<String>| told.extend(value.map(|v| (name, v)));
    tell("id".to_owned(), delivery.id().map(str::to_owned));
    tell("kind".to_owned(), delivery.kind().map(str::to_owned));
    tell(
        "time".to_owned(),
        delivery.sent_at().map(|at| at.to_string()),
    );
    let updates = delivery.decode::<PaymentUpdates>();
    for (at, update) in updates.iter().flat_map(|updates| &updates.0).enumerate() {
        let text = |text: &Option<webhook_core::Text>| text.as_deref().map(str::to_owned);
        let amount = update.amount.transpose();
        let is_said = update.status != PaymentStatus::Unconfirmed;
        for (name, value) in [
            ("status", is_said.then(|| update.status.to_string())),
            ("amount", amount.map(|amount| format!("{amount:?}"))),
            ("reference", text(&update.reference)),
            ("transaction", text(&update.transaction_id)),
            ("event", text(&update.event_id)),
            ("time", update.time.map(|at| at.to_string())),
        ] {
            tell(format!("{name} {at}"), value);
        }
    }
    told
}

/// Less may be told, but nothing else.
fn require_told(before: &Accepted, after: &Delivery, moved: [&str; 2]) {
    let was_told = told(&before.delivery);
    for (name, value) in told(after) {
        let was = was_told.get(&name);
        assert_eq!(Some(&value), was, "{}: {name}, by {moved:?}", before.name);
    }
}

/// The first cases of each provider.
fn cases() -> Vec<Accepted> {
    let mut of_one = ("", 0);
    let mut cases = accepted();
    cases.retain(|case| {
        if of_one.0 != case.provider {
            of_one = (case.provider, 0);
        }
        of_one.1 += 1;
        of_one.1 <= CASES && case.delivery.coverage() != Coverage::SenderOnly
    });
    cases
}

#[test]
fn nothing_moves_between_a_header_and_the_body() {
    for case in cases().iter().filter(|case| case.signs_the_body()) {
        let body = &case.request.body;
        for token in Token::of(case) {
            let text = token.text(&case.request).as_bytes();
            let ahead = moved(text, body).into_iter();
            let behind = moved(body, text)
                .into_iter()
                .map(|[body, text]| [text, body]);
            for [text, moved] in ahead.chain(behind) {
                let Ok(text) = String::from_utf8(text) else {
                    continue;
                };
                let request = token.put(case.request.clone(), &text);
                let verdict = case.verdict(request.with_body(moved));
                assert!(verdict.is_err(), "{}: {text:?}", case.name);
            }
        }
    }
}

#[test]
fn nothing_moves_between_two_headers() {
    for case in &cases() {
        let tokens = Token::of(case);
        for first in &tokens {
            for second in tokens.iter().filter(|second| second.line != first.line) {
                let text = |token: &Token| token.text(&case.request).as_bytes().to_vec();
                for texts in moved(&text(first), &text(second)) {
                    let [Ok(one), Ok(two)] = texts.map(String::from_utf8) else {
                        continue;
                    };
                    let request = second.put(first.put(case.request.clone(), &one), &two);
                    if let Ok(delivery) = case.verdict(request) {
                        require_told(case, &delivery, [&one, &two]);
                    }
                }
            }
        }
    }
}

/// The texts of a body, and the body with others in their places.
enum Body {
    Form(Vec<(String, String)>),
    Json(Value, Vec<String>),
}

impl Body {
    fn read(body: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(body) {
            Ok(document) => {
                let mut pointers = Vec::new();
                texts(&document, String::new(), &mut pointers);
                Self::Json(document, pointers)
            }
            Err(_) => Self::Form(form_urlencoded::parse(body).into_owned().collect()),
        }
    }

    fn texts(&self) -> Vec<&str> {
        match self {
            Self::Form(pairs) => pairs.iter().map(|(_, value)| &**value).collect(),
            Self::Json(document, pointers) => {
                let text = |pointer: &String| document.pointer(pointer).unwrap().as_str().unwrap();
                pointers.iter().map(text).collect()
            }
        }
    }

    fn with(&self, changes: [(usize, &str); 2]) -> Vec<u8> {
        match self {
            Self::Form(pairs) => {
                let mut pairs = pairs.clone();
                for (at, text) in changes {
                    pairs[at].1 = text.to_owned();
                }
                let mut form = form_urlencoded::Serializer::new(String::new());
                form.extend_pairs(pairs).finish().into_bytes()
            }
            Self::Json(document, pointers) => {
                let mut document = document.clone();
                for (at, text) in changes {
                    *document.pointer_mut(&pointers[at]).unwrap() = text.into();
                }
                document.to_string().into_bytes()
            }
        }
    }
}

/// The pointers of all texts in a document.
fn texts(document: &Value, pointer: String, found: &mut Vec<String>) {
    match document {
        Value::String(_) => found.push(pointer),
        Value::Object(members) => {
            for (name, value) in members {
                texts(value, format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(elements) => {
            for (at, value) in elements.iter().enumerate() {
                texts(value, format!("{pointer}/{at}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn nothing_moves_between_two_fields_of_a_body() {
    let mut accepted = 0;
    for case in cases().iter().filter(|case| !case.signs_the_body()) {
        let body = Body::read(&case.request.body);
        let texts = body.texts();
        for (first, one) in texts.iter().enumerate() {
            for (second, two) in texts.iter().enumerate().filter(|(at, _)| *at != first) {
                for moved in moved(one.as_bytes(), two.as_bytes()) {
                    let [Ok(one), Ok(two)] = moved.map(String::from_utf8) else {
                        continue;
                    };
                    let changed = body.with([(first, &one), (second, &two)]);
                    let request = case.request.clone().with_body(changed);
                    if let Ok(delivery) = case.verdict(request) {
                        accepted += 1;
                        require_told(case, &delivery, [&one, &two]);
                    }
                }
            }
        }
    }
    // What is not signed at all can be moved, and changes nothing that is told.
    assert!(accepted > 0);
}
