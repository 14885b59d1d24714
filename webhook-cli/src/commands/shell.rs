//! What a shell wants to know of the program.

use clap::Args;

use crate::terminal::{Failure, Outcome, Terminal};

/// Completions.
#[derive(Args, Debug)]
pub struct Completions {}

impl Completions {
    pub(super) fn run(self, _: &Terminal) -> Outcome {
        Err(Failure::usage("not built yet"))
    }
}

/// Man.
#[derive(Args, Debug)]
pub struct Man {}

impl Man {
    pub(super) fn run(self, _: &Terminal) -> Outcome {
        Err(Failure::usage("not built yet"))
    }
}
