//! `explain`.

use clap::Args;

use crate::terminal::{Failure, Outcome, Terminal};

/// Explain.
#[derive(Args, Debug)]
pub struct Explain {}

impl Explain {
    pub(super) async fn run(self, _: &Terminal) -> Outcome {
        Err(Failure::usage("not built yet"))
    }
}
