//! `send`.

use clap::Args;

use crate::terminal::{Failure, Outcome, Terminal};

/// Send.
#[derive(Args, Debug)]
pub struct Send {}

impl Send {
    pub(super) async fn run(self, _: &Terminal) -> Outcome {
        Err(Failure::usage("not built yet"))
    }
}
