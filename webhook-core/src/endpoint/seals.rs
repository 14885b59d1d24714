//! What vouches for a stored delivery whose sender signs nothing: a seal of our own, by a secret that the table does not have.

use std::sync::Arc;

use bytes::Bytes;
use memchr::memmem;

use crate::account::{Keyring, SHORTEST, Secret};
use crate::crypto::SealKey;
use crate::delivery::Sealing;
use crate::message::MatchedKey;
use crate::outcome::{Rejection, RejectionKind};
use crate::request::KeptHead;
use crate::time::UnixTime;
use crate::verify::{Proven, Shown, StorageKey};

/// A stored delivery that is sealed, as the one who reopens it knows it.
#[derive(Clone)]
pub(crate) struct Sealed {
    /// Of all that is trusted of it.
    pub(crate) hash: [u8; 32],
    /// As it is written beside it.
    pub(crate) seal: Vec<u8>,
    pub(crate) sent_at: Option<UnixTime>,
}

/// The secrets that seal the deliveries of one account, at one time.
pub(crate) struct Seals {
    provider: &'static str,
    shown: Shown,
    storage: Option<Arc<Keyring>>,
    now: UnixTime,
}

impl Seals {
    pub(super) const fn new(
        provider: &'static str,
        shown: Shown,
        storage: Option<Arc<Keyring>>,
        now: UnixTime,
    ) -> Self {
        Self {
            provider,
            shown,
            storage,
            now,
        }
    }

    /// Refuses an account whose deliveries can never be stored.
    pub(super) fn require_storable(&self) -> Result<(), Rejection> {
        let storage = match self.storage_keys().next() {
            Some(_) => StorageKey::Set,
            None => StorageKey::Unset,
        };
        let misconfigured = |why| Rejection::new(RejectionKind::Misconfigured, why);
        self.shown
            .unstorable(storage)
            .map_or(Ok(()), |why| Err(misconfigured(why)))
    }

    /// Takes what the sender shows out of a head that will be written down, and says how the delivery is sealed that this key has proven.
    /// The first storage key seals.
    pub(super) fn sealing(
        &self,
        head: &mut KeptHead,
        body: &Bytes,
        key: Option<&MatchedKey>,
    ) -> Sealing {
        let [headers, parameters] = self.shown.places();
        let mut secrets = head.cut(headers, parameters);
        let word = key.and_then(|key| self.shown.words().get(key.index()));
        let word = word.map(|key| &key.secret);
        secrets.extend(word.map(|word| Bytes::copy_from_slice(word.expose().as_bytes())));
        // What is shorter stands anywhere by chance.
        let mut long = secrets.iter().filter(|secret| secret.len() >= SHORTEST);
        if long.any(|secret| head.holds(secret) || memmem::find(body, secret).is_some()) {
            return Sealing::ShownElsewhere;
        }
        let storage = self.storage_keys().next();
        self.key(storage, word)
            .map_or(Sealing::Impossible, Sealing::By)
    }

    /// What was proven of a stored delivery, if one of the secrets has sealed it. Tries all of them all the same.
    pub(super) fn open(&self, sealed: &Sealed) -> Option<Proven> {
        let storage = || self.storage_keys().map(Some).chain([None]);
        let words = self.shown.words().iter().enumerate();
        let words = words.filter(|(_, word)| word.is_valid(self.now));
        let mut found = None;
        for word in words.map(Some).chain([None]) {
            for storage in storage() {
                let key = self.key(storage, word.map(|(_, word)| &word.secret));
                let fits = key.is_some_and(|key| key.seal(&sealed.hash) == *sealed.seal);
                found = found.or(fits.then_some(word));
            }
        }
        let key = found?.map(|(index, word)| MatchedKey::new(index, word.name.clone()));
        let sent_at = sealed.sent_at;
        Some(Proven { key, sent_at })
    }

    fn storage_keys(&self) -> impl Iterator<Item = &Secret> {
        let keys = self.storage.iter().flat_map(|ring| ring.keys());
        keys.filter(|key| key.is_valid(self.now))
            .map(|key| &key.secret)
    }

    /// The key that follows from both; from the word alone only where nobody can guess it.
    fn key(&self, storage: Option<&Secret>, word: Option<&Secret>) -> Option<SealKey> {
        let secret = match storage {
            Some(storage) => storage,
            None => word.filter(|word| !word.may_be_guessed())?,
        };
        // With both, who knows one of them makes no seal.
        let word = word.map(|word| word.expose().as_bytes());
        let beside = self.shown.texts_beside().map(str::as_bytes).map(Some);
        let texts = [Some(self.provider.as_bytes()), word];
        SealKey::of(secret.expose().as_bytes(), texts.into_iter().chain(beside))
    }
}

pub(super) const NO_SEAL: Rejection = Rejection::new(
    RejectionKind::BadSignature,
    "no storage key, and no shared word of the account, has made the seal",
);
