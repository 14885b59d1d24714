//! The store in the memory of one process.

mod done;
mod name;
mod open;
mod scopes;

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use webhook_core::dedupe::{
    Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce, StoreError, StoreFuture,
};

use done::{ClaimMark, Done, Known};
use name::Name;
use open::{Open, Opens};
use scopes::{ScopeId, Scopes};

/// Remembers events in the memory of this process, and forgets them when it ends: for tests, and for one machine that
/// may do an event again after a restart.
///
/// Holds a bounded number of events, [`DEFAULT_CAPACITY`](Self::DEFAULT_CAPACITY) if not said otherwise; a full store
/// takes no new ones, which the endpoint answers with 503, until some are forgotten. Never forgets one early, unless it is to be remembered
/// for more than 34 years. A million events take 36 bytes each, also while they come; where each has a scope of its own, 105,
/// and 124 while they come. One that is claimed and not done takes 105. Times are those of a clock that does not step.
///
/// An event is known by 128 bits of SHA-256 of its scope and id. Two events that have the same would be a loss: with a million held and a
/// million new ones a second, one such meeting is to be expected in 10<sup>19</sup> years, and who wants to make one computes
/// 2<sup>64</sup> digests.
///
/// # No tenant fills it for all
/// A scope is one sender at one endpoint and variant ([`DedupeKey::scope`]). It may hold nine events for each place that is
/// free: one that is alone fills nine tenths of the store and leaves a tenth to the others, the next one nine tenths of
/// that, and so on. A scope that has its share is refused, which is a 503, until events are forgotten; those that hold
/// less go on. Where many tenants are strangers who may act together, give each a fixed
/// [`quota_per_scope`](Self::quota_per_scope) in place of this rule.
///
/// ```
/// use webhook_store::MemoryStore;
///
/// let store = MemoryStore::default();
/// let small = MemoryStore::with_capacity(1_000);
/// let tenants = MemoryStore::with_capacity(1_000_000).quota_per_scope(10_000);
/// ```
///
/// A clone is the same store: what one remembers, the other knows.
///
/// ```
/// use webhook_core::{Endpoint, provider::github::GitHub};
/// use webhook_store::MemoryStore;
///
/// let store = MemoryStore::default();
/// let code = Endpoint::new(GitHub::new("a secret")?).name("code").dedupe(store.clone());
/// let docs = Endpoint::new(GitHub::new("another secret")?).name("docs").dedupe(store);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    started: Instant,
    capacity: usize,
    quota: Option<usize>,
    shared: Arc<Shared>,
}

impl MemoryStore {
    /// How many events are remembered if nothing else is said.
    pub const DEFAULT_CAPACITY: usize = 1_000_000;

    /// A store for at most so many events, and for no more than a billion.
    #[must_use]
    pub fn with_capacity(events: usize) -> Self {
        Self {
            started: Instant::now(),
            capacity: events.min(MOST),
            quota: None,
            shared: Arc::default(),
        }
    }

    /// Lets each scope hold at most so many events, however many places are free. The capacity stays the bound for all of
    /// them together: scopes whose quotas add up to more can fill the store for the rest. The capacity itself as the quota
    /// leaves all to whoever comes first, as for a single tenant.
    #[must_use]
    pub fn quota_per_scope(self, events: usize) -> Self {
        Self {
            quota: Some(events),
            ..self
        }
    }

    /// How many events are remembered now; some of them may be over their time.
    #[must_use]
    pub fn len(&self) -> usize {
        lock(&self.shared.scopes).held_by_all()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The part that an event is in, and what time it is there: it never goes back while the part is held.
    fn part(&self, name: &Name) -> (MutexGuard<'_, Part>, u64) {
        let [first, others @ ..] = &self.shared.parts;
        let part = lock(others.get(name.part_of(PARTS)).unwrap_or(first));
        (part, self.now())
    }

    /// Milliseconds since the store was made.
    fn now(&self) -> u64 {
        millis(self.started.elapsed())
    }

    fn try_claim(
        &self,
        key: &DedupeKey,
        nonce: Nonce,
        lease: Duration,
    ) -> Result<Claim, StoreError> {
        self.claim_once(key, nonce, lease)
            .or_else(|_full| {
                // What is over its time is forgotten before one is refused.
                self.make_room(self.now());
                self.claim_once(key, nonce, lease)
            })
            .map_err(StoreError::not_taken)
    }

    fn claim_once(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> Result<Claim, Full> {
        let name = name_of(key);
        let (mut part, now) = self.part(&name);
        part.forget(&self.shared.scopes, now, FORGOTTEN_AT_ONCE);
        let done = part.done.get(&name);
        if done.is_some_and(|done| done.until > now) {
            return Ok(Claim::Done);
        }
        let claimed = match part.open.get(&name) {
            Some(open) if open.nonce == nonce => open,
            Some(open) if open.until <= now => Open {
                attempt: open.attempt.saturating_add(1),
                fence: part.next_fence(),
                ..open
            },
            Some(open) => {
                return Ok(Claim::InProgress(Duration::from_millis(open.until - now)));
            }
            None => Open {
                until: 0,
                nonce,
                fence: part.next_fence(),
                attempt: 1,
                // One that is done and over its time keeps its place.
                scope: match done {
                    Some(done) => done.scope,
                    None => self.enter(key)?,
                },
            },
        };
        let open = Open {
            until: now.saturating_add(millis(lease)),
            nonce,
            ..claimed
        };
        if done.is_some() {
            part.done.take(&name);
        }
        part.open.set(name, open);
        Ok(Claim::New(ClaimToken::new(
            key.clone(),
            nonce,
            open.fence,
            open.attempt,
        )))
    }

    /// Forgets events that are over their time, in all parts, one after the other.
    fn make_room(&self, now: u64) {
        for part in &self.shared.parts {
            lock(part).forget(&self.shared.scopes, now, FORGOTTEN_BEFORE_REFUSAL);
        }
    }

    /// A place for a new event, if its scope may have one more.
    fn enter(&self, key: &DedupeKey) -> Result<ScopeId, Full> {
        let mut scopes = lock(&self.shared.scopes);
        let free = self.capacity.saturating_sub(scopes.held_by_all());
        if free == 0 {
            return Err(Full::Store);
        }
        let quota = self
            .quota
            .unwrap_or_else(|| free.saturating_mul(HELD_PER_FREE_PLACE));
        let place = scopes.enter(key.scope(), quota);
        place.ok_or(Full::Scope)
    }

    /// A place for an event that had one when it was claimed: what was done is remembered, whatever its scope holds by now.
    fn enter_again(&self, key: &DedupeKey) -> Result<ScopeId, Full> {
        let mut scopes = lock(&self.shared.scopes);
        match scopes.held_by_all() < self.capacity {
            true => scopes.enter(key.scope(), usize::MAX).ok_or(Full::Store),
            false => Err(Full::Store),
        }
    }

    /// Changes the event of a claim that still stands, or that is forgotten and nobody else's.
    fn change(
        &self,
        token: &ClaimToken,
        change: impl FnOnce(&mut Part, u64, Name, ScopeId) -> Result<(), Full>,
    ) -> Result<ClaimState, StoreError> {
        let name = name_of(token.key());
        let (mut part, now) = self.part(&name);
        let scope = match part.standing(&name, token.nonce()) {
            Standing::Ended(state) => return Ok(state),
            Standing::Open(open) => Ok(open.scope),
            Standing::Unknown => self.enter_again(token.key()),
        };
        // A claim that is not known may be that of another store: later ones have greater fences all the same.
        part.last_fence = part.last_fence.max(token.fence());
        scope
            .and_then(|scope| change(&mut part, now, name, scope))
            .map_err(StoreError::not_taken)?;
        Ok(ClaimState::Held)
    }

    fn renew_until(&self, token: &ClaimToken, lease: Duration) -> Result<ClaimState, StoreError> {
        self.change(token, |part, now, name, scope| {
            let open = Open {
                until: now.saturating_add(millis(lease)),
                nonce: token.nonce(),
                fence: token.fence(),
                attempt: token.attempt().max(1),
                scope,
            };
            part.open.set(name, open);
            Ok(())
        })
    }

    fn complete_until(
        &self,
        token: &ClaimToken,
        retention: Duration,
    ) -> Result<ClaimState, StoreError> {
        self.change(token, |part, now, name, scope| {
            let known = Known {
                until: now.saturating_add(millis(retention)),
                by: ClaimMark::of(token.nonce()),
                scope,
            };
            part.done.insert(name, now, known).ok_or(Full::Store)?;
            part.open.remove(&name);
            Ok(())
        })
    }

    fn give_back(&self, token: &ClaimToken) -> ClaimState {
        let name = name_of(token.key());
        let (mut part, now) = self.part(&name);
        match part.standing(&name, token.nonce()) {
            Standing::Ended(state) => return state,
            Standing::Open(open) => part.open.set(name, Open { until: now, ..open }),
            Standing::Unknown => {}
        }
        ClaimState::Held
    }
}

impl DedupeStore for MemoryStore {
    fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> StoreFuture<Claim> {
        StoreFuture::ready(self.try_claim(key, nonce, lease))
    }

    fn renew(&self, token: &ClaimToken, lease: Duration) -> StoreFuture<ClaimState> {
        StoreFuture::ready(self.renew_until(token, lease))
    }

    fn complete(&self, token: &ClaimToken, retention: Duration) -> StoreFuture<ClaimState> {
        StoreFuture::ready(self.complete_until(token, retention))
    }

    fn release(&self, token: &ClaimToken) -> StoreFuture<ClaimState> {
        StoreFuture::ready(Ok(self.give_back(token)))
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::with_capacity(Self::DEFAULT_CAPACITY)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("capacity", &self.capacity)
            .field("quota", &self.quota)
            .finish_non_exhaustive()
    }
}

/// What the parts can count together, with room to spare for one that has more than its share.
const MOST: usize = 1_000_000_000;

/// How many events are forgotten that are over their time, whenever one is claimed.
const FORGOTTEN_AT_ONCE: usize = 4;

/// How many more, of each part, before an event is refused.
const FORGOTTEN_BEFORE_REFUSAL: usize = 100;

/// How many events a scope may hold for each place that is free, if no quota is given.
const HELD_PER_FREE_PLACE: usize = 9;

/// In how many parts the events are, so that few clients wait for each other and no table is large.
const PARTS: usize = 16;

/// A part is locked before the scopes, and never two parts at once.
#[derive(Default)]
struct Shared {
    parts: [Mutex<Part>; PARTS],
    scopes: Mutex<Scopes>,
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    // What panics while it holds a lock is outside of this file, and every step leaves all of it whole.
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

enum Standing {
    /// Its event is done, or somebody else's.
    Ended(ClaimState),
    Open(Open),
    /// Forgotten, and nobody else's.
    Unknown,
}

/// Some of the events: an event is always in the same part, told by its name.
#[derive(Default)]
struct Part {
    open: Opens,
    done: Done,
    last_fence: i64,
}

impl Part {
    /// How the claim by this nonce stands.
    fn standing(&self, name: &Name, nonce: Nonce) -> Standing {
        match (self.done.get(name), self.open.get(name)) {
            (Some(done), _) if done.by == ClaimMark::of(nonce) => Standing::Ended(ClaimState::Done),
            (Some(_), _) => Standing::Ended(ClaimState::Lost),
            (None, Some(open)) if open.nonce != nonce => Standing::Ended(ClaimState::Lost),
            (None, Some(open)) => Standing::Open(open),
            (None, None) => Standing::Unknown,
        }
    }

    fn next_fence(&mut self) -> i64 {
        self.last_fence = self.last_fence.saturating_add(1);
        self.last_fence
    }

    /// Forgets some of those that are over their time.
    fn forget(&mut self, scopes: &Mutex<Scopes>, now: u64, at_most: usize) {
        for _ in 0..at_most {
            let forgotten = self.done.forget_one(now);
            match forgotten.or_else(|| self.open.forget_one(now).map(Some)) {
                Some(Some(scope)) => lock(scopes).leave(scope),
                Some(None) => {}
                None => return,
            }
        }
    }
}

/// Half of the key's digest. A new event meets one of n that are held with a chance of n in 2^128: for a million new ones a second and
/// n = 10^6, 10^12 / 2^128 = 3 * 10^-27 a second, once in 10^19 years. Who wants two to meet on purpose needs the sender to sign both.
fn name_of(key: &DedupeKey) -> Name {
    let mut half = [0; 16];
    half.copy_from_slice(key.as_bytes().split_at(16).0);
    Name::new(half)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Why an event is not taken.
#[derive(Debug, Clone, Copy)]
enum Full {
    Store,
    Scope,
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Store => {
                "the store in memory is full: raise `MemoryStore::with_capacity` or shorten \
                 `Dedupe::retention`"
            }
            Self::Scope => {
                "this sender's events at this endpoint and variant fill their share of the store in \
                 memory: raise `MemoryStore::with_capacity` or `quota_per_scope`, or shorten \
                 `Dedupe::retention`"
            }
        })
    }
}

impl Error for Full {}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn key(number: usize) -> DedupeKey {
        key_of("test", number)
    }

    fn key_of(scope: &str, number: usize) -> DedupeKey {
        DedupeKey::of_event(scope, number.to_string())
    }

    fn claim(store: &MemoryStore, key: &DedupeKey) -> ClaimToken {
        match now(store.claim(key, Nonce::random(), HOUR)) {
            Ok(Claim::New(token)) => token,
            other => panic!("{key:?}: {other:?}"),
        }
    }

    /// Claims until one is refused, and says how many were taken and why no more.
    fn fill(store: &MemoryStore, scope: &str) -> (usize, String) {
        let mut taken = 0;
        loop {
            match now(store.claim(&key_of(scope, taken), Nonce::random(), HOUR)) {
                Ok(Claim::New(_)) => taken += 1,
                Ok(other) => panic!("{other:?}"),
                Err(error) => {
                    let cause = error.source().map(ToString::to_string);
                    return (taken, cause.unwrap_or_default());
                }
            }
        }
    }

    fn held(store: &MemoryStore, scope: &str) -> usize {
        lock(&store.shared.scopes).held(key_of(scope, 0).scope())
    }

    fn now<T: Unpin>(storing: StoreFuture<T>) -> Result<T, StoreError> {
        match pin!(storing).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer,
            Poll::Pending => panic!("memory does not wait"),
        }
    }

    fn done(store: &MemoryStore, number: usize, retention: Duration) {
        let token = claim(store, &key(number));
        assert_eq!(
            now(store.complete(&token, retention)).unwrap(),
            ClaimState::Held
        );
    }

    #[test]
    fn a_full_store_takes_no_new_events_and_keeps_the_old_ones() {
        let store = MemoryStore::with_capacity(2);
        done(&store, 1, HOUR);
        done(&store, 2, HOUR);
        assert!(now(store.claim(&key(3), Nonce::random(), HOUR)).is_err());
        assert_eq!(
            now(store.claim(&key(1), Nonce::random(), HOUR)).unwrap(),
            Claim::Done
        );
    }

    #[test]
    fn events_over_their_time_make_room() {
        let store = MemoryStore::with_capacity(3);
        for number in 0..1000 {
            done(&store, number, Duration::ZERO);
        }
        assert!(store.len() <= 3);
    }

    #[test]
    fn what_is_kept_for_long_does_not_hold_up_the_rest() {
        let store = MemoryStore::with_capacity(3);
        done(&store, 0, HOUR);
        for number in 1..1000 {
            done(&store, number, Duration::ZERO);
        }
        assert!(store.len() <= 3);
        assert_eq!(
            now(store.claim(&key(0), Nonce::random(), HOUR)).unwrap(),
            Claim::Done
        );
    }

    #[test]
    fn what_is_changed_again_and_again_takes_no_more_room() {
        let store = MemoryStore::default();
        done(&store, 0, HOUR);
        for _ in 0..1000 {
            let Claim::New(token) = now(store.claim(&key(1), Nonce::random(), HOUR)).unwrap()
            else {
                panic!("not given back");
            };
            now(store.renew(&token, HOUR)).unwrap();
            now(store.release(&token)).unwrap();
        }
        assert_eq!(store.len(), 2);
        let parts = store.shared.parts.iter().map(lock);
        let kept = parts.map(|part| (part.open.len(), part.done.len()));
        let (open, done): (Vec<_>, Vec<_>) = kept.unzip();
        assert_eq!((open.iter().sum(), done.iter().sum()), (1_usize, 1_usize));
    }

    #[test]
    fn a_scope_that_has_filled_its_share_is_refused_and_the_others_go_on() {
        let store = MemoryStore::with_capacity(1000);
        let (taken, why) = fill(&store, "greedy");
        assert_eq!(taken, 900, "nine tenths for one that is alone");
        assert!(why.contains("quota_per_scope"), "{why}");
        assert!(why.contains("this sender"), "{why}");
        let shares = ["second", "third", "fourth"].map(|scope| fill(&store, scope).0);
        assert_eq!(shares, [90, 9, 1]);
    }

    #[test]
    fn a_store_of_any_size_takes_events_of_one_scope() {
        let taken = [0, 1, 2, 9, 10, 11, 100].map(|capacity| {
            let store = MemoryStore::with_capacity(capacity);
            fill(&store, "alone").0
        });
        assert_eq!(taken, [0, 1, 2, 9, 9, 10, 90]);
        let endless = MemoryStore::with_capacity(usize::MAX);
        assert_eq!(endless.capacity, MOST);
        claim(&endless, &key(1));
    }

    #[test]
    fn a_quota_holds_for_each_scope_whatever_is_free() {
        let store = MemoryStore::with_capacity(10).quota_per_scope(4);
        let taken = ["a", "b", "c"].map(|scope| fill(&store, scope));
        assert_eq!(taken.each_ref().map(|(taken, _)| *taken), [4, 4, 2]);
        assert!(taken[1].1.contains("quota_per_scope"), "{}", taken[1].1);
        assert!(taken[2].1.contains("is full"), "{}", taken[2].1);

        let whole = MemoryStore::with_capacity(10).quota_per_scope(10);
        assert_eq!(fill(&whole, "alone").0, 10);
    }

    #[test]
    fn a_scope_that_is_full_still_knows_its_events_and_ends_what_it_began() {
        let store = MemoryStore::with_capacity(100).quota_per_scope(3);
        let tokens = [0, 1, 2].map(|number| claim(&store, &key(number)));
        assert!(now(store.claim(&key(3), Nonce::random(), HOUR)).is_err());
        assert_eq!(
            now(store.complete(&tokens[0], HOUR)).unwrap(),
            ClaimState::Held
        );
        assert_eq!(
            now(store.renew(&tokens[1], HOUR)).unwrap(),
            ClaimState::Held
        );
        assert_eq!(now(store.release(&tokens[2])).unwrap(), ClaimState::Held);
        assert_eq!(
            now(store.claim(&key(0), Nonce::random(), HOUR)).unwrap(),
            Claim::Done
        );
        assert_eq!(claim(&store, &key(2)).attempt(), 2, "it kept its place");
        assert_eq!(held(&store, "test"), 3);
    }

    #[test]
    fn what_is_forgotten_gives_its_place_back_to_its_scope() {
        let store = MemoryStore::with_capacity(10_000).quota_per_scope(500);
        // Those of the other scope are over their time before.
        for (scope, many) in [("other", 400), ("full", 500)] {
            let tokens = (0..many).map(|number| claim(&store, &key_of(scope, number)));
            for token in tokens.collect::<Vec<_>>() {
                now(store.complete(&token, HOUR)).unwrap();
            }
        }
        assert!(now(store.claim(&key_of("full", 500), Nonce::random(), HOUR)).is_err());
        assert_eq!((held(&store, "other"), held(&store, "full")), (400, 500));

        let later = 2 * millis(HOUR);
        let full = key_of("full", 500);
        store.make_room(later);
        assert_eq!((held(&store, "other"), held(&store, "full")), (0, 0));
        claim(&store, &full);
        assert_eq!((store.len(), held(&store, "full")), (1, 1));
    }

    #[test]
    fn the_count_of_a_scope_is_that_of_its_events_whatever_happens_to_them() {
        let store = MemoryStore::with_capacity(50);
        let scopes = ["a", "b", "c"];
        let mut tokens = Vec::new();
        for step in 0..3000_usize {
            let key = key_of(scopes[step % 3], step * 7 % 20);
            let lease = [HOUR, Duration::ZERO][step % 2];
            if let Ok(Claim::New(token)) = now(store.claim(&key, Nonce::random(), lease)) {
                tokens.push(token);
            }
            if let Some(token) = tokens.get(step * 31 % tokens.len().max(1)) {
                let changed = match step % 5 {
                    0 => store.complete(token, Duration::ZERO),
                    1 => store.complete(token, HOUR),
                    2 => store.release(token),
                    _ => store.renew(token, lease),
                };
                let _ = now(changed);
            }
            let counted = scopes.map(|scope| held(&store, scope));
            let kept = scopes.map(|scope| {
                let names = (0..20).map(|number| name_of(&key_of(scope, number)));
                let is_kept = |name: &Name| {
                    let (part, _) = store.part(name);
                    let kept = (part.open.get(name).is_some(), part.done.get(name).is_some());
                    assert_ne!(kept, (true, true), "either open or done");
                    kept != (false, false)
                };
                names.filter(is_kept).count()
            });
            assert_eq!(counted, kept, "after step {step}");
        }
    }

    #[test]
    fn what_was_done_is_remembered_though_its_scope_is_full_by_now() {
        let store = MemoryStore::with_capacity(100).quota_per_scope(1);
        let forgotten = claim(&store, &key(0));
        store.make_room(u64::MAX);
        claim(&store, &key(1));
        assert_eq!(
            now(store.complete(&forgotten, HOUR)).unwrap(),
            ClaimState::Held
        );
        assert_eq!(held(&store, "test"), 2);
        assert!(now(store.claim(&key(2), Nonce::random(), HOUR)).is_err());
    }
}
