//! Signs with a P-521 key for tests: everybody can sign with it.

use base64ct::{Base64UrlUnpadded, Encoding};
use p521::ecdsa::signature::Signer as _;
use p521::ecdsa::{Signature, SigningKey, VerifyingKey};

use crate::outcome::ConfigError;

const UNUSABLE: ConfigError = ConfigError::fixed("this is no P-521 key");

fn key() -> Result<SigningKey, ConfigError> {
    // Below the order of the curve, whose first byte is 1.
    SigningKey::from_slice(&[[0; 33], [0x5a; 33]].concat()).map_err(|_| UNUSABLE)
}

/// The signature of a message, as `r` and `s`.
pub(crate) fn sign(message: &[u8]) -> Result<Vec<u8>, ConfigError> {
    let signature: Signature = key()?.try_sign(message).map_err(|_| UNUSABLE)?;
    Ok(signature.to_bytes().to_vec())
}

/// The public half as a JWK (RFC 7518, section 6.2) of this id.
pub(crate) fn jwk(id: &str) -> Result<String, ConfigError> {
    let point = VerifyingKey::from(&key()?).to_sec1_point(false);
    let point = point.as_bytes();
    let (Some(x), Some(y)) = (point.get(1..67), point.get(67..133)) else {
        return Err(UNUSABLE);
    };
    let [x, y] = [x, y].map(Base64UrlUnpadded::encode_string);
    Ok(format!(
        r#"{{"kty":"EC","crv":"P-521","alg":"ES512","use":"sig","kid":"{id}","x":"{x}","y":"{y}"}}"#
    ))
}
