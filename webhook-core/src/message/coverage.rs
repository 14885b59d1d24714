//! What a signature vouches for, and which key made it.

use std::sync::Arc;

/// What a signature vouches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Coverage {
    /// Every byte of the body.
    Body,
    /// A checksum that other bodies have too: a CRC-32, for which whoever holds one genuine signature can make them, or SHA-1, of which
    /// whoever chooses both can make two.
    BodyChecksum,
    /// Every byte of the body, by a plain hash of a secret and the body. Whoever holds one genuine request could hash what is longer:
    /// the body, bytes that are no text, and what they like. A body that is no text (UTF-8) is therefore refused.
    BodyHash,
    /// Some fields. Everything else in the request may have been changed on the way.
    Fields,
    /// Only that the sender knows the shared secret; no part of the request is authenticated.
    SenderOnly,
}

impl Coverage {
    /// Whether nobody but the sender can have written a byte of the body.
    pub(crate) const fn is_whole_body(self) -> bool {
        matches!(self, Self::Body | Self::BodyHash)
    }

    /// A stable word for logs and vector files.
    ///
    /// ```
    /// use webhook_core::Coverage;
    ///
    /// assert_eq!(Coverage::BodyChecksum.as_str(), "body_checksum");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::BodyChecksum => "body_checksum",
            Self::BodyHash => "body_hash",
            Self::Fields => "fields",
            Self::SenderOnly => "sender_only",
        }
    }
}

/// The key that matched: its place in the keyring and its name, if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchedKey {
    index: usize,
    name: Option<Arc<str>>,
}

impl MatchedKey {
    /// The key at this place, of this name.
    #[must_use]
    pub fn new(index: usize, name: Option<Arc<str>>) -> Self {
        Self { index, name }
    }

    /// Its place in the keyring, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// The name it was given.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}
