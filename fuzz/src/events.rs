//! Any body, signed as each provider signs: it is accepted, or refused for its form, and reading it never panics.

use std::sync::LazyLock;

use serde_json::Value;
use webhook_core::{Answer, Endpoint};

use crate::Fared;
use crate::input::{Input, Output};
use crate::mutate::edited;
use crate::reads::as_everything;
use crate::receive::in_pieces;
use crate::vectors;
use webhook_testkit::{BODY, NOW, Request, Sender, senders};

struct Account {
    sender: Sender,
    endpoint: Endpoint,
    /// What its provider sends.
    bodies: Vec<Vec<u8>>,
}

static ACCOUNTS: LazyLock<Vec<Account>> =
    LazyLock::new(|| senders().into_iter().map(Account::new).collect());

impl Account {
    fn new(sender: Sender) -> Self {
        let own = sender.body(BODY).to_vec();
        let vectors = vectors::of(sender.provider).map(|vector| vector.request.body.to_vec());
        Self {
            endpoint: sender.endpoint(),
            bodies: std::iter::once(own).chain(vectors).collect(),
            sender,
        }
    }
}

/// Sender, then the body, then the cuts.
pub fn run(data: &[u8]) -> Fared {
    let mut input = Input::new(data);
    let account = input.choice(&ACCOUNTS);
    let body = body(account, &mut input);
    let Ok(signed) = account.sender.signer.sign(&body, NOW) else {
        return Fared::Refused;
    };
    let request = Request::from(signed);
    match in_pieces(&account.endpoint, &request, &mut input) {
        Ok(delivery) => {
            as_everything(&delivery);
            Fared::Accepted
        }
        // A signed handshake.
        Err(Answer::Reply(_)) => Fared::Refused,
        // One that lacks what is to be answered, as Zoom's may.
        Err(rejection) if is_half_a_handshake(&rejection) => Fared::Refused,
        Err(rejection) => {
            let name = account.sender.name;
            assert!(!account.sender.sends_anything(), "{name}: {rejection:?}");
            Fared::Refused
        }
    }
}

fn is_half_a_handshake(answer: &Answer) -> bool {
    matches!(answer, Answer::Rejection(rejection) if rejection.reason().contains("handshake"))
}

fn body(account: &Account, input: &mut Input<'_>) -> Vec<u8> {
    let what = input.byte() % 3;
    if what == 0 {
        return input.piece().to_vec();
    }
    let known = input.choice(&account.bodies);
    if what == 1 {
        return edited(known, input.piece());
    }
    let place = input.number();
    with_another_value(known, place, &input.text()).unwrap_or_else(|| known.clone())
}

/// A JSON document with another text, which need not be JSON, in the place of one of its values.
fn with_another_value(json: &[u8], place: usize, text: &str) -> Option<Vec<u8>> {
    const MARK: &str = "\u{1}";
    let mut document: Value = serde_json::from_slice(json).ok()?;
    let places = count(&document);
    *nth(&mut document, &mut (place % places))? = Value::from(MARK);
    let mark = Value::from(MARK).to_string();
    Some(document.to_string().replacen(&mark, text, 1).into_bytes())
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(values) => values.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// The value before which there are so many, in the order of the document.
fn nth<'a>(value: &'a mut Value, before: &mut usize) -> Option<&'a mut Value> {
    if *before == 0 {
        return Some(value);
    }
    *before -= 1;
    match value {
        Value::Array(values) => values.iter_mut().find_map(|value| nth(value, before)),
        Value::Object(members) => members.values_mut().find_map(|value| nth(value, before)),
        _ => None,
    }
}

/// Every body of every provider, and each with another value in some places.
pub fn seeds() -> Vec<Vec<u8>> {
    const VALUES: [&str; 6] = ["null", "-1", "0.5", "\"\"", "[]", "{}"];
    let start = |sender, what| Output::default().number(sender).byte(what);
    let seeds = |(sender, account): (usize, &Account)| {
        let bodies = account.bodies.iter().enumerate();
        let seeds = bodies.flat_map(|(index, body)| {
            let values = VALUES.iter().enumerate();
            let changed = values.map(move |(place, value)| {
                let output = start(sender, 2).number(index).number(place * 3 + index);
                output.piece(value.as_bytes()).rest(b"\x01\x09\x00")
            });
            changed.chain([start(sender, 0).piece(body).rest(b"")])
        });
        seeds.collect::<Vec<_>>()
    };
    ACCOUNTS.iter().enumerate().flat_map(seeds).collect()
}
