//! Raw HTTP.

use bytes::Bytes;

use crate::request::Request;

/// The request as HTTP/1.1, with the exact bytes of its body.
///
/// The length of the body is what `content-length` says, and `transfer-encoding` is left out: the body is in one piece.
#[must_use]
pub fn http(request: &Request) -> Vec<u8> {
    let mut written = Vec::with_capacity(request.body.len() + 512);
    written.extend(format!("{} {} HTTP/1.1", request.method, request.target).bytes());
    written.iter_mut().for_each(keep_in_line);
    let mut has_length = false;
    for (name, value) in &request.headers {
        if name.eq_ignore_ascii_case("transfer-encoding") {
            continue;
        }
        match name.eq_ignore_ascii_case("content-length") {
            true if has_length => {}
            true => {
                has_length = true;
                header(&mut written, name, &length(request));
            }
            false => header(&mut written, name, value),
        }
    }
    if !has_length && !request.body.is_empty() {
        header(&mut written, "content-length", &length(request));
    }
    written.extend_from_slice(b"\r\n\r\n");
    written.extend_from_slice(&request.body);
    written
}

fn length(request: &Request) -> Bytes {
    Bytes::from(request.body.len().to_string())
}

fn header(written: &mut Vec<u8>, name: &str, value: &[u8]) {
    written.extend_from_slice(b"\r\n");
    let from = written.len();
    written.extend_from_slice(name.as_bytes());
    written.extend_from_slice(b": ");
    written.extend_from_slice(value);
    written.iter_mut().skip(from).for_each(keep_in_line);
}

/// A request that was made by hand may have a line break in a header: it must not become another header.
fn keep_in_line(byte: &mut u8) {
    if matches!(byte, b'\r' | b'\n' | 0) {
        *byte = b' ';
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_written_with_the_right_length() {
        let request = Request {
            method: "POST".to_owned(),
            target: "/hook?a=b".to_owned(),
            headers: vec![
                ("Host".to_owned(), "shop.example".into()),
                ("Content-Length".to_owned(), "7".into()),
                ("Transfer-Encoding".to_owned(), "chunked".into()),
                ("X-Odd".to_owned(), Bytes::from_static(b"a\r\nb: \xff")),
            ],
            body: Bytes::from_static(b"\x00\xff"),
        };
        assert_eq!(
            http(&request),
            b"POST /hook?a=b HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 2\r\nX-Odd: a  b: \xff\r\n\r\n\x00\xff"
        );
        let without = http(&request.without("content-length"));
        assert!(without.ends_with(b"\r\ncontent-length: 2\r\n\r\n\x00\xff"));
    }
}
