//! The kinds of upload, and the answers that each must get.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Genuine,
    GenuineInChunks,
    Slow,
    Cut,
    Gone,
    Unsigned,
    WrongSecret,
    TooLong,
    Endless,
}

const GENUINE: [Kind; 2] = [Kind::Genuine, Kind::GenuineInChunks];

const HOSTILE: [Kind; 7] = [
    Kind::Slow,
    Kind::Cut,
    Kind::Gone,
    Kind::Unsigned,
    Kind::WrongSecret,
    Kind::TooLong,
    Kind::Endless,
];

/// What is noted when a connection ends without an answer.
pub(crate) const NO_ANSWER: &str = "no answer";

impl Kind {
    /// What this sender sends next: every second one is hostile, and all take turns.
    pub(crate) fn of(sender: usize, round: usize) -> Self {
        let kinds: &[Self] = match sender % 2 {
            0 => &GENUINE,
            _ => &HOSTILE,
        };
        let mut turns = kinds
            .iter()
            .cycle()
            .skip((sender / 2 + round) % kinds.len());
        turns.next().copied().unwrap_or(Self::Genuine)
    }

    pub(crate) fn is_genuine(self) -> bool {
        GENUINE.contains(&self)
    }

    pub(crate) fn is_in_chunks(self) -> bool {
        matches!(self, Self::GenuineInChunks | Self::Endless)
    }

    /// Status and code, one of which must come.
    pub(crate) fn wanted(self) -> &'static [&'static str] {
        match self {
            Self::Genuine | Self::GenuineInChunks => &["200"],
            Self::Slow => &["408 body_timeout"],
            Self::Cut => &["400 body_incomplete", NO_ANSWER],
            Self::Gone => &[NO_ANSWER],
            Self::Unsigned => &["400 missing_signature"],
            Self::WrongSecret => &["401 bad_signature"],
            Self::TooLong | Self::Endless => &["413 body_too_large"],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Genuine => "genuine",
            Self::GenuineInChunks => "genuine, in chunks",
            Self::Slow => "slow",
            Self::Cut => "cut",
            Self::Gone => "gone",
            Self::Unsigned => "unsigned",
            Self::WrongSecret => "wrong secret",
            Self::TooLong => "too long",
            Self::Endless => "endless",
        })
    }
}
