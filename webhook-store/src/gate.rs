//! Claims wait for their turn before they take a connection, and too many are refused at once: what ends a claim comes
//! first, and whoever could not be answered in time is told so without waiting.
//!
//! Who comes first is first, as long as all are answered in time. Where more come than that, whoever has waited longer for a turn than is
//! left for the answer gives up before the database has done anything for it. Else every turn would go to one for whose answer nobody
//! waits any more: its claim would be made, and given back, and the next one would be late for that.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

/// Half of the store timeout that holds if nothing else is said: the other half is for the answer.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

#[derive(Clone)]
pub(crate) struct Gate {
    turns: Arc<Semaphore>,
    inside: Arc<AtomicUsize>,
    most: usize,
}

impl Gate {
    /// For so many claims at a time, and so many more that wait for each of them.
    pub(crate) fn new(at_once: usize, waiting_for_each: usize) -> Self {
        let at_once = at_once.min(Semaphore::MAX_PERMITS);
        Self {
            turns: Arc::new(Semaphore::new(at_once)),
            inside: Arc::default(),
            most: at_once.saturating_mul(waiting_for_each.saturating_add(1)),
        }
    }

    /// The turn to wait for; `None` if too many wait. It becomes `None` if it takes too long.
    pub(crate) fn enter(&self) -> Option<impl Future<Output = Option<Turn>> + Send + use<>> {
        let place = Place::take(&self.inside, self.most)?;
        let (turns, until) = (Arc::clone(&self.turns), Instant::now() + LONGEST_WAIT);
        Some(async move {
            let waiting = timeout_at(until, turns.acquire_owned());
            let permit = waiting.await.ok()?.ok()?;
            Some(Turn {
                _permit: permit,
                _place: place,
            })
        })
    }
}

/// Held while a claim is made.
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
    _place: Place,
}

struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(inside: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        let place = Self(Arc::clone(inside));
        // It is given back right away if there was none.
        (inside.fetch_add(1, Ordering::Relaxed) < most).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// More claims wait than this can answer in time.
#[derive(Debug)]
pub(crate) struct Busy(pub(crate) &'static str);

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more claims wait for {} than it answers in time", self.0)
    }
}

impl Error for Busy {}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test]
    async fn too_many_are_refused_at_once_and_others_when_it_is_their_turn() {
        let gate = Gate::new(1, 9);
        let first = gate.enter().unwrap().await.unwrap();
        let mut waiting: Vec<_> = (0..9).map(|_| gate.enter().unwrap()).collect();
        assert!(gate.enter().is_none(), "full");
        assert!(gate.enter().is_none(), "and nobody has left");
        drop(first);
        let second = waiting.pop().unwrap().await.unwrap();
        let third = gate.enter().expect("one has left");
        assert!(gate.enter().is_none());
        drop((second, third, waiting));
        assert_eq!(gate.inside.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_waited_for_half_of_the_time_gives_up_and_who_came_later_has_the_turn() {
        let gate = Gate::new(1, 9);
        let first = gate.enter().unwrap().await.unwrap();
        let early = tokio::spawn(gate.enter().unwrap());
        advance(LONGEST_WAIT / 2).await;
        let late = tokio::spawn(gate.enter().unwrap());
        advance(LONGEST_WAIT / 2).await;
        assert!(early.await.unwrap().is_none(), "while nobody has left");
        drop(first);
        let late = late.await.unwrap();
        assert!(late.is_some());
        drop(late);
        assert_eq!(gate.inside.load(Ordering::Relaxed), 0);
    }
}
