//! RSA public keys of senders, and signatures by PKCS#1 v1.5: with SHA-256, and with SHA-1 for who has nothing better.

use std::fmt;

use base64ct::{Base64, Encoding};
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};

use crate::account::KeyPrint;
use crate::crypto::spki;
use crate::outcome::ConfigError;

/// A key that is a `SubjectPublicKeyInfo` in its document, made ready.
#[derive(Clone)]
pub(crate) struct RsaPublicKey(UnparsedPublicKey<Vec<u8>>);

/// More keys than anybody needs, and few enough to try.
const MAX_KEYS: usize = 8;

/// The keys in PEM documents (RFC 7468), one after the other.
pub(crate) fn rsa_public_keys(documents: &str) -> Result<Vec<RsaPublicKey>, ConfigError> {
    let keys = spki::documents(documents)?;
    if keys.len() > MAX_KEYS {
        return Err(ConfigError::fixed("there are too many public keys"));
    }
    keys.iter()
        .map(|der| RsaPublicKey::from_spki(der))
        .collect()
}

impl RsaPublicKey {
    /// The key of a `SubjectPublicKeyInfo` in DER.
    ///
    /// # Errors
    /// If it is anything else, or no RSA key of 2048 to 8192 bits.
    pub(crate) fn from_spki(der: &[u8]) -> Result<Self, ConfigError> {
        let key = spki::rsa_key(der)?;
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

    /// The same by SHA-1. Whoever chooses two messages can make both have one signature.
    pub(crate) fn verifies_sha1(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = self.0.as_ref();
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, key);
        key.verify(message, signature).is_ok()
    }
}

impl fmt::Debug for RsaPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaPublicKey")
    }
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
}
