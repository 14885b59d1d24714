//! MACs that run while the body arrives, where the header alone says what is signed.

use std::fmt;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::crypto::Tag;
use crate::message::MatchedKey;
use crate::outcome::{Answer, ConfigError};
use crate::verify::keys::NO_MATCH;
use crate::verify::verifier::{BodyCheck, Check, Verdict};

/// One signature of a request and the MAC that it must be, as far as it has run.
pub(crate) struct Candidate {
    pub(crate) key: MatchedKey,
    pub(crate) mac: Hmac<Sha256>,
    /// What the sender wrote, decoded; empty if it could not be.
    pub(crate) given: Vec<u8>,
}

impl Candidate {
    /// Whether the signature is right.
    pub(crate) fn matches(self) -> bool {
        Tag::of(self.mac) == self.given
    }
}

/// Feeds the body to every candidate and asks `judge` about the first that is right.
pub(crate) fn streaming<F>(candidates: Vec<Candidate>, judge: F) -> BodyCheck
where
    F: FnOnce(MatchedKey, &Bytes) -> Result<Verdict, Answer> + Send + 'static,
{
    #[cfg(feature = "testing")]
    candidates.iter().for_each(|_| crate::testing::count_mac());
    BodyCheck::new(Streaming { candidates, judge })
}

struct Streaming<F> {
    candidates: Vec<Candidate>,
    judge: F,
}

impl<F> Check for Streaming<F>
where
    F: FnOnce(MatchedKey, &Bytes) -> Result<Verdict, Answer> + Send,
{
    fn update(&mut self, chunk: &[u8]) {
        for candidate in &mut self.candidates {
            candidate.mac.update(chunk);
        }
    }

    fn finalize(self: Box<Self>, body: &Bytes) -> Result<Verdict, Answer> {
        let mut found = None;
        for candidate in self.candidates {
            let key = candidate.key.clone();
            let hit = candidate.matches();
            found = found.or(hit.then_some(key));
        }
        (self.judge)(found.ok_or(NO_MATCH)?, body)
    }
}

impl<F> fmt::Debug for Streaming<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Streaming")
    }
}

/// A MAC that has seen nothing yet.
pub(crate) fn hmac_sha256(key: &[u8]) -> Result<Hmac<Sha256>, ConfigError> {
    Hmac::new_from_slice(key).map_err(|_| ConfigError::fixed("an HMAC takes keys of any length"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::counting;
    use crate::{Coverage, Proof};

    #[test]
    fn every_candidate_is_compared_whichever_is_right() {
        let code = Mac::finalize(hmac_sha256(b"key").unwrap()).into_bytes();
        for right in 0..=3 {
            let candidate = |place| Candidate {
                key: MatchedKey::new(place, None),
                mac: hmac_sha256(b"key").unwrap(),
                given: if place == right {
                    code.to_vec()
                } else {
                    Vec::new()
                },
            };
            let candidates = (0..3).map(candidate).collect();
            let proof = |key, _: &Bytes| {
                Ok(Verdict::Authentic(
                    Proof::dangerously_assert(Coverage::Body).key(key),
                ))
            };
            let mut check = streaming(candidates, proof);
            let (verdict, compared) = counting(|| check.finalize(&Bytes::new(), false));
            assert_eq!((verdict.is_ok(), compared), (right < 3, 3), "{right}");
        }
    }
}
