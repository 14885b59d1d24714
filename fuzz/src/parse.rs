//! What people paste into the command line tool: raw HTTP, curl commands, HAR documents, cases, lines of a store.

use std::fs;

use bytes::Bytes;
use webhook_cli::capture::{Capture, Verdict};
use webhook_cli::parse::{self, Input};
use webhook_cli::request::Request;
use webhook_cli::{text, write};
use webhook_core::UnixTime;

use crate::Fared;

/// Through the one entry point: what is read can be written in each form, and is then read as the same.
pub fn run(data: &[u8]) -> Fared {
    let read = parse::parse(data);
    drop(parse::parse_named(data, Some("1")));
    match read {
        Ok(input) => {
            assert!(input.notes.iter().all(|note| text::is_harmless(note)));
            is_read_again(&input.request);
            Fared::Accepted
        }
        Err(error) => {
            assert!(text::is_harmless(&error.to_string()), "{error:?}");
            Fared::Refused
        }
    }
}

/// The parser that the first byte names, whatever the input looks like.
pub fn run_one(data: &[u8]) -> Fared {
    let (which, data) = data.split_first().unwrap_or((&0, &[]));
    let was_read = match which % 6 {
        0 => told(parse::http::parse(data)),
        1 => told(parse::curl::parse(data)),
        2 => told(parse::json::parse(data, None)),
        3 => told(parse::chunked::decode(data)),
        4 => told(parse::shell::split(data)),
        _ => told(parse::cmd::split(data)),
    };
    match was_read {
        true => Fared::Accepted,
        false => Fared::Refused,
    }
}

fn told<T>(read: Result<T, parse::ParseError>) -> bool {
    if let Err(error) = &read {
        assert!(text::is_harmless(&error.to_string()), "{error:?}");
    }
    read.is_ok()
}

fn again(written: &[u8]) -> Request {
    let Input { request, .. } = parse::parse(written)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(written)));
    request
}

fn is_read_again(request: &Request) {
    assert_eq!(
        comparable(&again(&write::http(request))),
        comparable(request)
    );
    // curl does not send a fragment, and has no way to ask for `*`.
    if request.target.starts_with('/') && !request.target.contains('#') {
        let url = format!("http://127.0.0.1{}", request.target);
        let command = write::curl(request, &url);
        assert!(command.split('\n').all(text::is_harmless), "{command:?}");
        assert_eq!(
            comparable(&again(command.as_bytes())),
            comparable(request),
            "{command}"
        );
    }
    let capture = Capture {
        id: 1,
        at: UnixTime::from_secs(0),
        request: request.clone(),
        verdict: Verdict::default(),
        answers: Vec::new(),
        replay_of: None,
    };
    let case = write::vector(&capture).to_string();
    let masked = write::without_secrets(request.clone()).request;
    assert_eq!(again(case.as_bytes()), masked);
    // What is masked is not masked again.
    let twice = write::without_signatures(write::without_signatures(masked.clone()).request);
    assert_eq!(twice.request, write::without_signatures(masked).request);
}

/// Without what the forms say in their own way, and without white space around values.
fn comparable(request: &Request) -> Request {
    let mut request = request.clone();
    for name in ["host", "content-length", "transfer-encoding"] {
        request = request.without(name);
    }
    for (_, value) in &mut request.headers {
        *value = Bytes::copy_from_slice(value.trim_ascii());
    }
    request
}

/// A request in each form, and the beginnings of the vectors.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = SEEDS.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    let stripe = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../webhook-core/tests/vectors/stripe.json"
    );
    let file: serde_json::Value = serde_json::from_slice(&fs::read(stripe).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap().iter().take(4);
    seeds.extend(cases.map(|case| case.to_string().into_bytes()));
    seeds
}

/// The same for each parser.
pub fn seeds_of_one() -> Vec<Vec<u8>> {
    let parsers = 0..6;
    let seeds = seeds();
    parsers
        .flat_map(|which| {
            let of_one = |seed: &Vec<u8>| [&[which], seed.as_slice()].concat();
            seeds.iter().map(of_one).collect::<Vec<_>>()
        })
        .collect()
}

const SEEDS: &[&str] = &[
    "POST /hook?a=b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nX-A: \u{e4}\r\n\r\nabc",
    "POST https://h/a HTTP/2\nstripe-signature: t=1,v1=00\n\n{}",
    ":authority: h\n:method: POST\n:path: /a\nauthorization: Basic eDp5\n\nx",
    "POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n3;a=b\nabc\n0\n\n",
    "3\r\nabc\r\n0\r\n\r\n",
    "curl 'https://h/a?b' \\\n  -H 'A: b' -H 'C;' -H 'D:' \\\n  --data-raw $'{\"a\":\"\\u00e4\\'\\x41\\101\"}' --compressed",
    "curl -sSLXPUT -d a=b --data-urlencode 'c=d e' -u x:y -b k=v h",
    "curl ^\"https://h/a^\" ^\n  -H ^\"A: b^\" ^\n  --data-raw ^\"^{^\\^\"a^\\^\":1^}^\"",
    "printf '%b' 'a\\0377\\n' | curl --json @- -H \"$(printf '%b' 'X: \\0377')\" http://h/",
    r#"{"log":{"entries":[{"startedDateTime":"2026-08-05T09:00:00Z","request":{"method":"POST","url":"https://h/a","headers":[{"name":"A","value":"b"}],"bodySize":1,"postData":{"text":"eA==","encoding":"base64"}}}]}}"#,
    r#"{"request":{"method":"POST","url":"https://h/a","headers":[],"postData":{"text":"x"}}}"#,
    r#"{"provider":"stripe","cases":[{"name":"1","now":1,"config":{},"expect":{"outcome":"ok"},"request":{"method":"POST","url":"/","headers":[["A","b"]],"headers_base64":[[0,"/w=="]],"body_base64":"eA=="}}]}"#,
    "{\"id\":1,\"request\":{\"method\":\"POST\",\"url\":\"/\",\"headers\":[[\"cookie\",\"a=b\"]],\"body_base64\":\"\"},\"masked\":[\"cookie\"]}\n{\"id\":2,\"requ",
    "hello",
    "curl",
];
