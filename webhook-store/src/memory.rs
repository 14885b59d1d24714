//! The store in the memory of one process.

use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use webhook_core::dedupe::{
    Claim, DedupeKey, DedupeStore, Held, Nonce, StoreError, Storing, Token,
};

/// Remembers events in the memory of this process, and forgets them when it ends: for tests, and for one machine that
/// may do an event again after a restart.
///
/// Holds a bounded number of events, [`DEFAULT_CAPACITY`](Self::DEFAULT_CAPACITY) if not said otherwise; a full store
/// takes no new ones, which the endpoint answers with 503, until some are forgotten. Never forgets one early. A million
/// events take 145 bytes each, and 193 for the moment in which the table grows. Times are those of a clock that does not
/// step.
///
/// ```
/// use webhook_store::MemoryStore;
///
/// let store = MemoryStore::default();
/// let small = MemoryStore::with_capacity(1_000);
/// ```
pub struct MemoryStore {
    started: Instant,
    capacity: usize,
    events: Mutex<Events>,
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
            events: Mutex::default(),
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
        events.forget(now);
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
            None if events.map.len() >= self.capacity => return Err(StoreError::not_taken(Full)),
            None => 1,
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
            },
        );
        Ok(Claim::New(Token::new(key.clone(), nonce, fence, attempt)))
    }

    /// Changes the event of a claim that still stands, or that is forgotten and nobody else's.
    fn change(&self, token: &Token, until: Duration, attempt: u32) -> Result<Held, StoreError> {
        let now = self.now();
        let mut events = self.lock();
        let name = Name::of(token.key());
        match events.map.get(&name) {
            Some(event) if event.nonce != token.nonce() => return Ok(Held::Lost),
            Some(event) if event.is_done() => return Ok(Held::Done),
            None if events.map.len() >= self.capacity => return Err(StoreError::not_taken(Full)),
            Some(_) | None => {}
        }
        let event = Event {
            until: now.saturating_add(millis(until)),
            nonce: token.nonce(),
            fence: token.fence(),
            attempt,
        };
        events.set(name, event);
        Ok(Held::Yes)
    }

    fn give_back(&self, token: &Token) -> Held {
        let now = self.now();
        let mut events = self.lock();
        let name = Name::of(token.key());
        match events.map.get(&name).copied() {
            Some(event) if event.nonce != token.nonce() => Held::Lost,
            Some(event) if event.is_done() => Held::Done,
            Some(event) => {
                events.set(
                    name,
                    Event {
                        until: now,
                        ..event
                    },
                );
                Held::Yes
            }
            None => Held::Yes,
        }
    }
}

impl DedupeStore for MemoryStore {
    fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> Storing<Claim> {
        Storing::ready(self.try_claim(key, nonce, lease))
    }

    fn renew(&self, token: &Token, lease: Duration) -> Storing<Held> {
        Storing::ready(self.change(token, lease, token.attempt().max(1)))
    }

    fn complete(&self, token: &Token, retention: Duration) -> Storing<Held> {
        Storing::ready(self.change(token, retention, DONE))
    }

    fn release(&self, token: &Token) -> Storing<Held> {
        Storing::ready(Ok(self.give_back(token)))
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
            .finish_non_exhaustive()
    }
}

/// How long an event whose claim has run out or was given back is remembered, so that its attempts are counted on.
const OPEN_FOR: u64 = 24 * 60 * 60 * 1000;

/// How many events are looked at for being over their time, whenever one is claimed.
const FORGOTTEN_AT_ONCE: usize = 4;

#[derive(Default)]
struct Events {
    map: HashMap<Name, Event>,
    /// When each of them is over its time, soonest first: endpoints that share the store may remember for different
    /// times, and what is kept for long must not hold up the rest.
    times: BTreeSet<(u64, Name)>,
    last_fence: i64,
}

impl Events {
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

    /// Forgets a few of those that are over their time.
    fn forget(&mut self, now: u64) {
        for _ in 0..FORGOTTEN_AT_ONCE {
            match self.times.first().copied() {
                Some((time, name)) if time <= now => {
                    self.times.remove(&(time, name));
                    self.map.remove(&name);
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

/// The store holds as many events as it may.
#[derive(Debug)]
struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the store in memory is full")
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
        DedupeKey::of_event("test", number.to_string())
    }

    fn now<T: Unpin>(storing: Storing<T>) -> Result<T, StoreError> {
        match pin!(storing).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer,
            Poll::Pending => panic!("memory does not wait"),
        }
    }

    fn done(store: &MemoryStore, number: usize, retention: Duration) {
        let Claim::New(token) = now(store.claim(&key(number), Nonce::random(), HOUR)).unwrap()
        else {
            panic!("{number} was known");
        };
        assert_eq!(now(store.complete(&token, retention)).unwrap(), Held::Yes);
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
}
