//! What is signed before the body.

use std::ops::Deref;

/// So many bytes need no memory of their own. Times and ids are short.
const ROOM: usize = 46;

/// Parts of the head, one behind the other.
pub(crate) enum Before {
    Short { len: u8, bytes: [u8; ROOM] },
    Long(Vec<u8>),
}

impl Default for Before {
    fn default() -> Self {
        Self::Short {
            len: 0,
            bytes: [0; ROOM],
        }
    }
}

impl Before {
    pub(crate) fn push(&mut self, part: &[u8]) {
        match self {
            Self::Short { len, bytes } => {
                let start = usize::from(*len);
                let end = start + part.len();
                match (bytes.get_mut(start..end), u8::try_from(end)) {
                    (Some(room), Ok(end)) => {
                        room.copy_from_slice(part);
                        *len = end;
                    }
                    _ => *self = Self::Long([&**self, part].concat()),
                }
            }
            Self::Long(bytes) => bytes.extend_from_slice(part),
        }
    }
}

impl Deref for Before {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Short { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Self::Long(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_one_behind_the_other_however_long_they_are() {
        let text: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for first in (0..=ROOM + 1).chain([600]) {
            for second in (0..=ROOM + 1).chain([300]) {
                let mut before = Before::default();
                let (one, rest) = text.split_at(first);
                let (two, rest) = rest.split_at(second);
                for part in [one, two, &[], &rest[..1]] {
                    before.push(part);
                }
                assert_eq!(*before, text[..=first + second], "{first} {second}");
                let is_short = matches!(before, Before::Short { .. });
                assert_eq!(is_short, first + second < ROOM, "{first} {second}");
            }
        }
    }
}
