//! What became of a request.

use std::borrow::Cow;
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::dedupe::StoreError;
use crate::delivery::Delivery;
use crate::json::Text;
use crate::message::Mode;
use crate::outcome::{Answer, DecodeError, Rejection};

/// What became of a request, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It is genuine, and the handler has succeeded. Where no handler is known, as with an extractor alone: it is genuine.
    Accepted,
    /// It is genuine, and its event was done before.
    Duplicate,
    /// It is genuine, and its event is being processed elsewhere.
    InProgress,
    /// It is genuine, and of a kind that [`Endpoint::only_kinds`](crate::Endpoint::only_kinds) does not name.
    Ignored,
    /// It is a set-up request of the sender, and was answered.
    Handshake,
    /// It was refused: [`Observed::code`] says why. By far not all are forgeries: our own faults are among them.
    Refused,
    /// It would be refused, and went on to the handler, because the endpoint [only reports](crate::Endpoint::dangerously_report_only):
    /// [`Observed::code`] says why, and the status is the handler's.
    Reported,
    /// It is genuine, and cannot be read as the type that the handler takes.
    Undecodable,
    /// It is genuine, and the handler has answered something else than a success.
    HandlerFailed,
    /// It is genuine, and the handler has panicked.
    Panicked,
    /// Nobody waited for the verdict, or the handler was dropped before its end.
    Cancelled,
}

impl Outcome {
    /// A stable word, for labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::InProgress => "in_progress",
            Self::Ignored => "ignored",
            Self::Handshake => "handshake",
            Self::Refused => "refused",
            Self::Reported => "reported",
            Self::Undecodable => "undecodable",
            Self::HandlerFailed => "handler_failed",
            Self::Panicked => "panicked",
            Self::Cancelled => "cancelled",
        }
    }

    pub(crate) fn of(answer: &Answer) -> Self {
        match answer {
            Answer::Rejection(rejection) if rejection.code() == "in_progress" => Self::InProgress,
            Answer::Rejection(_) => Self::Refused,
            Answer::Reply(_) => Self::Handshake,
            Answer::Duplicate(_) => Self::Duplicate,
            Answer::Ignored(_) => Self::Ignored,
            Answer::Undecodable(_) => Self::Undecodable,
        }
    }
}

/// What became of a request, and how long it took.
///
/// What it says of a request that is not [genuine](Self::delivery) is the receiver's own: its endpoint, its variant, its provider. Nothing
/// that a stranger has sent is in it, unless a resolver [looks accounts up](Self::is_looked_up) and names them by what was sent.
#[derive(Clone, Debug)]
pub struct Observed {
    pub(crate) endpoint: Option<Arc<str>>,
    pub(crate) variant: Option<Arc<str>>,
    pub(crate) is_looked_up: bool,
    pub(crate) provider: Option<&'static str>,
    pub(crate) outcome: Outcome,
    pub(crate) rejection: Option<Rejection>,
    pub(crate) decode_error: Option<DecodeError>,
    pub(crate) fault: Option<Arc<StoreError>>,
    pub(crate) has_unexpected_api_version: bool,
    pub(crate) delivery: Option<Delivery>,
    pub(crate) status: Option<StatusCode>,
    pub(crate) body_len: usize,
    pub(crate) body_time: Duration,
    pub(crate) verdict_time: Duration,
    pub(crate) handler_time: Option<Duration>,
}

impl Observed {
    /// The name of the endpoint.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// The account that the request was for, if there are several and it was found.
    #[must_use]
    pub fn variant(&self) -> Option<&str> {
        self.variant.as_deref()
    }

    /// Whether the account was looked up for this request, as in a database, and not among those of the configuration: its name may be
    /// one of very many. Labels of metrics leave it out until the request is genuine.
    #[must_use]
    pub const fn is_looked_up(&self) -> bool {
        self.is_looked_up
    }

    /// The provider, once it is known whom the request is for.
    #[must_use]
    pub const fn provider(&self) -> Option<&'static str> {
        self.provider
    }

    /// What became of it.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The code of the rejection if it was refused, `undecodable` if it cannot be read, else the word of the [outcome](Self::outcome).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.rejection {
            Some(rejection) => rejection.code(),
            None => self.outcome.as_str(),
        }
    }

    /// Why it was refused or cannot be read, in words for a log.
    #[must_use]
    pub fn reason(&self) -> Option<Cow<'static, str>> {
        let refused = self.rejection.as_ref().map(|it| it.reason().into());
        refused.or_else(|| Some(self.decode_error.as_ref()?.to_string().into()))
    }

    /// Why it was refused.
    #[must_use]
    pub const fn rejection(&self) -> Option<&Rejection> {
        self.rejection.as_ref()
    }

    /// Why it cannot be read.
    #[must_use]
    pub const fn decode_error(&self) -> Option<&DecodeError> {
        self.decode_error.as_ref()
    }

    /// What the store said, if it is the reason.
    #[must_use]
    pub fn fault(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.fault.as_ref()?.source()
    }

    /// The delivery, if the request is genuine.
    #[must_use]
    pub const fn delivery(&self) -> Option<&Delivery> {
        self.delivery.as_ref()
    }

    /// The sender's account, if the request is genuine and names one.
    #[must_use]
    pub fn account(&self) -> Option<Text> {
        self.delivery.as_ref()?.account()
    }

    /// The name of the key that matched, or its number.
    #[must_use]
    pub fn key(&self) -> Option<String> {
        let key = self.delivery.as_ref()?.key()?;
        Some(match key.name() {
            Some(name) => name.to_owned(),
            None => format!("number {}", key.index() + 1),
        })
    }

    /// The kind of the event, signed or not, if the request is genuine.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.delivery.as_ref()?.message().any_kind()
    }

    /// The id of the event, signed or not, if the request is genuine.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.delivery.as_ref()?.message().any_id()
    }

    /// Whether money moves, if the request is genuine and says that where it is signed.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.delivery
            .as_ref()
            .map(Delivery::mode)
            .unwrap_or_default()
    }

    /// Whether the request is genuine, and written in a version of the sender's API that
    /// [`Endpoint::expect_api_versions`](crate::Endpoint::expect_api_versions) does not name.
    #[must_use]
    pub const fn has_unexpected_api_version(&self) -> bool {
        self.has_unexpected_api_version
    }

    /// The status that was answered. Nothing if nobody was there to be answered, or an extractor does not know it.
    #[must_use]
    pub const fn status(&self) -> Option<StatusCode> {
        self.status
    }

    /// So many bytes of the body were read.
    #[must_use]
    pub const fn body_len(&self) -> usize {
        self.body_len
    }

    /// How long the body took to arrive, from the verdict over the head to its last byte.
    #[must_use]
    pub const fn body_time(&self) -> Duration {
        self.body_time
    }

    /// From the head to the verdict, with the time that the body took.
    #[must_use]
    pub const fn verdict_time(&self) -> Duration {
        self.verdict_time
    }

    /// How long the handler ran, if it was called.
    #[must_use]
    pub const fn handler_time(&self) -> Option<Duration> {
        self.handler_time
    }
}
