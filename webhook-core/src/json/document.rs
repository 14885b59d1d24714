//! Reads a document of which parts are kept.

use std::ops::Deref;

use bytes::Bytes;
use bytestring::ByteString;
use serde::Deserialize;

use super::decode::decode;
use super::mend::mended;
use super::reader::{self, Raw};
use super::text::{RawJson, Text};
use crate::outcome::DecodeError;

/// Reads a document as it is, and if that fails because of a text that was cut, once more with that text mended. What
/// `read` makes of it shares the memory of the document that it is given.
///
/// # Errors
/// What `read` says.
pub(crate) fn document<T>(
    body: &Bytes,
    read: impl Fn(&Document) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    read(&Document::new(body)).or_else(|error| match mended(body) {
        Some(mended) => read(&Document::new(&Bytes::from(mended))),
        None => Err(error),
    })
}

/// A document whose parts share its memory. That it is UTF-8 is found out once, and not again for each part.
pub(crate) struct Document(Result<ByteString, Bytes>);

impl Document {
    pub(crate) fn new(bytes: &Bytes) -> Self {
        Self(ByteString::try_from(bytes.clone()).map_err(|_| bytes.clone()))
    }

    /// Reads a type that keeps little of it: by the [quick reader](super::reader), if that can.
    pub(crate) fn envelope<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        let read = self.without_mark().and_then(reader::read_text);
        read.map_or_else(|| decode(self), Ok)
    }

    /// Its text without a byte order mark, if it is UTF-8.
    pub(super) fn without_mark(&self) -> Option<&str> {
        let text: &str = self.0.as_ref().ok()?;
        Some(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// A part of it.
    pub(crate) fn text(&self, part: &str) -> Text {
        self.slice(part)
            .map_or_else(|| Text::from(part), Text::from)
    }

    pub(super) fn slice(&self, part: &str) -> Option<ByteString> {
        match &self.0 {
            Ok(text) => Some(text.slice_ref(part)),
            // What is not UTF-8 stands elsewhere.
            Err(bytes) => ByteString::try_from(bytes.slice_ref(part.as_bytes())).ok(),
        }
    }

    /// A value inside of it.
    pub(crate) fn json(&self, value: Raw<'_>) -> RawJson {
        RawJson::of(self.text(value.get()))
    }

    /// All of it, which has been read as JSON before.
    ///
    /// # Errors
    /// If it is not UTF-8: a reader skips the texts that it does not want without a look at their bytes.
    pub(crate) fn whole(&self) -> Result<RawJson, DecodeError> {
        match self.without_mark() {
            Some(text) => Ok(RawJson::of(self.text(text))),
            None => Err(DecodeError::new(".", "not UTF-8")),
        }
    }
}

impl Deref for Document {
    type Target = Bytes;

    fn deref(&self) -> &Bytes {
        match &self.0 {
            Ok(text) => text.as_bytes(),
            Err(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_once_unless_it_must_be_mended() {
        let tries = |json: &'static str| {
            let tries = std::cell::Cell::new(0);
            let read = document(&Bytes::from_static(json.as_bytes()), |json| {
                tries.set(tries.get() + 1);
                crate::json::decode::<String>(json)
            });
            (read.ok(), tries.get())
        };
        assert_eq!(tries(r#""a""#), (Some("a".to_owned()), 1));
        assert_eq!(tries(r#""a\ud83d""#), (Some("a\u{fffd}".to_owned()), 2));
        assert_eq!(tries(r#""a"#), (None, 1));
    }
}
