//! The chunks of a body with `transfer-encoding: chunked`.

use crate::parse::input::ParseError;

/// The body, and what stands behind its end.
///
/// # Errors
/// If a chunk is cut or has no size.
pub fn decode(mut rest: &[u8]) -> Result<(Vec<u8>, &[u8]), ParseError> {
    let mut body = Vec::new();
    loop {
        let (line, after) = line(rest).ok_or_else(cut)?;
        rest = after;
        let size = size(line)?;
        if size == 0 {
            return Ok((body, after_trailers(rest)));
        }
        let (chunk, after) = rest.split_at_checked(size).ok_or_else(cut)?;
        body.extend_from_slice(chunk);
        rest = after_line_break(after)?;
    }
}

/// Hexadecimal, with extensions that nobody reads.
fn size(line: &[u8]) -> Result<usize, ParseError> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
    let digits = std::str::from_utf8(digits.trim_ascii()).unwrap_or_default();
    let is_size = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let size = is_size.then(|| usize::from_str_radix(digits, 16).ok());
    size.flatten().ok_or_else(|| {
        ParseError::new(
            "the body is not in chunks as `transfer-encoding: chunked` says: remove this header if the body was joined already",
        )
    })
}

fn after_line_break(rest: &[u8]) -> Result<&[u8], ParseError> {
    let after = rest.strip_prefix(b"\r\n");
    after.or_else(|| rest.strip_prefix(b"\n")).ok_or_else(|| {
        ParseError::new("a chunk of the body is longer than its size says, or the body is cut")
    })
}

/// Lines until an empty one. Where it is missing, nothing follows.
fn after_trailers(mut rest: &[u8]) -> &[u8] {
    while let Some((trailer, after)) = line(rest) {
        rest = after;
        if trailer.is_empty() {
            return rest;
        }
    }
    &[]
}

fn line(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = rest.iter().position(|byte| *byte == b'\n')?;
    let (line, after) = rest.split_at_checked(at)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), after.get(1..)?))
}

fn cut() -> ParseError {
    ParseError::new("the body is cut: its last chunk, of size 0, is missing")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined() {
        let cases: [(&[u8], &[u8], &[u8]); 4] = [
            (b"3\r\nabc\r\n1;x=y\r\n\n\r\n0\r\n\r\n", b"abc\n", b""),
            (b"3\nabc\n0\n\nrest", b"abc", b"rest"),
            (b"0\r\nTrailer: x\r\n\r\n", b"", b""),
            (b"A\r\n0123456789\r\n0\r\n", b"0123456789", b""),
        ];
        for (input, body, rest) in cases {
            assert_eq!(decode(input).unwrap(), (body.to_vec(), rest));
        }
    }

    #[test]
    fn chunks_that_are_cut_or_have_no_size_are_refused() {
        let cases: [&[u8]; 7] = [
            b"",
            b"3\r\nab",
            b"3\r\nabc",
            b"3\r\nabcd\r\n0\r\n\r\n",
            b"x\r\n",
            b"+3\r\nabc\r\n0\r\n\r\n",
            b"ffffffffffffffffff\r\n",
        ];
        for input in cases {
            assert!(decode(input).is_err(), "{input:?}");
        }
    }
}
