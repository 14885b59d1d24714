//! Why a request was refused, and why a set-up was.

use std::error::Error;
use std::fmt;

use http::StatusCode;

/// Why a request was refused.
///
/// Opaque: read it through [`kind`](Self::kind), [`status`](Self::status) and [`code`](Self::code).
/// It never holds a secret, a signature or a part of the body.
///
/// ```
/// use webhook_core::{Rejection, RejectionKind};
///
/// let rejection = Rejection::new(RejectionKind::BadSignature, "no key matches");
/// assert_eq!(rejection.status(), 401);
/// assert_eq!(rejection.code(), "bad_signature");
/// assert!(rejection.is_sender_fault());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    kind: RejectionKind,
    status: StatusCode,
    reason: &'static str,
    header: Option<&'static str>,
}

/// The kinds of refusal. More may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// The signature is well formed and no key matches it.
    BadSignature,
    /// Another part of the server has read the body before. Our fault.
    BodyAlreadyTaken,
    /// The body ended early or its transfer failed.
    BodyIncomplete,
    /// The body did not arrive in time.
    BodyTimeout,
    /// The body is longer than the endpoint accepts.
    BodyTooLarge,
    /// The signed time lies further ahead than the tolerance.
    Future,
    /// A set-up request that must not be confirmed.
    HandshakeRefused,
    /// The event is being processed elsewhere. Our doing; the sender should try again.
    InProgress,
    /// Keys could not be had just now. Our fault; the sender should try again.
    KeysUnavailable,
    /// What had to be looked up at the sender's interface could not be: see [`Confirm`](crate::Confirm). Our fault; the sender should try
    /// again.
    LookUpFailed,
    /// A header, a time or a body that the scheme cannot read.
    Malformed,
    /// The sender only uses other methods.
    MethodNotAllowed,
    /// The endpoint is not set up. Our fault.
    Misconfigured,
    /// There is no signature, or none of an accepted version.
    MissingSignature,
    /// The sender's interface knows nothing of what the notification names: see [`Confirm`](crate::Confirm).
    NotConfirmed,
    /// A signature that is no proof of the whole body has come with another body before.
    SignatureReused,
    /// What had to be asked to judge the request did not answer in time:
    /// [`Endpoint::resolver_timeout`](crate::Endpoint::resolver_timeout). Our fault; the sender should try again.
    ResolverTimeout,
    /// The signed time is older than the tolerance.
    Stale,
    /// The dedupe store does not answer. Our fault; the sender should try again.
    StoreUnavailable,
    /// Genuine, and in a version of the sender's API that the endpoint is not written for. The sender should try again.
    UnexpectedApiVersion,
    /// There is nothing at this address.
    UnknownEndpoint,
    /// The sender does not sign this kind of request.
    Unsigned,
    /// The key or certificate is not one that is accepted.
    UntrustedKey,
    /// Authentic, but meant for somebody else.
    WrongAudience,
}

struct Row {
    status: StatusCode,
    code: &'static str,
    problem: &'static str,
}

/// Joins the texts of one row at compile time, so that answering needs no formatting.
macro_rules! rejection_row {
    ($status:ident, $code:literal, $title:literal) => {
        Row {
            status: StatusCode::$status,
            code: $code,
            problem: concat!(
                r#"{"type":"about:blank","title":""#,
                $title,
                r#"","code":""#,
                $code,
                r#""}"#
            ),
        }
    };
}

impl RejectionKind {
    const fn row(self) -> Row {
        match self {
            Self::BadSignature => rejection_row!(UNAUTHORIZED, "bad_signature", "Bad signature"),
            Self::BodyAlreadyTaken => {
                rejection_row!(
                    INTERNAL_SERVER_ERROR,
                    "body_already_taken",
                    "Internal error"
                )
            }
            Self::BodyIncomplete => {
                rejection_row!(BAD_REQUEST, "body_incomplete", "Body incomplete")
            }
            Self::BodyTimeout => rejection_row!(REQUEST_TIMEOUT, "body_timeout", "Body too slow"),
            Self::BodyTooLarge => {
                rejection_row!(PAYLOAD_TOO_LARGE, "body_too_large", "Body too large")
            }
            Self::Future => rejection_row!(UNAUTHORIZED, "future", "Time outside the window"),
            Self::HandshakeRefused => {
                rejection_row!(FORBIDDEN, "handshake_refused", "Handshake refused")
            }
            Self::InProgress => {
                rejection_row!(SERVICE_UNAVAILABLE, "in_progress", "Try again later")
            }
            Self::KeysUnavailable => {
                rejection_row!(SERVICE_UNAVAILABLE, "keys_unavailable", "Try again later")
            }
            Self::LookUpFailed => {
                rejection_row!(SERVICE_UNAVAILABLE, "look_up_failed", "Try again later")
            }
            Self::Malformed => rejection_row!(BAD_REQUEST, "malformed", "Malformed request"),
            Self::MethodNotAllowed => {
                rejection_row!(
                    METHOD_NOT_ALLOWED,
                    "method_not_allowed",
                    "Method not allowed"
                )
            }
            Self::Misconfigured => {
                rejection_row!(INTERNAL_SERVER_ERROR, "misconfigured", "Internal error")
            }
            Self::MissingSignature => {
                rejection_row!(BAD_REQUEST, "missing_signature", "Missing signature")
            }
            Self::NotConfirmed => rejection_row!(NOT_FOUND, "not_confirmed", "Not confirmed"),
            Self::SignatureReused => {
                rejection_row!(UNAUTHORIZED, "signature_reused", "Signature reused")
            }
            Self::ResolverTimeout => {
                rejection_row!(SERVICE_UNAVAILABLE, "resolver_timeout", "Try again later")
            }
            Self::Stale => rejection_row!(UNAUTHORIZED, "stale", "Time outside the window"),
            Self::StoreUnavailable => {
                rejection_row!(SERVICE_UNAVAILABLE, "store_unavailable", "Try again later")
            }
            Self::UnexpectedApiVersion => {
                rejection_row!(
                    SERVICE_UNAVAILABLE,
                    "unexpected_api_version",
                    "Try again later"
                )
            }
            Self::UnknownEndpoint => rejection_row!(NOT_FOUND, "unknown_endpoint", "Not found"),
            Self::Unsigned => rejection_row!(BAD_REQUEST, "unsigned", "Unsigned request"),
            Self::UntrustedKey => rejection_row!(UNAUTHORIZED, "untrusted_key", "Untrusted key"),
            Self::WrongAudience => rejection_row!(UNAUTHORIZED, "wrong_audience", "Wrong audience"),
        }
    }
}

impl Rejection {
    /// A refusal of this kind. `reason` is for logs: one short fixed sentence, never data of the request.
    #[must_use]
    pub const fn new(kind: RejectionKind, reason: &'static str) -> Self {
        Self {
            kind,
            status: kind.row().status,
            reason,
            header: None,
        }
    }

    /// The same refusal, because of this header; the name in lower case.
    ///
    /// ```
    /// use webhook_core::{Rejection, RejectionKind};
    ///
    /// let rejection = Rejection::new(RejectionKind::MissingSignature, "the request has no signature")
    ///     .of_header("stripe-signature");
    /// assert_eq!(
    ///     rejection.to_string(),
    ///     "missing_signature: the request has no signature (header `stripe-signature`)"
    /// );
    /// ```
    #[must_use]
    pub const fn of_header(self, name: &'static str) -> Self {
        Self {
            header: Some(name),
            ..self
        }
    }

    /// The same refusal for another reason: one short fixed sentence again.
    pub(crate) const fn because(self, reason: &'static str) -> Self {
        Self { reason, ..self }
    }

    /// The same refusal with the status that a sender's documentation asks for.
    #[must_use]
    pub const fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// What kind of refusal this is.
    #[must_use]
    pub const fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// The status to answer with.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// A stable word for this kind, for logs, metrics and the response body.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.row().code
    }

    /// More precise than the code, for the receiver's own logs. Not stable, never sent to the client.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }

    /// The header that is absent or at fault, where it is one. For the receiver's own logs.
    #[must_use]
    pub const fn header(&self) -> Option<&'static str> {
        self.header
    }

    /// Whether the request is to blame (4xx). Otherwise the receiver is (5xx) and the sender should try again.
    #[must_use]
    pub fn is_sender_fault(&self) -> bool {
        self.status.is_client_error()
    }

    /// The body to answer with, of type `application/problem+json` (RFC 9457).
    #[must_use]
    pub const fn problem(&self) -> &'static str {
        self.kind.row().problem
    }

    /// The headers to answer with. RFC 9110 asks for a challenge beside 401 and for `Allow` beside 405.
    #[must_use]
    pub fn headers(&self) -> &'static [(&'static str, &'static str)] {
        const TYPE: (&str, &str) = ("content-type", "application/problem+json");
        match self.status {
            StatusCode::UNAUTHORIZED => &[TYPE, ("www-authenticate", "Signature")],
            StatusCode::METHOD_NOT_ALLOWED => &[TYPE, ("allow", "POST")],
            StatusCode::SERVICE_UNAVAILABLE => &[TYPE, ("retry-after", "5")],
            _ => &[TYPE],
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.reason)?;
        match self.header {
            Some(name) => write!(f, " (header `{name}`)"),
            None => Ok(()),
        }
    }
}

impl Error for Rejection {}

pub(crate) const fn malformed(reason: &'static str) -> Rejection {
    Rejection::new(RejectionKind::Malformed, reason)
}

pub(crate) const fn missing(reason: &'static str) -> Rejection {
    Rejection::new(RejectionKind::MissingSignature, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[RejectionKind] = &[
        RejectionKind::BadSignature,
        RejectionKind::BodyAlreadyTaken,
        RejectionKind::BodyIncomplete,
        RejectionKind::BodyTimeout,
        RejectionKind::BodyTooLarge,
        RejectionKind::Future,
        RejectionKind::HandshakeRefused,
        RejectionKind::InProgress,
        RejectionKind::KeysUnavailable,
        RejectionKind::LookUpFailed,
        RejectionKind::Malformed,
        RejectionKind::MethodNotAllowed,
        RejectionKind::Misconfigured,
        RejectionKind::MissingSignature,
        RejectionKind::NotConfirmed,
        RejectionKind::SignatureReused,
        RejectionKind::ResolverTimeout,
        RejectionKind::Stale,
        RejectionKind::StoreUnavailable,
        RejectionKind::UnknownEndpoint,
        RejectionKind::Unsigned,
        RejectionKind::UntrustedKey,
        RejectionKind::WrongAudience,
    ];

    #[test]
    fn codes_are_distinct() {
        let codes: std::collections::HashSet<_> = ALL.iter().map(|k| k.row().code).collect();
        assert_eq!(codes.len(), ALL.len());
    }

    #[test]
    fn the_problem_is_json_with_the_code_and_without_the_reason() {
        for kind in ALL {
            let rejection = Rejection::new(*kind, "for the log only");
            let problem: serde_json::Value = serde_json::from_str(rejection.problem()).unwrap();
            assert_eq!(problem["code"], rejection.code());
            assert!(!rejection.problem().contains(rejection.reason()));
        }
    }

    #[test]
    fn our_own_faults_make_the_sender_try_again() {
        for kind in [
            RejectionKind::Misconfigured,
            RejectionKind::KeysUnavailable,
            RejectionKind::LookUpFailed,
            RejectionKind::ResolverTimeout,
            RejectionKind::BodyAlreadyTaken,
        ] {
            assert!(!Rejection::new(kind, "").is_sender_fault());
        }
    }

    #[test]
    fn statuses_bring_the_headers_that_http_asks_for() {
        let names = |kind| {
            let rejection = Rejection::new(kind, "");
            rejection
                .headers()
                .iter()
                .map(|(name, _)| *name)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(RejectionKind::BadSignature),
            ["content-type", "www-authenticate"]
        );
        assert_eq!(
            names(RejectionKind::MethodNotAllowed),
            ["content-type", "allow"]
        );
        assert_eq!(
            names(RejectionKind::KeysUnavailable),
            ["content-type", "retry-after"]
        );
        assert_eq!(names(RejectionKind::Malformed), ["content-type"]);
    }
}
