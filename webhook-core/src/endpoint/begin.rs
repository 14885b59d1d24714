//! From the head of a request to the account that it is for, and to the check of its body.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::delivery::Delivery;
use crate::endpoint::endpoint::Endpoint;
use crate::endpoint::resolver::{Next, RESOLVER_HANGS, ResolveFuture, Resolved, in_time};
use crate::endpoint::rules::{Keyed, Rules, TOO_LARGE};
use crate::endpoint::seals::{NO_SEAL, Seals};
use crate::endpoint::verification::{Condemned, Verification};
use crate::observe::Watch;
use crate::outcome::{Answer, Rejection, RejectionKind};
use crate::request::{Noted, RequestHead};
use crate::time::{Clock, SystemClock, UnixTime};
use crate::verify::{BodyCheck, Verdict, Verifier};

impl Endpoint {
    /// Judges the head of a request, however long its resolver takes. [`adapter::verify`](crate::adapter::verify) keeps the time.
    ///
    /// # Errors
    /// If the head alone decides: no byte of the body needs to be read then.
    pub async fn begin(&self, head: &RequestHead<'_>) -> Result<Verification, Answer> {
        let mut watch = self.watch(head.method());
        let mut begun = None;
        if let Some(waiting) = self.begin_at_once(head, &mut watch, &mut begun)? {
            let later = self.begin_later(waiting, head, &mut watch, |_| pending(), &mut begun);
            Box::pin(later).await?;
        }
        begun.ok_or(ENDLESS.into())
    }

    /// Judges a request whose body is there already, however long its resolver takes.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use webhook_core::{Answer, Delivery, Endpoint, RequestHead};
    ///
    /// /// For a framework that has no adapter.
    /// async fn receive(endpoint: &Endpoint, request: http::Request<Bytes>) -> Result<Delivery, Answer> {
    ///     let (parts, body) = request.into_parts();
    ///     let head = RequestHead::http(&parts.method, &parts.uri, &parts.headers);
    ///     endpoint.verify(&head, body).await
    /// }
    /// ```
    ///
    /// # Errors
    /// If the request is refused, or is a handshake.
    pub async fn verify(&self, head: &RequestHead<'_>, body: Bytes) -> Result<Delivery, Answer> {
        let head = &head.with_body(body.len());
        let mut watch = self.watch(head.method());
        let mut begun = None;
        if let Some(waiting) = self.begin_at_once(head, &mut watch, &mut begun)? {
            let later = self.begin_later(waiting, head, &mut watch, |_| pending(), &mut begun);
            Box::pin(later).await?;
        }
        let verification = begun_in(&mut begun)?;
        verification.require_body(&body)?;
        let proof = match verification.verdict(&body, true) {
            Ok(Verdict::Authentic(proof)) => Ok(proof),
            Ok(Verdict::Pending(asking)) => {
                Box::pin(verification.asked(asking, |_| pending())).await
            }
            Err(answer) => Err(answer),
        };
        verification.handed_over(body, proof)
    }

    /// Judges the head, if nobody has to be waited for; else tells who. Nothing here is a future: it would be moved with all that it
    /// holds, which was a quarter of the instructions of a small request. For the same reason the verification is put in its place.
    pub(crate) fn begin_at_once<'a>(
        &'a self,
        head: &'a RequestHead<'_>,
        watch: &mut Watch,
        begun: &mut Option<Verification>,
    ) -> Result<Option<Box<Waiting<'a>>>, Answer> {
        let now = self.0.rules.now().unwrap_or_else(|| SystemClock.now());
        if self.0.rules.keeps_request() {
            return Ok(Some(Box::new(Waiting { now, found: None })));
        }
        match self.0.resolver.resolve(head, now).at_once() {
            Ok(Ok(resolved)) if !resolved.is_next() => self
                .judge(resolved, head, now, None, watch, begun)
                .map(|()| None),
            Ok(Err(rejection)) => Err(watch.refused(self.place(), rejection)),
            Ok(next) => Ok(Some(Waiting::for_one(now, ResolveFuture::ready(next)))),
            Err(resolving) => Ok(Some(Waiting::for_one(now, resolving))),
        }
    }

    /// The rest of it, with the timer of the runtime. Box it: it is large, few requests need it, and what awaits it has a place for it.
    ///
    /// # Errors
    /// [`ResolverTimeout`](RejectionKind::ResolverTimeout) if the resolver takes longer than the endpoint allows.
    pub(crate) async fn begin_later<Z: Future<Output = ()>>(
        &self,
        waiting: Box<Waiting<'_>>,
        head: &RequestHead<'_>,
        watch: &mut Watch,
        sleep: impl Fn(Duration) -> Z,
        begun: &mut Option<Verification>,
    ) -> Result<(), Answer> {
        let Waiting { now, found } = *waiting;
        let noted = self.0.rules.keeps_request().then(|| Noted::new(head));
        let noted = noted.as_ref();
        let noted_head = noted.map(Noted::head);
        let head = noted_head.as_ref().unwrap_or(head);
        let time = self.0.rules.resolver_timeout();
        let found = match found {
            Some(resolving) => in_time(resolving, || sleep(time)).await,
            None => in_time(self.0.resolver.resolve(head, now), || sleep(time)).await,
        };
        let resolved = match found.unwrap_or(Err(RESOLVER_HANGS)) {
            Ok(resolved) => resolved,
            Err(rejection) => return Err(watch.refused(self.place(), rejection)),
        };
        if !resolved.is_next() {
            return self.judge(resolved, head, now, noted, watch, begun);
        }
        let following = self.follow(resolved, head, now, noted, watch, MOST_STEPS, begun);
        match in_time(Box::pin(following), || sleep(time)).await {
            Some(done) => done,
            None => Err(watch.refused(self.place(), RESOLVER_HANGS)),
        }
    }

    /// Asks the resolver that was found, in so many steps at most.
    #[expect(
        clippy::too_many_arguments,
        reason = "all that is known before the account is found"
    )]
    async fn follow(
        &self,
        outer: Resolved<'_>,
        head: &RequestHead<'_>,
        now: UnixTime,
        noted: Option<&Noted<'_>>,
        watch: &mut Watch,
        steps: usize,
        begun: &mut Option<Verification>,
    ) -> Result<(), Answer> {
        let own = outer.rules.as_ref().and_then(|rules| rules.now());
        let now = own.unwrap_or(now);
        let (next, outer) = match outer.into_next() {
            Next::Ask(next, step) if steps > 0 => (next, step),
            Next::Ask(..) => return Err(watch.refused(self.place(), ENDLESS)),
            Next::Found(found) => return self.judge(found, head, now, noted, watch, begun),
        };
        match next.resolve(head, now).await {
            Ok(found) => {
                let found = found.within(outer);
                Box::pin(self.follow(found, head, now, noted, watch, steps - 1, begun)).await
            }
            Err(rejection) => Err(watch.refused(self.place(), rejection)),
        }
    }

    /// Judges the head for the account that was found.
    fn judge(
        &self,
        resolved: Resolved<'_>,
        head: &RequestHead<'_>,
        now_of_request: UnixTime,
        noted: Option<&Noted<'_>>,
        watch: &mut Watch,
        begun: &mut Option<Verification>,
    ) -> Result<(), Answer> {
        let own = || resolved.rules.as_ref()?.now();
        let now = self.0.rules.reopened_at.or_else(own);
        let now = now.unwrap_or(now_of_request);
        let Some(verifier) = resolved.verifier.get() else {
            return Err(watch.refused(self.place(), ENDLESS));
        };
        let mut rules = Rules::within(resolved.rules, &self.0.rules);
        rules.heed_reopening();
        let body_limit = rules.body_limit_of(verifier);
        let is_looked_up = !resolved.is_only;
        let provider = verifier.provider();
        let place = rules.place(
            resolved.variant.as_ref(),
            is_looked_up,
            Some(provider.name()),
        );
        let seals = rules.seals(verifier, now);
        let set_up = rules
            .require_scope(is_looked_up, resolved.variant.as_deref())
            .and_then(|()| rules.require_memory(verifier.replay_window()))
            .and_then(|()| rules.require_storable(seals.as_ref()));
        let keyed = match rules.store() {
            Some(dedupe) if is_looked_up => Some(Box::new(Keyed {
                dedupe: Arc::clone(dedupe),
                prints: verifier.key_prints(),
            })),
            _ => None,
        };
        // Kept is what the verifier asks for.
        let announced = match announced(noted.map_or(head, Noted::silent), body_limit) {
            Ok(announced) => announced,
            Err(rejection) => return Err(watch.refused(place, rejection)),
        };
        let mut check = match set_up {
            Ok(()) => begin(verifier, head, now, &rules, seals.as_ref()),
            Err(rejection) => Err(rejection.into()),
        };
        if let (true, Err(Answer::Rejection(rejection))) = (rules.reports_only(), &check) {
            check = Ok(BodyCheck::new(Condemned(rejection.clone())));
        }
        match check {
            Ok(check) => {
                watch.body_begins(place);
                let verification = begun.insert(Verification::new(
                    provider,
                    resolved.variant,
                    is_looked_up,
                    keyed,
                    rules,
                    body_limit,
                    std::mem::replace(watch, Watch::over()),
                    now,
                    announced.and_then(|length| usize::try_from(length).ok()),
                    noted.map(|noted| Box::new((noted.kept(), seals))),
                ));
                // Into its place at once: it is large.
                verification.check = check;
                Ok(())
            }
            Err(answer) => {
                let answer = rules.hand_over(place, answer);
                watch.answered(place, &answer);
                Err(answer)
            }
        }
    }
}

/// What was put there.
pub(crate) fn begun_in(begun: &mut Option<Verification>) -> Result<&mut Verification, Answer> {
    begun.as_mut().ok_or(ENDLESS.into())
}

/// Who has to be waited for before a head is judged.
pub(crate) struct Waiting<'a> {
    now: UnixTime,
    /// The resolver that was asked; nobody if each look at the head is to be noted.
    found: Option<ResolveFuture<'a>>,
}

impl<'a> Waiting<'a> {
    fn for_one(now: UnixTime, resolving: ResolveFuture<'a>) -> Box<Self> {
        Box::new(Self {
            now,
            found: Some(resolving),
        })
    }
}

/// The check of the body, once the head is accepted; of a stored delivery with a seal, once that holds.
fn begin(
    verifier: &dyn Verifier,
    head: &RequestHead<'_>,
    now: UnixTime,
    rules: &Rules,
    seals: Option<&Seals>,
) -> Result<BodyCheck, Answer> {
    match (verifier.shows_secret(), seals, &rules.sealed) {
        (Some(shows), Some(seals), Some(sealed)) => {
            let proven = seals.open(sealed).ok_or(NO_SEAL)?;
            shows.begin_again(head, now, proven)
        }
        _ => verifier.begin(head, now),
    }
}

/// The length that the head announces, if it is not too large.
fn announced(head: &RequestHead<'_>, limit: usize) -> Result<Option<u64>, Rejection> {
    let announced = head.announced_length()?;
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(TOO_LARGE);
    }
    Ok(announced)
}

/// Resolvers that lead to resolvers: more steps than this are a circle.
const MOST_STEPS: usize = 4;

const ENDLESS: Rejection = Rejection::new(
    RejectionKind::Misconfigured,
    "the resolver finds an endpoint whose resolver finds another one, without end: return the account itself",
);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::endpoint::resolver::Resolve;
    use crate::provider::github::{self, GitHub};
    use crate::testing::{Sign, Signer};

    const SECRET: &str = "a secret for tests";

    /// Finds the account after so many other resolvers.
    #[derive(Debug)]
    struct After(usize);

    impl Resolve for After {
        fn resolve<'a>(&'a self, _: &RequestHead<'a>, _: UnixTime) -> ResolveFuture<'a> {
            ResolveFuture::ready(Ok(match self.0.checked_sub(1) {
                Some(left) => Resolved::next(Arc::new(Self(left)), None),
                None => Resolved::from(GitHub::new(SECRET).unwrap()),
            }))
        }
    }

    #[tokio::test]
    async fn resolvers_that_lead_to_resolvers_lead_to_an_end() {
        let signer = Signer::new(github::SCHEME, SECRET).unwrap();
        let signed = signer.sign(b"{}", UnixTime::from_secs(0)).unwrap();
        let head = RequestHead::new("POST", "/", &signed.headers);
        for (others, wanted) in [(0, "ok"), (1, "ok"), (4, "ok"), (5, "misconfigured")] {
            let begun = Endpoint::new(After(others)).begin(&head).await;
            let code = begun.map_or_else(|answer| answer.code(), |_| "ok");
            assert_eq!(code, wanted, "{others}");
        }
    }
}
