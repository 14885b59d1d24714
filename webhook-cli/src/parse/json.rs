//! Says which of the JSON formats a document has.

use serde_json::value::RawValue;

use crate::parse::input::{Input, ParseError, read};
use crate::parse::vector::Document;
use crate::parse::{har, vector};
use crate::text;

/// Reads a HAR document or one of its entries, a vector case, a vector file, or lines of a store.
///
/// # Errors
/// If it is no JSON, none of these, or holds several requests and no name says which one is meant.
pub fn parse(input: &[u8], name: Option<&str>) -> Result<Input, ParseError> {
    let mut values = serde_json::Deserializer::from_slice(input).into_iter::<&RawValue>();
    let first = match values.next() {
        Some(Ok(value)) => value,
        Some(Err(error)) => return Err(ParseError::new(format!("it is no JSON: {error}"))),
        None => return Err(ParseError::new("the input is empty")),
    };
    let rest = values.byte_offset();
    let is_one = input
        .get(rest..)
        .unwrap_or_default()
        .trim_ascii()
        .is_empty();
    match is_one {
        true => one(first, name),
        false => lines(input, name),
    }
}

fn one(value: &RawValue, name: Option<&str>) -> Result<Input, ParseError> {
    if value.get().starts_with('[') {
        return Err(ParseError::new(
            "the JSON is a list: give one of its elements, if it is a request",
        ));
    }
    let document: Document<'_> = read(value, "the document")?;
    if let Some(cases) = document.cases {
        return vector::file(&document, cases, name);
    }
    if let Some(log) = document.log {
        return har::log(log);
    }
    match document.request {
        Some(request) if vector::is_request(request) => vector::case(&document),
        Some(_) => har::entry(value),
        None => Err(ParseError::new(
            "the JSON is no request: it has none of `log` (HAR), `request` (a HAR entry, a vector case, a line of a store), `cases` \
             (a vector file). To explain a body, give its whole request",
        )),
    }
}

/// Lines of a store. The last one may be cut.
fn lines(input: &[u8], name: Option<&str>) -> Result<Input, ParseError> {
    let values = serde_json::Deserializer::from_slice(input).into_iter::<&RawValue>();
    let mut count = 0;
    for value in values.map_while(Result::ok) {
        count += 1;
        let document: Document<'_> = read(value, "a line")?;
        if name.is_some_and(|name| document.is_named(name, count)) {
            return one(value, None);
        }
    }
    Err(ParseError::new(match name {
        Some(name) => format!(
            "there is no request `{}` in the file",
            text::short(name, 80)
        ),
        None => {
            format!("the file has more than one request ({count} lines): say which one is meant")
        }
    }))
}
