//! What no input may bring about: a panic, an answer that takes a stranger's word for signed, two views of one request.
//!
//! One module for each target. Its function `run` takes any bytes, asserts, and says how the request fared; `seeds` has
//! inputs that reach what only a genuine request reaches. The same functions run under libFuzzer (`fuzz_targets/`), in a
//! loop on stable (`examples/on-stable.rs`) and for a number of inputs as tests (`tests/targets.rs`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a panic is how a target tells what it found"
)]

pub mod braintree;
pub mod differential;
pub mod events;
pub mod header_grammar;
pub mod json;
pub mod keys;
pub mod mutate;
pub mod parse;
pub mod places;
pub mod providers;

mod input;
mod reads;
mod receive;
mod reference;
mod vectors;

/// How a request fared that was not refuted by an assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fared {
    /// A delivery was made of it.
    Accepted,
    /// It was refused, or answered without a delivery.
    Refused,
}

/// One target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, also that of its binary.
    pub name: &'static str,
    /// What runs.
    pub run: fn(&[u8]) -> Fared,
    /// What to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target {
        name: "header_grammar",
        run: header_grammar::run,
        seeds: header_grammar::seeds,
    },
    Target {
        name: "providers",
        run: providers::run,
        seeds: providers::seeds,
    },
    Target {
        name: "events",
        run: events::run,
        seeds: events::seeds,
    },
    Target {
        name: "json",
        run: json::run,
        seeds: json::seeds,
    },
    Target {
        name: "keys",
        run: keys::run,
        seeds: keys::seeds,
    },
    Target {
        name: "braintree",
        run: braintree::run,
        seeds: braintree::seeds,
    },
    Target {
        name: "differential",
        run: differential::run,
        seeds: differential::seeds,
    },
    Target {
        name: "parse",
        run: parse::run,
        seeds: parse::seeds,
    },
    Target {
        name: "parsers",
        run: parse::run_one,
        seeds: parse::seeds_of_one,
    },
];
