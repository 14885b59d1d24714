//! What holds for every sender, whatever the request.
#![cfg(all(feature = "testing", feature = "asymmetric"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::json;
use webhook_core::{Answer, Endpoint, Key, Keyring, Variants, provider};
use webhook_testkit::{
    BODY, Code, Request, Sender, code, outcome_in, receive, receive_in, received_by, senders,
};

#[test]
fn whatever_is_signed_is_accepted_in_any_pieces() {
    let input = (bodies(), vec(any::<Index>(), 0..6));
    for_all(48, &input, |sender, endpoint, (body, cuts)| {
        let request = sender.sign(body);
        let pieces = cut(&request.body, cuts);
        let delivery = receive_in(endpoint, &request, pieces).unwrap();
        prop_assert_eq!(delivery.body(), &request.body);
        prop_assert_eq!(delivery.provider(), sender.provider);
        prop_assert_eq!(delivery.coverage(), sender.coverage);
        Ok(())
    });
}

#[test]
fn what_a_stranger_signs_is_refused_in_any_pieces() {
    let input = (bodies(), vec(any::<Index>(), 0..6));
    for_all(16, &input, |sender, _, (body, cuts)| {
        let request = sender.sign(body);
        let pieces = cut(&request.body, cuts);
        let verdict = receive_in(&sender.stranger(), &request, pieces);
        prop_assert_eq!(code(&verdict), sender.refusal);
        Ok(())
    });
}

#[test]
fn order_and_case_of_headers_do_not_matter() {
    let input = (any::<u64>(), any::<u64>());
    for_all(32, &input, |sender, endpoint, (order, cases)| {
        let mut request = sender.genuine().and("Host", "shop.example");
        let count = request.headers.len() as u64;
        request.headers.rotate_left((order % count) as usize);
        if order & 1 == 1 {
            request.headers.reverse();
        }
        for (at, (name, _)) in request.headers.iter_mut().enumerate() {
            *name = in_mixed_case(name, cases.rotate_left(at as u32));
        }
        prop_assert_eq!(code(&receive(endpoint, &request)), "ok");
        Ok(())
    });
}

#[test]
fn arbitrary_headers_over_an_arbitrary_body_are_refused() {
    let input = (vec(header_values(), 8), bodies());
    for_all(48, &input, |sender, endpoint, (values, body)| {
        if !sender.signs_the_body() {
            return Ok(());
        }
        let mut request = sender.genuine().with_body(body.clone());
        for (name, value) in sender.headers().zip(values) {
            request = value.apply(request, name);
        }
        refused(sender, endpoint, &request)
    });
}

#[test]
fn an_arbitrary_signature_is_refused() {
    for_all(64, &signatures(), |sender, endpoint, signature| {
        let request = sender.with_signature(&sender.genuine(), signature.clone());
        refused(sender, endpoint, &request)
    });
}

fn refused(sender: &Sender, endpoint: &Endpoint, request: &Request) -> Result<(), TestCaseError> {
    let verdict = receive(endpoint, request);
    let is_ours = sender.our_faults.contains(&code(&verdict));
    prop_assert!(verdict.is_err_and(|rejection| is_ours || rejection.is_sender_fault()));
    Ok(())
}

#[test]
fn every_flipped_bit_of_a_signed_body_is_refused() {
    for sender in senders().iter().filter(|sender| sender.signs_the_body()) {
        let (endpoint, request) = (sender.endpoint(), sender.genuine());
        for flipped in flips(&request.body) {
            let forged = request.clone().with_body(flipped);
            let verdict = receive(&endpoint, &forged);
            assert_eq!(code(&verdict), "bad_signature", "{}", sender.name);
        }
    }
}

/// Signature, time and id, wherever they stand, with the punctuation between them.
#[test]
fn every_flipped_bit_of_a_signature_is_refused_unless_it_reads_the_same() {
    for sender in senders() {
        let (endpoint, request) = (sender.endpoint(), sender.genuine());
        let genuine = sender.signature(&request);
        for flipped in flips(genuine) {
            let forged = sender.with_signature(&request, flipped.clone());
            let verdict = receive(&endpoint, &forged);
            let is_same = (sender.reads)(genuine) == (sender.reads)(&flipped);
            let shown = String::from_utf8_lossy(&flipped);
            assert_eq!(verdict.is_ok(), is_same, "{}: {shown}", sender.name);
        }
    }
}

#[test]
fn every_flipped_bit_of_a_signed_header_is_refused() {
    for sender in senders() {
        let (endpoint, request) = (sender.endpoint(), sender.genuine());
        for name in sender.signed.iter().copied() {
            for flipped in flips(request.header(name)) {
                let forged = request.clone().with(name, flipped.clone());
                let verdict = receive(&endpoint, &forged);
                let shown = String::from_utf8_lossy(&flipped);
                assert!(verdict.is_err(), "{}: {name}: {shown}", sender.name);
            }
        }
    }
}

#[test]
fn a_header_that_is_signed_must_be_there_and_readable() {
    for sender in senders() {
        let (endpoint, request) = (sender.endpoint(), sender.genuine());
        for name in sender.header().iter().chain(&sender.signed) {
            let genuine = request.header(name);
            let huge = [genuine, &[b'1'; 100_000]].concat();
            let not_ascii = [genuine, b"\xff"].concat();
            for value in [
                b"".to_vec(),
                b" ".to_vec(),
                b"\xff".to_vec(),
                not_ascii,
                huge,
            ] {
                let forged = request.clone().with(name, value);
                let rejection = receive(&endpoint, &forged).unwrap_err();
                let is_ours = sender.our_faults.contains(&rejection.code());
                assert!(
                    is_ours || rejection.is_sender_fault(),
                    "{}: {name}",
                    sender.name
                );
            }
            let absent = receive(&endpoint, &request.clone().without(name));
            assert!(absent.is_err(), "{}: {name}", sender.name);
        }
    }
}

#[test]
fn a_header_that_is_only_read_can_hold_anything() {
    for sender in senders() {
        let (endpoint, request) = (sender.endpoint(), sender.genuine());
        let signed_id = receive(&endpoint, &request)
            .unwrap()
            .id()
            .map(str::to_owned);
        for name in sender.unsigned.iter().copied() {
            let bytes: [&[u8]; 4] = [b"", b" ", b"\xff", &[b'1'; 100_000]];
            let changed = bytes.map(|bytes| request.clone().with(name, bytes));
            for request in changed.into_iter().chain([request.clone().without(name)]) {
                let verdict = receive(&endpoint, &request);
                let is_said = match verdict {
                    Ok(delivery) => delivery.id() == signed_id.as_deref(),
                    Err(fault) => fault.is_sender_fault(),
                };
                assert!(is_said, "{}: {name}", sender.name);
            }
        }
    }
}

#[test]
fn two_different_lines_of_one_header_are_refused() {
    for sender in senders() {
        let request = sender.genuine();
        for name in sender.headers() {
            let expected = match sender.header() == Some(name) {
                true => sender.second_line,
                false => "malformed",
            };
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
                    let verdict = receive(&sender.endpoint(), &forged);
                    assert_eq!(code(&verdict), expected, "{}: {name}", sender.name);
                }
            }
        }
    }
}

#[test]
fn no_other_method_is_accepted() {
    for sender in senders() {
        for method in ["GET", "HEAD", "PUT", "DELETE", "post", ""] {
            if sender.methods.contains(&method) {
                continue;
            }
            let request = Request {
                method: method.to_owned(),
                ..sender.genuine()
            };
            let pieces = vec![request.body.clone()];
            let outcome = outcome_in(&sender.endpoint(), &request, pieces);
            let code = outcome.as_ref().map_or_else(Answer::code, |_| "ok");
            let expected = match asks_by(&sender, method) {
                true => "handshake",
                false => "method_not_allowed",
            };
            assert_eq!(code, expected, "{}: {method}", sender.name);
        }
    }
}

/// Whether any request by this method is a set-up request of the sender's.
fn asks_by(sender: &Sender, method: &str) -> bool {
    let about = provider::describe(sender.provider).unwrap();
    let any = format!("{method}, unsigned: ");
    about.handshakes.iter().any(|asked| asked.starts_with(&any))
}

#[test]
fn a_request_is_accepted_for_as_long_as_its_sender_says() {
    const YEAR: i64 = 365 * 24 * 60 * 60;
    for sender in senders() {
        let rows = match sender.window {
            Some([past, future]) => [
                (-past, "ok"),
                (-past - 1, "stale"),
                (future, "ok"),
                (future + 1, "future"),
            ],
            None => [(-YEAR / 2, "ok"), (-60, "ok"), (60, "ok"), (YEAR / 2, "ok")],
        };
        for (secs, expected) in rows {
            let request = sender.sign_at(BODY, webhook_testkit::NOW.plus_secs(secs));
            let verdict = receive(&sender.endpoint(), &request);
            assert_eq!(code(&verdict), expected, "{}: {secs}", sender.name);
        }
    }
}

#[test]
fn a_configured_tolerance_takes_the_place_of_the_senders() {
    // Their tokens say themselves how long they hold, and nothing else does.
    const BY_TOKEN: [&str; 2] = ["bird jwt", "livekit"];
    for sender in senders() {
        let Some([past, _]) = sender.window else {
            continue;
        };
        if BY_TOKEN.contains(&sender.name) {
            let settings = sender.settings_with("tolerance_seconds", json!(7));
            assert!(sender.made_of(&settings).is_err(), "{}", sender.name);
            continue;
        }
        // Its tokens are valid for as long as they say, and the tolerance longer.
        let lives = match sender.provider {
            "google-play-rtdn" | "google-pubsub" => past - 10,
            _ => 0,
        };
        let mut settings = sender.settings_with("tolerance_seconds", json!(7));
        settings["future_tolerance_seconds"] = json!(3);
        let endpoint = received_by(sender.made_of(&settings).unwrap());
        for (secs, expected) in [
            (-lives - 7, "ok"),
            (-lives - 8, "stale"),
            (3, "ok"),
            (4, "future"),
        ] {
            let request = sender.sign_at(BODY, webhook_testkit::NOW.plus_secs(secs));
            let verdict = receive(&endpoint, &request);
            assert_eq!(code(&verdict), expected, "{}: {secs}", sender.name);
        }
    }
}

#[test]
fn every_part_of_a_signature_alone_is_refused_unless_it_reads_the_same() {
    for sender in senders() {
        let (endpoint, request) = (sender.endpoint(), sender.genuine());
        let genuine = sender.signature(&request);
        let starts = (0..genuine.len()).map(|len| genuine[..len].to_vec());
        let ends = (1..genuine.len()).map(|len| genuine[len..].to_vec());
        let shorter = shorter_codes(&sender, std::str::from_utf8(genuine).unwrap());
        for part in starts.chain(ends).chain(shorter) {
            let forged = sender.with_signature(&request, part.clone());
            let verdict = receive(&endpoint, &forged);
            let is_same = (sender.reads)(genuine) == (sender.reads)(&part);
            let shown = String::from_utf8_lossy(&part);
            assert_eq!(verdict.is_ok(), is_same, "{}: {shown}", sender.name);
        }
    }
}

#[test]
fn any_key_of_a_keyring_matches_and_is_named() {
    for sender in senders() {
        let Some(keyed) = &sender.keyed else { continue };
        let request = sender.genuine();
        for count in 1..=5 {
            for place in 0..count {
                let keys: Vec<Key> = (0..count)
                    .map(|at| match at == place {
                        true => Key::new(keyed.own.as_str()).unwrap().named("the right one"),
                        false => Key::new((keyed.another)(at)).unwrap().named("another"),
                    })
                    .collect();
                let delivery = receive(&sender.with_keys(keyring(keys)), &request).unwrap();
                let key = delivery.key().unwrap();
                assert_eq!(
                    (key.index(), key.name()),
                    (usize::from(place), Some("the right one")),
                    "{}",
                    sender.name
                );
            }
        }
    }
}

#[test]
fn no_key_of_a_keyring_of_strangers_matches() {
    for sender in senders() {
        let Some(keyed) = &sender.keyed else { continue };
        let keys = (0..5).map(|at| Key::new((keyed.another)(at)).unwrap());
        let endpoint = sender.with_keys(keyring(keys.collect()));
        let verdict = receive(&endpoint, &sender.genuine());
        assert_eq!(code(&verdict), "bad_signature", "{}", sender.name);
    }
}

#[test]
fn of_all_variants_at_one_address_only_its_own_accepts_it() {
    let senders = senders();
    // Two ways in which one account signs share its key, and one address does not take both.
    let mut addresses: Vec<Variants> = Vec::new();
    let mut places = Vec::new();
    for (place, sender) in senders.iter().enumerate() {
        let both = |variants: Variants| {
            let own = variants.with(format!("own-{place}"), sender.endpoint())?;
            own.with(format!("other-{place}"), sender.stranger())
        };
        let found = addresses.iter().enumerate().find_map(|(at, address)| {
            let variants = both(address.clone()).ok()?;
            Some((at, variants))
        });
        let (at, variants) =
            found.unwrap_or_else(|| (addresses.len(), both(Variants::new()).unwrap()));
        match addresses.get_mut(at) {
            Some(address) => *address = variants,
            None => addresses.push(variants),
        }
        places.push(at);
    }
    assert!(addresses.len() < 4, "{} addresses", addresses.len());
    let addresses: Vec<Endpoint> = addresses.into_iter().map(Endpoint::new).collect();
    for (own, sender) in senders.iter().enumerate() {
        let at = |place: usize, variant: &str| {
            let genuine = sender.genuine();
            let query = genuine
                .target
                .find('?')
                .map_or("", |at| &genuine.target[at..]);
            let target = format!("/payments/process/{variant}-{place}{query}");
            let request = Request { target, ..genuine };
            code(&receive(&addresses[places[place]], &request))
        };
        assert_eq!(at(own, "own"), "ok", "{}", sender.name);
        for (place, other) in senders.iter().enumerate() {
            let verdict = at(place, "other");
            assert_ne!(verdict, "ok", "{} at {}", sender.name, other.name);
        }
    }
}

/// Runs a property against every sender.
fn for_all<S: Strategy>(
    cases: u32,
    input: &S,
    holds: impl Fn(&Sender, &Endpoint, &S::Value) -> Result<(), TestCaseError>,
) {
    for sender in senders() {
        let endpoint = sender.endpoint();
        let config = Config {
            cases,
            failure_persistence: None,
            ..Config::default()
        };
        let run = TestRunner::new(config).run(input, |input| holds(&sender, &endpoint, &input));
        run.unwrap_or_else(|error| panic!("{}: {error}", sender.name));
    }
}

/// Any bytes up to 4 KiB; some that look like what senders send.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => (any::<u64>(), 0..4096_usize).prop_map(|(seed, len)| noise(seed, len)),
        // A type of 0 or 1 is a ping of Discord.
        1 => r#"\{"(id|type|event_id|event)":("[a-z_.]{0,20}"|[2-9][0-9]{0,19}|null|\[\]|\{\})\}"#
            .prop_map(String::into_bytes),
        1 => "[a-z]{1,8}=[a-z%0-9+]{0,20}(&[a-z]{1,8}=[a-z]{0,8}){0,4}".prop_map(String::into_bytes),
    ]
}

/// Bytes without any order. A strategy for each of them would take longer than all that is tested.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    let next = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    };
    (0..len).map(next).collect()
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

/// What a stranger writes who has never seen a genuine one.
fn signatures() -> impl Strategy<Value = Vec<u8>> {
    let text = r"[ ,;=.tv01a]{0,6}(t=|v0=|v1=|v1,|v1a,|sha256=|)[0-9a-fA-F+/]{0,90}={0,3}[ ,]?";
    let known = r"(Basic |Bearer |ts=1,v1=|1/SHA256/|t=1;keyId=key-1;sig=|e30\.)[0-9a-zA-Z+/._-]{0,90}={0,3}";
    prop_oneof![
        2 => vec(any::<u8>(), 0..100),
        2 => text.prop_map(String::into_bytes),
        1 => known.prop_map(String::into_bytes),
        1 => "[0-9]{1,20}".prop_map(String::into_bytes),
    ]
}

fn header_values() -> impl Strategy<Value = HeaderValue> {
    prop_oneof![
        3 => Just(HeaderValue::Genuine),
        1 => Just(HeaderValue::Absent),
        6 => signatures().prop_map(HeaderValue::Bytes),
        2 => (any::<Index>(), any::<Index>(), vec(any::<u8>(), 0..4))
            .prop_map(|(from, to, bytes)| HeaderValue::Spliced(from, to, bytes)),
    ]
}

/// The same bytes with one bit turned, for every bit; of tokens of many kilobits for every seventh.
fn flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let bits = bytes.len() * 8;
    let step = if bits > 8000 { 7 } else { 1 };
    (0..bits).step_by(step).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}

/// The true code cut short before it was encoded: the flaw of RUSTSEC-2024-0010.
fn shorter_codes(sender: &Sender, signature: &str) -> Vec<Vec<u8>> {
    let [before, code, behind] = sender.parts(signature);
    let encode: fn(&[u8]) -> String = match sender.code {
        Code::Hex if code.bytes().any(|digit| digit.is_ascii_uppercase()) => {
            |bytes| const_hex::encode_upper(bytes)
        }
        Code::Hex => |bytes| const_hex::encode(bytes),
        Code::Base64 => Base64::encode_string,
        Code::Base64Url => Base64UrlUnpadded::encode_string,
        Code::HexInBase64 => |bytes| Base64::encode_string(const_hex::encode(bytes).as_bytes()),
        Code::Token | Code::Text => return Vec::new(),
    };
    let bytes = match sender.code {
        Code::Hex => const_hex::decode(code).unwrap(),
        Code::Base64Url => Base64UrlUnpadded::decode_vec(code).unwrap(),
        Code::HexInBase64 => const_hex::decode(Base64::decode_vec(code).unwrap()).unwrap(),
        _ => Base64::decode_vec(code).unwrap(),
    };
    assert_eq!(encode(&bytes), code, "{}", sender.name);
    let cut = |len: usize| format!("{before}{}{behind}", encode(&bytes[..len])).into_bytes();
    (0..bytes.len()).map(cut).collect()
}

fn keyring(keys: Vec<Key>) -> Keyring {
    let mut keys = keys.into_iter();
    let first = Keyring::new(keys.next().unwrap());
    keys.fold(first, Keyring::and)
}
