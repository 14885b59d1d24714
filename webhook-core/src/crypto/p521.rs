//! Public keys on the curve P-521, which `ring` does not have.

use std::fmt;

use p521::ecdsa::signature::hazmat::PrehashVerifier as _;
use p521::ecdsa::{Signature, VerifyingKey};

/// A public key for ECDSA with P-521 and SHA-512.
#[derive(Clone)]
pub(crate) struct P521Key(VerifyingKey);

impl P521Key {
    /// The key at this point of the curve, if there is such a point.
    pub(crate) fn from_coordinates(x: &[u8; 66], y: &[u8; 66]) -> Option<Self> {
        // 4: neither coordinate is left out (SEC 1, section 2.3.3).
        let point = [&[4], x.as_slice(), y].concat();
        VerifyingKey::from_sec1_bytes(&point).ok().map(Self)
    }

    /// Whether this is a signature of the message with this SHA-512, written as `r` and `s` of 66 bytes each.
    pub(crate) fn verify_sha512(&self, hash: &[u8; 64], signature: &[u8]) -> bool {
        let signature = Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.0.verify_prehash(hash, &signature).is_ok())
    }
}

impl fmt::Debug for P521Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P521Key")
    }
}
