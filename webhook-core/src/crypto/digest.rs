//! Hashes: of a secret together with what is sent, for senders without an HMAC; of a body that is signed by its digest.

use md5::Md5;
use sha2::{Digest, Sha256, Sha512};

use crate::crypto::tag::Tag;

/// The hash function of a digest that is signed in place of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hash {
    /// MD5: two bodies of one digest can be made. Whoever can have the sender sign one of them could send the other.
    Md5,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// Its usual name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
        }
    }

    /// A computation that has seen nothing yet.
    pub(crate) fn start(self) -> Hashing {
        match self {
            Self::Md5 => Hashing::Md5(Md5::new()),
            Self::Sha256 => Hashing::Sha256(Sha256::new()),
            Self::Sha512 => Hashing::Sha512(Sha512::new()),
        }
    }

    /// The digest of what is there whole.
    pub(crate) fn of(self, bytes: &[u8]) -> Vec<u8> {
        let mut hashing = self.start();
        hashing.update(bytes);
        hashing.finish()
    }

    /// The same, to be compared.
    #[cfg(feature = "asymmetric")]
    pub(crate) fn tag(self, bytes: &[u8]) -> Tag {
        match self {
            Self::Md5 => digest::<Md5>([bytes]),
            Self::Sha256 => digest::<Sha256>([bytes]),
            Self::Sha512 => digest::<Sha512>([bytes]),
        }
    }
}

/// A digest while the body arrives.
#[derive(Clone)]
pub(crate) enum Hashing {
    Md5(Md5),
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Hashing {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Md5(hash) => hash.update(bytes),
            Self::Sha256(hash) => hash.update(bytes),
            Self::Sha512(hash) => hash.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Self::Md5(hash) => hash.finalize().to_vec(),
            Self::Sha256(hash) => hash.finalize().to_vec(),
            Self::Sha512(hash) => hash.finalize().to_vec(),
        }
    }
}

/// The hash of these parts, with nothing between them.
pub(crate) fn digest<D: Digest>(parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Tag {
    let mut hash = D::new();
    for part in parts {
        hash.update(part);
    }
    Tag::of_hash(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1321, A.5; FIPS 180-4, the examples of one block.
    #[test]
    fn a_digest_is_the_same_in_pieces() {
        for (hash, begins) in [
            (Hash::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (Hash::Sha256, "ba7816bf8f01cfea414140de5dae2223"),
            (Hash::Sha512, "ddaf35a193617abacc417349ae204131"),
        ] {
            let mut pieces = hash.start();
            for piece in ["a", "", "bc"] {
                pieces.update(piece.as_bytes());
            }
            let digest = pieces.finish();
            assert_eq!(digest, hash.of(b"abc"), "{}", hash.as_str());
            assert!(const_hex::encode(digest).starts_with(begins));
        }
    }

    #[test]
    fn parts_are_joined_without_anything_between() {
        let whole = digest::<md5::Md5>(["abc"]);
        let parts = digest::<md5::Md5>(["a", "", "bc"]);
        assert_eq!(parts.to_hex(), whole.to_hex());
        assert_eq!(whole.to_hex(), "900150983cd24fb0d6963f7d28e17f72");
    }
}
