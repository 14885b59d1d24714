//! What goes on although its request is over, and who waits for its end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Work that goes on although its request is over: counted from [`Endpoint::detach`](crate::Endpoint::detach) until this is dropped.
#[derive(Debug)]
#[must_use = "it counts as long as it is there"]
pub struct Detached(Arc<Count>);

impl Detached {
    pub(crate) fn begin(count: Arc<Count>) -> Self {
        count.state().running += 1;
        Self(count)
    }
}

impl Drop for Detached {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.running = state.running.saturating_sub(1);
        if state.running == 0 {
            let waiting = std::mem::take(&mut state.waiting);
            drop(state);
            waiting.into_iter().for_each(Waker::wake);
        }
    }
}

/// How much goes on, and who waits for its end.
#[derive(Debug, Default)]
pub(crate) struct Count(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    running: usize,
    waiting: Vec<Waker>,
}

impl Count {
    pub(crate) fn poll_none(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.running == 0 {
            return Poll::Ready(());
        }
        if !state
            .waiting
            .iter()
            .any(|waker| waker.will_wake(cx.waker()))
        {
            state.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
