//! What an adapter lends to the library.

use std::pin::Pin;
use std::time::{Duration, Instant};

use http::StatusCode;

use crate::outcome::{DecodeError, Reply};

/// A clock, a timer, and a place for what must run on when a request is cancelled. `Tokio` is one: feature `tokio`.
pub trait Runtime: Clone + Send + Sync + 'static {
    /// What time it is, by a clock that does not step and that goes with [`sleep`](Self::sleep).
    fn now(&self) -> Instant {
        Instant::now()
    }

    /// Waits for so long.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send;

    /// Runs this to its end, whatever becomes of the request.
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>);
}

/// How to look at what a handler of a framework has answered.
pub trait HandlerResponse: Sized {
    /// Whether the handler says that it has succeeded. Judged by the head: a body that breaks off changes nothing.
    fn is_success(&self) -> bool;

    /// Whether it says nothing else. A body whose length is not known may hold something.
    fn is_empty(&self) -> bool;

    /// The status that is answered, as far as it is known here.
    fn status(&self) -> Option<u16> {
        None
    }

    /// Why the handler was not called although the request is genuine: the event cannot be read as the type that it takes.
    fn decode_error(&self) -> Option<&DecodeError> {
        None
    }

    /// The same success in the words that the sender demands: status and body of `reply`, and its
    /// [headers](Reply::header_changes).
    #[must_use]
    fn acknowledged_by(self, reply: &Reply) -> Self;
}

/// For handlers that answer with a status alone, as those of a test.
impl HandlerResponse for StatusCode {
    fn is_success(&self) -> bool {
        Self::is_success(self)
    }

    fn is_empty(&self) -> bool {
        true
    }

    fn status(&self) -> Option<u16> {
        Some(self.as_u16())
    }

    fn acknowledged_by(self, reply: &Reply) -> Self {
        reply.status()
    }
}

/// A handler that may fail with an error of its framework.
impl<R: HandlerResponse, E> HandlerResponse for Result<R, E> {
    fn is_success(&self) -> bool {
        self.as_ref().is_ok_and(R::is_success)
    }

    fn is_empty(&self) -> bool {
        self.as_ref().is_ok_and(R::is_empty)
    }

    fn status(&self) -> Option<u16> {
        self.as_ref().ok()?.status()
    }

    fn decode_error(&self) -> Option<&DecodeError> {
        self.as_ref().ok()?.decode_error()
    }

    fn acknowledged_by(self, reply: &Reply) -> Self {
        self.map(|response| response.acknowledged_by(reply))
    }
}
