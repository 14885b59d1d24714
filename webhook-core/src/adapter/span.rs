//! Work in the span of its request.

use crate::observe::Span;

/// The same future, in this span.
#[cfg(feature = "tracing")]
pub(super) fn in_span<F: Future>(span: Span, work: F) -> impl Future<Output = F::Output> {
    tracing::Instrument::instrument(work, span)
}

/// The same future.
#[cfg(not(feature = "tracing"))]
pub(super) fn in_span<F: Future>(_: Span, work: F) -> F {
    work
}
