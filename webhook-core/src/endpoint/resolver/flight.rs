//! One look-up for all who ask for the same at the same time.

use std::future::poll_fn;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// A look-up that one request runs, and others wait for.
pub(super) struct Flight<T>(Mutex<State<T>>);

enum State<T> {
    /// Who waits. Those that have gone away stay in the list until the end, which comes when the request that runs the
    /// look-up has its answer or is dropped.
    UnderWay(Vec<Waker>),
    /// What was found; nothing if the request that ran the look-up is gone.
    Over(Option<T>),
}

impl<T: Clone> Flight<T> {
    pub(super) fn begin() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State::UnderWay(Vec::new()))))
    }

    /// Waits for what is found. `None` says that nobody looks any more: ask again.
    pub(super) async fn wait(&self) -> Option<T> {
        let mut place = None;
        poll_fn(|cx| self.poll(&mut place, cx)).await
    }

    fn poll(&self, place: &mut Option<usize>, cx: &Context<'_>) -> Poll<Option<T>> {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Over(found) => Poll::Ready(found.clone()),
            State::UnderWay(waiting) => {
                match place.and_then(|place| waiting.get_mut(place)) {
                    Some(waker) => waker.clone_from(cx.waker()),
                    None => {
                        *place = Some(waiting.len());
                        waiting.push(cx.waker().clone());
                    }
                }
                Poll::Pending
            }
        }
    }

    /// Tells this to all who wait. Only the first end counts.
    pub(super) fn end(&self, found: Option<T>) {
        for waker in self.over(found) {
            waker.wake();
        }
    }

    fn over(&self, found: Option<T>) -> Vec<Waker> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *state {
            State::Over(_) => Vec::new(),
            State::UnderWay(waiting) => {
                let waiting = mem::take(waiting);
                *state = State::Over(found);
                waiting
            }
        }
    }
}
