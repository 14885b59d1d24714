//! An endpoint whose deliveries can be written down.

use std::sync::Arc;

use crate::account::{IntoKeyring, Key};
use crate::endpoint::endpoint::Endpoint;
use crate::endpoint::seals::Sealed;
use crate::observe::Observers;
use crate::outcome::ConfigError;
use crate::time::UnixTime;
use crate::verify::StorageKey;

impl Endpoint {
    /// Keeps method, target, the headers that count and the body of each genuine request, so that its delivery can be written down:
    /// [`Delivery::to_stored`](crate::Delivery::to_stored). Say it on the endpoint that the adapter has, not on a variant, and say it
    /// last.
    ///
    /// Most senders sign, and their signature is stored with what it covers. Chargebee, Xendit, Google Play, and Flutterwave, GitLab and
    /// RevenueCat in one of their modes, show a secret instead. It is never written down. A *seal* takes its place: a MAC over all that is stored, by
    /// a key that follows from the account's word. Who reads the table can try words against it, so a word that may be guessed seals
    /// nothing: it needs room for 128 bits, which are 22 random letters and digits or 32 hexadecimal digits. Where it has less, or
    /// the sender shows a new token each time, as Google Play does, set a [storage key](Self::storage_key) before.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::stripe::Stripe;
    /// use webhook_core::provider::xendit::Xendit;
    ///
    /// let signs = Endpoint::new(Stripe::new("whsec_of_the_shop")?).storable()?;
    /// let shows = Endpoint::new(Xendit::new("short token")?);
    /// assert!(shows.clone().storable().unwrap_err().to_string().contains("storage_key"));
    /// let sealed = shows.storage_key("Kq7zR2mXw9LpT4vBn8cYdEfGhJ")?.storable()?;
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// If the deliveries of an account can never be stored: the error says what to do. Accounts that are looked up are judged when a
    /// request comes for them, and refused with 500 `misconfigured`.
    pub fn storable(self) -> Result<Self, ConfigError> {
        self.require_storable(StorageKey::Unset)?;
        Ok(self.keeping_requests())
    }

    /// Seals the stored deliveries of senders that sign nothing with this key, beside the account's own word where there is one. It
    /// changes nothing for senders that sign. For variants, say it around them or on one of them.
    ///
    /// To replace it, give both, the new one first: the first seals, all of them open. Keep the old one until what it has sealed is
    /// worked off. Keep it where the table is not kept.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::chargebee::Chargebee;
    ///
    /// let endpoint = Endpoint::new(Chargebee::new("shop", "7d3e8f60a5b4")?)
    ///     .storage_key(["Kq7zR2mXw9LpT4vBn8cYdEfGhJ", "bWq3Zt8rXc5VyN2mPk7LsD4fGh"])? // new, old
    ///     .storable()?;
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// If there is no key, or one cannot be a secret, or can be guessed by who reads the table.
    pub fn storage_key(self, keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        let keys = keys
            .into_keyring()
            .map_err(|error| error.of_setting("storage_key"))?;
        let is_weak = |key: &Key| key.secret.may_be_guessed();
        match keys.keys().iter().any(is_weak) {
            true => Err(ConfigError::setting("storage_key", WEAK)),
            false => Ok(self.with(|rules| rules.storage = Some(Arc::new(keys)))),
        }
    }

    /// Whether the deliveries of its accounts can be stored, with this key around it.
    pub(crate) fn require_storable(&self, around: StorageKey) -> Result<(), ConfigError> {
        let storage = match &self.0.rules.storage {
            Some(_) => StorageKey::Set,
            None => around,
        };
        self.0.resolver.require_storable(storage)
    }

    fn keeping_requests(self) -> Self {
        self.with(|rules| rules.keeps_request = Some(true))
    }

    /// The same endpoint for a request that came at this time, and was stored under this seal.
    pub(crate) fn reopening(self, received_at: UnixTime, sealed: Option<Sealed>) -> Self {
        self.keeping_requests().with(|rules| {
            rules.reopened_at = Some(received_at);
            rules.sealed = sealed.map(Arc::new);
            rules.observers = Some(Arc::new(Observers::silent()));
        })
    }
}

const WEAK: &str = "is short enough to be guessed by who reads what is stored: take 32 random characters, such as `openssl rand -hex 32` prints";
