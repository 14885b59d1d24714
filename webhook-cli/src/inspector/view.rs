//! Captures as the page reads them.

use std::borrow::Cow;

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

use crate::capture::{Answer, Capture};
use crate::text;

/// As much of a name as a row shows.
const MOST_CHARS: usize = 200;

/// What a row of the list shows.
#[derive(Serialize)]
pub(super) struct Summary<'a> {
    id: u64,
    at: i64,
    method: Cow<'a, str>,
    target: Cow<'a, str>,
    bytes: usize,
    provider: Option<Cow<'a, str>>,
    kind: Option<Cow<'a, str>>,
    event: Option<Cow<'a, str>>,
    verdict: &'a str,
    genuine: bool,
    /// What the first handler answered.
    status: Option<u16>,
    /// Whether one of them did not answer, or answered that it failed.
    failed: bool,
    answers: usize,
    replay_of: Option<u64>,
}

impl<'a> Summary<'a> {
    pub(super) fn of(capture: &'a Capture) -> Self {
        let verdict = &capture.verdict;
        Self {
            id: capture.id,
            at: capture.at.as_millis(),
            method: short(&capture.request.method),
            target: short(&text::masked_target(&capture.request.target))
                .into_owned()
                .into(),
            bytes: capture.request.body.len(),
            provider: verdict.provider.as_deref().map(short),
            kind: verdict.kind.as_deref().map(short),
            event: verdict.id.as_deref().map(short),
            verdict: &verdict.code,
            genuine: verdict.is_genuine(),
            status: capture.answers.first().and_then(|answer| answer.status),
            failed: capture.answers.iter().any(has_failed),
            answers: capture.answers.len(),
            replay_of: capture.replay_of,
        }
    }
}

fn has_failed(answer: &Answer) -> bool {
    !answer
        .status
        .is_some_and(|status| (200..400).contains(&status))
}

fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MOST_CHARS) {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(text.chars().take(MOST_CHARS).chain(['…']).collect()),
    }
}

/// All of a capture, with secrets masked.
pub(super) fn whole(capture: &Capture) -> Value {
    let verdict = &capture.verdict;
    let request = &capture.request;
    let answers = capture.answers.iter().map(answer);
    json!({
        "summary": Summary::of(capture),
        "method": request.method,
        "target": text::masked_target(&request.target),
        "verdict": {
            "code": verdict.code,
            "genuine": verdict.is_genuine(),
            "provider": verdict.provider,
            "variant": verdict.variant,
            "key": verdict.key,
            "id": verdict.id,
            "kind": verdict.kind,
            "statuses": verdict.explanation.statuses(),
        },
        "explanation": verdict.explanation.json(),
        "headers": headers(&request.headers),
        "body": body(&request.body),
        "answers": answers.collect::<Vec<Value>>(),
    })
}

fn answer(answer: &Answer) -> Value {
    json!({
        "from": answer.from,
        "status": answer.status,
        "headers": headers(&answer.headers),
        "body": body(&answer.body),
        "cut": answer.cut,
        "millis": answer.millis,
        "error": answer.error,
        "failed": has_failed(answer),
    })
}

fn headers(headers: &[(String, Bytes)]) -> Vec<Value> {
    let mut lines = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        let exact = String::from_utf8_lossy(value);
        let shown = text::masked_value(name, value);
        lines.push(json!({"name": name, "value": shown, "masked": shown != exact}));
    }
    lines
}

/// The headers as they are.
pub(super) fn exact_headers(headers: &[(String, Bytes)]) -> Vec<(&str, Cow<'_, str>)> {
    let lines = headers.iter();
    lines
        .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value)))
        .collect()
}

/// Always as base64, and as text where it is one.
fn body(body: &Bytes) -> Value {
    json!({
        "bytes": body.len(),
        "base64": Base64::encode_string(body),
        "text": std::str::from_utf8(body).ok(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use webhook_core::UnixTime;

    use super::*;
    use crate::capture::Verdict;
    use crate::request::Request;

    fn capture() -> Capture {
        Capture {
            id: 7,
            at: UnixTime::from_secs(1_785_920_400),
            request: Request {
                method: "POST".to_owned(),
                target: "/hooks".to_owned(),
                headers: vec![
                    ("X-B".to_owned(), Bytes::from_static(b"2")),
                    ("x-a".to_owned(), Bytes::from_static(b"1")),
                    ("X-B".to_owned(), Bytes::from_static(b"3")),
                ],
                body: Bytes::from_static(b"\xff\x00"),
            },
            verdict: Verdict::default(),
            answers: Vec::new(),
            replay_of: None,
        }
    }

    #[test]
    fn headers_keep_their_order_and_case() {
        let whole = whole(&capture());
        let names = whole["headers"].as_array().unwrap().iter();
        let names: Vec<_> = names.map(|line| line["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["X-B", "x-a", "X-B"]);
    }

    #[test]
    fn a_body_that_is_no_text_is_there_as_base64_alone() {
        let whole = whole(&capture());
        assert_eq!(whole["body"]["base64"], "/wA=");
        assert_eq!(whole["body"]["text"], Value::Null);
        assert_eq!(whole["body"]["bytes"], 2);
    }

    #[test]
    fn a_row_is_short_however_long_the_names_are() {
        let mut capture = capture();
        capture.request.target = format!("/{}", "é".repeat(100_000));
        capture.verdict.kind = Some("k".repeat(100_000));
        capture.verdict.id = Some("i".repeat(100_000));
        let row = serde_json::to_string(&Summary::of(&capture)).unwrap();
        assert!(row.len() < 2_000, "{}", row.len());
    }

    #[test]
    fn an_answer_that_never_came_is_a_failure() {
        let mut capture = capture();
        assert!(!Summary::of(&capture).failed);
        capture.answers.push(Answer::default());
        assert!(Summary::of(&capture).failed);
    }

    #[test]
    fn secrets_of_a_handler_are_masked_too() {
        let mut capture = capture();
        let cookie = Bytes::from_static(b"session=0123456789abcdef0123456789abcdef");
        capture.answers.push(Answer {
            status: Some(200),
            headers: vec![("set-cookie".to_owned(), cookie)],
            ..Answer::default()
        });
        let whole = whole(&capture);
        let line = &whole["answers"][0]["headers"][0];
        assert_eq!(line["masked"], true);
        assert!(!whole.to_string().contains("0123456789abcdef"));
    }
}
