//! Every accepted case of every vector file, changed in every place: what a signature covers cannot be changed, and
//! whatever is sent, the answer is a verdict.
#![cfg(all(feature = "testing", feature = "published-keys", feature = "xml"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod accepted;
mod stored;

use accepted::accepted;
use bytes::Bytes;
use webhook_core::dedupe::DedupeKey;
use webhook_core::testing::SampleKeys;
use webhook_core::{Coverage, provider};

#[test]
fn no_bit_of_a_signed_body_can_be_changed() {
    for case in accepted().iter().filter(|case| case.signs_the_body()) {
        let body = &case.request.body;
        let step = body.len().div_ceil(400).max(1);
        for at in (0..body.len()).step_by(step) {
            let mut altered = body.to_vec();
            altered[at] ^= 1 << (at % 8);
            let verdict = case.verdict(case.request.clone().with_body(altered));
            assert!(verdict.is_err(), "{}: byte {at}", case.name);
        }
    }
}

#[test]
fn no_signed_body_can_be_cut_lengthened_or_replaced() {
    for case in accepted().iter().filter(|case| case.signs_the_body()) {
        let body = &case.request.body;
        let cut = |len: usize| body.slice(..len);
        let bodies = [
            Bytes::new(),
            cut(body.len() / 2),
            cut(body.len().saturating_sub(1)),
            Bytes::from([&body[..], b"x"].concat()),
            Bytes::from([&body[..], &body[..]].concat()),
            Bytes::from([&b"\xef\xbb\xbf"[..], &body[..]].concat()),
            Bytes::from(vec![b' '; 100_000]),
            Bytes::from(vec![b'['; 100_000]),
            Bytes::from_static(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"),
            Bytes::from_static(b"{}"),
        ];
        for (index, altered) in bodies.into_iter().enumerate() {
            if altered == *body {
                continue;
            }
            let verdict = case.verdict(case.request.clone().with_body(altered));
            assert!(
                verdict.is_err(),
                "{}: it claims that the body is signed, and is accepted with another one (number {index})",
                case.name
            );
        }
    }
}

/// What is not signed can be changed, but then it must not be told as signed.
#[test]
fn what_is_told_as_signed_cannot_be_changed() {
    for case in accepted() {
        let genuine = &case.delivery;
        let body = &case.request.body;
        let step = body.len().div_ceil(400).max(1);
        for at in (0..body.len()).step_by(step) {
            let mut altered = body.to_vec();
            altered[at] ^= 1 << (at % 7);
            let Ok(delivery) = case.verdict(case.request.clone().with_body(altered)) else {
                continue;
            };
            let (key, before) = (DedupeKey::of(&delivery), DedupeKey::of(genuine));
            if before.is_signed() {
                assert_eq!(
                    key, before,
                    "{}: byte {at} makes it another event",
                    case.name
                );
            }
            if delivery.id().is_some() && genuine.id().is_some() {
                assert_eq!(delivery.id(), genuine.id(), "{}: byte {at}", case.name);
            }
            if delivery.kind().is_some() && genuine.kind().is_some() {
                assert_eq!(delivery.kind(), genuine.kind(), "{}: byte {at}", case.name);
            }
        }
    }
}

/// Whoever replays a request could have it handled again in every order of its fields. One who has a request of a sender that signs
/// nothing can write any other.
#[test]
fn a_form_in_another_order_is_refused_or_the_same_event() {
    let signs_nothing =
        |case: &&accepted::Accepted| case.delivery.coverage() == Coverage::SenderOnly;
    for case in accepted().iter().filter(|case| !signs_nothing(case)) {
        let Some(form) = std::str::from_utf8(&case.request.body).ok() else {
            continue;
        };
        let mut pairs: Vec<&str> = form.split('&').collect();
        if pairs.len() < 2 || form.starts_with(['{', '[', '<']) {
            continue;
        }
        pairs.rotate_left(1);
        let turned = pairs.join("&");
        let doubled = format!("{form}&{}", pairs[0]);
        for (changed, how) in [(turned, "in another order"), (doubled, "written twice")] {
            if let Ok(delivery) = case.verdict(case.request.clone().with_body(changed)) {
                let (key, before) = (DedupeKey::of(&delivery), DedupeKey::of(&case.delivery));
                assert_eq!(
                    key, before,
                    "{}: fields {how} are another event: give the `Proof` an `identity` of what is signed",
                    case.name
                );
            }
        }
    }
}

#[test]
fn removing_the_header_of_a_signature_is_refused() {
    for case in accepted() {
        let without = |name: &str| {
            let mut request = case.request.clone();
            request
                .headers
                .retain(|(own, _)| !own.eq_ignore_ascii_case(name));
            request
        };
        let names: Vec<&str> = case
            .request
            .headers
            .iter()
            .map(|(name, _)| &**name)
            .collect();
        let needed = names
            .iter()
            .filter(|name| case.verdict(without(name)).is_err());
        let needed = needed.count();
        // Where the signature stands in the body, bytes of it count.
        let body = &case.request.body;
        let counts = |at: usize| {
            let mut altered = body.to_vec();
            altered[at] ^= 1;
            case.verdict(case.request.clone().with_body(altered))
                .is_err()
        };
        // Where it stands in the query, bytes of that.
        let target = &case.request.target;
        let counts_in_target = |at: usize| {
            let mut request = case.request.clone();
            let with = match target.as_bytes()[at] {
                b'0' => "1",
                _ => "0",
            };
            request.target.replace_range(at..=at, with);
            case.verdict(request).is_err()
        };
        let is_in_body = (0..body.len()).any(counts);
        let query = target.find('?').unwrap_or(target.len());
        let is_in_target = || (query..target.len()).any(counts_in_target);
        assert!(needed > 0 || is_in_body || is_in_target(), "{}", case.name);
    }
}

#[test]
fn headers_of_any_content_get_a_verdict() {
    let long = "9".repeat(100_000);
    let values = [
        "",
        " ",
        ",",
        "=",
        ";",
        "t=",
        "v1=",
        "é",
        "\u{7f}",
        "0",
        "-1",
        "99999999999999999999",
        "a.b.c",
        "Basic ",
        "Bearer ",
        "https://",
        "sha256=",
        "null",
        &long,
    ];
    for case in accepted() {
        for (index, (name, _)) in case.request.headers.iter().enumerate() {
            for value in values {
                let mut request = case.request.clone();
                request.headers[index].1 = value.to_owned();
                let replaced = case.verdict(request);

                let mut request = case.request.clone();
                request.headers.push((name.clone(), value.to_owned()));
                let doubled = case.verdict(request);
                for delivery in [replaced, doubled].into_iter().flatten() {
                    assert_eq!(
                        delivery.body(),
                        case.delivery.body(),
                        "{}: {name}",
                        case.name
                    );
                }
            }
        }
    }
}

#[test]
fn bodies_of_any_content_get_a_verdict() {
    let deep = "[".repeat(200_000);
    let wide = format!("{{{}\"a\":1}}", "\"a\":1,".repeat(20_000));
    let form = "a=1&".repeat(50_000);
    let bodies = [
        "",
        "null",
        "0",
        "\"\"",
        "[]",
        "{}",
        "{",
        "[{}]",
        "a=b",
        "&",
        "%",
        "=",
        "<",
        "<a>",
        "<?xml?>",
        "\u{0}",
        "\u{feff}{}",
        &deep,
        &wide,
        &form,
    ];
    for case in accepted() {
        for body in bodies
            .iter()
            .filter(|body| case.request.body != body.as_bytes())
        {
            let request = case.request.clone().with_body(body.to_string());
            if let Ok(delivery) = case.verdict(request) {
                let weak = matches!(delivery.coverage(), Coverage::Fields | Coverage::SenderOnly);
                assert!(weak, "{}", case.name);
            }
        }
    }
}

#[test]
fn no_other_method_is_accepted() {
    for case in accepted() {
        let samples = provider::samples(case.provider, &SampleKeys::new()).unwrap();
        let is_its = |method| samples.iter().any(|it| it.methods.contains(&method));
        for method in ["GET", "HEAD", "PUT", "DELETE", "post", ""] {
            if is_its(method) {
                continue;
            }
            let mut request = case.request.clone();
            method.clone_into(&mut request.method);
            assert!(case.verdict(request).is_err(), "{}: {method}", case.name);
        }
    }
}
