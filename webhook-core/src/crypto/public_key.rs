//! Public keys of senders that sign asymmetrically.

use std::sync::Arc;

use ring::signature::{ECDSA_P256_SHA256_ASN1, ED25519, UnparsedPublicKey, VerificationAlgorithm};

use crate::crypto::algorithm::Algorithm;
use crate::outcome::ConfigError;

/// A public key. Cheap to clone.
#[derive(Clone)]
pub(crate) struct PublicKey(Arc<UnparsedPublicKey<Vec<u8>>>);

impl PublicKey {
    pub(crate) fn new(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, ConfigError> {
        let (algorithm, point): (&'static dyn VerificationAlgorithm, &[u8]) = match algorithm {
            Algorithm::Ed25519 if bytes.len() == 32 => (&ED25519, bytes),
            Algorithm::EcdsaP256 => match bytes.strip_prefix(P256_SPKI) {
                Some(point) if point.len() == 64 => (
                    &ECDSA_P256_SHA256_ASN1,
                    bytes.get(P256_SPKI.len() - 1..).unwrap_or_default(),
                ),
                _ => return Err(ConfigError::new("this is not a P-256 public key in DER")),
            },
            _ => return Err(ConfigError::new("an Ed25519 public key has 32 bytes")),
        };
        Ok(Self(Arc::new(UnparsedPublicKey::new(
            algorithm,
            point.to_vec(),
        ))))
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify(message, signature).is_ok()
    }
}

/// What stands before the coordinates in a `SubjectPublicKeyInfo` of an uncompressed P-256 point (RFC 5480);
/// the last byte, 4, belongs to the point.
const P256_SPKI: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];
