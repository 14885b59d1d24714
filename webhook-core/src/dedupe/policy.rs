//! How an endpoint uses its store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::account::Accounts;
use crate::dedupe::store::DedupeStore;
use crate::outcome::ConfigError;

/// A store, and how an endpoint uses it: [`Endpoint::dedupe`](crate::Endpoint::dedupe).
///
/// ```
/// use std::time::Duration;
/// use webhook_core::dedupe::{Dedupe, DedupeStore};
///
/// fn patient(store: impl DedupeStore + 'static) -> Dedupe {
///     Dedupe::new(store).lease(Duration::from_secs(300))
/// }
/// ```
#[derive(Clone)]
pub struct Dedupe {
    pub(crate) store: Arc<dyn DedupeStore>,
    lease: Duration,
    retention: Duration,
    store_timeout: Duration,
    on_store_failure: OnStoreFailure,
    signed_only: bool,
    pub(crate) accounts: Arc<Accounts>,
}

/// What becomes of a delivery when the store does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnStoreFailure {
    Refuse,
    Proceed,
}

impl Dedupe {
    /// Uses this store with the defaults: a lease of one minute, a retention of 35 days, a store timeout of one second.
    pub fn new(store: impl DedupeStore + 'static) -> Self {
        Self {
            store: Arc::new(store),
            lease: Duration::from_secs(60),
            retention: Duration::from_secs(35 * 24 * 60 * 60),
            store_timeout: Duration::from_secs(1),
            on_store_failure: OnStoreFailure::Refuse,
            signed_only: false,
            accounts: Arc::default(),
        }
    }

    /// How long an event stays claimed after its handler crashed: at least three store timeouts. While a handler runs, its lease is
    /// renewed every `lease / 3`, so long handlers are fine. If it cannot be renewed, the handler is cancelled after five sixths of
    /// the lease, before another worker can begin.
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// How long an event is remembered as done: one lease at least, and no less than a captured request could be replayed.
    /// Senders retry for up to 30 days.
    #[must_use]
    pub fn retention(self, retention: Duration) -> Self {
        Self { retention, ..self }
    }

    /// How long the store may take for one answer: a third of the lease at most. What it answers later is undone.
    #[must_use]
    pub fn store_timeout(self, store_timeout: Duration) -> Self {
        Self {
            store_timeout,
            ..self
        }
    }

    /// Calls the handler although the store does not answer, instead of asking the sender to try again. An event may
    /// be processed twice then, and a captured request can be replayed for as long as the store is down.
    #[must_use]
    pub fn dangerously_fail_open(self) -> Self {
        Self {
            on_store_failure: OnStoreFailure::Proceed,
            ..self
        }
    }

    /// Whether this can hold what it promises.
    ///
    /// An endpoint asks this at every request, and refuses all of them with 500 and a line at ERROR if not: ask it when the
    /// server starts.
    ///
    /// # Errors
    /// If one of the times is zero, the lease is shorter than three store timeouts, or the retention shorter than the lease.
    ///
    /// ```
    /// use std::time::Duration;
    /// use webhook_core::dedupe::{Dedupe, DedupeStore};
    ///
    /// fn forgetful(store: impl DedupeStore + 'static) {
    ///     let dedupe = Dedupe::new(store).retention(Duration::ZERO);
    ///     assert!(dedupe.check().is_err());
    /// }
    /// ```
    pub fn check(&self) -> Result<(), ConfigError> {
        self.checked().map_err(ConfigError::new)
    }

    pub(crate) fn checked(&self) -> Result<(), &'static str> {
        if self.store_timeout.is_zero() {
            return Err("`Dedupe::store_timeout` is zero: no store answers in no time");
        }
        if self.lease / 3 < self.store_timeout {
            return Err("`Dedupe::lease` must be at least three times `Dedupe::store_timeout`");
        }
        if self.retention < self.lease {
            return Err("`Dedupe::retention` must not be shorter than `Dedupe::lease`");
        }
        Ok(())
    }

    /// Tells events apart by what is signed only, for those who fear replays more than repeats: nobody who replays a captured
    /// request with other headers has it handled again. Where only an unsigned id or topic tells two genuine events
    /// apart, as with GitHub and Shopify, the second one is taken for a repeat **and lost**.
    #[must_use]
    pub fn signed_parts_only(self) -> Self {
        Self {
            signed_only: true,
            ..self
        }
    }

    pub(crate) const fn counts_signed_only(&self) -> bool {
        self.signed_only
    }

    pub(crate) const fn lease_length(&self) -> Duration {
        self.lease
    }

    pub(crate) const fn retention_length(&self) -> Duration {
        self.retention
    }

    pub(crate) const fn longest_wait(&self) -> Duration {
        self.store_timeout
    }

    pub(crate) const fn on_store_failure(&self) -> OnStoreFailure {
        self.on_store_failure
    }
}

impl<S: DedupeStore + 'static> From<S> for Dedupe {
    fn from(store: S) -> Self {
        Self::new(store)
    }
}

impl fmt::Debug for Dedupe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dedupe")
            .field("store", &self.store)
            .field("lease", &self.lease)
            .field("retention", &self.retention)
            .finish_non_exhaustive()
    }
}
