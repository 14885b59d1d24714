//! Why a genuine delivery cannot be read.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use http::StatusCode;

/// Why an authentic delivery could not be read as the type that was asked for.
///
/// Names the place, never what stands there. Nothing is lost: ask for `Result<Verified<E>, _>` or for
/// `Verified<Delivery>` and the body is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    path: String,
    problem: Cow<'static, str>,
}

impl DecodeError {
    /// An error at a place such as `data.object.amount`; `.` is the whole body.
    pub fn new(path: impl Into<String>, problem: impl Into<Cow<'static, str>>) -> Self {
        Self {
            path: path.into(),
            problem: problem.into(),
        }
    }

    /// Where the body differs from the type, such as `data.object.amount`; `.` is the whole body. A key of a map that does
    /// not look like the name of a field, as an address or a number of a card would not, is `*`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// A stable word for logs, metrics and the response body.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "undecodable"
    }

    /// The status to answer with: the request is genuine, so the fault is ours and the sender should try again.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }

    /// The headers to answer with.
    #[must_use]
    pub const fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("content-type", "application/problem+json")]
    }

    /// The body to answer with, of type `application/problem+json` (RFC 9457). Where it differs is for our own logs.
    #[must_use]
    pub const fn problem(&self) -> &'static str {
        r#"{"type":"about:blank","title":"Internal error","code":"undecodable"}"#
    }

    /// The same error with `prefix` put before the path.
    #[must_use]
    pub fn inside(mut self, prefix: &str) -> Self {
        self.path = match self.path.as_str() {
            "." => prefix.to_owned(),
            path if path.starts_with('[') => format!("{prefix}{path}"),
            path => format!("{prefix}.{path}"),
        };
        self
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the event does not decode at `{}`: {}",
            self.path, self.problem
        )
    }
}

impl Error for DecodeError {}
