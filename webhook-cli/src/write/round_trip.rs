//! What is written can be read again.

use bytes::Bytes;
use proptest::prelude::*;
use webhook_core::UnixTime;

use crate::capture::{Capture, Verdict};
use crate::parse::parse;
use crate::request::Request;
use crate::write;

fn value() -> impl Strategy<Value = Bytes> {
    let letters = proptest::sample::select((0x20..=0x7e).chain(0x80..=0xff).collect::<Vec<u8>>());
    let value = prop_oneof![
        proptest::collection::vec(letters, 0..40),
        "[ -~äß\u{202e}]{0,20}".prop_map(String::into_bytes),
    ];
    // White space around a value is no part of it.
    value.prop_map(|value| Bytes::copy_from_slice(value.trim_ascii()))
}

/// Nothing that curl or HTTP write themselves, and no header that is masked.
fn name() -> impl Strategy<Value = String> {
    "[A-Za-z0-9!#$%&'*+.^_`|~-]{1,20}".prop_filter("is treated in a way of its own", |name| {
        let own = [
            "host",
            "content-length",
            "transfer-encoding",
            "content-type",
            "accept",
        ];
        !own.iter().any(|own| name.eq_ignore_ascii_case(own))
            && crate::text::holds(name) == crate::text::Holds::Text
    })
}

fn body() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200).prop_map(Bytes::from),
        any::<String>().prop_map(Bytes::from),
        r#"[@'"\\$`%!a-z0-9\n{}:]{0,80}"#.prop_map(Bytes::from),
    ]
}

fn request() -> impl Strategy<Value = Request> {
    let target = "/[!-\"$-~ä]{0,30}";
    let headers = proptest::collection::vec((name(), value()), 0..6);
    ("[A-Z]{1,8}", target, headers, body()).prop_map(|(method, target, headers, body)| Request {
        method,
        target,
        headers,
        body,
    })
}

fn read(input: &[u8]) -> Result<Request, TestCaseError> {
    let input = parse(input).map_err(|error| {
        TestCaseError::fail(format!("{error}: {}", String::from_utf8_lossy(input)))
    })?;
    Ok(input.request)
}

proptest! {
    #[test]
    fn raw_http_is_read_as_it_was(request in request()) {
        let read = read(&write::http(&request))?;
        prop_assert_eq!(read.without("content-length"), request);
    }

    #[test]
    fn a_curl_command_is_read_as_it_was(request in request()) {
        let url = format!("http://127.0.0.1:4040{}", request.target);
        let command = write::curl(&request, &url);
        let read = read(command.as_bytes())?;
        prop_assert_eq!(read.without("host"), request, "{}", command);
    }

    #[test]
    fn a_vector_case_is_read_as_it_was(request in request(), id in any::<u64>(), at in any::<i64>()) {
        let capture = Capture {
            id,
            at: UnixTime::from_millis(at),
            request,
            verdict: Verdict { code: "ok".to_owned(), ..Verdict::default() },
            answers: Vec::new(),
            replay_of: None,
        };
        let case = write::vector(&capture).to_string();
        prop_assert_eq!(read(case.as_bytes())?, capture.request);
    }
}
