//! What holds for every provider, whatever the request.
#![cfg(all(feature = "testing", feature = "asymmetric"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use common::{Account, Request, accounts, code, receive, receive_in, received_by};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use webhook_core::{Key, Keyring};

/// About 300 bytes, as a small event is.
const BODY: &[u8] = br#"{"id":"evt_1QfT3kAbCdEfGhIjKlMnOpQr","event_id":"6a8f5f28-54a1-4eb0-a98a-3111513fd4fc","type":"order.paid","created_at":"2026-08-05T09:00:00.000Z","data":{"object":{"id":"order-4711","amount":10990,"currency":"eur","note":"Gr\u00f6\u00dfe \"M\"","lines":[{"sku":"A-1","count":2},{"sku":"B-7","count":1}]}}}"#;

#[test]
fn whatever_is_signed_is_accepted_in_any_pieces() {
    let input = (bodies(), vec(any::<Index>(), 0..6));
    for_all(48, &input, |account, (body, cuts)| {
        let request = account.sign(body);
        let pieces = cut(&request.body, cuts);
        let delivery = receive_in(&account.endpoint(), &request, pieces).unwrap();
        prop_assert_eq!(delivery.body(), &request.body);
        prop_assert_eq!(delivery.provider(), account.provider);
        Ok(())
    });
}

#[test]
fn what_a_stranger_signs_is_refused_in_any_pieces() {
    let input = (bodies(), vec(any::<Index>(), 0..6));
    for_all(16, &input, |account, (body, cuts)| {
        let request = account.sign(body);
        let pieces = cut(&request.body, cuts);
        let verdict = receive_in(&account.stranger(), &request, pieces);
        prop_assert_eq!(code(&verdict), "bad_signature");
        Ok(())
    });
}

#[test]
fn order_and_case_of_headers_do_not_matter() {
    let input = (any::<u64>(), any::<u64>());
    for_all(32, &input, |account, (order, cases)| {
        let mut request = account.sign(BODY).and("Host", "shop.example");
        let count = request.headers.len() as u64;
        request.headers.rotate_left((order % count) as usize);
        if order & 1 == 1 {
            request.headers.reverse();
        }
        for (at, (name, _)) in request.headers.iter_mut().enumerate() {
            *name = in_mixed_case(name, cases.rotate_left(at as u32));
        }
        prop_assert_eq!(code(&receive(&account.endpoint(), &request)), "ok");
        Ok(())
    });
}

#[test]
fn arbitrary_headers_over_an_arbitrary_body_are_refused() {
    let input = (vec(header_values(), 8), bodies());
    for_all(256, &input, |account, (values, body)| {
        let mut request = account.sign(BODY).with_body(body.clone());
        for (name, value) in account.headers().zip(values) {
            request = value.apply(request, name);
        }
        let verdict = receive(&account.endpoint(), &request);
        prop_assert!(verdict.is_err_and(|rejection| rejection.is_sender_fault()));
        Ok(())
    });
}

#[test]
fn every_flipped_bit_of_the_body_is_refused() {
    for account in accounts() {
        let (endpoint, request) = (account.endpoint(), account.sign(BODY));
        for flipped in flips(&request.body) {
            let forged = request.clone().with_body(flipped);
            let verdict = receive(&endpoint, &forged);
            assert_eq!(code(&verdict), "bad_signature", "{}", account.name);
        }
    }
}

/// Signature, time and id, wherever a scheme has them, with the punctuation between them.
#[test]
fn every_flipped_bit_of_what_the_head_signs_is_refused() {
    for account in accounts() {
        let (endpoint, request) = (account.endpoint(), account.sign(BODY));
        for name in std::iter::once(&account.signature).chain(account.signed) {
            let genuine = request.header(name);
            for flipped in flips(genuine) {
                if is_same_hex(&account, genuine, &flipped) {
                    continue;
                }
                let forged = request.clone().with(name, flipped.clone());
                let verdict = receive(&endpoint, &forged);
                let shown = String::from_utf8_lossy(&flipped);
                assert!(verdict.is_err(), "{}: {name}: {shown}", account.name);
            }
        }
    }
}

#[test]
fn two_different_lines_of_one_header_are_refused() {
    for account in accounts() {
        let request = account.sign(BODY);
        for name in account.headers() {
            let lines = [
                b"".to_vec(),
                b"something else".to_vec(),
                request.header(name).to_ascii_uppercase(),
                [request.header(name), b" "].concat(),
            ];
            for line in lines {
                if line == request.header(name) {
                    continue;
                }
                let last = request.clone().and(name, line.clone());
                let mut first = last.clone();
                first.headers.reverse();
                for forged in [first, last] {
                    let verdict = receive(&account.endpoint(), &forged);
                    assert_eq!(code(&verdict), "malformed", "{}: {name}", account.name);
                }
            }
        }
    }
}

#[test]
fn every_part_of_the_signature_alone_is_refused() {
    for account in accounts() {
        let (endpoint, request) = (account.endpoint(), account.sign(BODY));
        let value = request.header(account.signature);
        let starts = (0..value.len()).map(|len| value[..len].to_vec());
        let ends = (1..value.len()).map(|len| value[len..].to_vec());
        for part in starts.chain(ends).chain(shorter_codes(&request, &account)) {
            let forged = request.clone().with(account.signature, part.clone());
            let shown = String::from_utf8_lossy(&part);
            let verdict = receive(&endpoint, &forged);
            assert!(verdict.is_err(), "{}: {shown}", account.name);
        }
    }
}

#[test]
fn any_key_of_a_keyring_matches_and_is_named() {
    for account in accounts() {
        let request = account.sign(BODY);
        for count in 1..=5 {
            for place in 0..count {
                let keys: Vec<Key> = (0..count)
                    .map(|at| match at == place {
                        true => Key::new(account.key).unwrap().named("the right one"),
                        false => Key::new(stranger(&account, at)).unwrap().named("another"),
                    })
                    .collect();
                let endpoint = received_by(account.verifier(keyring(keys)));
                let delivery = receive(&endpoint, &request).unwrap();
                let key = delivery.key().unwrap();
                assert_eq!(
                    (key.index(), key.name()),
                    (usize::from(place), Some("the right one"))
                );
            }
        }
    }
}

#[test]
fn no_key_of_a_keyring_of_strangers_matches() {
    for account in accounts() {
        let keys = (0..5).map(|at| Key::new(stranger(&account, at)).unwrap());
        let endpoint = received_by(account.verifier(keyring(keys.collect())));
        let verdict = receive(&endpoint, &account.sign(BODY));
        assert_eq!(code(&verdict), "bad_signature", "{}", account.name);
    }
}

/// Runs a property against every account.
fn for_all<S: Strategy>(
    cases: u32,
    input: &S,
    holds: impl Fn(&Account, &S::Value) -> Result<(), TestCaseError>,
) {
    for account in accounts() {
        let config = Config {
            cases,
            failure_persistence: None,
            ..Config::default()
        };
        let run = TestRunner::new(config).run(input, |input| holds(&account, &input));
        run.unwrap_or_else(|error| panic!("{}: {error}", account.name));
    }
}

/// Any bytes up to 4 KiB; some that look like what senders send.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => vec(any::<u8>(), 0..4096),
        1 => r#"\{"(id|type|event_id|event)":("[a-z_.]{0,20}"|[0-9]{1,20}|null|\[\]|\{\})\}"#
            .prop_map(String::into_bytes),
        1 => "[a-z]{1,8}=[a-z%0-9+]{0,20}(&[a-z]{1,8}=[a-z]{0,8}){0,4}".prop_map(String::into_bytes),
    ]
}

fn cut(body: &Bytes, cuts: &[Index]) -> Vec<Bytes> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
    at.extend([0, body.len()]);
    at.sort_unstable();
    at.windows(2)
        .map(|ends| body.slice(ends[0]..ends[1]))
        .collect()
}

fn in_mixed_case(name: &str, cases: u64) -> String {
    let letter = |(at, letter): (usize, char)| match cases >> (at % 64) & 1 {
        1 => letter.to_ascii_uppercase(),
        _ => letter,
    };
    name.chars().enumerate().map(letter).collect()
}

/// What a stranger writes into one header.
#[derive(Clone, Debug)]
enum HeaderValue {
    Genuine,
    Absent,
    Bytes(Vec<u8>),
    /// What is genuine, with something else in its middle.
    Spliced(Index, Index, Vec<u8>),
}

impl HeaderValue {
    fn apply(&self, request: Request, name: &str) -> Request {
        match self {
            Self::Genuine => request,
            Self::Absent => request.without(name),
            Self::Bytes(bytes) => request.with(name, bytes.clone()),
            Self::Spliced(from, to, bytes) => {
                let value = request.header(name).to_vec();
                let [from, to] = [from, to].map(|at| at.index(value.len() + 1));
                let (from, to) = (from.min(to), from.max(to));
                let spliced = [&value[..from], bytes, &value[to..]].concat();
                request.with(name, spliced)
            }
        }
    }
}

fn header_values() -> impl Strategy<Value = HeaderValue> {
    let text = r"[ ,;=.tv01a]{0,6}(t=|v0=|v1=|v1,|v1a,|sha256=|)[0-9a-fA-F+/]{0,90}={0,3}[ ,]?";
    prop_oneof![
        3 => Just(HeaderValue::Genuine),
        1 => Just(HeaderValue::Absent),
        2 => vec(any::<u8>(), 0..100).prop_map(HeaderValue::Bytes),
        2 => text.prop_map(|text| HeaderValue::Bytes(text.into_bytes())),
        1 => "[0-9]{1,20}".prop_map(|text| HeaderValue::Bytes(text.into_bytes())),
        2 => (any::<Index>(), any::<Index>(), vec(any::<u8>(), 0..4))
            .prop_map(|(from, to, bytes)| HeaderValue::Spliced(from, to, bytes)),
    ]
}

/// The same bytes with one bit turned, for every bit.
fn flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}

/// One bit tells `a` from `A`, and both are the same hexadecimal digit.
fn is_same_hex(account: &Account, genuine: &[u8], flipped: &[u8]) -> bool {
    let is_hex = matches!(account.provider, "github" | "slack" | "stripe");
    let code = genuine.len() - genuine.len().min(64);
    is_hex && genuine[..code] == flipped[..code] && genuine.eq_ignore_ascii_case(flipped)
}

/// The true code cut short before it was encoded: the flaw of RUSTSEC-2024-0010.
fn shorter_codes(request: &Request, account: &Account) -> Vec<Vec<u8>> {
    let value = request.text(account.signature);
    let (prefix, code) = match value.trim_end_matches('=').rfind([',', '=']) {
        Some(at) => value.split_at(at + 1),
        None => ("", value),
    };
    let hex = const_hex::decode(code).ok();
    let bytes = match &hex {
        Some(bytes) => bytes.clone(),
        None => Base64::decode_vec(code).unwrap(),
    };
    let encode = |bytes: &[u8]| match hex {
        Some(_) => const_hex::encode(bytes),
        None => Base64::encode_string(bytes),
    };
    assert_eq!(format!("{prefix}{}", encode(&bytes)), value);
    (0..bytes.len())
        .map(|len| format!("{prefix}{}", encode(&bytes[..len])).into_bytes())
        .collect()
}

/// A key that is not the account's.
fn stranger(account: &Account, number: u8) -> String {
    let prefix = if account.is_asymmetric() {
        "whpk_"
    } else {
        "whsec_"
    };
    format!("{prefix}{}", Base64::encode_string(&[number + 1; 32]))
}

fn keyring(keys: Vec<Key>) -> Keyring {
    let mut keys = keys.into_iter();
    let first = Keyring::new(keys.next().unwrap());
    keys.fold(first, Keyring::and)
}
