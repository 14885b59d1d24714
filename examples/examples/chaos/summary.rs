//! What happened in a run, in numbers.

use std::fmt;

use crate::history::{Record, Sent};

pub(crate) struct Summary<'a> {
    pub(crate) record: &'a Record,
    pub(crate) effects: usize,
    pub(crate) server_kills: u64,
    pub(crate) stalls: u64,
    /// None if the store has no process that could be killed.
    pub(crate) store_kills: Option<u64>,
    pub(crate) stale: u64,
}

impl Summary<'_> {
    /// Whether there was something to survive. A run in which nothing was killed says nothing.
    pub(crate) fn has_suffered(&self) -> bool {
        self.acknowledged() > 0 && self.server_kills > 0 && self.store_kills != Some(0)
    }

    fn acknowledged(&self) -> usize {
        let acknowledged = |sent: &&Sent| sent.acknowledgements > 0;
        self.record.events.iter().filter(acknowledged).count()
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = self.record;
        writeln!(f, "{:<36} {:>8}", "servers killed", self.server_kills)?;
        writeln!(
            f,
            "{:<36} {:>8}",
            "servers stopped beyond a lease", self.stalls
        )?;
        match self.store_kills {
            Some(kills) => writeln!(f, "{:<36} {kills:>8}", "store killed")?,
            None => writeln!(
                f,
                "{:<36} {:>8}   it has no process but the servers",
                "store killed", "-"
            )?,
        }
        for (what, count) in [
            ("events sent", record.events.len() as u64),
            ("events acknowledged", self.acknowledged() as u64),
            ("deliveries", record.deliveries),
            ("  answered by the handler", record.handled),
            ("  answered as duplicates", record.duplicates),
            ("  refused, to be sent again", record.refused),
            ("  without an answer", record.unanswered),
            ("effects", self.effects as u64),
            ("stale completions refused", self.stale),
        ] {
            writeln!(f, "{what:<36} {count:>8}")?;
        }
        Ok(())
    }
}
