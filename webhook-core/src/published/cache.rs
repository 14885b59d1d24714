//! Published keys that are known, and those that are being fetched.

use std::collections::BTreeMap;
use std::fmt;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either, Shared, WeakShared};

use super::bucket::Bucket;
use super::source::{FetchFuture, Unavailable};
use crate::outcome::{Rejection, RejectionKind};
use crate::time::UnixTime;

/// How many values are kept. A sender uses one key at a time and two while it changes them, so 16 is more
/// than the genuine ones; whoever makes us ask for others cannot make us keep more.
const VALUES: usize = 16;

/// How many documents of names that nobody knows may be on their way. Names come from requests that nobody has proven
/// yet: a flood of them must not become a flood of requests to the sender. What is known already and has to be got anew
/// has as many places of its own, which strangers cannot take.
const FETCHES: usize = 8;

/// How long a name that does not exist is refused without asking again.
const REFUSED_SECS: i64 = 60;

/// How many such names are remembered.
const REFUSED: usize = 1024;

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
            refused: BTreeMap::new(),
            strangers: Bucket::full(),
            known: Bucket::full(),
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
    /// The fetch runs in the tasks that wait for it: it goes on as long as one of them is there. What `accept` returns is
    /// kept; a name that does not exist, or whose document it does not trust, is refused for a minute; a failure is
    /// never kept. Names that are not known yet are asked for as often as a [`Bucket`] allows. `fetch` only begins: what
    /// it does before it returns holds up all others.
    pub(crate) fn get_or_fetch(
        &self,
        name: &str,
        now: UnixTime,
        fetch: impl FnOnce() -> FetchFuture,
        accept: impl FnOnce(Bytes) -> Result<Entry<V>, Rejection> + Send + 'static,
    ) -> Getting<V> {
        self.get_as(Asker::Stranger, name, now, fetch, accept)
    }

    /// The same for the receiver itself, which means what it asks for.
    pub(crate) fn prefetch(
        &self,
        name: &str,
        now: UnixTime,
        fetch: impl FnOnce() -> FetchFuture,
        accept: impl FnOnce(Bytes) -> Result<Entry<V>, Rejection> + Send + 'static,
    ) -> Getting<V> {
        self.get_as(Asker::Receiver, name, now, fetch, accept)
    }

    fn get_as(
        &self,
        asker: Asker,
        name: &str,
        now: UnixTime,
        fetch: impl FnOnce() -> FetchFuture,
        accept: impl FnOnce(Bytes) -> Result<Entry<V>, Rejection> + Send + 'static,
    ) -> Getting<V> {
        let mut state = lock(&self.0);
        if let Some(value) = state.get(name, now) {
            return Either::Left(ready(Ok(value)));
        }
        let under_way = state.fetches.get(name);
        if let Some(fetch) = under_way.and_then(|fetch| fetch.shared.upgrade()) {
            return Either::Right(fetch);
        }
        let asker = match asker {
            Asker::Stranger if state.values.contains_key(name) => Asker::Known,
            asker => asker,
        };
        if let Err(refused) = state.may_fetch(name, asker, now) {
            return Either::Left(ready(Err(refused)));
        }
        let fetch = self.begin(name, asker, now, fetch(), accept);
        if let Some(shared) = fetch.downgrade() {
            let fetch = Fetch { shared, asker };
            state.fetches.insert(name.to_owned(), fetch);
        }
        Either::Right(fetch)
    }

    fn begin(
        &self,
        name: &str,
        asker: Asker,
        now: UnixTime,
        fetching: FetchFuture,
        accept: impl FnOnce(Bytes) -> Result<Entry<V>, Rejection> + Send + 'static,
    ) -> Shared<BoxFuture<'static, Result<V, Rejection>>> {
        let state = Arc::clone(&self.0);
        let name = name.to_owned();
        async move {
            let accepted = fetching.await.map_err(refusal).and_then(accept);
            let mut state = lock(&state);
            state.fetches.remove(&name);
            let entry = match accepted {
                Ok(entry) => entry,
                Err(rejection) => {
                    state.refuse(name, &rejection, now);
                    return Err(rejection);
                }
            };
            if let Some(bucket) = state.bucket(asker) {
                bucket.give_back();
            }
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
    fetches: BTreeMap<String, Fetch<V>>,
    /// Names that are refused without asking, each with the reason, and until when.
    refused: BTreeMap<String, (Rejection, UnixTime)>,
    /// What may still be asked for because of names that nobody knows.
    strangers: Bucket,
    /// The same for names that are known, and have to be got anew.
    known: Bucket,
    /// Counts the uses of all values: the clock by which the least recently used one is found.
    uses: u64,
}

struct Fetch<V: Clone> {
    /// Weak, so that a fetch ends when nobody waits for it any more.
    shared: WeakShared<BoxFuture<'static, Result<V, Rejection>>>,
    asker: Asker,
}

/// Who makes us ask for a name. Each has places of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asker {
    /// Whoever sent a request with a name that nobody knows.
    Stranger,
    /// A request with a name that was good before.
    Known,
    /// The receiver's own code.
    Receiver,
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

    /// Whether this name may be asked for now.
    fn may_fetch(&mut self, name: &str, asker: Asker, now: UnixTime) -> Result<(), Rejection> {
        if let Some((refused, until)) = self.refused.get(name) {
            // Not longer than said, should the clock be set back.
            let is_over = now >= *until || now.plus_secs(REFUSED_SECS) < *until;
            if !is_over && asker != Asker::Receiver {
                return Err(refused.clone());
            }
            self.refused.remove(name);
        }
        // Those whose askers have all gone away are dead.
        self.fetches
            .retain(|_, fetch| fetch.shared.upgrade().is_some());
        let alike = self.fetches.values().filter(|fetch| fetch.asker == asker);
        let is_full = alike.count() >= FETCHES && asker != Asker::Receiver;
        let may_ask = !is_full && self.bucket(asker).is_none_or(|bucket| bucket.take(now));
        match may_ask {
            true => Ok(()),
            false => Err(BUSY),
        }
    }

    /// What limits how often this one may ask.
    fn bucket(&mut self, asker: Asker) -> Option<&mut Bucket> {
        match asker {
            Asker::Stranger => Some(&mut self.strangers),
            Asker::Known => Some(&mut self.known),
            Asker::Receiver => None,
        }
    }

    /// Remembers that this name leads to nothing, if that is sure.
    fn refuse(&mut self, name: String, rejection: &Rejection, now: UnixTime) {
        if rejection.kind() != RejectionKind::UntrustedKey {
            return;
        }
        if self.refused.len() >= REFUSED {
            let first = self.refused.iter().min_by_key(|(_, (_, until))| *until);
            if let Some(first) = first.map(|(name, _)| name.clone()) {
                self.refused.remove(&first);
            }
        }
        self.refused
            .insert(name, (rejection.clone(), now.plus_secs(REFUSED_SECS)));
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

    fn found() -> FetchFuture {
        FetchFuture::ready(Ok(DOCUMENT))
    }

    fn slow() -> FetchFuture {
        FetchFuture::new(async {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            Ok(DOCUMENT)
        })
    }

    fn never() -> FetchFuture {
        FetchFuture::new(pending())
    }

    fn not_asked() -> FetchFuture {
        panic!("fetched")
    }

    fn get(
        cache: &Cache<Bytes>,
        name: &str,
        fetch: fn() -> FetchFuture,
    ) -> Result<Bytes, Rejection> {
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
        let failed = get(&cache, "a", || FetchFuture::ready(Err(Unavailable::Failed)));
        assert_eq!(kind(failed), RejectionKind::KeysUnavailable);
        assert_eq!(get(&cache, "a", found), Ok(DOCUMENT));
    }

    fn get_at(
        cache: &Cache<Bytes>,
        name: &str,
        now: UnixTime,
        fetch: impl FnOnce() -> FetchFuture,
    ) -> Result<Bytes, Rejection> {
        run(cache.get_or_fetch(name, now, fetch, for_a_minute))
    }

    fn unknown() -> FetchFuture {
        FetchFuture::ready(Err(Unavailable::Unknown))
    }

    #[test]
    fn an_unknown_key_is_not_asked_for_again_for_a_minute() {
        let cache = Cache::new();
        for _ in 0..2 {
            let first = get(&cache, "a", unknown);
            assert_eq!(kind(first), RejectionKind::UntrustedKey);
            let last = UnixTime::from_millis(NOW.plus_secs(60).as_millis() - 1);
            for now in [NOW, last] {
                let again = get_at(&cache, "a", now, not_asked);
                assert_eq!(kind(again), RejectionKind::UntrustedKey);
            }
            let later = get_at(&cache, "a", NOW.plus_secs(60), unknown);
            assert_eq!(kind(later), RejectionKind::UntrustedKey);
            // The clock was set back by more than a minute.
            let earlier = get_at(&cache, "a", NOW.plus_secs(-3600), || {
                FetchFuture::ready(Err(Unavailable::Failed))
            });
            assert_eq!(kind(earlier), RejectionKind::KeysUnavailable);
        }
        assert_eq!(get(&cache, "a", found), Ok(DOCUMENT));
    }

    #[test]
    fn two_unknown_names_in_two_thousand_requests_are_two_questions() {
        let cache = Cache::new();
        let asked = AtomicUsize::new(0);
        for n in 0..2000 {
            let ask = || {
                asked.fetch_add(1, Ordering::Relaxed);
                unknown()
            };
            let refused = get_at(&cache, ["a", "b"][n % 2], NOW, ask);
            assert_eq!(kind(refused), RejectionKind::UntrustedKey);
        }
        assert_eq!(asked.into_inner(), 2);
    }

    #[test]
    fn names_that_do_not_exist_are_asked_for_as_often_as_the_bucket_allows() {
        let cache = Cache::new();
        let asked = AtomicUsize::new(0);
        let ask = || {
            asked.fetch_add(1, Ordering::Relaxed);
            unknown()
        };
        // A hundred a second, for a minute.
        for n in 0..6000 {
            let now = UnixTime::from_millis(NOW.as_millis() + n * 10);
            let _ = get_at(&cache, &n.to_string(), now, ask);
        }
        assert_eq!(asked.load(Ordering::Relaxed), 32 + 59);
        let remembered = lock(&cache.0).refused.len();
        assert_eq!(remembered, 32 + 59);
    }

    #[test]
    fn few_refused_names_are_remembered() {
        let cache = Cache::new();
        for n in 0..3000 {
            let now = NOW.plus_secs(n);
            assert_eq!(
                kind(get_at(&cache, &n.to_string(), now, unknown)),
                RejectionKind::UntrustedKey
            );
        }
        assert_eq!(lock(&cache.0).refused.len(), 1024);
        // The latest are.
        let last = get_at(&cache, "2999", NOW.plus_secs(2999), not_asked);
        assert_eq!(kind(last), RejectionKind::UntrustedKey);
    }

    /// Strangers have every place and every token.
    fn flooded() -> (Cache<Bytes>, Vec<Getting<Bytes>>) {
        let cache = Cache::new();
        get(&cache, "known", found).unwrap();
        for n in 0..32 {
            get(&cache, &format!("failed {n}"), || {
                FetchFuture::ready(Err(Unavailable::Failed))
            })
            .unwrap_err();
        }
        assert_eq!(
            kind(get(&cache, "another", not_asked)),
            RejectionKind::KeysUnavailable
        );
        let later = NOW.plus_secs(60);
        let ask = |n: usize| cache.get_or_fetch(&n.to_string(), later, never, for_a_minute);
        let strangers = (0..FETCHES).map(ask).collect();
        (cache, strangers)
    }

    #[test]
    fn what_is_known_never_waits_behind_strangers() {
        let (cache, strangers) = flooded();
        let later = NOW.plus_secs(60);
        assert_eq!(cache.get("known", later), None, "it has to be got anew");
        assert_eq!(
            kind(get_at(&cache, "new", later, not_asked)),
            RejectionKind::KeysUnavailable
        );
        assert_eq!(get_at(&cache, "known", later, found), Ok(DOCUMENT));
        drop(strangers);
    }

    #[test]
    fn the_receiver_never_waits_behind_strangers() {
        let (cache, strangers) = flooded();
        let later = NOW.plus_secs(60);
        let mine = run(cache.prefetch("new", later, found, move |value| {
            Ok(Entry {
                value,
                fresh_until: later.plus_secs(60),
            })
        }));
        assert_eq!(mine, Ok(DOCUMENT));
        assert_eq!(cache.get("new", later), Some(DOCUMENT));
        drop(strangers);
    }

    #[test]
    fn the_receiver_asks_for_what_was_refused() {
        let cache = Cache::new();
        get(&cache, "a", unknown).unwrap_err();
        assert_eq!(
            run(cache.prefetch("a", NOW, found, for_a_minute)),
            Ok(DOCUMENT)
        );
    }

    #[test]
    fn a_document_that_is_refused_is_not_kept() {
        const HTML: Rejection = Rejection::new(RejectionKind::UntrustedKey, "not a certificate");
        let cache = Cache::new();
        let refused = run(cache.get_or_fetch("a", NOW, found, |_| Err(HTML)));
        assert_eq!(refused, Err(HTML));
        assert_eq!(cache.get("a", NOW), None);
        assert_eq!(get(&cache, "a", not_asked), Err(HTML));
        let later = NOW.plus_secs(60);
        assert_eq!(get_at(&cache, "a", later, found), Ok(DOCUMENT));
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
        let newer = || FetchFuture::ready(Ok(Bytes::from_static(b"newer")));
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
        assert_eq!(format!("{cache:?}"), "Cache(16 values, 0 fetches)");
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
        assert!(refused.eq(vec![RejectionKind::KeysUnavailable; 10_000 - 8]));
        assert_eq!(begun.into_inner(), 8);
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
        for n in 0..16 {
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
        for n in 1..16 {
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
        let kept = (1..16).filter(|n: &usize| cache.get(&n.to_string(), later).is_some());
        assert_eq!(kept.count(), 15);
    }

    #[test]
    fn a_source_that_panics_does_not_end_the_cache() {
        let cache = Cache::new();
        let panics = std::panic::AssertUnwindSafe(|| get(&cache, "a", not_asked));
        assert!(std::panic::catch_unwind(panics).is_err());
        assert_eq!(get(&cache, "a", found), Ok(DOCUMENT));
    }
}
