//! What one look into a document finds at a place.

use bytestring::ByteString;

use crate::outcome::DecodeError;

/// What was found at one place.
#[derive(Clone, Debug)]
pub(super) enum Found {
    Nothing,
    Null,
    Once(ByteString),
    /// More than once, with one value: no two readers can disagree about it.
    Again(ByteString),
    /// More than once, with different values.
    Twice,
    /// Something of another type.
    NoText,
}

impl Found {
    pub(super) fn once(self) -> Option<ByteString> {
        match self {
            Self::Once(text) => Some(text),
            Self::Again(_) | Self::Nothing | Self::Null | Self::Twice | Self::NoText => None,
        }
    }

    pub(super) fn value(self) -> Option<ByteString> {
        match self {
            Self::Once(text) | Self::Again(text) => Some(text),
            Self::Nothing | Self::Null | Self::Twice | Self::NoText => None,
        }
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Once(text) | Self::Again(text) => Some(text),
            Self::Nothing | Self::Null | Self::Twice | Self::NoText => None,
        }
    }

    /// Why it cannot be read, if it is there.
    pub(super) fn fault(&self, pointer: &str) -> Option<DecodeError> {
        match self {
            Self::Nothing | Self::Null | Self::Once(_) | Self::Again(_) => None,
            Self::Twice => Some(DecodeError::new(dotted(pointer), "written twice")),
            Self::NoText => Some(DecodeError::new(dotted(pointer), "of another type")),
        }
    }

    /// What stands at a place at which this is written too.
    pub(super) fn and(&self, now: Self) -> Self {
        match (self, now) {
            (Self::Nothing, now) => now,
            (Self::Null, Self::Null) => Self::Null,
            (Self::Once(before) | Self::Again(before), Self::Once(now)) if *before == now => {
                Self::Again(now)
            }
            _ => Self::Twice,
        }
    }
}

/// A pointer as the errors of decoding write places.
pub(crate) fn dotted(pointer: &str) -> String {
    match pointer.trim_start_matches('/') {
        "" => ".".to_owned(),
        pointer => pointer.replace('/', "."),
    }
}
