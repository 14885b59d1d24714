//! Public keys as JSON (JWK, RFC 7517 and RFC 7518).

use serde::Deserialize;

use crate::crypto::certificate::{P256Key, RsaKey};
use crate::crypto::encoding::decode_base64_url;
use crate::crypto::jws;
use crate::crypto::p521::P521Key;
use crate::outcome::{Rejection, RejectionKind};

/// The key of a document, if it is one for ES256.
pub(crate) fn p256(document: &[u8]) -> Result<P256Key, Rejection> {
    let jwk: Option<Jwk> = jws::object(document);
    jwk.and_then(|jwk| jwk.p256())
        .ok_or(untrusted("a published key is not one for ES256"))
}

/// The key of a document, if it is one for ES512.
pub(crate) fn p521(document: &[u8]) -> Result<P521Key, Rejection> {
    let jwk: Option<Jwk> = jws::object(document);
    jwk.and_then(|jwk| jwk.p521())
        .ok_or(untrusted("a published key is not one for ES512"))
}

/// The key of a document, if it is one for RS256.
pub(crate) fn rsa(document: &[u8]) -> Result<RsaKey, Rejection> {
    let jwk: Option<Jwk> = jws::object(document);
    jwk.and_then(|jwk| jwk.rsa())
        .ok_or(untrusted("a published key is not one for RS256"))
}

/// The point of a document, if it is a key for Ed25519 (RFC 8037).
pub(crate) fn ed25519(document: &[u8]) -> Result<[u8; 32], Rejection> {
    let jwk: Option<Jwk> = jws::object(document);
    jwk.and_then(|jwk| jwk.ed25519())
        .ok_or(untrusted("a published key is not one for Ed25519"))
}

const fn untrusted(reason: &'static str) -> Rejection {
    Rejection::new(RejectionKind::UntrustedKey, reason)
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl Jwk {
    fn p256(&self) -> Option<P256Key> {
        if !self.is_for("EC", "ES256") || self.crv.as_deref() != Some("P-256") {
            return None;
        }
        let x = decode(self.x.as_deref()?)?.try_into().ok()?;
        let y = decode(self.y.as_deref()?)?.try_into().ok()?;
        Some(P256Key::from_coordinates(&x, &y))
    }

    fn p521(&self) -> Option<P521Key> {
        if !self.is_for("EC", "ES512") || self.crv.as_deref() != Some("P-521") {
            return None;
        }
        let x = decode(self.x.as_deref()?)?.try_into().ok()?;
        let y = decode(self.y.as_deref()?)?.try_into().ok()?;
        P521Key::from_coordinates(&x, &y)
    }

    fn ed25519(&self) -> Option<[u8; 32]> {
        // RFC 9864 has named the algorithm after its curve.
        let fits = self.is_for("OKP", "EdDSA") || self.is_for("OKP", "Ed25519");
        match fits && self.crv.as_deref() == Some("Ed25519") {
            true => decode(self.x.as_deref()?)?.try_into().ok(),
            false => None,
        }
    }

    fn rsa(&self) -> Option<RsaKey> {
        if !self.is_for("RSA", "RS256") {
            return None;
        }
        RsaKey::from_numbers(&decode(self.n.as_deref()?)?, &decode(self.e.as_deref()?)?)
    }

    /// What a key says about itself must fit; it may leave out all but its type.
    fn is_for(&self, kty: &str, alg: &str) -> bool {
        self.kty == kty
            && self.alg.as_deref().is_none_or(|own| own == alg)
            && self.usage.as_deref().is_none_or(|usage| usage == "sig")
    }
}

fn decode(number: &str) -> Option<Vec<u8>> {
    decode_base64_url(number)
}

#[cfg(test)]
mod wycheproof;

#[cfg(test)]
mod tests {
    use base64ct::{Base64UrlUnpadded, Encoding};

    use super::*;

    const EC: &str = r#"{"kty":"EC","crv":"P-256","x":"f25doZUsHTb5YFEAYPdxKrgPr5IS0Ejhcp-WwDfcNR0","y":"fwAHPW18ZmNSDCZ2caNSJWZG7mQ9aztEq8E-KXuWDEE"}"#;

    fn rsa_of(bytes: usize, exponent: &str) -> String {
        let modulus = Base64UrlUnpadded::encode_string(&vec![0xff; bytes]);
        format!(r#"{{"kty":"RSA","n":"{modulus}","e":"{exponent}"}}"#)
    }

    #[test]
    fn keys_need_no_more_than_their_numbers() {
        assert!(p256(EC.as_bytes()).is_ok());
        assert!(rsa(rsa_of(256, "AQAB").as_bytes()).is_ok());
    }

    #[test]
    fn what_a_key_says_about_itself_must_fit() {
        for (from, to) in [
            (r#""EC""#, r#""RSA""#),
            (r#""EC""#, r#""ec""#),
            ("P-256", "P-384"),
            (r#""kty":"EC","#, ""),
            (r#""kty":"EC","#, r#""kty":"EC","kty":"EC","#),
            (r#""kty":"EC","#, r#""kty":"EC","alg":"RS256","#),
            (r#""kty":"EC","#, r#""kty":"EC","use":"enc","#),
            ("f25doZU", "f25doZU="),
            // 31 and 33 bytes.
            ("NR0\"", "NQ\""),
            ("f25doZUs", "AAAAf25doZUs"),
        ] {
            let changed = EC.replace(from, to);
            assert_ne!(changed, EC);
            assert!(p256(changed.as_bytes()).is_err(), "{changed}");
        }
    }

    #[test]
    fn an_ed25519_key_is_a_point_of_32_bytes() {
        const OKP: &str =
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        assert!(ed25519(OKP.as_bytes()).is_ok());
        for (from, to) in [
            ("OKP", "EC"),
            ("Ed25519", "X25519"),
            ("\"kty\"", "\"alg\":\"ES256\",\"kty\""),
            ("\"kty\"", "\"use\":\"enc\",\"kty\""),
            ("URo\"", "\""),
            ("\"x\"", "\"y\""),
        ] {
            let changed = OKP.replace(from, to);
            assert_ne!(changed, OKP);
            assert!(ed25519(changed.as_bytes()).is_err(), "{changed}");
        }
        for alg in ["EdDSA", "Ed25519"] {
            let named = OKP.replace("\"kty\"", &format!("\"alg\":\"{alg}\",\"kty\""));
            assert!(ed25519(named.as_bytes()).is_ok(), "{alg}");
        }
    }

    #[test]
    fn short_and_long_rsa_keys_are_refused() {
        for (bytes, fits) in [
            (0, false),
            (128, false),
            (255, false),
            (256, true),
            (1024, true),
            (1025, false),
        ] {
            assert_eq!(
                rsa(rsa_of(bytes, "AQAB").as_bytes()).is_ok(),
                fits,
                "{bytes}"
            );
        }
    }

    #[test]
    fn the_number_of_a_point_off_the_curve_matches_nothing() {
        let off = EC.replace("NR0\"", "NR1\"").replace("DEE\"", "DEA\"");
        if let Ok(key) = p256(off.as_bytes()) {
            assert!(!key.verify(b"message", &[1; 64]));
        }
    }
}
