//! Every use of a place in a scheme with every place: what the signer signs, the engine and a reference accept, and of
//! whatever one byte makes of it both say the same.

use bytes::Bytes;
use webhook_core::Endpoint;
use webhook_core::scheme::{Algorithm, Condition, Field, Part, Scheme, Signature, Timestamp};
use webhook_core::testing::{FixedClock, Sign, Signer};

use crate::mutate::Random;
use crate::reference::{behind, entries, hex_matches, moment, one_value, time_entry, within};
use webhook_testkit::{NOW, Request, receive};

const KEY: &str = "the key of an account";

/// Where the value stands: under the name `place` in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Header,
    Query,
    Json,
    Form,
}

/// What the value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Signature,
    SignatureAndTime,
    Time,
    SignedField,
    FieldBeforeBody,
    Required,
}

const PLACES: [Place; 4] = [Place::Header, Place::Query, Place::Json, Place::Form];
const USES: [Use; 6] = [
    Use::Signature,
    Use::SignatureAndTime,
    Use::Time,
    Use::SignedField,
    Use::FieldBeforeBody,
    Use::Required,
];

/// The uses of one place, as a scheme writes them.
macro_rules! scheme {
    ($use:expr, $field:expr, $other:expr) => {
        match $use {
            Use::Signature => ACME
                .signature(Signature::first_of(&[$field]))
                .signed_content(&[Part::FirstOf(&[$other])]),
            Use::SignatureAndTime => ACME
                .signature(Signature::first_of(&[$field]).separator(b',').prefix("v1="))
                .timestamp(Timestamp::entry("t=").tolerance(300))
                .signed_content(&[Part::Timestamp, DOT, Part::FirstOf(&[$other])]),
            Use::Time => ACME
                .timestamp(Timestamp::first_of(&[$field]).tolerance(300))
                .signed_content(&[Part::Timestamp, DOT, Part::Body]),
            Use::SignedField => ACME
                .signed_content(&[Part::FirstOf(&[$field])])
                .id(&[$field]),
            Use::FieldBeforeBody => {
                const SIGNED: &[Part] = &[Part::FirstOf(&[$field]), DOT, Part::Body];
                ACME.signed_content(SIGNED).id(&[$field])
            }
            Use::Required => ACME.require(&[Condition::Equals($field, "wanted")]),
        }
    };
}

const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256);
const DOT: Part = Part::Literal(".");

fn scheme(place: Place, used: Use) -> Scheme {
    match place {
        Place::Header => scheme!(used, Field::Header("place"), Field::Json("/other")),
        Place::Query => scheme!(used, Field::Query("place"), Field::Json("/other")),
        Place::Json => scheme!(used, Field::Json("/place"), Field::Json("/other")),
        Place::Form => scheme!(used, Field::Form("place"), Field::Form("other")),
    }
}

/// Asserts it all, with this many changes of each request; says how many of them were accepted and refused.
pub fn compare(changes: usize) -> [usize; 2] {
    let mut random = Random::new(0x91ace5);
    let mut fared = [0, 0];
    for place in PLACES {
        for used in USES {
            let scheme = scheme(place, used);
            let is_named = matches!(used, Use::SignedField | Use::FieldBeforeBody);
            let body: &[u8] = match place {
                Place::Form if is_named => b"other=abc&place=one",
                Place::Form => b"other=abc",
                Place::Json if is_named => br#"{"other":"abc","place":"one"}"#,
                _ => br#"{"other":"abc"}"#,
            };
            let signer = Signer::new(scheme, KEY).unwrap().id("one");
            let genuine: Request = signer.sign(body, NOW).unwrap().into();
            let verifier = scheme.verifier(KEY).unwrap();
            let endpoint = Endpoint::new(verifier).clock(FixedClock::at(NOW));
            let is_accepted = |request: &Request| receive(&endpoint, request).is_ok();
            assert!(is_accepted(&genuine), "{place:?} {used:?}");
            assert!(accepts(place, used, &genuine), "{place:?} {used:?}");
            for _ in 0..changes {
                let changed = changed(&genuine, &mut random);
                let expected = accepts(place, used, &changed);
                assert_eq!(
                    is_accepted(&changed),
                    expected,
                    "{place:?} {used:?}: {} {:?} {:?}",
                    changed.target,
                    changed.headers,
                    changed.body
                );
                fared[usize::from(!expected)] += 1;
            }
        }
    }
    fared
}

/// One byte of the target, of a header's value or of the body becomes another that may stand there.
fn changed(request: &Request, random: &mut Random) -> Request {
    const BYTES: &[u8] = b"0123456789abcdefvt=,.&;:+?/ {}\"-";
    let mut changed = request.clone();
    let with = BYTES[random.below(BYTES.len())];
    let at_any = |value: &mut [u8], random: &mut Random| {
        if !value.is_empty() {
            let at = random.below(value.len());
            value[at] = with;
        }
    };
    match random.below(3) {
        0 => {
            let mut target = changed.target.into_bytes();
            at_any(&mut target, random);
            changed.target = String::from_utf8(target).unwrap();
        }
        1 if !changed.headers.is_empty() => {
            let line = random.below(changed.headers.len());
            at_any(&mut changed.headers[line].1, random);
        }
        _ => {
            let mut body = changed.body.to_vec();
            at_any(&mut body, random);
            changed.body = Bytes::from(body);
        }
    }
    changed
}

fn accepts(place: Place, used: Use, request: &Request) -> bool {
    judge(place, used, request).is_some()
}

/// By what the scheme says, in the plainest way.
fn judge(place: Place, used: Use, request: &Request) -> Option<()> {
    let value = read(place, "place", request)?;
    let value = value.as_bytes();
    let other = || match place {
        Place::Form => read(Place::Form, "other", request),
        _ => read(Place::Json, "other", request),
    };
    let in_header = || one_value(request, "signature").map(<[u8]>::trim_ascii);
    let keys = [KEY.as_bytes()];
    let now = NOW.as_secs();
    match used {
        Use::Signature => hex_matches(&keys, &[other()?.as_bytes()], &[value.trim_ascii()]),
        Use::SignatureAndTime => {
            let entries = entries(value, b',');
            let time = time_entry(&entries, b"t=")?;
            within(moment(time)?, now, 300)?;
            let codes = behind(&entries, b"v1=");
            hex_matches(&keys, &[time, b".", other()?.as_bytes()], &codes)
        }
        Use::Time => {
            within(moment(value)?, now, 300)?;
            hex_matches(&keys, &[value, b".", &request.body], &[in_header()?])
        }
        Use::SignedField => hex_matches(&keys, &[value], &[in_header()?]),
        Use::FieldBeforeBody => {
            if value.contains(&b'.') {
                return None;
            }
            hex_matches(&keys, &[value, b".", &request.body], &[in_header()?])
        }
        Use::Required => {
            hex_matches(&keys, &[&request.body], &[in_header()?])?;
            (value == b"wanted").then_some(())
        }
    }
}

/// A value that is there and not empty, once or each time alike.
fn read(place: Place, name: &str, request: &Request) -> Option<String> {
    let value = match place {
        Place::Header => {
            let value = one_value(request, name)?.to_vec();
            let value = String::from_utf8(value).ok()?;
            value
                .bytes()
                .all(|b| (0x20..0x7f).contains(&b))
                .then_some(value)
        }
        Place::Query => {
            let (_, query) = request.target.split_once('?')?;
            pair(query.as_bytes(), name)
        }
        Place::Json => {
            let document: serde_json::Value = serde_json::from_slice(&request.body).ok()?;
            match document.get(name)? {
                serde_json::Value::String(text) => Some(text.clone()),
                serde_json::Value::Number(number) if number.as_i64().is_some() => {
                    Some(number.to_string())
                }
                _ => None,
            }
        }
        Place::Form => {
            let first = request.body.iter().find(|byte| !byte.is_ascii_whitespace());
            if matches!(first, Some(b'{' | b'[' | b'"')) {
                return None;
            }
            pair(&request.body, name)
        }
    };
    value.filter(|value| !value.is_empty())
}

fn pair(form: &[u8], name: &str) -> Option<String> {
    let pairs = form_urlencoded::parse(form);
    let mut values: Vec<String> = pairs
        .filter(|(own, _)| own == name)
        .map(|(_, value)| value.into_owned())
        .collect();
    values.dedup();
    match &mut values[..] {
        [value] => Some(std::mem::take(value)),
        _ => None,
    }
}
