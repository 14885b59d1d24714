//! Signs with RSA, by PKCS#1 v1.5 and SHA-256, or SHA-1.

use std::fmt;
use std::sync::Arc;

use base64ct::{Base64, Encoding};
use num_bigint::BigUint;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;
use sha1::{Digest, Sha1};

use crate::crypto::spki::{INTEGER, SEQUENCE, element};
use crate::outcome::ConfigError;

/// A private key.
#[derive(Clone)]
pub(crate) struct RsaPrivateKey {
    pair: Arc<KeyPair>,
    /// The same in DER (PKCS#8).
    der: Arc<[u8]>,
}

impl RsaPrivateKey {
    /// A key for tests: everybody can sign with it.
    pub(crate) const PEM: &'static str = include_str!("keys/wise/private-key.pem");

    /// Its public half, and that of a stranger.
    pub(crate) const PUBLIC: [&'static str; 2] = [
        include_str!("keys/wise/public-key.pem"),
        include_str!("keys/wise/other-public-key.pem"),
    ];

    /// The key in a `PRIVATE KEY` document in PEM (PKCS#8).
    ///
    /// # Errors
    /// If it is anything else, or no RSA key of 2048 bits or more.
    pub(crate) fn new(private_key: &str) -> Result<Self, ConfigError> {
        const FAULT: ConfigError = ConfigError::fixed("this is no RSA `PRIVATE KEY` in PEM");
        let body = private_key
            .trim()
            .strip_prefix("-----BEGIN PRIVATE KEY-----");
        let body = body.and_then(|body| body.strip_suffix("-----END PRIVATE KEY-----"));
        let base64: String = body.ok_or(FAULT)?.split_ascii_whitespace().collect();
        let der = Base64::decode_vec(&base64).map_err(|_| FAULT)?;
        let pair = KeyPair::from_pkcs8(&der).map_err(|_| FAULT)?;
        Ok(Self {
            pair: Arc::new(pair),
            der: der.into(),
        })
    }

    /// The signature of these bytes, in base64.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<String, ConfigError> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .map_err(|_| ConfigError::fixed("no randomness"))?;
        Ok(Base64::encode_string(&signature))
    }

    /// The same by SHA-1, by which `ring` verifies and does not sign (RFC 8017, section 8.2.1). For tests: it takes a time that tells of the key.
    ///
    /// # Errors
    /// If the key is not as RFC 8017 writes it.
    pub(crate) fn sign_sha1(&self, message: &[u8]) -> Result<String, ConfigError> {
        /// `DigestInfo` up to the hash (section 9.2, note 1).
        const SHA1: [u8; 15] = [
            0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04,
            0x14,
        ];
        let numbers = numbers(&self.der).ok_or(ConfigError::fixed("the key cannot be read"))?;
        let [modulus, exponent] = numbers.map(BigUint::from_bytes_be);
        let len = self.pair.public().modulus_len();
        let hash = Sha1::digest(message);
        let padding = len.saturating_sub(3 + SHA1.len() + hash.len());
        let encoded = [&[0, 1][..], &vec![0xff; padding], &[0], &SHA1, &hash].concat();
        let signature = BigUint::from_bytes_be(&encoded).modpow(&exponent, &modulus);
        let signature = signature.to_bytes_be();
        let zeros = vec![0; len.saturating_sub(signature.len())];
        Ok(Base64::encode_string(&[zeros, signature].concat()))
    }

    /// What of it must never be shown.
    pub(crate) fn secrets() -> Vec<String> {
        let lines = Self::PEM.lines().skip(1).take(20);
        lines.map(str::to_owned).collect()
    }
}

/// Modulus and private exponent of a key (RFC 5958, section 2, and RFC 8017, appendix A.1.2).
fn numbers(der: &[u8]) -> Option<[&[u8]; 2]> {
    const OCTETS: u8 = 0x04;
    let (info, _) = element(SEQUENCE, der)?;
    let (_version, rest) = element(INTEGER, info)?;
    let (_algorithm, rest) = element(SEQUENCE, rest)?;
    let (key, _) = element(OCTETS, rest)?;
    let (key, _) = element(SEQUENCE, key)?;
    let (_version, rest) = element(INTEGER, key)?;
    let (modulus, rest) = element(INTEGER, rest)?;
    let (_public, rest) = element(INTEGER, rest)?;
    let (exponent, _) = element(INTEGER, rest)?;
    Some([modulus, exponent])
}

impl fmt::Debug for RsaPrivateKey {
    /// Its public half.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RsaPrivateKey").field(&self.pair).finish()
    }
}
