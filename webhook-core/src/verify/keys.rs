//! A keyring for verifiers that are code: every key is tried.

use std::fmt;

use crate::account::KeyPrint;
use crate::account::{IntoKeyring, Key, Secret, warn_of_short_key};
use crate::crypto::KeyFormat;
use crate::crypto::{Given, PreparedKey, Tag, require_no_header};
use crate::message::MatchedKey;
use crate::outcome::{ConfigError, Rejection, RejectionKind};
use crate::time::UnixTime;

/// The keys of one account, each made ready once. `K` is what a scheme makes of a secret.
#[derive(Clone)]
pub(crate) struct Keys<K>(Vec<(Key, K)>);

impl<K> Keys<K> {
    /// Makes every key ready. `never` is what other keys of the sender begin with.
    pub(crate) fn new(
        never: &'static [&'static str],
        keys: impl IntoKeyring,
        prepare: impl Fn(&Secret) -> Result<K, ConfigError>,
    ) -> Result<Self, ConfigError> {
        let format = KeyFormat::text().reject_prefixes(never);
        let keys = keys.into_keyring()?.into_keys().into_iter();
        let prepare = |key: Key| {
            require_no_header(&key.secret)?;
            format.require(&key.secret)?;
            warn_of_short_key(key.secret.expose().len(), &key);
            prepare(&key.secret).map(|prepared| (key, prepared))
        };
        keys.map(prepare).collect::<Result<_, _>>().map(Self)
    }

    /// What tells whether another account has one of the keys. `place` is what a request must fit beside the key.
    pub(crate) fn prints(&self, place: &[&str]) -> Vec<KeyPrint> {
        let print = |(key, _): &(Key, K)| KeyPrint::of(&[&[key.secret.expose()], place].concat());
        self.0.iter().map(print).collect()
    }

    /// The keys themselves, in their order.
    pub(crate) fn words(&self) -> Vec<Key> {
        self.0.iter().map(|(key, _)| key.clone()).collect()
    }

    /// The first key, valid now, whose code is among those that the sender wrote. Tries all of them all the same.
    pub(crate) fn matching(
        &self,
        now: UnixTime,
        given: &[&[u8]],
        tag: impl Fn(&K) -> Tag,
    ) -> Result<MatchedKey, Rejection> {
        self.find(now, |key| {
            let tag = tag(key);
            let hits = given.iter().map(|given| tag == **given);
            hits.fold(false, |hit, one| hit | one)
        })
    }

    /// The first key, valid now, that `fits`. Tries all of them all the same.
    pub(crate) fn find(
        &self,
        now: UnixTime,
        fits: impl Fn(&K) -> bool,
    ) -> Result<MatchedKey, Rejection> {
        let mut found = None;
        let mut tried = false;
        for (index, (key, prepared)) in self.0.iter().enumerate() {
            if key.is_valid(now) {
                tried = true;
                let hit = fits(prepared);
                found = found.or(hit.then_some((index, key)));
            }
        }
        match found {
            Some((index, key)) => Ok(MatchedKey::new(index, key.name.clone())),
            None if tried => Err(NO_MATCH),
            None => Err(NO_KEY),
        }
    }
}

impl Keys<PreparedKey> {
    /// The first key, valid now, that made one of these codes of the message. Tries all of them all the same.
    pub(crate) fn signing(
        &self,
        now: UnixTime,
        codes: &[Given],
        message: &[u8],
    ) -> Result<MatchedKey, Rejection> {
        self.find(now, |key| key.made_one_of(codes, message))
    }
}

impl<K> Keys<K> {
    /// Every key that is valid now.
    pub(crate) fn valid(
        &self,
        now: UnixTime,
    ) -> Result<impl Iterator<Item = (MatchedKey, &K)>, Rejection> {
        let keys = self.0.iter().enumerate();
        let mut valid = keys
            .filter(move |(_, (key, _))| key.is_valid(now))
            .map(|(index, (key, prepared))| (MatchedKey::new(index, key.name.clone()), prepared))
            .peekable();
        match valid.peek() {
            Some(_) => Ok(valid),
            None => Err(NO_KEY),
        }
    }
}

impl<K> fmt::Debug for Keys<K> {
    /// How many there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.0.len())
    }
}

pub(crate) const NO_MATCH: Rejection =
    Rejection::new(RejectionKind::BadSignature, "no key matches any signature");

const NO_KEY: Rejection = Rejection::new(
    RejectionKind::KeysUnavailable,
    "no key is valid at this time",
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::counting;

    const NOW: UnixTime = UnixTime::from_secs(0);

    fn keys() -> Keys<String> {
        Keys::new(&[], ["the first", "the second", "the third"], |key| {
            Ok(key.expose().to_owned())
        })
        .unwrap()
    }

    #[test]
    fn every_key_is_compared_with_every_code_whichever_fit() {
        for given in ["the first", "the second", "the third", "none"] {
            for given in [[given, "else"], ["else", given]] {
                let given = given.map(str::as_bytes);
                let tag = |key: &String| Tag::from_code(key.as_bytes());
                let (_, compared) = counting(|| keys().matching(NOW, &given, tag));
                assert_eq!(compared, 6);
            }
        }
    }

    #[test]
    fn every_key_is_tried_and_the_first_that_fits_is_found() {
        let tried = std::cell::Cell::new(0);
        let found = keys().find(NOW, |key| {
            tried.set(tried.get() + 1);
            !key.ends_with("first")
        });
        assert_eq!((found.unwrap().index(), tried.get()), (1, 3));
    }
}
