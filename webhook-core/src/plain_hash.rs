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

/// What a sender wrote in hex, in either case; empty if it is not hex, so that it matches nothing.
pub(crate) fn decode_hex(text: &[u8]) -> Vec<u8> {
    // The decoder would also take a leading `0x` or `0X`.
    match text {
        [b'0', b'x' | b'X', ..] => Vec::new(),
        text => const_hex::decode(text).unwrap_or_default(),
    }
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

    #[test]
    fn what_is_not_hex_is_empty() {
        assert_eq!(decode_hex(b"aBc0"), [0xab, 0xc0]);
        for text in ["", "a", "0xab", "0Xab", "+f", "a b ", "zz", "aéa"] {
            assert!(decode_hex(text.as_bytes()).is_empty(), "{text}");
        }
    }
}
