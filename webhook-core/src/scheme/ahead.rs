//! What is signed before the body.

use std::ops::Deref;

/// What is signed before the body, piece by piece. Times and ids are short: they stand here, and not in a place of their own.
pub(crate) enum Ahead {
    Short { bytes: [u8; SHORT], len: usize },
    Long(Vec<u8>),
}

const SHORT: usize = 48;

impl Ahead {
    /// Nothing yet.
    pub(crate) const fn new() -> Self {
        Self::Short {
            bytes: [0; SHORT],
            len: 0,
        }
    }

    /// The next piece.
    #[inline]
    pub(crate) fn push(&mut self, piece: &[u8]) {
        if let Self::Short { bytes, len } = self {
            let end = *len + piece.len();
            if let Some(to) = bytes.get_mut(*len..end) {
                to.copy_from_slice(piece);
                *len = end;
                return;
            }
        }
        self.push_long(piece);
    }

    fn push_long(&mut self, piece: &[u8]) {
        match self {
            Self::Long(bytes) => bytes.extend_from_slice(piece),
            Self::Short { .. } => *self = Self::Long([self, piece].concat()),
        }
    }
}

impl Deref for Ahead {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Short { bytes, len } => bytes.get(..*len).unwrap_or_default(),
            Self::Long(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_follow_each_other_however_long_they_are() {
        for lens in [
            vec![],
            vec![0],
            vec![48],
            vec![49],
            vec![47, 1, 0, 1],
            vec![10, 1, 300, 1],
            vec![40, 9, 0, 40],
        ] {
            let (mut ahead, mut whole) = (Ahead::new(), Vec::new());
            for (at, len) in lens.iter().enumerate() {
                let piece = vec![b'a' + at as u8; *len];
                ahead.push(&piece);
                whole.extend(piece);
                assert_eq!(*ahead, *whole, "{lens:?}");
            }
        }
    }
}
