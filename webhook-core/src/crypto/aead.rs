//! Authenticated encryption, for senders that encrypt what they send.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

fn key_and_nonce(key: &[u8], nonce: &[u8]) -> Option<(LessSafeKey, Nonce)> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    Some((key, Nonce::try_assume_unique_for_key(nonce).ok()?))
}

/// What was encrypted with AES-256-GCM, if key, nonce and associated data are those of the sender. The tag is at the end.
pub(crate) fn open_aes_256_gcm(
    key: &[u8],
    nonce: &[u8],
    associated: &[u8],
    mut sealed: Vec<u8>,
) -> Option<Vec<u8>> {
    let (key, nonce) = key_and_nonce(key, nonce)?;
    let opened = key.open_in_place(nonce, Aad::from(associated), &mut sealed);
    let len = opened.ok()?.len();
    sealed.truncate(len);
    Some(sealed)
}

/// The reverse, for signers of tests.
#[cfg(feature = "testing")]
pub(crate) fn seal_aes_256_gcm(
    key: &[u8],
    nonce: &[u8],
    associated: &[u8],
    mut plain: Vec<u8>,
) -> Option<Vec<u8>> {
    let (key, nonce) = key_and_nonce(key, nonce)?;
    let sealed = key.seal_in_place_append_tag(nonce, Aad::from(associated), &mut plain);
    sealed.ok().map(|()| plain)
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;

    const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";
    const NONCE: &[u8] = b"0123456789ab";

    /// NIST's test case 16 of "The Galois/Counter Mode of Operation".
    #[test]
    fn opens_what_the_specification_has_sealed() {
        let hex = |text: &str| const_hex::decode(text).unwrap();
        let key = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
        let sealed = hex(concat!(
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            "76fc6ece0f4e1768cddf8853bb2d551b"
        ));
        let plain = hex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        );
        let associated = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let nonce = hex("cafebabefacedbaddecaf888");
        assert_eq!(
            open_aes_256_gcm(&key, &nonce, &associated, sealed),
            Some(plain)
        );
    }

    #[test]
    fn opens_nothing_with_anything_else() {
        let sealed = seal_aes_256_gcm(KEY, NONCE, b"of", b"a text".to_vec()).unwrap();
        let open = |key: &[u8], nonce: &[u8], of: &[u8], sealed: &[u8]| {
            open_aes_256_gcm(key, nonce, of, sealed.to_vec())
        };
        assert_eq!(open(KEY, NONCE, b"of", &sealed).unwrap(), b"a text");
        let other: Vec<u8> = KEY.iter().rev().copied().collect();
        for opened in [
            open(&other, NONCE, b"of", &sealed),
            open(&KEY[1..], NONCE, b"of", &sealed),
            open(KEY, b"0123456789aB", b"of", &sealed),
            open(KEY, &NONCE[1..], b"of", &sealed),
            open(KEY, NONCE, b"off", &sealed),
            open(KEY, NONCE, b"of", &sealed[1..]),
            open(KEY, NONCE, b"of", &sealed[..8]),
            open(KEY, NONCE, b"of", b""),
        ] {
            assert_eq!(opened, None);
        }
    }
}
