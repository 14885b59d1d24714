//! Shared secrets and the keyring that rotates them.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::rejection::ConfigError;
use crate::time::UnixTime;

/// A secret as the sender shows it: text that is wiped from memory when dropped and never printed.
///
/// ```
/// use webhook_core::Secret;
///
/// let secret = Secret::new("whsec_4f1c")?;
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// assert!(Secret::new("").is_err());
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Keeps a secret exactly as given.
    ///
    /// # Errors
    /// If it is empty, or begins or ends with white space: an empty key verifies for everybody, and a
    /// line feed at the end of a secret (from a file, from a copy) makes every verification fail. A label
    /// such as `whsec_` with nothing behind it is empty too: everybody knows it.
    pub fn new(text: impl Into<String>) -> Result<Self, ConfigError> {
        let text = Zeroizing::new(text.into());
        if text.trim().is_empty() || LABELS.contains(&text.as_str()) {
            return Err(ConfigError::new("a secret is empty"));
        }
        if text.trim().len() != text.len() {
            return Err(ConfigError::new("a secret begins or ends with white space"));
        }
        Ok(Self(text))
    }

    /// The secret itself. Keep it out of logs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// What senders put before their secrets.
const LABELS: &[&str] = &["whsec_", "whpk_"];

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A secret with a name for logs and, if wanted, the time in which it is valid.
///
/// ```
/// use webhook_core::{Key, UnixTime};
///
/// let outgoing = Key::new("whsec_old")?
///     .named("2026-08")
///     .valid(UnixTime::from_secs(0)..UnixTime::from_secs(1_790_000_000));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Key {
    pub(crate) secret: Secret,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) valid: Option<Range<UnixTime>>,
}

impl Key {
    /// A key without a name that is always valid.
    ///
    /// # Errors
    /// As [`Secret::new`].
    pub fn new(secret: impl Into<String>) -> Result<Self, ConfigError> {
        Secret::new(secret).map(Self::from)
    }

    /// Names the key. The delivery tells which key matched by this name.
    #[must_use]
    pub fn named(self, name: impl Into<Arc<str>>) -> Self {
        Self {
            name: Some(name.into()),
            ..self
        }
    }

    /// Uses the key only from the start of the range until before its end, by the endpoint's clock.
    #[must_use]
    pub fn valid(self, range: Range<UnixTime>) -> Self {
        Self {
            valid: Some(range),
            ..self
        }
    }
}

impl From<Secret> for Key {
    fn from(secret: Secret) -> Self {
        Self {
            secret,
            name: None,
            valid: None,
        }
    }
}

/// The secrets of one account. Any of them may match, so that a secret can be replaced without a gap.
///
/// ```
/// use webhook_core::{IntoKeyring, Key, Keyring};
///
/// let both: Keyring = ["whsec_new", "whsec_old"].into_keyring()?;
/// let named = Keyring::new(Key::new("whsec_new")?.named("new")).and(Key::new("whsec_old")?.named("old"));
/// assert_eq!(both.len(), named.len());
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Keyring {
    keys: Vec<Key>,
}

impl Keyring {
    /// A keyring of one key.
    #[must_use]
    pub fn new(key: impl Into<Key>) -> Self {
        Self {
            keys: vec![key.into()],
        }
    }

    /// The same keyring with one key more.
    #[must_use]
    pub fn and(mut self, key: impl Into<Key>) -> Self {
        self.keys.push(key.into());
        self
    }

    /// How many keys there are: one at least.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a keyring is never empty")]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub(crate) fn into_keys(self) -> Vec<Key> {
        self.keys
    }
}

/// What a verifier can be given as its keys: a text, a [`Secret`], a [`Key`], a list of these, or a [`Keyring`].
pub trait IntoKeyring {
    /// Makes the keyring.
    ///
    /// # Errors
    /// If there is no secret, or one is unusable as [`Secret::new`] says.
    fn into_keyring(self) -> Result<Keyring, ConfigError>;
}

impl IntoKeyring for Keyring {
    fn into_keyring(self) -> Result<Keyring, ConfigError> {
        Ok(self)
    }
}

impl IntoKeyring for Key {
    fn into_keyring(self) -> Result<Keyring, ConfigError> {
        Ok(Keyring::new(self))
    }
}

impl IntoKeyring for Secret {
    fn into_keyring(self) -> Result<Keyring, ConfigError> {
        Ok(Keyring::new(self))
    }
}

impl IntoKeyring for &str {
    fn into_keyring(self) -> Result<Keyring, ConfigError> {
        Secret::new(self).map(Keyring::new)
    }
}

impl IntoKeyring for String {
    fn into_keyring(self) -> Result<Keyring, ConfigError> {
        Secret::new(self).map(Keyring::new)
    }
}

impl<K: IntoKeyring, const N: usize> IntoKeyring for [K; N] {
    fn into_keyring(self) -> Result<Keyring, ConfigError> {
        join(self)
    }
}

impl<K: IntoKeyring> IntoKeyring for Vec<K> {
    fn into_keyring(self) -> Result<Keyring, ConfigError> {
        join(self)
    }
}

fn join<K: IntoKeyring>(rings: impl IntoIterator<Item = K>) -> Result<Keyring, ConfigError> {
    let mut keys = Vec::new();
    for ring in rings {
        keys.extend(ring.into_keyring()?.keys);
    }
    if keys.is_empty() {
        return Err(ConfigError::new("no secret is given"));
    }
    Ok(Keyring { keys })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unusable_secrets_are_refused() {
        for text in ["", " ", "\n", "whsec_x\n", " whsec_x", "\u{a0}"] {
            assert!(text.into_keyring().is_err(), "{text:?}");
        }
        assert!(["good", ""].into_keyring().is_err());
        assert!(Vec::<String>::new().into_keyring().is_err());
    }

    #[test]
    fn a_secret_never_shows() {
        let ring = Keyring::new(Key::new("canary").unwrap().named("new"));
        assert!(!format!("{ring:?}").contains("canary"));
        let error = "canary\n".into_keyring().unwrap_err();
        assert!(!format!("{error:?} {error}").contains("canary"));
    }
}
