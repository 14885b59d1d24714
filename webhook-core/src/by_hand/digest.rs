//! For senders that hash a secret together with what they send, without an HMAC.

use sha2::Digest;

/// The hash of these parts, with nothing between them.
pub(crate) fn digest<D: Digest>(parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Vec<u8> {
    let mut hash = D::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined_without_anything_between() {
        let whole = digest::<md5::Md5>(["abc"]);
        assert_eq!(digest::<md5::Md5>(["a", "", "bc"]), whole);
        assert_eq!(const_hex::encode(whole), "900150983cd24fb0d6963f7d28e17f72");
    }
}
