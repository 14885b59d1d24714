//! A line of a store.

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use webhook_core::UnixTime;

use crate::capture::{Answer, Capture, Verdict};
use crate::parse::vector;
use crate::text;
use crate::write;

/// A stored request.
#[derive(Clone, Debug)]
pub struct Stored {
    /// What was stored. Its `id` is the number in the store.
    pub capture: Capture,
    /// The name of the case.
    pub name: String,
    /// What is masked: headers by their names, and places of the body.
    pub masked: Vec<String>,
    /// The settings of the receiver, where the line has them: a case that was written by hand.
    pub config: Option<Value>,
}

/// The line of a capture, without its line break.
pub(super) fn to_line(capture: &Capture) -> String {
    let mut members = Map::new();
    members.insert("id".to_owned(), capture.id.into());
    if let Value::Object(case) = write::vector(capture) {
        members.extend(case);
    }
    let verdict = &capture.verdict;
    let answers: Vec<Value> = capture.answers.iter().map(of_answer).collect();
    let more = [
        ("variant", verdict.variant.clone().into()),
        ("key", verdict.key.clone().into()),
        ("statuses", verdict.explanation.statuses().into()),
        ("answers", answers.into()),
        ("replay_of", capture.replay_of.into()),
        ("explanation", verdict.explanation.json()),
    ];
    members.extend(more.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(members).to_string()
}

fn of_answer(answer: &Answer) -> Value {
    let headers = answer.headers.iter();
    let headers: Vec<Value> = headers
        .map(|(name, value)| match text::holds(name) {
            text::Holds::Text => json!([name, write::bytes_as_text(value)]),
            _ => json!([name, text::masked_value(name, value)]),
        })
        .collect();
    json!({
        "from": answer.from.as_deref().map(without_password),
        "status": answer.status,
        "headers": headers,
        "body_base64": Base64::encode_string(&answer.body),
        "millis": answer.millis,
        "error": answer.error,
    })
}

/// A URL without the name and the password that may stand in it.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(default)]
    id: Option<u64>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    provider: Option<String>,
    #[serde(borrow)]
    request: &'a RawValue,
    #[serde(default)]
    now: Option<i64>,
    #[serde(default)]
    received_ms: Option<i64>,
    #[serde(default)]
    expect: Option<Expect>,
    #[serde(default)]
    config: Option<Value>,
    #[serde(default)]
    masked: Vec<String>,
    #[serde(default)]
    variant: Option<String>,
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    statuses: Vec<String>,
    #[serde(default)]
    answers: Vec<StoredAnswer>,
    #[serde(default)]
    replay_of: Option<u64>,
    #[serde(default)]
    explanation: Value,
}

#[derive(Default, Deserialize)]
struct Expect {
    #[serde(default)]
    outcome: Option<String>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct StoredAnswer {
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body_base64: String,
    #[serde(default)]
    millis: u64,
    #[serde(default)]
    error: Option<String>,
}

/// Reads a line. A line without a number has that of its place in the file.
pub(super) fn of_line(line: &[u8], number: u64) -> Result<Stored, String> {
    let read: Line<'_> =
        serde_json::from_slice(line).map_err(|error| text::short(&error.to_string(), 200))?;
    let request = vector::request(read.request).map_err(|error| error.to_string())?;
    let id = read.id.unwrap_or(number);
    let expect = read.expect.unwrap_or_default();
    let at = match (read.received_ms, read.now) {
        (Some(millis), _) => UnixTime::from_millis(millis),
        (None, now) => UnixTime::from_secs(now.unwrap_or_default()),
    };
    // A case that was written by hand has none.
    let mut explanation = match read.explanation {
        Value::Object(told) => told,
        _ => Map::new(),
    };
    explanation
        .entry("statuses")
        .or_insert_with(|| read.statuses.into());
    Ok(Stored {
        name: read.name.unwrap_or_else(|| format!("capture-{id}")),
        masked: read.masked,
        config: read.config,
        capture: Capture {
            id,
            at,
            request,
            verdict: Verdict {
                code: expect.outcome.unwrap_or_else(|| "unknown".to_owned()),
                provider: read.provider,
                variant: read.variant,
                key: read.key,
                id: expect.id,
                kind: expect.kind,
                explanation: Value::Object(explanation).into(),
            },
            answers: read.answers.into_iter().map(to_answer).collect(),
            replay_of: read.replay_of,
        },
    })
}

fn to_answer(read: StoredAnswer) -> Answer {
    let headers = read.headers.into_iter();
    Answer {
        from: read.from,
        status: read.status,
        headers: headers
            .map(|(name, value)| (name, Bytes::from(value)))
            .collect(),
        body: Base64::decode_vec(&read.body_base64)
            .unwrap_or_default()
            .into(),
        millis: read.millis,
        error: read.error,
        ..Answer::default()
    }
}
