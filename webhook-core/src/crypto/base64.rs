//! Base64 that somebody sends: codes, and events. Secrets are read by `base64ct`, in a time that tells nothing of them, which takes ten
//! times as long.

use std::mem;

/// What stands in base64 in one line, and how many bytes it is; they fit if there is room for whole groups of three.
pub(super) fn decode_base64(text: &[u8], bytes: &mut [u8]) -> Option<usize> {
    let is_digit = |byte: &u8| *byte != b'=';
    let end = text.iter().rposition(is_digit).map_or(0, |last| last + 1);
    let mut reader = Base64Reader::new(bytes);
    reader.read(text.get(..end)?)?;
    reader.finish(text.len() - end)
}

/// What stands in base64 in lines: as strict as [`decode_base64`], but that a line may end anywhere.
#[cfg(feature = "xml")]
pub(crate) fn decode_base64_lines(text: &[u8]) -> Option<Vec<u8>> {
    let is_digit = |byte: &u8| !matches!(byte, b'=' | b'\n');
    let end = text.iter().rposition(is_digit).map_or(0, |last| last + 1);
    let (digits, behind) = text.split_at(end);
    let padding = behind.iter().filter(|byte| **byte == b'=').count();

    let mut bytes = vec![0; digits.len().div_ceil(4) * 3];
    let mut reader = Base64Reader::new(&mut bytes);
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', digits).chain([digits.len()]) {
        reader.read(digits.get(start..end)?)?;
        start = end + 1;
    }
    let len = reader.finish(padding)?;
    bytes.truncate(len);
    Some(bytes)
}

/// Reads digits of base64 in pieces, by a table: the time it takes depends on what they say, which is no secret where somebody sends it.
struct Base64Reader<'a> {
    room: &'a mut [u8],
    written: usize,
    /// Digits of a group that the end of a piece has cut.
    open: [u8; 4],
    opened: usize,
    /// All values, one over the other.
    all: u32,
}

impl<'a> Base64Reader<'a> {
    fn new(bytes: &'a mut [u8]) -> Self {
        Self {
            room: bytes,
            written: 0,
            open: [b'A'; 4],
            opened: 0,
            all: 0,
        }
    }

    /// `None` if there is no room.
    fn read(&mut self, mut digits: &[u8]) -> Option<()> {
        while self.opened > 0 {
            let Some((first, rest)) = digits.split_first() else {
                return Some(());
            };
            digits = rest;
            self.keep(*first);
            if self.opened == 4 {
                self.close(3)?;
            }
        }
        let groups = digits.chunks_exact(4);
        groups
            .remainder()
            .iter()
            .for_each(|digit| self.keep(*digit));
        let (room, behind) = mem::take(&mut self.room).split_at_mut_checked(3 * groups.len())?;
        self.room = behind;
        self.written += room.len();
        let pairs = groups.zip(room.chunks_exact_mut(3));
        self.all |= pairs.fold(0, |all, (group, bytes)| all | decode_group(group, bytes));
        Some(())
    }

    fn keep(&mut self, digit: u8) {
        if let Some(place) = self.open.get_mut(self.opened) {
            *place = digit;
        }
        self.opened += 1;
    }

    /// Decodes the open group, of which so many bytes count. The others are returned.
    fn close(&mut self, kept: usize) -> Option<&[u8]> {
        let (bytes, behind) = mem::take(&mut self.room).split_at_mut_checked(3)?;
        self.room = behind;
        self.all |= decode_group(&self.open, bytes);
        self.open = [b'A'; 4];
        self.opened = 0;
        self.written += kept;
        bytes.get(kept..)
    }

    /// How many bytes it was. `None` if that was not base64 with so much padding.
    fn finish(mut self, padding: usize) -> Option<usize> {
        let kept = match (self.opened, padding) {
            (0, 0) => 0,
            (2, 2) => 1,
            (3, 1) => 2,
            _ => return None,
        };
        // The bits of the last digit that belong to no byte must be zero: else two texts would stand for the same bytes.
        if kept > 0 && self.close(kept)?.iter().any(|byte| *byte != 0) {
            return None;
        }
        (self.all & NO_DIGIT == 0).then_some(self.written)
    }
}

/// The three bytes of four digits. The value has the bit [`NO_DIGIT`] if one of them is none.
#[inline]
fn decode_group(digits: &[u8], bytes: &mut [u8]) -> u32 {
    let ([a, b, c, d], [first, second, third]) = (digits, bytes) else {
        return NO_DIGIT;
    };
    let [of_a, of_b, of_c, of_d] = &VALUES;
    let value = at(of_a, *a) | at(of_b, *b) | at(of_c, *c) | at(of_d, *d);
    [_, *first, *second, *third] = value.to_be_bytes();
    value
}

#[inline]
#[expect(clippy::indexing_slicing, reason = "there is a place for each byte")]
const fn at(values: &[u32; 256], digit: u8) -> u32 {
    values[digit as usize]
}

/// A bit that no value of a digit has.
const NO_DIGIT: u32 = 1 << 24;

/// What a digit is worth at each of the four places of a group.
static VALUES: [[u32; 256]; 4] = [values(18), values(12), values(6), values(0)];

#[expect(clippy::indexing_slicing, reason = "in a constant")]
const fn values(shift: u32) -> [u32; 256] {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < DIGITS.len() {
        values[DIGITS[value] as usize] = (value as u32) << shift;
        value += 1;
    }
    values
}

/// The standard alphabet.
pub(super) const DIGITS: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    use base64ct::{Base64, Encoding as _};
    use proptest::prelude::*;

    use super::*;

    /// By the decoder that takes the same time for every text.
    fn of_base64ct(text: &[u8]) -> Option<Vec<u8>> {
        Base64::decode_vec(std::str::from_utf8(text).ok()?).ok()
    }

    fn in_one_line(text: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = [0; 300];
        let len = decode_base64(text, &mut bytes)?;
        Some(bytes[..len].to_vec())
    }

    /// What it reads of a text without its line feeds.
    #[cfg(feature = "xml")]
    fn joined(text: &[u8]) -> Option<Vec<u8>> {
        let digits: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'\n').collect();
        of_base64ct(&digits)
    }

    const TEXTS: [&str; 44] = [
        "",
        "\n",
        "\n\n",
        "=",
        "==",
        "===",
        "====",
        "A",
        "A=",
        "A==",
        "A===",
        "AA",
        "AA=",
        "AA==",
        "AA===",
        "AAA",
        "AAA=",
        "AAA==",
        "AAAA",
        "AAAA=",
        "AAAA==",
        "AAAA====",
        "AB==",
        "Ag==",
        "AAB=",
        "AAE=",
        "AA==AA==",
        "AA==\nAAAA",
        "=AAA",
        "A=AA",
        "AA=A",
        "A\nA\nA\nA",
        "\nAAAA",
        "AAAA\n",
        "AA\n==",
        "AA=\n=\n",
        "AAA\nAAAAA",
        "AAAAAA\nAA",
        "AAAAA\nAAA\nAAAA\nA\nAAA",
        "AA-_",
        "AA*A",
        "\u{e9}AA",
        "AA \n",
        "AAAA\r\nAAAA",
    ];

    #[test]
    fn the_table_is_as_strict_as_the_decoder_without_one() {
        let same = |text: &[u8]| {
            let shown = text.escape_ascii();
            assert_eq!(in_one_line(text), of_base64ct(text), "{shown}");
            #[cfg(feature = "xml")]
            assert_eq!(decode_base64_lines(text), joined(text), "{shown} in lines");
        };
        for text in TEXTS {
            same(text.as_bytes());
        }
        for byte in 0..=u8::MAX {
            for place in 0..8 {
                let mut text = *b"AAAAAAAA";
                text[place] = byte;
                same(&text);
            }
        }
    }

    #[test]
    fn what_has_no_room_is_nothing() {
        let mut bytes = [0; 6];
        for (text, len) in [
            ("AAAAAAAA", Some(6)),
            ("AAAAAAA=", Some(5)),
            ("AAAAAAAAAA==", None),
            ("AAAAAAAAAAAA", None),
        ] {
            assert_eq!(decode_base64(text.as_bytes(), &mut bytes), len, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_table_reads_what_the_decoder_without_one_reads(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            feeds in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
            change in proptest::option::of((any::<prop::sample::Index>(), any::<u8>())),
        ) {
            let mut text = Base64::encode_string(&bytes).into_bytes();
            if let Some((place, byte)) = change.filter(|_| !text.is_empty()) {
                let place = place.index(text.len());
                text[place] = byte;
            }
            prop_assert_eq!(in_one_line(&text), of_base64ct(&text));
            for feed in feeds {
                text.insert(feed.index(text.len() + 1), b'\n');
            }
            #[cfg(feature = "xml")]
            prop_assert_eq!(decode_base64_lines(&text), joined(&text));
        }
    }
}
