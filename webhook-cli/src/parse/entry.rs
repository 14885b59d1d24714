//! One entry point for all that can be read.

use crate::parse::bounds::{MOST_BYTES, check};
use crate::parse::input::{Input, ParseError};
use crate::parse::{curl, http, json};

/// Reads a request. What the input is follows from its beginning: raw HTTP, a curl command, a HAR document or one entry of it, a
/// vector case, a vector file, or a line of a store.
///
/// # Errors
/// If it is none of these, is cut, or is more than [`MOST_BYTES`].
pub fn parse(input: &[u8]) -> Result<Input, ParseError> {
    parse_named(input, None)
}

/// The same for inputs that hold several requests: the one of this name or number.
///
/// # Errors
/// As [`parse`]; and if there is none of this name, or several and no name.
pub fn parse_named(input: &[u8], name: Option<&str>) -> Result<Input, ParseError> {
    if input.len() > MOST_BYTES {
        return Err(ParseError::new(format!(
            "the input has more than {} MiB, which is too much for one request",
            MOST_BYTES >> 20
        )));
    }
    let input = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
    let input = input.trim_ascii_start();
    let read = match input.first() {
        None => return Err(ParseError::new("the input is empty")),
        Some(b'{' | b'[') => json::parse(input, name)?,
        // There can be a method of the name `curl`.
        Some(_) if curl::is_command(input) && !begins_with_request_line(input) => {
            curl::parse(input)?
        }
        Some(_) if http::is_request(input) => http::parse(input)?,
        Some(_) => {
            return Err(ParseError::new(
                "this is no request: give raw HTTP (`POST /path HTTP/1.1`, headers, an empty line, the body), a curl command, \
                 a HAR document, a vector case, or a line of a store",
            ));
        }
    };
    check(&read.request)?;
    Ok(read)
}

/// Method, target, version.
fn begins_with_request_line(input: &[u8]) -> bool {
    let line = input.split(|byte| *byte == b'\n').next();
    let mut words = line
        .unwrap_or_default()
        .trim_ascii_end()
        .split(|byte| *byte == b' ');
    words.nth(2).is_some_and(|word| word.starts_with(b"HTTP/")) && words.next().is_none()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_request_says_what_would_be_one() {
        let cases: [(&[u8], &str); 5] = [
            (b" \n", "empty"),
            (b"hello", "this is no request"),
            (b"\xff\xfe\x00", "this is no request"),
            (b"{\"a\":", "no JSON"),
            (b"{\"id\":\"evt_1\"}", "its whole request"),
        ];
        for (input, why) in cases {
            let error = parse(input).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_input() {
        let input = parse(b"\xef\xbb\xbfPOST / HTTP/1.1\n\nx").unwrap();
        assert_eq!(input.request.body, "x");
    }

    #[test]
    fn a_method_may_have_the_name_of_a_command() {
        for line in ["curl / HTTP/1.1\n\nx", "CURL.EXE /a HTTP/2\r\n\r\nx"] {
            let input = parse(line.as_bytes()).unwrap();
            assert_eq!(input.request.body, "x", "{line}");
        }
        let input = parse(b"curl http://h/ -d HTTP/1.1").unwrap();
        assert_eq!(input.request.body, "HTTP/1.1");
    }

    #[test]
    fn too_much_is_refused() {
        let error = parse(&vec![b' '; MOST_BYTES + 1]).unwrap_err().to_string();
        assert!(error.contains("64 MiB"), "{error}");
    }

    #[test]
    fn json_of_any_depth_is_refused_and_not_followed() {
        for open in ["[", "{\"request\":", "{\"log\":{\"entries\":["] {
            assert!(parse(open.repeat(200_000).as_bytes()).is_err());
        }
    }
}
