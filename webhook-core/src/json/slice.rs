//! A text while its document is being read.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::document::Document;
use super::text::Text;

/// A text while its document is being read: borrowed from it unless it was written with escapes.
#[derive(Clone, Debug)]
pub(crate) struct Slice<'a>(Cow<'a, str>);

impl Slice<'_> {
    /// The text, sharing the memory of the document that it was read from.
    pub(crate) fn into_text(self, document: &Document) -> Text {
        match self.0 {
            Cow::Borrowed(text) => document.text(text),
            Cow::Owned(text) => Text::from(text),
        }
    }
}

impl Deref for Slice<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// serde's own `Cow` borrows neither inside an `Option` nor without an attribute.
impl<'de: 'a, 'a> Deserialize<'de> for Slice<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Slice<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Slice<'de>, E> {
                Ok(Slice(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Slice<'de>, E> {
                Ok(Slice(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn slices_share_the_memory_of_the_body() {
        let body = Bytes::from_static(br#"["plain","esc\u0061ped"]"#);
        let document = Document::new(&body);
        let [plain, escaped]: [Slice<'_>; 2] = serde_json::from_slice(&body).unwrap();
        let plain = plain.into_text(&document);
        assert_eq!(plain.as_ptr(), body[2..].as_ptr());
        assert_eq!(escaped.into_text(&document), "escaped");
    }
}
