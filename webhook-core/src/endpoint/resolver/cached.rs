//! A resolver that keeps what it has found.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::flight::Flight;
use super::kept::Kept;
use super::resolve::{Resolve, ResolveFuture, Resolved};
use crate::outcome::{Rejection, RejectionKind};
use crate::request::RequestHead;
use crate::time::UnixTime;

/// A resolver that looks each account up once, and keeps what was found for the time `ttl`.
///
/// `key` takes from the head what names the account. `find` looks it up: it is called only if the account is not known, or was looked
/// up longer ago than `ttl`. It returns a verifier, an [`Endpoint`](crate::Endpoint), an `Arc<dyn Resolve>` or a [`Resolved`], which
/// also has the account's name; or `None` if there is no such account.
///
/// ```
/// use std::time::Duration;
/// use webhook_core::provider::stripe::{self, Stripe};
/// use webhook_core::resolver::{self, Resolved};
/// use webhook_core::scheme::SchemeVerifier;
/// use webhook_core::{Endpoint, Rejection, RejectionKind, RequestHead};
///
/// /// Asks a database: the tenant's name as it is written there, and the secret.
/// async fn account_of(tenant: &str) -> std::io::Result<Option<(String, String)>> {
///     Ok((tenant == "acme").then(|| ("acme".to_owned(), "whsec_of_acme".to_owned())))
/// }
///
/// /// The last part of the path, in one spelling: so a tenant is kept once.
/// fn tenant(head: &RequestHead<'_>) -> Option<String> {
///     head.path().rsplit('/').next().map(str::to_ascii_lowercase)
/// }
///
/// async fn find(tenant: String) -> Result<Option<Resolved<'static>>, Rejection> {
///     let is_down = |_| Rejection::new(RejectionKind::KeysUnavailable, "the database of tenants does not answer");
///     let is_wrong = |_| Rejection::new(RejectionKind::Misconfigured, "the secret of a tenant cannot be used");
///     let Some((name, secret)) = account_of(&tenant).await.map_err(is_down)? else {
///         return Ok(None);
///     };
///     let stripe = Stripe::new(secret).map_err(is_wrong)?;
///     Ok(Some(Resolved::from(stripe).variant(name)))
/// }
///
/// let tenants = resolver::cached(Duration::from_secs(60), tenant, find)
///     .nobody(SchemeVerifier::decoy(stripe::SCHEME)?);
/// let endpoint = Endpoint::new(tenants.clone()); // goes into a layer or a middleware
///
/// // Later, where a tenant gets a new secret:
/// tenants.forget("acme");
/// # let _ = endpoint;
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
///
/// - Requests that ask for the same key at the same time wait for one look-up. If the client of the one that runs it hangs up,
///   another one looks.
/// - An error of `find` goes to all who wait for it. It is not kept: the next request looks again.
/// - `None` is not kept either. Strangers can invent more keys than anybody can keep; what they invent takes no place, and a new
///   account is there with its first request.
/// - A clock that is set back or forward changes nothing: the time is that of [`Instant`].
///
/// # When a secret changes
/// A change is seen after `ttl` at the latest, and at once after [`forget`](Cached::forget). Until then a request with the new
/// secret is refused with 401 `bad_signature`, and most senders try again later. Such a request does not lead to another look-up:
/// anybody can send a wrong signature, and would make the database work. If the account has the old secret and the new one for a
/// while, nothing is refused.
///
/// # What a verifier learns
/// A verifier may learn while it runs, and forgets that after `ttl`. Plaid's keys and PayPal's certificates are then fetched again.
/// PayPal's verifier also remembers the first body of each transmission, and refuses another one: for accounts at PayPal, choose a
/// `ttl` of four days, for as long as a transmission is accepted, and call [`forget`](Cached::forget) when an account changes.
///
/// # Security
/// Let `key` bring all spellings of a name into one: else who spells the name of one account in many ways can push the others out. A
/// look-up takes longer than no look-up, so who measures the time may learn which names are in use.
pub fn cached<K, F, Fut, R>(ttl: Duration, key: K, find: F) -> Cached
where
    K: Fn(&RequestHead<'_>) -> Option<String> + Send + Sync + 'static,
    F: Fn(String) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Option<R>, Rejection>> + Send + 'static,
    R: Into<Resolved<'static>>,
{
    let find = move |key| -> Looking {
        let looking = find(key);
        Box::pin(async move { looking.await.map(|found| found.map(Into::into)) })
    };
    Cached {
        key: Arc::new(key),
        find: Arc::new(find),
        nobody: None,
        state: Arc::new(Mutex::new(State {
            kept: Kept::new(ttl, ACCOUNTS),
            under_way: HashMap::new(),
        })),
    }
}

/// How many accounts are kept if nothing else is said.
const ACCOUNTS: usize = 10_000;

/// What a look-up leads to: an account, none, or an error.
type Looked = Result<Option<Resolved<'static>>, Rejection>;
type Looking = Pin<Box<dyn Future<Output = Looked> + Send>>;
type Key = dyn Fn(&RequestHead<'_>) -> Option<String> + Send + Sync;
type Find = dyn Fn(String) -> Looking + Send + Sync;

/// The resolver that [`cached`] makes, and the handle to it: clones share what was found.
#[derive(Clone)]
pub struct Cached {
    key: Arc<Key>,
    find: Arc<Find>,
    nobody: Option<Resolved<'static>>,
    state: Arc<Mutex<State>>,
}

struct State {
    kept: Kept<Resolved<'static>>,
    under_way: HashMap<String, Arc<Flight<Looked>>>,
}

impl Cached {
    /// Judges the requests for accounts that do not exist. With a [decoy](crate::scheme::SchemeVerifier::decoy) they look from outside
    /// like accounts with another secret. Without it, the answer to them is 404.
    ///
    /// Its [name](Resolved::variant) is `nobody`, if it has no other. Clones that were made before do not have it.
    #[must_use]
    pub fn nobody(self, decoy: impl Into<Resolved<'static>>) -> Self {
        let decoy = decoy.into();
        let nobody = match decoy.variant {
            Some(_) => decoy,
            None => decoy.variant("nobody"),
        };
        Self {
            nobody: Some(nobody),
            ..self
        }
    }

    /// Keeps at least the `accounts` that were asked for last, and never more than twice as many. 10,000 if not said otherwise.
    #[must_use]
    pub fn capacity(self, accounts: usize) -> Self {
        self.state().kept.at_least(accounts);
        self
    }

    /// Looks this account up again for the next request: its secret has changed, or it is no more.
    ///
    /// `key` is what the `key` of [`cached`] makes of the head. What a look-up that runs now will find is not kept.
    pub fn forget(&self, key: &str) {
        let mut state = self.state();
        state.kept.forget(key);
        state.under_way.remove(key);
    }

    /// The same for all accounts.
    pub fn clear(&self) {
        let mut state = self.state();
        state.kept.clear();
        state.under_way.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// What to do about this key now.
    fn ask(&self, key: &str, now: Instant) -> Ask {
        let mut state = self.state();
        if let Some(found) = state.kept.get(key, now) {
            return Ask::Known(found);
        }
        if let Some(flight) = state.under_way.get(key) {
            return Ask::Wait(Arc::clone(flight));
        }
        let flight = Flight::begin();
        state.under_way.insert(key.to_owned(), Arc::clone(&flight));
        Ask::Look(Look {
            state: Arc::clone(&self.state),
            key: key.to_owned(),
            flight,
            since: now,
        })
    }

    async fn follow(&self, mut ask: Ask, key: String, now: Instant) -> Looked {
        loop {
            match ask {
                Ask::Known(found) => return Ok(Some(found)),
                Ask::Wait(flight) => {
                    if let Some(looked) = flight.wait().await {
                        return looked;
                    }
                }
                Ask::Look(look) => {
                    let looked = (self.find)(key).await;
                    look.done(&looked);
                    return looked;
                }
            }
            // Who looked is gone.
            ask = self.ask(&key, now);
        }
    }

    fn or_nobody(&self, looked: Looked) -> Result<Resolved<'static>, Rejection> {
        looked?.or_else(|| self.nobody.clone()).ok_or(UNKNOWN)
    }

    fn resolve_at(&self, head: &RequestHead<'_>, now: Instant) -> ResolveFuture<'_> {
        let Some(key) = (self.key)(head) else {
            return ResolveFuture::ready(self.or_nobody(Ok(None)));
        };
        match self.ask(&key, now) {
            Ask::Known(found) => ResolveFuture::ready(Ok(found)),
            ask => ResolveFuture::later(async move {
                let looked = self.follow(ask, key, now).await;
                self.or_nobody(looked)
            }),
        }
    }
}

impl Resolve for Cached {
    fn resolve<'a>(&'a self, head: &RequestHead<'a>, _: UnixTime) -> ResolveFuture<'a> {
        self.resolve_at(head, Instant::now())
    }
}

impl fmt::Debug for Cached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        let (kept, under_way) = (state.kept.len(), state.under_way.len());
        write!(f, "Cached({kept} accounts, {under_way} look-ups)")
    }
}

enum Ask {
    Known(Resolved<'static>),
    Wait(Arc<Flight<Looked>>),
    Look(Look),
}

/// The one that looks up. Dropped before it is done, as when its client hangs up, it leaves the work to those who wait.
struct Look {
    state: Arc<Mutex<State>>,
    key: String,
    flight: Arc<Flight<Looked>>,
    /// When it began: what is found was true then, or later.
    since: Instant,
}

impl Look {
    fn done(self, looked: &Looked) {
        if let Ok(Some(found)) = looked {
            let mut state = lock(&self.state);
            // Else the account was forgotten meanwhile, and what was found may be from before its change.
            if self.is_current(&state) {
                state.kept.put(self.key.clone(), found.clone(), self.since);
            }
        }
        self.flight.end(Some(looked.clone()));
    }

    fn is_current(&self, state: &State) -> bool {
        let current = state.under_way.get(&self.key);
        current.is_some_and(|flight| Arc::ptr_eq(flight, &self.flight))
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        if self.is_current(&state) {
            state.under_way.remove(&self.key);
        }
        drop(state);
        self.flight.end(None);
    }
}

/// A panic elsewhere leaves nothing half done here, so a poisoned lock is as good as another.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

const UNKNOWN: Rejection =
    Rejection::new(RejectionKind::UnknownEndpoint, "no account has this name");

#[cfg(test)]
#[cfg(feature = "testing")]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;
    use crate::Endpoint;
    use crate::Verifier;
    use crate::provider::github::{self, GitHub};
    use crate::scheme::SchemeVerifier;
    use crate::testing::{Sign, Signer, receive};

    const TTL: Duration = Duration::from_secs(60);
    const DOWN: Rejection = Rejection::new(RejectionKind::KeysUnavailable, "down");

    /// What the database does.
    #[derive(Clone, Copy, PartialEq)]
    enum Does {
        Answer,
        Fail,
        Panic,
    }

    /// A table of accounts behind an async function. There is every account whose name begins with `a`.
    #[derive(Clone)]
    struct Database(Arc<Inner>);

    struct Inner {
        asked: AtomicUsize,
        is_open: AtomicBool,
        does: Mutex<Does>,
    }

    impl Database {
        fn new() -> Self {
            Self(Arc::new(Inner {
                asked: AtomicUsize::new(0),
                is_open: AtomicBool::new(true),
                does: Mutex::new(Does::Answer),
            }))
        }

        /// It does not answer before [`open`](Self::open).
        fn closed() -> Self {
            let database = Self::new();
            database.0.is_open.store(false, Ordering::SeqCst);
            database
        }

        fn open(&self) {
            self.0.is_open.store(true, Ordering::SeqCst);
        }

        fn will(&self, does: Does) {
            *self.0.does.lock().unwrap() = does;
        }

        fn asked(&self) -> usize {
            self.0.asked.load(Ordering::SeqCst)
        }

        async fn find(self, name: String) -> Looked {
            self.0.asked.fetch_add(1, Ordering::SeqCst);
            let does = *self.0.does.lock().unwrap();
            tokio::task::yield_now().await;
            while !self.0.is_open.load(Ordering::SeqCst) {
                tokio::task::yield_now().await;
            }
            match does {
                Does::Answer => Ok(name.starts_with('a').then(|| {
                    let secret = format!("the secret of {name}");
                    Resolved::from(GitHub::new(secret).unwrap()).variant(name)
                })),
                Does::Fail => Err(DOWN),
                Does::Panic => panic!("the database of the test panics"),
            }
        }

        fn cached(&self) -> Cached {
            let database = self.clone();
            cached(TTL, last, move |name| database.clone().find(name))
        }
    }

    fn last(head: &RequestHead<'_>) -> Option<String> {
        let last = head.path().rsplit('/').next();
        last.filter(|name| !name.is_empty()).map(str::to_owned)
    }

    /// The name of the account that was found, or the code of the refusal.
    async fn ask_at(cached: &Cached, name: &str, now: Instant) -> String {
        let headers: Vec<(&str, &str)> = Vec::new();
        let target = format!("/{name}");
        let head = RequestHead::new("POST", &target, &headers);
        match cached.resolve_at(&head, now).await {
            Ok(found) => found.variant.unwrap().to_string(),
            Err(rejection) => rejection.code().to_owned(),
        }
    }

    async fn ask(cached: &Cached, name: &str) -> String {
        ask_at(cached, name, Instant::now()).await
    }

    /// A request in a task of its own, which has begun to wait.
    async fn begun(cached: &Cached, name: &'static str) -> tokio::task::JoinHandle<String> {
        let cached = cached.clone();
        let asking = tokio::spawn(async move { ask(&cached, name).await });
        tokio::task::yield_now().await;
        asking
    }

    fn shown(cached: &Cached) -> String {
        format!("{cached:?}")
    }

    #[tokio::test]
    async fn an_account_is_looked_up_when_it_is_not_known_or_too_old() {
        let begin = Instant::now();
        let almost = TTL - Duration::from_nanos(1);
        let database = Database::new();
        let cached = database.cached();
        for (name, after, asked) in [
            ("a", Duration::ZERO, 1),
            ("a", Duration::ZERO, 1),
            ("a", almost, 1),
            ("ab", almost, 2),
            ("a", TTL, 3),
            ("a", TTL + almost, 3),
            ("ab", TTL + almost, 4),
        ] {
            assert_eq!(ask_at(&cached, name, begin + after).await, name);
            assert_eq!(database.asked(), asked, "{name} after {after:?}");
        }
    }

    #[tokio::test]
    async fn ten_thousand_accounts_are_kept() {
        let github: Arc<dyn Verifier> = Arc::new(GitHub::new("a secret for tests").unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let noted = Arc::clone(&asked);
        let cached = cached(TTL, last, move |name: String| {
            noted.fetch_add(1, Ordering::SeqCst);
            let found = Resolved::shared(Arc::clone(&github)).variant(name);
            async move { Ok(Some(found)) }
        });
        let now = Instant::now();
        // The first, so many others, and the first again: how often was looked up in all.
        for (others, wanted) in [(0..9_999, 10_000), (10_000..30_000, 30_001)] {
            ask_at(&cached, "first", now).await;
            for other in others {
                ask_at(&cached, &other.to_string(), now).await;
            }
            ask_at(&cached, "first", now).await;
            assert_eq!(asked.load(Ordering::SeqCst), wanted);
        }
    }

    #[tokio::test]
    async fn a_hundred_requests_at_once_lead_to_one_look_up() {
        for (name, answer) in [("a", "a"), ("x", "unknown_endpoint")] {
            let database = Database::closed();
            let cached = database.cached();
            let mut all = Vec::new();
            for _ in 0..100 {
                all.push(begun(&cached, name).await);
            }
            assert_eq!(database.asked(), 1);
            database.open();
            for one in all {
                assert_eq!(one.await.unwrap(), answer);
            }
            assert_eq!(database.asked(), 1);
        }
    }

    #[test]
    fn requests_on_many_threads_all_get_their_account() {
        let database = Database::new();
        let cached = database.cached();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let runtime = tokio::runtime::Builder::new_current_thread().build();
                    let asking = async {
                        for n in 0..200 {
                            let name = format!("a{}", n % 20);
                            assert_eq!(ask(&cached, &name).await, name);
                        }
                    };
                    runtime.unwrap().block_on(asking);
                });
            }
        });
        assert_eq!(database.asked(), 20);
        assert_eq!(shown(&cached), "Cached(20 accounts, 0 look-ups)");
    }

    #[tokio::test]
    async fn an_error_goes_to_all_who_wait_and_is_not_kept() {
        let database = Database::closed();
        database.will(Does::Fail);
        let cached = database.cached();
        let (first, second) = (begun(&cached, "a").await, begun(&cached, "a").await);
        database.open();
        for one in [first, second] {
            assert_eq!(one.await.unwrap(), "keys_unavailable");
        }
        assert_eq!(database.asked(), 1);
        database.will(Does::Answer);
        assert_eq!(ask(&cached, "a").await, "a");
    }

    #[tokio::test]
    async fn what_strangers_invent_takes_no_place() {
        let database = Database::new();
        let cached = database.cached().capacity(2);
        for name in ["a", "ab"] {
            ask(&cached, name).await;
        }
        for n in 0..1000 {
            assert_eq!(ask(&cached, &n.to_string()).await, "unknown_endpoint");
        }
        assert_eq!(shown(&cached), "Cached(2 accounts, 0 look-ups)");
        let asked = database.asked();
        for name in ["a", "ab"] {
            assert_eq!(ask(&cached, name).await, name);
        }
        assert_eq!(database.asked(), asked);
    }

    #[tokio::test]
    async fn no_more_accounts_are_kept_than_there_are_places() {
        let database = Database::new();
        let cached = database.cached().capacity(10);
        for n in 0..1000 {
            ask(&cached, &format!("a{n}")).await;
        }
        assert!(cached.state().kept.len() <= 20, "{cached:?}");
    }

    #[tokio::test]
    async fn what_is_forgotten_is_looked_up_again() {
        let database = Database::new();
        let cached = database.cached();
        let handle = cached.clone();
        let steps: [(&dyn Fn(), [usize; 2]); 4] = [
            (&|| {}, [1, 2]),
            (&|| handle.forget("a"), [3, 3]),
            (&|| handle.forget("nobody"), [3, 3]),
            (&|| handle.clear(), [4, 5]),
        ];
        for (n, (step, asked)) in steps.into_iter().enumerate() {
            step();
            for (name, asked) in ["a", "ab"].into_iter().zip(asked) {
                assert_eq!(ask(&cached, name).await, name);
                assert_eq!(database.asked(), asked, "{name} after step {n}");
            }
        }
    }

    #[tokio::test]
    async fn what_was_looked_up_before_the_change_is_not_kept_after_it() {
        let steps: [fn(&Cached); 2] = [|cached| cached.forget("a"), Cached::clear];
        for forget in steps {
            let database = Database::closed();
            let cached = database.cached();
            let before = begun(&cached, "a").await;
            forget(&cached);
            let after = begun(&cached, "a").await;
            assert_eq!(
                database.asked(),
                2,
                "the second one does not wait for the first"
            );
            database.open();
            assert_eq!(before.await.unwrap(), "a");
            assert_eq!(after.await.unwrap(), "a");
            assert_eq!(shown(&cached), "Cached(1 accounts, 0 look-ups)");
        }
        // Alone, it leaves nothing.
        let database = Database::closed();
        let cached = database.cached();
        let before = begun(&cached, "a").await;
        cached.forget("a");
        database.open();
        assert_eq!(before.await.unwrap(), "a");
        assert_eq!(shown(&cached), "Cached(0 accounts, 0 look-ups)");
    }

    #[tokio::test]
    async fn those_who_wait_go_on_when_the_one_that_looks_is_gone() {
        let database = Database::closed();
        let cached = database.cached();
        let first = begun(&cached, "a").await;
        let others = [begun(&cached, "a").await, begun(&cached, "a").await];
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        database.open();
        for other in others {
            assert_eq!(other.await.unwrap(), "a");
        }
        assert_eq!(database.asked(), 2);
    }

    #[tokio::test]
    async fn those_who_wait_go_on_when_the_look_up_panics() {
        let database = Database::closed();
        database.will(Does::Panic);
        let cached = database.cached();
        let first = begun(&cached, "a").await;
        let other = begun(&cached, "a").await;
        database.will(Does::Answer);
        database.open();
        assert!(first.await.unwrap_err().is_panic());
        assert_eq!(other.await.unwrap(), "a");
        assert_eq!(ask(&cached, "a").await, "a");
        assert_eq!(database.asked(), 2);
    }

    #[tokio::test]
    async fn a_look_up_that_all_have_left_leaves_nothing() {
        let database = Database::closed();
        let cached = database.cached();
        let all = [begun(&cached, "a").await, begun(&cached, "a").await];
        assert_eq!(shown(&cached), "Cached(0 accounts, 1 look-ups)");
        for one in all {
            one.abort();
            assert!(one.await.unwrap_err().is_cancelled());
        }
        assert_eq!(shown(&cached), "Cached(0 accounts, 0 look-ups)");
        database.open();
        assert_eq!(ask(&cached, "a").await, "a");
    }

    #[tokio::test]
    async fn who_waits_and_leaves_disturbs_nobody() {
        let database = Database::closed();
        let cached = database.cached();
        let first = begun(&cached, "a").await;
        let (leaving, staying) = (begun(&cached, "a").await, begun(&cached, "a").await);
        leaving.abort();
        assert!(leaving.await.unwrap_err().is_cancelled());
        database.open();
        assert_eq!(first.await.unwrap(), "a");
        assert_eq!(staying.await.unwrap(), "a");
        assert_eq!(database.asked(), 1);
    }

    /// The code with which an event is answered that this account has signed.
    async fn send(endpoint: &Endpoint, target: &str, secret: &str) -> &'static str {
        let signer = Signer::new(github::SCHEME, secret).unwrap().id("1");
        let request = signer.target(target).sign(b"{}", UnixTime::from_secs(0));
        match receive(endpoint, request.unwrap()).await {
            Ok(_) => "ok",
            Err(answer) => answer.code(),
        }
    }

    #[tokio::test]
    async fn an_account_that_does_not_exist_is_not_found_or_looks_like_another_secret() {
        let decoy = || SchemeVerifier::decoy(github::SCHEME).unwrap();
        let plain = Database::new().cached();
        let closed = Database::new().cached().nobody(decoy());
        for (cached, unknown) in [(plain, "unknown_endpoint"), (closed, "bad_signature")] {
            let endpoint = Endpoint::new(cached);
            for (target, secret, code) in [
                ("/a", "the secret of a", "ok"),
                ("/a", "another secret", "bad_signature"),
                ("/x", "the secret of x", unknown),
                ("/", "the secret of x", unknown),
            ] {
                assert_eq!(send(&endpoint, target, secret).await, code, "{target}");
            }
        }
    }

    #[tokio::test]
    async fn nobody_has_a_name() {
        let decoy = SchemeVerifier::decoy(github::SCHEME).unwrap();
        let plain = Database::new().cached().nobody(decoy);
        assert_eq!(ask(&plain, "x").await, "nobody");
        let decoy = Resolved::from(SchemeVerifier::decoy(github::SCHEME).unwrap());
        let named = Database::new().cached().nobody(decoy.variant("strangers"));
        assert_eq!(ask(&named, "x").await, "strangers");
    }

    #[tokio::test]
    async fn an_endpoint_that_is_kept_has_its_rules_each_time() {
        let cached = cached(TTL, last, |name: String| async move {
            let github = Endpoint::new(GitHub::new("a secret").unwrap());
            let own = github.name("own").body_limit(name.len());
            Ok(Some(Resolved::from(own).variant(name)))
        });
        let endpoint = Endpoint::new(cached).name("outer");
        for _ in 0..2 {
            for (target, code) in [("/1", "body_too_large"), ("/12", "ok")] {
                assert_eq!(send(&endpoint, target, "a secret").await, code);
            }
        }
    }

    #[tokio::test]
    async fn nothing_of_a_secret_is_shown() {
        let cached = Database::new().cached();
        ask(&cached, "a").await;
        let endpoint = Endpoint::new(cached.clone());
        assert_eq!(shown(&cached), "Cached(1 accounts, 0 look-ups)");
        assert!(!format!("{endpoint:?}").contains("secret of"));
    }
}
