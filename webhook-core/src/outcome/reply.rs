//! Answers that the library gives by itself.

use std::fmt;

use bytes::Bytes;
use http::StatusCode;

/// An answer to a handshake, or an acknowledgement in the words that a sender demands.
///
/// ```
/// use webhook_core::Reply;
///
/// let reply = Reply::text("echoed challenge");
/// assert_eq!(reply.status(), 200);
/// assert_eq!(reply.body(), "echoed challenge");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    status: StatusCode,
    headers: &'static [(&'static str, &'static str)],
    body: Bytes,
}

impl Reply {
    /// An answer without a body.
    #[must_use]
    pub const fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: &[],
            body: Bytes::new(),
        }
    }

    /// Status 200 and a plain text. Browsers are told not to guess at its type, since it may echo what a stranger sent.
    #[must_use]
    pub fn text(body: impl Into<Bytes>) -> Self {
        Self {
            status: StatusCode::OK,
            headers: &[
                ("content-type", "text/plain"),
                ("x-content-type-options", "nosniff"),
            ],
            body: body.into(),
        }
    }

    /// Status 200 and a JSON document.
    #[must_use]
    pub fn json(body: impl Into<Bytes>) -> Self {
        Self {
            status: StatusCode::OK,
            headers: &[("content-type", "application/json")],
            body: body.into(),
        }
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers: names in lower case, values.
    #[must_use]
    pub const fn headers(&self) -> &'static [(&'static str, &'static str)] {
        self.headers
    }

    /// The body.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }
}

impl Reply {
    /// What becomes of the headers of a handler's empty success when this is sent in its place: those that describe a body
    /// are removed (`None`), those of the reply are set. The others stay. The length is set by the server.
    pub fn header_changes(
        &self,
    ) -> impl Iterator<Item = (&'static str, Option<&'static str>)> + use<> {
        const ABOUT_THE_BODY: [&str; 4] = [
            "content-encoding",
            "content-length",
            "content-type",
            "transfer-encoding",
        ];
        let removed = ABOUT_THE_BODY.into_iter().map(|name| (name, None));
        removed.chain(
            self.headers
                .iter()
                .map(|&(name, value)| (name, Some(value))),
        )
    }
}

impl fmt::Debug for Reply {
    /// Without the body: it may echo the request, or be signed with the account's key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body_len", &self.body.len())
            .finish()
    }
}
