//! For verifiers by hand: a check that waits for the whole body, and a keyring that is tried against it.

use std::fmt;

use bytes::Bytes;

use crate::head::RequestHead;
use crate::rejection::{ConfigError, Rejection, RejectionKind};
use crate::scheme::same_bytes;
use crate::secret::{IntoKeyring, Key, Secret};
use crate::time::UnixTime;
use crate::verifier::{Begin, Check, MatchedKey, Verdict};

/// Judges a request by its whole body, where the signature or what it covers stands inside.
pub(crate) fn on_body<F>(judge: F) -> Begin
where
    F: FnOnce(&Bytes) -> Result<Verdict, Rejection> + Send + 'static,
{
    Begin::Check(Box::new(OnBody(judge)))
}

/// Refuses every method but the one that deliveries come by.
pub(crate) fn require_post(head: &RequestHead<'_>) -> Result<(), Rejection> {
    match head.method() {
        "POST" => Ok(()),
        _ => Err(Rejection::new(
            RejectionKind::MethodNotAllowed,
            "deliveries do not come by this method",
        )),
    }
}

struct OnBody<F>(F);

impl<F> Check for OnBody<F>
where
    F: FnOnce(&Bytes) -> Result<Verdict, Rejection> + Send,
{
    fn update(&mut self, _: &[u8]) {}

    fn finish(self: Box<Self>, body: &Bytes) -> Result<Verdict, Rejection> {
        (self.0)(body)
    }
}

impl<F> fmt::Debug for OnBody<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnBody")
    }
}

/// The keys of one account, each made ready once. `K` is what a scheme makes of a secret.
#[derive(Clone)]
pub(crate) struct Keys<K>(Vec<(Key, K)>);

impl<K> Keys<K> {
    /// Makes every key ready.
    pub(crate) fn new(
        keys: impl IntoKeyring,
        prepare: impl Fn(&Secret) -> Result<K, ConfigError>,
    ) -> Result<Self, ConfigError> {
        let keys = keys.into_keyring()?.into_keys().into_iter();
        let prepare = |key: Key| prepare(&key.secret).map(|prepared| (key, prepared));
        keys.map(prepare).collect::<Result<_, _>>().map(Self)
    }

    /// The first key, valid now, whose code is among those that the sender wrote. Tries all of them all the same.
    pub(crate) fn matching(
        &self,
        now: UnixTime,
        given: &[&[u8]],
        code: impl Fn(&K) -> Vec<u8>,
    ) -> Result<MatchedKey, Rejection> {
        self.find(now, |key| {
            let code = code(key);
            let hits = given.iter().map(|given| same_bytes(&code, given));
            hits.fold(false, |hit, one| hit | one)
        })
    }

    /// The first key, valid now, that `fits`. Tries all of them all the same.
    pub(crate) fn find(
        &self,
        now: UnixTime,
        fits: impl Fn(&K) -> bool,
    ) -> Result<MatchedKey, Rejection> {
        let is_valid = |key: &Key| key.valid.as_ref().is_none_or(|range| range.contains(&now));
        let mut found = None;
        let mut tried = false;
        for (index, (key, prepared)) in self.0.iter().enumerate() {
            if is_valid(key) {
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

impl<K> fmt::Debug for Keys<K> {
    /// How many there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.0.len())
    }
}

pub(crate) const NO_MATCH: Rejection =
    Rejection::new(RejectionKind::BadSignature, "no key matches any signature");

pub(crate) const NO_KEY: Rejection = Rejection::new(
    RejectionKind::KeysUnavailable,
    "no key is valid at this time",
);
