//! Signed tokens in the compact form of JWS (RFC 7515), read strictly.
//!
//! By hand, because the crate `jsonwebtoken` asks for Rust 1.88 and brings some thirty crates, while this crate is for
//! Rust 1.85, needs few algorithms, and lets no token choose any but those that its sender uses.

use bytes::Bytes;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny};
use serde::{Deserialize, de};

use crate::crypto::algorithm::Algorithm;
use crate::crypto::encoding::decode_base64_url;
use crate::json::decode_owned;
use crate::outcome::{Rejection, malformed};

/// The algorithm that a sender uses. The provider says which; a token that names another one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JwsAlgorithm {
    /// ECDSA with P-256 and SHA-256, the signature as r and s of 32 bytes each (RFC 7518, section 3.4).
    #[cfg(feature = "published-keys")]
    Es256,
    /// RSA PKCS#1 v1.5 with SHA-256.
    #[cfg(feature = "published-keys")]
    Rs256,
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
}

/// Longest token that is looked at. Those of Apple hold two more, each with three certificates.
const MAX_TOKEN: usize = 256 * 1024;

/// Longest header, encoded: three certificates and a little.
const MAX_HEADER: usize = 32 * 1024;

/// A token that is well formed. What it says can only be had by [`verify`](Self::verify).
pub(crate) struct Jws<'t> {
    algorithm: JwsAlgorithm,
    #[cfg_attr(
        not(feature = "published-keys"),
        expect(dead_code, reason = "only published keys have ids")
    )]
    header: Header,
    payload: Bytes,
    /// Header and payload with the dot between, as they were signed.
    signed: &'t str,
    signature: Vec<u8>,
}

impl<'t> Jws<'t> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// `Malformed` unless it has exactly three parts of base64url without padding, a header that names `algorithm` and no
    /// extension that would have to be understood, and a signature of the length that the algorithm has.
    #[cfg(feature = "published-keys")]
    pub(crate) fn parse(token: &'t str, algorithm: JwsAlgorithm) -> Result<Self, Rejection> {
        Self::parse_any(token, &[algorithm])
    }

    /// The same for a sender that uses several algorithms with one secret, all of one family.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub(crate) fn parse_any(
        token: &'t str,
        algorithms: &[JwsAlgorithm],
    ) -> Result<Self, Rejection> {
        if token.len() > MAX_TOKEN {
            return Err(malformed("the token is too long"));
        }
        const PARTS: Rejection = malformed("the token has not three parts");
        let (signed, signature) = token.rsplit_once('.').ok_or(PARTS)?;
        let (header, payload) = signed.split_once('.').ok_or(PARTS)?;
        if payload.contains('.') {
            return Err(PARTS);
        }
        let signature = decode(signature)?;
        let (header, algorithm) = Header::parse(header, algorithms)?;
        if !algorithm.has_length(signature.len()) {
            return Err(malformed("wrong signature length for this algorithm"));
        }
        Ok(Self {
            algorithm,
            header,
            payload: decode(payload)?.into(),
            signed,
            signature,
        })
    }

    /// The one of the sender's algorithms that it names.
    pub(crate) const fn algorithm(&self) -> JwsAlgorithm {
        self.algorithm
    }

    /// The id of the key: short, of letters, digits, `-` and `_` only, because a source may put it into a path.
    #[cfg(feature = "published-keys")]
    pub(crate) fn key_id(&self) -> Result<&str, Rejection> {
        let id = self.header.kid.as_deref();
        let id = id.ok_or(malformed("the token names no key"))?;
        is_key_id(id)
            .then_some(id)
            .ok_or(malformed("the token names no possible key"))
    }

    /// The certificates in the header, as they are encoded there.
    #[cfg(feature = "published-keys")]
    pub(crate) fn certificates(&self) -> &[String] {
        self.header.x5c.as_deref().unwrap_or_default()
    }

    /// The payload of a token that was verified before.
    #[cfg(feature = "published-keys")]
    pub(crate) fn into_unverified(self) -> Bytes {
        self.payload
    }

    /// A payload that nothing is known of yet.
    pub(crate) const fn unverified_payload(&self) -> &Bytes {
        &self.payload
    }

    /// Reads from a payload that nothing is known of yet.
    #[cfg(feature = "published-keys")]
    pub(crate) fn unverified<T: DeserializeOwned>(&self) -> Result<T, Rejection> {
        claims(&self.payload)
    }

    /// The payload with the key that `find` says has made the signature.
    ///
    /// # Errors
    /// What `find` says if there is none.
    pub(crate) fn verify_by<K>(
        self,
        find: impl FnOnce(&[u8], &[u8]) -> Result<K, Rejection>,
    ) -> Result<(K, Bytes), Rejection> {
        let key = find(self.signed.as_bytes(), &self.signature)?;
        Ok((key, self.payload))
    }

    /// The payload, if the signature is that of the key.
    ///
    /// # Errors
    /// `BadSignature` if not.
    #[cfg(feature = "published-keys")]
    pub(crate) fn verify(self, key: impl FnOnce(&[u8], &[u8]) -> bool) -> Result<Bytes, Rejection> {
        if key(self.signed.as_bytes(), &self.signature) {
            Ok(self.payload)
        } else {
            Err(Rejection::new(
                crate::outcome::RejectionKind::BadSignature,
                "the token is not signed by this key",
            ))
        }
    }
}

#[cfg(feature = "published-keys")]
const MAX_KEY_ID: usize = 128;

/// Whether this can be the id of a key.
#[cfg(feature = "published-keys")]
pub(crate) fn is_key_id(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=MAX_KEY_ID).contains(&id.len()) && id.bytes().all(allowed)
}

/// A token by ES512 whose payload is left out, because both sides have it (RFC 7515, appendix F).
#[cfg(feature = "published-keys")]
pub(crate) struct Detached<'t> {
    /// What it says of itself, before anything is proven.
    pub(crate) header: Vec<u8>,
    /// The same as it is signed.
    pub(crate) signed_header: &'t str,
    /// `r` and `s`.
    pub(crate) signature: Vec<u8>,
}

#[cfg(feature = "published-keys")]
impl<'t> Detached<'t> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// `Malformed` unless it has a header, nothing, and a signature of 132 bytes, in base64url without padding, and the header demands no
    /// extension that would have to be understood.
    pub(crate) fn parse(token: &'t str) -> Result<Self, Rejection> {
        #[derive(Deserialize)]
        struct Demands {
            #[serde(default, deserialize_with = "is_present")]
            crit: bool,
        }
        let parts = token.split_once("..");
        let (signed_header, signature) =
            parts.ok_or(malformed("the token has not a header and a signature"))?;
        if signed_header.len() > MAX_HEADER {
            return Err(malformed("the header of the token is too long"));
        }
        let (header, signature) = (decode(signed_header)?, decode(signature)?);
        if signature.len() != 132 {
            return Err(malformed("wrong signature length for this algorithm"));
        }
        let demands: Option<Demands> = object(&header);
        match demands {
            Some(Demands { crit: false }) => Ok(Self {
                header,
                signed_header,
                signature,
            }),
            Some(_) => Err(malformed("the token demands an extension")),
            None => Err(malformed("the header of the token cannot be read")),
        }
    }
}

/// The SHA-512 of what is signed of a token with this header, and with these pieces as its payload: the body is not written once more for
/// it.
#[cfg(feature = "published-keys")]
pub(crate) fn sha512_attached(signed_header: &str, payload: [&[u8]; 2]) -> [u8; 64] {
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    use sha2::{Digest as _, Sha512};

    let mut hash = Sha512::new();
    hash.update(signed_header);
    hash.update(b".");
    // Three bytes are four digits, also where they are of two pieces.
    let mut rest = Vec::new();
    for part in payload.iter().flat_map(|piece| piece.chunks(3 * 256)) {
        rest.extend_from_slice(part);
        let behind = rest.split_off(rest.len() / 3 * 3);
        hash.update(Base64UrlUnpadded::encode_string(&rest));
        rest = behind;
    }
    hash.update(Base64UrlUnpadded::encode_string(&rest));
    hash.finalize().into()
}

/// Reads a payload.
#[cfg(feature = "published-keys")]
pub(crate) fn claims<T: DeserializeOwned>(payload: &[u8]) -> Result<T, Rejection> {
    object(payload).ok_or(malformed("the payload of the token cannot be read"))
}

impl JwsAlgorithm {
    /// Its name in the header of a token.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "published-keys")]
            Self::Es256 => "ES256",
            #[cfg(feature = "published-keys")]
            Self::Rs256 => "RS256",
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
        }
    }

    /// The MAC that it stands for; none for a signature with a private key.
    pub(crate) const fn mac(self) -> Option<Algorithm> {
        match self {
            #[cfg(feature = "published-keys")]
            Self::Es256 | Self::Rs256 => None,
            Self::Hs256 => Some(Algorithm::HmacSha256),
            Self::Hs384 => Some(Algorithm::HmacSha384),
            Self::Hs512 => Some(Algorithm::HmacSha512),
        }
    }

    const fn has_length(self, signature: usize) -> bool {
        match self {
            #[cfg(feature = "published-keys")]
            Self::Es256 => signature == 64,
            // Keys of 2048 to 8192 bits.
            #[cfg(feature = "published-keys")]
            Self::Rs256 => 256 <= signature && signature <= 1024,
            Self::Hs256 => signature == 32,
            Self::Hs384 => signature == 48,
            Self::Hs512 => signature == 64,
        }
    }
}

/// What counts in a header. Keys and addresses of keys in it (`jwk`, `jku`, `x5u`) are the sender's word only and not read.
#[derive(Deserialize)]
#[cfg_attr(
    not(feature = "published-keys"),
    expect(dead_code, reason = "only published keys have ids and certificates")
)]
struct Header {
    alg: String,
    kid: Option<String>,
    x5c: Option<Vec<String>>,
    /// Extensions that must be understood; none is.
    #[serde(default, deserialize_with = "is_present")]
    crit: bool,
}

impl Header {
    /// The header, and which of the algorithms it names.
    fn parse(header: &str, algorithms: &[JwsAlgorithm]) -> Result<(Self, JwsAlgorithm), Rejection> {
        if header.len() > MAX_HEADER {
            return Err(malformed("the header of the token is too long"));
        }
        let header: Option<Self> = object(&decode(header)?);
        let header = header.ok_or(malformed("the header of the token cannot be read"))?;
        let mut named = algorithms.iter().filter(|one| header.alg == one.name());
        let named = named.next();
        let algorithm = *named.ok_or(malformed("the token names another algorithm"))?;
        if header.crit {
            return Err(malformed("the token demands an extension"));
        }
        Ok((header, algorithm))
    }
}

/// Called only where the member stands, whatever its value.
fn is_present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    <IgnoredAny as de::Deserialize>::deserialize(deserializer).map(|_| true)
}

/// Reads a JSON object; members that are read may stand there once only. serde would also take a list for a struct.
pub(crate) fn object<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    if !json.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    decode_owned(json).ok()
}

fn decode(part: &str) -> Result<Vec<u8>, Rejection> {
    decode_base64_url(part).ok_or(malformed(
        "a part of the token is not base64url without padding",
    ))
}

#[cfg(test)]
#[cfg(feature = "published-keys")]
mod tests {
    use serde_json::Value;

    use base64ct::{Base64UrlUnpadded, Encoding};

    use super::*;
    use crate::outcome::RejectionKind;

    const ES256: &str = r#"{"alg":"ES256","kid":"key-1"}"#;

    fn encode(part: impl AsRef<[u8]>) -> String {
        Base64UrlUnpadded::encode_string(part.as_ref())
    }

    /// A token with this header, whatever its signature is worth.
    fn token(header: &str) -> String {
        [encode(header), encode(r#"{"a":1}"#), encode([7; 64])].join(".")
    }

    fn refused(token: &str) -> RejectionKind {
        Jws::parse(token, JwsAlgorithm::Es256).err().unwrap().kind()
    }

    #[test]
    fn gives_the_payload_for_a_signature_that_the_key_accepts() {
        let token = token(ES256);
        let jws = Jws::parse(&token, JwsAlgorithm::Es256).unwrap();
        assert_eq!(jws.key_id(), Ok("key-1"));
        let payload = jws.verify(|signed, signature| {
            assert_eq!(signature, [7; 64]);
            token.as_bytes().starts_with(signed) && !signed.ends_with(b".")
        });
        assert_eq!(payload.unwrap(), r#"{"a":1}"#);
    }

    #[test]
    fn gives_nothing_for_a_signature_that_the_key_refuses() {
        let token = token(ES256);
        let jws = Jws::parse(&token, JwsAlgorithm::Es256).unwrap();
        let rejection = jws.verify(|_, _| false).unwrap_err();
        assert_eq!(rejection.kind(), RejectionKind::BadSignature);
    }

    #[test]
    fn the_token_does_not_choose_the_algorithm() {
        for alg in [
            r#""none""#,
            r#""None""#,
            r#""NONE""#,
            r#""""#,
            r#""HS256""#,
            r#""RS256""#,
            r#""es256""#,
            r#""ES256 ""#,
            r#""ES384""#,
            r#"["ES256"]"#,
            r#"{"ES256":1}"#,
            "null",
            "256",
        ] {
            let header = format!(r#"{{"alg":{alg},"kid":"key-1"}}"#);
            assert_eq!(refused(&token(&header)), RejectionKind::Malformed, "{alg}");
        }
        assert_eq!(
            refused(&token(r#"{"kid":"key-1"}"#)),
            RejectionKind::Malformed
        );
    }

    #[test]
    fn headers_that_can_be_read_in_two_ways_are_refused() {
        for header in [
            r#"{"alg":"ES256","alg":"ES256"}"#,
            r#"{"alg":"none","alg":"ES256"}"#,
            r#"{"alg":"ES256","\u0061lg":"none"}"#,
            r#"{"alg":"ES256","kid":"a","kid":"b"}"#,
            r#"{"alg":"ES256","x5c":[],"x5c":[]}"#,
            r#"{"alg":"ES256","x5c":"MIIB"}"#,
            r#"{"alg":"ES256"} {}"#,
            r#"{"alg":"ES256""#,
            r#"["ES256","key-1",null,false]"#,
            r#""ES256""#,
            "null",
            "",
            "\u{feff}{\"alg\":\"ES256\"}",
        ] {
            assert_eq!(
                refused(&token(header)),
                RejectionKind::Malformed,
                "{header}"
            );
        }
    }

    #[test]
    fn extensions_that_must_be_understood_are_refused() {
        for crit in [
            r#"["b64"]"#,
            "[]",
            "null",
            "false",
            r#""b64""#,
            r#"["exp"],"crit":[]"#,
        ] {
            let header = format!(r#"{{"alg":"ES256","crit":{crit},"b64":false}}"#);
            assert_eq!(refused(&token(&header)), RejectionKind::Malformed, "{crit}");
        }
    }

    #[test]
    fn keys_in_the_header_are_not_read() {
        let header = r#"{"alg":"ES256","kid":"key-1","jwk":{"kty":"EC"},"jku":"https://evil.example","x5u":7}"#;
        let token = token(header);
        let jws = Jws::parse(&token, JwsAlgorithm::Es256).unwrap();
        assert!(jws.certificates().is_empty());
    }

    #[test]
    fn key_ids_are_short_and_plain() {
        let ok = "a".repeat(128);
        for (kid, is_id) in [
            ("f4095d29-5988-4d80-86a5-70b647caaed3", true),
            ("A_z", true),
            (ok.as_str(), true),
            (&format!("{ok}a"), false),
            ("", false),
            (".", false),
            ("../../etc/passwd", false),
            ("/dev/null", false),
            ("https://evil.example/key", false),
            ("a b", false),
            ("a\\u0000", false),
            ("a\\n", false),
            ("é", false),
            ("a?b", false),
            ("a%2e", false),
        ] {
            let token = token(&format!(r#"{{"alg":"ES256","kid":"{kid}"}}"#));
            let jws = Jws::parse(&token, JwsAlgorithm::Es256).unwrap();
            assert_eq!(jws.key_id().is_ok(), is_id, "{kid:?}");
        }
        let nameless = token(r#"{"alg":"ES256"}"#);
        assert!(
            Jws::parse(&nameless, JwsAlgorithm::Es256)
                .unwrap()
                .key_id()
                .is_err()
        );
    }

    #[cfg(feature = "published-keys")]
    #[test]
    fn a_detached_payload_is_hashed_as_if_it_were_there() {
        use sha2::{Digest as _, Sha512};

        let payload: Vec<u8> = (0..4000_u32).map(|byte| byte as u8).collect();
        for length in [0, 1, 2, 3, 4, 767, 768, 769, 1536, 4000] {
            for cut in [0, 1, 2, 3, 700, 768, 3999] {
                let whole = &payload[..length];
                let (before, body) = whole.split_at(cut.min(length));
                let attached = format!("head.{}", Base64UrlUnpadded::encode_string(whole));
                assert_eq!(
                    sha512_attached("head", [before, body]),
                    <[u8; 64]>::from(Sha512::digest(attached)),
                    "{length} {cut}"
                );
            }
        }
    }

    #[test]
    fn a_token_has_three_parts_of_strict_base64url() {
        let good = token(ES256);
        let parts: Vec<&str> = good.split('.').collect();
        let [header, payload, signature] = parts[..] else {
            unreachable!()
        };
        for token in [
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            header.to_owned(),
            format!("{header}.{payload}"),
            format!("{header}.{payload}."),
            format!("{header}..{payload}.{signature}"),
            format!("{good}."),
            format!(".{good}"),
            format!("{good}.{signature}"),
            format!("{header}=.{payload}.{signature}"),
            format!("{header}.{payload}=.{signature}"),
            format!("{header}.{payload}.{signature}=="),
            format!("{header}.{payload}.{signature}\n"),
            format!(" {good}"),
            format!("{header}.{payload}.+{}", &signature[1..]),
            format!("{header}.{payload}./{}", &signature[1..]),
            // The last digit carries bits that must be zero.
            format!("{header}.{payload}.{}x", &signature[..signature.len() - 1]),
            format!("é{}", &good[1..]),
        ] {
            assert_eq!(refused(&token), RejectionKind::Malformed, "{token:?}");
        }
    }

    #[test]
    fn signatures_have_the_length_of_their_algorithm() {
        let with =
            |header: &str, len| [encode(header), encode("{}"), encode(vec![1; len])].join(".");
        // 70 to 72 bytes are usual for DER.
        for (len, fits) in [
            (0, false),
            (63, false),
            (64, true),
            (65, false),
            (70, false),
            (72, false),
        ] {
            let token = with(ES256, len);
            assert_eq!(
                Jws::parse(&token, JwsAlgorithm::Es256).is_ok(),
                fits,
                "{len}"
            );
        }
        let header = r#"{"alg":"RS256"}"#;
        for (len, fits) in [
            (0, false),
            (128, false),
            (256, true),
            (1024, true),
            (1025, false),
        ] {
            let token = with(header, len);
            assert_eq!(
                Jws::parse(&token, JwsAlgorithm::Rs256).is_ok(),
                fits,
                "{len}"
            );
        }
    }

    #[test]
    fn a_token_names_one_of_the_algorithms_that_its_sender_uses() {
        use JwsAlgorithm::{Hs256, Hs384, Hs512};

        let with = |alg: &str, len: usize| {
            let header = format!(r#"{{"alg":"{alg}"}}"#);
            [encode(header), encode("{}"), encode(vec![1; len])].join(".")
        };
        for (alg, len, among, named) in [
            ("HS256", 32, &[Hs256][..], Some(Hs256)),
            ("HS384", 48, &[Hs256, Hs384, Hs512], Some(Hs384)),
            ("HS512", 64, &[Hs256, Hs384, Hs512], Some(Hs512)),
            ("HS512", 64, &[Hs256], None),
            ("HS512", 32, &[Hs256, Hs512], None),
            ("HS256", 31, &[Hs256], None),
            ("hs256", 32, &[Hs256], None),
            ("none", 0, &[Hs256, Hs384, Hs512], None),
            ("RS256", 256, &[Hs256, Hs384, Hs512], None),
            ("HS256", 32, &[], None),
        ] {
            let token = with(alg, len);
            let parsed = Jws::parse_any(&token, among);
            let got = parsed.ok().map(|jws| jws.algorithm());
            assert_eq!(got, named, "{alg} with {len} bytes");
        }
    }

    #[test]
    fn what_is_huge_is_refused() {
        let wide = format!(r#"{{"alg":"ES256","x":"{}"}}"#, "x".repeat(32_768));
        let long = [encode(ES256), "A".repeat(262_144), encode([7; 64])].join(".");
        for token in [token(&wide), long] {
            assert_eq!(refused(&token), RejectionKind::Malformed);
        }
    }

    #[test]
    fn a_header_has_32_kib_at_most() {
        const TOO_LONG: &str = "the header of the token is too long";
        for (len, is_long) in [(32_768, false), (32_769, true)] {
            let token = format!("{}.e30.", "A".repeat(len));
            let parsed = Jws::parse(&token, JwsAlgorithm::Es256);
            assert_eq!(parsed.err().unwrap().reason() == TOO_LONG, is_long, "{len}");
        }
    }

    #[cfg(feature = "published-keys")]
    #[test]
    fn the_id_of_a_key_has_1_to_128_plain_characters() {
        let longest = "a".repeat(128);
        for (id, is_one) in [
            ("aZ-09_", true),
            (&*longest, true),
            (&*format!("{longest}a"), false),
            ("", false),
            ("a/b", false),
            ("a.b", false),
            ("\u{e4}", false),
        ] {
            assert_eq!(is_key_id(id), is_one, "{id}");
        }
    }

    #[test]
    fn a_token_has_256_kib_at_most() {
        let reason = |len| {
            let token = "A".repeat(len);
            let parsed = Jws::parse(&token, JwsAlgorithm::Es256);
            parsed.err().unwrap().reason()
        };
        assert_eq!(reason(262_144), "the token has not three parts");
        assert_eq!(reason(262_145), "the token is too long");
    }

    #[test]
    fn depth_is_no_danger() {
        for place in ["x", "crit", "x5c"] {
            let (open, close) = ("[".repeat(9000), "]".repeat(9000));
            let header = format!(r#"{{"alg":"ES256","{place}":{open}1{close}}}"#);
            let parsed = Jws::parse(&token(&header), JwsAlgorithm::Es256).is_ok();
            assert_eq!(parsed, place == "x", "{place}");
        }
    }

    #[test]
    fn payloads_are_objects_without_doubled_members() {
        #[derive(Deserialize)]
        struct Claims {
            #[serde(rename = "iat")]
            _iat: i64,
        }
        assert!(claims::<Claims>(br#"{"iat":1,"x":{"iat":2}}"#).is_ok());
        for payload in [
            r#"{"iat":1,"iat":1}"#,
            r#"{"iat":"1"}"#,
            r#"{"iat":1.0}"#,
            r#"{"iat":1e3}"#,
            r#"[1]"#,
            r#"{}"#,
            "",
        ] {
            let kind = claims::<Claims>(payload.as_bytes()).err().unwrap().kind();
            assert_eq!(kind, RejectionKind::Malformed, "{payload}");
        }
        assert!(claims::<Value>(b"7").is_err());
    }
}
