//! What has happened, and the rules that it must keep.

use std::fmt;
use std::ops::AddAssign;
use std::time::Duration;

use webhook_core::dedupe::{Claim, ClaimState, Nonce};

use crate::executor::Process;
use crate::store::{Answered, Step, Time};

/// What dedupe promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    AcknowledgedIsDone,
    OneAtATime,
    DoneStaysDone,
    OnceIfNothingIsLost,
    DuplicatesAreAcknowledged,
    ClaimsEnd,
    SuccessIsRemembered,
    EventsEnd,
    TasksEnd,
    NothingPanics,
    ClientsCutNothing,
    StoppedForAReason,
    StopsInTime,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AcknowledgedIsDone => "what is acknowledged was done",
            Self::OneAtATime => "no work goes on after another worker's claim was granted",
            Self::DoneStaysDone => "no work begins on an event that is remembered as done",
            Self::OnceIfNothingIsLost => "where nothing is lost, work is done once",
            Self::DuplicatesAreAcknowledged => "a duplicate is acknowledged",
            Self::ClaimsEnd => "every claim is completed or given back by a process that lives on",
            Self::SuccessIsRemembered => "a process that lives on tells the store what it has done",
            Self::EventsEnd => "every event is acknowledged once faults have stopped",
            Self::TasksEnd => "what was spawned ends",
            Self::ClientsCutNothing => "no handler is cut because its client hangs up",
            Self::StoppedForAReason => "no handler is stopped while its lease can be renewed",
            Self::StopsInTime => {
                "no work goes on for longer than five sixths of a lease after the store said it may"
            }
            Self::NothingPanics => "nothing but a handler panics",
        })
    }
}

/// How often something was reached: a simulation in which nothing happens finds nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reached {
    pub(crate) takeovers: u64,
    pub(crate) duplicates: u64,
    pub(crate) in_progress: u64,
    pub(crate) store_unavailable: u64,
    pub(crate) handlers_stopped: u64,
    pub(crate) claims_lost: u64,
    pub(crate) given_back_after_no_answer: u64,
    pub(crate) told_again: u64,
    pub(crate) renewed: u64,
    pub(crate) own_completions: u64,
    pub(crate) gone_on_without_client: u64,
    pub(crate) crashes_at_work: u64,
    pub(crate) panics: u64,
    pub(crate) forgotten: u64,
    pub(crate) done_twice: u64,
    pub(crate) checked_for_once: u64,
    pub(crate) opened_without_store: u64,
}

impl Reached {
    /// Each with its name.
    pub(crate) fn all(&self) -> [(&'static str, u64); 17] {
        [
            ("takeovers", self.takeovers),
            ("duplicates", self.duplicates),
            ("in progress", self.in_progress),
            ("store unavailable", self.store_unavailable),
            ("handlers stopped", self.handlers_stopped),
            ("claims lost", self.claims_lost),
            (
                "given back after no answer",
                self.given_back_after_no_answer,
            ),
            ("told again", self.told_again),
            ("renewed", self.renewed),
            ("own completions", self.own_completions),
            ("gone on without client", self.gone_on_without_client),
            ("crashes at work", self.crashes_at_work),
            ("panics", self.panics),
            ("forgotten", self.forgotten),
            ("done twice", self.done_twice),
            ("checked for once", self.checked_for_once),
            ("opened without store", self.opened_without_store),
        ]
    }
}

impl AddAssign for Reached {
    fn add_assign(&mut self, other: Self) {
        self.takeovers += other.takeovers;
        self.duplicates += other.duplicates;
        self.in_progress += other.in_progress;
        self.store_unavailable += other.store_unavailable;
        self.handlers_stopped += other.handlers_stopped;
        self.claims_lost += other.claims_lost;
        self.given_back_after_no_answer += other.given_back_after_no_answer;
        self.told_again += other.told_again;
        self.renewed += other.renewed;
        self.own_completions += other.own_completions;
        self.gone_on_without_client += other.gone_on_without_client;
        self.crashes_at_work += other.crashes_at_work;
        self.panics += other.panics;
        self.forgotten += other.forgotten;
        self.done_twice += other.done_twice;
        self.checked_for_once += other.checked_for_once;
        self.opened_without_store += other.opened_without_store;
    }
}

/// The first rule that was broken, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) rule: Rule,
    pub(crate) what: String,
}

#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) events: Vec<Event>,
    pub(crate) reached: Reached,
    pub(crate) fault: Option<Fault>,
    /// How long a handler may work after its claim was granted or renewed.
    longest: Duration,
    /// In the order in which they were asked for: they are random, and a trace must not be.
    nonces: Vec<Nonce>,
    /// Whose end the store was asked for, some of them before they were granted.
    ended: Vec<Nonce>,
    /// Whose message, or a copy of it, was answered with done or in progress: what else was granted is for nobody.
    refused: Vec<Nonce>,
}

#[derive(Debug, Default)]
pub(crate) struct Event {
    claims: Vec<Claimed>,
    /// How often the store forgot, or its clock was stepped. A claim holds against those of the same count.
    lapses: u32,
    effects: u32,
    /// Why it may be done more than once, if anything happened that allows it.
    excuse: Option<&'static str>,
    done: Option<Done>,
}

#[derive(Debug)]
struct Claimed {
    nonce: Nonce,
    process: Process,
    lapses: u32,
    /// When it was last granted or renewed.
    held: Duration,
    has_effect: bool,
    /// What the store answered when it was told of the success.
    recorded: Option<ClaimState>,
}

#[derive(Clone, Copy, Debug)]
struct Done {
    until: Time,
    lapses: u32,
}

impl History {
    pub(crate) fn new(events: usize, lease: Duration) -> Self {
        Self {
            longest: lease - lease / 6,
            events: (0..events).map(|_| Event::default()).collect(),
            ..Self::default()
        }
    }

    pub(crate) fn broken(&mut self, rule: Rule, what: String) {
        self.fault.get_or_insert(Fault { rule, what });
    }

    /// For traces.
    pub(crate) fn number(&mut self, nonce: Nonce) -> usize {
        let known = self.nonces.iter().position(|known| *known == nonce);
        known.unwrap_or_else(|| {
            self.nonces.push(nonce);
            self.nonces.len() - 1
        })
    }

    /// The store forgot everything, or its clock was stepped.
    pub(crate) fn lapses(&mut self) {
        self.reached.forgotten += 1;
        for event in &mut self.events {
            event.lapses += 1;
            event.excuse = Some("the store forgot, or its clock was stepped");
        }
    }

    /// The store is asked for this.
    pub(crate) fn asked(&mut self, told: &Told) {
        let is_known = self.ended.contains(&told.nonce);
        let claims = &self.events[told.event].claims;
        let is_granted = claims.iter().any(|claim| claim.nonce == told.nonce);
        match told.step {
            Step::Claim(_) => return,
            Step::Renew(_) => {
                self.reached.renewed += 1;
                return;
            }
            Step::Complete(_) => self.reached.told_again += u64::from(is_known),
            Step::Release => self.reached.given_back_after_no_answer += u64::from(!is_granted),
        }
        if !is_known {
            self.ended.push(told.nonce);
        }
    }

    /// The message that says that the work is done does not come in time.
    pub(crate) fn completion_is_late(&mut self, event: usize) {
        self.events[event].excuse = Some("the store was told too late");
    }

    /// The process crashes or is stalled: what it has done and not told may be done again. Whether it has a claim.
    pub(crate) fn interrupted(&mut self, process: Process) -> bool {
        let mut is_working = false;
        for event in &mut self.events {
            for claim in event.claims.iter().filter(|claim| claim.process == process) {
                is_working |= !self.ended.contains(&claim.nonce);
                if claim.has_effect && claim.recorded.is_none() {
                    event.excuse = Some("a process was interrupted before the store was told");
                }
            }
        }
        is_working
    }

    /// What the store has answered, and when by its clock.
    pub(crate) fn answered(&mut self, asked: &Told, answer: &Answered, at: Duration, now: Time) {
        let event = &mut self.events[asked.event];
        let own = event
            .claims
            .iter()
            .position(|claim| claim.nonce == asked.nonce);
        match (asked.step, answer) {
            (Step::Claim(_), Answered::Claim(Claim::New(_))) => {
                if event.done.is_some_and(|done| done.until <= now) {
                    event.done = None;
                    event.excuse = Some("the retention was over");
                }
                if let Some(claim) = own.and_then(|own| event.claims.get_mut(own)) {
                    claim.held = at;
                } else {
                    self.reached.takeovers += u64::from(!event.claims.is_empty());
                    event.claims.push(Claimed {
                        nonce: asked.nonce,
                        process: asked.process,
                        lapses: event.lapses,
                        held: at,
                        has_effect: false,
                        recorded: None,
                    });
                }
            }
            (Step::Claim(_), _) => self.refused.push(asked.nonce),
            (Step::Renew(_), Answered::State(ClaimState::Held)) => {
                // From now on it holds again.
                if let Some(claim) = own.and_then(|own| event.claims.get_mut(own)) {
                    claim.lapses = event.lapses;
                    claim.held = at;
                }
            }
            (Step::Complete(retention), Answered::State(state)) => {
                if let Some(claim) = own.and_then(|own| event.claims.get_mut(own)) {
                    claim.recorded.get_or_insert(*state);
                }
                if *state == ClaimState::Held {
                    let retention = i128::try_from(retention.as_micros()).unwrap();
                    event.done = Some(Done {
                        until: now + retention,
                        lapses: event.lapses,
                    });
                }
                self.reached.claims_lost += u64::from(*state == ClaimState::Lost);
            }
            _ => {}
        }
    }

    /// A handler begins.
    pub(crate) fn begins(&mut self, event: usize, nonce: Option<Nonce>, at: Duration) {
        let Some(nonce) = nonce else {
            self.reached.opened_without_store += 1;
            self.events[event].excuse = Some("the endpoint goes on without its store");
            return;
        };
        self.works(event, nonce, at);
        let of = &self.events[event];
        if of.done.is_some_and(|done| done.lapses == of.lapses) {
            let what = format!("event {event} is done, and claim {}", self.number(nonce));
            self.broken(Rule::DoneStaysDone, format!("{what} begins"));
        }
    }

    /// A handler takes a step.
    pub(crate) fn works(&mut self, event: usize, nonce: Nonce, at: Duration) {
        let Some(held) = self.in_turn(event, nonce) else {
            return;
        };
        let late = at.saturating_sub(held + self.longest);
        if late > Duration::ZERO {
            let what = format!("claim {} works {late:?} longer", self.number(nonce));
            self.broken(Rule::StopsInTime, what);
        }
    }

    /// Work is done under this claim, which nobody else may have got since. When it was last granted or renewed, unless it has
    /// completed itself: nobody can begin then, and what is left is its own affair.
    pub(crate) fn in_turn(&mut self, event: usize, nonce: Nonce) -> Option<Duration> {
        let claims = &self.events[event].claims;
        let own = claims.iter().position(|claim| claim.nonce == nonce);
        let Some((claim, at)) = own.and_then(|at| Some((claims.get(at)?, at))) else {
            let what = format!("claim {} of event {event}", self.number(nonce));
            self.broken(Rule::OneAtATime, format!("{what} was never granted"));
            return None;
        };
        if matches!(claim.recorded, Some(ClaimState::Held | ClaimState::Done)) {
            return None;
        }
        let held = claim.held;
        let mut later = claims[at + 1..].iter();
        if let Some(other) = later.find(|other| other.lapses == claim.lapses) {
            let other = other.nonce;
            let (own, other) = (self.number(nonce), self.number(other));
            let what = format!("event {event}: claim {own} works, and claim {other} was granted");
            self.broken(Rule::OneAtATime, what);
        }
        Some(held)
    }

    /// The work is done, and cannot be undone.
    pub(crate) fn is_done(&mut self, event: usize, nonce: Option<Nonce>) {
        let event = &mut self.events[event];
        event.effects += 1;
        let own = |claim: &&mut Claimed| Some(claim.nonce) == nonce;
        if let Some(claim) = event.claims.iter_mut().find(own) {
            claim.has_effect = true;
        }
    }

    pub(crate) fn acknowledged(&mut self, event: usize) {
        if self.events[event].effects == 0 {
            let what = format!("event {event} was acknowledged, and no work was done");
            self.broken(Rule::AcknowledgedIsDone, what);
        }
    }

    /// What can be said when nothing runs any more.
    pub(crate) fn ends(&mut self, is_dead: impl Fn(Process) -> bool, remembers: bool) {
        for number in 0..self.events.len() {
            let event = &self.events[number];
            let mut faults = Vec::new();
            let effects = event.effects;
            match event.excuse {
                None => self.reached.checked_for_once += 1,
                Some(_) => self.reached.done_twice += u64::from(effects > 1),
            }
            if effects == 0 {
                let what = format!("event {number} was not done");
                faults.push((Rule::AcknowledgedIsDone, what));
            }
            if effects > 1 && event.excuse.is_none() {
                let what = format!("event {number} was done {effects} times");
                faults.push((Rule::OnceIfNothingIsLost, what));
            }
            let living = event.claims.iter();
            for claim in living.filter(|claim| !is_dead(claim.process)) {
                let nonce = claim.nonce;
                let is_theirs = !self.refused.contains(&nonce);
                if is_theirs && !self.ended.contains(&nonce) {
                    faults.push((Rule::ClaimsEnd, self.of(nonce, "was left")));
                }
                if claim.has_effect && claim.recorded.is_none() && remembers {
                    faults.push((Rule::SuccessIsRemembered, self.of(nonce, "is not known")));
                }
            }
            for (rule, what) in faults {
                self.broken(rule, what);
            }
        }
    }

    fn of(&self, nonce: Nonce, what: &str) -> String {
        let number = self.nonces.iter().position(|known| *known == nonce);
        format!("claim {} {what}", number.unwrap_or_default())
    }
}

/// What the store is asked, as it is told to the history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) event: usize,
    pub(crate) nonce: Nonce,
    pub(crate) process: Process,
    pub(crate) step: Step,
}

/// For traces.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |time: &Duration| time.as_secs_f64();
        match self {
            Self::Claim(lease) => write!(f, "claim for {}s", seconds(lease)),
            Self::Renew(lease) => write!(f, "renew for {}s", seconds(lease)),
            Self::Complete(retention) => write!(f, "complete for {}s", seconds(retention)),
            Self::Release => f.write_str("release"),
        }
    }
}
