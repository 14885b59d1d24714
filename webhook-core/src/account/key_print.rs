//! Tells whether two accounts share a key, without keeping it.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::fmt;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What two accounts have in common if what one accepts is accepted by the other too: a hash of the key with all that a request must
/// fit beside it. The hash has a random key of this process, and says nothing about the secret.
///
/// ```
/// use webhook_core::KeyPrint;
///
/// let print = KeyPrint::of(&["stripe", "whsec_4f1c"]);
/// assert_eq!(print, KeyPrint::of(&["stripe", "whsec_4f1c"]));
/// assert_ne!(print, KeyPrint::of(&["stripe", "whsec_9d77"]));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyPrint(u64);

impl KeyPrint {
    /// Of these texts in this order.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        static STATE: OnceLock<RandomState> = OnceLock::new();
        Self(STATE.get_or_init(RandomState::new).hash_one(parts))
    }

    /// Of this key for requests alone that fit these texts too.
    #[cfg(all(feature = "developer", feature = "published-keys"))]
    pub(crate) fn beside(self, parts: &[&str]) -> Self {
        let own = self.0.to_string();
        Self::of(&[&[own.as_str()][..], parts].concat())
    }
}

impl fmt::Debug for KeyPrint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPrint(..)")
    }
}

/// Which account has authenticated with which key.
#[derive(Default)]
pub(crate) struct Accounts(Mutex<HashMap<KeyPrint, Arc<str>>>);

/// More keys than this are not remembered: those of the first so many accounts are told apart.
const MOST: usize = 100_000;

impl Accounts {
    /// Whether the key belongs to this account, and to no other one that has used it.
    pub(crate) fn owns(&self, account: &Arc<str>, key: KeyPrint) -> bool {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = accounts.len() >= MOST;
        match accounts.entry(key) {
            Entry::Occupied(known) => known.get() == account,
            Entry::Vacant(_) if is_full => true,
            Entry::Vacant(free) => {
                free.insert(Arc::clone(account));
                true
            }
        }
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Accounts")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_belongs_to_the_account_that_used_it_first() {
        let accounts = Accounts::default();
        let [acme, initech] = ["acme", "initech"].map(Arc::<str>::from);
        let [one, two] = ["1", "2"].map(|key| KeyPrint::of(&[key]));
        assert!(accounts.owns(&acme, one) && accounts.owns(&acme, one));
        assert!(!accounts.owns(&initech, one));
        assert!(accounts.owns(&initech, two) && accounts.owns(&acme, one));
    }

    #[test]
    fn what_belongs_to_one_part_is_not_of_the_next() {
        assert_ne!(KeyPrint::of(&["a", "b"]), KeyPrint::of(&["ab", ""]));
        assert_ne!(KeyPrint::of(&["a"]), KeyPrint::of(&["a", ""]));
        assert_eq!(format!("{:?}", KeyPrint::of(&["a"])), "KeyPrint(..)");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let accounts = Accounts::default();
        let acme: Arc<str> = "acme".into();
        for number in 0..100_010 {
            assert!(accounts.owns(&acme, KeyPrint(number)));
        }
        assert_eq!(accounts.0.lock().unwrap().len(), 100_000);
    }
}
