//! Where the signed time stands.

use crate::request::Field;
use crate::time::{TimeUnit, Tolerance};

/// Where the signed time stands and how old it may be.
#[derive(Clone, Copy, Debug)]
pub struct Timestamp {
    pub(crate) source: TimeSource,
    pub(crate) unit: TimeUnit,
    pub(crate) tolerance: Option<Tolerance>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum TimeSource {
    None,
    FirstOf(&'static [Field]),
    Header(&'static str),
    Entry(&'static str),
    FirstEntry,
}

impl Timestamp {
    /// The sender signs no time.
    #[must_use]
    pub const fn none() -> Self {
        Self::new(TimeSource::None)
    }

    /// In this header; the name in lower case.
    #[must_use]
    pub const fn header(name: &'static str) -> Self {
        Self::new(TimeSource::Header(name))
    }

    /// In the first of these fields that is present.
    #[must_use]
    pub const fn first_of(fields: &'static [Field]) -> Self {
        Self::new(TimeSource::FirstOf(fields))
    }

    /// In the entry of the signature's value that begins so.
    #[must_use]
    pub const fn entry(prefix: &'static str) -> Self {
        Self::new(TimeSource::Entry(prefix))
    }

    /// In the first entry of the signature's value.
    #[must_use]
    pub const fn first_entry() -> Self {
        Self::new(TimeSource::FirstEntry)
    }

    /// The header that it stands in, if it stands in one.
    pub(crate) const fn header_at(&self) -> Option<&'static str> {
        match self.source {
            TimeSource::Header(name) => Some(name),
            TimeSource::FirstOf([Field::Header(name), ..]) => Some(name),
            _ => None,
        }
    }

    /// Whether the sender has it in the body, and nowhere else.
    #[cfg(feature = "testing")]
    pub(crate) fn is_in_body(&self) -> bool {
        matches!(self.source, TimeSource::FirstOf([first, ..]) if !first.is_in_head())
    }

    const fn new(source: TimeSource) -> Self {
        Self {
            source,
            unit: TimeUnit::Seconds,
            tolerance: None,
        }
    }

    /// How the time is written. Seconds since 1970 if not said otherwise.
    #[must_use]
    pub const fn unit(self, unit: TimeUnit) -> Self {
        Self { unit, ..self }
    }

    /// Accepts timestamps up to this many seconds in the past or in the future. Without a tolerance every timestamp is accepted.
    #[must_use]
    pub const fn tolerance(self, secs: u32) -> Self {
        Self {
            tolerance: Some(Tolerance::secs(secs)),
            ..self
        }
    }
}
