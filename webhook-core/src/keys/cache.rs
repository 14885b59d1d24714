//! Published keys that are known, and those that are being fetched.

use std::collections::BTreeMap;
use std::fmt;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either, Shared, WeakShared};

use super::source::{Fetching, Unavailable};
use crate::rejection::{Rejection, RejectionKind};
use crate::time::UnixTime;

/// How many values are kept. A sender uses one key at a time and two while it changes them, so 16 is more
/// than the genuine ones; whoever makes us ask for others cannot make us keep more.
const VALUES: usize = 16;

/// How many documents may be on their way. Names come from requests that nobody has proven yet: a flood of
/// them must not become a flood of requests to the sender.
const FETCHES: usize = 8;

/// A fetch that all who wait for the same name share. Ready at once where nothing has to be waited for.
pub(crate) type Getting<V> =
    Either<Ready<Result<V, Rejection>>, Shared<BoxFuture<'static, Result<V, Rejection>>>>;

/// Values made of published documents, by the name of the document. Bounded, and fetches each name once.
pub(crate) struct Cache<V>(Arc<Mutex<State<V>>>)
where
    V: Clone + Send + Sync + 'static;

/// What a document turned out to be, and until when it may be used without being fetched again.
pub(crate) struct Entry<V> {
    pub(crate) value: V,
    pub(crate) fresh_until: UnixTime,
}

impl<V: Clone + Send + Sync + 'static> Cache<V> {
    /// Knows nothing yet.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            values: BTreeMap::new(),
            fetches: BTreeMap::new(),
            uses: 0,
        })))
    }

    /// What is known and fresh under this name.
    pub(crate) fn get(&self, name: &str, now: UnixTime) -> Option<V> {
        lock(&self.0).get(name, now)
    }

    /// The fresh value, or the one that `fetch` leads to; all who ask for the same name meanwhile wait for
    /// one fetch.
    ///
    /// The fetch runs in the tasks that wait for it: it goes on as long as one of them is there. Only what `accept`
    /// returns is kept, never a failure. `fetch` only begins: what it does before it returns holds up all others.
    pub(crate) fn get_or_fetch(
        &self,
        name: &str,
        now: UnixTime,
        fetch: impl FnOnce() -> Fetching,
        accept: impl FnOnce(Bytes) -> Result<Entry<V>, Rejection> + Send + 'static,
    ) -> Getting<V> {
        let mut state = lock(&self.0);
        if let Some(value) = state.get(name, now) {
            return Either::Left(ready(Ok(value)));
        }
        if let Some(fetch) = state.fetches.get(name).and_then(WeakShared::upgrade) {
            return Either::Right(fetch);
        }
        // Those whose askers have all gone away are dead.
        state.fetches.retain(|_, fetch| fetch.upgrade().is_some());
        if state.fetches.len() >= FETCHES {
            return Either::Left(ready(Err(BUSY)));
        }
        let fetch = self.begin(name, now, fetch(), accept);
        if let Some(weak) = fetch.downgrade() {
            state.fetches.insert(name.to_owned(), weak);
        }
        Either::Right(fetch)
    }

    fn begin(
        &self,
        name: &str,
        now: UnixTime,
        fetching: Fetching,
        accept: impl FnOnce(Bytes) -> Result<Entry<V>, Rejection> + Send + 'static,
    ) -> Shared<BoxFuture<'static, Result<V, Rejection>>> {
        let state = Arc::clone(&self.0);
        let name = name.to_owned();
        async move {
            let accepted = fetching.await.map_err(refusal).and_then(accept);
            let mut state = lock(&state);
            state.fetches.remove(&name);
            let entry = accepted?;
            let value = entry.value.clone();
            state.keep(name, entry, now);
            Ok(value)
        }
        .boxed()
        .shared()
    }
}

impl<V: Clone + Send + Sync + 'static> fmt::Debug for Cache<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = lock(&self.0);
        let (values, fetches) = (state.values.len(), state.fetches.len());
        write!(f, "Cache({values} values, {fetches} fetches)")
    }
}

struct State<V: Clone> {
    values: BTreeMap<String, Kept<V>>,
    /// Weak, so that a fetch ends when nobody waits for it any more.
    fetches: BTreeMap<String, WeakShared<BoxFuture<'static, Result<V, Rejection>>>>,
    /// Counts the uses of all values: the clock by which the least recently used one is found.
    uses: u64,
}

struct Kept<V> {
    entry: Entry<V>,
    used: u64,
}

impl<V: Clone> State<V> {
    fn get(&mut self, name: &str, now: UnixTime) -> Option<V> {
        let kept = self.values.get_mut(name)?;
        if now >= kept.entry.fresh_until {
            return None;
        }
        self.uses += 1;
        kept.used = self.uses;
        Some(kept.entry.value.clone())
    }

    fn keep(&mut self, name: String, entry: Entry<V>, now: UnixTime) {
        self.values.remove(&name);
        if now >= entry.fresh_until {
            return;
        }
        if self.values.len() >= VALUES {
            self.forget_one(now);
        }
        self.uses += 1;
        let used = self.uses;
        self.values.insert(name, Kept { entry, used });
    }

    /// Forgets what is no longer fresh first, then what was not used for the longest.
    fn forget_one(&mut self, now: UnixTime) {
        let order = |kept: &Kept<V>| (now < kept.entry.fresh_until, kept.used);
        let least = self.values.iter().min_by_key(|(_, kept)| order(kept));
        if let Some(name) = least.map(|(name, _)| name.clone()) {
            self.values.remove(&name);
        }
    }
}

/// A panic elsewhere leaves nothing half done here, so a poisoned lock is as good as another.
fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refusal(unavailable: Unavailable) -> Rejection {
    match unavailable {
        Unavailable::Unknown => UNKNOWN,
        Unavailable::Failed => FAILED,
    }
}

/// What the cache refuses with where the source knows that there is no such document.
pub(crate) const UNKNOWN: Rejection = Rejection::new(
    RejectionKind::UntrustedKey,
    "the sender publishes no such key",
);

const FAILED: Rejection = Rejection::new(
    RejectionKind::KeysUnavailable,
    "a published key could not be had",
);

const BUSY: Rejection = Rejection::new(
    RejectionKind::KeysUnavailable,
    "too many published keys are being fetched",
);

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
    const DOCUMENT: Bytes = Bytes::from_static(b"document");

    fn run<F: Future>(future: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(future)
    }

    fn for_a_minute(value: Bytes) -> Result<Entry<Bytes>, Rejection> {
        Ok(Entry {
            value,
            fresh_until: NOW.plus_secs(60),
        })
    }

    fn found() -> Fetching {
        Fetching::ready(Ok(DOCUMENT))
    }

    fn slow() -> Fetching {
        Fetching::new(async {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            Ok(DOCUMENT)
        })
    }

    fn never() -> Fetching {
        Fetching::new(pending())
    }

    fn not_asked() -> Fetching {
        panic!("fetched")
    }

    fn get(cache: &Cache<Bytes>, name: &str, fetch: fn() -> Fetching) -> Result<Bytes, Rejection> {
        run(cache.get_or_fetch(name, NOW, fetch, for_a_minute))
    }

    fn polled(getting: &mut Getting<Bytes>) -> Option<Result<Bytes, Rejection>> {
        getting.now_or_never()
    }

    fn kind(result: Result<Bytes, Rejection>) -> RejectionKind {
        result.unwrap_err().kind()
    }

    #[test]
    fn a_hundred_askers_lead_to_one_fetch() {
        let cache = Cache::new();
        let fetches = AtomicUsize::new(0);
        let ask = |_| {
            let fetch = || {
                fetches.fetch_add(1, Ordering::Relaxed);
                slow()
            };
            cache.get_or_fetch("a", NOW, fetch, for_a_minute)
        };
        let results = run(join_all((0..100).map(ask)));
        assert_eq!(results, vec![Ok(DOCUMENT); 100]);
        assert_eq!(fetches.into_inner(), 1);
    }

    #[test]
    fn askers_on_many_threads_all_get_the_value() {
        let cache = Cache::new();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert_eq!(get(&cache, "a", slow), Ok(DOCUMENT)));
            }
        });
    }

    #[test]
    fn what_is_known_is_not_fetched_again() {
        let cache = Cache::new();
        get(&cache, "a", found).unwrap();
        assert_eq!(cache.get("a", NOW), Some(DOCUMENT));
        assert_eq!(get(&cache, "a", not_asked), Ok(DOCUMENT));
    }

    #[test]
    fn nothing_is_known_before_the_fetch() {
        let cache = Cache::<Bytes>::new();
        assert_eq!(cache.get("a", NOW), None);
    }

    #[test]
    fn a_failure_is_ours_and_is_not_kept() {
        let cache = Cache::new();
        let failed = get(&cache, "a", || Fetching::ready(Err(Unavailable::Failed)));
        assert_eq!(kind(failed), RejectionKind::KeysUnavailable);
        assert_eq!(get(&cache, "a", found), Ok(DOCUMENT));
    }

    #[test]
    fn an_unknown_key_is_not_trusted_and_is_not_kept() {
        let cache = Cache::new();
        let unknown = get(&cache, "a", || Fetching::ready(Err(Unavailable::Unknown)));
        assert_eq!(kind(unknown), RejectionKind::UntrustedKey);
        assert_eq!(get(&cache, "a", found), Ok(DOCUMENT));
    }

    #[test]
    fn a_document_that_is_refused_is_not_kept() {
        const HTML: Rejection = Rejection::new(RejectionKind::UntrustedKey, "not a certificate");
        let cache = Cache::new();
        let refused = run(cache.get_or_fetch("a", NOW, found, |_| Err(HTML)));
        assert_eq!(refused, Err(HTML));
        assert_eq!(cache.get("a", NOW), None);
        assert_eq!(get(&cache, "a", found), Ok(DOCUMENT));
    }

    #[test]
    fn a_value_is_forgotten_when_its_time_has_come() {
        let cache = Cache::new();
        get(&cache, "a", found).unwrap();
        let last = UnixTime::from_millis(NOW.plus_secs(60).as_millis() - 1);
        assert_eq!(cache.get("a", last), Some(DOCUMENT));
        assert_eq!(cache.get("a", NOW.plus_secs(60)), None);
    }

    #[test]
    fn a_value_that_is_not_fresh_is_fetched_again() {
        let cache = Cache::new();
        get(&cache, "a", found).unwrap();
        let newer = || Fetching::ready(Ok(Bytes::from_static(b"newer")));
        let accept = |value| {
            Ok(Entry {
                value,
                fresh_until: NOW.plus_secs(600),
            })
        };
        let later = NOW.plus_secs(60);
        let result = run(cache.get_or_fetch("a", later, newer, accept));
        assert_eq!(result, Ok(Bytes::from_static(b"newer")));
        assert_eq!(cache.get("a", later), result.ok());
    }

    #[test]
    fn a_value_that_was_never_fresh_serves_once() {
        let cache = Cache::new();
        let accept = |value| {
            Ok(Entry {
                value,
                fresh_until: NOW,
            })
        };
        let result = run(cache.get_or_fetch("a", NOW, found, accept));
        assert_eq!(result, Ok(DOCUMENT));
        assert!(lock(&cache.0).values.is_empty());
    }

    #[test]
    fn who_waits_goes_on_when_the_first_asker_is_gone() {
        let cache = Cache::new();
        let first = cache.get_or_fetch("a", NOW, slow, for_a_minute);
        let second = cache.get_or_fetch("a", NOW, not_asked, for_a_minute);
        let result = run(async {
            let first = tokio::spawn(first);
            let second = tokio::spawn(second);
            tokio::task::yield_now().await;
            first.abort();
            assert!(first.await.unwrap_err().is_cancelled());
            second.await.unwrap()
        });
        assert_eq!(result, Ok(DOCUMENT));
    }

    #[test]
    fn a_fetch_that_all_have_left_begins_anew() {
        let cache = Cache::new();
        let mut first = cache.get_or_fetch("a", NOW, never, for_a_minute);
        assert_eq!(polled(&mut first), None);
        drop(first);
        assert_eq!(get(&cache, "a", found), Ok(DOCUMENT));
    }

    #[test]
    fn a_flood_of_names_keeps_few_values() {
        let cache = Cache::new();
        for n in 0..10_000 {
            get(&cache, &n.to_string(), found).unwrap();
        }
        assert_eq!(
            format!("{cache:?}"),
            format!("Cache({VALUES} values, 0 fetches)")
        );
    }

    #[test]
    fn a_flood_of_names_begins_few_fetches() {
        let cache = Cache::new();
        let begun = AtomicUsize::new(0);
        let ask = |n: i32| {
            let fetch = || {
                begun.fetch_add(1, Ordering::Relaxed);
                never()
            };
            cache.get_or_fetch(&n.to_string(), NOW, fetch, for_a_minute)
        };
        let mut all: Vec<_> = (0..10_000).map(ask).collect();
        let refused = all.iter_mut().filter_map(polled).map(kind);
        assert!(refused.eq(vec![RejectionKind::KeysUnavailable; 10_000 - FETCHES]));
        assert_eq!(begun.into_inner(), FETCHES);
    }

    #[test]
    fn too_many_fetches_do_not_stop_what_is_known_or_on_its_way() {
        let cache = Cache::new();
        get(&cache, "known", found).unwrap();
        let others = (1..FETCHES).map(|n| n.to_string());
        let ask = |n: String| cache.get_or_fetch(&n, NOW, never, for_a_minute);
        let others: Vec<_> = others.map(ask).collect();
        let on_its_way = cache.get_or_fetch("a", NOW, slow, for_a_minute);
        assert_eq!(
            kind(get(&cache, "b", not_asked)),
            RejectionKind::KeysUnavailable
        );
        assert_eq!(get(&cache, "known", not_asked), Ok(DOCUMENT));
        assert_eq!(get(&cache, "a", not_asked), Ok(DOCUMENT));
        drop((others, on_its_way));
    }

    #[test]
    fn fetches_that_were_left_make_room() {
        let cache = Cache::new();
        let ask = |n: usize| cache.get_or_fetch(&n.to_string(), NOW, never, for_a_minute);
        drop((0..FETCHES).map(ask).collect::<Vec<_>>());
        assert_eq!(get(&cache, "a", found), Ok(DOCUMENT));
    }

    #[test]
    fn the_least_recently_used_value_makes_room() {
        let cache = Cache::new();
        for n in 0..VALUES {
            get(&cache, &n.to_string(), found).unwrap();
        }
        cache.get("0", NOW).unwrap();
        get(&cache, "another", found).unwrap();
        assert_eq!(cache.get("0", NOW), Some(DOCUMENT));
        assert_eq!(cache.get("1", NOW), None);
    }

    #[test]
    fn an_expired_value_makes_room_before_a_fresh_one() {
        let cache = Cache::new();
        for n in 1..VALUES {
            get(&cache, &n.to_string(), found).unwrap();
        }
        let accept = |value| {
            Ok(Entry {
                value,
                fresh_until: NOW.plus_secs(1),
            })
        };
        run(cache.get_or_fetch("short", NOW, found, accept)).unwrap();
        let later = NOW.plus_secs(1);
        run(cache.get_or_fetch("another", later, found, for_a_minute)).unwrap();
        let kept = (1..VALUES).filter(|n| cache.get(&n.to_string(), later).is_some());
        assert_eq!(kept.count(), VALUES - 1);
    }

    #[test]
    fn a_source_that_panics_does_not_end_the_cache() {
        let cache = Cache::new();
        let panics = std::panic::AssertUnwindSafe(|| get(&cache, "a", not_asked));
        assert!(std::panic::catch_unwind(panics).is_err());
        assert_eq!(get(&cache, "a", found), Ok(DOCUMENT));
    }
}
