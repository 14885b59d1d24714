//! What is computed, and how a secret becomes its key.

use crate::account::Secret;
use crate::crypto::encoding::Encoding;
use crate::outcome::ConfigError;

/// The cryptographic operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-1: still sound as a MAC, used by older senders.
    HmacSha1,
    /// HMAC with SHA-256.
    HmacSha256,
    /// HMAC with SHA-384.
    HmacSha384,
    /// HMAC with SHA-512.
    HmacSha512,
    /// SHA-256 without a key of its own: what is hashed holds the secret, as [`Part::Secret`](crate::scheme::Part::Secret).
    Sha256,
    /// The same with SHA-512.
    Sha512,
    /// No signature: the sender sends the secret itself. The body is not authenticated.
    Token,
    /// Ed25519; the key is the sender's public key of 32 bytes.
    #[cfg(feature = "asymmetric")]
    Ed25519,
    /// ECDSA on P-256 with SHA-256, signature in DER; the key is a DER `SubjectPublicKeyInfo`.
    #[cfg(feature = "asymmetric")]
    EcdsaP256,
}

impl Algorithm {
    /// Its usual name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha256 => "HMAC-SHA256",
            Self::HmacSha384 => "HMAC-SHA384",
            Self::HmacSha512 => "HMAC-SHA512",
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
            Self::Token => "the secret itself",
            #[cfg(feature = "asymmetric")]
            Self::Ed25519 => "Ed25519",
            #[cfg(feature = "asymmetric")]
            Self::EcdsaP256 => "ECDSA P-256 with SHA-256",
        }
    }
}

/// How the configured secret becomes the key, and by what another thing of the same sender is told from it.
#[derive(Clone, Copy, Debug)]
pub struct KeyFormat {
    pub(crate) encoding: Encoding,
    pub(crate) prefixes: [&'static str; 2],
    pub(crate) list: bool,
    pub(crate) begins: &'static str,
    pub(crate) usual: &'static str,
    pub(crate) never: &'static [&'static str],
    pub(crate) bytes: Option<usize>,
}

impl KeyFormat {
    /// The bytes of the text, whatever it looks like.
    #[must_use]
    pub const fn text() -> Self {
        Self::new(Encoding::Text)
    }

    /// Base64, with or without padding. The last digit may carry bits that are left over.
    #[must_use]
    pub const fn base64() -> Self {
        Self::new(Encoding::Base64)
    }

    /// Hexadecimal digits.
    #[must_use]
    pub const fn hex() -> Self {
        Self::new(Encoding::Hex)
    }

    const fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            prefixes: ["", ""],
            list: false,
            begins: "",
            usual: "",
            never: &[],
            bytes: None,
        }
    }

    /// Takes this prefix off before decoding, if it is there. Twice for one behind the other; no more than that.
    #[must_use]
    pub const fn strip_prefix(self, prefix: &'static str) -> Self {
        let [first, _] = self.prefixes;
        let prefixes = match first.is_empty() {
            true => [prefix, ""],
            false => [first, prefix],
        };
        Self { prefixes, ..self }
    }

    /// One text may be several secrets with `|` between them, as some senders show them while one is replaced.
    #[must_use]
    pub const fn list(self) -> Self {
        Self { list: true, ..self }
    }

    /// Refuses secrets that do not begin so. For senders all of whose secrets do.
    #[must_use]
    pub const fn require_prefix(self, begins: &'static str) -> Self {
        Self { begins, ..self }
    }

    /// The sender's secrets begin so, but any text works as one. Refuses what begins with another word and `_`, as its ids and other keys
    /// do.
    #[must_use]
    pub const fn usual_prefix(self, usual: &'static str) -> Self {
        Self { usual, ..self }
    }

    /// Rejects secrets with one of these prefixes, because they are something else of the same sender, such as an API key.
    #[must_use]
    pub const fn reject_prefixes(self, never: &'static [&'static str]) -> Self {
        Self { never, ..self }
    }

    /// Refuses keys that do not have this many bytes once they are decoded. For senders all of whose keys do.
    #[must_use]
    pub const fn bytes(self, bytes: usize) -> Self {
        Self {
            bytes: Some(bytes),
            ..self
        }
    }
}

impl KeyFormat {
    /// Refuses what can be told from a secret of this sender by its beginning.
    pub(crate) fn require(self, secret: &Secret) -> Result<(), ConfigError> {
        let text = secret.expose();
        let is_other = self.never.iter().any(|prefix| text.starts_with(prefix));
        let can_be = text.starts_with(self.begins)
            && (text.starts_with(self.usual) || !begins_with_word(text));
        if !is_other && can_be {
            return Ok(());
        }
        let what = match is_other {
            true => "this is another key of the sender, such as one of its API",
            false => "this is not a signing secret of the sender",
        };
        let wanted = match [self.begins, self.usual].concat().as_str() {
            "" => String::new(),
            begins => format!(", which begins with `{begins}`"),
        };
        Err(ConfigError::new(format!(
            "{what}: give the signing secret of the webhook{wanted}"
        )))
    }

    /// The secrets in a text that may hold several.
    pub(crate) fn split(self, secret: Secret) -> Result<Vec<Secret>, ConfigError> {
        if !self.list || !secret.expose().contains('|') {
            return Ok(vec![secret]);
        }
        let texts = secret.expose().split('|');
        texts.map(|text| secret.part(text)).collect()
    }
}

impl Algorithm {
    /// Whether the receiver's key is one that everybody may know.
    pub(crate) const fn is_asymmetric(self) -> bool {
        match self {
            #[cfg(feature = "asymmetric")]
            Self::Ed25519 | Self::EcdsaP256 => true,
            _ => false,
        }
    }

    /// Whether it is a hash that has no key.
    pub(crate) const fn is_plain_hash(self) -> bool {
        matches!(self, Self::Sha256 | Self::Sha512)
    }

    /// Whether it is a MAC: the receiver's key can sign too.
    pub(crate) const fn is_mac(self) -> bool {
        !matches!(self, Self::Token) && !self.is_asymmetric() && !self.is_plain_hash()
    }

    /// Whether its codes have more than 32 bytes.
    pub(crate) const fn has_long_codes(self) -> bool {
        match self {
            Self::HmacSha1 | Self::HmacSha256 | Self::Sha256 | Self::Token => false,
            Self::HmacSha384 | Self::HmacSha512 | Self::Sha512 => true,
            #[cfg(feature = "asymmetric")]
            Self::Ed25519 | Self::EcdsaP256 => true,
        }
    }

    /// How many signatures one request may carry. Comparing a MAC costs nothing beside computing it once;
    /// a public key has to be applied to every one.
    pub(crate) const fn max_candidates(self) -> usize {
        match self {
            #[cfg(feature = "asymmetric")]
            Self::Ed25519 | Self::EcdsaP256 => 8,
            _ => 100,
        }
    }
}

/// Whether a word and `_` stand first: `sk_live_…`, `acct_…`. Random texts have digits or none.
fn begins_with_word(text: &str) -> bool {
    let word = text.split_once('_').map_or("", |(word, _)| word);
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What it is, whether its codes are longer than 32 bytes, and how many of them are looked at.
    const KINDS: &[(Algorithm, &str, bool, usize)] = &[
        (Algorithm::HmacSha1, "a MAC", false, 100),
        (Algorithm::HmacSha256, "a MAC", false, 100),
        (Algorithm::HmacSha384, "a MAC", true, 100),
        (Algorithm::HmacSha512, "a MAC", true, 100),
        (Algorithm::Sha256, "a plain hash", false, 100),
        (Algorithm::Sha512, "a plain hash", true, 100),
        (Algorithm::Token, "a token", false, 100),
        #[cfg(feature = "asymmetric")]
        (Algorithm::Ed25519, "asymmetric", true, 8),
        #[cfg(feature = "asymmetric")]
        (Algorithm::EcdsaP256, "asymmetric", true, 8),
    ];

    #[test]
    fn each_algorithm_is_of_one_kind() {
        for (algorithm, kind, is_long, most) in KINDS {
            let is = |name: &str| name == *kind;
            assert_eq!(algorithm.is_mac(), is("a MAC"), "{algorithm:?}");
            assert_eq!(
                algorithm.is_plain_hash(),
                is("a plain hash"),
                "{algorithm:?}"
            );
            assert_eq!(algorithm.is_asymmetric(), is("asymmetric"), "{algorithm:?}");
            assert_eq!(algorithm.has_long_codes(), *is_long, "{algorithm:?}");
            assert_eq!(algorithm.max_candidates(), *most, "{algorithm:?}");
        }
    }
}
