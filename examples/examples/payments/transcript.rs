//! Prints what became of the requests, and counts what is wrong.

use std::fmt;
use std::net::SocketAddr;

use crate::cases::{Case, Outcome, Told};

/// What was sent to one server.
pub(crate) struct Transcript {
    pub(crate) server: &'static str,
    pub(crate) address: SocketAddr,
    pub(crate) lines: Vec<(Case, Outcome)>,
}

impl Transcript {
    /// How many requests had another outcome than they must have.
    pub(crate) fn wrong(&self) -> usize {
        let lines = self.lines.iter();
        lines.filter(|(case, got)| *got != case.wanted).count()
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} at http://{}", self.server, self.address)?;
        for (case, got) in &self.lines {
            let path = case.request.target.split('?').next().unwrap_or_default();
            writeln!(f, "\n{:<4} {path:<29} {}", case.request.method, case.what)?;
            outcome(f, got)?;
            if *got != case.wanted {
                writeln!(f, "  WRONG, should be:")?;
                outcome(f, &case.wanted)?;
            }
        }
        match self.wrong() {
            0 => writeln!(f, "\n{} requests: every line is right.", self.lines.len()),
            wrong => writeln!(f, "\n{} requests: {wrong} WRONG.", self.lines.len()),
        }
    }
}

fn outcome(f: &mut fmt::Formatter<'_>, outcome: &Outcome) -> fmt::Result {
    for Told([variant, status, reference, amount, transaction]) in &outcome.updates {
        write!(
            f,
            "  told:   {variant}: {status}, reference {reference}, amount {amount}, "
        )?;
        writeln!(f, "transaction {transaction}")?;
    }
    let answer = format!("{} {}", outcome.status, outcome.answer);
    writeln!(f, "  answer: {}", answer.trim_end())
}
