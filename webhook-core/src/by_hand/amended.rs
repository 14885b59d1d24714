//! A scheme's check with something more to say about what it has proven.

use std::fmt;

use bytes::Bytes;

use crate::rejection::Rejection;
use crate::scheme::SchemeCheck;
use crate::verifier::{Begin, Check, Proof, Verdict};

/// Lets a scheme's check go on as it would, and amends its proof: for names that a scheme cannot say, such as a kind
/// joined of two fields.
pub(crate) fn amended<F>(begin: Begin, amend: F) -> Begin
where
    F: FnOnce(Proof, &Bytes) -> Proof + Send + 'static,
{
    match begin {
        Begin::Scheme(check) => Begin::Check(Box::new(Amended { check, amend })),
        other => other,
    }
}

struct Amended<F> {
    check: SchemeCheck,
    amend: F,
}

impl<F> Check for Amended<F>
where
    F: FnOnce(Proof, &Bytes) -> Proof + Send,
{
    fn update(&mut self, chunk: &[u8]) {
        self.check.update(chunk);
    }

    fn finish(self: Box<Self>, body: &Bytes) -> Result<Verdict, Rejection> {
        let Self { mut check, amend } = *self;
        Ok(match check.finish(body)? {
            Verdict::Authentic(proof) => Verdict::Authentic(amend(proof, body)),
            other => other,
        })
    }
}

impl<F> fmt::Debug for Amended<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.check.fmt(f)
    }
}
