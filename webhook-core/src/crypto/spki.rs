//! Public keys as PEM documents.

use base64ct::{Base64, Encoding};

use crate::outcome::ConfigError;

const BEGIN: &str = "-----BEGIN ";
const LABEL: &str = "PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

/// What each of the PEM documents (RFC 7468) holds, one after the other: a `SubjectPublicKeyInfo`.
pub(crate) fn documents(text: &str) -> Result<Vec<Vec<u8>>, ConfigError> {
    let mut keys = Vec::new();
    for document in text.split(BEGIN).skip(1) {
        let body = document.strip_prefix(LABEL);
        let body = body.and_then(|body| body.split_once(END));
        let (body, _) = body.ok_or(ConfigError::fixed("this is no `PUBLIC KEY` in PEM"))?;
        let base64: String = body.split_ascii_whitespace().collect();
        let der = Base64::decode_vec(&base64)
            .map_err(|_| ConfigError::fixed("the public key is not base64"))?;
        keys.push(der);
    }
    match keys.is_empty() {
        true => Err(ConfigError::fixed("there is no public key in PEM")),
        false => Ok(keys),
    }
}

/// The `RSAPublicKey` of 2048 to 8192 bits in a `SubjectPublicKeyInfo`.
pub(crate) fn rsa_key(der: &[u8]) -> Result<&[u8], ConfigError> {
    const NONE: ConfigError = ConfigError::fixed("this is no RSA public key");
    let key = rsa(der).ok_or(NONE)?;
    let bits = modulus_bits(key).ok_or(NONE)?;
    match (2048..=8192).contains(&bits) {
        true => Ok(key),
        false => Err(ConfigError::fixed("an RSA key has from 2048 to 8192 bits")),
    }
}

/// The point of a `SubjectPublicKeyInfo` on a curve: of Ed25519 as RFC 8032 writes it, of the others uncompressed.
pub(crate) fn point(der: &[u8]) -> Option<(Curve, &[u8])> {
    let info = whole(SEQUENCE, der)?;
    let (algorithm, rest) = element(SEQUENCE, info)?;
    let point = whole(BIT_STRING, rest)?.strip_prefix(&[0])?;
    let (curve, length) = match algorithm {
        ED25519 => (Curve::Ed25519, 32),
        P256 => (Curve::P256, 65),
        P384 => (Curve::P384, 97),
        _ => return None,
    };
    (point.len() == length).then_some((curve, point))
}

/// Where a key lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    Ed25519,
    P256,
    P384,
}

/// `id-Ed25519` (RFC 8410, section 3).
const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];

/// `id-ecPublicKey` with the curve `secp256r1` (RFC 5480, section 2.1.1).
const P256: &[u8] = &[
    0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
    0x03, 0x01, 0x07,
];

/// The same with `secp384r1`.
const P384: &[u8] = &[
    0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22,
];

pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;

/// `rsaEncryption` with its empty parameters (RFC 3279, section 2.3.1).
const RSA_ENCRYPTION: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

/// The `RSAPublicKey` inside of a `SubjectPublicKeyInfo` of exactly this algorithm.
fn rsa(der: &[u8]) -> Option<&[u8]> {
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
pub(crate) fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
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
    use rcgen::{KeyPair, PublicKeyData as _};

    use super::*;

    #[test]
    fn the_point_is_that_of_the_key_and_its_curve_that_which_is_named() {
        for (algorithm, curve) in [
            (&rcgen::PKCS_ED25519, Curve::Ed25519),
            (&rcgen::PKCS_ECDSA_P256_SHA256, Curve::P256),
            (&rcgen::PKCS_ECDSA_P384_SHA384, Curve::P384),
        ] {
            let key = KeyPair::generate_for(algorithm).unwrap();
            let der = key.subject_public_key_info();
            assert_eq!(point(&der), Some((curve, key.der_bytes())));
            for end in 0..der.len() {
                assert_eq!(point(&der[..end]), None, "{curve:?} up to {end}");
            }
            assert_eq!(point(&[&der[..], &[0]].concat()), None, "{curve:?}");
        }
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
