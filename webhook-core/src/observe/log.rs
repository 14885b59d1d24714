//! The log: the observer that is always there.

use tracing::field::Empty;
use tracing::{Level, enabled, span_enabled};

use crate::json::Text;
use crate::message::Mode;
use crate::observe::level::LogLevel;
use crate::observe::observed::{Observed, Outcome};
use crate::outcome::{Answer, Rejection, RejectionKind};

/// Whether anybody listens to what goes well.
///
/// The span is asked for first: layers of tracing-subscriber with filters of their own remember the last question, and would take the
/// span for an event at DEBUG (<https://github.com/tokio-rs/tracing/issues/2519>).
pub(super) fn is_curious() -> bool {
    span_enabled!(target: "webhook", Level::INFO) || enabled!(target: "webhook", Level::DEBUG)
}

/// Whether a line would be written for this answer.
pub(super) fn hears_of(answer: &Answer, refusals: LogLevel) -> bool {
    match (answer.rejection().map(own_fault), refusals) {
        (Some(Own::Error(_)), _) => enabled!(target: "webhook", Level::ERROR),
        (Some(Own::Warn(_)), _) => enabled!(target: "webhook", Level::WARN),
        (Some(Own::No), LogLevel::Warn) => enabled!(target: "webhook", Level::WARN),
        (Some(Own::No), LogLevel::Info) => enabled!(target: "webhook", Level::INFO),
        _ => false,
    }
}

/// One line for each request.
pub(super) fn log(seen: &Observed, refusals: LogLevel) {
    // The level is part of what is fixed at compile time.
    macro_rules! line {
        ($level:ident, $text:expr) => {
            tracing::$level!(
                target: "webhook",
                endpoint = seen.endpoint(),
                variant = seen.variant(),
                provider = seen.provider(),
                account = seen.account().as_deref(),
                key = seen.key().as_deref(),
                kind = seen.kind(),
                id = seen.id(),
                mode = mode(seen),
                api_version = api_version(seen).as_deref(),
                outcome = seen.outcome().as_str(),
                code = seen.code(),
                reason = seen.reason().as_deref(),
                header = seen.rejection().and_then(|it| it.header()),
                error = seen.fault(),
                status = seen.status().map(|it| it.as_u16()),
                body_bytes = seen.body_len(),
                verdict_us = micros(seen.verdict_time()),
                handler_us = seen.handler_time().map(micros),
                "{}", $text
            )
        };
    }
    match seen.rejection().map_or(Own::No, own_fault) {
        _ if seen.outcome() == Outcome::Reported => line!(
            warn,
            "report only: a request that would be refused went on to the handler"
        ),
        Own::Error(todo) => line!(error, format_args!("request refused: {todo}")),
        Own::Warn(todo) => line!(warn, format_args!("request refused: {todo}")),
        Own::No => match (seen.outcome(), refusals) {
            (Outcome::Refused, LogLevel::Off) => {}
            (Outcome::Refused, LogLevel::Info) => line!(info, "request refused"),
            (Outcome::Refused, LogLevel::Warn) => line!(warn, "request refused"),
            (Outcome::Refused, LogLevel::Debug) => line!(debug, "request refused"),
            (Outcome::Accepted, _) if seen.has_unexpected_api_version() => line!(
                warn,
                "request accepted, and its API version is not one that `Endpoint::expect_api_versions` names: set the version at the \
                 sender's endpoint, or name this one"
            ),
            (Outcome::Undecodable, _) => line!(
                error,
                "a genuine request cannot be read as the type that the handler takes"
            ),
            (outcome, _) => line!(debug, in_words(outcome)),
        },
    }
}

/// A sender hands over its secret: who, and never which.
pub(super) fn log_setup(endpoint: Option<&str>, variant: Option<&str>, provider: Option<&str>) {
    tracing::info!(
        target: "webhook",
        endpoint,
        variant,
        provider,
        "a set-up request has handed over a secret, unsigned: if it is of the webhook that you are setting up, configure the secret and leave \
         set-up mode; else make that webhook again"
    );
}

/// Whether it is our own fault, and what to do.
enum Own {
    Error(&'static str),
    Warn(&'static str),
    No,
}

fn own_fault(rejection: &Rejection) -> Own {
    match rejection.kind() {
        // Its reason says what to do.
        RejectionKind::Misconfigured
        | RejectionKind::BodyAlreadyTaken
        | RejectionKind::UnexpectedApiVersion => Own::Error(rejection.reason()),
        RejectionKind::KeysUnavailable => Own::Warn(
            "the keys of the sender could not be had: see that this machine reaches the sender by HTTPS; the sender tries again",
        ),
        RejectionKind::LookUpFailed => Own::Warn(
            "the sender's interface could not be asked: see what the look-up says, and that this machine reaches the sender; the sender tries again",
        ),
        RejectionKind::ResolverTimeout => Own::Warn(rejection.reason()),
        RejectionKind::StoreUnavailable => Own::Warn(
            "the dedupe store does not answer: see that its database runs and is reached; the sender tries again",
        ),
        _ => Own::No,
    }
}

const fn in_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "request accepted",
        Outcome::Duplicate => "duplicate acknowledged",
        Outcome::InProgress => "the event is being processed elsewhere: the sender tries again",
        Outcome::Ignored => "request acknowledged: its kind is not wanted",
        Outcome::Handshake => "handshake answered",
        Outcome::Refused => "request refused",
        Outcome::Reported => "report only: the request would be refused",
        Outcome::Undecodable => "request cannot be read",
        Outcome::HandlerFailed => "the handler failed: the sender tries again",
        Outcome::Panicked => "the handler panicked",
        Outcome::Cancelled => "the request was dropped",
    }
}

/// Whether money moves, where that is said.
fn mode(seen: &Observed) -> Option<&'static str> {
    Some(seen.mode())
        .filter(|mode| *mode != Mode::Unknown)
        .map(Mode::as_str)
}

/// The version that nobody expected.
fn api_version(seen: &Observed) -> Option<Text> {
    let delivery = seen.delivery()?;
    let is_told = seen.has_unexpected_api_version() || seen.rejection().is_some();
    is_told.then(|| delivery.api_version())?
}

fn micros(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// The span of a request, in the names of OpenTelemetry where it has one:
/// <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>.
pub(super) fn span(method: &str) -> tracing::Span {
    tracing::info_span!(
        target: "webhook",
        "webhook",
        otel.kind = "server",
        http.request.method = known(method),
        http.request.body.size = Empty,
        http.response.status_code = Empty,
        error.r#type = Empty,
        webhook.endpoint = Empty,
        webhook.variant = Empty,
        webhook.provider = Empty,
        webhook.kind = Empty,
        webhook.id = Empty,
        webhook.outcome = Empty,
    )
}

/// A method that nobody knows is not written: it is a stranger's text.
fn known(method: &str) -> &str {
    const KNOWN: [&str; 9] = [
        "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE",
    ];
    let known = KNOWN.iter().find(|it| **it == method);
    known.copied().unwrap_or("_OTHER")
}

/// Writes into the span what became of its request.
pub(super) fn fill(span: &tracing::Span, seen: &Observed) {
    if span.is_disabled() {
        return;
    }
    let texts = [
        ("webhook.endpoint", seen.endpoint()),
        ("webhook.variant", seen.variant()),
        ("webhook.provider", seen.provider()),
        ("webhook.kind", seen.kind()),
        ("webhook.id", seen.id()),
        ("webhook.outcome", Some(seen.outcome().as_str())),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            span.record(name, text);
        }
    }
    span.record("http.request.body.size", seen.body_len());
    if let Some(status) = seen.status() {
        span.record("http.response.status_code", status.as_u16());
        if status.is_server_error() || status.is_client_error() {
            span.record("error.type", seen.code());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_written_if_everybody_knows_it() {
        for (method, written) in [
            ("CONNECT", "CONNECT"),
            ("DELETE", "DELETE"),
            ("GET", "GET"),
            ("HEAD", "HEAD"),
            ("OPTIONS", "OPTIONS"),
            ("PATCH", "PATCH"),
            ("POST", "POST"),
            ("PUT", "PUT"),
            ("TRACE", "TRACE"),
            ("post", "_OTHER"),
            ("4f1c2a9b7d3e8f60", "_OTHER"),
            ("", "_OTHER"),
        ] {
            assert_eq!(known(method), written);
        }
    }
}
