//! The store in the memory of one process.

mod scopes;

use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use webhook_core::dedupe::{
    Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce, StoreError, StoreFuture,
};

use scopes::{ScopeId, Scopes};

/// Remembers events in the memory of this process, and forgets them when it ends: for tests, and for one machine that
/// may do an event again after a restart.
///
/// Holds a bounded number of events, [`DEFAULT_CAPACITY`](Self::DEFAULT_CAPACITY) if not said otherwise; a full store
/// takes no new ones, which the endpoint answers with 503, until some are forgotten. Never forgets one early. A million
/// events take 145 bytes each, and 193 for the moment in which the table grows; where each has a scope of its own, 214
/// and 240. Times are those of a clock that does not step.
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
    events: Arc<Mutex<Events>>,
}

impl MemoryStore {
    /// How many events are remembered if nothing else is said.
    pub const DEFAULT_CAPACITY: usize = 1_000_000;

    /// A store for at most so many events.
    #[must_use]
    pub fn with_capacity(events: usize) -> Self {
        Self {
            started: Instant::now(),
            capacity: events,
            quota: None,
            events: Arc::default(),
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
        self.lock().map.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, Events> {
        // What panics while it holds the lock is outside of this file, and every step leaves the map whole.
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
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
        let now = self.now();
        let mut events = self.lock();
        events.forget(now, FORGOTTEN_AT_ONCE);
        let name = Name::of(key);
        let known = events.map.get(&name).copied();
        let attempt = match known {
            Some(event) if event.is_done() && !event.is_over(now) => return Ok(Claim::Done),
            Some(event) if event.is_done() => 1,
            Some(event) if event.nonce == nonce => event.attempt,
            Some(event) if event.is_over(now) => event.attempt.saturating_add(1),
            Some(event) => {
                return Ok(Claim::InProgress(Duration::from_millis(event.until - now)));
            }
            None => {
                self.make_room(&mut events, key, now)?;
                1
            }
        };
        let scope = match known {
            Some(event) => event.scope,
            None => events.enter(key)?,
        };
        let fence = match known {
            Some(event) if event.nonce == nonce && !event.is_done() => event.fence,
            _ => events.next_fence(),
        };
        let until = now.saturating_add(millis(lease));
        events.set(
            name,
            Event {
                until,
                nonce,
                fence,
                attempt,
                scope,
            },
        );
        Ok(Claim::New(ClaimToken::new(
            key.clone(),
            nonce,
            fence,
            attempt,
        )))
    }

    /// Whether there is a place for a new event of this scope. What is over its time is forgotten before one is refused.
    fn make_room(&self, events: &mut Events, key: &DedupeKey, now: u64) -> Result<(), StoreError> {
        if self.has_room(events, key).is_err() {
            events.forget(now, FORGOTTEN_BEFORE_REFUSAL);
        }
        self.has_room(events, key).map_err(StoreError::not_taken)
    }

    fn has_room(&self, events: &Events, key: &DedupeKey) -> Result<(), Full> {
        let free = self.capacity.saturating_sub(events.map.len());
        let quota = self
            .quota
            .unwrap_or_else(|| free.saturating_mul(HELD_PER_FREE_PLACE));
        match events.scopes.held(key.scope()) {
            _ if free == 0 => Err(Full::Store),
            held if held >= quota => Err(Full::Scope),
            _ => Ok(()),
        }
    }

    /// Changes the event of a claim that still stands, or that is forgotten and nobody else's.
    fn change(
        &self,
        token: &ClaimToken,
        until: Duration,
        attempt: u32,
    ) -> Result<ClaimState, StoreError> {
        let now = self.now();
        let mut events = self.lock();
        let name = Name::of(token.key());
        let scope = match events.map.get(&name) {
            Some(event) if event.nonce != token.nonce() => return Ok(ClaimState::Lost),
            Some(event) if event.is_done() => return Ok(ClaimState::Done),
            Some(event) => event.scope,
            None if events.map.len() >= self.capacity => {
                return Err(StoreError::not_taken(Full::Store));
            }
            // Had its place when it was claimed: what was done is remembered, whatever its scope holds by now.
            None => events.enter(token.key())?,
        };
        let event = Event {
            until: now.saturating_add(millis(until)),
            nonce: token.nonce(),
            fence: token.fence(),
            attempt,
            scope,
        };
        events.set(name, event);
        Ok(ClaimState::Held)
    }

    fn give_back(&self, token: &ClaimToken) -> ClaimState {
        let now = self.now();
        let mut events = self.lock();
        let name = Name::of(token.key());
        match events.map.get(&name).copied() {
            Some(event) if event.nonce != token.nonce() => ClaimState::Lost,
            Some(event) if event.is_done() => ClaimState::Done,
            Some(event) => {
                events.set(
                    name,
                    Event {
                        until: now,
                        ..event
                    },
                );
                ClaimState::Held
            }
            None => ClaimState::Held,
        }
    }
}

impl DedupeStore for MemoryStore {
    fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> StoreFuture<Claim> {
        StoreFuture::ready(self.try_claim(key, nonce, lease))
    }

    fn renew(&self, token: &ClaimToken, lease: Duration) -> StoreFuture<ClaimState> {
        StoreFuture::ready(self.change(token, lease, token.attempt().max(1)))
    }

    fn complete(&self, token: &ClaimToken, retention: Duration) -> StoreFuture<ClaimState> {
        StoreFuture::ready(self.change(token, retention, DONE))
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

/// How long an event whose claim has run out or was given back is remembered, so that its attempts are counted on.
const OPEN_FOR: u64 = 24 * 60 * 60 * 1000;

/// How many events are looked at for being over their time, whenever one is claimed.
const FORGOTTEN_AT_ONCE: usize = 4;

/// How many more before an event is refused.
const FORGOTTEN_BEFORE_REFUSAL: usize = 1000;

/// How many events a scope may hold for each place that is free, if no quota is given.
const HELD_PER_FREE_PLACE: usize = 9;

#[derive(Default)]
struct Events {
    map: HashMap<Name, Event>,
    /// When each of them is over its time, soonest first: endpoints that share the store may remember for different
    /// times, and what is kept for long must not hold up the rest.
    times: BTreeSet<(u64, Name)>,
    scopes: Scopes,
    last_fence: i64,
}

impl Events {
    /// The scope of an event that is about to be set for the first time.
    fn enter(&mut self, key: &DedupeKey) -> Result<ScopeId, StoreError> {
        let scope = self.scopes.enter(key.scope());
        scope.ok_or_else(|| StoreError::not_taken(Full::Store))
    }

    fn set(&mut self, name: Name, event: Event) {
        if let Some(old) = self.map.insert(name, event) {
            self.times.remove(&(old.forgotten_at(), name));
        }
        self.times.insert((event.forgotten_at(), name));
    }

    fn next_fence(&mut self) -> i64 {
        self.last_fence += 1;
        self.last_fence
    }

    /// Forgets some of those that are over their time.
    fn forget(&mut self, now: u64, at_most: usize) {
        for _ in 0..at_most {
            match self.times.first().copied() {
                Some((time, name)) if time <= now => {
                    self.times.remove(&(time, name));
                    if let Some(event) = self.map.remove(&name) {
                        self.scopes.leave(event.scope);
                    }
                }
                _ => return,
            }
        }
    }
}

/// Half of the key's digest: 128 bits of SHA-256, so that no two events ever meet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Name([u8; 16]);

impl Name {
    fn of(key: &DedupeKey) -> Self {
        let mut name = [0; 16];
        name.copy_from_slice(key.as_bytes().split_at(16).0);
        Self(name)
    }
}

#[derive(Clone, Copy)]
struct Event {
    /// Until when the lease or the memory of it lasts, in milliseconds since the store was made.
    until: u64,
    nonce: Nonce,
    fence: i64,
    /// [`DONE`], or how often it was claimed.
    attempt: u32,
    scope: ScopeId,
}

/// The attempt of an event that is done, from where attempts are counted anew.
const DONE: u32 = 0;

impl Event {
    fn is_over(&self, now: u64) -> bool {
        self.until <= now
    }

    fn is_done(&self) -> bool {
        self.attempt == DONE
    }

    fn forgotten_at(&self) -> u64 {
        match self.is_done() {
            true => self.until,
            false => self.until.saturating_add(OPEN_FOR),
        }
    }
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
        store.lock().scopes.held(key_of(scope, 0).scope())
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
        assert_eq!(store.lock().times.len(), 2);
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
        store.make_room(&mut store.lock(), &full, later).unwrap();
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
                let names = (0..20).map(|number| Name::of(&key_of(scope, number)));
                let events = store.lock();
                names.filter(|name| events.map.contains_key(name)).count()
            });
            assert_eq!(counted, kept, "after step {step}");
        }
    }

    #[test]
    fn what_was_done_is_remembered_though_its_scope_is_full_by_now() {
        let store = MemoryStore::with_capacity(100).quota_per_scope(1);
        let forgotten = claim(&store, &key(0));
        store.lock().forget(u64::MAX, 1);
        claim(&store, &key(1));
        assert_eq!(
            now(store.complete(&forgotten, HOUR)).unwrap(),
            ClaimState::Held
        );
        assert_eq!(held(&store, "test"), 2);
        assert!(now(store.claim(&key(2), Nonce::random(), HOUR)).is_err());
    }
}
