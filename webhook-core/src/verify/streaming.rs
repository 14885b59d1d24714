//! MACs that run while the body arrives, where the header alone says what is signed.

use std::fmt;

use bytes::Bytes;

use crate::account::Secret;
use crate::crypto::{Algorithm, Candidates, Encoding, Given, KeyFormat, PreparedKey, Running};
use crate::message::MatchedKey;
use crate::outcome::{Answer, ConfigError};
use crate::verify::keys::NO_MATCH;
use crate::verify::verifier::{BodyCheck, Check, Verdict};

/// One signature of a request and the MAC that it must be, as far as it has run.
pub(crate) struct Candidate {
    key: MatchedKey,
    mac: Running,
    /// What the sender wrote; of no length if it could not be decoded, so that it matches nothing.
    given: Candidates,
}

impl Candidate {
    /// A signature, as it is written, that is to be an HMAC-SHA256 with this key.
    pub(crate) fn new(
        key: MatchedKey,
        prepared: &PreparedKey,
        encoding: Encoding,
        given: &[u8],
    ) -> Self {
        let mut candidates = Candidates::default();
        candidates.push(Given::decode(Algorithm::HmacSha256, encoding, given));
        Self {
            key,
            mac: prepared.start(),
            given: candidates,
        }
    }

    /// Takes the next bytes of what is signed.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.mac.update(bytes);
    }

    /// The key, if the signature is right.
    pub(crate) fn matching(self) -> Option<MatchedKey> {
        self.mac.matches(&self.given).then_some(self.key)
    }
}

/// Feeds the body to every candidate and asks `judge` about the first that is right.
pub(crate) fn streaming<F>(candidates: Vec<Candidate>, judge: F) -> BodyCheck
where
    F: FnOnce(MatchedKey, &Bytes) -> Result<Verdict, Answer> + Send + 'static,
{
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
            candidate.update(chunk);
        }
    }

    fn finalize(self: Box<Self>, body: &Bytes) -> Result<Verdict, Answer> {
        let mut found = None;
        for candidate in self.candidates {
            let key = candidate.matching();
            found = found.or(key);
        }
        (self.judge)(found.ok_or(NO_MATCH)?, body)
    }
}

impl<F> fmt::Debug for Streaming<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Streaming")
    }
}

/// A key for HMAC-SHA256, made ready.
pub(crate) fn hmac_sha256(format: KeyFormat, secret: &Secret) -> Result<PreparedKey, ConfigError> {
    PreparedKey::new(Algorithm::HmacSha256, format, secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::counting;
    use crate::{Coverage, Proof};

    #[test]
    fn every_candidate_is_compared_whichever_is_right() {
        let secret = Secret::new("a secret for tests").unwrap();
        let key = hmac_sha256(KeyFormat::text(), &secret).unwrap();
        let code = key.tag_of(b"").to_hex();
        for right in 0..=3 {
            let candidate = |place| {
                let given = if place == right { code.as_bytes() } else { b"" };
                Candidate::new(MatchedKey::new(place, None), &key, Encoding::Hex, given)
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
