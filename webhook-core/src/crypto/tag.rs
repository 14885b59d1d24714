//! What we computed with a secret, and the only comparison of it with what a stranger sent.

use std::fmt;

use hmac::Mac;
use sha2::Digest;
use subtle::{Choice, ConstantTimeEq};

/// A MAC, or a hash over a secret. It is compared by `==`, in a time that tells nothing about it, and its bytes do not leave.
#[derive(Clone)]
pub(crate) struct Tag(Vec<u8>);

impl Tag {
    /// What this MAC has come to.
    pub(crate) fn of(mac: impl Mac) -> Self {
        Self(mac.finalize().into_bytes().to_vec())
    }

    /// What this hash has come to.
    pub(crate) fn of_hash(hash: impl Digest) -> Self {
        Self(hash.finalize().to_vec())
    }

    /// That of a key which cannot make one. Nothing equals it.
    pub(crate) const fn none() -> Self {
        Self(Vec::new())
    }

    /// Of these bytes.
    pub(crate) fn from_code(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// In lower case, for what we write ourselves.
    pub(crate) fn to_hex(&self) -> String {
        const_hex::encode(&self.0)
    }

    /// For what we write ourselves.
    #[cfg(feature = "testing")]
    pub(crate) fn to_base64(&self) -> String {
        use base64ct::{Base64, Encoding};

        Base64::encode_string(&self.0)
    }
}

impl PartialEq<[u8]> for Tag {
    /// Whether a stranger has sent it. Takes as long for every content; lengths are public.
    fn eq(&self, given: &[u8]) -> bool {
        !self.0.is_empty() && same_slices(&self.0, given).into()
    }
}

impl PartialEq<Vec<u8>> for Tag {
    fn eq(&self, given: &Vec<u8>) -> bool {
        *self == **given
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tag")
    }
}

/// The one place where what we computed meets what a stranger sent.
///
/// Lengths are public: every code that we compute has the length of its hash function.
#[inline]
pub(super) fn same_slices(computed: &[u8], given: &[u8]) -> Choice {
    #[cfg(test)]
    COMPARED.set(COMPARED.get() + 1);
    // Eight bytes at a time: one at a time is what most of the comparison would cost.
    let (computed_words, given_words) = (computed.chunks_exact(8), given.chunks_exact(8));
    let rest = computed_words
        .remainder()
        .iter()
        .zip(given_words.remainder());
    let rest = rest.fold(0, |differs, (a, b)| differs | (a ^ b));
    let words = computed_words.zip(given_words);
    let words = words.fold(0, |differs, (a, b)| differs | (word(a) ^ word(b)));
    let lengths = u64::from(computed.len() != given.len());
    (words | u64::from(rest) | lengths).ct_eq(&0)
}

fn word(bytes: &[u8]) -> u64 {
    bytes.try_into().map(u64::from_ne_bytes).unwrap_or_default()
}

#[cfg(test)]
thread_local! {
    /// How many codes were compared on this thread.
    static COMPARED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// What comes of this, and how many codes are compared for it.
#[cfg(test)]
pub(crate) fn counting<T>(compares: impl FnOnce() -> T) -> (T, usize) {
    let before = COMPARED.get();
    let outcome = compares();
    (outcome, COMPARED.get() - before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_equals_its_bytes_and_nothing_else() {
        let tag = Tag::from_code(b"the bytes of a tag");
        assert_eq!(tag, *b"the bytes of a tag".as_slice());
        for other in [
            &b""[..],
            b"the bytes of a ta",
            b"the bytes of a tag ",
            b"The bytes of a tag",
        ] {
            let (is_equal, compared) = counting(|| tag == *other);
            assert!(!is_equal);
            assert_eq!(compared, 1, "by the one comparison there is");
        }
        assert!(Tag::none() != *b"".as_slice());
        assert_eq!(format!("{tag:?}"), "Tag");
    }
}
