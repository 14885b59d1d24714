//! Signs with RSA, by PKCS#1 v1.5 and SHA-256.

use std::sync::Arc;

use base64ct::{Base64, Encoding};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;

use crate::outcome::ConfigError;

/// A private key.
#[derive(Clone, Debug)]
pub(crate) struct RsaPrivateKey(Arc<KeyPair>);

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
        let key = KeyPair::from_pkcs8(&der).map_err(|_| FAULT)?;
        Ok(Self(Arc::new(key)))
    }

    /// The signature of these bytes, in base64.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<String, ConfigError> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .map_err(|_| ConfigError::fixed("no randomness"))?;
        Ok(Base64::encode_string(&signature))
    }

    /// What of it must never be shown.
    pub(crate) fn secrets() -> Vec<String> {
        let lines = Self::PEM.lines().skip(1).take(20);
        lines.map(str::to_owned).collect()
    }
}
