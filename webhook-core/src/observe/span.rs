//! The span of a request. Without the feature `tracing` it is nothing.

use crate::observe::observed::Observed;

/// The span of a request.
#[derive(Clone, Debug)]
pub(crate) struct Span(#[cfg(feature = "tracing")] tracing::Span);

#[cfg(feature = "tracing")]
impl Span {
    pub(super) fn none() -> Self {
        Self(tracing::Span::none())
    }

    pub(super) fn of_request(method: &str) -> Self {
        Self(super::log::span(method))
    }

    /// Writes into it what became of its request, and does this in it.
    pub(super) fn end(&self, seen: &Observed, tell: impl FnOnce()) {
        super::log::fill(&self.0, seen);
        self.0.in_scope(tell);
    }

    /// The same future, in this span.
    pub(crate) fn around<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        tracing::Instrument::instrument(work, self.0)
    }

    /// Does this in the span.
    pub(crate) fn in_scope<T>(&self, work: impl FnOnce() -> T) -> T {
        self.0.in_scope(work)
    }
}

#[cfg(not(feature = "tracing"))]
impl Span {
    pub(super) const fn none() -> Self {
        Self()
    }

    pub(super) const fn of_request(_: &str) -> Self {
        Self()
    }

    pub(super) fn end(&self, _: &Observed, tell: impl FnOnce()) {
        tell();
    }

    pub(crate) fn around<F: Future>(self, work: F) -> F {
        work
    }

    pub(crate) fn in_scope<T>(&self, work: impl FnOnce() -> T) -> T {
        work()
    }
}
