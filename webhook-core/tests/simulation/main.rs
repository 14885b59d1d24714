//! The code of `dedupe` as it is, in a world that a seed chooses: what time it is, who runs next, and what goes wrong.
//!
//! A few workers, each with its own `Endpoint`, receive the same events again and again through `adapter::verify` and
//! `adapter::process`; what lies between them and one store loses, delays and repeats what is said. After each step the rules
//! of `history.rs` must hold. The same seed gives the same trace:
//!
//! - `WEBHOOK_SEED=17` replays that seed and prints its trace.
//! - `WEBHOOK_SEEDS=100000` tries so many seeds.
#![cfg(feature = "testing")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod executor;
mod handler;
mod history;
mod random;
mod run;
mod store;
mod world;

use std::num::NonZero;
use std::thread;

use history::{Reached, Rule};
use run::{Ran, run};
use store::Broken;

/// A few seconds.
const SEEDS: u64 = 3000;

const REPLAY: &str =
    "cargo test -p webhook-core --all-features --test simulation -- --nocapture no_seed";

fn number(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    let number = value.parse();
    Some(number.unwrap_or_else(|_| panic!("{variable} must be a number, and is {value:?}")))
}

/// What was reached, and the first seed of these that breaks a rule.
fn run_all(seeds: impl Iterator<Item = u64>) -> (Reached, Option<(u64, Ran)>) {
    let mut reached = Reached::default();
    for seed in seeds {
        let ran = run(seed, None, false);
        if ran.fault.is_some() {
            return (reached, Some((seed, ran)));
        }
        reached += ran.reached;
    }
    (reached, None)
}

#[test]
fn no_seed_breaks_a_rule() {
    if let Some(seed) = number("WEBHOOK_SEED") {
        let ran = run(seed, None, true);
        ran.trace.iter().for_each(|line| println!("{line}"));
        assert_eq!(ran.fault, None, "seed {seed}");
        return;
    }
    let seeds = number("WEBHOOK_SEEDS").unwrap_or(SEEDS);
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let (mut reached, mut wrong) = (Reached::default(), Vec::new());
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|first| scope.spawn(move || run_all((first as u64..seeds).step_by(threads))))
            .collect();
        for running in running {
            let (some, fault) = running.join().expect("the simulation itself panicked");
            reached += some;
            wrong.extend(fault);
        }
    });
    if let Some((seed, ran)) = wrong.into_iter().min_by_key(|(seed, _)| *seed) {
        let fault = ran.fault.unwrap();
        panic!(
            "seed {seed}: {}: {}\nreplay it: WEBHOOK_SEED={seed} {REPLAY}",
            fault.rule, fault.what
        );
    }
    println!("{reached:#?}");
    if seeds >= SEEDS {
        for (what, times) in reached.all() {
            assert!(times > 0, "in {seeds} seeds there were no {what}");
        }
    }
}

#[test]
fn a_seed_has_one_trace() {
    let mut traces = Vec::new();
    for seed in 0..50 {
        let traces_of_it = [true, true].map(|is_traced| run(seed, None, is_traced).trace);
        let [first, second] = traces_of_it;
        assert_eq!(first, second, "seed {seed}");
        assert!(!first.is_empty(), "seed {seed}");
        traces.push(first);
    }
    traces.dedup();
    assert_eq!(traces.len(), 50, "a seed chooses nothing");
}

#[test]
fn a_store_that_breaks_a_rule_is_found() {
    for (broken, rules) in [
        (Broken::CompletesForAnyone, &[Rule::OneAtATime][..]),
        (Broken::ReleasesForAnyone, &[Rule::OneAtATime]),
        (Broken::RenewsForAnyone, &[Rule::OneAtATime]),
        (Broken::RemembersForTheLease, &[Rule::DoneStaysDone]),
        (Broken::ClaimIsDone, &[Rule::AcknowledgedIsDone]),
        (Broken::LeaseNeverEnds, &[Rule::EventsEnd]),
        (Broken::LeaseIsShort, &[Rule::OneAtATime]),
        (Broken::ClaimsForEveryone, &[Rule::OneAtATime]),
    ] {
        let found = (0..SEEDS).find_map(|seed| Some((seed, run(seed, Some(broken), false).fault?)));
        let (seed, fault) = found.unwrap_or_else(|| panic!("{broken:?} was not found"));
        println!("{broken:?}: seed {seed}: {}: {}", fault.rule, fault.what);
        assert!(
            rules.contains(&fault.rule),
            "{broken:?}, seed {seed}: {fault:?}"
        );
    }
}
