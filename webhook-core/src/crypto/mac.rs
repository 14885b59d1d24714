//! Keys made ready, and the running MAC.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::account::Secret;
use crate::crypto::algorithm::{Algorithm, KeyFormat};
use crate::crypto::encoding::{Encoding, loose_base64};
use crate::crypto::tag::{Tag, same_slices};
use crate::outcome::ConfigError;

/// A key, with everything about it computed that does not depend on a request.
#[derive(Clone)]
pub(crate) enum PreparedKey {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
    /// A hash without a key: the secret is a part of what is hashed.
    PlainSha256,
    PlainSha512,
    /// The secret's digest: comparing digests tells nothing of the secret's length either.
    Token([u8; 32]),
    #[cfg(feature = "asymmetric")]
    Public(crate::crypto::public_key::PublicKey),
}

impl PreparedKey {
    pub(crate) fn new(
        algorithm: Algorithm,
        format: KeyFormat,
        secret: &Secret,
    ) -> Result<Self, ConfigError> {
        const NEVER: ConfigError = ConfigError::fixed("an HMAC takes keys of any length");
        if algorithm != Algorithm::Token {
            require_no_header(secret)?;
        }
        let bytes = key_bytes(format, secret)?;
        Ok(match algorithm {
            Algorithm::HmacSha1 => Self::Sha1(Hmac::new_from_slice(&bytes).map_err(|_| NEVER)?),
            Algorithm::HmacSha256 => Self::Sha256(Hmac::new_from_slice(&bytes).map_err(|_| NEVER)?),
            Algorithm::HmacSha384 => Self::Sha384(Hmac::new_from_slice(&bytes).map_err(|_| NEVER)?),
            Algorithm::HmacSha512 => Self::Sha512(Hmac::new_from_slice(&bytes).map_err(|_| NEVER)?),
            Algorithm::Sha256 => Self::PlainSha256,
            Algorithm::Sha512 => Self::PlainSha512,
            Algorithm::Token => Self::Token(Sha256::digest(&*bytes).into()),
            #[cfg(feature = "asymmetric")]
            Algorithm::Ed25519 | Algorithm::EcdsaP256 => Self::Public(
                crate::crypto::public_key::PublicKey::new(algorithm, &bytes)?,
            ),
        })
    }

    /// A computation that has seen nothing yet.
    pub(crate) fn start(&self) -> Running {
        #[cfg(feature = "testing")]
        crate::testing::count_mac();
        match self {
            Self::Sha1(mac) => Running::Sha1(mac.clone()),
            Self::Sha256(mac) => Running::Sha256(mac.clone()),
            Self::Sha384(mac) => Running::Sha384(mac.clone()),
            Self::Sha512(mac) => Running::Sha512(mac.clone()),
            Self::PlainSha256 => Running::PlainSha256(Sha256::new()),
            Self::PlainSha512 => Running::PlainSha512(Sha512::new()),
            Self::Token(digest) => Running::Token(*digest),
            #[cfg(feature = "asymmetric")]
            Self::Public(key) => Running::Public(key.clone(), Vec::new()),
        }
    }

    /// Whether one of the candidates is right for a text that is there whole, in pieces.
    pub(crate) fn matches<'a>(
        &self,
        pieces: impl IntoIterator<Item = &'a [u8]>,
        candidates: &Candidates,
    ) -> bool {
        #[cfg(feature = "asymmetric")]
        if matches!(self, Self::Public(_)) {
            let mut running = self.start();
            pieces.into_iter().for_each(|piece| running.update(piece));
            return running.matches(candidates);
        }
        let code = self.code_of(pieces);
        code.is_some_and(|code| candidates.hold(&code))
    }

    /// Whether one of the codes is that of a text. Looks at every one, whatever the others were.
    pub(crate) fn made_one_of(&self, codes: &[Given], text: &[u8]) -> bool {
        let code = self.code_of([text]);
        code.is_some_and(|code| is_among(&code, codes))
    }

    /// The MAC of a text, written out; `None` for keys that cannot make one.
    pub(crate) fn written_code_of(&self, text: &[u8], encoding: Encoding) -> Option<String> {
        self.code_of([text])
            .map(|code| encoding.encode(code.bytes()))
    }

    /// The MAC of a text, to be compared.
    pub(crate) fn tag_of(&self, text: &[u8]) -> Tag {
        let code = self.code_of([text]);
        code.map_or(Tag::none(), |code| Tag::from_code(code.bytes()))
    }

    /// The MAC of a text in pieces; `None` for keys that cannot make one.
    pub(crate) fn code_of<'a>(&self, pieces: impl IntoIterator<Item = &'a [u8]>) -> Option<Code> {
        #[cfg(feature = "testing")]
        crate::testing::count_mac();
        Some(match self {
            Self::Sha1(mac) => code_by(mac, pieces),
            Self::Sha256(mac) => code_by(mac, pieces),
            Self::Sha384(mac) => code_by(mac, pieces),
            Self::Sha512(mac) => code_by(mac, pieces),
            Self::PlainSha256 => hashed(Sha256::new(), pieces),
            Self::PlainSha512 => hashed(Sha512::new(), pieces),
            Self::Token(digest) => Code::new(digest),
            #[cfg(feature = "asymmetric")]
            Self::Public(_) => return None,
        })
    }
}

fn code_by<'a>(mac: &(impl Mac + Clone), pieces: impl IntoIterator<Item = &'a [u8]>) -> Code {
    let mut mac = mac.clone();
    // A chain of pieces is quicker gone through so than in a `for`.
    pieces.into_iter().for_each(|piece| mac.update(piece));
    Code::new(&mac.finalize().into_bytes())
}

fn hashed<'a>(mut hash: impl Digest, pieces: impl IntoIterator<Item = &'a [u8]>) -> Code {
    for piece in pieces {
        hash.update(piece);
    }
    Code::new(&hash.finalize())
}

/// The secret's bytes as the scheme reads them.
pub(crate) fn key_bytes(
    format: KeyFormat,
    secret: &Secret,
) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    format.require(secret)?;
    let strip = |text, prefix| str::strip_prefix(text, prefix).unwrap_or(text);
    let text = format.prefixes.into_iter().fold(secret.expose(), strip);
    let bytes = Zeroizing::new(match format.encoding {
        Encoding::Text => text.as_bytes().to_vec(),
        Encoding::Hex => const_hex::decode(text)
            .map_err(|_| ConfigError::fixed("the secret is not hexadecimal"))?,
        Encoding::Base64 => {
            loose_base64(text).ok_or(ConfigError::fixed("the secret is not base64"))?
        }
        // `KeyFormat` makes none of these.
        encoding @ (Encoding::Base64Url | Encoding::HexInBase64) => {
            encoding.decode(text.as_bytes())
        }
    });
    if bytes.is_empty() {
        return Err(ConfigError::fixed("a secret is empty"));
    }
    match format.bytes {
        Some(wanted) if wanted != bytes.len() => Err(ConfigError::new(format!(
            "a key has {} bytes and not the {wanted} of every key of this sender: copy the whole one",
            bytes.len()
        ))),
        Some(_) => Ok(bytes),
        None => secret.require_length(bytes.len()).map(|()| bytes),
    }
}

/// Refuses what belongs into another header, and keys that are no shared secrets.
pub(crate) fn require_no_header(secret: &Secret) -> Result<(), ConfigError> {
    let text = secret.expose();
    let begins = |word: &str| {
        let start = text.get(..word.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    if begins("Bearer ") || begins("Basic ") {
        return Err(ConfigError::fixed(
            "a secret begins with `Bearer ` or `Basic `: it is the value of a header; give the webhook's signing secret",
        ));
    }
    if text.starts_with("-----BEGIN") {
        return Err(ConfigError::fixed(
            "a secret is a key or a certificate in PEM: give the webhook's signing secret",
        ));
    }
    Ok(())
}

/// Takes the signed content piece by piece.
#[derive(Clone)]
pub(crate) enum Running {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
    PlainSha256(Sha256),
    PlainSha512(Sha512),
    Token([u8; 32]),
    #[cfg(feature = "asymmetric")]
    Public(crate::crypto::public_key::PublicKey, Vec<u8>),
}

impl Running {
    #[inline]
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(mac) => mac.update(bytes),
            Self::Sha256(mac) => mac.update(bytes),
            Self::Sha384(mac) => mac.update(bytes),
            Self::Sha512(mac) => mac.update(bytes),
            Self::PlainSha256(hash) => Digest::update(hash, bytes),
            Self::PlainSha512(hash) => Digest::update(hash, bytes),
            Self::Token(_) => {}
            #[cfg(feature = "asymmetric")]
            Self::Public(_, message) => message.extend_from_slice(bytes),
        }
    }

    /// Whether one of the candidates is right. Looks at every one, whatever the others were.
    pub(crate) fn matches(self, candidates: &Candidates) -> bool {
        let code = match self {
            Self::Sha1(mac) => Code::new(&mac.finalize().into_bytes()),
            Self::Sha256(mac) => Code::new(&mac.finalize().into_bytes()),
            Self::Sha384(mac) => Code::new(&mac.finalize().into_bytes()),
            Self::Sha512(mac) => Code::new(&mac.finalize().into_bytes()),
            Self::PlainSha256(hash) => Code::new(&hash.finalize()),
            Self::PlainSha512(hash) => Code::new(&hash.finalize()),
            Self::Token(digest) => Code::new(&digest),
            #[cfg(feature = "asymmetric")]
            Self::Public(key, message) => {
                return candidates.as_slice().iter().fold(false, |hit, given| {
                    key.verifies(&message, given.bytes()) | hit
                });
            }
        };
        candidates.hold(&code)
    }
}

/// Takes as long for a code of another length, and for an entry that could not be decoded: that has length 0, so it never
/// matches.
#[inline]
fn same(computed: &Code, given: &Given) -> Choice {
    let bytes = given.room().get(..computed.len).unwrap_or_default();
    same_slices(computed.bytes(), bytes) & computed.len.ct_eq(&given.bytes().len())
}

/// Whether the code is among these. Looks at every one, whatever the others were.
#[inline]
fn is_among(computed: &Code, given: &[Given]) -> bool {
    let compare = |hits, given| hits | same(computed, given).unwrap_u8();
    Choice::from(given.iter().fold(0, compare)).into()
}

/// Whether two texts are equal, in a time that tells nothing about either.
pub(crate) fn same_text(ours: &str, given: &str) -> bool {
    let ours = Code::new(&Sha256::digest(ours.as_bytes()));
    same_slices(ours.bytes(), &Sha256::digest(given.as_bytes())).into()
}

/// Longest code that is computed: HMAC-SHA512.
const MAX_CODE: usize = 64;

/// A MAC, or a hash over a secret, as it was computed.
#[derive(Clone)]
pub(crate) struct Code {
    bytes: [u8; MAX_CODE],
    len: usize,
}

impl Code {
    fn new(code: &[u8]) -> Self {
        let mut bytes = [0; MAX_CODE];
        let len = code.len().min(MAX_CODE);
        if let (Some(to), Some(from)) = (bytes.get_mut(..len), code.get(..len)) {
            to.copy_from_slice(from);
        }
        Self { bytes, len }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// The length of what senders write most: HMAC-SHA256.
const SHORT_CODE: usize = 32;

/// Longest code that is written: a P-256 signature in DER.
const MAX_GIVEN: usize = 72;

/// What a sender wrote, decoded. It moves with the check of a request, so that what is longer than most stands elsewhere.
#[derive(Clone)]
pub(crate) enum Given {
    Short {
        bytes: [u8; SHORT_CODE],
        len: u8,
    },
    Long {
        bytes: Box<[u8; MAX_GIVEN]>,
        len: u8,
    },
}

impl Given {
    /// What stands in this text; of length 0 if it is not a code of this algorithm. Where it stands is a matter of the algorithm, as
    /// long as there is room, so that time tells nothing of what was written.
    pub(crate) fn decode(algorithm: Algorithm, encoding: Encoding, text: &[u8]) -> Self {
        if algorithm == Algorithm::Token {
            return Self::new(false, &Sha256::digest(text));
        }
        let mut bytes = [0; MAX_GIVEN];
        let len = encoding.decode_into(text, &mut bytes);
        let given = len.and_then(|len| bytes.get(..len)).unwrap_or_default();
        Self::new(algorithm.has_long_codes(), given)
    }

    /// The same of a code that was computed.
    pub(crate) fn of(code: &Code) -> Self {
        Self::new(code.len > SHORT_CODE, code.bytes())
    }

    fn new(is_long: bool, given: &[u8]) -> Self {
        let len = u8::try_from(given.len()).unwrap_or_default();
        let mut bytes = [0; SHORT_CODE];
        match bytes.get_mut(..given.len()) {
            Some(to) if !is_long => {
                to.copy_from_slice(given);
                Self::Short { bytes, len }
            }
            _ => {
                let mut bytes = Box::new([0; MAX_GIVEN]);
                if let Some(to) = bytes.get_mut(..given.len()) {
                    to.copy_from_slice(given);
                }
                Self::Long { bytes, len }
            }
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        let (Self::Short { len, .. } | Self::Long { len, .. }) = self;
        self.room().get(..usize::from(*len)).unwrap_or_default()
    }

    /// With the zeros behind it.
    fn room(&self) -> &[u8] {
        match self {
            Self::Short { bytes, .. } => bytes,
            Self::Long { bytes, .. } => &**bytes,
        }
    }
}

/// The signatures that a request carries. One that is short needs no allocation.
#[derive(Clone, Default)]
pub(crate) enum Candidates {
    #[default]
    None,
    One(Given),
    More(Vec<Given>),
}

impl Candidates {
    #[inline]
    pub(crate) fn push(&mut self, given: Given) {
        match self {
            Self::None => *self = Self::One(given),
            Self::One(_) => {
                if let Self::One(first) = std::mem::take(self) {
                    *self = Self::More(vec![first, given]);
                }
            }
            Self::More(all) => all.push(given),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether the code is among them. Looks at every one, whatever the others were.
    #[inline]
    fn hold(&self, code: &Code) -> bool {
        is_among(code, self.as_slice())
    }

    fn as_slice(&self) -> &[Given] {
        match self {
            Self::None => &[],
            Self::One(given) => std::slice::from_ref(given),
            Self::More(all) => all,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::tag::counting;

    const SHA256: Algorithm = Algorithm::HmacSha256;

    fn key() -> PreparedKey {
        let secret = Secret::new("It's a Secret to Everybody").unwrap();
        PreparedKey::new(SHA256, KeyFormat::text(), &secret).unwrap()
    }

    fn matches(encoding: Encoding, text: &[u8]) -> bool {
        let mut running = key().start();
        running.update(b"Hello, ");
        running.update(b"World!");
        let mut candidates = Candidates::default();
        candidates.push(Given::decode(SHA256, encoding, text));
        running.matches(&candidates)
    }

    /// GitHub, "Validating webhook deliveries".
    const HEX: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[test]
    fn accepts_the_code_in_either_case() {
        assert!(matches(Encoding::Hex, HEX.as_bytes()));
        assert!(matches(Encoding::Hex, HEX.to_uppercase().as_bytes()));
    }

    #[test]
    fn no_prefix_and_no_extension_of_the_code_matches() {
        for len in 0..HEX.len() {
            assert!(!matches(Encoding::Hex, HEX[..len].as_bytes()), "{len}");
        }
        for tail in ["0", "00", " ", "\n"] {
            assert!(!matches(Encoding::Hex, format!("{HEX}{tail}").as_bytes()));
        }
        let base64 = base64_of(&const_hex::decode(HEX).unwrap());
        assert!(matches(Encoding::Base64, base64.as_bytes()));
        for len in 0..base64.len() {
            assert!(
                !matches(Encoding::Base64, base64[..len].as_bytes()),
                "{len}"
            );
        }
    }

    fn base64_of(bytes: &[u8]) -> String {
        use base64ct::{Base64, Encoding as _};
        Base64::encode_string(bytes)
    }

    #[test]
    fn only_canonical_encodings_decode() {
        let base64 = base64_of(&const_hex::decode(HEX).unwrap());
        // The last digit before the padding carries two bits that must be zero.
        let loose = base64
            .replace("Fw==", "F0==")
            .replace("Fw=", "Fx=")
            .replace("hc=", "hd=");
        assert_ne!(loose, base64);
        for text in [
            format!("0x{HEX}"),
            format!("0x{}", &HEX[2..]),
            format!("0X{}", &HEX[2..]),
            format!("+{}", &HEX[1..]),
            format!("{} {}", &HEX[..31], &HEX[32..]),
            format!("é{}", &HEX[2..]),
        ] {
            assert!(!matches(Encoding::Hex, text.as_bytes()), "{text}");
        }
        for text in [
            loose,
            base64.trim_end_matches('=').to_owned(),
            format!("{base64}="),
            format!("{base64}\n"),
            base64.replace('+', "-").replace('/', "_") + " ",
            HEX.to_owned(),
        ] {
            assert!(!matches(Encoding::Base64, text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn keys_that_cannot_be_read_are_refused() {
        let make = |format, text: &str| {
            Secret::new(text).is_ok_and(|key| PreparedKey::new(SHA256, format, &key).is_ok())
        };
        let whsec = KeyFormat::base64().strip_prefix("whsec_");
        assert!(make(whsec, "whsec_d2hvIGtub3dz"));
        assert!(make(whsec, "d2hvIGtub3dz"));
        assert!(make(whsec, "whsec_d2hvIGtub3c="));
        assert!(make(whsec, "whsec_d2hvIGtub3c"));
        assert!(!make(whsec, "whsec_d2hvIGtu"));
        assert!(!make(KeyFormat::base64().strip_prefix("key_"), "key_"));
        assert!(!make(whsec, "whsec_*"));
        assert!(!make(KeyFormat::hex(), "abc"));
        assert!(!make(KeyFormat::hex(), "0x"));
        assert!(!make(KeyFormat::hex(), "01020304050607"));
        assert!(make(KeyFormat::hex(), "0102030405060708"));
        assert!(!make(KeyFormat::hex().bytes(9), "0102030405060708"));
        assert!(make(KeyFormat::hex().bytes(8), "0102030405060708"));
        let short = Secret::dangerously_short("0102").unwrap();
        assert!(PreparedKey::new(SHA256, KeyFormat::hex(), &short).is_ok());
    }

    #[test]
    fn bits_that_belong_to_no_byte_do_not_count() {
        for (text, wanted) in [
            ("TWE=", Some("Ma")),
            ("TWF=", Some("Ma")),
            ("TWF", Some("Ma")),
            ("TWG=", Some("Ma")),
            ("TQ==", Some("M")),
            ("Tf==", Some("M")),
            ("Tf", Some("M")),
            ("TWFu", Some("Man")),
            ("TWFuT", None),
            ("TWF==", None),
            ("Tf=", None),
            ("TWFu=", None),
            ("TWFu====", None),
            ("TW_u", None),
            ("T*==", None),
            ("TWF=TWF=", None),
        ] {
            let decoded = loose_base64(text);
            assert_eq!(decoded.as_deref(), wanted.map(str::as_bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_signing_secret_is_told_by_its_beginning() {
        let error = |format, text: &str| {
            let made = PreparedKey::new(SHA256, format, &Secret::new(text).unwrap());
            made.err().map_or(String::new(), |error| error.to_string())
        };
        let format = KeyFormat::text()
            .require_prefix("whsec_")
            .reject_prefixes(&["sk_", "whsec_sk_"]);
        assert_eq!(error(format, "whsec_4f1c2a9b7d3e8f60"), "");
        for (text, wanted) in [
            ("sk_live_4f1c2a9b", "another key of the sender"),
            ("whsec_sk_4f1c2a9b", "another key of the sender"),
            ("we_4f1c2a9b7d3e8f60", "not a signing secret"),
            ("Bearer whsec_4f1c2a9b", "`Bearer `"),
            ("bearer whsec_4f1c2a9b", "`Bearer `"),
            ("-----BEGIN PUBLIC KEY-----", "PEM"),
        ] {
            let error = error(format, text);
            assert!(error.contains(wanted), "{text}: {error}");
        }
        assert!(error(format, "sk_live_4f1c2a9b").ends_with("begins with `whsec_`"));
        let format = KeyFormat::text().usual_prefix("whsec_");
        for text in [
            "whsec_4f1c2a9b7d3e8f60",
            "z6iiT4lvlcONdH6uflpr",
            "a1_4f1c2a9b7d3e8f60",
            "_4f1c2a9b7d3e8f60",
            "4f1c2a9b_sk_7d3e8f60",
        ] {
            assert_eq!(error(format, text), "");
        }
        for text in [
            "sk_live_4f1c2a9b",
            "we_4f1c2a9b7d3e8f60",
            "WHSEC_4f1c2a9b7d3e8f60",
        ] {
            let error = error(format, text);
            assert!(error.ends_with("begins with `whsec_`"), "{text}: {error}");
        }
        let token = Secret::new("Bearer 4f1c2a9b").unwrap();
        assert!(PreparedKey::new(Algorithm::Token, KeyFormat::text(), &token).is_ok());
    }

    #[test]
    fn one_text_may_hold_several_secrets() {
        let split = |format: KeyFormat, text: &str| {
            let secrets = format.split(Secret::new(text).unwrap());
            secrets.map(|all| {
                all.iter()
                    .map(|one| one.expose().to_owned())
                    .collect::<Vec<_>>()
            })
        };
        let (list, one) = (KeyFormat::base64().list(), KeyFormat::text());
        assert_eq!(
            split(list, "d2hvIGtu|b3dzIGl0").unwrap(),
            ["d2hvIGtu", "b3dzIGl0"]
        );
        assert_eq!(
            split(one, "d2hvIGtu|b3dzIGl0").unwrap(),
            ["d2hvIGtu|b3dzIGl0"]
        );
        for text in [
            "d2hvIGtu|",
            "|d2hvIGtu",
            "d2hvIGtu||b3dzIGl0",
            "d2hvIGtu| b3dzIGl0",
            "d2hvIGtu|b3d",
        ] {
            assert!(split(list, text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_signature_is_compared_whichever_is_right() {
        for right in 0..=4 {
            let mut candidates = Candidates::default();
            for place in 0..4 {
                let text = if place == right { HEX } else { "00" };
                candidates.push(Given::decode(SHA256, Encoding::Hex, text.as_bytes()));
            }
            let mut running = key().start();
            running.update(b"Hello, World!");
            let compared = counting(|| running.matches(&candidates));
            assert_eq!(compared, (right < 4, 4), "{right}");
        }
    }

    #[test]
    fn a_text_is_compared_with_every_code_whichever_is_right() {
        for right in 0..=3 {
            let code = |place| {
                let text = if place == right { HEX } else { "00" };
                Given::decode(SHA256, Encoding::Hex, text.as_bytes())
            };
            let codes = [0, 1, 2].map(code);
            let compared = counting(|| key().made_one_of(&codes, b"Hello, World!"));
            assert_eq!(compared, (right < 3, 3), "{right}");
        }
        assert!(!key().made_one_of(&[], b"Hello, World!"));
    }

    #[test]
    fn the_right_code_may_come_twice() {
        let code = || Given::decode(SHA256, Encoding::Hex, HEX.as_bytes());
        let mut candidates = Candidates::default();
        candidates.push(code());
        candidates.push(code());
        assert!(key().matches([&b"Hello, World!"[..]].into_iter(), &candidates));
    }

    /// RFC 8032, section 7.1, test 3.
    #[cfg(feature = "asymmetric")]
    #[test]
    fn a_right_signature_may_come_twice_and_beside_wrong_ones() {
        let public = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";
        let right = "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
                     18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a";
        let secret = Secret::new(public).unwrap();
        let key = PreparedKey::new(Algorithm::Ed25519, KeyFormat::hex(), &secret).unwrap();
        for (codes, fits) in [
            (&[right, right][..], true),
            (&["00", right], true),
            (&[right, "00"], true),
            (&["00", "00"], false),
            (&[], false),
        ] {
            let mut candidates = Candidates::default();
            for code in codes {
                let code = Given::decode(Algorithm::Ed25519, Encoding::Hex, code.as_bytes());
                candidates.push(code);
            }
            let mut running = key.start();
            running.update(&[0xaf]);
            running.update(&[0x82]);
            assert_eq!(running.matches(&candidates), fits, "{codes:?}");
            let pieces = [&[0xaf][..], &[0x82]];
            assert_eq!(
                key.matches(pieces.into_iter(), &candidates),
                fits,
                "{codes:?}"
            );
        }
    }

    #[test]
    fn texts_are_compared_whole() {
        assert!(same_text("token", "token"));
        for other in ["", "toke", "tokens", "Token"] {
            assert!(!same_text("token", other));
        }
    }
}
