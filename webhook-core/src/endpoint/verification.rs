//! A request while its body arrives.

use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::delivery::{Delivery, KeptRequest, Origin, Provider, Sealing, UnverifiedDelivery};
use crate::endpoint::changed::told_in_reason;
use crate::endpoint::resolver::{SENDER_HANGS, in_time};
use crate::endpoint::rules::{Keyed, Rules, SHARED_KEY, TOO_LARGE, shares_key};
use crate::endpoint::seals::Seals;
use crate::message::{Message, Proof};
use crate::observe::Watch;
use crate::outcome::{Answer, Rejection, RejectionKind};
use crate::request::{Body, KeptHead, RequestHead};
use crate::time::UnixTime;
use crate::verify::{BodyCheck, Check, Verdict};

/// A request whose head was accepted, while its body arrives: not yet trusted, and there is no way to read it.
///
/// ```compile_fail
/// fn read(verification: &webhook_core::Verification) -> &bytes::Bytes {
///     verification.body()
/// }
/// ```
///
/// ```compile_fail
/// fn read(verification: webhook_core::Verification) -> bytes::Bytes {
///     verification.body
/// }
/// ```
#[must_use = "nothing is verified before `finalize`"]
pub struct Verification {
    check: BodyCheck,
    provider: Provider,
    variant: Option<Arc<str>>,
    is_looked_up: bool,
    keyed: Option<Box<Keyed>>,
    rules: Arc<Rules>,
    body_limit: usize,
    watch: Watch,
    received_at: UnixTime,
    body: Body,
    announced: Option<usize>,
    /// Where the endpoint keeps it; with what seals it, if the sender signs nothing.
    head: Option<Box<(KeptHead, Option<Seals>)>>,
}

impl Verification {
    #[expect(
        clippy::too_many_arguments,
        reason = "all that is known before the body"
    )]
    pub(crate) const fn new(
        check: BodyCheck,
        provider: Provider,
        variant: Option<Arc<str>>,
        is_looked_up: bool,
        keyed: Option<Box<Keyed>>,
        rules: Arc<Rules>,
        body_limit: usize,
        watch: Watch,
        received_at: UnixTime,
        announced: Option<usize>,
        head: Option<Box<(KeptHead, Option<Seals>)>>,
    ) -> Self {
        Self {
            check,
            provider,
            variant,
            is_looked_up,
            keyed,
            rules,
            body_limit,
            watch,
            received_at,
            body: Body::Empty,
            announced,
            head,
        }
    }

    /// How long to wait for the body, from its head to its last byte.
    #[must_use]
    pub fn body_timeout(&self) -> Duration {
        self.rules.body_timeout()
    }

    /// Gives up, for what only an adapter can see, such as a broken transfer. Observers are told as of every other refusal.
    #[must_use]
    pub fn refuse(&mut self, kind: RejectionKind, reason: &'static str) -> Rejection {
        self.refused(Rejection::new(kind, reason))
    }

    fn refused(&mut self, rejection: Rejection) -> Rejection {
        self.answered(rejection.clone().into());
        rejection
    }

    fn answered(&mut self, answer: Answer) -> Answer {
        self.watch.body_ends(self.body.len());
        let place = self.rules.place(
            self.variant.as_ref(),
            self.is_looked_up,
            Some(self.provider.name()),
        );
        let answer = self.rules.hand_over(place, answer);
        self.watch.answered(place, &answer);
        answer
    }

    /// What is signed, part by part, where the sender's rules are a scheme.
    #[cfg(feature = "explain")]
    pub(crate) fn signed_parts(
        &self,
        head: &RequestHead<'_>,
        body: &Bytes,
    ) -> Vec<(String, Vec<u8>)> {
        let parts = self.check.scheme().map(|check| check.parts(head, body));
        parts.unwrap_or_default()
    }

    /// The time that is signed, where the sender's rules are a scheme and it stands in the head.
    #[cfg(feature = "explain")]
    pub(crate) fn sent_at(&self) -> Option<UnixTime> {
        self.check.scheme()?.sent_at
    }

    /// Takes the next frame of the body: it is hashed while more arrive, and kept without a copy if it stays the only one.
    ///
    /// # Errors
    /// [`BodyTooLarge`](RejectionKind::BodyTooLarge) before anything of a frame past the limit is hashed.
    pub fn update(&mut self, frame: Bytes) -> Result<(), Rejection> {
        if frame.is_empty() {
            return Ok(());
        }
        let limit = self.body_limit;
        if frame.len() > limit.saturating_sub(self.body.len()) {
            return Err(self.refused(TOO_LARGE));
        }
        match &self.body {
            // Most bodies are one frame: it is hashed when there is no more, and takes no place until then.
            Body::Empty => {}
            Body::One(first) => {
                self.check.update(first);
                self.check.update(&frame);
            }
            Body::Many(_) => self.check.update(&frame),
        }
        self.body.push(frame, self.announced, limit);
        Ok(())
    }

    /// The verdict over the whole body, however long it takes. Call it only when the body is complete. It waits only where the
    /// sender itself is asked, as [`Verdict::Pending`] says.
    ///
    /// # Errors
    /// If the request is refused, or is a handshake.
    pub async fn finalize(mut self) -> Result<Delivery, Answer> {
        let delivery = self.finalize_in_time(None, |_| pending()).await?;
        self.watch().handed_over();
        Ok(delivery)
    }

    /// The same with the timer of the runtime, which is called only if the sender is asked. What becomes of the delivery is told to the
    /// [`watch`](Self::watch). With the head, a refusal also says what can be seen of a changed body.
    ///
    /// By reference, so that what is large stays where it is: nothing is left in it.
    ///
    /// # Errors
    /// [`ResolverTimeout`](RejectionKind::ResolverTimeout) if the sender takes longer than the endpoint allows.
    pub(crate) async fn finalize_in_time<Z: Future<Output = ()>>(
        &mut self,
        head: Option<&RequestHead<'_>>,
        sleep: impl FnOnce(Duration) -> Z,
    ) -> Result<Delivery, Answer> {
        let (body, came_whole) = self.whole_body()?;
        let len = body.len();
        // Only the proof is waited for: what is large is not moved from one future to the next.
        let proof = self.proof(&body, came_whole, sleep).await;
        match proof.and_then(|proof| self.delivery(body, proof)) {
            Ok(delivery) => {
                self.require_wanted_kind(&delivery)?;
                Ok(delivery)
            }
            Err(answer) => Err(self.answered_of_body(answer, head, len)),
        }
    }

    /// The same of an endpoint that may [only report](crate::Endpoint::dangerously_report_only).
    pub(crate) async fn finalize_or_report<Z: Future<Output = ()>>(
        &mut self,
        head: &RequestHead<'_>,
        sleep: impl FnOnce(Duration) -> Z,
    ) -> Result<Judged, Answer> {
        if !self.rules.reports_only() {
            let delivery = Box::new(self.finalize_in_time(Some(head), sleep).await?);
            return Ok(Judged::Genuine(delivery, self.watch()));
        }
        let (body, came_whole) = self.whole_body()?;
        let proof = self.proof(&body, came_whole, sleep).await;
        match proof.and_then(|proof| self.delivery(body.clone(), proof)) {
            Ok(delivery) => {
                self.require_wanted_kind(&delivery)?;
                Ok(Judged::Genuine(Box::new(delivery), self.watch()))
            }
            Err(answer) => {
                let answer = told_in_reason(answer, head, self.announced, body.len());
                match answer.rejection().cloned() {
                    Some(rejection) => Ok(self.reported(body, rejection)),
                    None => Err(self.answered(answer)),
                }
            }
        }
    }

    /// The body, and whether it came in one piece.
    fn whole_body(&mut self) -> Result<(Bytes, bool), Answer> {
        let came_whole = matches!(self.body, Body::One(_));
        self.watch.body_ends(self.body.len());
        let body = std::mem::replace(&mut self.body, Body::Empty).into_bytes();
        // Not every server tells a connection that broke from a body that ended.
        if self.announced.is_some_and(|length| body.len() < length) {
            return Err(self.refused(SHORT).into());
        }
        Ok((body, came_whole))
    }

    async fn proof<Z: Future<Output = ()>>(
        &mut self,
        body: &Bytes,
        came_whole: bool,
        sleep: impl FnOnce(Duration) -> Z,
    ) -> Result<Proof, Answer> {
        match self.check.finalize(body, came_whole)? {
            Verdict::Authentic(proof) => Ok(proof),
            Verdict::Pending(asking) => {
                let time = self.rules.resolver_timeout();
                let proof = in_time(asking, || sleep(time)).await;
                proof.unwrap_or_else(|| Err(SENDER_HANGS.into()))
            }
        }
    }

    fn answered_of_body(
        &mut self,
        answer: Answer,
        head: Option<&RequestHead<'_>>,
        len: usize,
    ) -> Answer {
        let answer = match head {
            Some(head) => told_in_reason(answer, head, self.announced, len),
            None => answer,
        };
        self.answered(answer)
    }

    /// The delivery, if nothing that the endpoint says is against it. Nobody is told yet.
    fn delivery(&mut self, body: Bytes, mut proof: Proof) -> Result<Delivery, Answer> {
        // With the body as it was sent: the proof may put another one in its place.
        let request = self.head.take().map(|kept| {
            let ((mut head, seals), body) = (*kept, body.clone());
            let sealing = seals.map_or(Sealing::Signed, |seals| {
                seals.sealing(&mut head, &body, proof.key.as_ref())
            });
            Arc::new(KeptRequest {
                head,
                body,
                sealing,
            })
        });
        let body = proof.take_body().unwrap_or(body);
        if shares_key(self.keyed.as_deref(), self.variant.as_ref(), &proof) {
            return Err(SHARED_KEY.into());
        }
        let accepts_test_events = self.rules.accepts_test_events == Some(true);
        let message = Message::assert_verified(self.received_at, accepts_test_events, body, proof);
        if let Some(accounts) = &self.rules.accounts {
            message.require_account(accounts)?;
        }
        if let Some(versions) = &self.rules.versions {
            if !versions.require(&message)? {
                let place = self.rules.place(
                    self.variant.as_ref(),
                    self.is_looked_up,
                    Some(self.provider.name()),
                );
                self.watch.has_unexpected_version(place);
            }
        }
        // Nothing is refused from here on.
        let origin = Origin {
            counts_signed_only: self.rules.counts_signed_only(),
            endpoint: self.rules.name.clone(),
            variant: self.variant.take(),
            dedupe: self.rules.shared_store(),
            request,
        };
        Ok(Delivery::assert_verified(self.provider, origin, message))
    }

    fn require_wanted_kind(&mut self, delivery: &Delivery) -> Result<(), Answer> {
        self.watch.verified(delivery);
        if let Some(kinds) = &self.rules.only_kinds {
            if let Err(answer) = kinds.require(delivery) {
                self.watch.answered_late(delivery, &answer, None);
                return Err(answer);
            }
        }
        Ok(())
    }

    /// What would be refused and goes on.
    fn reported(&mut self, body: Bytes, rejection: Rejection) -> Judged {
        let place = self.rules.place(
            self.variant.as_ref(),
            self.is_looked_up,
            Some(self.provider.name()),
        );
        self.watch.reported(place, &rejection);
        let unverified = Box::new(UnverifiedDelivery {
            provider: self.provider,
            endpoint: self.rules.name.clone(),
            variant: self.variant.take(),
            received_at: self.received_at,
            body,
            rejection,
        });
        Judged::Reported(unverified, self.watch())
    }

    /// Who follows the request. Once: after that nobody does.
    pub(crate) fn watch(&mut self) -> Watch {
        std::mem::replace(&mut self.watch, Watch::over())
    }
}

/// What a request turned out to be, unless it is refused, and who follows it. Boxed: it passes many hands in an adapter.
pub(crate) enum Judged {
    /// Proven.
    Genuine(Box<Delivery>, Watch),
    /// It would be refused, at an endpoint that only reports.
    Reported(Box<UnverifiedDelivery>, Watch),
}

/// The check of a request that its head condemns, at an endpoint that only reports: the body is read all the same.
#[derive(Debug)]
pub(super) struct Condemned(pub(super) Rejection);

impl Check for Condemned {
    fn update(&mut self, _: &[u8]) {}

    fn finalize(self: Box<Self>, _: &Bytes) -> Result<Verdict, Answer> {
        Err(self.0.into())
    }
}

impl fmt::Debug for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verification")
            .field("provider", &self.provider.name())
            .field("received", &self.body.len())
            .finish_non_exhaustive()
    }
}

const SHORT: Rejection = Rejection::new(
    RejectionKind::BodyIncomplete,
    "the body is shorter than its announced length: the connection broke, or something in front of the endpoint has changed the body",
);
