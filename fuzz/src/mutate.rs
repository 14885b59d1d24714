//! Changes inputs where no fuzzer does it: small, seeded, the same on every machine.

use crate::input::Input;

/// Texts at which parsers stumble.
const WORDS: &[&[u8]] = &[
    b"",
    b"\0",
    b" ",
    b",",
    b";",
    b"=",
    b".",
    b"&",
    b"%00",
    b"%",
    b"+",
    b"\"",
    b"\\",
    b"\\ud800",
    b"[",
    b"]",
    b"{",
    b"}",
    b"{}",
    b"null",
    b"true",
    b"-1",
    b"0",
    b"00",
    b"0.1",
    b"1e400",
    b"-9223372036854775808",
    b"18446744073709551616",
    b"99999999999999999999999999999999999999.99",
    b"9999-12-31T23:59:60.999999999Z",
    b"-0001-01-01T00:00:00+23:59",
    b"<",
    b"</",
    b"&#x0;",
    b"<![CDATA[",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"-----BEGIN CERTIFICATE-----\n",
    b"\x30\x84\xff\xff\xff\xff",
    b"\xff",
    b"\xc3\xa9",
    b"\xef\xbb\xbf",
    b"v1=",
    b"t=",
    b"sha256=",
];

/// The text with the changes that `edits` describes: each is a place, a kind and sometimes more.
pub(crate) fn edited(text: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    let mut edits = Input::new(edits);
    while !edits.is_empty() {
        let at = edits.number() % (text.len() + 1);
        let end = text.len().min(at + usize::from(edits.byte() % 32));
        match edits.byte() % 4 {
            0 => {
                if let Some(byte) = text.get_mut(at) {
                    *byte ^= 1 << (edits.byte() % 8);
                }
            }
            1 => drop(text.drain(at..end)),
            2 => drop(text.splice(at..at, edits.choice(WORDS).iter().copied())),
            _ => drop(text.splice(at..end, edits.piece().iter().copied())),
        }
    }
    text
}

/// A stream of numbers that looks random: xorshift64*, by G. Marsaglia and S. Vigna.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The stream of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        // Zero is the one state that never ends.
        Self(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() >> 16) as usize % end.max(1)
    }

    /// Another input: one of the seeds with a few changes, or bytes of no origin.
    pub fn input(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        if seeds.is_empty() || self.below(16) == 0 {
            return (0..self.below(512)).map(|_| self.next() as u8).collect();
        }
        let mut input = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(6) {
            self.change(&mut input, seeds);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.below(input.len() + 1);
        let end = input.len().min(at + self.below(64));
        match self.below(8) {
            0 | 1 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
            2 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte = self.next() as u8;
                }
            }
            3 => drop(input.drain(at..end)),
            4 => {
                let again = input[at..end].to_vec();
                drop(input.splice(at..at, again));
            }
            5 => input.truncate(at),
            6 => {
                let other = &seeds[self.below(seeds.len())];
                let from = self.below(other.len() + 1);
                drop(input.splice(at..end, other[from..].iter().copied()));
            }
            _ => {
                let word = WORDS[self.below(WORDS.len())];
                drop(input.splice(at..end, word.iter().copied()));
            }
        }
    }
}
