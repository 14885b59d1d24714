//! What happened in a run, in numbers.

use std::fmt;

use super::history::{Record, Sent};
use super::table::{Effect, Row};

pub(crate) struct Summary<'a> {
    pub(crate) record: &'a Record,
    pub(crate) effects: &'a [Effect],
    pub(crate) rows: &'a [Row],
    pub(crate) receiver_kills: u64,
    pub(crate) worker_kills: u64,
    pub(crate) worker_stalls: u64,
    pub(crate) workers_poisoned: u64,
    /// None if the store has no process that could be killed.
    pub(crate) store_kills: Option<u64>,
    pub(crate) stale: u64,
}

impl Summary<'_> {
    /// Whether there was something to survive. A run in which nothing was killed says nothing.
    pub(crate) fn has_suffered(&self) -> bool {
        self.acknowledged() > 0
            && self.receiver_kills > 0
            && self.worker_kills > 0
            && self.store_kills != Some(0)
            && self.record.forgeries > 0
            && self.record.without_workers > 0
            && self.dead() > 0
    }

    fn acknowledged(&self) -> usize {
        let acknowledged = |sent: &&Sent| sent.acknowledgements > 0;
        self.record.events.iter().filter(acknowledged).count()
    }

    fn dead(&self) -> usize {
        self.rows.iter().filter(|row| row.state == "dead").count()
    }

    /// Effects that an attempt before them has not brought about.
    fn at_a_later_attempt(&self) -> usize {
        self.effects.iter().filter(|one| one.attempt > 1).count()
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = self.record;
        let poisonous = |sent: &&Sent| sent.poison.is_some();
        for (what, count) in [
            ("receivers killed", self.receiver_kills),
            ("workers killed", self.worker_kills),
            ("workers stopped beyond a lease", self.worker_stalls),
            ("workers ended by a delivery", self.workers_poisoned),
        ] {
            writeln!(f, "{what:<36} {count:>8}")?;
        }
        match self.store_kills {
            Some(kills) => writeln!(f, "{:<36} {kills:>8}", "store killed")?,
            None => writeln!(
                f,
                "{:<36} {:>8}   it has no process of its own",
                "store killed", "-"
            )?,
        }
        let poisonous = record.events.iter().filter(poisonous).count();
        for (what, count) in [
            ("events sent", record.events.len() as u64),
            ("  poisonous", poisonous as u64),
            ("events acknowledged", self.acknowledged() as u64),
            ("deliveries", record.deliveries),
            ("  refused, to be sent again", record.refused),
            ("  without an answer", record.unanswered),
            ("  acknowledged without a worker", record.without_workers),
            ("forgeries", record.forgeries),
            ("stored", self.rows.len() as u64),
            ("effects", self.effects.len() as u64),
            ("  at a later attempt", self.at_a_later_attempt() as u64),
            ("dead letters", self.dead() as u64),
            ("stale completions refused", self.stale),
        ] {
            writeln!(f, "{what:<36} {count:>8}")?;
        }
        let slowest = record.slowest.as_millis();
        writeln!(f, "{:<36} {slowest:>8}   in ms", "slowest answer")
    }
}
