//! What is signed, part by part.

use crate::crypto::Encoding;
use crate::crypto::Hash;
use crate::request::Field;

/// One part of the signed content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// A fixed text.
    Literal(&'static str),
    /// The body as it arrived.
    Body,
    /// A digest of the body, written out; hexadecimal digits in lower case. It vouches for the body as the body itself would.
    BodyDigest(Hash, Encoding),
    /// The time as the sender wrote it. Where no literal stands between digits and what could lend it more, only ten of
    /// seconds or thirteen of milliseconds are accepted.
    Timestamp,
    /// The method.
    Method,
    /// The path, not decoded, without the query: that of the URL as the sender was told it, where that is configured, else that of the
    /// request as it arrived.
    Path,
    /// The whole URL as the sender was told it. Taken from configuration: proxies change what arrives.
    PublicUrl,
    /// What [`SchemeVerifier::setting`](crate::scheme::SchemeVerifier::setting) has set under this name.
    Setting(&'static str),
    /// The secret as it is configured, of the key that is tried. It stands before what comes from the body.
    Secret,
    /// The first of these fields that is present; all absent is a missing signature. A value that holds the literal which
    /// ends it is malformed.
    FirstOf(&'static [Field]),
}

impl Part {
    pub(crate) const fn is_of_body(self) -> bool {
        matches!(self, Self::Body | Self::BodyDigest(..))
    }

    /// What it is, such as `the time`.
    pub(crate) fn in_words(self) -> String {
        match self {
            Self::Literal(text) => format!("`{text}`"),
            Self::Body => "the body".to_owned(),
            Self::BodyDigest(hash, encoding) => {
                let (hash, encoding) = (hash.as_str(), encoding.as_str());
                format!("the {hash} of the body in {encoding}")
            }
            Self::Path => "the path".to_owned(),
            Self::Setting(name) => format!("the setting `{name}`"),
            Self::Secret => "the secret".to_owned(),
            Self::Timestamp => "the time".to_owned(),
            Self::Method => "the method".to_owned(),
            Self::PublicUrl => "the URL that the sender was given".to_owned(),
            Self::FirstOf([field, ..]) => field.in_words(),
            Self::FirstOf([]) => String::new(),
        }
    }
}
