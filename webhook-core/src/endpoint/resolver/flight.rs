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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn who_moved_to_another_task_is_woken_there_and_only_there() {
        let flight = Flight::begin();
        let tasks = [Arc::<Woken>::default(), Arc::default()];
        let mut waiting = pin!(flight.wait());
        for task in [0, 0, 1, 1] {
            let waker = Waker::from(Arc::clone(&tasks[task]));
            let polled = waiting.as_mut().poll(&mut Context::from_waker(&waker));
            assert_eq!(polled, Poll::Pending);
        }
        flight.end(Some("found"));
        assert_eq!(tasks.map(|task| task.0.load(Ordering::SeqCst)), [0, 1]);
        let polled = waiting.poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(polled, Poll::Ready(Some("found")));
    }

    #[test]
    fn only_the_first_end_counts() {
        for (first, second) in [(Some(1), None), (None, Some(2))] {
            let flight = Flight::begin();
            flight.end(first);
            flight.end(second);
            let waiting = pin!(flight.wait());
            let polled = waiting.poll(&mut Context::from_waker(Waker::noop()));
            assert_eq!(polled, Poll::Ready(first));
        }
    }
}
