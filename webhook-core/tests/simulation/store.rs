//! What a store does, as the documentation of `dedupe` tells it, and stores that break one rule of it.

use std::collections::BTreeMap;
use std::time::Duration;

use webhook_core::dedupe::{Claim, ClaimState, ClaimToken, DedupeKey, Nonce};

/// Which rule a store breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    CompletesForAnyone,
    ReleasesForAnyone,
    RenewsForAnyone,
    RemembersForTheLease,
    ClaimIsDone,
    LeaseNeverEnds,
    LeaseIsShort,
    ClaimsForEveryone,
}

/// One step, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Claim(Duration),
    Renew(Duration),
    Complete(Duration),
    Release,
}

/// The answer to a claim, or to one of the others.
#[derive(Clone, Debug)]
pub(crate) enum Answered {
    Claim(Claim),
    State(ClaimState),
}

/// In microseconds of its own clock.
pub(crate) type Time = i128;

#[derive(Debug, Default)]
pub(crate) struct Memory {
    events: BTreeMap<[u8; 32], Event>,
    last_fence: i64,
    broken: Option<Broken>,
}

#[derive(Clone, Copy, Debug)]
struct Event {
    nonce: Nonce,
    fence: i64,
    attempt: u32,
    until: Time,
    is_done: bool,
}

impl Memory {
    pub(crate) fn new(broken: Option<Broken>) -> Self {
        Self {
            broken,
            ..Self::default()
        }
    }

    /// As after a restart of a store that writes nothing down. Fences grow all the same, as those made of the time do.
    pub(crate) fn forget(&mut self) {
        self.events.clear();
    }

    pub(crate) fn take(&mut self, now: Time, token: &ClaimToken, step: Step) -> Answered {
        match step {
            Step::Claim(lease) => Answered::Claim(self.claim(now, token, lease)),
            Step::Renew(lease) => Answered::State(self.renew(now, token, lease)),
            Step::Complete(retention) => Answered::State(self.complete(now, token, retention)),
            Step::Release => Answered::State(self.release(now, token)),
        }
    }

    fn is(&self, broken: Broken) -> bool {
        self.broken == Some(broken)
    }

    fn claim(&mut self, now: Time, token: &ClaimToken, lease: Duration) -> Claim {
        let (name, nonce) = (*token.key().as_bytes(), token.nonce());
        let known = self.events.get(&name).copied();
        let in_progress = |until: Time| {
            let wait = u64::try_from(until - now).unwrap_or_default();
            Claim::InProgress(Duration::from_micros(wait))
        };
        let (fence, attempt) = match known {
            Some(event) if event.is_done && event.until > now => return Claim::Done,
            Some(event) if event.is_done => (self.next_fence(), 1),
            Some(event) if event.nonce == nonce => (event.fence, event.attempt),
            Some(event) if self.is(Broken::LeaseNeverEnds) && event.until > 0 => {
                return in_progress(now.max(event.until));
            }
            // Else a clock was set back since.
            Some(event)
                if event.until > now
                    && event.until <= now + 2 * micros(lease)
                    && !self.is(Broken::ClaimsForEveryone) =>
            {
                return in_progress(event.until);
            }
            Some(event) => (self.next_fence(), event.attempt + 1),
            None => (self.next_fence(), 1),
        };
        let length = match self.is(Broken::LeaseIsShort) {
            true => lease / 2,
            false => lease,
        };
        let event = Event {
            nonce,
            fence,
            attempt,
            until: now + micros(length),
            is_done: self.is(Broken::ClaimIsDone),
        };
        self.events.insert(name, event);
        Claim::New(ClaimToken::new(token.key().clone(), nonce, fence, attempt))
    }

    fn renew(&mut self, now: Time, token: &ClaimToken, lease: Duration) -> ClaimState {
        let for_anyone = self.is(Broken::RenewsForAnyone);
        let held = self.held(token, for_anyone);
        if held == ClaimState::Held {
            self.set(token, now + micros(lease), false);
        }
        held
    }

    fn complete(&mut self, now: Time, token: &ClaimToken, retention: Duration) -> ClaimState {
        let for_anyone = self.is(Broken::CompletesForAnyone);
        let held = self.held(token, for_anyone);
        if held == ClaimState::Held {
            let until = match self.events.get(token.key().as_bytes()) {
                Some(event) if self.is(Broken::RemembersForTheLease) => event.until,
                _ => now + micros(retention),
            };
            self.set(token, until, true);
        }
        held
    }

    fn release(&mut self, _: Time, token: &ClaimToken) -> ClaimState {
        let for_anyone = self.is(Broken::ReleasesForAnyone);
        let held = self.held(token, for_anyone);
        if let (ClaimState::Held, Some(event)) = (held, self.events.get_mut(token.key().as_bytes()))
        {
            event.until = 0;
        }
        held
    }

    fn held(&self, token: &ClaimToken, for_anyone: bool) -> ClaimState {
        match self.events.get(token.key().as_bytes()) {
            None => ClaimState::Held,
            Some(event) if event.nonce != token.nonce() && (!for_anyone || event.is_done) => {
                ClaimState::Lost
            }
            Some(event) if event.is_done => ClaimState::Done,
            Some(_) => ClaimState::Held,
        }
    }

    fn set(&mut self, token: &ClaimToken, until: Time, is_done: bool) {
        let event = Event {
            nonce: token.nonce(),
            fence: token.fence(),
            attempt: token.attempt(),
            until,
            is_done,
        };
        self.events.insert(*token.key().as_bytes(), event);
    }

    fn next_fence(&mut self) -> i64 {
        self.last_fence += 1;
        self.last_fence
    }
}

fn micros(time: Duration) -> Time {
    i128::try_from(time.as_micros()).unwrap()
}

/// The token of a claim that is asked for.
pub(crate) fn asked_for(key: &DedupeKey, nonce: Nonce) -> ClaimToken {
    ClaimToken::new(key.clone(), nonce, 0, 1)
}
