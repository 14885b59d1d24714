//! A vector case, a vector file, or a line of a store. The format is described in `webhook-core/tests/vectors/README.md`.

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::parse::bounds::{MOST_HEADERS, at_most};
use crate::parse::input::{Input, ParseError, read};
use crate::request::Request;
use crate::text;

/// The most cases of a file.
const MOST_CASES: usize = 100_000;

/// What the formats have at their top; the parts are read when it is known which one it is.
#[derive(Deserialize)]
pub(super) struct Document<'a> {
    #[serde(borrow, default)]
    pub(super) log: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) cases: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) request: Option<&'a RawValue>,
    #[serde(borrow, default)]
    provider: Option<&'a RawValue>,
    #[serde(borrow, default)]
    config: Option<&'a RawValue>,
    #[serde(borrow, default)]
    now: Option<&'a RawValue>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    expect: Option<&'a RawValue>,
    #[serde(borrow, default)]
    masked: Option<&'a RawValue>,
}

impl Document<'_> {
    /// Its number, where it is one.
    fn number(&self) -> Option<u64> {
        self.id.and_then(|id| id.get().parse().ok())
    }

    /// Whether it has this name or number; without a number of its own it has that of its line.
    pub(super) fn is_named(&self, name: &str, line: usize) -> bool {
        let own = self
            .name
            .and_then(|own| serde_json::from_str::<String>(own.get()).ok());
        let id = self
            .number()
            .map_or_else(|| line.to_string(), |id| id.to_string());
        own.is_some_and(|own| own == name) || id == name
    }
}

#[derive(Deserialize)]
struct CaseRequest<'a> {
    method: String,
    url: String,
    #[serde(borrow, deserialize_with = "headers")]
    headers: Vec<&'a RawValue>,
    body_base64: String,
    #[serde(default, deserialize_with = "exact_headers")]
    headers_base64: Vec<(usize, String)>,
}

fn headers<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<&'de RawValue>, D::Error> {
    at_most::<D, &RawValue, MOST_HEADERS>(deserializer)
}

fn exact_headers<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(usize, String)>, D::Error> {
    at_most::<D, (usize, String), MOST_HEADERS>(deserializer)
}

fn cases<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<&'de RawValue>, D::Error> {
    at_most::<D, &RawValue, MOST_CASES>(deserializer)
}

/// Whether this is the request of a case, and not of a HAR document.
pub(super) fn is_request(request: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Probe<'a> {
        #[serde(borrow, default)]
        body_base64: Option<&'a RawValue>,
    }
    serde_json::from_str::<Probe<'_>>(request.get()).is_ok_and(|probe| probe.body_base64.is_some())
}

/// One case, or the one that is named.
pub(super) fn file(
    document: &Document<'_>,
    list: &RawValue,
    name: Option<&str>,
) -> Result<Input, ParseError> {
    #[derive(Deserialize)]
    struct Cases<'a>(#[serde(borrow, deserialize_with = "cases")] Vec<&'a RawValue>);
    let cases: Cases<'_> = read(list, "`cases`")?;
    let mut names = Vec::new();
    for (index, case) in cases.0.iter().enumerate() {
        let read: Document<'_> = read(case, "a case")?;
        if name.is_some_and(|name| read.is_named(name, index + 1))
            || (name.is_none() && cases.0.len() == 1)
        {
            let mut input = self::case(&read)?;
            input.provider = input.provider.or(optional(document.provider, "provider")?);
            return Ok(input);
        }
        if names.len() < 8 {
            names.extend(optional::<String>(read.name, "name")?);
        }
    }
    let names = names
        .iter()
        .map(|name| text::short(name, 60))
        .collect::<Vec<_>>()
        .join(", ");
    Err(ParseError::new(match (name, cases.0.len()) {
        (_, 0) => "the vector file has no case".to_owned(),
        (Some(name), _) => format!(
            "the vector file has no case `{}`; it has {names}, …",
            text::short(name, 80)
        ),
        (None, count) => {
            format!("the vector file has {count} cases: say which one is meant: {names}, …")
        }
    }))
}

/// Reads a case.
pub(super) fn case(document: &Document<'_>) -> Result<Input, ParseError> {
    #[derive(Deserialize)]
    struct Expect {
        outcome: String,
    }
    let raw = document
        .request
        .ok_or_else(|| ParseError::new("the case has no `request`"))?;
    let name: Option<String> = optional(document.name, "name")?;
    let masked: Option<Vec<String>> = optional(document.masked, "masked")?;
    let masked = masked.unwrap_or_default();
    let expect: Option<Expect> = optional(document.expect, "expect")?;
    let config: Option<Value> = optional(document.config, "config")?;
    let notes = match masked.is_empty() {
        true => Vec::new(),
        false => vec![format!(
            "these values were masked when it was stored: {}. What they prove cannot be verified",
            text::short(&masked.join(", "), 200)
        )],
    };
    Ok(Input {
        request: request(raw)?,
        provider: optional(document.provider, "provider")?,
        config,
        now: optional(document.now, "now")?,
        name: name.or_else(|| document.number().map(|id| id.to_string())),
        notes,
        expected: expect.map(|expect| expect.outcome),
    })
}

fn optional<'a, T: Deserialize<'a>>(
    value: Option<&'a RawValue>,
    name: &str,
) -> Result<Option<T>, ParseError> {
    value.map_or(Ok(None), |value| read(value, &format!("`{name}`")))
}

/// Reads the request of a case.
///
/// # Errors
/// If it is none, or its body is not base64.
pub fn request(raw: &RawValue) -> Result<Request, ParseError> {
    let read: CaseRequest<'_> = read(raw, "`request`")?;
    let mut headers = Vec::with_capacity(read.headers.len());
    for header in read.headers {
        let (name, value): (String, String) = self::read(header, "a header")?;
        headers.push((name, Bytes::from(value)));
    }
    for (index, value) in read.headers_base64 {
        let value = Base64::decode_vec(&value).ok();
        let (header, value) = headers.get_mut(index).zip(value).ok_or_else(|| {
            ParseError::new("`headers_base64` is a list of the number of a header, from 0, and its value in base64")
        })?;
        header.1 = value.into();
    }
    let body = Base64::decode_vec(&read.body_base64)
        .map_err(|_| ParseError::new("`body_base64` is not base64"))?;
    let (_, target) = crate::parse::url::split(&read.url);
    Ok(Request {
        method: read.method,
        target,
        headers,
        body: body.into(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use serde_json::json;
    use webhook_core::testing::vectors::VectorFile;

    use crate::parse::{parse, parse_named};

    #[test]
    fn every_case_of_the_vectors_is_read() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../webhook-core/tests/vectors");
        let mut count = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|it| it != "json") {
                continue;
            }
            let text = std::fs::read(&path).unwrap();
            let file: serde_json::Value = serde_json::from_slice(&text).unwrap();
            for case in file.get("cases").unwrap().as_array().unwrap() {
                let input = parse(case.to_string().as_bytes());
                let input = input.unwrap_or_else(|error| {
                    panic!("{}: {}: {error}", path.display(), case["name"])
                });
                assert_eq!(
                    input.expected.as_deref(),
                    case["expect"]["outcome"].as_str()
                );
                assert_eq!(input.now, case["now"].as_i64());
                assert_eq!(input.config.as_ref(), Some(&case["config"]));
                count += 1;
            }
        }
        assert!(count > 500, "{count}");
    }

    #[test]
    fn one_case_of_a_file_is_read_by_its_name() {
        let case = |name: &str| {
            json!({
                "name": name, "config": {}, "expect": {"outcome": "ok"},
                "request": {"method": "POST", "url": "https://h/a?b", "headers": [["A", "b"]], "body_base64": "eA=="},
            })
        };
        let file =
            json!({"provider": "stripe", "cases": [case("one"), case("two\u{1b}")]}).to_string();
        assert!(VectorFile::parse(file.as_bytes()).is_ok());
        let input = parse_named(file.as_bytes(), Some("one")).unwrap();
        assert_eq!(input.provider.as_deref(), Some("stripe"));
        assert_eq!(input.request.target, "/a?b");
        assert_eq!(input.request.body, "x");
        let error = parse(file.as_bytes()).unwrap_err().to_string();
        assert!(
            error.contains(r"2 cases") && error.contains(r"one, two\u{1b}"),
            "{error}"
        );
        assert!(parse_named(file.as_bytes(), Some("three")).is_err());
        let lines = format!("{}\n{}\n{{\"cut", case("one"), case("two"));
        assert_eq!(
            parse_named(lines.as_bytes(), Some("2"))
                .unwrap()
                .name
                .as_deref(),
            Some("two")
        );
        assert!(
            parse(lines.as_bytes())
                .unwrap_err()
                .to_string()
                .contains("2 lines")
        );
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let headers = vec![json!(["a", "b"]); 257];
        let request = |headers: serde_json::Value, body: &str| json!({"request": {"method": "POST", "url": "/", "headers": headers, "body_base64": body}});
        let cases = [
            (json!({"cases": []}), "no case"),
            (json!({}), "no request"),
            (json!([]), "is a list"),
            (request(json!([]), "?"), "not base64"),
            (request(json!([["a b", ""]]), ""), "no name of a header"),
            (request(json!([["a", "b\nc: d"]]), ""), "line break"),
            (request(headers.into(), ""), "more than 256"),
            (
                json!({"request": {"method": "P ST", "url": "/", "headers": [], "body_base64": ""}}),
                "`P ST`",
            ),
            (
                json!({"request": {"method": "POST", "url": "/a b", "headers": [], "body_base64": ""}}),
                "%20",
            ),
        ];
        for (document, why) in cases {
            let error = parse(document.to_string().as_bytes())
                .unwrap_err()
                .to_string();
            assert!(error.contains(why), "{document}: {error}");
        }
    }
}
