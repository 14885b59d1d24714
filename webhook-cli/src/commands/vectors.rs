//! `vectors`.

use clap::Args;

use crate::terminal::{Failure, Outcome, Terminal};

/// Vectors.
#[derive(Args, Debug)]
pub struct Vectors {}

impl Vectors {
    pub(super) fn run(self, _: &Terminal) -> Outcome {
        Err(Failure::usage("not built yet"))
    }
}
