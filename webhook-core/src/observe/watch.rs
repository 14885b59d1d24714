//! Follows one request from its head to its end, and tells the observers once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::StatusCode;

use crate::dedupe::StoreError;
use crate::delivery::{Delivery, UnverifiedDelivery};
use crate::observe::observed::{Observed, Outcome};
use crate::observe::observers::Observers;
use crate::observe::span::Span;
use crate::outcome::{Answer, DecodeError, Rejection};

/// Follows one request. Whatever way it goes, its observers are told once: at its end, or when this is dropped.
///
/// While nobody is curious about what goes well, it is empty, and costs nothing. A refusal is told all the same.
#[derive(Debug)]
pub(crate) struct Watch(Option<Box<State>>);

#[derive(Debug)]
struct State {
    observers: Option<Arc<Observers>>,
    seen: Observed,
    begun: Instant,
    body_begun: Option<Instant>,
    handler_begun: Option<Instant>,
    is_polling: bool,
    span: Span,
}

/// Whom a request is for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Place<'a> {
    pub(crate) observers: Option<&'a Arc<Observers>>,
    pub(crate) endpoint: Option<&'a Arc<str>>,
    pub(crate) variant: Option<&'a Arc<str>>,
    pub(crate) is_looked_up: bool,
    pub(crate) provider: Option<&'static str>,
}

impl Place<'_> {
    /// Tells the log that a sender hands over its secret.
    pub(crate) fn tell_of_setup(self) {
        #[cfg(feature = "tracing")]
        super::log::log_setup(
            self.endpoint.map(|name| &**name),
            self.variant.map(|name| &**name),
            self.provider,
        );
    }
}

impl Watch {
    /// A request of this method begins.
    pub(crate) fn begin(place: Place<'_>, method: &str) -> Self {
        let is_curious = Observers::are_curious(place.observers);
        Self(is_curious.then(|| {
            let mut state = State::new(place);
            state.span = Span::of_request(method);
            state
        }))
    }

    /// Of which observers were told.
    pub(crate) const fn over() -> Self {
        Self(None)
    }

    /// It is known whom the request is for, and its head was accepted: the body is waited for.
    pub(crate) fn body_begins(&mut self, place: Place<'_>) {
        let is_curious = self.0.is_some() || Observers::are_curious(place.observers);
        if is_curious {
            let state = self.0.get_or_insert_with(|| State::new(place));
            state.is_at(place);
            state.body_begun = Some(Instant::now());
        }
    }

    /// So much of the body has arrived, and no more will.
    pub(crate) fn body_ends(&mut self, len: usize) {
        if let Some(state) = &mut self.0 {
            if let Some(begun) = state.body_begun.take() {
                state.seen.body_len = len;
                state.seen.body_time = begun.elapsed();
            }
        }
    }

    /// It is genuine.
    pub(crate) fn verified(&mut self, delivery: &Delivery) {
        if let Some(state) = &mut self.0 {
            state.seen.delivery = Some(delivery.clone());
            state.judged();
        }
    }

    /// It is genuine, and in a version of the sender's API that nobody expected.
    pub(crate) fn has_unexpected_version(&mut self, place: Place<'_>) {
        let state = self.0.get_or_insert_with(|| State::new(place));
        state.seen.has_unexpected_api_version = true;
    }

    /// It would be refused, and goes on to the handler: that is told at its end.
    pub(crate) fn reported(&mut self, place: Place<'_>, rejection: &Rejection) {
        let state = self.0.get_or_insert_with(|| State::new(place));
        state.is_at(place);
        state.judged();
        state.seen.rejection = Some(rejection.clone());
    }

    /// The same, where nobody passes it on.
    pub(crate) fn refused_after_all(&mut self, unverified: UnverifiedDelivery) -> Answer {
        let answer = Answer::from(unverified.rejection);
        self.end_with(&answer, None);
        answer
    }

    /// Nothing is known of what becomes of it from here on.
    pub(crate) fn handed_over(mut self) {
        self.end(Outcome::Accepted);
    }

    /// It is refused.
    pub(crate) fn refused(&mut self, place: Place<'_>, rejection: Rejection) -> Answer {
        let answer = Answer::from(rejection);
        self.answered(place, &answer);
        answer
    }

    /// The library answers by itself.
    pub(crate) fn answered(&mut self, place: Place<'_>, answer: &Answer) {
        if self.0.is_none() && !Observers::hear_of(place.observers, answer) {
            return;
        }
        let state = self.0.get_or_insert_with(|| State::new(place));
        state.is_at(place);
        if state.seen.delivery.is_none() {
            state.judged();
        }
        self.end_with(answer, None);
    }

    /// The same after it was found genuine, and what the store said if that is the reason.
    pub(crate) fn answered_late(
        &mut self,
        delivery: &Delivery,
        answer: &Answer,
        fault: Option<StoreError>,
    ) {
        let place = Place {
            endpoint: delivery.origin().endpoint.as_ref(),
            variant: delivery.origin().variant.as_ref(),
            provider: Some(delivery.provider()),
            ..Place::default()
        };
        if self.0.is_none() && !Observers::hear_of(None, answer) {
            return;
        }
        let state = self.0.get_or_insert_with(|| State::new(place));
        state.seen.delivery.get_or_insert_with(|| delivery.clone());
        self.end_with(answer, fault);
    }

    fn end_with(&mut self, answer: &Answer, fault: Option<StoreError>) {
        let Some(state) = &mut self.0 else {
            return;
        };
        state.seen.rejection = answer.rejection().cloned();
        state.seen.decode_error = answer.decode_error().cloned();
        state.seen.fault = fault.map(Arc::new);
        state.seen.status = Some(answer.status());
        self.end(Outcome::of(answer));
    }

    /// The handler is called.
    pub(crate) fn handler_begins(&mut self) {
        if let Some(state) = &mut self.0 {
            state.handler_begun = Some(Instant::now());
        }
    }

    /// Whether the handler is running at this moment, in which only a panic can end it.
    pub(crate) fn handler_runs(&mut self, is_polling: bool) {
        if let Some(state) = &mut self.0 {
            state.is_polling = is_polling;
        }
    }

    /// The handler has answered.
    pub(crate) fn handled(
        &mut self,
        is_success: bool,
        status: Option<u16>,
        decode_error: Option<&DecodeError>,
    ) {
        if let Some(state) = &mut self.0 {
            state.seen.status = status.and_then(|it| StatusCode::from_u16(it).ok());
            state.seen.decode_error = decode_error.cloned();
            self.end(match (is_success, decode_error) {
                (true, _) => Outcome::Accepted,
                (false, Some(_)) => Outcome::Undecodable,
                (false, None) => Outcome::HandlerFailed,
            });
        }
    }

    /// The span of the request, for what is done for it.
    pub(crate) fn span(&self) -> Span {
        let state = self.0.as_ref();
        state.map_or_else(Span::none, |state| state.span.clone())
    }

    fn end(&mut self, outcome: Outcome) {
        if let Some(mut state) = self.0.take() {
            state.seen.outcome = match (outcome, &state.seen.rejection) {
                (Outcome::Accepted | Outcome::HandlerFailed | Outcome::Undecodable, Some(_)) => {
                    Outcome::Reported
                }
                _ => outcome,
            };
            state.seen.handler_time = state.handler_begun.map(|begun| begun.elapsed());
            state.tell();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let is_polling = self.0.as_ref().is_some_and(|state| state.is_polling);
        self.end(match is_polling || std::thread::panicking() {
            true => Outcome::Panicked,
            false => Outcome::Cancelled,
        });
    }
}

impl State {
    fn new(place: Place<'_>) -> Box<Self> {
        let mut state = Box::new(Self {
            observers: None,
            seen: Observed {
                endpoint: None,
                variant: None,
                is_looked_up: false,
                provider: None,
                outcome: Outcome::Cancelled,
                rejection: None,
                decode_error: None,
                fault: None,
                has_unexpected_api_version: false,
                delivery: None,
                status: None,
                body_len: 0,
                body_time: Duration::ZERO,
                verdict_time: Duration::ZERO,
                handler_time: None,
            },
            begun: Instant::now(),
            body_begun: None,
            handler_begun: None,
            is_polling: false,
            span: Span::none(),
        });
        state.is_at(place);
        state
    }

    /// What is known now. What was known stays.
    fn is_at(&mut self, place: Place<'_>) {
        let seen = &mut self.seen;
        if let Some(observers) = place.observers {
            self.observers = Some(Arc::clone(observers));
        }
        seen.endpoint = place.endpoint.cloned().or_else(|| seen.endpoint.take());
        seen.variant = place.variant.cloned().or_else(|| seen.variant.take());
        seen.provider = place.provider.or(seen.provider);
        seen.is_looked_up |= place.is_looked_up;
    }

    fn judged(&mut self) {
        self.seen.verdict_time = self.begun.elapsed();
    }

    fn tell(&self) {
        self.span.end(&self.seen, || match &self.observers {
            Some(observers) => observers.tell(&self.seen),
            None => Observers::default().tell(&self.seen),
        });
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::outcome::RejectionKind;

    /// Whether the handler succeeds, whether the request could be read, and what that is called of a genuine request.
    const HANDLED: [(bool, Option<&str>, Outcome); 3] = [
        (true, None, Outcome::Accepted),
        (false, None, Outcome::HandlerFailed),
        (false, Some("is absent"), Outcome::Undecodable),
    ];

    #[test]
    fn what_would_be_refused_is_reported_however_its_handler_ends() {
        const FORGED: Rejection = Rejection::new(RejectionKind::BadSignature, "forged");
        for (is_success, why, outcome) in HANDLED {
            for (rejection, wanted) in [(None, outcome), (Some(FORGED), Outcome::Reported)] {
                let told = Arc::new(Mutex::new(Vec::new()));
                let noted = Arc::clone(&told);
                let mut observers = Observers::default();
                observers.add(Arc::new(move |seen: &Observed| {
                    noted.lock().unwrap().push((seen.outcome(), seen.code()));
                }));
                let observers = Arc::new(observers);
                let place = Place {
                    observers: Some(&observers),
                    ..Place::default()
                };
                let mut watch = Watch::begin(place, "POST");
                if let Some(rejection) = &rejection {
                    watch.reported(place, rejection);
                }
                let error = why.map(|why| DecodeError::new("/id", why));
                watch.handled(is_success, Some(200), error.as_ref());
                drop(watch);
                let code = rejection.map_or(outcome.as_str(), |it| it.code());
                assert_eq!(*told.lock().unwrap(), [(wanted, code)]);
            }
        }
    }
}
