//! What is read.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::request::Request;
use crate::terminal::Failure;
use crate::text;

/// A request, and what else was said about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Input {
    /// The request.
    pub request: Request,
    /// Who sent it, where the input says so.
    pub provider: Option<String>,
    /// The settings of the receiver, where the input has them.
    pub config: Option<Value>,
    /// The receiver's clock, in seconds since 1970.
    pub now: Option<i64>,
    /// The name of a case, or the number of a stored request.
    pub name: Option<String>,
    /// What a person should know about how it was read. Harmless for a terminal.
    pub notes: Vec<String>,
    /// The verdict that a vector case expects, or that a stored request got.
    pub expected: Option<String>,
}

/// Why no request could be read. Harmless for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError(String);

impl ParseError {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ParseError {}

impl From<ParseError> for Failure {
    fn from(error: ParseError) -> Self {
        Self::Usage(error.0)
    }
}

/// Reads a value. What is wrong with it does not show it.
pub(super) fn read<'a, T: Deserialize<'a>>(
    value: &'a RawValue,
    what: &str,
) -> Result<T, ParseError> {
    serde_json::from_str(value.get()).map_err(|error| {
        ParseError::new(format!(
            "{what} cannot be read: {}",
            text::short(&error.to_string(), 200)
        ))
    })
}
