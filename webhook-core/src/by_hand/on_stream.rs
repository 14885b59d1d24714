//! MACs that run while the body arrives, where the header alone says what is signed.

use std::fmt;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::by_hand::NO_MATCH;
use crate::rejection::{ConfigError, Rejection};
use crate::scheme::Tag;
use crate::verifier::{Begin, Check, MatchedKey, Verdict};

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
pub(crate) fn on_stream<F>(candidates: Vec<Candidate>, judge: F) -> Begin
where
    F: FnOnce(MatchedKey, &Bytes) -> Result<Verdict, Rejection> + Send + 'static,
{
    #[cfg(feature = "testing")]
    candidates.iter().for_each(|_| crate::testing::mac_begun());
    Begin::Check(Box::new(OnStream { candidates, judge }))
}

struct OnStream<F> {
    candidates: Vec<Candidate>,
    judge: F,
}

impl<F> Check for OnStream<F>
where
    F: FnOnce(MatchedKey, &Bytes) -> Result<Verdict, Rejection> + Send,
{
    fn update(&mut self, chunk: &[u8]) {
        for candidate in &mut self.candidates {
            candidate.mac.update(chunk);
        }
    }

    fn finish(self: Box<Self>, body: &Bytes) -> Result<Verdict, Rejection> {
        let mut found = None;
        for candidate in self.candidates {
            let key = candidate.key.clone();
            let hit = candidate.matches();
            found = found.or(hit.then_some(key));
        }
        (self.judge)(found.ok_or(NO_MATCH)?, body)
    }
}

impl<F> fmt::Debug for OnStream<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnStream")
    }
}

/// A MAC that has seen nothing yet.
pub(crate) fn hmac_sha256(key: &[u8]) -> Result<Hmac<Sha256>, ConfigError> {
    Hmac::new_from_slice(key).map_err(|_| ConfigError::fixed("an HMAC takes keys of any length"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheme::counting;
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
            let Begin::Check(check) = on_stream(candidates, proof) else {
                panic!("no check");
            };
            let (verdict, compared) = counting(|| check.finish(&Bytes::new()));
            assert_eq!((verdict.is_ok(), compared), (right < 3, 3), "{right}");
        }
    }
}
