//! What handlers do: they work for a while, and succeed, fail, panic, or complete their claim in a transaction of their own.

use std::time::Duration;

use http::StatusCode;
use webhook_core::Delivery;
use webhook_core::dedupe::{ClaimState, ClaimToken};

use crate::executor::{OfTheHandler, Process};
use crate::history::Rule;
use crate::run::Simulation;
use crate::world::{Connection, World};

impl Simulation {
    /// A handler, each of whose steps the history hears of.
    pub(crate) fn handler(
        &self,
        event: usize,
        process: Process,
        delivery: Delivery,
    ) -> impl Future<Output = StatusCode> + Send + use<> {
        let simulation = self.clone();
        let token = delivery.claim().cloned();
        let nonce = token.as_ref().map(ClaimToken::nonce);
        let at = self.executor().now();
        self.world
            .history(|history| history.begins(event, nonce, at));
        self.executor()
            .note(|| format!("process {process}: the handler of event {event} begins"));
        let mut working = Box::pin(async move { simulation.work(event, process, token).await });
        let world = self.world.clone();
        let settled = self.times.calm + self.times.lease * 2;
        let mut begun = Begun {
            world: self.world.clone(),
            event,
            process,
            has_reason: self.executor().now() < settled,
            is_over: false,
        };
        std::future::poll_fn(move |cx| {
            if let Some(nonce) = nonce {
                let at = world.executor.now();
                world.history(|history| history.works(event, nonce, at));
            }
            let begun = &mut begun;
            // Also if it panics.
            begun.is_over = true;
            let polled = working.as_mut().poll(cx);
            begun.is_over = polled.is_ready();
            polled
        })
    }

    async fn work(&self, event: usize, process: Process, token: Option<ClaimToken>) -> StatusCode {
        let lease = self.times.lease;
        for _ in 0..self.random(|random| random.below(4)) {
            let longest = self.random(|random| random.pick(&[lease / 20, lease / 2, lease]));
            let time = self.random(|random| random.time(Duration::ZERO, longest));
            self.executor().sleep(time).await;
        }
        let how = self.random(|random| random.below(10));
        let fails = !self.is_calm() && self.random(|random| random.chance(300));
        if let (0..=3, Some(token)) = (how, &token) {
            return self
                .work_in_a_transaction(event, process, token, fails)
                .await;
        }
        match (fails, how) {
            (true, 4..=6) => self.panic(),
            (true, _) => StatusCode::INTERNAL_SERVER_ERROR,
            (false, _) => {
                let nonce = token.as_ref().map(ClaimToken::nonce);
                self.executor()
                    .note(|| format!("process {process}: event {event} is done"));
                self.world.history(|history| history.is_done(event, nonce));
                StatusCode::OK
            }
        }
    }

    async fn work_in_a_transaction(
        &self,
        event: usize,
        process: Process,
        token: &ClaimToken,
        fails: bool,
    ) -> StatusCode {
        let store = Connection {
            world: self.world.clone(),
            process,
        };
        let committed = store.complete_in(token, self.times.retention).await;
        let committed = matches!(committed, Ok(ClaimState::Held | ClaimState::Done));
        let note = || format!("process {process}: event {event}, committed: {committed}");
        self.executor().note(note);
        // What comes after it may take longer than the lease, and may fail.
        let longest = self.times.lease * 2;
        let time = self.random(|random| random.time(Duration::ZERO, longest));
        if self.random(|random| random.chance(300)) {
            self.executor().sleep(time).await;
        }
        match committed {
            true if fails && self.random(|random| random.chance(500)) => self.panic(),
            true if !fails => StatusCode::OK,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn panic(&self) -> ! {
        self.world.history(|history| history.reached.panics += 1);
        std::panic::resume_unwind(Box::new(OfTheHandler))
    }
}

/// A handler that has begun, until it is over.
struct Begun {
    world: World,
    event: usize,
    process: Process,
    /// Whether its lease may run out, as the store or the network may fail.
    has_reason: bool,
    is_over: bool,
}

impl Drop for Begun {
    fn drop(&mut self) {
        if self.is_over || !self.world.executor.is_running(self.process) {
            return;
        }
        let (event, process) = (self.event, self.process);
        self.world
            .executor
            .note(|| format!("process {process}: the handler of event {event} is stopped"));
        self.world.history(|history| {
            history.reached.handlers_stopped += 1;
            if !self.has_reason {
                let what = format!("process {process}, event {event}");
                history.broken(Rule::StoppedForAReason, what);
            }
        });
    }
}
