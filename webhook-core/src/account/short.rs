//! The warning of keys that are shorter than they should be.

use super::Key;

/// A key below this length is weaker than its MAC. In bytes.
#[cfg(feature = "tracing")]
const SHOULD_HAVE: usize = 16;

/// Logs a warning of a key of so many bytes, if they are few. Once for each key: a verifier may be made for every request.
#[cfg(feature = "tracing")]
pub(crate) fn warn_of_short_key(bytes: usize, key: &Key) {
    use std::collections::BTreeSet;
    use std::hash::{BuildHasher as _, RandomState};
    use std::sync::{LazyLock, Mutex, PoisonError};

    /// How many keys are remembered. Others are not warned of.
    const REMEMBERED: usize = 1024;

    static WARNED: LazyLock<(RandomState, Mutex<BTreeSet<u64>>)> = LazyLock::new(Default::default);

    if bytes >= SHOULD_HAVE {
        return;
    }
    let (state, warned) = &*WARNED;
    let hash = state.hash_one(key.secret.expose());
    let mut warned = warned.lock().unwrap_or_else(PoisonError::into_inner);
    if warned.len() < REMEMBERED && warned.insert(hash) {
        tracing::warn!(
            target: "webhook",
            key = key.name.as_deref(),
            bytes,
            "a secret has less than 16 bytes and can be guessed from one signed request: choose one of 32 random characters"
        );
    }
}

/// Nobody would see it.
#[cfg(not(feature = "tracing"))]
pub(crate) fn warn_of_short_key(_: usize, _: &Key) {}

#[cfg(test)]
#[cfg(feature = "tracing")]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::provider::github::GitHub;
    use crate::provider::razorpay::Razorpay;
    use crate::testing::support::Log;

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
