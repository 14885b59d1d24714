//! What the library answers instead of the handler.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::outcome::decode_error::DecodeError;
use crate::outcome::rejection::Rejection;
use crate::outcome::reply::Reply;

/// What the library answers by itself, because the handler is not called or does not return. An adapter turns it into a
/// response of its framework: [`status`](Self::status), [`headers`](Self::headers), [`body`](Self::body).
///
/// ```
/// use webhook_core::{Answer, Rejection, RejectionKind};
///
/// let answer = Answer::from(Rejection::new(RejectionKind::BadSignature, "no key matches"));
/// assert_eq!(answer.status(), 401);
/// assert!(answer.headers().any(|header| header == ("content-type", "application/problem+json")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// The request is refused.
    Rejection(Rejection),
    /// The request is a handshake, and this is the reply that the sender waits for.
    Reply(Reply),
    /// The event was handled before, and this is the acknowledgement that the sender waits for.
    Duplicate(Reply),
    /// The event is of a kind that the endpoint does not want, and this is the acknowledgement that the sender waits for.
    Ignored(Reply),
    /// The request is genuine, and cannot be read as the type that the handler takes.
    Undecodable(DecodeError),
}

/// The header of the answer to an event that was handled before.
pub const DUPLICATE_HEADER: (&str, &str) = ("webhook-duplicate", "true");

impl Answer {
    /// A stable word for logs: the [code](Rejection::code) of a rejection, else `handshake`, `duplicate`, `ignored` or `undecodable`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Rejection(rejection) => rejection.code(),
            Self::Reply(_) => "handshake",
            Self::Duplicate(_) => "duplicate",
            Self::Ignored(_) => "ignored",
            Self::Undecodable(error) => error.code(),
        }
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Rejection(rejection) => rejection.status(),
            Self::Reply(reply) | Self::Duplicate(reply) | Self::Ignored(reply) => reply.status(),
            Self::Undecodable(error) => error.status(),
        }
    }

    /// The headers: names in lower case, values. A duplicate is marked with `webhook-duplicate: true`.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let own: &'static [(&'static str, &'static str)] = match self {
            Self::Rejection(rejection) => rejection.headers(),
            Self::Undecodable(error) => error.headers(),
            Self::Reply(_) | Self::Duplicate(_) | Self::Ignored(_) => &[],
        };
        let reply = match self {
            Self::Reply(reply) | Self::Duplicate(reply) | Self::Ignored(reply) => Some(reply),
            Self::Rejection(_) | Self::Undecodable(_) => None,
        };
        let duplicate = matches!(self, Self::Duplicate(_)).then_some(DUPLICATE_HEADER);
        let headers = reply.into_iter().flat_map(Reply::headers);
        own.iter().copied().chain(headers).chain(duplicate)
    }

    /// The same as the `http` crate has them.
    #[must_use]
    pub fn header_map(&self) -> HeaderMap {
        let sent_back = match self {
            Self::Reply(reply) => reply.sent_back(),
            _ => None,
        };
        let line = |(name, value)| {
            let mut line = HeaderValue::from_str(value).ok()?;
            // The one that holds a secret is not printed.
            line.set_sensitive(sent_back == Some((name, value)));
            Some((HeaderName::from_static(name), line))
        };
        self.headers().filter_map(line).collect()
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Bytes {
        match self {
            Self::Rejection(rejection) => Bytes::from_static(rejection.problem().as_bytes()),
            Self::Reply(reply) | Self::Duplicate(reply) | Self::Ignored(reply) => {
                reply.body().clone()
            }
            Self::Undecodable(error) => Bytes::from_static(error.problem().as_bytes()),
        }
    }

    /// Why the request is refused, if it is. Adapters put it into the extensions of the response, for layers that count or
    /// log.
    #[must_use]
    pub const fn rejection(&self) -> Option<&Rejection> {
        match self {
            Self::Rejection(rejection) => Some(rejection),
            Self::Reply(_) | Self::Duplicate(_) | Self::Ignored(_) | Self::Undecodable(_) => None,
        }
    }

    /// The same, by value.
    ///
    /// ```
    /// use webhook_core::{Answer, Rejection, Reply};
    ///
    /// assert_eq!(Answer::from(Reply::text("challenge")).into_rejection(), None);
    /// ```
    #[must_use]
    pub fn into_rejection(self) -> Option<Rejection> {
        match self {
            Self::Rejection(rejection) => Some(rejection),
            Self::Reply(_) | Self::Duplicate(_) | Self::Ignored(_) | Self::Undecodable(_) => None,
        }
    }

    /// Why the delivery cannot be read, if that is the fault.
    #[must_use]
    pub const fn decode_error(&self) -> Option<&DecodeError> {
        match self {
            Self::Undecodable(error) => Some(error),
            Self::Rejection(_) | Self::Reply(_) | Self::Duplicate(_) | Self::Ignored(_) => None,
        }
    }
}

impl From<Rejection> for Answer {
    fn from(rejection: Rejection) -> Self {
        Self::Rejection(rejection)
    }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

impl From<DecodeError> for Answer {
    fn from(error: DecodeError) -> Self {
        Self::Undecodable(error)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejection(rejection) => rejection.fmt(f),
            Self::Reply(_) => f.write_str("a handshake, not a delivery"),
            Self::Duplicate(_) => f.write_str("the event was handled before"),
            Self::Ignored(_) => f.write_str("the event is of a kind that is not wanted"),
            Self::Undecodable(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Answer {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duplicate_is_a_reply_that_is_marked() {
        fn headers(answer: &Answer) -> Vec<(&str, &str)> {
            answer.headers().collect()
        }
        let reply = Reply::text("ok");
        let (first, second) = (Answer::from(reply.clone()), Answer::Duplicate(reply));
        assert_eq!(
            (first.status(), first.body()),
            (second.status(), second.body())
        );
        let marked = [headers(&first), vec![DUPLICATE_HEADER]].concat();
        assert_eq!(headers(&second), marked);
    }
}
