//! What is wrong with a run, and how it is told.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::plan::Plan;
use crate::process::Memory;
use crate::server::{Framework, Seen};
use crate::tally::Tally;

pub(crate) struct Report {
    pub(crate) framework: Framework,
    pub(crate) plan: Plan,
    pub(crate) tally: Arc<Tally>,
    pub(crate) seen: Seen,
    /// None where it cannot be measured.
    pub(crate) memory: Option<MemoryUse>,
}

pub(crate) struct MemoryUse {
    idle: usize,
    peak: usize,
}

impl MemoryUse {
    pub(crate) fn between(idle: Option<Memory>, end: Option<Memory>) -> Option<Self> {
        Some(Self {
            idle: idle?.now,
            peak: end?.peak,
        })
    }

    fn over_idle(&self) -> usize {
        self.peak.saturating_sub(self.idle)
    }
}

impl Report {
    /// One sentence for each thing that must not be.
    pub(crate) fn faults(&self) -> Vec<String> {
        let record = self.tally.record();
        let mut faults = Vec::new();
        for ((kind, answer), count) in &record.answers {
            if !kind.wanted().contains(&answer.as_str()) {
                faults.push(format!("{kind}: {count} times {answer}"));
            }
        }
        let events = self.events(&record.genuine);
        let count = |is: fn(&(u64, u64)) -> bool| events.values().filter(|both| is(both)).count();
        for (count, what) in [
            (
                count(|(sent, _)| *sent == 0),
                "hostile uploads were handled",
            ),
            (
                count(|(sent, handled)| sent > handled),
                "genuine uploads were not handled",
            ),
            (
                count(|(sent, handled)| (1..*handled).contains(sent)),
                "genuine uploads were handled twice",
            ),
        ] {
            if count > 0 {
                faults.push(format!("{count} {what}"));
            }
        }
        if let Some(memory) = &self.memory {
            faults.extend(self.faults_of(memory).map(str::to_owned));
        }
        faults
    }

    /// Too much, or so little that it proves nothing.
    fn faults_of(&self, memory: &MemoryUse) -> impl Iterator<Item = &'static str> {
        let faults = [
            (
                memory.over_idle() > self.allowed(),
                "memory is over what is allowed",
            ),
            (
                memory.over_idle() < self.tally.most_unanswered() / 2,
                "the memory measured cannot be that of the uploads",
            ),
            (
                self.seen.most_in_flight < self.plan.uploads / 2,
                "there were few uploads at a time",
            ),
        ];
        faults
            .into_iter()
            .filter_map(|(is_so, what)| is_so.then_some(what))
    }

    /// How often each event was sent, if it is genuine, and how often it was handled.
    fn events<'a>(&'a self, genuine: &'a [String]) -> BTreeMap<&'a str, (u64, u64)> {
        let mut events: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for event in genuine {
            events.entry(event).or_default().0 += 1;
        }
        for event in &self.seen.handled {
            events.entry(event).or_default().1 += 1;
        }
        events
    }

    fn allowed(&self) -> usize {
        self.plan.allowed(self.seen.most_in_flight)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}, {:.0} s",
            self.framework,
            self.plan.time.as_secs_f64()
        )?;
        for ((kind, answer), count) in &self.tally.record().answers {
            writeln!(f, "  {kind:<20}{count:>6} x {answer}")?;
        }
        let mut number = |what: &str, value: String| writeln!(f, "  {what:<36}{value:>10}");
        number("handler calls", self.seen.handled.len().to_string())?;
        number(
            "uploads in flight, at most",
            self.seen.most_in_flight.to_string(),
        )?;
        number(
            "sent and not yet answered, at most",
            mib(self.tally.most_unanswered()),
        )?;
        match &self.memory {
            Some(memory) => {
                number("memory, idle", mib(memory.idle))?;
                number("memory over idle, at most", mib(memory.over_idle()))?;
                number("allowed", mib(self.allowed()))?;
            }
            None => writeln!(f, "  memory is not measured: there is no /proc")?,
        }
        match self.faults()[..] {
            [] => Ok(()),
            ref faults => writeln!(f, "  WRONG: {}", faults.join("\n  WRONG: ")),
        }
    }
}

fn mib(bytes: usize) -> String {
    format!("{:.1} MiB", bytes as f64 / (1024.0 * 1024.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    const MIB: usize = 1024 * 1024;

    /// A genuine upload and a hostile one, and all as it must be.
    fn report() -> Report {
        let tally = Tally::default();
        tally.note(Kind::Genuine, "1".to_owned(), "200".to_owned());
        tally.note(
            Kind::TooLong,
            "2".to_owned(),
            "413 body_too_large".to_owned(),
        );
        drop(tally.unanswered(8 * MIB));
        let plan = Plan::short();
        Report {
            framework: Framework::Axum,
            plan,
            tally: Arc::new(tally),
            seen: Seen {
                handled: vec!["1".to_owned()],
                most_in_flight: plan.uploads,
            },
            memory: used(6 * MIB),
        }
    }

    #[test]
    fn a_run_in_which_all_is_right_has_no_faults() {
        assert_eq!(report().faults(), Vec::<String>::new());
    }

    #[test]
    fn each_thing_that_must_not_be_is_a_fault() {
        let changes: [fn(&mut Report); 7] = [
            |report| {
                report
                    .tally
                    .note(Kind::Slow, "3".to_owned(), "200".to_owned())
            },
            |report| report.seen.handled.push("2".to_owned()),
            |report| report.seen.handled.push("1".to_owned()),
            |report| report.seen.handled.clear(),
            |report| report.seen.most_in_flight = 1,
            |report| report.memory = used(report.allowed() + 1),
            |report| report.memory = used(MIB),
        ];
        for change in changes {
            let mut report = report();
            change(&mut report);
            assert_eq!(report.faults().len(), 1, "{report}");
        }
    }

    fn used(bytes: usize) -> Option<MemoryUse> {
        Some(MemoryUse {
            idle: 9 * MIB,
            peak: 9 * MIB + bytes,
        })
    }
}
