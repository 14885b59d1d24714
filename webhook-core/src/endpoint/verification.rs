//! A request while its body arrives.

use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::delivery::{Delivery, KeptRequest, Origin, Provider, Sealing, UnverifiedDelivery};
use crate::endpoint::changed::told_in_reason;
use crate::endpoint::resolver::{SENDER_HANGS, in_time};
use crate::endpoint::rules::{Keyed, Rules, SHARED_KEY, TOO_LARGE};
use crate::endpoint::seals::Seals;
use crate::message::{Message, Proof};
use crate::observe::Watch;
use crate::outcome::{Answer, Rejection, RejectionKind};
use crate::request::{Body, KeptHead, RequestHead};
use crate::time::UnixTime;
use crate::verify::{BodyCheck, Check, ProofFuture, Verdict};

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
    pub(super) check: BodyCheck,
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
            check: BodyCheck::finished(),
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
    #[inline]
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
    #[expect(
        clippy::manual_async_fn,
        reason = "an `async fn` keeps what it is called with a second time"
    )]
    pub fn finalize(mut self) -> impl Future<Output = Result<Delivery, Answer>> + Send {
        async move { self.finish(|_| pending()).await }
    }

    /// The same with a timer, for who keeps it in its place, so that what is large stays where it is. Nothing is left in it.
    pub(crate) async fn finish<Z: Future<Output = ()>>(
        &mut self,
        sleep: impl FnOnce(Duration) -> Z,
    ) -> Result<Delivery, Answer> {
        let (body, came_whole) = self.whole_body()?;
        let proof = match self.verdict(&body, came_whole) {
            Ok(Verdict::Authentic(proof)) => Ok(proof),
            Ok(Verdict::Pending(asking)) => Box::pin(self.asked(asking, sleep)).await,
            Err(answer) => Err(answer),
        };
        self.handed_over(body, proof)
    }

    /// The same with the timer of the runtime, which is called only if the sender is asked. What becomes of the delivery is told to the
    /// watch. With the head, a refusal also says what can be seen of a changed body. An endpoint may
    /// [only report](crate::Endpoint::dangerously_report_only).
    ///
    /// # Errors
    /// [`ResolverTimeout`](RejectionKind::ResolverTimeout) if the sender takes longer than the endpoint allows.
    pub(crate) async fn finalize_or_report<Z: Future<Output = ()>>(
        &mut self,
        head: &RequestHead<'_>,
        sleep: impl FnOnce(Duration) -> Z,
    ) -> Result<Judged, Answer> {
        let (body, came_whole) = self.whole_body()?;
        let proof = match self.verdict(&body, came_whole) {
            Ok(Verdict::Authentic(proof)) => Ok(proof),
            Ok(Verdict::Pending(asking)) => Box::pin(self.asked(asking, sleep)).await,
            Err(answer) => Err(answer),
        };
        let reported = self.rules.reports_only().then(|| body.clone());
        let len = body.len();
        let answer = match proof {
            Ok(proof) => {
                let delivery = Box::new(self.delivery(body, proof));
                match self.require(&delivery) {
                    Ok(()) => {
                        self.require_wanted_kind(&delivery)?;
                        return Ok(Judged::Genuine(delivery, self.watch()));
                    }
                    Err(answer) => answer,
                }
            }
            Err(answer) => answer,
        };
        let answer = told_in_reason(answer, head, self.announced, len);
        match (reported, answer) {
            (Some(body), Answer::Rejection(rejection)) => Ok(self.reported(body, rejection)),
            (_, answer) => Err(self.answered(answer)),
        }
    }

    /// The body, and whether it came in one piece.
    fn whole_body(&mut self) -> Result<(Bytes, bool), Answer> {
        let came_whole = matches!(self.body, Body::One(_));
        let body = std::mem::replace(&mut self.body, Body::Empty).into_bytes();
        self.require_whole(&body)?;
        Ok((body, came_whole))
    }

    /// Takes a body that is there already, in place of frames.
    ///
    /// # Errors
    /// If it is too long, or not whole.
    pub(super) fn require_body(&mut self, body: &Bytes) -> Result<(), Answer> {
        if body.len() > self.body_limit {
            return Err(self.refused(TOO_LARGE).into());
        }
        self.require_whole(body)
    }

    fn require_whole(&mut self, body: &Bytes) -> Result<(), Answer> {
        self.watch.body_ends(body.len());
        // Not every server tells a connection that broke from a body that ended.
        match self.announced {
            Some(length) if body.len() < length => Err(self.refused(SHORT).into()),
            _ => Ok(()),
        }
    }

    /// What the body turns out to be.
    pub(super) fn verdict(&mut self, body: &Bytes, came_whole: bool) -> Result<Verdict, Answer> {
        self.check.finalize(body, came_whole)
    }

    /// What the sender says when he is asked, with the timer of the runtime.
    ///
    /// # Errors
    /// If he does not answer in time, or it is no proof.
    pub(super) async fn asked<Z: Future<Output = ()>>(
        &mut self,
        asking: ProofFuture,
        sleep: impl FnOnce(Duration) -> Z,
    ) -> Result<Proof, Answer> {
        let time = self.rules.resolver_timeout();
        let proof = in_time(asking, || sleep(time)).await;
        proof.unwrap_or_else(|| Err(SENDER_HANGS.into()))
    }

    /// What was found, of which nobody hears any more.
    pub(super) fn handed_over(
        &mut self,
        body: Bytes,
        proof: Result<Proof, Answer>,
    ) -> Result<Delivery, Answer> {
        let proof = proof.map_err(|answer| self.answered(answer))?;
        let delivery = self.delivery(body, proof);
        if let Err(answer) = self.require(&delivery) {
            return Err(self.answered(answer));
        }
        self.require_wanted_kind(&delivery)?;
        self.watch().handed_over();
        Ok(delivery)
    }

    /// That nothing that the endpoint says is against it. Nobody is told yet.
    fn require(&mut self, delivery: &Delivery) -> Result<(), Answer> {
        if let (Some(keyed), Some(key)) = (&self.keyed, delivery.key()) {
            if keyed.is_shared(self.variant.as_ref(), key) {
                return Err(SHARED_KEY.into());
            }
        }
        if let Some(accounts) = &self.rules.accounts {
            delivery.message().require_account(accounts)?;
        }
        if let Some(versions) = &self.rules.versions {
            if !versions.require(delivery.message())? {
                let place = self.rules.place(
                    self.variant.as_ref(),
                    self.is_looked_up,
                    Some(self.provider.name()),
                );
                self.watch.has_unexpected_version(place);
            }
        }
        Ok(())
    }

    /// What the proof was given for.
    fn delivery(&mut self, body: Bytes, mut proof: Proof) -> Delivery {
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
        let accepts_test_events = self.rules.accepts_test_events == Some(true);
        let origin = Origin {
            counts_signed_only: self.rules.counts_signed_only(),
            endpoint: self.rules.name.clone(),
            variant: self.variant.clone(),
            dedupe: self.rules.shared_store(),
            request,
        };
        Delivery::assert_verified(
            self.provider,
            origin,
            Message::assert_verified(self.received_at, accepts_test_events, body, proof),
        )
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
