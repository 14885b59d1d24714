//! Shared secrets and the keyring that rotates them.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::account::mistake::SHORTEST;
use crate::account::mistake::mistake;
use crate::outcome::ConfigError;
use crate::time::UnixTime;

/// A secret as the sender shows it: text that is wiped from memory when dropped and never printed.
///
/// ```
/// use webhook_core::Secret;
///
/// let secret = Secret::new("whsec_4f1c2a9b7d3e8f60")?;
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// for mistaken in ["", "7", "\"whsec_4f1c2a9b7d3e8f60\"", "${STRIPE_SECRET}", "changeme", "whsec_…"] {
///     assert!(Secret::new(mistaken).is_err());
/// }
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    text: Zeroizing<String>,
    /// Whether its owner knows that it is short.
    may_be_short: bool,
}

impl Secret {
    /// Keeps a secret exactly as given.
    ///
    /// # Errors
    /// If it cannot be one, so that every verification would fail, or anybody could pass it. The error says why and what
    /// to do, and never shows the secret:
    ///
    /// - It is empty: an empty key verifies for everybody. A label such as `whsec_` with nothing behind it is empty too.
    /// - White space stands around it, or a character in it that cannot be seen: a byte order mark, a zero-width space.
    /// - It stands in quotes, or is a line `NAME=value`, a JSON document, or the address of where something is kept.
    /// - It is a variable that nothing has replaced (`${NAME}`), a placeholder (`changeme`, `your_secret_here`), or was
    ///   cut off or masked (`whsec_…`, `****`).
    /// - It is shorter than 8 bytes. A verifier logs a warning for keys below 16.
    pub fn new(text: impl Into<String>) -> Result<Self, ConfigError> {
        let secret = Self::dangerously_short(text)?;
        if secret.text.len() < SHORTEST {
            return Err(TOO_SHORT);
        }
        Ok(Self {
            may_be_short: false,
            ..secret
        })
    }

    /// Keeps a secret that may be shorter than 8 bytes, for senders that allow no other: an example of a vendor, a
    /// password that somebody else has chosen.
    ///
    /// # Security
    /// Whoever sees one signed request tries all keys of a few characters in no time, and then signs what they like.
    ///
    /// # Errors
    /// As [`new`](Self::new), but for the length.
    pub fn dangerously_short(text: impl Into<String>) -> Result<Self, ConfigError> {
        let text = Zeroizing::new(text.into());
        if text.trim().is_empty() || LABELS.contains(&text.as_str()) {
            return Err(ConfigError::fixed("a secret is empty"));
        }
        if text.trim().len() != text.len() {
            return Err(ConfigError::fixed(
                "a secret begins or ends with white space",
            ));
        }
        match mistake(&text) {
            Some(mistake) => Err(mistake),
            None => Ok(Self {
                text,
                may_be_short: true,
            }),
        }
    }

    /// Refuses a key that is too short, once it was decoded.
    pub(crate) fn require_length(&self, bytes: usize) -> Result<(), ConfigError> {
        match bytes < SHORTEST && !self.may_be_short {
            true => Err(TOO_SHORT),
            false => Ok(()),
        }
    }

    /// Whether who has something that was computed with it, such as a stored seal, could find it by trying: it cannot hold 128 bits, which
    /// take 22 letters and digits, 32 hexadecimal digits or 43 decimal ones. Words of an `Authorization` count one by one.
    pub(crate) fn may_be_guessed(&self) -> bool {
        self.text.split(' ').all(|word| most_bits(word) < 128)
    }

    /// Another secret of the same owner, such as a part of this one.
    pub(crate) fn part(&self, text: impl Into<String>) -> Result<Self, ConfigError> {
        match self.may_be_short {
            true => Self::dangerously_short(text),
            false => Self::new(text),
        }
    }

    /// The secret itself. Keep it out of logs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }
}

/// How many bits a text of these characters holds at most, if each was chosen at random.
fn most_bits(text: &str) -> usize {
    let all = |is: fn(&u8) -> bool| text.as_bytes().iter().all(is);
    let of_each = if all(u8::is_ascii_digit) {
        3
    } else if all(u8::is_ascii_hexdigit) {
        4
    } else {
        6
    };
    text.len() * of_each
}

/// What senders put before their secrets.
const LABELS: &[&str] = &["whsec_", "whpk_", "v1,whsec_"];

const TOO_SHORT: ConfigError = ConfigError::fixed(
    "a secret is shorter than 8 bytes: copy the whole one, or choose one of 32 random characters",
);

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
/// let outgoing = Key::new("whsec_of_august")?
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

impl Key {
    pub(crate) fn is_valid(&self, now: UnixTime) -> bool {
        let valid = self.valid.as_ref();
        valid.is_none_or(|range| range.contains(&now))
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
/// let both: Keyring = ["whsec_of_december", "whsec_of_november"].into_keyring()?;
/// let (new, old) = (Key::new("whsec_of_december")?, Key::new("whsec_of_november")?);
/// let named = Keyring::new(new.named("2026-12")).and(old.named("2026-11"));
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

    pub(crate) fn keys(&self) -> &[Key] {
        &self.keys
    }
}

/// What a verifier can be given as its keys: a text, a [`Secret`], a [`Key`], a list of these, or a [`Keyring`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as a secret",
    label = "expected a secret",
    note = "pass the secret as `&str` or `String`, a `Secret`, a `Key`, a list of these, or a `Keyring`",
    note = "an `Option` or a `Result` is no secret: take the value out of it when the server starts, and stop if there is none"
)]
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

impl IntoKeyring for &String {
    fn into_keyring(self) -> Result<Keyring, ConfigError> {
        self.as_str().into_keyring()
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
        for text in [
            "",
            " ",
            "\n",
            "whsec_",
            "whsec_4f1c2a9b\n",
            " whsec_4f1c2a9b",
            "\u{a0}",
        ] {
            assert!(text.into_keyring().is_err(), "{text:?}");
        }
        assert!(["good enough", ""].into_keyring().is_err());
        assert!(Vec::<String>::new().into_keyring().is_err());
    }

    #[test]
    fn a_borrowed_string_is_a_secret_and_a_list_of_them_a_keyring() {
        let secret = "whsec_of_the_shop".to_owned();
        let ring = (&secret).into_keyring().unwrap();
        let [key] = ring.into_keys().try_into().unwrap();
        assert_eq!(key.secret.expose(), secret);
        assert_eq!([&secret, &secret].into_keyring().unwrap().len(), 2);
        assert!((&String::new()).into_keyring().is_err());
    }

    #[test]
    fn a_short_secret_has_to_be_meant() {
        for (text, is_long_enough) in [
            ("7", false),
            ("1234_ab", false),
            ("1234_abc", true),
            ("\u{e4}\u{e4}\u{e4}b", false),
        ] {
            assert_eq!(Secret::new(text).is_ok(), is_long_enough, "{text}");
            let short = Secret::dangerously_short(text).unwrap();
            assert!(short.require_length(1).is_ok());
            assert!(short.into_keyring().is_ok());
        }
        for text in [
            "",
            " ",
            "x ",
            "\"7\"",
            "<x>",
            "whsec_",
            "whpk_",
            "v1,whsec_",
        ] {
            assert!(Secret::dangerously_short(text).is_err(), "{text:?}");
        }
        let long = Secret::new("12345_abc").unwrap();
        assert!(long.require_length(7).is_err() && long.require_length(8).is_ok());
    }

    #[test]
    fn what_can_be_guessed_is_told_by_its_characters() {
        for (text, may_be_guessed) in [
            ("abcdefgh ijklmnop qrstuvw xyz", true),
            ("Bearer 5f0c2a9b7d3e8f60", true),
            ("Bearer 5f0c2a9b7d3e8f605f0c2a9b7d3e8f60", false),
            ("5f0c2a9b7d3e8f605f0c2a9b7d3e8f6", true),
            ("5f0c2a9b7d3e8f605f0c2a9b7d3e8f60", false),
            ("4f1c2a9b-7d3e-8f60-a5b4", false),
            ("Kq7zR2mXw9LpT4vBn8cYd", true),
            ("Kq7zR2mXw9LpT4vBn8cYdE", false),
            ("123456789012345678901234567890123456789012", true),
            ("1234567890123456789012345678901234567890123", false),
        ] {
            let secret = Secret::dangerously_short(text).unwrap();
            assert_eq!(secret.may_be_guessed(), may_be_guessed, "{text}");
        }
    }

    #[test]
    fn a_secret_never_shows() {
        let ring = Keyring::new(Key::new("canary of a test").unwrap().named("new"));
        assert!(!format!("{ring:?}").contains("canary"));
        for text in [
            "canary\n",
            "\"canary\"",
            "canary",
            "${canary}",
            "canary...",
            "TOKEN=canary",
            "\u{feff}canary",
        ] {
            let error = text.into_keyring().unwrap_err();
            assert!(!format!("{error:?} {error}").contains("canary"));
        }
    }
}
