//! A HAR document, as the developer tools of browsers and proxies save it, or one entry of it.

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::parse::bounds::{MOST_HEADERS, at_most};
use crate::parse::input::{Input, ParseError, read};
use crate::parse::url;
use crate::request::Request;
use crate::text;

/// The most entries of a document.
const MOST_ENTRIES: usize = 100_000;

#[derive(Deserialize)]
struct Log<'a> {
    #[serde(borrow, deserialize_with = "entries")]
    entries: Vec<&'a RawValue>,
}

fn entries<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<&'de RawValue>, D::Error> {
    at_most::<D, &RawValue, MOST_ENTRIES>(deserializer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    request: HarRequest,
    #[serde(default)]
    started_date_time: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HarRequest {
    method: String,
    url: String,
    #[serde(deserialize_with = "headers")]
    headers: Vec<Header>,
    #[serde(default)]
    post_data: Option<PostData>,
    #[serde(default)]
    body_size: Option<f64>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct PostData {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    encoding: Option<String>,
}

fn headers<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Header>, D::Error> {
    at_most::<D, Header, MOST_HEADERS>(deserializer)
}

/// Reads the last POST with a body of a document, or else its last entry.
pub(super) fn log(log: &RawValue) -> Result<Input, ParseError> {
    let log: Log<'_> = read(log, "`log`")?;
    let count = log.entries.len();
    let last = log
        .entries
        .last()
        .ok_or_else(|| ParseError::new("the HAR document has no entries"))?;
    let mut chosen = (count, *last);
    for (index, entry) in log.entries.iter().enumerate().rev() {
        if is_post_with_body(entry) {
            chosen = (index + 1, *entry);
            break;
        }
    }
    let (number, entry) = chosen;
    let mut input = self::entry(entry)?;
    if count > 1 {
        let what = format!("{} {}", input.request.method, input.request.target);
        input.notes.push(format!(
            "the HAR document has {count} entries; this is number {number}: {}",
            text::short(&what, 120)
        ));
    }
    Ok(input)
}

/// Reads one after another, so that only one is in memory.
fn is_post_with_body(entry: &RawValue) -> bool {
    let entry = serde_json::from_str::<Entry>(entry.get());
    entry.is_ok_and(|entry| {
        let text = entry.request.post_data.and_then(|data| data.text);
        entry.request.method == "POST" && text.is_some_and(|text| !text.is_empty())
    })
}

/// Reads one entry.
pub(super) fn entry(entry: &RawValue) -> Result<Input, ParseError> {
    let entry: Entry = read(entry, "the HAR entry")?;
    let mut notes = Vec::new();
    let has_body = entry.request.body_size.is_some_and(|size| size > 0.0);
    let body = match entry.request.post_data {
        None if has_body => return Err(no_body()),
        None => Vec::new(),
        Some(data) => body(data)?,
    };
    let size = entry.request.body_size.filter(|size| *size > 0.0);
    if let Some(size) = size.filter(|size| *size != body.len() as f64) {
        notes.push(format!(
            "the HAR entry says that the body had {size} bytes, but it holds {}: it may not be what was sent",
            body.len()
        ));
    }
    let (host, target) = url::split(&entry.request.url);
    let given = entry.request.headers.into_iter();
    // What HTTP/2 has instead of a request line.
    let mut headers: Vec<(String, Bytes)> = given
        .filter(|header| !header.name.starts_with(':'))
        .map(|header| (header.name, Bytes::from(header.value)))
        .collect();
    if let Some(host) = host.filter(|_| {
        !headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("host"))
    }) {
        headers.insert(
            0,
            ("Host".to_owned(), Bytes::copy_from_slice(host.as_bytes())),
        );
    }
    let now = entry
        .started_date_time
        .and_then(|time| time.parse::<jiff::Timestamp>().ok());
    Ok(Input {
        request: Request {
            method: entry.request.method,
            target,
            headers,
            body: body.into(),
        },
        now: now.map(jiff::Timestamp::as_second),
        notes,
        ..Input::default()
    })
}

fn body(data: PostData) -> Result<Vec<u8>, ParseError> {
    let text = data.text.ok_or_else(no_body)?;
    match data.encoding.as_deref() {
        Some("base64") => Base64::decode_vec(&text).map_err(|_| {
            ParseError::new("postData.text of the HAR entry is not base64, as its encoding says")
        }),
        Some(other) if !other.is_empty() => Err(ParseError::new(format!(
            "the encoding `{}` of postData is not known: base64 is",
            text::short(other, 40)
        ))),
        _ => Ok(text.into_bytes()),
    }
}

fn no_body() -> ParseError {
    ParseError::new(
        "the HAR entry has no body: postData.text is missing. Save the document with content, or give the body by --body FILE",
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use crate::parse::{Input, ParseError, parse};

    fn entry(method: &str, path: &str, data: Value) -> Value {
        json!({
            "startedDateTime": "2026-08-05T09:00:00.250Z",
            "request": {
                "method": method, "url": format!("https://h{path}"), "httpVersion": "h2", "bodySize": -1,
                "headers": [{"name": ":path", "value": path}, {"name": "A", "value": "b"}],
                "postData": data,
            },
            "response": {"status": 200},
        })
    }

    fn read(document: &Value) -> Result<Input, ParseError> {
        parse(document.to_string().as_bytes())
    }

    #[test]
    fn the_last_post_with_a_body_is_read() {
        let document = json!({"log": {"version": "1.2", "entries": [
            entry("POST", "/1", json!({"text": "one"})),
            entry("POST", "/2", json!({"text": "dHdv", "encoding": "base64"})),
            entry("POST", "/3", Value::Null),
            entry("GET", "/4", Value::Null),
        ]}});
        let input = read(&document).unwrap();
        assert_eq!(input.request.target, "/2");
        assert_eq!(input.request.body, "two");
        assert_eq!(input.request.headers.len(), 2);
        assert_eq!(input.now, Some(1_785_920_400));
        assert!(input.notes.concat().contains("number 2: POST /2"));
    }

    #[test]
    fn one_entry_is_read() {
        let input = read(&entry("POST", "/1", json!({"text": "one"}))).unwrap();
        assert_eq!(input.request.body, "one");
        assert!(input.notes.is_empty());
    }

    #[test]
    fn a_body_that_is_missing_is_told() {
        let mut sized = entry("POST", "/1", Value::Null);
        *sized.pointer_mut("/request/bodySize").unwrap() = 3.into();
        let cases = [
            (
                entry("POST", "/1", json!({"mimeType": "x"})),
                "postData.text is missing",
            ),
            (sized, "postData.text is missing"),
            (
                entry("POST", "/1", json!({"text": "?", "encoding": "base64"})),
                "not base64",
            ),
            (
                entry("POST", "/1", json!({"text": "x", "encoding": "rot13"})),
                "rot13",
            ),
            (json!({"log": {"entries": []}}), "no entries"),
            (json!({"log": 1}), "`log` cannot be read"),
            (json!({"request": {"method": "POST"}}), "cannot be read"),
        ];
        for (document, why) in cases {
            let error = read(&document).unwrap_err().to_string();
            assert!(error.contains(why), "{document}: {error}");
        }
    }

    #[test]
    fn a_body_of_another_size_is_noted() {
        let mut entry = entry("POST", "/1", json!({"text": "one"}));
        *entry.pointer_mut("/request/bodySize").unwrap() = 4.into();
        assert!(
            read(&entry)
                .unwrap()
                .notes
                .concat()
                .contains("4 bytes, but it holds 3")
        );
    }
}
