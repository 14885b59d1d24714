//! What we write down ourselves, sealed by a secret, so that nobody else can write it.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::crypto::parted::Parted;
use crate::crypto::tag::Tag;

/// A key for seals and nothing else. It is made of a secret that has another use too, which a seal must not tell anything about.
#[derive(Clone)]
pub(crate) struct SealKey(Hmac<Sha256>);

impl SealKey {
    /// The key that follows from a secret, for what these texts say. `None` where there is none, which no secret leads to: an HMAC takes
    /// keys of any length.
    pub(crate) fn of<'a>(
        secret: &[u8],
        texts: impl IntoIterator<Item = Option<&'a [u8]>>,
    ) -> Option<Self> {
        let mut parts = Parted::default();
        parts.add(Some(CONTEXT));
        texts.into_iter().for_each(|text| parts.add(text));
        let mut derived = Hmac::<Sha256>::new_from_slice(secret).ok()?;
        derived.update(&parts.finish());
        let derived = derived.finalize().into_bytes();
        Hmac::new_from_slice(&derived).ok().map(Self)
    }

    /// The seal of what has this hash.
    pub(crate) fn seal(&self, hash: &[u8; 32]) -> Tag {
        #[cfg(feature = "testing")]
        crate::testing::count_mac();
        Tag::of(self.0.clone().chain_update(hash))
    }
}

/// No other use of the same secret hashes this.
const CONTEXT: &[u8] = b"webhook-core: seal of a stored delivery, version 1";

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_of_one_secret_one_use_and_one_content() {
        let seal = |secret: &[u8], texts: &[Option<&[u8]>], hash: u8| {
            let key = SealKey::of(secret, texts.iter().copied()).unwrap();
            key.seal(&[hash; 32]).to_hex()
        };
        let seals = [
            seal(b"one secret", &[Some(b"ab"), Some(b"c")], 0),
            seal(b"two secret", &[Some(b"ab"), Some(b"c")], 0),
            seal(b"one secret", &[Some(b"a"), Some(b"bc")], 0),
            seal(b"one secret", &[None, Some(b"c")], 0),
            seal(b"one secret", &[Some(b"ab"), Some(b"c")], 1),
        ];
        for (at, seal) in seals.iter().enumerate() {
            assert_eq!(seals.iter().position(|other| other == seal), Some(at));
        }
    }

    #[test]
    fn a_key_never_shows() {
        let key = SealKey::of(b"canary", [Some(&b"canary"[..])]).unwrap();
        assert_eq!(format!("{key:?}"), "SealKey(..)");
    }
}
