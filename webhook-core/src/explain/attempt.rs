//! One verification of a request that may have been changed: silent, without dedupe, by a clock of its own.

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::delivery::Delivery;
use crate::endpoint::Endpoint;
use crate::explain::explanation::Signed;
use crate::explain::request::Request;
use crate::outcome::Answer;
use crate::time::UnixTime;

/// What became of it.
pub(super) struct Attempt {
    pub(super) outcome: Result<Arc<Delivery>, Answer>,
    /// What was signed, as far as the head was accepted and a scheme says it.
    pub(super) signed: Vec<Signed>,
    /// The time that is signed, where it stands in the head.
    pub(super) sent_at: Option<UnixTime>,
    /// Whether the sender itself was asked: it must not be asked again and again.
    pub(super) has_asked: bool,
    /// Whether the head alone was answered: nothing of the request was signed then.
    pub(super) is_of_head: bool,
}

impl Attempt {
    /// Verifies a request at this time.
    pub(super) async fn at(endpoint: &Endpoint, request: &Request, now: UnixTime) -> Self {
        let endpoint = endpoint.clone().clock(move || now).unobserved();
        silently(Self::of(&endpoint, request)).await
    }

    async fn of(endpoint: &Endpoint, request: &Request) -> Self {
        let has_asked = AtomicBool::new(false);
        let head = request.head();
        let mut attempt = Self {
            outcome: Err(Answer::from(crate::outcome::malformed("nothing was tried"))),
            signed: Vec::new(),
            sent_at: None,
            has_asked: false,
            is_of_head: false,
        };
        let mut verification = match endpoint.begin(&head).await {
            Ok(verification) => verification,
            Err(answer) => {
                attempt.outcome = Err(answer);
                attempt.is_of_head = true;
                return attempt;
            }
        };
        let parts = verification.signed_parts(&head, &request.body);
        attempt.signed = parts.into_iter().map(shown).collect();
        attempt.sent_at = verification.sent_at();
        attempt.outcome = match verification.update(request.body.clone()) {
            Ok(()) => {
                let asks = |_| {
                    has_asked.store(true, Ordering::Relaxed);
                    pending::<()>()
                };
                let finalized = verification.finish(asks).await;
                finalized.map(Arc::new)
            }
            Err(rejection) => Err(rejection.into()),
        };
        attempt.has_asked = has_asked.load(Ordering::Relaxed);
        attempt
    }

    /// `ok`, `handshake`, or the code of the answer.
    pub(super) fn code(&self) -> &'static str {
        match &self.outcome {
            Ok(_) => "ok",
            Err(Answer::Reply(_)) => "handshake",
            Err(answer) => answer.code(),
        }
    }

    /// Whether the sender has proven itself.
    pub(super) fn is_genuine(&self) -> bool {
        matches!(self.outcome, Ok(_) | Err(Answer::Reply(_)))
    }
}

/// A part of the head can be shown if it is short; the body is shown elsewhere.
fn shown((part, bytes): (String, Vec<u8>)) -> Signed {
    let is_short = bytes.len() <= 256 && part != "the body";
    let text = std::str::from_utf8(&bytes).ok().filter(|_| is_short);
    Signed {
        text: text.map(str::to_owned),
        len: bytes.len(),
        part,
    }
}

/// A request that is tried a hundred times must not be a hundred lines in a log.
async fn silently<T>(task: impl Future<Output = T>) -> T {
    let mut task = pin!(task);
    poll_fn(|context| in_silence(|| task.as_mut().poll(context))).await
}

/// The same for what does not wait.
pub(super) fn in_silence<T>(task: impl FnOnce() -> T) -> T {
    #[cfg(feature = "tracing")]
    {
        let nobody = tracing::Dispatch::none();
        tracing::dispatcher::with_default(&nobody, task)
    }
    #[cfg(not(feature = "tracing"))]
    {
        task()
    }
}
