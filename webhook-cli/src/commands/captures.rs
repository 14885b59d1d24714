//! What is done with stored requests.

use clap::Args;

use crate::terminal::{Failure, Outcome, Terminal};

/// List.
#[derive(Args, Debug)]
pub struct List {}

impl List {
    pub(super) fn run(self, _: &Terminal) -> Outcome {
        Err(Failure::usage("not built yet"))
    }
}

/// Show.
#[derive(Args, Debug)]
pub struct Show {}

impl Show {
    pub(super) fn run(self, _: &Terminal) -> Outcome {
        Err(Failure::usage("not built yet"))
    }
}

/// Export.
#[derive(Args, Debug)]
pub struct Export {}

impl Export {
    pub(super) fn run(self, _: &Terminal) -> Outcome {
        Err(Failure::usage("not built yet"))
    }
}

/// Clear.
#[derive(Args, Debug)]
pub struct Clear {}

impl Clear {
    pub(super) fn run(self, _: &Terminal) -> Outcome {
        Err(Failure::usage("not built yet"))
    }
}
