//! Raw HTTP, as a log, a proxy or a browser shows it.

use bytes::Bytes;

use crate::parse::bounds::{
    MOST_HEAD_BYTES, MOST_HEADERS, is_token, too_long_head, too_many_headers,
};
use crate::parse::input::{Input, ParseError};
use crate::parse::{chunked, url};
use crate::request::Request;
use crate::text;

/// Whether the input begins as a request does.
#[must_use]
pub fn is_request(input: &[u8]) -> bool {
    let line = first_line(input);
    if line.starts_with(b":") {
        return true;
    }
    let mut words = line.split(|byte| *byte == b' ');
    let method = words.next().unwrap_or_default();
    let target = words.next().unwrap_or_default();
    let version = words.next().unwrap_or_default();
    let is_method = !method.is_empty() && method.iter().all(|byte| is_token(*byte));
    let is_upper = method.iter().all(u8::is_ascii_uppercase);
    let is_target = target.starts_with(b"/") || target.windows(3).any(|it| it == b"://");
    is_method && (version.starts_with(b"HTTP/") || (version.is_empty() && is_upper && is_target))
}

/// Reads a request: the request line, headers, an empty line, and the exact bytes of the body.
///
/// Lines end with CRLF or LF. The pseudo headers of HTTP/2, which browsers copy, stand for the request line.
///
/// # Errors
/// If the head is none of HTTP/1 or HTTP/2, or the body is shorter than the head says.
pub fn parse(input: &[u8]) -> Result<Input, ParseError> {
    let mut notes = Vec::new();
    let (head, body) = match split(input) {
        Some(parts) => parts,
        None => {
            notes.push("there is no empty line behind the headers: no body".to_owned());
            (input, &[][..])
        }
    };
    if head.len() > MOST_HEAD_BYTES {
        return Err(too_long_head());
    }
    let mut request = read_head(&with_request_line(head)?)?;
    request.body = read_body(&request, body, &mut notes)?;
    Ok(Input {
        request,
        notes,
        ..Input::default()
    })
}

fn first_line(input: &[u8]) -> &[u8] {
    let line = input.split(|byte| *byte == b'\n').next();
    line.unwrap_or_default().trim_ascii_end()
}

/// The head, and what stands behind the empty line.
fn split(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 0;
    loop {
        let rest = input.get(from..)?;
        let at = from + rest.iter().position(|byte| *byte == b'\n')? + 1;
        let after = input.get(at..)?;
        for empty in [&b"\r\n"[..], b"\n"] {
            if let Some(body) = after.strip_prefix(empty) {
                return Some((input.get(..at)?, body));
            }
        }
        from = at;
    }
}

/// The head as HTTP/1.1 has it, with an empty line at its end.
fn with_request_line(head: &[u8]) -> Result<Vec<u8>, ParseError> {
    let mut lines = head
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end);
    let mut written = Vec::with_capacity(head.len() + 32);
    let mut lines: Vec<&[u8]> = match head.first() {
        Some(b':') => of_pseudo_headers(lines, &mut written)?,
        _ => {
            written.extend(request_line(lines.next().unwrap_or_default()));
            lines.collect()
        }
    };
    lines.retain(|line| !line.is_empty());
    for line in lines {
        written.extend_from_slice(b"\r\n");
        written.extend_from_slice(line);
    }
    written.extend_from_slice(b"\r\n\r\n");
    Ok(written)
}

/// HTTP/2 and HTTP/3, or no version at all, is taken for HTTP/1.1.
fn request_line(line: &[u8]) -> Vec<u8> {
    let version = line.iter().rposition(|byte| *byte == b' ');
    let (start, version) = line.split_at(version.unwrap_or(line.len()));
    match version {
        b" HTTP/1.0" | b" HTTP/1.1" => line.to_vec(),
        _ if version.starts_with(b" HTTP/") => [start, b" HTTP/1.1"].concat(),
        _ => [line, b" HTTP/1.1"].concat(),
    }
}

/// Writes the request line that they stand for; returns the other lines.
fn of_pseudo_headers<'a>(
    lines: impl Iterator<Item = &'a [u8]>,
    written: &mut Vec<u8>,
) -> Result<Vec<&'a [u8]>, ParseError> {
    let (pseudo, others): (Vec<&[u8]>, Vec<&[u8]>) = lines.partition(|line| line.starts_with(b":"));
    let value = |name: &[u8]| {
        let mut values = pseudo.iter().filter_map(|line| line.strip_prefix(name));
        values.next().map(<[u8]>::trim_ascii)
    };
    let (Some(method), Some(path)) = (value(b":method:"), value(b":path:")) else {
        return Err(ParseError::new(
            "the lines `:method: POST` and `:path: /…` are needed, or a first line such as `POST /path HTTP/1.1`",
        ));
    };
    written.extend([method, b" ", path, b" HTTP/1.1"].concat());
    let has_host = others.iter().any(|line| {
        line.get(..5)
            .is_some_and(|it| it.eq_ignore_ascii_case(b"host:"))
    });
    if let Some(authority) = value(b":authority:").filter(|_| !has_host) {
        written.extend([b"\r\nhost: ", authority].concat());
    }
    Ok(others)
}

fn read_head(head: &[u8]) -> Result<Request, ParseError> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut read = httparse::Request::new(&mut headers);
    match read.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Err(broken(head, "it is cut")),
        Err(httparse::Error::TooManyHeaders) => return Err(too_many_headers()),
        Err(error) => return Err(broken(head, &error.to_string())),
    }
    let headers = read.headers.iter();
    let mut headers: Vec<(String, Bytes)> = headers
        .map(|header| (header.name.to_owned(), Bytes::copy_from_slice(header.value)))
        .collect();
    let written = read.path.unwrap_or_default();
    let (host, target) = match written.starts_with('/') {
        true => (None, written.to_owned()),
        false => url::split(written),
    };
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
    Ok(Request {
        method: read.method.unwrap_or_default().to_owned(),
        target,
        headers,
        body: Bytes::new(),
    })
}

fn broken(head: &[u8], why: &str) -> ParseError {
    let mut lines = head
        .split(|byte| *byte == b'\n')
        .skip(1)
        .map(<[u8]>::trim_ascii_end);
    let odd = lines.find(|line| {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        !line.is_empty() && (!line.contains(&b':') || !name.iter().all(|byte| is_token(*byte)))
    });
    match odd {
        Some(line) => ParseError::new(format!(
            "this line is no header (`Name: value`): `{}`. An empty line must stand before the body",
            text::short(&String::from_utf8_lossy(line), 80)
        )),
        None => ParseError::new(format!("the head is no HTTP: {why}")),
    }
}

fn read_body(request: &Request, body: &[u8], notes: &mut Vec<String>) -> Result<Bytes, ParseError> {
    let encoding = request.header("transfer-encoding");
    let is_chunked = |value: &Bytes| value.to_ascii_lowercase().ends_with(b"chunked");
    let (body, rest) = if encoding.is_some_and(is_chunked) {
        chunked::decode(body)?
    } else {
        match length(request)? {
            None => (body.to_vec(), &[][..]),
            Some(length) => {
                let parts = body.split_at_checked(length).ok_or_else(|| {
                    ParseError::new(format!(
                        "content-length says {length}, but only {} bytes of the body are there: it was cut or changed on the way \
                         (CRLF to LF, an editor). Remove the header to read it as it is",
                        body.len()
                    ))
                })?;
                (parts.0.to_vec(), parts.1)
            }
        }
    };
    if !rest.is_empty() {
        notes.push(format!(
            "the last {} bytes of the input are behind the end of the body, and were left out",
            rest.len()
        ));
    }
    Ok(body.into())
}

/// What content-length says: once, or several times the same.
fn length(request: &Request) -> Result<Option<usize>, ParseError> {
    let mut length = None;
    for (name, value) in &request.headers {
        if !name.eq_ignore_ascii_case("content-length") {
            continue;
        }
        let digits = std::str::from_utf8(value).unwrap_or_default();
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let own = is_number.then(|| digits.parse::<usize>().ok()).flatten();
        let own = own.ok_or_else(|| ParseError::new("content-length is not a number"))?;
        if length.is_some_and(|other| other != own) {
            return Err(ParseError::new(
                "there are two content-length headers that differ: keep one",
            ));
        }
        length = Some(own);
    }
    Ok(length)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn lines(request: &Request) -> Vec<String> {
        let headers = request.headers.iter();
        headers
            .map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(value)))
            .collect()
    }

    #[test]
    fn a_request_is_read_byte_for_byte() {
        let input = b"POST /hook?a=b%20c HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a:  \xff \r\nContent-Length: 5\r\n\r\n\r\n\x00\xff\n";
        let Input { request, notes, .. } = parse(input).unwrap();
        assert_eq!(
            (request.method.as_str(), request.target.as_str()),
            ("POST", "/hook?a=b%20c")
        );
        assert_eq!(
            lines(&request),
            ["Host=h", "X-A=1", "x-a=\u{fffd}", "Content-Length=5"]
        );
        assert_eq!(*request.headers.get(2).unwrap().1, *b"\xff");
        assert_eq!(*request.body, *b"\r\n\x00\xff\n");
        assert!(notes.is_empty());
    }

    #[test]
    fn the_forms_of_a_head_are_read() {
        let cases: [(&str, &str, &[&str], &str); 8] = [
            (
                "POST /a HTTP/1.1\nA: b\n\nbody\n",
                "POST /a",
                &["A=b"],
                "body\n",
            ),
            ("GET / HTTP/1.0\r\nA: b", "GET /", &["A=b"], ""),
            (
                "POST https://h:1/a?b HTTP/1.1\n\n",
                "POST /a?b",
                &["Host=h:1"],
                "",
            ),
            (
                "POST http://h HTTP/1.1\nhost: x\n\n",
                "POST /",
                &["host=x"],
                "",
            ),
            ("POST /a HTTP/2\nA: b\n\nx", "POST /a", &["A=b"], "x"),
            (
                "POST https://h/a\nA: b\n\nx",
                "POST /a",
                &["Host=h", "A=b"],
                "x",
            ),
            (
                ":authority: h\n:method: POST\n:path: /a\n:scheme: https\nA: b\n\nx",
                "POST /a",
                &["host=h", "A=b"],
                "x",
            ),
            (
                "POST /a HTTP/1.1\ntransfer-encoding: chunked\n\n1\nx\n0\n\n",
                "POST /a",
                &["transfer-encoding=chunked"],
                "x",
            ),
        ];
        for (input, line, headers, body) in cases {
            assert!(is_request(input.as_bytes()), "{input}");
            let request = parse(input.as_bytes()).unwrap().request;
            assert_eq!(
                format!("{} {}", request.method, request.target),
                line,
                "{input}"
            );
            assert_eq!(lines(&request), headers, "{input}");
            assert_eq!(request.body, body, "{input}");
        }
    }

    #[test]
    fn what_is_behind_the_body_is_cut_as_a_server_does() {
        let input = parse(b"POST / HTTP/1.1\ncontent-length: 2\n\nabc").unwrap();
        assert_eq!(input.request.body, "ab");
        assert!(input.notes.concat().contains("last 1 bytes"));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let cases = [
            (
                "POST / HTTP/1.1\ncontent-length: 9\n\nabc",
                "says 9, but only 3",
            ),
            ("POST / HTTP/1.1\ncontent-length: x\n\nabc", "not a number"),
            (
                "POST / HTTP/1.1\ncontent-length: 1\ncontent-length: 2\n\nabc",
                "differ",
            ),
            (
                "POST / HTTP/1.1\ntransfer-encoding: chunked\n\nabc",
                "chunk",
            ),
            (
                "POST / HTTP/1.1\nA: b\n{\"x\u{1b}\"}\n\n",
                "`{\"x\\u{1b}\"}`",
            ),
            (":method: POST\n\n", ":path:"),
            ("POST / HTTP/1.1\n folded\n\n", "no header"),
        ];
        for (input, why) in cases {
            let error = parse(input.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(why), "{input}: {error}");
        }
    }

    #[test]
    fn a_head_without_an_end_is_bounded() {
        let many = format!("POST / HTTP/1.1\n{}\n", "a: b\n".repeat(MOST_HEADERS + 1));
        assert_eq!(parse(many.as_bytes()), Err(too_many_headers()));
        let long = format!("POST / HTTP/1.1\na: {}\n\n", "b".repeat(MOST_HEAD_BYTES));
        assert_eq!(parse(long.as_bytes()), Err(too_long_head()));
    }
}
