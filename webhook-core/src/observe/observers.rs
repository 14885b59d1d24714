//! Who is told.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::observe::level::LogLevel;
use crate::observe::observed::Observed;
use crate::outcome::Answer;

/// Is told what became of each request, once, when the answer is known. Every closure that takes an [`Observed`] is one.
///
/// It is called where the request is answered: what takes long belongs into a task of its own. If it panics, nothing changes for the
/// request.
pub trait Observer: Send + Sync {
    /// This became of a request.
    fn observe(&self, seen: &Observed);
}

impl<F: Fn(&Observed) + Send + Sync> Observer for F {
    fn observe(&self, seen: &Observed) {
        self(seen);
    }
}

/// All observers of an endpoint.
#[derive(Clone, Default)]
pub(crate) struct Observers {
    own: Vec<Arc<dyn Observer>>,
    refusals: Option<LogLevel>,
    is_silent: bool,
}

impl Observers {
    pub(crate) fn add(&mut self, observer: Arc<dyn Observer>) {
        self.own.push(observer);
    }

    pub(crate) const fn log_refusals_at(&mut self, level: LogLevel) {
        self.refusals = Some(level);
    }

    /// Nobody is told, not even the log.
    pub(crate) fn silent() -> Self {
        Self {
            is_silent: true,
            ..Self::default()
        }
    }

    /// Whether nobody is told.
    pub(crate) fn are_silent(own: Option<&Arc<Self>>) -> bool {
        own.is_some_and(|own| own.is_silent)
    }

    /// These, and those of the endpoint around.
    pub(crate) fn within(inner: Option<Arc<Self>>, outer: Option<&Arc<Self>>) -> Option<Arc<Self>> {
        let (inner, outer) = match (inner, outer) {
            (Some(inner), Some(outer)) => (inner, outer),
            (inner, outer) => return inner.or_else(|| outer.cloned()),
        };
        let own = inner.own.iter().chain(&outer.own);
        Some(Arc::new(Self {
            own: own.cloned().collect(),
            refusals: inner.refusals.or(outer.refusals),
            is_silent: inner.is_silent || outer.is_silent,
        }))
    }

    /// Whether anybody wants to hear of what goes well.
    pub(crate) fn are_curious(own: Option<&Arc<Self>>) -> bool {
        if Self::are_silent(own) {
            return false;
        }
        #[cfg(feature = "tracing")]
        if super::log::is_curious() {
            return true;
        }
        own.is_some_and(|own| !own.own.is_empty())
    }

    /// Whether anybody hears of this answer, although nobody is curious about what goes well.
    pub(crate) fn hear_of(own: Option<&Arc<Self>>, answer: &Answer) -> bool {
        #[cfg(feature = "tracing")]
        if own.is_none_or(|own| !own.is_silent) {
            let refusals = own.and_then(|own| own.refusals).unwrap_or_default();
            return super::log::hears_of(answer, refusals);
        }
        let _ = (own, answer);
        false
    }

    pub(crate) fn tell(&self, seen: &Observed) {
        if self.is_silent {
            return;
        }
        #[cfg(feature = "tracing")]
        super::log::log(seen, self.refusals.unwrap_or_default());
        for observer in &self.own {
            // Its panic is not the request's.
            let _ = catch_unwind(AssertUnwindSafe(|| observer.observe(seen)));
        }
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observers")
            .field("own", &self.own.len())
            .field("refusals", &self.refusals)
            .finish()
    }
}
