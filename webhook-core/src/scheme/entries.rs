//! Reads the value of a signature header.

use crate::crypto::{Candidates, Code, Given};
use crate::outcome::Rejection;
use crate::outcome::malformed;
use crate::outcome::missing;
use crate::scheme::model::Scheme;
use crate::scheme::timestamp::TimeSource;

/// What the signature values of one request hold.
#[derive(Default)]
pub(crate) struct Entries<'a> {
    pub(crate) candidates: Candidates,
    pub(crate) time: Option<&'a [u8]>,
    /// The key's id that stands beside the signature.
    pub(crate) key_id: Option<&'a [u8]>,
    is_present: bool,
}

impl<'a> Entries<'a> {
    /// Takes the value of one header or field. A blank one counts as absent.
    pub(crate) fn read(&mut self, scheme: &Scheme, value: &'a [u8]) -> Result<(), Rejection> {
        let value = value.trim_ascii();
        if value.is_empty() {
            return Ok(());
        }
        self.is_present = true;
        let value = match scheme.signature.credentials {
            Some(word) => {
                let (id, code) = credentials(value, word).ok_or(NO_CREDENTIALS)?;
                self.key_id = Some(id);
                code
            }
            None => value,
        };
        match scheme.signature.split {
            None => self.read_entry(scheme, value, true),
            Some(separator) => {
                let (mut rest, mut is_first) = (value, true);
                while let Some(end) = memchr::memchr(separator, rest) {
                    let (entry, behind) = rest.split_at(end);
                    self.read_entry(scheme, entry.trim_ascii(), is_first)?;
                    (rest, is_first) = (behind.get(1..).unwrap_or_default(), false);
                }
                self.read_entry(scheme, rest.trim_ascii(), is_first)
            }
        }
    }

    fn read_entry(
        &mut self,
        scheme: &Scheme,
        entry: &'a [u8],
        first: bool,
    ) -> Result<(), Rejection> {
        let time = match scheme.timestamp.source {
            TimeSource::Entry(prefix) => behind(entry, prefix),
            TimeSource::FirstEntry if first => Some(entry),
            _ => None,
        };
        if let Some(time) = time {
            if self.time.is_some_and(|before| before != time) {
                return Err(malformed("the signature header holds two different times"));
            }
            self.time = Some(time);
            return Ok(());
        }
        let code = behind(entry, scheme.signature.prefix);
        let code = code.or_else(|| behind(entry, scheme.signature.other_prefix?));
        let Some(code) = code else {
            return Ok(());
        };
        if self.candidates.len() >= scheme.algorithm.max_candidates() {
            return Err(malformed("the request holds too many signatures"));
        }
        if !entry.is_empty() {
            let encoding = scheme.signature.encoding;
            self.candidates
                .push(Given::decode(scheme.algorithm, encoding, code));
        }
        Ok(())
    }

    /// Takes what is known without a value.
    pub(crate) fn add(&mut self, code: &Code) {
        self.is_present = true;
        self.candidates.push(Given::of(code));
    }

    /// Whether there was a value that is not blank.
    pub(crate) fn is_present(&self) -> bool {
        self.is_present
    }

    /// Refuses what holds no signature of the scheme's version.
    pub(crate) fn require_candidate(&self, scheme: &Scheme) -> Result<(), Rejection> {
        if !self.is_present {
            let absent = missing("the request has no signature");
            Err(match scheme.signature.header_at() {
                Some(name) => absent.of_header(name),
                None if scheme.signature.parameter_at().is_some() => missing(
                    "the URL has no parameter with the signature: look at the URL that the sender was given",
                ),
                None => absent,
            })
        } else if self.candidates.len() == 0 {
            let reason = "no signature of an accepted version";
            Err(Rejection::new(scheme.signature.other_version, reason))
        } else {
            Ok(())
        }
    }
}

/// What stands behind a prefix. They are a few characters, which are compared sooner than a comparison of many is called.
#[inline]
fn behind<'a>(entry: &'a [u8], prefix: &str) -> Option<&'a [u8]> {
    let (start, rest) = entry.split_at_checked(prefix.len())?;
    let mut both = start.iter().zip(prefix.as_bytes());
    both.all(|(one, other)| one == other).then_some(rest)
}

/// The two halves behind a word: `Word id:code`.
fn credentials<'a>(value: &'a [u8], word: &str) -> Option<(&'a [u8], &'a [u8])> {
    let (own, rest) = value.split_at_checked(word.len())?;
    let pair = rest.strip_prefix(b" ")?.trim_ascii();
    let colon = memchr::memchr(b':', pair)?;
    let (id, code) = (pair.get(..colon)?, pair.get(colon + 1..)?);
    (own.eq_ignore_ascii_case(word.as_bytes()) && !id.is_empty()).then_some((id, code))
}

const NO_CREDENTIALS: Rejection =
    malformed("the signature is not the sender's word, a key id, a colon and a code");

pub(crate) const NO_TIME_ENTRY: Rejection = malformed("the signature has no time");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Algorithm;
    use crate::outcome::RejectionKind;
    use crate::scheme::model::Signature;

    fn refused(algorithm: Algorithm, count: usize) -> Option<RejectionKind> {
        let scheme = Scheme::new("acme", algorithm);
        let scheme = scheme.signature(Signature::header("signature").separator(b','));
        let value = vec!["00"; count].join(",");
        let read = Entries::default().read(&scheme, value.as_bytes());
        read.err().map(|rejection| rejection.kind())
    }

    #[test]
    fn a_request_carries_at_most_100_codes() {
        for algorithm in [Algorithm::HmacSha1, Algorithm::HmacSha512, Algorithm::Token] {
            assert_eq!(refused(algorithm, 100), None);
            assert_eq!(refused(algorithm, 101), Some(RejectionKind::Malformed));
        }
    }

    #[test]
    fn credentials_are_a_word_an_id_and_a_code() {
        for (value, read) in [
            ("Acme 7:00", Some(["7", "00"])),
            ("aCME   7:00", Some(["7", "00"])),
            ("Acme 7:0:0", Some(["7", "0:0"])),
            ("Acme 7:", Some(["7", ""])),
            ("Acme :00", None),
            ("Acme 7", None),
            ("Acme7:00", None),
            ("Acmes 7:00", None),
            ("Basic 7:00", None),
            ("Acme", None),
            ("é 7:00", None),
        ] {
            let pair = credentials(value.as_bytes(), "Acme");
            let read = read.map(|[id, code]| (id.as_bytes(), code.as_bytes()));
            assert_eq!(pair, read, "{value}");
        }
    }

    /// Each costs an operation with a public key.
    #[cfg(feature = "asymmetric")]
    #[test]
    fn a_request_carries_at_most_8_signatures_by_public_keys() {
        for algorithm in [Algorithm::Ed25519, Algorithm::EcdsaP256] {
            assert_eq!(refused(algorithm, 8), None);
            assert_eq!(refused(algorithm, 9), Some(RejectionKind::Malformed));
        }
    }
}
