//! `replay`.

use clap::Args;

use crate::terminal::{Failure, Outcome, Terminal};

/// Replay.
#[derive(Args, Debug)]
pub struct Replay {}

impl Replay {
    pub(super) async fn run(self, _: &Terminal) -> Outcome {
        Err(Failure::usage("not built yet"))
    }
}
