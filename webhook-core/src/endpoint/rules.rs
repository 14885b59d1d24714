//! What an endpoint says about its requests, and which of it cannot hold.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::account::{KeyPrint, Keyring};
use crate::dedupe::Dedupe;
use crate::endpoint::kinds::Kinds;
use crate::endpoint::seals::{Sealed, Seals};
use crate::endpoint::versions::Versions;
use crate::json::Text;
use crate::message::MatchedKey;
use crate::observe::{Observers, Place};
use crate::outcome::{Rejection, RejectionKind, SetupSecret};
use crate::time::{Clock, UnixTime};
use crate::verify::Verifier;

/// Longest body that is accepted if nothing else is configured, and the sender is not known to send longer ones: 1 MiB.
pub const DEFAULT_BODY_LIMIT: usize = 1024 * 1024;

/// Longest wait for a body if nothing else is configured: 10 seconds.
pub const DEFAULT_BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest wait for a resolver if nothing else is configured: 10 seconds.
pub const DEFAULT_RESOLVER_TIMEOUT: Duration = Duration::from_secs(10);

/// Takes the secret that a sender hands over at set-up.
type OnSetupSecret = dyn Fn(&SetupSecret) + Send + Sync;

/// What an endpoint says about its requests. What it does not say, the endpoint around it does, if it is a variant; else
/// the default counts.
#[derive(Clone, Default)]
pub(crate) struct Rules {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) body_limit: Option<usize>,
    pub(crate) body_timeout: Option<Duration>,
    pub(crate) resolver_timeout: Option<Duration>,
    pub(crate) clock: Option<Arc<dyn Clock>>,
    pub(crate) dedupe: Option<Arc<Dedupe>>,
    pub(crate) accounts: Option<Arc<[Text]>>,
    pub(crate) accepts_test_events: Option<bool>,
    pub(crate) only_kinds: Option<Arc<Kinds>>,
    pub(crate) versions: Option<Arc<Versions>>,
    pub(crate) reports_only: Option<bool>,
    pub(crate) keeps_request: Option<bool>,
    /// What seals deliveries whose sender signs nothing.
    pub(crate) storage: Option<Arc<Keyring>>,
    /// When the request came that is verified once more.
    pub(crate) reopened_at: Option<UnixTime>,
    /// How it is sealed, if it is.
    pub(crate) sealed: Option<Arc<Sealed>>,
    pub(super) on_setup_secret: Option<Arc<OnSetupSecret>>,
    pub(crate) observers: Option<Arc<Observers>>,
    joined: Joined,
}

/// What an account says with what the endpoint around it says, worked out for its first request: mostly the two stay together.
#[derive(Default)]
struct Joined(OnceLock<(Arc<Rules>, Arc<Rules>)>);

impl Joined {
    fn with(&self, inner: &Rules, outer: &Arc<Rules>) -> Arc<Rules> {
        let join = || Arc::new(inner.clone().or(outer));
        let (around, joined) = self.0.get_or_init(|| (Arc::clone(outer), join()));
        match Arc::ptr_eq(around, outer) {
            true => Arc::clone(joined),
            false => join(),
        }
    }
}

/// A copy is made to be changed.
impl Clone for Joined {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// Whose keys accept a request, where that was looked up and events are deduped by it.
pub(crate) struct Keyed {
    pub(crate) dedupe: Arc<Dedupe>,
    pub(crate) prints: Vec<KeyPrint>,
}

impl Keyed {
    /// Whether the key that matched has stood for another account before.
    pub(super) fn is_shared(&self, account: Option<&Arc<str>>, key: &MatchedKey) -> bool {
        let print = self.prints.get(key.index());
        let owned = |account, print: &KeyPrint| self.dedupe.accounts.owns(account, *print);
        matches!((account, print), (Some(account), Some(print)) if !owned(account, print))
    }
}

impl Rules {
    /// What an account says, if it says anything, with what the endpoint around it says for the rest.
    #[inline]
    pub(crate) fn within(inner: Option<Arc<Self>>, outer: &Arc<Self>) -> Arc<Self> {
        match inner {
            None => Arc::clone(outer),
            Some(inner) => inner.joined.with(&inner, outer),
        }
    }

    fn or(self, outer: &Self) -> Self {
        Self {
            name: self.name.or_else(|| outer.name.clone()),
            body_limit: self.body_limit.or(outer.body_limit),
            body_timeout: self.body_timeout.or(outer.body_timeout),
            resolver_timeout: self.resolver_timeout.or(outer.resolver_timeout),
            clock: self.clock.or_else(|| outer.clock.clone()),
            dedupe: self.dedupe.or_else(|| outer.dedupe.clone()),
            accounts: self.accounts.or_else(|| outer.accounts.clone()),
            accepts_test_events: self.accepts_test_events.or(outer.accepts_test_events),
            only_kinds: self.only_kinds.or_else(|| outer.only_kinds.clone()),
            versions: self.versions.or_else(|| outer.versions.clone()),
            reports_only: self.reports_only.or(outer.reports_only),
            keeps_request: self.keeps_request.or(outer.keeps_request),
            storage: self.storage.or_else(|| outer.storage.clone()),
            reopened_at: self.reopened_at.or(outer.reopened_at),
            sealed: self.sealed.or_else(|| outer.sealed.clone()),
            on_setup_secret: self
                .on_setup_secret
                .or_else(|| outer.on_setup_secret.clone()),
            observers: Observers::within(self.observers, outer.observers.as_ref()),
            joined: Joined::default(),
        }
    }

    /// To be changed.
    pub(super) fn change(self: &mut Arc<Self>) -> &mut Self {
        let rules = Arc::make_mut(self);
        rules.joined = Joined::default();
        rules
    }

    /// Whom a request is for.
    pub(crate) const fn place<'a>(
        &'a self,
        variant: Option<&'a Arc<str>>,
        is_looked_up: bool,
        provider: Option<&'static str>,
    ) -> Place<'a> {
        Place {
            observers: self.observers.as_ref(),
            endpoint: self.name.as_ref(),
            variant,
            is_looked_up,
            provider,
        }
    }

    /// Whether what would be refused goes on.
    pub(crate) fn reports_only(&self) -> bool {
        self.reports_only == Some(true)
    }

    pub(crate) fn keeps_request(&self) -> bool {
        self.keeps_request == Some(true)
    }

    /// What seals the deliveries of this account, where they are kept and their sender signs nothing.
    pub(super) fn seals(&self, verifier: &dyn Verifier, now: UnixTime) -> Option<Seals> {
        let shows = verifier
            .shows_secret()
            .filter(|_| self.keeps_request() || self.sealed.is_some())?;
        let provider = verifier.provider().name();
        Some(Seals::new(
            provider,
            shows.shown(),
            self.storage.clone(),
            now,
        ))
    }

    /// Deliveries that can never be written down must not be acknowledged for that. What was kept by somebody else is verified all the same.
    pub(super) fn require_storable(&self, seals: Option<&Seals>) -> Result<(), Rejection> {
        match (seals, self.reopened_at) {
            (Some(seals), None) => seals.require_storable(),
            _ => Ok(()),
        }
    }

    pub(crate) fn body_limit(&self) -> usize {
        self.body_limit.unwrap_or(DEFAULT_BODY_LIMIT)
    }

    /// The same for a sender that is known to send longer bodies.
    pub(super) fn body_limit_of(&self, verifier: &dyn Verifier) -> usize {
        let limit = self.body_limit.or_else(|| verifier.body_limit());
        limit.unwrap_or(DEFAULT_BODY_LIMIT)
    }

    pub(crate) fn body_timeout(&self) -> Duration {
        self.body_timeout.unwrap_or(DEFAULT_BODY_TIMEOUT)
    }

    /// Events are remembered by who authenticated them: without names, one account's would count as another's.
    pub(crate) fn require_scope(
        &self,
        is_looked_up: bool,
        account: Option<&str>,
    ) -> Result<(), Rejection> {
        if self.store().is_none() {
            Ok(())
        } else if self.name.as_deref().is_none_or(str::is_empty) {
            Err(NO_NAME)
        } else if is_looked_up && account.is_none() {
            Err(NO_ACCOUNT)
        } else {
            Ok(())
        }
    }

    pub(crate) fn resolver_timeout(&self) -> Duration {
        self.resolver_timeout.unwrap_or(DEFAULT_RESOLVER_TIMEOUT)
    }

    /// What is forgotten while the request is still accepted can be replayed.
    pub(crate) fn require_memory(&self, window: Option<Duration>) -> Result<(), Rejection> {
        match (self.store(), window) {
            (Some(dedupe), Some(window)) if dedupe.retention_length() < window => Err(FORGETFUL),
            _ => Ok(()),
        }
    }

    pub(crate) fn now(&self) -> Option<UnixTime> {
        let now = || self.clock.as_ref().map(|clock| clock.now());
        self.reopened_at.or_else(now)
    }

    /// Nothing is claimed, told or chosen for a request that is verified once more, if it is one.
    pub(crate) fn heed_reopening(self: &mut Arc<Self>) {
        if self.reopened_at.is_none() {
            return;
        }
        let rules = self.change();
        rules.body_limit = Some(usize::MAX);
        rules.only_kinds = None;
        rules.versions = None;
        rules.reports_only = None;
        rules.observers = Some(Arc::new(Observers::silent()));
    }

    /// Whether only what is signed tells events apart.
    pub(crate) fn counts_signed_only(&self) -> bool {
        let dedupe = self.dedupe.as_ref();
        dedupe.is_some_and(|dedupe| dedupe.counts_signed_only())
    }

    /// The store, unless the request is verified once more.
    pub(crate) fn store(&self) -> Option<&Arc<Dedupe>> {
        let dedupe = self.dedupe.as_ref();
        dedupe.filter(|_| self.reopened_at.is_none())
    }

    /// The same, for the delivery that needs it from here on.
    pub(crate) fn shared_store(&self) -> Option<Arc<Dedupe>> {
        self.store().cloned()
    }
}

const NO_NAME: Rejection = Rejection::new(
    RejectionKind::Misconfigured,
    "the endpoint has a store and no name to remember its events under: call `Endpoint::name`",
);

const FORGETFUL: Rejection = Rejection::new(
    RejectionKind::Misconfigured,
    "`Dedupe::retention` is shorter than the time for which a request is accepted: raise it, or lower the tolerance",
);

const NO_ACCOUNT: Rejection = Rejection::new(
    RejectionKind::Misconfigured,
    "the endpoint has a store, and its resolver finds accounts without a name: call `Resolved::variant` with the name that \
     the look-up found",
);

pub(crate) const SHARED_KEY: Rejection = Rejection::new(
    RejectionKind::Misconfigured,
    "the resolver found one key under two names of accounts: the name must be that of the account, not what the path says, \
     and each account needs a key of its own",
);

pub(crate) const TOO_LARGE: Rejection = Rejection::new(
    RejectionKind::BodyTooLarge,
    "the body is longer than the limit",
);
