//! How much of anything is read.

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

use crate::parse::input::ParseError;
use crate::request::Request;
use crate::text;

/// The most bytes of an input.
pub const MOST_BYTES: usize = 64 << 20;

/// The most headers of a request.
pub const MOST_HEADERS: usize = 256;

/// The most bytes of a request line and headers.
pub const MOST_HEAD_BYTES: usize = 1 << 20;

/// Refuses what no HTTP request can be, and what is too much.
pub(super) fn check(request: &Request) -> Result<(), ParseError> {
    if request.method.is_empty() || !request.method.bytes().all(is_token) {
        return Err(ParseError::new(format!(
            "the method `{}` is no word of HTTP, such as POST",
            text::short(&request.method, 32)
        )));
    }
    let is_broken = |byte: u8| byte <= b' ' || byte == 0x7f;
    if request.target.is_empty() || request.target.bytes().any(is_broken) {
        return Err(ParseError::new(format!(
            "the path `{}` is empty, or has a space or a control character: write a space as %20",
            text::short(&request.target, 80)
        )));
    }
    if request.headers.len() > MOST_HEADERS {
        return Err(too_many_headers());
    }
    let mut head = request.target.len();
    for (name, value) in &request.headers {
        head += name.len() + value.len();
        check_header(name, value)?;
    }
    match head > MOST_HEAD_BYTES {
        true => Err(too_long_head()),
        false => Ok(()),
    }
}

pub(super) fn too_many_headers() -> ParseError {
    ParseError::new(format!(
        "there are more than {MOST_HEADERS} headers, which is too many"
    ))
}

pub(super) fn too_long_head() -> ParseError {
    ParseError::new(format!(
        "path and headers have more than {MOST_HEAD_BYTES} bytes, which is too much"
    ))
}

fn check_header(name: &str, value: &[u8]) -> Result<(), ParseError> {
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(ParseError::new(format!(
            "`{}` is no name of a header",
            text::short(name, 80)
        )));
    }
    let is_broken = |byte: &u8| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f;
    match value.iter().any(is_broken) {
        true => Err(ParseError::new(format!(
            "the header {name} has a line break or another control character in its value"
        ))),
        false => Ok(()),
    }
}

/// What names and methods may consist of.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A list of JSON with at most `N` elements, so that many small ones do not take much memory.
pub(super) fn at_most<'de, D, T, const N: usize>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_seq(List::<T, N>(PhantomData))
}

struct List<T, const N: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for List<T, N> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {N}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut read = Vec::new();
        while let Some(element) = list.next_element()? {
            if read.len() == N {
                return Err(A::Error::custom(format_args!("there are more than {N}")));
            }
            read.push(element);
        }
        Ok(read)
    }
}
