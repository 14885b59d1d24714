//! A check with something more to say about what it has proven.

use std::fmt;

use bytes::Bytes;

use crate::message::Proof;
use crate::outcome::Answer;
use crate::verify::verifier::{BodyCheck, Check, ProofFuture, Verdict};

/// Runs a check unchanged and then maps its proof: for names that a scheme cannot say, such as a kind joined of two fields.
pub(crate) fn map_proof<F>(check: BodyCheck, map: F) -> BodyCheck
where
    F: FnOnce(Proof, &Bytes) -> Proof + Send + 'static,
{
    try_map_proof(check, move |proof, body| Ok(map(proof, body)))
}

/// The same where what is said may be wrong. A proof that is waited for is mapped once it is there.
pub(crate) fn try_map_proof<F>(check: BodyCheck, map: F) -> BodyCheck
where
    F: FnOnce(Proof, &Bytes) -> Result<Proof, Answer> + Send + 'static,
{
    BodyCheck::new(Mapped { check, map })
}

struct Mapped<F> {
    check: BodyCheck,
    map: F,
}

impl<F> Check for Mapped<F>
where
    F: FnOnce(Proof, &Bytes) -> Result<Proof, Answer> + Send + 'static,
{
    fn update(&mut self, chunk: &[u8]) {
        self.check.update(chunk);
    }

    fn finalize(self: Box<Self>, body: &Bytes) -> Result<Verdict, Answer> {
        let Self { mut check, map } = *self;
        Ok(match check.finalize(body, false)? {
            Verdict::Authentic(proof) => Verdict::Authentic(map(proof, body)?),
            Verdict::Pending(asking) => {
                let body = body.clone();
                let mapped = async move { map(asking.await?, &body) };
                Verdict::Pending(ProofFuture::answering(mapped))
            }
        })
    }
}

impl<F> fmt::Debug for Mapped<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.check.fmt(f)
    }
}
