//! A check that waits for the whole body.

use std::fmt;

use bytes::Bytes;

use crate::rejection::Rejection;
use crate::verifier::{Begin, Check, Verdict};

/// Judges a request by its whole body, where the signature or what it covers stands inside.
pub(crate) fn on_body<F>(judge: F) -> Begin
where
    F: FnOnce(&Bytes) -> Result<Verdict, Rejection> + Send + 'static,
{
    Begin::Check(Box::new(OnBody(judge)))
}

struct OnBody<F>(F);

impl<F> Check for OnBody<F>
where
    F: FnOnce(&Bytes) -> Result<Verdict, Rejection> + Send,
{
    fn update(&mut self, _: &[u8]) {}

    fn finish(self: Box<Self>, body: &Bytes) -> Result<Verdict, Rejection> {
        (self.0)(body)
    }
}

impl<F> fmt::Debug for OnBody<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnBody")
    }
}
