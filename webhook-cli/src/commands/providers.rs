//! `providers`.

use clap::Args;

use crate::terminal::{Failure, Outcome, Terminal};

/// Providers.
#[derive(Args, Debug)]
pub struct Providers {}

impl Providers {
    pub(super) fn run(self, _: &Terminal) -> Outcome {
        Err(Failure::usage("not built yet"))
    }
}
