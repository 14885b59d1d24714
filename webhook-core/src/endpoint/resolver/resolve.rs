//! Finds the verifier for a request.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::account::KeyPrint;
use crate::endpoint::rules::Rules;
use crate::outcome::{ConfigError, Rejection, RejectionKind};
use crate::request::RequestHead;
use crate::time::UnixTime;
use crate::verify::{StorageKey, Verifier};

/// Finds the verifier for a request by looking at its head. May wait for a database or a key server.
///
/// Every [`Verifier`] resolves to itself; [`from_fn`](crate::resolver::from_fn) makes a resolver of a closure, and
/// [`cached`](crate::resolver::cached) one that keeps what it has found.
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

    /// Whether the deliveries of its accounts can be [stored](crate::Endpoint::storable) with such a storage key, as far as that is known
    /// before a request comes.
    ///
    /// # Errors
    /// If those of an account never can. The error says what to do.
    fn require_storable(&self, storage: StorageKey) -> Result<(), ConfigError> {
        let _ = storage;
        Ok(())
    }

    /// What is known of the keys before a request comes: see [`Verifier::key_prints`]. None where they are looked up.
    fn prints(&self) -> Vec<KeyPrint> {
        Vec::new()
    }
}

impl<V: Verifier> Resolve for V {
    fn resolve<'a>(&'a self, _: &RequestHead<'a>, _: UnixTime) -> ResolveFuture<'a> {
        ResolveFuture::ready(Ok(Resolved::borrowed(self).only_account()))
    }

    fn require_storable(&self, storage: StorageKey) -> Result<(), ConfigError> {
        let shows = self.shows_secret();
        let why = shows.and_then(|shows| shows.shown().unstorable(storage));
        why.map_or(Ok(()), |why| Err(ConfigError::fixed(why)))
    }

    fn prints(&self) -> Vec<KeyPrint> {
        self.key_prints()
    }
}

impl Resolve for Arc<dyn Resolve> {
    fn resolve<'a>(&'a self, head: &RequestHead<'a>, now: UnixTime) -> ResolveFuture<'a> {
        (**self).resolve(head, now)
    }

    fn require_storable(&self, storage: StorageKey) -> Result<(), ConfigError> {
        (**self).require_storable(storage)
    }

    fn prints(&self) -> Vec<KeyPrint> {
        (**self).prints()
    }
}

/// The verifier that was found, and how the account is called. A clone has the same verifier.
#[derive(Clone)]
pub struct Resolved<'a> {
    pub(crate) verifier: Found<'a>,
    pub(crate) variant: Option<Arc<str>>,
    /// Whether the resolver never finds another account.
    pub(crate) is_only: bool,
    /// What the account's own endpoint says, where one address serves several.
    pub(crate) rules: Option<Arc<Rules>>,
}

#[derive(Clone)]
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
            rules: None,
        }
    }

    /// A verifier that was made or looked up for this request.
    #[must_use]
    pub fn shared(verifier: Arc<dyn Verifier>) -> Self {
        Self {
            verifier: Found::Shared(verifier),
            variant: None,
            is_only: false,
            rules: None,
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
    pub(crate) fn next(resolver: Arc<dyn Resolve>, rules: Option<Arc<Rules>>) -> Self {
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
            rules: match (self.rules, outer.rules) {
                (inner, Some(outer)) => Some(Rules::within(inner, &outer)),
                (inner, None) => inner,
            },
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
    rules: Option<Arc<Rules>>,
}

impl From<Arc<dyn Resolve>> for Resolved<'static> {
    fn from(resolver: Arc<dyn Resolve>) -> Self {
        Self::next(resolver, None)
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

    /// What was found, if it is there already; else what is to be waited for.
    pub(crate) fn at_once(self) -> Result<Result<Resolved<'a>, Rejection>, Self> {
        match self.0 {
            State::Ready(Some(found)) => Ok(found),
            later => Err(Self(later)),
        }
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
