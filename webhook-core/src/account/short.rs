//! The warning of keys that are shorter than they should be.

#[cfg(feature = "tracing")]
use std::collections::BTreeSet;
#[cfg(feature = "tracing")]
use std::hash::{BuildHasher as _, RandomState};
#[cfg(feature = "tracing")]
use std::sync::{LazyLock, Mutex, PoisonError};

use super::Key;

/// A key below this length is weaker than its MAC. In bytes.
#[cfg(feature = "tracing")]
const SHOULD_HAVE: usize = 16;

/// Logs a warning of a key of so many bytes, if they are few. Once for each key: a verifier may be made for every request.
#[cfg(feature = "tracing")]
pub(crate) fn warn_of_short_key(bytes: usize, key: &Key) {
    static WARNED: LazyLock<Warned> = LazyLock::new(Default::default);

    if bytes < SHOULD_HAVE && WARNED.is_new(key.secret.expose()) {
        tracing::warn!(
            target: "webhook",
            key = key.name.as_deref(),
            bytes,
            "a secret has less than 16 bytes and can be guessed from one signed request: choose one of 32 random characters"
        );
    }
}

/// The keys that were warned of.
#[cfg(feature = "tracing")]
#[derive(Default)]
struct Warned {
    state: RandomState,
    hashes: Mutex<BTreeSet<u64>>,
}

#[cfg(feature = "tracing")]
impl Warned {
    /// How many are remembered. Others are not warned of.
    const REMEMBERED: usize = 1024;

    fn is_new(&self, secret: &str) -> bool {
        let hash = self.state.hash_one(secret);
        let mut hashes = self.hashes.lock().unwrap_or_else(PoisonError::into_inner);
        hashes.len() < Self::REMEMBERED && hashes.insert(hash)
    }
}

/// Nobody would see it.
#[cfg(not(feature = "tracing"))]
pub(crate) fn warn_of_short_key(_: usize, _: &Key) {}

#[cfg(test)]
#[cfg(feature = "tracing")]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Warned;
    use crate::provider::github::GitHub;
    use crate::provider::razorpay::Razorpay;
    use crate::testing::support::Log;

    #[test]
    fn of_1024_keys_it_is_known_that_they_were_warned_of() {
        let warned = Warned::default();
        let new = (0..2048).filter(|number| warned.is_new(&number.to_string()));
        assert_eq!(new.count(), 1024);
        assert!(!warned.is_new("0") && !warned.is_new("another"));
    }

    #[test]
    fn a_short_key_is_warned_of_once_whatever_it_is_for() {
        let log = Log::default();
        let _logged = tracing::subscriber::set_default(log.clone());
        for (secret, lines) in [
            ("sixteen letters.", 0),
            ("fifteen letters", 1),
            ("fifteen letters", 1),
            ("8 letter", 2),
        ] {
            GitHub::new(secret).unwrap();
            Razorpay::new(secret).unwrap();
            assert_eq!(log.lines(), vec!["WARN in none"; lines], "{secret}");
        }
    }
}
