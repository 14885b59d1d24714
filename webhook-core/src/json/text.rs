//! Texts and JSON values that share the memory of the body they came with.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use bytestring::ByteString;
use serde::de::{Deserialize, Deserializer};

use crate::json::decode::{decode, decode_envelope};
use crate::json::mend::mended;
use crate::outcome::DecodeError;

/// A short text of an event: its id, its kind. Cheap to clone, compares with `str`.
///
/// Usually a slice of the body, which it keeps alive; `to_string()` makes a copy that does not.
///
/// ```
/// use webhook_core::Text;
///
/// let id = Text::from("evt_1");
/// assert_eq!(id, "evt_1");
/// assert!(id.starts_with("evt_"));
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(ByteString);

impl Text {
    /// A text that is part of the program.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        Self(ByteString::from_static(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(ByteString::from(text))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(ByteString::from(text))
    }
}

impl From<ByteString> for Text {
    fn from(text: ByteString) -> Self {
        Self(text)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// The name of a kind of event, as the sender writes it: `invoice.paid`.
///
/// A kind this crate has no constant for keeps its text, so a new kind is never an error.
///
/// ```
/// use webhook_core::EventKind;
///
/// let kind = EventKind::from("invoice.paid");
/// assert_eq!(kind, "invoice.paid");
/// assert!(kind.starts_with("invoice."));
/// match kind.as_str() {
///     "invoice.paid" => {}
///     other => panic!("not expected: {other}"),
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKind(Text);

impl EventKind {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for EventKind {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for EventKind {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for EventKind {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for EventKind {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl From<&str> for EventKind {
    fn from(name: &str) -> Self {
        Self(Text::from(name))
    }
}

impl From<Text> for EventKind {
    fn from(name: Text) -> Self {
        Self(name)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A JSON value just as the sender wrote it, numbers included. Read it as your own type.
///
/// ```
/// use webhook_core::RawJson;
///
/// #[derive(serde::Deserialize)]
/// struct Charge { amount: u64 }
///
/// let json = RawJson::new(r#"{"amount": 1099, "currency": "eur"}"#)?;
/// assert_eq!(json.decode::<Charge>()?.amount, 1099);
/// # Ok::<(), webhook_core::DecodeError>(())
/// ```
#[derive(Clone)]
pub struct RawJson {
    text: Text,
    /// The same with its cut texts mended, once somebody had to ask.
    mended: OnceLock<Option<Box<[u8]>>>,
}

impl RawJson {
    /// A value from its text, for tests of handlers.
    ///
    /// # Errors
    /// If it is not one JSON value.
    pub fn new(json: impl Into<String>) -> Result<Self, DecodeError> {
        let json = json.into();
        decode_envelope::<serde::de::IgnoredAny>(json.as_bytes())?;
        Ok(Self::of(Text::from(json)))
    }

    pub(super) fn of(text: Text) -> Self {
        Self {
            text,
            mended: OnceLock::new(),
        }
    }

    /// The text of the value.
    #[must_use]
    pub fn get(&self) -> &str {
        &self.text
    }

    /// Reads the value as your type. A text in it that was cut in the middle of a character, as in `"caf\ud83d"`, is read
    /// with U+FFFD in that place.
    ///
    /// # Errors
    /// If it is of another shape; the error names the place.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        decode(self.text.as_bytes()).or_else(|error| {
            let mended = || mended(self.text.as_bytes()).map(Vec::into_boxed_slice);
            match self.mended.get_or_init(mended) {
                Some(mended) => decode(mended),
                None => Err(error),
            }
        })
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for RawJson {}

impl fmt::Debug for RawJson {
    /// The length only: a value may hold what must not be logged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawJson({} bytes)", self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_json_keeps_numbers_and_hides_itself() {
        let json = RawJson::new(r#"{"amount":1.10}"#).unwrap();
        assert_eq!(json.get(), r#"{"amount":1.10}"#);
        assert_eq!(format!("{json:?}"), "RawJson(15 bytes)");
        assert!(RawJson::new("{} {}").is_err());
    }

    #[test]
    fn a_kind_is_its_name_in_every_way_of_reading_it() {
        let kind = EventKind::from("invoice.paid");
        for name in [kind.as_str(), AsRef::<str>::as_ref(&kind)] {
            assert_eq!(name, "invoice.paid");
        }
    }
}
