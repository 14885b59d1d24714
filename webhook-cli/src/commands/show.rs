//! A stored request for people and for programs. Nothing that a terminal obeys is in any line.

use base64ct::{Base64, Encoding};
use serde_json::{Map, Value, json};

use crate::capture::{Answer, Capture};
use crate::explain;
use crate::store::Stored;
use crate::terminal::{Colour, Terminal};
use crate::{text, write};

/// How many bytes of a body are shown.
const MOST_BODY_BYTES: usize = 64 << 10;

/// How many letters of a field are shown.
const MOST_LETTERS: usize = 200;

/// How many bytes of a header's value are shown.
const MOST_VALUE_BYTES: usize = 4 << 10;

/// How many headers of a request or an answer are shown.
const MOST_HEADERS: usize = 256;

/// One line: number, time, verdict, provider, kind, id, and what was answered.
#[must_use]
pub fn summary(capture: &Capture, terminal: &Terminal) -> String {
    let verdict = &capture.verdict;
    let colour = match (verdict.is_genuine(), verdict.code.as_str()) {
        (true, _) => Colour::Good,
        (false, "unknown") => Colour::Faint,
        (false, _) => Colour::Bad,
    };
    let mut parts = vec![
        format!("{:>5}", capture.id),
        terminal.paint(Colour::Faint, &time(capture.at.as_millis())),
        terminal.paint(colour, &text::short(&verdict.code, 40)),
        or_dash(verdict.provider.as_deref()),
        or_dash(verdict.kind.as_deref()),
        or_dash(verdict.id.as_deref()),
    ];
    parts.extend(
        capture
            .answers
            .iter()
            .take(8)
            .map(|answer| match answer.status {
                Some(status) => format!("→ {status} {} ms", answer.millis),
                None => "→ no answer".to_owned(),
            }),
    );
    parts.join("  ")
}

fn or_dash(text: Option<&str>) -> String {
    text.map_or_else(|| "-".to_owned(), |text| text::short(text, 80))
}

/// UTC, in seconds.
fn time(millis: i64) -> String {
    match jiff::Timestamp::from_millisecond(millis) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        Err(_) => format!("{millis} ms"),
    }
}

/// All of it, line by line.
#[must_use]
pub fn all(stored: &Stored, terminal: &Terminal) -> Vec<String> {
    let capture = &stored.capture;
    let request = &capture.request;
    let mut lines = vec![summary(capture, terminal)];
    if let Some(other) = capture.replay_of {
        lines.push(format!("a replay of {other}"));
    }
    if !stored.masked.is_empty() {
        let names = text::short(&stored.masked.join(", "), MOST_LETTERS);
        lines.push(format!("masked when it was stored: {names}"));
    }
    let verdict = &capture.verdict;
    for (what, value) in [("account", &verdict.variant), ("key", &verdict.key)] {
        lines.extend(
            value
                .iter()
                .map(|value| format!("{what}: {}", text::short(value, MOST_LETTERS))),
        );
    }
    let statuses = verdict.explanation.statuses();
    if !statuses.is_empty() {
        lines.push(format!(
            "payments: {}",
            text::short(&statuses.join(", "), MOST_LETTERS)
        ));
    }
    lines.extend(explain::lines(verdict, request, terminal));
    lines.push(String::new());
    lines.push(format!(
        "{} {}",
        text::short(&request.method, 40),
        text::short(&text::masked_target(&request.target), 2_000)
    ));
    lines.extend(headers(&request.headers));
    lines.push(String::new());
    lines.extend(body(&request.body));
    for answer in &capture.answers {
        lines.extend(answered(answer));
    }
    lines
}

fn headers(headers: &[(String, bytes::Bytes)]) -> Vec<String> {
    let shown = headers.iter().take(MOST_HEADERS).map(|(name, value)| {
        let start = value.get(..MOST_VALUE_BYTES).unwrap_or(value);
        let cut = match value.len() - start.len() {
            0 => String::new(),
            more => format!("… ({more} bytes more)"),
        };
        let value = text::masked_header(name, start);
        format!("{}: {value}{cut}", text::short(name, 80))
    });
    let mut lines: Vec<String> = shown.collect();
    if headers.len() > MOST_HEADERS {
        lines.push(format!("… ({} headers more)", headers.len() - MOST_HEADERS));
    }
    lines
}

fn answered(answer: &Answer) -> Vec<String> {
    let from = answer.from.as_deref().unwrap_or("webhook-cli");
    let from = text::short(from, MOST_LETTERS);
    let status = match answer.status {
        Some(status) => format!("answered {status}"),
        None => "did not answer".to_owned(),
    };
    let mut lines = vec![
        String::new(),
        format!("{from} {status} after {} ms", answer.millis),
    ];
    lines.extend(
        answer
            .error
            .iter()
            .map(|error| text::short(error, MOST_LETTERS)),
    );
    lines.extend(headers(&answer.headers));
    if !answer.body.is_empty() {
        lines.push(String::new());
        lines.extend(body(&answer.body));
    }
    lines
}

/// JSON with a member per line, other text as it is, and anything else in hexadecimal.
#[must_use]
pub fn body(body: &[u8]) -> Vec<String> {
    let shown = body.get(..MOST_BODY_BYTES).unwrap_or(body);
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
    let mut lines = match text_of(shown, shown.len() < body.len()) {
        Some(text) if is_json => indented(text)
            .lines()
            .map(|line| text::line(line).into_owned())
            .collect(),
        Some(text) => text.split('\n').map(of_text).collect(),
        None => hex(shown.get(..MOST_BODY_BYTES / 16).unwrap_or(shown)),
    };
    let shown = match text_of(shown, true) {
        Some(_) => shown.len(),
        None => shown.len().min(MOST_BODY_BYTES / 16),
    };
    if shown < body.len() {
        lines.push(format!(
            "… ({} bytes more: `export --as http` has them)",
            body.len() - shown
        ));
    }
    lines
}

fn of_text(line: &str) -> String {
    text::line(line.strip_suffix('\r').unwrap_or(line)).into_owned()
}

/// The text, if it is one; where it was cut, a letter may be cut too.
fn text_of(bytes: &[u8], is_cut: bool) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if is_cut && error.error_len().is_none() => bytes
            .get(..error.valid_up_to())
            .and_then(|start| std::str::from_utf8(start).ok()),
        Err(_) => None,
    }
    .filter(|text| !text.contains('\0'))
}

/// Puts each member of JSON on a line and changes nothing else: numbers and escapes are as they were sent.
fn indented(json: &str) -> String {
    let mut written = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let (mut is_in_text, mut is_escaped, mut was_opened) = (false, false, false);
    for letter in json.chars() {
        if is_in_text {
            written.push(letter);
            is_in_text = is_escaped || letter != '"';
            is_escaped = letter == '\\' && !is_escaped;
            continue;
        }
        let is_end = matches!(letter, '}' | ']');
        if letter.is_ascii_whitespace() {
            continue;
        }
        if was_opened && !is_end {
            new_line(&mut written, depth);
        }
        match letter {
            '{' | '[' => depth += 1,
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if !was_opened {
                    new_line(&mut written, depth);
                }
            }
            '"' => is_in_text = true,
            _ => {}
        }
        written.push(letter);
        match letter {
            ',' => new_line(&mut written, depth),
            ':' => written.push(' '),
            _ => {}
        }
        was_opened = matches!(letter, '{' | '[');
    }
    written
}

/// Deep nesting is not followed to the right.
fn new_line(written: &mut String, depth: usize) {
    written.push('\n');
    written.extend(std::iter::repeat_n("  ", depth.min(32)));
}

fn hex(bytes: &[u8]) -> Vec<String> {
    let rows = bytes.chunks(16).enumerate();
    rows.map(|(row, bytes)| {
        let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let letters = bytes.iter().map(|byte| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        });
        let letters: String = letters.collect();
        format!("{:08x}  {:<47}  {letters}", row * 16, digits.join(" "))
    })
    .collect()
}

/// What `list --json` prints.
#[must_use]
pub fn members(stored: &Stored) -> Map<String, Value> {
    let capture = &stored.capture;
    let verdict = &capture.verdict;
    let answers = capture.answers.iter().map(|answer| {
        json!({"from": answer.from, "status": answer.status, "millis": answer.millis, "error": answer.error})
    });
    let members = [
        ("id", capture.id.into()),
        ("name", stored.name.clone().into()),
        ("received_ms", capture.at.as_millis().into()),
        ("provider", verdict.provider.clone().into()),
        ("verdict", verdict.code.clone().into()),
        ("variant", verdict.variant.clone().into()),
        ("key", verdict.key.clone().into()),
        ("event_id", verdict.id.clone().into()),
        ("kind", verdict.kind.clone().into()),
        ("statuses", verdict.explanation.statuses().into()),
        ("method", capture.request.method.clone().into()),
        (
            "target",
            text::masked_target(&capture.request.target).into(),
        ),
        ("body_bytes", capture.request.body.len().into()),
        ("answers", answers.collect()),
        ("replay_of", capture.replay_of.into()),
        ("masked", stored.masked.clone().into()),
    ];
    let members = members.into_iter();
    members
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// What `show --json` prints: headers masked, the body in base64.
#[must_use]
pub fn everything(stored: &Stored) -> Map<String, Value> {
    let masked = write::without_signatures(stored.capture.request.clone());
    let headers = masked.request.headers.iter();
    let headers: Vec<Value> = headers
        .map(|(name, value)| json!([name, write::bytes_as_text(value)]))
        .collect();
    let mut all = members(stored);
    let body = Base64::encode_string(&stored.capture.request.body);
    all.insert("headers".to_owned(), headers.into());
    all.insert("body_base64".to_owned(), body.into());
    all.insert(
        "explanation".to_owned(),
        stored.capture.verdict.explanation.json(),
    );
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_shown_with_a_member_per_line_and_is_otherwise_as_it_was() {
        let lines = body(br#"{"b":1.0,"a":[1,{"x":"y, \"z\" {"}],"e":{},"f":[ ]}"#);
        assert_eq!(
            lines,
            [
                "{",
                "  \"b\": 1.0,",
                "  \"a\": [",
                "    1,",
                "    {",
                "      \"x\": \"y, \\\"z\\\" {\"",
                "    }",
                "  ],",
                "  \"e\": {},",
                "  \"f\": []",
                "}"
            ]
        );
    }

    #[test]
    fn other_bodies_are_text_or_hexadecimal() {
        assert_eq!(body(b"a=b\r\n\x1bc"), ["a=b", r"\u{1b}c"]);
        assert_eq!(
            body(b"a\x00\xff"),
            ["00000000  61 00 ff                                         a.."]
        );
    }

    #[test]
    fn a_long_body_is_cut_and_says_so() {
        let mut long = "ä".repeat(MOST_BODY_BYTES);
        long.insert(0, 'a');
        let lines = body(long.as_bytes());
        assert_eq!(lines.len(), 2);
        assert!(lines.concat().contains("bytes more"));
        let zeros = body(&vec![0; 10_000]);
        assert_eq!(zeros.len(), 257);
        assert!(zeros.concat().contains("5904 bytes more"));
    }

    #[test]
    fn deep_json_stays_small() {
        let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
        let bytes: usize = body(deep.as_bytes()).iter().map(String::len).sum();
        assert!(bytes < 4_000_000, "{bytes}");
    }
}
