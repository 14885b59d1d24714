//! A request to be explained.

use std::fmt;

use bytes::Bytes;

use crate::request::RequestHead;

/// A request as it arrived.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query, or the whole URL.
    pub target: String,
    /// Names and values in the order in which they came.
    pub headers: Vec<(String, Bytes)>,
    /// The body.
    pub body: Bytes,
}

impl Request {
    pub(super) fn head(&self) -> RequestHead<'_> {
        RequestHead::new(&self.method, &self.target, &self.headers)
    }

    /// The first header of this name, if it is a text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.headers.iter();
        let (_, value) = lines.find(|(own, _)| own.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }

    pub(super) fn with_body(&self, body: Bytes) -> Self {
        let is_of_body = |name: &str| {
            ["content-length", "content-encoding"]
                .iter()
                .any(|own| name.eq_ignore_ascii_case(own))
        };
        let headers = self.headers.iter().filter(|(name, _)| !is_of_body(name));
        Self {
            headers: headers.cloned().collect(),
            body,
            ..self.clone()
        }
    }
}

impl fmt::Debug for Request {
    /// Without values and body, as everywhere.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("headers", &names)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}
