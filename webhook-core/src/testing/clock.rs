//! A clock for tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::time::{Clock, UnixTime};

/// A clock that stands still until it is set. Clones show the same time.
///
/// ```
/// use webhook_core::testing::FixedClock;
/// use webhook_core::{Clock, UnixTime};
///
/// let clock = FixedClock::at(UnixTime::from_secs(100));
/// clock.set(UnixTime::from_secs(200));
/// assert_eq!(clock.now().as_secs(), 200);
/// ```
#[derive(Clone, Debug)]
pub struct FixedClock(Arc<AtomicI64>);

impl FixedClock {
    /// A clock that shows this moment.
    #[must_use]
    pub fn at(now: UnixTime) -> Self {
        Self(Arc::new(AtomicI64::new(now.as_millis())))
    }

    /// Sets it, and all its clones.
    pub fn set(&self, now: UnixTime) {
        self.0.store(now.as_millis(), Ordering::Relaxed);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> UnixTime {
        UnixTime::from_millis(self.0.load(Ordering::Relaxed))
    }
}
