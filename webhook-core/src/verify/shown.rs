//! Senders that show a secret and sign nothing: what of their requests must never be written down, and what vouches for the rest.

use std::fmt;

use crate::account::{Key, Keyring};
use crate::message::MatchedKey;
use crate::time::UnixTime;

/// What was proven when a request came, and is kept beside it under its seal.
///
/// ```
/// fn name_of_the_key(proven: &webhook_core::Proven) -> Option<&str> {
///     proven.key.as_ref()?.name()
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Proven {
    /// The key whose word was shown, by its place today. `None` where there are no words.
    pub key: Option<MatchedKey>,
    /// The time that stood in what was shown.
    pub sent_at: Option<UnixTime>,
}

/// Which secret a sender shows, and where. What stands there is never written down.
///
/// ```
/// use webhook_core::{IntoKeyring, Shown};
///
/// let word = Shown::word_of("a word of the shop".into_keyring()?).header("authorization");
/// let token = Shown::token().header("authorization").parameter("token");
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Shown {
    words: Vec<Key>,
    headers: Vec<Box<str>>,
    parameters: Vec<Box<str>>,
    beside: Vec<Box<str>>,
    is_in_body: bool,
}

impl Shown {
    /// The word of one of these keys, in their order: the [key of the proof](crate::Proof::key) is one of them.
    #[must_use]
    pub fn word_of(keys: Keyring) -> Self {
        Self::of(keys.into_keys())
    }

    /// A token that is another one each time.
    #[must_use]
    pub const fn token() -> Self {
        Self::of(Vec::new())
    }

    pub(crate) const fn of(words: Vec<Key>) -> Self {
        Self {
            words,
            headers: Vec::new(),
            parameters: Vec::new(),
            beside: Vec::new(),
            is_in_body: false,
        }
    }

    /// It may stand in this header.
    #[must_use]
    pub fn header(mut self, name: &str) -> Self {
        self.headers.push(name.to_ascii_lowercase().into());
        self
    }

    /// It may stand in this parameter of the query.
    #[must_use]
    pub fn parameter(mut self, name: &str) -> Self {
        self.parameters.push(name.into());
        self
    }

    /// What a request must fit beside the secret, such as a user name or an audience: who is configured with another one opens no seal.
    #[must_use]
    pub fn beside(mut self, text: &str) -> Self {
        self.beside.push(text.into());
        self
    }

    /// It may stand in the body, which cannot be stored without it.
    pub(crate) fn in_body(self) -> Self {
        Self {
            is_in_body: true,
            ..self
        }
    }

    pub(crate) fn words(&self) -> &[Key] {
        &self.words
    }

    pub(crate) fn places(&self) -> [&[Box<str>]; 2] {
        [&self.headers, &self.parameters]
    }

    pub(crate) fn texts_beside(&self) -> impl Iterator<Item = &str> {
        self.beside.iter().map(|text| &**text)
    }

    /// Why the deliveries can never be stored with such a storage key, if so.
    pub(crate) fn unstorable(&self, storage: StorageKey) -> Option<&'static str> {
        let is_weak = || self.words.iter().any(|word| word.secret.may_be_guessed());
        match storage {
            _ if self.is_in_body => Some(IN_BODY),
            StorageKey::Set => None,
            StorageKey::Unset if self.words.is_empty() => Some(TOKEN),
            StorageKey::Unset => is_weak().then_some(GUESSED),
        }
    }
}

const IN_BODY: &str = "the sender shows its secret in the body, which would be written down: its deliveries cannot be stored; handle \
     them at once, without `Endpoint::storable`";

const TOKEN: &str = "the sender signs nothing and shows a token instead, which is not written down: call `Endpoint::storage_key` before \
     `Endpoint::storable`";

const GUESSED: &str = "the sender signs nothing and shows a word that is short enough to be guessed from a stored delivery: call \
     `Endpoint::storage_key` before `Endpoint::storable`, or agree on a word of 32 random characters";

/// Whether a [storage key](crate::Endpoint::storage_key) is set.
///
/// ```
/// use webhook_core::resolver::Resolve;
/// use webhook_core::{StorageKey, provider::stripe::Stripe};
///
/// // Stripe signs: nothing else is needed.
/// assert!(Stripe::new("whsec_of_the_shop")?.require_storable(StorageKey::Unset).is_ok());
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageKey {
    /// It is.
    Set,
    /// It is not.
    Unset,
}

impl fmt::Debug for Shown {
    /// The places, and how many words there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown")
            .field("headers", &self.headers)
            .field("parameters", &self.parameters)
            .field("words", &self.words.len())
            .finish_non_exhaustive()
    }
}
