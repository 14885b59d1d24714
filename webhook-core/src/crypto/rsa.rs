//! RSA public keys of senders, and signatures by PKCS#1 v1.5 with SHA-256.

use std::fmt;

use base64ct::{Base64, Encoding};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use crate::account::KeyPrint;
use crate::outcome::ConfigError;

/// A key that is a `SubjectPublicKeyInfo` in its document, made ready.
#[derive(Clone)]
pub(crate) struct RsaPublicKey(UnparsedPublicKey<Vec<u8>>);

/// More keys than anybody needs, and few enough to try.
const MAX_KEYS: usize = 8;

const BEGIN: &str = "-----BEGIN ";
const LABEL: &str = "PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

/// The keys in PEM documents (RFC 7468), one after the other.
pub(crate) fn rsa_public_keys(documents: &str) -> Result<Vec<RsaPublicKey>, ConfigError> {
    let mut keys = Vec::new();
    for document in documents.split(BEGIN).skip(1) {
        let body = document.strip_prefix(LABEL);
        let body = body.and_then(|body| body.split_once(END));
        let (body, _) = body.ok_or(ConfigError::fixed("this is no `PUBLIC KEY` in PEM"))?;
        let base64: String = body.split_ascii_whitespace().collect();
        let der = Base64::decode_vec(&base64)
            .map_err(|_| ConfigError::fixed("the public key is not base64"))?;
        keys.push(RsaPublicKey::from_spki(&der)?);
    }
    match keys.len() {
        0 => Err(ConfigError::fixed("there is no public key in PEM")),
        1..=MAX_KEYS => Ok(keys),
        _ => Err(ConfigError::fixed("there are too many public keys")),
    }
}

impl RsaPublicKey {
    /// The key of a `SubjectPublicKeyInfo` in DER.
    ///
    /// # Errors
    /// If it is anything else, or no RSA key of 2048 to 8192 bits.
    pub(crate) fn from_spki(der: &[u8]) -> Result<Self, ConfigError> {
        let key = rsa_key(der).ok_or(ConfigError::fixed("this is no RSA public key"))?;
        let bits = modulus_bits(key).ok_or(ConfigError::fixed("this is no RSA public key"))?;
        if !(2048..=8192).contains(&bits) {
            return Err(ConfigError::fixed("an RSA key has from 2048 to 8192 bits"));
        }
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.to_vec());
        Ok(Self(key))
    }

    /// What tells whether another account of this sender has the key. `place` is what a request must fit beside it.
    pub(crate) fn print(&self, place: &[&str]) -> KeyPrint {
        KeyPrint::of(&[place, &[&*Base64::encode_string(self.0.as_ref())]].concat())
    }

    /// Whether this is the signature of the message.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify(message, signature).is_ok()
    }
}

impl fmt::Debug for RsaPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaPublicKey")
    }
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;

/// `rsaEncryption` with its empty parameters (RFC 3279, section 2.3.1).
const RSA_ENCRYPTION: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

/// The `RSAPublicKey` inside of a `SubjectPublicKeyInfo` of exactly this algorithm.
fn rsa_key(der: &[u8]) -> Option<&[u8]> {
    let info = whole(SEQUENCE, der)?;
    let (algorithm, rest) = element(SEQUENCE, info)?;
    let key = whole(BIT_STRING, rest)?.strip_prefix(&[0])?;
    (algorithm == RSA_ENCRYPTION).then_some(key)
}

/// How many bits the modulus of an `RSAPublicKey` has. What else is wrong with it is seen when it is used.
fn modulus_bits(key: &[u8]) -> Option<usize> {
    let (modulus, exponent) = element(INTEGER, whole(SEQUENCE, key)?)?;
    whole(INTEGER, exponent)?;
    let modulus = modulus.strip_prefix(&[0]).unwrap_or(modulus);
    let zeros = usize::try_from(modulus.first()?.leading_zeros()).ok()?;
    Some(modulus.len() * 8 - zeros)
}

/// The content of the one element that this is.
fn whole(tag: u8, der: &[u8]) -> Option<&[u8]> {
    let (content, rest) = element(tag, der)?;
    rest.is_empty().then_some(content)
}

/// The content of the first element, and what stands behind it. Lengths in DER of up to three bytes.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der.strip_prefix(&[tag])? {
        [length @ 0..=0x7f, rest @ ..] => (usize::from(*length), rest),
        [0x81, length @ 0x80..=0xff, rest @ ..] => (usize::from(*length), rest),
        [0x82, high @ 1..=0xff, low, rest @ ..] => {
            (usize::from(*high) * 256 + usize::from(*low), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC_KEY: &str = include_str!("../testing/keys/wise/public-key.pem");

    fn error(documents: &str) -> String {
        rsa_public_keys(documents).unwrap_err().to_string()
    }

    #[test]
    fn keys_are_read_among_other_text_and_line_ends() {
        let windows = PUBLIC_KEY.replace('\n', "\r\n");
        let documents = format!("live:\n{PUBLIC_KEY}\nsandbox:\n{windows}");
        assert_eq!(rsa_public_keys(&documents).unwrap().len(), 2);
        let keys = rsa_public_keys(PUBLIC_KEY.trim()).unwrap();
        assert_eq!(format!("{keys:?}"), "[RsaPublicKey]");
    }

    #[test]
    fn leading_zeros_are_no_bits_of_a_modulus() {
        for (modulus, bits) in [
            (&[0x01][..], Some(1)),
            (&[0x80], Some(8)),
            (&[0x00, 0x80], Some(8)),
            (&[0x01, 0x00], Some(9)),
            (&[0x7f, 0xff], Some(15)),
            (&[], None),
        ] {
            let mut key = vec![INTEGER, modulus.len() as u8];
            key.extend_from_slice(modulus);
            key.extend_from_slice(&[INTEGER, 1, 3]);
            let mut sequence = vec![SEQUENCE, key.len() as u8];
            sequence.extend(key);
            assert_eq!(modulus_bits(&sequence), bits, "{modulus:?}");
        }
    }

    #[test]
    fn other_keys_are_refused() {
        for (document, fault) in [
            (
                include_str!("../testing/keys/wise/public-key-1024.pem"),
                "2048",
            ),
            (
                include_str!("../testing/keys/wise/public-key-p256.pem"),
                "no RSA",
            ),
            (
                include_str!("../testing/keys/wise/private-key.pem"),
                "PUBLIC KEY",
            ),
            ("", "no public key"),
            ("MIIB", "no public key"),
            ("-----BEGIN PUBLIC KEY-----\nMIIB", "PUBLIC KEY"),
            (
                "-----BEGIN PUBLIC KEY-----\n*\n-----END PUBLIC KEY-----",
                "base64",
            ),
            (
                "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
                "no RSA",
            ),
            (
                "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
                "PUBLIC KEY",
            ),
        ] {
            assert!(
                error(document).contains(fault),
                "{document:.40}: {}",
                error(document)
            );
        }
        assert!(error(&PUBLIC_KEY.repeat(9)).contains("too many"));
    }

    #[test]
    fn a_document_that_is_cut_or_longer_is_refused() {
        let base64: String = PUBLIC_KEY
            .lines()
            .filter(|line| !line.starts_with('-'))
            .collect();
        let der = Base64::decode_vec(&base64).unwrap();
        assert!(RsaPublicKey::from_spki(&der).is_ok());
        for end in 0..der.len() {
            assert!(RsaPublicKey::from_spki(&der[..end]).is_err(), "{end}");
        }
        let longer = [&der[..], &[0]].concat();
        assert!(RsaPublicKey::from_spki(&longer).is_err());
    }

    #[test]
    fn lengths_that_are_not_der_are_refused() {
        for der in [
            &[0x30, 0x80][..],
            &[0x30, 0x81, 0x01, 0x00],
            &[0x30, 0x82, 0x00, 0x01, 0x00],
            &[0x30, 0x83, 0x01, 0x00, 0x00],
            &[0x30, 0xff],
            &[0x30, 0x02, 0x00],
            &[0x30],
            &[],
        ] {
            assert_eq!(element(SEQUENCE, der), None, "{der:x?}");
        }
    }
}
