//! What an event or a scope is known by: a part of a digest.

use std::hash::{BuildHasher, Hash, Hasher, RandomState};

/// 128 bits of SHA-256. Bytes, as a number would want to stand at every sixteenth.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name([u8; 16]);

impl Name {
    pub(super) const fn new(digest: [u8; 16]) -> Self {
        Self(digest)
    }

    /// One of so many parts, always the same.
    pub(super) fn part_of(self, parts: usize) -> usize {
        usize::try_from(u128::from_ne_bytes(self.0) % parts as u128).unwrap_or_default()
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u128(u128::from_ne_bytes(self.0));
    }
}

/// Where names stand in tables. A digest is mixed well; what it lacks is a secret, without which strangers can choose events that meet in one
/// place. One multiplication brings that in, for a tenth of what the standard library's hash takes.
#[derive(Clone)]
pub(super) struct Mixer {
    secret: [u64; 2],
}

/// See [`Mixer`].
pub(super) struct Mixed {
    secret: [u64; 2],
    hash: u64,
}

impl Default for Mixer {
    fn default() -> Self {
        let random = RandomState::new();
        Self {
            secret: [random.hash_one(0), random.hash_one(1)],
        }
    }
}

impl BuildHasher for Mixer {
    type Hasher = Mixed;

    fn build_hasher(&self) -> Mixed {
        Mixed {
            secret: self.secret,
            hash: 0,
        }
    }
}

impl Hasher for Mixed {
    fn write_u128(&mut self, name: u128) {
        let [one, other] = self.secret.map(u128::from);
        let (low, high) = (name & u128::from(u64::MAX), name >> 64);
        let product = (low ^ one) * (high ^ other);
        self.hash ^= (product ^ (product >> 64)) as u64;
    }

    /// For what is no name, of which there is none here.
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u128(u128::from(self.hash) << 8 | u128::from(*byte));
        }
    }

    fn finish(&self) -> u64 {
        self.hash
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// As alike as names can be, which digests are not: numbers in one of their bytes.
    #[test]
    fn names_spread_over_a_table_and_not_as_strangers_can_foresee() {
        let (mixer, other) = (Mixer::default(), Mixer::default());
        for shift in [0, 8, 56, 64, 72, 120] {
            let hashes = |mixer: &Mixer, places: u64| {
                let hash =
                    |number: u128| mixer.hash_one(Name((number << shift).to_ne_bytes())) % places;
                (0..256_u128).map(hash).collect::<Vec<_>>()
            };
            let places: BTreeSet<u64> = hashes(&mixer, 1 << 20).into_iter().collect();
            assert!(places.len() > 200, "{} places by {shift}", places.len());
            assert_ne!(hashes(&mixer, u64::MAX), hashes(&other, u64::MAX));
        }
    }
}
