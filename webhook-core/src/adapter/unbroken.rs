//! Work that does not stop when its client hangs up.
//!
//! A server drops what it does for a client that has gone. That must not cut a handler: its effects would be half done, and
//! nobody would remember them. So a request has two [`stages`]: while it is verified it may be dropped; once it is, claim,
//! handler and completion run to their end. [`Unbroken`] is the future of both, and hands the rest to a task when it is
//! dropped in the second. While nobody hangs up, that costs nothing.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::endpoint::{Detached, Endpoint};

/// A future that knows whether it may still be dropped.
pub trait Job: Future {
    /// Whether it has reached what must run to its end.
    fn must_end(&self) -> bool;
}

/// A job of two stages. `verifying` may be dropped, and ends the job if it returns an answer, as an error. `handle` makes
/// of its result the stage that must run to its end.
pub fn stages<V, F, H, X, T>(verifying: V, handle: F) -> impl Job<Output = T>
where
    V: Future<Output = Result<X, T>>,
    F: FnOnce(X) -> H,
    H: Future<Output = T>,
{
    let handle = Some(handle);
    Stages::Verifying { verifying, handle }
}

pin_project! {
    #[project = Stage]
    enum Stages<V, F, H> {
        Verifying { #[pin] verifying: V, handle: Option<F> },
        Handling { #[pin] handling: H },
    }
}

impl<V, F, H, X, T> Future for Stages<V, F, H>
where
    V: Future<Output = Result<X, T>>,
    F: FnOnce(X) -> H,
    H: Future<Output = T>,
{
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        loop {
            match self.as_mut().project() {
                Stage::Handling { handling } => return handling.poll(cx),
                Stage::Verifying { verifying, handle } => {
                    let verified = match ready!(verifying.poll(cx)) {
                        Ok(verified) => verified,
                        Err(answer) => return Poll::Ready(answer),
                    };
                    // None if it was polled after it was done, which no executor does.
                    let Some(handle) = handle.take() else {
                        return Poll::Pending;
                    };
                    let handling = handle(verified);
                    self.set(Stages::Handling { handling });
                }
            }
        }
    }
}

impl<V, F, H, X, T> Job for Stages<V, F, H>
where
    V: Future<Output = Result<X, T>>,
    F: FnOnce(X) -> H,
    H: Future<Output = T>,
{
    fn must_end(&self) -> bool {
        matches!(self, Self::Handling { .. })
    }
}

/// Where the rest of a job runs.
pub trait Spawn<J: Job + ?Sized> {
    /// Runs this to its end. If nothing runs any more, drops it.
    fn spawn(rest: Rest<J>);
}

/// A job that goes on in a task of `S` when it is dropped after it has reached what must run to its end.
///
/// One that panics is dropped and does not go on.
pub struct Unbroken<J: Job + ?Sized, S: Spawn<J>> {
    job: Option<Pin<Box<J>>>,
    endpoint: Endpoint,
    #[cfg(feature = "tracing")]
    span: Option<tracing::Span>,
    spawn: PhantomData<fn() -> S>,
}

impl<J: Job + ?Sized, S: Spawn<J>> Unbroken<J, S> {
    /// This job for a request to this endpoint.
    #[must_use]
    pub fn new(endpoint: Endpoint, job: Pin<Box<J>>) -> Self {
        Self {
            job: Some(job),
            endpoint,
            #[cfg(feature = "tracing")]
            span: None,
            spawn: PhantomData,
        }
    }
}

impl<J: Job + ?Sized, S: Spawn<J>> Future for Unbroken<J, S> {
    type Output = J::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<J::Output> {
        // Out of its place while it runs: what panics is not polled again.
        let Some(mut job) = self.job.take() else {
            return Poll::Pending;
        };
        let polled = job.as_mut().poll(cx);
        if polled.is_pending() {
            #[cfg(feature = "tracing")]
            if self.span.is_none() && job.must_end() {
                self.span = Some(tracing::Span::current());
            }
            self.job = Some(job);
        }
        polled
    }
}

impl<J: Job + ?Sized, S: Spawn<J>> Drop for Unbroken<J, S> {
    fn drop(&mut self) {
        let Some(job) = self.job.take().filter(|job| job.must_end()) else {
            return;
        };
        let rest = Rest {
            job,
            #[cfg(feature = "tracing")]
            span: self.span.take().unwrap_or_else(tracing::Span::none),
            detached: self.endpoint.detach(),
        };
        #[cfg(feature = "tracing")]
        rest.span.in_scope(|| {
            tracing::debug!(target: "webhook", "the client is gone; its event is handled to the end");
        });
        S::spawn(rest);
    }
}

impl<J: Job + ?Sized, S: Spawn<J>> fmt::Debug for Unbroken<J, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unbroken")
    }
}

/// What is left of a job whose client is gone. It runs in the span in which it was begun, and its answer is for nobody.
#[must_use = "the rest of a job does nothing unless it is spawned"]
pub struct Rest<J: ?Sized> {
    job: Pin<Box<J>>,
    #[cfg(feature = "tracing")]
    span: tracing::Span,
    #[expect(dead_code, reason = "counts while it is there")]
    detached: Detached,
}

impl<J: Job + ?Sized> Future for Rest<J> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        #[cfg(feature = "tracing")]
        let _entered = this.span.enter();
        this.job.as_mut().poll(cx).map(drop)
    }
}

impl<J: ?Sized> fmt::Debug for Rest<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rest")
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::future::{pending, ready};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::rc::Rc;

    use super::*;
    use crate::provider::github::GitHub;
    use std::sync::Mutex;
    use std::task::Waker;

    type Answering = dyn Job<Output = &'static str>;

    thread_local! {
        static SPAWNED: RefCell<Vec<Rest<Answering>>> = const { RefCell::new(Vec::new()) };
    }

    struct Later;

    impl Spawn<Answering> for Later {
        fn spawn(rest: Rest<Answering>) {
            SPAWNED.with_borrow_mut(|spawned| spawned.push(rest));
        }
    }

    fn spawned() -> Vec<Rest<Answering>> {
        SPAWNED.take()
    }

    fn unbroken(job: impl Job<Output = &'static str> + 'static) -> Unbroken<Answering, Later> {
        let endpoint = Endpoint::new(GitHub::new("It's a Secret to Everybody").unwrap());
        Unbroken::new(endpoint, Box::pin(job))
    }

    fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
        Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Pending the first time that it is polled.
    async fn pause() {
        let mut is_first = true;
        std::future::poll_fn(move |_| match std::mem::take(&mut is_first) {
            true => Poll::Pending,
            false => Poll::Ready(()),
        })
        .await;
    }

    /// Pauses while it verifies and while it handles, and counts what it has handled.
    fn slow(handled: &Rc<Cell<usize>>) -> Unbroken<Answering, Later> {
        let handled = handled.clone();
        let verifying = async {
            pause().await;
            Ok::<_, &str>("handled")
        };
        let handling = async move |answer| {
            pause().await;
            handled.set(handled.get() + 1);
            answer
        };
        unbroken(stages(verifying, handling))
    }

    #[test]
    fn what_nobody_drops_is_answered_and_not_spawned() {
        let handled = Rc::default();
        let mut job = slow(&handled);
        assert_eq!([poll(&mut job), poll(&mut job)], [Poll::Pending; 2]);
        assert_eq!(poll(&mut job), Poll::Ready("handled"));
        assert_eq!(poll(&mut job), Poll::Pending, "nor again");
        drop(job);
        assert_eq!((handled.get(), spawned().len()), (1, 0));
    }

    #[test]
    fn what_is_refused_ends_with_its_answer() {
        let job = stages(ready(Err::<(), _>("refused")), |()| pending());
        let mut job = unbroken(job);
        assert_eq!(poll(&mut job), Poll::Ready("refused"));
        drop(job);
        assert!(spawned().is_empty());
    }

    #[test]
    fn what_is_dropped_before_it_is_verified_is_gone() {
        for polls in [0, 1] {
            let handled = Rc::default();
            let mut job = slow(&handled);
            for _ in 0..polls {
                assert_eq!(poll(&mut job), Poll::Pending);
            }
            drop(job);
            assert!(spawned().is_empty(), "{polls}");
        }
    }

    #[test]
    fn what_is_dropped_later_goes_on_to_its_end_and_is_waited_for() {
        let handled = Rc::default();
        let mut job = slow(&handled);
        let endpoint = job.endpoint.clone();
        assert_eq!([poll(&mut job), poll(&mut job)], [Poll::Pending; 2]);
        assert_eq!(
            poll(&mut Box::pin(endpoint.join_detached())),
            Poll::Ready(())
        );

        drop(job);
        // A clone with other settings counts with the first.
        let endpoint = endpoint.name("shop");
        let mut waiting = Box::pin(endpoint.join_detached());
        assert_eq!([poll(&mut waiting), poll(&mut waiting)], [Poll::Pending; 2]);
        let mut rest = spawned().pop().unwrap();
        assert_eq!(poll(&mut rest), Poll::Ready(()));
        drop(rest);
        assert_eq!(poll(&mut waiting), Poll::Ready(()));
        assert_eq!(handled.get(), 1);
    }

    #[test]
    fn who_waits_is_woken_by_the_last_that_ends() {
        struct Woken(Mutex<usize>);
        impl std::task::Wake for Woken {
            fn wake(self: std::sync::Arc<Self>) {
                *self.0.lock().unwrap() += 1;
            }
        }
        let endpoint = slow(&Rc::default()).endpoint.clone();
        let both = (endpoint.detach(), endpoint.detach());
        let woken = std::sync::Arc::new(Woken(Mutex::default()));
        let waker = woken.clone().into();
        let mut waiting = Box::pin(endpoint.join_detached());
        let polled = waiting.as_mut().poll(&mut Context::from_waker(&waker));
        assert_eq!(polled, Poll::Pending);
        drop(both.0);
        assert_eq!(*woken.0.lock().unwrap(), 0);
        drop(both.1);
        assert_eq!(*woken.0.lock().unwrap(), 1);
    }

    #[test]
    fn what_panics_is_dropped_and_does_not_go_on() {
        let held = Rc::new(());
        let in_job = held.clone();
        let mut job = unbroken(stages(ready(Ok(())), async move |()| {
            let _held = in_job;
            panic!("of the handler")
        }));
        assert!(catch_unwind(AssertUnwindSafe(|| poll(&mut job))).is_err());
        assert_eq!(Rc::strong_count(&held), 1, "given back at once");
        drop(job);
        assert!(spawned().is_empty());
    }

    #[cfg(feature = "tracing")]
    mod in_a_span {
        use tracing::{debug_span, info};

        use super::*;
        use crate::testing::support::Log;

        #[test]
        fn what_goes_on_stays_in_the_span_in_which_it_was_begun() {
            let log = Log::default();
            let _default = tracing::subscriber::set_default(log.clone());
            let mut job = unbroken(stages(ready(Ok(())), async move |()| {
                pause().await;
                info!("the handler");
                ""
            }));
            let polled = debug_span!("request").in_scope(|| poll(&mut job));
            assert_eq!(polled, Poll::Pending);
            drop(job);
            let mut rest = spawned().pop().unwrap();
            assert_eq!(poll(&mut rest), Poll::Ready(()));
            info!("afterwards");
            let lines = log.lines();
            assert_eq!(
                *lines,
                ["DEBUG in request", "INFO in request", "INFO in none"]
            );
        }
    }
}
