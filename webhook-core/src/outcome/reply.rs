//! Answers that the library gives by itself.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;

use crate::outcome::setup_secret::SetupSecret;

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
    /// What the request hands over, and the header in which it is sent back.
    handed_over: Option<Arc<(SetupSecret, Option<&'static str>)>>,
    /// Headers whose values are the receiver's own configuration.
    own: Option<Arc<[(&'static str, String)]>>,
}

impl Reply {
    /// An answer without a body.
    #[must_use]
    pub const fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: &[],
            body: Bytes::new(),
            handed_over: None,
            own: None,
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
            handed_over: None,
            own: None,
        }
    }

    /// Status 200 and a JSON document.
    #[must_use]
    pub fn json(body: impl Into<Bytes>) -> Self {
        Self {
            status: StatusCode::OK,
            headers: &[("content-type", "application/json")],
            body: body.into(),
            handed_over: None,
            own: None,
        }
    }

    /// Status 200 to the request that hands over this secret, which goes back in this header.
    pub(crate) fn to_setup(secret: SetupSecret, header: Option<&'static str>) -> Self {
        Self {
            handed_over: Some(Arc::new((secret, header))),
            ..Self::empty(StatusCode::OK)
        }
    }

    /// Status 200 to a sender that asks whether it may send, with these headers.
    pub(crate) fn permission(headers: Vec<(&'static str, String)>) -> Self {
        Self {
            own: Some(headers.into()),
            ..Self::empty(StatusCode::OK)
        }
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers: names in lower case, values.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let own = self.own.iter().flat_map(|own| own.iter());
        let own = own.map(|(name, value)| (*name, value.as_str()));
        self.headers
            .iter()
            .copied()
            .chain(own)
            .chain(self.sent_back())
    }

    /// The header that holds what the request has handed over.
    pub(super) fn sent_back(&self) -> Option<(&'static str, &str)> {
        let (secret, header) = self.handed_over.as_deref()?;
        header.map(|name| (name, secret.secret().expose()))
    }

    /// The secret that the request hands over, if it is a set-up request of that kind.
    #[must_use]
    pub fn setup_secret(&self) -> Option<&SetupSecret> {
        self.handed_over.as_deref().map(|(secret, _)| secret)
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
    /// Without the body: it may echo the request, or be signed with the account's key. Without what a request hands over.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body_len", &self.body.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_described_another_body_goes_and_the_headers_of_the_reply_are_set() {
        let changes: Vec<_> = Reply::json("{}").header_changes().collect();
        let wanted = [
            ("content-encoding", None),
            ("content-length", None),
            ("content-type", None),
            ("transfer-encoding", None),
            ("content-type", Some("application/json")),
        ];
        assert_eq!(changes, wanted);
    }
}
