//! A check that waits for the whole body.

use std::fmt;

use bytes::Bytes;

use crate::outcome::Answer;
use crate::verify::verifier::{BodyCheck, Check, Verdict};

/// Judges a request by its whole body, where the signature or what it covers stands inside.
pub(crate) fn buffered<F>(judge: F) -> BodyCheck
where
    F: FnOnce(&Bytes) -> Result<Verdict, Answer> + Send + 'static,
{
    BodyCheck::new(Buffered(judge))
}

struct Buffered<F>(F);

impl<F> Check for Buffered<F>
where
    F: FnOnce(&Bytes) -> Result<Verdict, Answer> + Send,
{
    fn update(&mut self, _: &[u8]) {}

    fn finalize(self: Box<Self>, body: &Bytes) -> Result<Verdict, Answer> {
        (self.0)(body)
    }
}

impl<F> fmt::Debug for Buffered<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Buffered")
    }
}
