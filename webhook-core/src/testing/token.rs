//! Signs tokens in the compact form of JWS.

use base64ct::{Base64UrlUnpadded, Encoding};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    RsaPublicKeyComponents,
};

use crate::outcome::ConfigError;

/// A token with this header and payload, signed with a P-256 key in PKCS #8.
pub(crate) fn es256(key: &[u8], header: &str, payload: &[u8]) -> Result<String, ConfigError> {
    let key = p256(key)?;
    token(header, payload, |signed| {
        let signature = key.sign(&SystemRandom::new(), signed);
        signature.map(|it| it.as_ref().to_vec()).map_err(|_| FAILED)
    })
}

/// The same with an RSA key in PKCS #8.
pub(crate) fn rs256(key: &[u8], header: &str, payload: &[u8]) -> Result<String, ConfigError> {
    let key = rsa(key)?;
    token(header, payload, |signed| {
        let mut signature = vec![0; key.public().modulus_len()];
        let random = SystemRandom::new();
        key.sign(&RSA_PKCS1_SHA256, &random, signed, &mut signature)
            .map_err(|_| FAILED)?;
        Ok(signature)
    })
}

/// The public half of a P-256 key as a JWK (RFC 7518, section 6.2).
pub(crate) fn p256_jwk(key: &[u8]) -> Result<String, ConfigError> {
    let key = p256(key)?;
    // 4, then the two coordinates.
    let point = key.public_key().as_ref();
    let (Some(x), Some(y)) = (point.get(1..33), point.get(33..65)) else {
        return Err(UNUSABLE);
    };
    let (x, y) = (encode(x), encode(y));
    Ok(format!(
        r#"{{"kty":"EC","crv":"P-256","alg":"ES256","x":"{x}","y":"{y}","expired_at":null}}"#
    ))
}

/// The public half of an RSA key as a JWK (RFC 7518, section 6.3).
pub(crate) fn rsa_jwk(key: &[u8]) -> Result<String, ConfigError> {
    let numbers = RsaPublicKeyComponents::<Vec<u8>>::from(rsa(key)?.public());
    let (modulus, exponent) = (encode(&numbers.n), encode(&numbers.e));
    Ok(format!(
        r#"{{"kty":"RSA","alg":"RS256","n":"{modulus}","e":"{exponent}"}}"#
    ))
}

/// A token with whatever signature.
pub(crate) fn token(
    header: &str,
    payload: &[u8],
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, ConfigError>,
) -> Result<String, ConfigError> {
    let signed = [encode(header.as_bytes()), encode(payload)].join(".");
    let signature = encode(&sign(signed.as_bytes())?);
    Ok([signed, signature].join("."))
}

const UNUSABLE: ConfigError =
    ConfigError::fixed("this is not a private key of its kind in PKCS #8");
const FAILED: ConfigError = ConfigError::fixed("no random numbers to sign with");

fn p256(key: &[u8]) -> Result<EcdsaKeyPair, ConfigError> {
    let random = SystemRandom::new();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key, &random).map_err(|_| UNUSABLE)
}

fn rsa(key: &[u8]) -> Result<RsaKeyPair, ConfigError> {
    RsaKeyPair::from_pkcs8(key).map_err(|_| UNUSABLE)
}

fn encode(part: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(part)
}
