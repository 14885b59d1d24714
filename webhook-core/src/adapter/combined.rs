//! Futures made of futures, for adapters.
//!
//! An `async` block that awaits what it was given keeps the place of it twice: once as what was given, once as what is awaited. The
//! future of a request is moved while it is made, and is allocated for each. So what stands around a handler is made of these.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

pin_project! {
    /// A future, and what is made of its output: see [`map`].
    #[derive(Debug)]
    #[must_use = "a future does nothing unless it is polled"]
    pub struct Map<F, G> {
        #[pin]
        future: F,
        with: Option<G>,
    }
}

/// A future, and what is made of its output.
///
/// ```
/// # async fn shown() {
/// assert_eq!(webhook_core::adapter::map(async { 1 }, |one| one + 1).await, 2);
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(shown());
/// ```
pub const fn map<F: Future, G: FnOnce(F::Output) -> T, T>(future: F, with: G) -> Map<F, G> {
    Map {
        future,
        with: Some(with),
    }
}

impl<F: Future, G: FnOnce(F::Output) -> T, T> Future for Map<F, G> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = self.project();
        let output = ready!(this.future.poll(cx));
        // None if it was polled after it was done, which no executor does.
        this.with
            .take()
            .map_or(Poll::Pending, |with| Poll::Ready(with(output)))
    }
}

pin_project! {
    /// One of two futures of the same output. The one that is rare has a place of its own.
    #[derive(Debug)]
    #[must_use = "a future does nothing unless it is polled"]
    pub struct Either<F, G> {
        #[pin]
        kind: Kind<F, G>,
    }
}

pin_project! {
    #[project = Projected]
    #[derive(Debug)]
    enum Kind<F, G> {
        Usual { #[pin] future: F },
        Rare { future: Pin<Box<G>> },
    }
}

impl<F, G> Either<F, G> {
    /// The one that is usual.
    pub const fn usual(future: F) -> Self {
        let kind = Kind::Usual { future };
        Self { kind }
    }

    /// The other, which is given a place of its own.
    pub fn rare(future: G) -> Self {
        let future = Box::pin(future);
        let kind = Kind::Rare { future };
        Self { kind }
    }
}

impl<F: Future, G: Future<Output = F::Output>> Future for Either<F, G> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match self.project().kind.project() {
            Projected::Usual { future } => future.poll(cx),
            Projected::Rare { future } => future.as_mut().poll(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn, ready};
    use std::pin::pin;
    use std::task::Waker;

    use super::*;

    fn polled<F: Future>(future: F) -> Poll<F::Output> {
        pin!(future).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn what_is_made_of_an_output_is_made_once_it_is_there() {
        assert_eq!(polled(map(ready(1), |one| one + 1)), Poll::Ready(2));
        assert!(polled(map(pending::<u8>(), |_| unreachable!())).is_pending());
    }

    #[test]
    fn what_was_waited_for_is_made_of_all_the_same() {
        let mut is_there = false;
        let second_time = poll_fn(|_| match std::mem::replace(&mut is_there, true) {
            true => Poll::Ready(1),
            false => Poll::Pending,
        });
        let mut mapped = pin!(map(second_time, |one| one + 1));
        assert!(polled(mapped.as_mut()).is_pending());
        assert_eq!(polled(mapped.as_mut()), Poll::Ready(2));
    }

    #[test]
    fn each_of_two_is_polled() {
        type Two = Either<std::future::Ready<u8>, std::future::Pending<u8>>;
        assert_eq!(polled(Two::usual(ready(1))), Poll::Ready(1));
        assert!(polled(Two::rare(pending())).is_pending());
        type Turned = Either<std::future::Pending<u8>, std::future::Ready<u8>>;
        assert!(polled(Turned::usual(pending())).is_pending());
        assert_eq!(polled(Turned::rare(ready(2))), Poll::Ready(2));
    }

    #[test]
    fn the_rare_one_takes_no_room_beside_the_usual_one() {
        fn size<F: Future>(_: F) -> usize {
            size_of::<Either<std::future::Ready<u8>, F>>()
        }
        let large = async {
            let room = [0_u8; 4096];
            ready(()).await;
            room[0]
        };
        assert_eq!(size(large), size(ready(0)));
    }
}
