//! The hash of several texts, of which none can lend a byte to the next.

use sha2::{Digest, Sha256};

/// The SHA-256 of parts, each with its length.
#[derive(Clone, Default)]
pub(crate) struct Parted(Sha256);

impl Parted {
    pub(crate) fn add(&mut self, part: Option<&[u8]>) {
        // No part is as long as this, so an absent one is not an empty one.
        let len = part.map_or(u64::MAX, |part| part.len() as u64);
        self.0.update(len.to_be_bytes());
        self.0.update(part.unwrap_or_default());
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_counts_for_itself() {
        let all: [&[Option<&[u8]>]; 6] = [
            &[],
            &[None],
            &[Some(b"")],
            &[Some(b"ab"), Some(b"c")],
            &[Some(b"a"), Some(b"bc")],
            &[Some(b"abc")],
        ];
        let hashes = all.map(|parts| {
            let mut parted = Parted::default();
            parts.iter().for_each(|part| parted.add(*part));
            parted.finish()
        });
        for (at, hash) in hashes.iter().enumerate() {
            assert_eq!(hashes.iter().position(|other| other == hash), Some(at));
        }
    }
}
