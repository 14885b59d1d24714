//! One place that receives, and a delivery while it arrives.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use crate::account::KeyPrint;
use crate::dedupe::Dedupe;
use crate::endpoint::detached::{Count, Detached};
use crate::endpoint::kinds::Kinds;
use crate::endpoint::resolver::{Resolve, ResolveFuture, Resolved};
use crate::endpoint::rules::Rules;
use crate::endpoint::versions::{Others, Versions};
use crate::json::Text;
use crate::observe::{LogLevel, Observer, Observers, Place, Watch};
use crate::outcome::{Answer, Rejection, RejectionKind};
use crate::request::RequestHead;
use crate::time::{Clock, UnixTime};

/// One place that receives webhooks: who may send, how much, by which clock. Cheap to clone.
///
/// Sans-I/O: it is given the head of a request, then the body's frames, then asked for the verdict. An adapter for a framework
/// does this with [`adapter::verify`](crate::adapter::verify), which also keeps the time; without it:
///
/// ```
/// use bytes::Bytes;
/// use webhook_core::provider::github::GitHub;
/// use webhook_core::{Endpoint, RequestHead};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let endpoint = Endpoint::new(GitHub::new("It's a Secret to Everybody")?).body_limit(64 * 1024);
///
/// let headers = vec![(
///     "X-Hub-Signature-256",
///     "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
/// )];
/// let head = RequestHead::new("POST", "/webhooks/github", &headers);
///
/// let mut verification = endpoint.begin(&head).await?;
/// verification.update(Bytes::from_static(b"Hello, "))?;
/// verification.update(Bytes::from_static(b"World!"))?;
/// let delivery = verification.finalize().await?;
/// assert_eq!(delivery.body(), "Hello, World!");
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Endpoint(pub(super) Arc<Inner>);

#[derive(Clone)]
pub(super) struct Inner {
    pub(super) resolver: Arc<dyn Resolve>,
    pub(super) rules: Arc<Rules>,
    detached: Arc<Count>,
}

impl Endpoint {
    /// An endpoint for what this verifier accepts, or the verifier that this resolver finds.
    #[must_use]
    pub fn new(resolver: impl Resolve + 'static) -> Self {
        Self(Arc::new(Inner {
            resolver: Arc::new(resolver),
            rules: Arc::default(),
            detached: Arc::default(),
        }))
    }

    /// Names the endpoint, for its deliveries and for logs.
    #[must_use]
    pub fn name(self, name: impl Into<Arc<str>>) -> Self {
        self.with(|rules| rules.name = Some(name.into()))
    }

    /// The longest body that is accepted, in bytes. If not said otherwise, what the sender is known to send
    /// ([`Verifier::body_limit`](crate::Verifier::body_limit)), else [`DEFAULT_BODY_LIMIT`](crate::DEFAULT_BODY_LIMIT).
    #[must_use]
    pub fn body_limit(self, bytes: usize) -> Self {
        self.with(|rules| rules.body_limit = Some(bytes))
    }

    /// The longest time a body may take from its head to its last byte. [`DEFAULT_BODY_TIMEOUT`](crate::DEFAULT_BODY_TIMEOUT) if not said otherwise.
    #[must_use]
    pub fn body_timeout(self, time: Duration) -> Self {
        self.with(|rules| rules.body_timeout = Some(time))
    }

    /// The longest time that the resolver may take, and the longest that a sender may take who is asked himself whether a
    /// request is his. [`DEFAULT_RESOLVER_TIMEOUT`](crate::DEFAULT_RESOLVER_TIMEOUT) if not said otherwise. After it the answer is 503 with the code
    /// `resolver_timeout`, and a line at level WARN says so. While an account among [`Variants`](crate::Variants) is looked
    /// for, the time of the endpoint around them counts.
    ///
    /// [`adapter::verify`](crate::adapter::verify) keeps the time.
    #[must_use]
    pub fn resolver_timeout(self, time: Duration) -> Self {
        self.with(|rules| rules.resolver_timeout = Some(time))
    }

    /// The clock by which signed times and the validity of keys are judged.
    #[must_use]
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        self.with(|rules| rules.clock = Some(Arc::new(clock)))
    }

    /// Remembers in this store which events are done, and calls the handler for the others only. A store, or a
    /// [`Dedupe`] with other times than the default ones.
    ///
    /// Events are remembered under the [name](Self::name) of the endpoint, the variant and the provider: an endpoint with a store
    /// needs a name, and a resolver that looks accounts up has to [name](crate::resolver::Resolved::variant) them, or every
    /// request is refused with 500 `misconfigured`. A new name is a new memory.
    ///
    /// The adapters claim, complete and release. In actix-web this is the work of the middleware: the extractor alone
    /// does not see what became of the handler, and refuses with 500.
    #[must_use]
    pub fn dedupe(self, dedupe: impl Into<Dedupe>) -> Self {
        self.with(|rules| rules.dedupe = Some(Arc::new(dedupe.into())))
    }

    /// Refuses the events of all accounts of the sender but these, such as Stripe's connected accounts (`acct_…`) or Adyen's
    /// merchant accounts: with 401 `wrong_audience`. An event that names no account is refused too. A sender that signs no account
    /// is answered with 500 `misconfigured`.
    #[must_use]
    pub fn accounts<A: Into<Text>>(self, accounts: impl IntoIterator<Item = A>) -> Self {
        let accounts = accounts.into_iter().map(Into::into).collect();
        self.with(|rules| rules.accounts = Some(accounts))
    }

    /// The account is one for tests: its test events are told in the words of real ones. For servers that never take money.
    #[must_use]
    pub fn test_account(self) -> Self {
        self.with(|rules| rules.accepts_test_events = Some(true))
    }

    /// Tells test events in the words of real ones, on an endpoint that takes real ones too: what was paid in a test then looks
    /// like money. Otherwise their status is [`Test`](crate::payment::PaymentStatus::Test).
    ///
    /// # Security
    /// Stripe sends test events of connected accounts to the live endpoint, signed with its secret: any of them can make one.
    #[must_use]
    pub fn dangerously_accept_test_events(self) -> Self {
        self.test_account()
    }

    /// Tells this observer what became of each request, once, when the answer is known. There may be several. The observers of a
    /// variant are told beside those of the endpoint around it. See [`observe`](crate::observe).
    #[must_use]
    pub fn observe(self, observer: impl Observer + 'static) -> Self {
        self.with_observers(|observers| observers.add(Arc::new(observer)))
    }

    /// How loud the log is of what is the sender's fault. [`LogLevel::Debug`] if not said otherwise. Our own faults are always
    /// logged, at ERROR or WARN.
    #[must_use]
    pub fn log_refusals_at(self, level: LogLevel) -> Self {
        self.with_observers(|observers| observers.log_refusals_at(level))
    }

    /// Wants these kinds only, in the provider's words. A genuine event of another kind is acknowledged, claims nothing and does not
    /// reach the handler. One that has no kind does.
    ///
    /// Goes by signed kinds. A sender that writes the kind where nobody signs it is answered with 500 `misconfigured`: see
    /// [`only_unverified_kinds`](Self::only_unverified_kinds).
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::stripe::{Stripe, kind};
    ///
    /// let endpoint = Endpoint::new(Stripe::new("whsec_of_the_shop")?)
    ///     .only_kinds([kind::INVOICE_PAID, kind::CHARGE_REFUNDED]);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn only_kinds<K: Into<Box<str>>>(self, kinds: impl IntoIterator<Item = K>) -> Self {
        let kinds = Arc::new(Kinds::new(kinds, false));
        self.with(|rules| rules.only_kinds = Some(kinds))
    }

    /// The same by kinds that nobody has signed, such as GitHub's header.
    ///
    /// # Security
    /// Who can repeat a genuine request with another header can have it acknowledged without being handled.
    #[must_use]
    pub fn only_unverified_kinds<K: Into<Box<str>>>(
        self,
        kinds: impl IntoIterator<Item = K>,
    ) -> Self {
        let kinds = Arc::new(Kinds::new(kinds, true));
        self.with(|rules| rules.only_kinds = Some(kinds))
    }

    /// Expects events in these versions of the sender's API, such as Stripe's `2026-10-28.endive`. One in another version, or in none that
    /// it says, goes on to the handler, and a line at level WARN tells of it: see
    /// [`Observed::has_unexpected_api_version`](crate::observe::Observed::has_unexpected_api_version).
    ///
    /// Goes by signed versions. A sender that signs none is answered with 500 `misconfigured`.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::stripe::Stripe;
    ///
    /// let endpoint = Endpoint::new(Stripe::new("whsec_of_the_shop")?).expect_api_versions(["2026-10-28.endive"]);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn expect_api_versions<V: Into<Text>>(self, versions: impl IntoIterator<Item = V>) -> Self {
        let versions = Arc::new(Versions::new(versions, Others::Told));
        self.with(|rules| rules.versions = Some(versions))
    }

    /// The same, and refuses all others with 503 `unexpected_api_version`, so that the sender tries again until the endpoint's version
    /// or the code is changed.
    #[must_use]
    pub fn require_api_versions<V: Into<Text>>(
        self,
        versions: impl IntoIterator<Item = V>,
    ) -> Self {
        let versions = Arc::new(Versions::new(versions, Others::Refused));
        self.with(|rules| rules.versions = Some(versions))
    }

    /// Refuses nothing that can be passed on: what would be refused goes on to the handler as an
    /// [`UnverifiedDelivery`](crate::UnverifiedDelivery), which says why, and is told to the observers as
    /// [`Outcome::Reported`](crate::observe::Outcome::Reported), with a line at level WARN. For the days in which an application that
    /// took everything until now learns to refuse.
    ///
    /// A handler that takes proven events still gets no others: only one that takes `MaybeVerified`, or reads the body by itself, sees
    /// them. A request without a whole body, and one for which no account is found, is refused as ever.
    ///
    /// # Security
    /// Anybody can send what is passed on. Adapters that do not know of this mode refuse, as do [`Verification`](crate::Verification) and
    /// [`adapter::verify`](crate::adapter::verify).
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::stripe::Stripe;
    ///
    /// let endpoint = Endpoint::new(Stripe::new("whsec_of_the_shop")?).dangerously_report_only();
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn dangerously_report_only(self) -> Self {
        self.with(|rules| rules.reports_only = Some(true))
    }

    /// Nobody is told of its requests, not even the log, and all that is refused is: for tools that try.
    #[cfg(feature = "explain")]
    pub(crate) fn unobserved(self) -> Self {
        self.with(|rules| {
            rules.observers = Some(Arc::new(Observers::silent()));
            rules.reports_only = Some(false);
        })
    }

    /// Whether both are clones of one endpoint, on which nothing was set in between.
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn with_observers(self, set: impl FnOnce(&mut Observers)) -> Self {
        self.with(|rules| set(Arc::make_mut(rules.observers.get_or_insert_default())))
    }

    pub(super) fn with(mut self, set: impl FnOnce(&mut Rules)) -> Self {
        set(Arc::make_mut(&mut self.0).rules.change());
        self
    }

    /// Waits until nothing goes on any more whose request is over: handlers whose client has hung up, and what the store
    /// is still to be told. For the end of a server, after it has stopped to accept:
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use webhook_core::Endpoint;
    /// async fn shut_down(endpoint: &Endpoint) {
    ///     let all_done = endpoint.join_detached();
    ///     // Not for ever: a handler that hangs has no end.
    ///     let _ = tokio::time::timeout(Duration::from_secs(30), all_done).await;
    /// }
    /// ```
    ///
    /// All clones of an endpoint count together, whatever was set on them since.
    pub async fn join_detached(&self) {
        poll_fn(|cx| self.0.detached.poll_none(cx)).await;
    }

    /// For adapters: counts work that goes on although its request is over. [`join_detached`](Self::join_detached) waits
    /// until what this returns is dropped.
    pub fn detach(&self) -> Detached {
        Detached::begin(Arc::clone(&self.0.detached))
    }

    /// Refuses a request for what only an adapter can see, and tells the observers as of every other refusal.
    #[must_use]
    pub fn refuse(&self, kind: RejectionKind, reason: &'static str) -> Rejection {
        let rejection = Rejection::new(kind, reason);
        let answer = Answer::from(rejection.clone());
        self.watch("").answered(self.place(), &answer);
        rejection
    }

    /// Follows a request from now on.
    pub(crate) fn watch(&self, method: &str) -> Watch {
        Watch::begin(self.place(), method)
    }

    /// What is known before the account is.
    pub(super) fn place(&self) -> Place<'_> {
        self.0.rules.place(None, false, None)
    }

    /// What is known of its keys before a request comes.
    pub(crate) fn prints(&self) -> Vec<KeyPrint> {
        self.0.resolver.prints()
    }

    /// Asks the endpoint's own resolver, by the endpoint's own clock if it has one. What is found keeps the endpoint's
    /// rules.
    pub(crate) fn resolve<'a>(
        &'a self,
        head: &RequestHead<'a>,
        now: UnixTime,
    ) -> ResolveFuture<'a> {
        let now = self.0.rules.now().unwrap_or(now);
        let found = self.0.resolver.resolve(head, now);
        found.map(|resolved| Resolved {
            rules: Some(Rules::within(resolved.rules, &self.0.rules)),
            ..resolved
        })
    }
}

/// An endpoint that was looked up: with its own verifier or resolver, limits, name and store.
impl From<Endpoint> for Resolved<'static> {
    fn from(found: Endpoint) -> Self {
        Self::next(
            Arc::clone(&found.0.resolver),
            Some(Arc::clone(&found.0.rules)),
        )
    }
}

impl<R: Resolve + 'static> From<R> for Endpoint {
    fn from(resolver: R) -> Self {
        Self::new(resolver)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("name", &self.0.rules.name)
            .field("body_limit", &self.0.rules.body_limit())
            .field("body_timeout", &self.0.rules.body_timeout())
            .field(
                "accepts_test_events",
                &(self.0.rules.accepts_test_events == Some(true)),
            )
            .field("api_versions", &self.0.rules.versions)
            .field("reports_only", &self.0.rules.reports_only())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use std::cell::Cell;
    use std::future::pending;

    use bytes::Bytes;

    use super::*;
    use crate::dedupe::{
        Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce, StoreError, StoreFuture,
    };
    use crate::delivery::Provider;
    use crate::endpoint::Verification;
    use crate::endpoint::resolver::{Resolved, from_fn};
    use crate::endpoint::rules::{
        DEFAULT_BODY_LIMIT, DEFAULT_BODY_TIMEOUT, DEFAULT_RESOLVER_TIMEOUT,
    };
    use crate::provider::github::{self, GitHub};
    use crate::testing::{Sign, Signer, receive};
    use crate::verify::{BodyCheck, Check, ProofFuture, Verdict, Verifier};

    #[derive(Debug)]
    struct Down;

    fn down<T>() -> StoreFuture<T> {
        StoreFuture::ready(Err(StoreError::new("down")))
    }

    impl DedupeStore for Down {
        fn claim(&self, _: &DedupeKey, _: Nonce, _: Duration) -> StoreFuture<Claim> {
            down()
        }

        fn renew(&self, _: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
            down()
        }

        fn complete(&self, _: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
            down()
        }

        fn release(&self, _: &ClaimToken) -> StoreFuture<ClaimState> {
            down()
        }
    }

    #[tokio::test]
    async fn a_delivery_knows_the_store_of_its_endpoint() {
        let endpoint = Endpoint::new(GitHub::new("a secret for tests").unwrap());
        let signer = Signer::new(github::SCHEME, "a secret for tests").unwrap();
        for (endpoint, needs_dedupe) in [
            (endpoint.clone(), false),
            (endpoint.name("shop").dedupe(Down), true),
        ] {
            let request = signer.sign(b"{}", UnixTime::from_secs(0)).unwrap();
            let Ok(delivery) = receive(&endpoint, request).await else {
                panic!("genuine");
            };
            assert_eq!(delivery.needs_dedupe(), needs_dedupe);
        }
    }

    #[test]
    fn the_defaults_are_what_their_documentation_says() {
        assert_eq!(DEFAULT_BODY_LIMIT, 1_048_576);
        assert_eq!(DEFAULT_BODY_TIMEOUT.as_secs(), 10);
        assert_eq!(DEFAULT_RESOLVER_TIMEOUT.as_secs(), 10);
    }

    #[tokio::test]
    async fn what_is_shown_names_the_endpoint_and_what_has_arrived() {
        let endpoint = github().name("shop").body_limit(9);
        let shown = format!("{endpoint:?}");
        assert_eq!(
            shown,
            concat!(
                r#"Endpoint { name: Some("shop"), body_limit: 9, body_timeout: 10s, "#,
                "accepts_test_events: false, api_versions: None, reports_only: false, .. }"
            )
        );
        let mut verification = begun(&endpoint, None).await;
        verification.update(Bytes::from_static(b"four")).unwrap();
        let shown = format!("{verification:?}");
        assert_eq!(
            shown,
            r#"Verification { provider: "github", received: 4, .. }"#
        );
    }

    #[tokio::test]
    async fn a_body_is_refused_one_byte_over_the_limit_and_one_short_of_its_length() {
        let endpoint = github().body_limit(6);
        for (announced, frames, code) in [
            (None, &["{}"][..], "ok"),
            (Some(2), &["{}"], "ok"),
            (Some(2), &["{", "}"], "ok"),
            (Some(3), &["{}"], "body_incomplete"),
            (Some(3), &["{", "}"], "body_incomplete"),
            (Some(6), &[], "body_incomplete"),
            (Some(6), &["123", "45"], "body_incomplete"),
            (None, &["123", "456"], "bad_signature"),
            (None, &["123", "4567"], "body_too_large"),
            (None, &["1234567"], "body_too_large"),
            (None, &["", "12", "34", "567"], "body_too_large"),
        ] {
            let mut verification = begun(&endpoint, announced).await;
            let pushed = frames
                .iter()
                .try_for_each(|frame| verification.update((*frame).into()));
            let verdict = match pushed {
                Ok(()) => verification.finalize().await.map(drop),
                Err(rejection) => Err(rejection.into()),
            };
            let refused = verdict.map_or_else(|answer| answer.code(), |()| "ok");
            assert_eq!(refused, code, "{announced:?} {frames:?}");
        }
    }

    /// Looks for ever.
    fn hanging() -> Endpoint {
        Endpoint::new(from_fn(|_| {
            pending::<Result<Resolved<'static>, Rejection>>()
        }))
    }

    async fn begun_in_time(
        endpoint: &Endpoint,
        timer: &Cell<Duration>,
    ) -> Result<Verification, Answer> {
        let signer = Signer::new(github::SCHEME, "a secret for tests").unwrap();
        let signed = signer.sign(b"{}", UnixTime::from_secs(0)).unwrap();
        let head = RequestHead::new("POST", "/", &signed.headers);
        let sleep = |time| async move { timer.set(time) };
        let (mut watch, mut begun) = (endpoint.watch("POST"), None);
        if let Some(waiting) = endpoint.begin_at_once(&head, &mut watch, &mut begun)? {
            endpoint
                .begin_later(waiting, &head, &mut watch, sleep, &mut begun)
                .await?;
        }
        Ok(begun.unwrap())
    }

    #[tokio::test]
    async fn a_resolver_that_hangs_is_refused_when_its_time_is_up() {
        let own = Duration::from_millis(1_500);
        for (endpoint, time) in [
            (hanging(), DEFAULT_RESOLVER_TIMEOUT),
            (hanging().resolver_timeout(own), own),
        ] {
            let timer = Cell::default();
            let answer = begun_in_time(&endpoint, &timer).await.unwrap_err();
            assert_eq!(timer.get(), time);
            assert_eq!(
                (answer.status().as_u16(), answer.code()),
                (503, "resolver_timeout")
            );
        }
    }

    #[tokio::test]
    async fn a_verifier_that_is_there_needs_no_timer() {
        let timer = Cell::default();
        assert!(begun_in_time(&github(), &timer).await.is_ok());
        assert_eq!(timer.get(), Duration::ZERO);
    }

    /// Asks its sender, who never answers.
    #[derive(Debug)]
    struct AsksItsSender;

    impl Verifier for AsksItsSender {
        fn provider(&self) -> Provider {
            Provider::new("asking")
        }

        fn begin(&self, _: &RequestHead<'_>, _: UnixTime) -> Result<BodyCheck, Answer> {
            Ok(BodyCheck::new(Self))
        }
    }

    impl Check for AsksItsSender {
        fn update(&mut self, _: &[u8]) {}

        fn finalize(self: Box<Self>, _: &Bytes) -> Result<Verdict, Answer> {
            Ok(Verdict::Pending(ProofFuture::new(pending())))
        }
    }

    #[tokio::test]
    async fn a_sender_who_is_asked_and_does_not_answer_is_no_proof() {
        let endpoint = Endpoint::new(AsksItsSender).resolver_timeout(Duration::from_secs(3));
        let timer = Cell::default();
        let mut verification = begun_in_time(&endpoint, &timer).await.unwrap();
        assert_eq!(timer.get(), Duration::ZERO);
        let timer = &timer;
        let sleep = |time| async move { timer.set(time) };
        let finished = verification.finish(sleep).await;
        let rejection = finished.map(drop).unwrap_err();
        assert_eq!(
            rejection.into_rejection().unwrap().kind(),
            RejectionKind::ResolverTimeout
        );
        assert_eq!(timer.get().as_secs(), 3);
    }

    #[cfg(feature = "tracing")]
    #[tokio::test]
    async fn what_is_our_own_fault_is_logged_louder() {
        let log = crate::testing::support::Log::default();
        let _default = tracing::subscriber::set_default(log.clone());
        for kind in [
            RejectionKind::BadSignature,
            RejectionKind::KeysUnavailable,
            RejectionKind::ResolverTimeout,
            RejectionKind::BodyAlreadyTaken,
            RejectionKind::Misconfigured,
            RejectionKind::UnexpectedApiVersion,
        ] {
            let _ = github().refuse(kind, "for the test");
        }
        let levels = ["DEBUG", "WARN", "WARN", "ERROR", "ERROR", "ERROR"];
        assert_eq!(
            log.lines(),
            levels.map(|level| format!("{level} in webhook"))
        );
    }

    fn github() -> Endpoint {
        Endpoint::new(GitHub::new("a secret for tests").unwrap())
    }

    /// A delivery of `{}`, of which only the head has arrived.
    async fn begun(endpoint: &Endpoint, announced: Option<usize>) -> Verification {
        let signer = Signer::new(github::SCHEME, "a secret for tests").unwrap();
        let mut headers = signer.sign(b"{}", UnixTime::from_secs(0)).unwrap().headers;
        headers.extend(announced.map(|len| ("content-length".to_owned(), len.to_string())));
        let head = RequestHead::new("POST", "/", &headers);
        endpoint.begin(&head).await.unwrap()
    }
}
