//! The head of a request as it was written.

use bytes::Bytes;
use http::request::Parts;

use crate::request::Request;

/// As many as the server takes.
const MOST_HEADERS: usize = 100;

/// The request without its body: as the recorded bytes have it, or as the server has read it where the two are not the same request.
pub(super) fn request(parts: &Parts, recorded: &Bytes) -> Request {
    match written(recorded) {
        Some(request) if is_same(parts, &request) => request,
        _ => read(parts),
    }
}

fn written(recorded: &Bytes) -> Option<Request> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let len = match parsed.parse(recorded) {
        Ok(httparse::Status::Complete(len)) => len,
        _ => return None,
    };
    // A part of the body may stand behind the head: a copy keeps it no longer than needed.
    let start = recorded.as_ptr() as usize;
    let head = Bytes::copy_from_slice(recorded.get(..len)?);
    let value = |value: &[u8]| {
        let at = (value.as_ptr() as usize).checked_sub(start)?;
        (at + value.len() <= head.len()).then(|| head.slice(at..at + value.len()))
    };
    let lines = parsed.headers.iter().map(|line| {
        let value = match line.value.is_empty() {
            true => Bytes::new(),
            false => value(line.value)?,
        };
        Some((line.name.to_owned(), value))
    });
    Some(Request {
        method: parsed.method?.to_owned(),
        target: parsed.path?.to_owned(),
        headers: lines.collect::<Option<_>>()?,
        body: Bytes::new(),
    })
}

/// Whether the server has read the same: a client that sends its next request early makes the recorder miss its beginning.
fn is_same(parts: &Parts, request: &Request) -> bool {
    let target_is_same = match request.target.parse::<http::Uri>() {
        Ok(target) => target == parts.uri,
        Err(_) => false,
    };
    let has_same_lines = |name: &http::HeaderName| {
        let own = request.headers.iter();
        let own = own.filter(|(own, _)| own.eq_ignore_ascii_case(name.as_str()));
        let theirs = parts.headers.get_all(name).iter();
        own.map(|(_, value)| &value[..])
            .eq(theirs.map(http::HeaderValue::as_bytes))
    };
    request.method == parts.method.as_str()
        && target_is_same
        && request.headers.len() == parts.headers.len()
        && parts.headers.keys().all(has_same_lines)
}

fn read(parts: &Parts) -> Request {
    let headers = parts.headers.iter();
    Request {
        method: parts.method.as_str().to_owned(),
        target: parts.uri.to_string(),
        headers: headers
            .map(|(name, value)| {
                let value = Bytes::copy_from_slice(value.as_bytes());
                (name.as_str().to_owned(), value)
            })
            .collect(),
        body: Bytes::new(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn parts(lines: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::post("/hook?a=1");
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    const RECORDED: &str =
        "POST /hook?a=1 HTTP/1.1\r\nX-B: 1\r\nx-A: 2\r\nX-b:  3 \r\nX-Empty:\r\n\r\nthe body";

    #[test]
    fn order_and_case_are_those_of_the_recorded_bytes() {
        let parts = parts(&[("x-b", "1"), ("x-a", "2"), ("x-b", "3"), ("x-empty", "")]);
        let request = request(&parts, &Bytes::from(RECORDED));
        let lines: Vec<_> = request
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), &value[..]))
            .collect();
        let wanted: [(&str, &[u8]); 4] = [
            ("X-B", b"1"),
            ("x-A", b"2"),
            ("X-b", b"3"),
            ("X-Empty", b""),
        ];
        assert_eq!(lines, wanted);
        assert_eq!(request.target, "/hook?a=1");
    }

    #[test]
    fn what_the_server_has_read_counts_where_the_recorded_bytes_are_another_request() {
        for lines in [
            &[("x-b", "1"), ("x-a", "2"), ("x-b", "3")][..],
            &[("x-b", "3"), ("x-a", "2"), ("x-b", "1"), ("x-empty", "")],
            &[("x-b", "1"), ("x-c", "2"), ("x-b", "3"), ("x-empty", "")],
        ] {
            let parts = parts(lines);
            let request = request(&parts, &Bytes::from(RECORDED));
            assert_eq!(request, read(&parts), "{lines:?}");
        }
    }

    #[test]
    fn a_head_of_which_the_end_is_missing_is_not_used() {
        let parts = parts(&[("x-b", "1")]);
        for recorded in ["", "POST /hook?a=1 HTTP/1.1\r\nX-B: 1\r\n", "\0\r\n\r\n"] {
            let request = request(&parts, &Bytes::from(recorded));
            assert_eq!(request.headers[0].0, "x-b");
        }
    }
}
