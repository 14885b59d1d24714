//! Sends a capture again: as it was, signed anew, or with changes.

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use futures_util::future::join_all;
use serde::Deserialize;

use super::Backend;
use crate::capture::Capture;
use crate::request::Request;

/// At most this many at a time.
const MOST_TIMES: usize = 100;

/// What to send.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replay {
    r#as: As,
    /// The body, if it is another one.
    body_base64: Option<String>,
    /// All headers, if they are others. One without a value keeps the value that it had: the page does not know what is masked.
    headers: Option<Vec<(String, Option<String>)>>,
    #[serde(default = "once")]
    times: usize,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum As {
    /// The same bytes.
    ItWas,
    /// The body, with a signature of now.
    SignedAnew,
    /// With changes, and with the signature that it had.
    Edited,
}

const fn once() -> usize {
    1
}

/// Sends it. The numbers of the new captures, or what is wrong.
pub(super) async fn replay(
    backend: &dyn Backend,
    capture: &Capture,
    wanted: Replay,
) -> Result<Vec<u64>, String> {
    if wanted.times < 1 || wanted.times > MOST_TIMES {
        return Err(format!("`times` is from 1 to {MOST_TIMES}"));
    }
    let times = wanted.times;
    let request = prepare(backend, capture, wanted)?;
    let all = (0..times).map(|_| backend.receive(request.clone(), Some(capture.id)));
    Ok(join_all(all).await)
}

fn prepare(backend: &dyn Backend, capture: &Capture, wanted: Replay) -> Result<Request, String> {
    match wanted.r#as {
        As::ItWas => Ok(capture.request.clone()),
        As::Edited => edited(&capture.request, wanted),
        As::SignedAnew => {
            let provider = capture.verdict.provider.as_deref().ok_or(
                "whose request it is is not known, so it cannot be signed: name the provider when you start",
            )?;
            let request = edited(&capture.request, wanted)?;
            backend.sign(provider, &request.body, Some(&request))
        }
    }
}

fn edited(was: &Request, wanted: Replay) -> Result<Request, String> {
    let mut request = was.clone();
    if let Some(text) = wanted.body_base64 {
        let body = Base64::decode_vec(&text).map_err(|_| "`body_base64` is not base64")?;
        request.body = body.into();
    }
    if let Some(lines) = wanted.headers {
        request.headers = headers(&was.headers, lines)?;
    }
    Ok(request)
}

fn headers(
    was: &[(String, Bytes)],
    lines: Vec<(String, Option<String>)>,
) -> Result<Vec<(String, Bytes)>, String> {
    let mut kept: Vec<&(String, Bytes)> = was.iter().collect();
    let mut headers = Vec::with_capacity(lines.len());
    for (name, value) in lines {
        require_header(&name, value.as_deref())?;
        let old = kept
            .iter()
            .position(|(own, _)| own.eq_ignore_ascii_case(&name));
        // The second one of the same name keeps the second value.
        let old = old.map(|at| kept.remove(at).1.clone());
        match value.map(Bytes::from).or(old) {
            Some(value) => headers.push((name, value)),
            None => return Err(format!("the header `{name}` has no value")),
        }
    }
    Ok(headers)
}

fn require_header(name: &str, value: Option<&str>) -> Result<(), String> {
    http::HeaderName::try_from(name)
        .map_err(|_| "a name of a header has a character that HTTP does not allow")?;
    if let Some(value) = value {
        http::HeaderValue::try_from(value)
            .map_err(|_| format!("the header `{name}` has a character that HTTP does not allow"))?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn was() -> Vec<(String, Bytes)> {
        vec![
            ("A".to_owned(), Bytes::from_static(b"1")),
            ("B".to_owned(), Bytes::from_static(b"\xff")),
            ("a".to_owned(), Bytes::from_static(b"2")),
        ]
    }

    fn line(name: &str, value: Option<&str>) -> (String, Option<String>) {
        (name.to_owned(), value.map(str::to_owned))
    }

    #[test]
    fn a_header_without_a_value_keeps_its_own_to_the_byte() {
        let lines = vec![line("A", None), line("a", None), line("b", None)];
        let headers = headers(&was(), lines).unwrap();
        let values: Vec<&[u8]> = headers.iter().map(|(_, value)| value.as_ref()).collect();
        assert_eq!(values, [&b"1"[..], b"2", b"\xff"]);
    }

    #[test]
    fn a_changed_first_one_leaves_the_second_its_value() {
        let lines = vec![line("A", Some("9")), line("a", None)];
        let headers = headers(&was(), lines).unwrap();
        let values: Vec<&[u8]> = headers.iter().map(|(_, value)| value.as_ref()).collect();
        assert_eq!(values, [&b"9"[..], b"2"]);
    }

    #[test]
    fn says_which_header_is_wrong() {
        let wrong = headers(&was(), vec![line("x", None)]).unwrap_err();
        assert_eq!(wrong, "the header `x` has no value");
        let wrong = headers(&was(), vec![line("x", Some("a\r\nb: c"))]).unwrap_err();
        assert!(wrong.contains("`x`"), "{wrong}");
        headers(&was(), vec![line("a b", Some("1"))]).unwrap_err();
    }
}
