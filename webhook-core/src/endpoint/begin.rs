//! From the head of a request to the account that it is for, and to the check of its body.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use crate::endpoint::endpoint::Endpoint;
use crate::endpoint::resolver::{Next, RESOLVER_HANGS, Resolved, in_time};
use crate::endpoint::rules::{Keyed, Rules, TOO_LARGE};
use crate::endpoint::seals::{NO_SEAL, Seals};
use crate::endpoint::verification::{Condemned, Verification};
use crate::observe::Watch;
use crate::outcome::{Answer, Rejection, RejectionKind};
use crate::request::{Noted, RequestHead};
use crate::time::{Clock, SystemClock, UnixTime};
use crate::verify::{BodyCheck, Verifier};

impl Endpoint {
    /// Judges the head of a request, however long its resolver takes. [`adapter::verify`](crate::adapter::verify) keeps the time.
    ///
    /// # Errors
    /// If the head alone decides: no byte of the body needs to be read then.
    pub async fn begin(&self, head: &RequestHead<'_>) -> Result<Verification, Answer> {
        let watch = self.watch(head.method());
        self.begin_in_time(head, watch, |_| pending()).await
    }

    /// The same with the timer of the runtime, which is called only if the resolver does not answer at once.
    ///
    /// # Errors
    /// [`ResolverTimeout`](RejectionKind::ResolverTimeout) if the resolver takes longer than the endpoint allows.
    pub(crate) async fn begin_in_time<Z: Future<Output = ()>>(
        &self,
        head: &RequestHead<'_>,
        mut watch: Watch,
        sleep: impl Fn(Duration) -> Z,
    ) -> Result<Verification, Answer> {
        let noted = self.0.rules.keeps_request().then(|| Noted::new(head));
        let noted = noted.as_ref();
        let noted_head = noted.map(Noted::head);
        let head = noted_head.as_ref().unwrap_or(head);
        let now = self.0.rules.now().unwrap_or_else(|| SystemClock.now());
        let time = self.0.rules.resolver_timeout();
        // Nothing else waits: every future around it would copy the verification once more.
        let found = match self.0.resolver.resolve(head, now).at_once() {
            Ok(found) => found,
            Err(resolving) => {
                let found = in_time(resolving, || sleep(time)).await;
                found.unwrap_or(Err(RESOLVER_HANGS))
            }
        };
        let resolved = match found {
            Ok(resolved) => resolved,
            Err(rejection) => return Err(watch.refused(self.place(), rejection)),
        };
        if !resolved.is_next() {
            return self.judge(resolved, head, now, noted, &mut watch);
        }
        let following = Box::pin(self.follow(resolved, head, now, noted, &mut watch, MOST_STEPS));
        match in_time(following, || sleep(time)).await {
            Some(done) => done,
            None => Err(watch.refused(self.place(), RESOLVER_HANGS)),
        }
    }

    /// Asks the resolver that was found, in so many steps at most.
    async fn follow(
        &self,
        outer: Resolved<'_>,
        head: &RequestHead<'_>,
        now: UnixTime,
        noted: Option<&Noted<'_>>,
        watch: &mut Watch,
        steps: usize,
    ) -> Result<Verification, Answer> {
        let own = outer.rules.as_ref().and_then(|rules| rules.now());
        let now = own.unwrap_or(now);
        let (next, outer) = match outer.into_next() {
            Next::Ask(next, step) if steps > 0 => (next, step),
            Next::Ask(..) => return Err(watch.refused(self.place(), ENDLESS)),
            Next::Found(found) => return self.judge(found, head, now, noted, watch),
        };
        match next.resolve(head, now).await {
            Ok(found) => {
                Box::pin(self.follow(found.within(outer), head, now, noted, watch, steps - 1)).await
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
    ) -> Result<Verification, Answer> {
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
        let begun = set_up.map_err(Answer::from);
        let check = match begun.and_then(|()| begin(verifier, head, now, &rules, seals.as_ref())) {
            Ok(check) => check,
            Err(Answer::Rejection(rejection)) if rules.reports_only() => {
                BodyCheck::new(Condemned(rejection))
            }
            Err(answer) => {
                let answer = rules.hand_over(place, answer);
                watch.answered(place, &answer);
                return Err(answer);
            }
        };
        watch.body_begins(place);
        Ok(Verification::new(
            check,
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
        ))
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
    let announced = head.content_length()?;
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
