//! Finds the verifier for a request.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::account::KeyPrint;
use crate::endpoint::rules::Rules;
use crate::outcome::{Rejection, RejectionKind};
use crate::request::RequestHead;
use crate::time::UnixTime;
use crate::verify::Verifier;

/// Finds the verifier for a request by looking at its head. May wait for a database or a key server.
///
/// Every [`Verifier`] resolves to itself; [`from_fn`] makes a resolver of a closure.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a verifier nor a resolver",
    label = "expected a verifier or a resolver",
    note = "pass a provider such as `Stripe::new(secret)?`, or a `SchemeVerifier`; of a `Result`, take the value out with `?`",
    note = "or pass `resolver::from_fn(closure)`: the closure takes the head and returns a future of `Result<R, Rejection>`, where `R` is a verifier or a `Resolved`",
    note = "that future borrows nothing from the head: take what you need from the head before `async move`"
)]
pub trait Resolve: Send + Sync + fmt::Debug {
    /// Begins to look for the verifier. `now` is the endpoint's time, by which certificates are judged.
    fn resolve<'a>(&'a self, head: &RequestHead<'a>, now: UnixTime) -> ResolveFuture<'a>;

    /// What is known of the keys before a request comes: see [`Verifier::key_prints`]. None where they are looked up.
    fn prints(&self) -> Vec<KeyPrint> {
        Vec::new()
    }
}

impl<V: Verifier> Resolve for V {
    fn resolve<'a>(&'a self, _: &RequestHead<'a>, _: UnixTime) -> ResolveFuture<'a> {
        ResolveFuture::ready(Ok(Resolved::borrowed(self).only_account()))
    }

    fn prints(&self) -> Vec<KeyPrint> {
        self.key_prints()
    }
}

/// A resolver made of a closure. `find` looks at the head, takes from it what it needs, and returns a future of a
/// verifier, or of a [`Resolved`] that also names the account for the delivery.
///
/// Return [`SchemeVerifier::decoy`](crate::scheme::SchemeVerifier::decoy) for a tenant that does not exist:
/// to the sender it looks like one whose secret is another.
///
/// ```
/// use std::sync::Arc;
/// use webhook_core::provider::stripe::{self, Stripe};
/// use webhook_core::scheme::SchemeVerifier;
/// use webhook_core::resolver::{self, Resolved};
/// use webhook_core::{Endpoint, Rejection, RejectionKind, Verifier};
///
/// async fn account_of(tenant: &str) -> Option<(String, String)> {
///     let is_acme = tenant.eq_ignore_ascii_case("acme"); // asks a database
///     is_acme.then(|| ("acme".to_owned(), "whsec_of_acme".to_owned()))
/// }
///
/// let nobody = Arc::new(SchemeVerifier::decoy(stripe::SCHEME)?);
/// let endpoint = Endpoint::new(resolver::from_fn(move |head| {
///     let tenant = head.path().rsplit('/').next().unwrap_or_default().to_owned();
///     let nobody = Arc::clone(&nobody);
///     async move {
///         let (name, verifier): (_, Arc<dyn Verifier>) = match account_of(&tenant).await {
///             Some((name, secret)) => {
///                 let stripe = Stripe::new(secret).map_err(|_| {
///                     Rejection::new(RejectionKind::Misconfigured, "the tenant's secret is unusable")
///                 })?;
///                 (name, Arc::new(stripe))
///             }
///             None => ("nobody".to_owned(), nobody),
///         };
///         Ok(Resolved::shared(verifier).variant(name)) // the name that was found, not the one that was asked for
///     }
/// }));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
pub fn from_fn<F, Fut, R>(find: F) -> FromFn<F>
where
    F: Fn(&RequestHead<'_>) -> Fut + Send + Sync,
    Fut: Future<Output = Result<R, Rejection>> + Send + 'static,
    R: Into<Resolved<'static>>,
{
    FromFn(find)
}

/// The resolver that [`from_fn`] makes.
#[derive(Clone, Copy)]
pub struct FromFn<F>(F);

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromFn")
    }
}

impl<F, Fut, R> Resolve for FromFn<F>
where
    F: Fn(&RequestHead<'_>) -> Fut + Send + Sync,
    Fut: Future<Output = Result<R, Rejection>> + Send + 'static,
    R: Into<Resolved<'static>>,
{
    fn resolve<'a>(&'a self, head: &RequestHead<'a>, _: UnixTime) -> ResolveFuture<'a> {
        let found = (self.0)(head);
        ResolveFuture::later(async move { found.await.map(Into::into) })
    }
}

impl Resolve for Arc<dyn Resolve> {
    fn resolve<'a>(&'a self, head: &RequestHead<'a>, now: UnixTime) -> ResolveFuture<'a> {
        (**self).resolve(head, now)
    }

    fn prints(&self) -> Vec<KeyPrint> {
        (**self).prints()
    }
}

/// The verifier that was found, and how the account is called.
pub struct Resolved<'a> {
    pub(crate) verifier: Found<'a>,
    pub(crate) variant: Option<Arc<str>>,
    /// Whether the resolver never finds another account.
    pub(crate) is_only: bool,
    /// What the account's own endpoint says, where one address serves several.
    pub(crate) rules: Rules,
}

pub(crate) enum Found<'a> {
    Borrowed(&'a dyn Verifier),
    Shared(Arc<dyn Verifier>),
    /// Who has to be asked next.
    Next(Arc<dyn Resolve>),
}

impl Found<'_> {
    pub(crate) fn get(&self) -> Option<&dyn Verifier> {
        match self {
            Self::Borrowed(verifier) => Some(*verifier),
            Self::Shared(verifier) => Some(&**verifier),
            Self::Next(_) => None,
        }
    }
}

impl<'a> Resolved<'a> {
    /// A verifier that the resolver keeps.
    #[must_use]
    pub fn borrowed(verifier: &'a dyn Verifier) -> Self {
        Self {
            verifier: Found::Borrowed(verifier),
            variant: None,
            is_only: false,
            rules: Rules::default(),
        }
    }

    /// A verifier that was made or looked up for this request.
    #[must_use]
    pub fn shared(verifier: Arc<dyn Verifier>) -> Self {
        Self {
            verifier: Found::Shared(verifier),
            variant: None,
            is_only: false,
            rules: Rules::default(),
        }
    }

    /// The name of the account, for the delivery. Events are deduped under it, so it must be the account's own: take it
    /// from what the look-up found, never from the path or a header, which may spell one account in many ways. It stays when a
    /// secret is replaced.
    #[must_use]
    pub fn variant(self, name: impl Into<Arc<str>>) -> Self {
        Self {
            variant: Some(name.into()).filter(|name: &Arc<str>| !name.is_empty()),
            ..self
        }
    }

    /// The resolver serves one account only, which needs no name: one whose keys are got while it runs.
    #[must_use]
    pub fn only_account(self) -> Self {
        Self {
            is_only: true,
            ..self
        }
    }

    /// Another resolver has to be asked, whose answer keeps these rules.
    pub(crate) fn next(resolver: Arc<dyn Resolve>, rules: Rules) -> Self {
        Self {
            verifier: Found::Next(resolver),
            variant: None,
            is_only: false,
            rules,
        }
    }

    pub(crate) const fn is_next(&self) -> bool {
        matches!(self.verifier, Found::Next(_))
    }

    /// Who has to be asked next, and what was found until then; or what was found at last.
    pub(crate) fn into_next(self) -> Next<'a> {
        match self.verifier {
            Found::Next(next) => {
                let step = Step {
                    variant: self.variant,
                    is_only: self.is_only,
                    rules: self.rules,
                };
                Next::Ask(next, step)
            }
            Found::Borrowed(_) | Found::Shared(_) => Next::Found(self),
        }
    }

    /// What was found after this step.
    pub(crate) fn within(self, outer: Step) -> Self {
        let variant = match (outer.variant, self.variant) {
            (Some(outer), Some(inner)) => Some(format!("{outer}/{inner}").into()),
            (outer, inner) => outer.or(inner),
        };
        Self {
            verifier: self.verifier,
            variant,
            is_only: self.is_only && outer.is_only,
            rules: self.rules.within(&outer.rules),
        }
    }

    /// The verifier, unless another resolver has to be asked for it.
    #[must_use]
    pub fn verifier(&self) -> Option<&dyn Verifier> {
        self.verifier.get()
    }
}

/// Where a look-up goes on.
pub(crate) enum Next<'a> {
    /// Here.
    Ask(Arc<dyn Resolve>, Step),
    /// Nowhere: this is the account.
    Found(Resolved<'a>),
}

/// What is known of an account while another resolver is asked.
pub(crate) struct Step {
    variant: Option<Arc<str>>,
    is_only: bool,
    rules: Rules,
}

impl From<Arc<dyn Resolve>> for Resolved<'static> {
    fn from(resolver: Arc<dyn Resolve>) -> Self {
        Self::next(resolver, Rules::default())
    }
}

/// A verifier that was made for this request; also one that is an `Arc` already.
impl<V: Verifier + 'static> From<V> for Resolved<'static> {
    fn from(verifier: V) -> Self {
        Self::shared(Arc::new(verifier))
    }
}

impl fmt::Debug for Resolved<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolved")
            .field("verifier", &self.verifier())
            .field("variant", &self.variant)
            .finish()
    }
}

/// A verifier that is there already or being looked for. The first needs no allocation.
pub struct ResolveFuture<'a>(State<'a>);

enum State<'a> {
    Ready(Option<Result<Resolved<'a>, Rejection>>),
    Later(Pin<Box<dyn Future<Output = Result<Resolved<'a>, Rejection>> + Send + 'a>>),
}

impl<'a> ResolveFuture<'a> {
    /// Found without waiting.
    #[must_use]
    pub fn ready(found: Result<Resolved<'a>, Rejection>) -> Self {
        Self(State::Ready(Some(found)))
    }

    /// To be waited for.
    #[must_use]
    pub fn later(
        looking: impl Future<Output = Result<Resolved<'a>, Rejection>> + Send + 'a,
    ) -> Self {
        Self(State::Later(Box::pin(looking)))
    }

    /// What was found, changed. Without an allocation if it is there already.
    pub(crate) fn map(self, change: impl FnOnce(Resolved<'a>) -> Resolved<'a> + Send + 'a) -> Self {
        match self.0 {
            State::Ready(found) => Self(State::Ready(found.map(|found| found.map(change)))),
            State::Later(looking) => Self::later(async move { looking.await.map(change) }),
        }
    }
}

impl<'a> Future for ResolveFuture<'a> {
    type Output = Result<Resolved<'a>, Rejection>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.get_mut().0 {
            State::Ready(found) => match found.take() {
                Some(found) => Poll::Ready(found),
                // Polled after it was done, which no executor does.
                None => Poll::Pending,
            },
            State::Later(looking) => looking.as_mut().poll(cx),
        }
    }
}

impl fmt::Debug for ResolveFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResolveFuture")
    }
}

/// What was waited for, or `None` if the time is up before. The timer is made only if there is something to wait for.
pub(crate) async fn in_time<F: Future, Z: Future<Output = ()>>(
    waiting: F,
    sleep: impl FnOnce() -> Z,
) -> Option<F::Output> {
    let mut waiting = pin!(waiting);
    let mut time_is_up = pin!(async { sleep().await });
    poll_fn(|cx| match waiting.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => time_is_up.as_mut().poll(cx).map(|()| None),
    })
    .await
}

pub(crate) const RESOLVER_HANGS: Rejection = Rejection::new(
    RejectionKind::ResolverTimeout,
    "the resolver did not answer in time: see Endpoint::resolver_timeout",
);

pub(crate) const SENDER_HANGS: Rejection = Rejection::new(
    RejectionKind::ResolverTimeout,
    "the sender, asked whether it was him, did not answer in time: see Endpoint::resolver_timeout",
);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use std::time::Duration;

    use crate::dedupe::{
        Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce, StoreFuture,
    };
    use crate::provider::github::{self, GitHub};
    use crate::testing::{Sign, Signer, receive};
    use crate::{Delivery, Endpoint, UnixTime};

    use super::*;

    #[test]
    fn the_name_of_the_account_reaches_the_delivery() {
        let endpoint = Endpoint::new(from_fn(|head| {
            let account = head.path().trim_matches('/').to_owned();
            async move {
                let verifier: Arc<dyn Verifier> =
                    Arc::new(GitHub::new("a secret for tests").unwrap());
                Ok(Resolved::shared(verifier).variant(account))
            }
        }));
        let signer = Signer::new(github::SCHEME, "a secret for tests")
            .unwrap()
            .target("/acme/");
        let request = signer.sign(b"{}", UnixTime::from_secs(0)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let delivery = runtime.block_on(receive(&endpoint, request)).unwrap();
        assert_eq!(delivery.variant(), Some("acme"));
    }

    #[test]
    fn a_closure_may_return_the_verifier_as_it_is() {
        let secret = "a secret for tests";
        let plain = from_fn(move |_| async move { Ok(GitHub::new(secret).unwrap()) });
        let shared = from_fn(move |_| async move {
            let verifier: Arc<dyn Verifier> = Arc::new(GitHub::new(secret).unwrap());
            Ok(verifier)
        });
        for endpoint in [Endpoint::new(plain), Endpoint::new(shared)] {
            let delivery = deliver(&endpoint, secret, "/").unwrap();
            assert_eq!(delivery.variant(), None);
            assert!(deliver(&endpoint, "another secret", "/").is_err());
        }
    }

    #[derive(Debug)]
    struct Nowhere;

    impl DedupeStore for Nowhere {
        fn claim(&self, _: &DedupeKey, _: Nonce, _: Duration) -> StoreFuture<Claim> {
            StoreFuture::ready(Ok(Claim::Done))
        }

        fn renew(&self, _: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
            StoreFuture::ready(Ok(ClaimState::Held))
        }

        fn complete(&self, _: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
            StoreFuture::ready(Ok(ClaimState::Held))
        }

        fn release(&self, _: &ClaimToken) -> StoreFuture<ClaimState> {
            StoreFuture::ready(Ok(ClaimState::Held))
        }
    }

    const SECRETS: [&str; 2] = ["the old secret of acme", "the new secret of acme"];

    /// What an endpoint makes of an event that `secret` has signed for `target`.
    fn deliver(endpoint: &Endpoint, secret: &str, target: &str) -> Result<Delivery, Rejection> {
        let signer = Signer::new(github::SCHEME, secret).unwrap();
        let signer = signer.id("1").target(target);
        let request = signer.sign(b"{}", UnixTime::from_secs(0)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime
            .block_on(receive(endpoint, request))
            .map_err(|answer| answer.into_rejection().unwrap())
    }

    /// Accounts by the path, each with these secrets, called by what `name` makes of the path.
    fn looked_up(name: fn(&str) -> Option<String>, secrets: fn(&str) -> Vec<String>) -> Endpoint {
        Endpoint::new(from_fn(move |head| {
            let path = head.path().trim_matches('/').to_owned();
            async move {
                let verifier: Arc<dyn Verifier> = Arc::new(GitHub::new(secrets(&path)).unwrap());
                let found = Resolved::shared(verifier);
                Ok(match name(&path) {
                    Some(name) => found.variant(name),
                    None => found,
                })
            }
        }))
    }

    fn both(_: &str) -> Vec<String> {
        SECRETS.map(str::to_owned).to_vec()
    }

    fn own(path: &str) -> Vec<String> {
        vec![format!("the secret of {path}")]
    }

    fn as_spelled(path: &str) -> Option<String> {
        Some(path.to_owned())
    }

    fn as_found(path: &str) -> Option<String> {
        Some(path.to_lowercase())
    }

    fn code(outcome: Result<Delivery, Rejection>) -> &'static str {
        outcome.map_or_else(|rejection| rejection.code(), |_| "ok")
    }

    #[test]
    fn a_store_wants_an_endpoint_with_a_name() {
        let github = || Endpoint::new(GitHub::new(SECRETS[0]).unwrap());
        for (endpoint, answer) in [
            (github(), "ok"),
            (github().dedupe(Nowhere), "misconfigured"),
            (github().dedupe(Nowhere).name(""), "misconfigured"),
            (github().dedupe(Nowhere).name("shop"), "ok"),
        ] {
            assert_eq!(code(deliver(&endpoint, SECRETS[0], "/")), answer);
        }
    }

    #[test]
    fn a_store_wants_accounts_with_names_of_their_own() {
        let unnamed = looked_up(|_| None, own);
        assert_eq!(code(deliver(&unnamed, "the secret of acme", "/acme")), "ok");
        let empty = looked_up(|_| Some(String::new()), own);
        for endpoint in [unnamed, empty] {
            let endpoint = endpoint.name("shop").dedupe(Nowhere);
            let answer = deliver(&endpoint, "the secret of acme", "/acme");
            assert_eq!(code(answer), "misconfigured");
        }
        let named = looked_up(as_found, own).name("shop").dedupe(Nowhere);
        for account in ["acme", "initech"] {
            let delivery = deliver(&named, &own(account)[0], account).unwrap();
            assert_eq!(delivery.variant(), Some(account));
        }
    }

    #[test]
    fn one_account_keeps_its_scope_however_it_is_spelled_and_whichever_key_fits() {
        let endpoint = looked_up(as_found, both).name("shop").dedupe(Nowhere);
        let mut keys = Vec::new();
        for (path, secret) in [("/acme", 0), ("/ACME/", 0), ("/Acme", 1), ("/acme", 1)] {
            let delivery = deliver(&endpoint, SECRETS[secret], path).unwrap();
            keys.push(DedupeKey::of(&delivery));
        }
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    }

    #[test]
    fn a_key_that_has_stood_for_one_account_never_stands_for_another() {
        let endpoint = looked_up(as_spelled, both).name("shop").dedupe(Nowhere);
        for (path, secret, answer) in [
            ("/acme", 0, "ok"),
            ("/ACME", 0, "misconfigured"),
            ("/acme", 1, "ok"),
            ("/ACME", 1, "misconfigured"),
            ("/acme", 0, "ok"),
        ] {
            assert_eq!(code(deliver(&endpoint, SECRETS[secret], path)), answer);
        }
        // A stranger's request says nothing about who has a key.
        let endpoint = looked_up(as_spelled, both).name("shop").dedupe(Nowhere);
        assert_eq!(
            code(deliver(&endpoint, "another secret", "/x")),
            "bad_signature"
        );
        assert_eq!(code(deliver(&endpoint, SECRETS[0], "/acme")), "ok");
        // Nothing is remembered where nothing depends on it.
        let endpoint = looked_up(as_spelled, both);
        for path in ["/acme", "/ACME"] {
            assert_eq!(code(deliver(&endpoint, SECRETS[0], path)), "ok");
        }
    }

    #[test]
    fn one_tenant_cannot_take_the_event_of_another() {
        let endpoint = looked_up(as_found, own).name("shop").dedupe(Nowhere);
        let [acme, initech] = ["acme", "initech"].map(|tenant| {
            let delivery = deliver(&endpoint, &own(tenant)[0], tenant).unwrap();
            DedupeKey::of(&delivery)
        });
        assert_ne!(acme, initech);
        assert_ne!(acme.scope(), initech.scope());
    }

    #[test]
    fn a_store_remembers_for_as_long_as_a_request_is_accepted() {
        use crate::dedupe::Dedupe;
        use crate::provider::stripe::{self, Stripe};
        use crate::{Clock, SystemClock, Tolerance};

        let secret = "whsec_of_a_shop";
        let stripe = |past| {
            Stripe::new(secret)
                .unwrap()
                .tolerance(Tolerance::secs(past).future(60))
        };
        for (past, retention, answer) in [
            (540, 600, "ok"),
            (541, 600, "misconfigured"),
            (300, 86_400, "ok"),
        ] {
            let dedupe = Dedupe::new(Nowhere).retention(Duration::from_secs(retention));
            let endpoint = Endpoint::new(stripe(past)).name("shop").dedupe(dedupe);
            let signer = Signer::new(stripe::SCHEME, secret).unwrap();
            let request = signer.sign(b"{}", SystemClock.now()).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            let outcome = runtime.block_on(receive(&endpoint, request));
            let code = outcome.map_or_else(|rejection| rejection.code(), |_| "ok");
            assert_eq!(code, answer, "{past} {retention}");
        }
    }
}
