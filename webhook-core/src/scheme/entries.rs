//! Reads the value of a signature header.

use crate::crypto::{Candidates, Code};
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
        match scheme.signature.split {
            None => self.read_entry(scheme, value, true),
            Some(at) => {
                let ends = memchr::memchr_iter(at, value).chain([value.len()]);
                let mut start = 0;
                for end in ends {
                    let entry = value.get(start..end).unwrap_or_default().trim_ascii();
                    self.read_entry(scheme, entry, start == 0)?;
                    start = end + 1;
                }
                Ok(())
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
            TimeSource::Entry(prefix) => entry.strip_prefix(prefix.as_bytes()),
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
        let behind = |prefix: &str| entry.strip_prefix(prefix.as_bytes());
        let code = behind(scheme.signature.prefix);
        let code = code.or_else(|| behind(scheme.signature.other_prefix?));
        let Some(code) = code else {
            return Ok(());
        };
        if self.candidates.len() >= scheme.algorithm.max_candidates() {
            return Err(malformed("the request holds too many signatures"));
        }
        if !entry.is_empty() {
            let encoding = scheme.signature.encoding;
            self.candidates
                .push(Code::decode(scheme.algorithm, encoding, code));
        }
        Ok(())
    }

    /// Takes what is known without a value.
    pub(crate) fn add(&mut self, code: Code) {
        self.is_present = true;
        self.candidates.push(code);
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
