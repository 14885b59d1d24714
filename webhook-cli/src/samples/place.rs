//! Where something stands in a request.

use bytes::Bytes;
use serde_json::Value;

use super::{edit, form};
use crate::request::Request;

/// A place in a request, as flags and samples write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// A JSON pointer into the body, such as `/data/object/id`.
    Json(&'a str),
    /// A field of a body that is a form: `form id`.
    Form(&'a str),
    /// A header: `header x-github-event`.
    Header(&'a str),
    /// A parameter of the query: `query signature`.
    Query(&'a str),
}

impl<'a> Place<'a> {
    /// Reads what a sample says.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        match text.split_once(' ') {
            Some(("form", name)) => Self::Form(name),
            Some(("header", name)) => Self::Header(name),
            Some(("query", name)) => Self::Query(name),
            _ => Self::Json(text),
        }
    }

    /// Whether it is a place of the body.
    #[must_use]
    pub fn is_in_body(self) -> bool {
        matches!(self, Self::Json(_) | Self::Form(_))
    }

    /// What stands there in a request, as text.
    #[must_use]
    pub fn read(self, request: &Request) -> Option<String> {
        match self {
            Self::Header(name) => text(request.header(name)?),
            Self::Query(name) => {
                let (_, query) = request.target.split_once('?')?;
                form::form_get(query, name)
            }
            _ => self.read_body(&text(&request.body)?),
        }
    }

    /// What stands there in a body, as text.
    #[must_use]
    pub fn read_body(self, body: &str) -> Option<String> {
        match self {
            Self::Json(pointer) => {
                let raw = edit::get(body, pointer).ok()??;
                match serde_json::from_str(raw).ok()? {
                    Value::String(text) => Some(text),
                    Value::Number(number) => Some(number.to_string()),
                    _ => None,
                }
            }
            Self::Form(name) => form::form_get(body, name),
            Self::Header(_) | Self::Query(_) => None,
        }
    }

    /// The body with this text there. A number stays one, if the text is one.
    ///
    /// # Errors
    /// If the body has no such place.
    pub fn write_body(self, body: &str, value: &str) -> Result<String, String> {
        match self {
            Self::Json(pointer) => {
                let old = edit::get(body, pointer)?.unwrap_or_default();
                let is_number = old.starts_with(|first: char| first.is_ascii_digit());
                match is_number && value.parse::<u64>().is_ok_and(|it| it.to_string() == value) {
                    true => edit::set(body, pointer, value),
                    false => edit::set(body, pointer, &Value::from(value).to_string()),
                }
            }
            Self::Form(name) => Ok(form::form_set(body, name, value)),
            Self::Header(_) | Self::Query(_) => Ok(body.to_owned()),
        }
    }
}

fn text(bytes: &Bytes) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}
