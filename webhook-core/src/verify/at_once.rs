//! How many requests may wait at once for an answer from elsewhere: whoever can reach the endpoint can make it ask.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many are asked about now. Clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct AtOnce(Arc<AtomicUsize>);

/// One of those that are asked about, until it is dropped.
#[must_use]
pub(crate) struct Ticket(Arc<AtomicUsize>);

impl AtOnce {
    /// How many may be.
    const MOST: usize = 64;

    /// A place, unless all are taken.
    pub(crate) fn enter(&self) -> Option<Ticket> {
        let ticket = Ticket(Arc::clone(&self.0));
        (self.0.fetch_add(1, Ordering::Relaxed) < Self::MOST).then_some(ticket)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_once_its_ticket_is_dropped() {
        let at_once = AtOnce::default();
        let mut tickets: Vec<_> = (0..64).map(|_| at_once.enter().unwrap()).collect();
        assert!(at_once.enter().is_none());
        assert!(at_once.clone().enter().is_none());
        tickets.pop();
        assert!(at_once.enter().is_some());
    }
}
