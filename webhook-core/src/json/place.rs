//! What stands at a place, if it can be read.

use bytestring::ByteString;

use super::found::{Found, dotted};
use crate::json::text::Text;
use crate::outcome::DecodeError;

/// One place of a document and what was found there.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(super) pointer: &'static str,
    pub(super) found: Found,
}

impl Place {
    /// A value that does not come from JSON.
    pub(crate) fn of(text: Option<&str>) -> Self {
        Self {
            pointer: "",
            found: text.map_or(Found::Nothing, |text| Found::Once(ByteString::from(text))),
        }
    }

    /// The same, as if it stood at this pointer.
    pub(crate) fn at(pointer: &'static str, text: Option<&str>) -> Self {
        Self {
            pointer,
            ..Self::of(text)
        }
    }

    /// Nothing.
    pub(crate) const fn nothing() -> Self {
        Self {
            pointer: "",
            found: Found::Nothing,
        }
    }

    /// Something that is written twice at this pointer.
    #[cfg(feature = "xml")]
    pub(crate) const fn twice(pointer: &'static str) -> Self {
        Self {
            pointer,
            found: Found::Twice,
        }
    }

    /// Something that is no text at this pointer.
    #[cfg(feature = "xml")]
    pub(crate) const fn no_text(pointer: &'static str) -> Self {
        Self {
            pointer,
            found: Found::NoText,
        }
    }

    /// The same, found by another pointer.
    pub(crate) fn standing_at(self, pointer: &'static str) -> Self {
        Self { pointer, ..self }
    }

    /// Where it stands.
    pub(crate) const fn pointer(&self) -> &'static str {
        self.pointer
    }

    /// This place, or the other one if there is nothing here.
    pub(crate) fn or(self, other: Self) -> Self {
        match self.found {
            Found::Nothing | Found::Null => other,
            Found::Once(_) | Found::Again(_) | Found::Twice | Found::NoText => self,
        }
    }

    /// This place, or the one inside of the object that stands here: senders write some things whole if they are asked to.
    pub(crate) fn or_inside(self, inside: Self) -> Self {
        match self.found {
            Found::NoText if inside.is_there() => inside,
            _ => self,
        }
    }

    /// This place; nothing if an object or an array stands here, as what the merchant gave to the sender may be.
    pub(crate) fn unless_structured(self) -> Self {
        match self.found {
            Found::NoText => Self::nothing(),
            _ => self,
        }
    }

    /// Whether anything but null stands here, readable or not.
    pub(crate) fn is_there(&self) -> bool {
        !matches!(self.found, Found::Nothing | Found::Null)
    }

    /// Whether it is written twice, with different values.
    pub(crate) fn is_ambiguous(&self) -> bool {
        matches!(self.found, Found::Twice)
    }

    /// What stands here; `None` where nothing does.
    ///
    /// # Errors
    /// If it is written twice with different values, or is an object or an array.
    pub(crate) fn get(&self) -> Result<Option<&str>, DecodeError> {
        match self.found.fault(self.pointer) {
            Some(fault) => Err(fault),
            None => Ok(self.found.as_str()),
        }
    }

    /// That it is not written twice, not even with one value.
    pub(crate) fn require_once(&self) -> Result<(), DecodeError> {
        match self.found {
            Found::Again(_) => Err(DecodeError::new(dotted(self.pointer), "written twice")),
            _ => self.get().map(drop),
        }
    }

    /// The same; empty where nothing stands.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) fn str(&self) -> Result<&str, DecodeError> {
        Ok(self.get()?.unwrap_or_default())
    }

    /// The same as a text that shares the memory of the document; `None` where nothing stands, or an empty text.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) fn text(self) -> Result<Option<Text>, DecodeError> {
        self.get()?;
        Ok(self
            .found
            .value()
            .filter(|text| !text.is_empty())
            .map(Text::from))
    }
}
