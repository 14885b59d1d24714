//! How a sender writes times.

use crate::time::{TimeUnit, UnixTime};

/// How a sender writes times.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ReadTime {
    In(TimeUnit),
    By(fn(&str) -> Option<UnixTime>),
}

impl ReadTime {
    /// The time; `None` where it is written otherwise.
    pub(crate) fn read(self, text: &str) -> Option<UnixTime> {
        match self {
            Self::In(unit) => unit.parse(text.as_bytes()),
            Self::By(read) => read(text),
        }
    }
}
