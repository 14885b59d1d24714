//! What becomes of a secret that a sender hands over at set-up.

use std::sync::Arc;

use crate::endpoint::endpoint::Endpoint;
use crate::endpoint::rules::Rules;
use crate::observe::{Observers, Place};
use crate::outcome::{Answer, Rejection, RejectionKind, SetupSecret};

impl Endpoint {
    /// Gives the secret that a sender hands over at set-up to this function, before the request is answered: for a verifier in set-up mode,
    /// such as [`Asana::set_up`](crate::provider::asana::Asana::set_up). A line at level INFO tells that it came. Without such a function the
    /// answer is 500 `misconfigured`.
    ///
    /// The library does not keep the secret and verifies nothing with it. Configure it as the key of this webhook, and make the verifier
    /// of it. While many webhooks come and go, a [resolver](crate::resolver) finds the verifier with the key for a path that has one, and one
    /// in set-up mode for a path that waits for one.
    ///
    /// The function is called where the request is answered: it must not wait. If it panics, the request gets no such answer.
    ///
    /// # Security
    /// Nobody has signed the request. Whoever reaches the URL first can hand over a secret of their own, and sign with it from then on: take
    /// none that you do not wait for, use a path that nobody can guess, and let the set-up mode end with the first.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::asana::Asana;
    ///
    /// let endpoint = Endpoint::new(Asana::set_up()).on_setup_secret(|handed| {
    ///     keep(handed.path(), handed.secret().expose());
    /// });
    /// # fn keep(_: &str, _: &str) {}
    /// ```
    #[must_use]
    pub fn on_setup_secret(self, take: impl Fn(&SetupSecret) + Send + Sync + 'static) -> Self {
        self.with(|rules| rules.on_setup_secret = Some(Arc::new(take)))
    }
}

impl Rules {
    /// Gives away what the request hands over, if it does: nobody may take it for set up otherwise. A tool that tries gives nothing away.
    pub(super) fn hand_over(&self, place: Place<'_>, answer: Answer) -> Answer {
        let handed = match &answer {
            Answer::Reply(reply) => reply.setup_secret(),
            _ => None,
        };
        let Some(secret) = handed else {
            return answer;
        };
        let Some(take) = &self.on_setup_secret else {
            return NOBODY_TAKES.into();
        };
        if !Observers::are_silent(place.observers) {
            place.tell_of_setup();
            take(secret);
        }
        answer
    }
}

const NOBODY_TAKES: Rejection = Rejection::new(
    RejectionKind::Misconfigured,
    "the sender has handed over its secret, and nobody takes it: call `Endpoint::on_setup_secret`",
);
