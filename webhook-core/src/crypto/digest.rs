//! For senders that hash a secret together with what they send, without an HMAC.

use sha2::Digest;

use crate::crypto::tag::Tag;

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

    #[test]
    fn parts_are_joined_without_anything_between() {
        let whole = digest::<md5::Md5>(["abc"]);
        let parts = digest::<md5::Md5>(["a", "", "bc"]);
        assert_eq!(parts.to_hex(), whole.to_hex());
        assert_eq!(whole.to_hex(), "900150983cd24fb0d6963f7d28e17f72");
    }
}
