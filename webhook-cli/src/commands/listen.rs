//! `listen`.

use clap::Args;

use crate::terminal::{Failure, Outcome, Terminal};

/// Listen.
#[derive(Args, Debug)]
pub struct Listen {}

impl Listen {
    pub(super) async fn run(self, _: &Terminal) -> Outcome {
        Err(Failure::usage("not built yet"))
    }
}
