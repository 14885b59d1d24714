//! What is wrong with a run, and how it is told.

use std::collections::BTreeMap;
use std::fmt;

use crate::plan::Plan;
use crate::process::Memory;
use crate::senders::{Again, Run};
use crate::store::Store;

pub(crate) struct Report {
    pub(crate) store: Store,
    pub(crate) plan: Plan,
    pub(crate) books: Books,
    /// Of the server, idle and at the end. None where it cannot be measured.
    pub(crate) memory: Option<(Memory, Memory)>,
}

/// What was sent, and what is remembered of it.
#[derive(Debug)]
pub(crate) struct Books {
    pub(crate) run: Run,
    /// How often the handler was called by then.
    pub(crate) handled: usize,
    /// What was acknowledged, sent once more.
    pub(crate) again: Again,
    /// How often that has called the handler.
    pub(crate) handled_again: usize,
    /// What was forged, sent by the true sender.
    pub(crate) forged: Again,
}

impl Books {
    /// How many events were acknowledged and are not remembered, or the other way round.
    fn difference(&self) -> usize {
        self.again.new + self.again.not_told + self.forged.remembered
    }

    fn faults(&self) -> Vec<String> {
        let Self {
            run,
            handled,
            again,
            handled_again,
            forged,
        } = self;
        let acknowledged = run.acknowledged.len();
        let mut faults = Vec::new();
        let mut wrong: BTreeMap<&str, usize> = BTreeMap::new();
        for answer in &run.wrong {
            *wrong.entry(answer).or_default() += 1;
        }
        faults.extend(
            wrong
                .iter()
                .map(|(answer, count)| format!("{count} times {answer}")),
        );
        let mut must_be_none = |count: usize, what: &str| {
            if count > 0 {
                faults.push(format!("{count} {what}"));
            }
        };
        must_be_none(
            again.new,
            "events were acknowledged, and the store has forgotten them",
        );
        must_be_none(
            again.not_told,
            "events were acknowledged, and the store does not tell of them",
        );
        must_be_none(forged.remembered, "forged events are remembered");
        must_be_none(forged.not_told, "forged events are not told of");
        must_be_none(
            *handled_again,
            "calls of the handler for what was acknowledged before",
        );
        must_be_none(
            acknowledged.saturating_sub(*handled),
            "events were acknowledged, and not handled",
        );
        // One without an answer may have been handled.
        must_be_none(
            handled.saturating_sub(acknowledged + run.unanswered),
            "calls of the handler that nobody has asked for",
        );
        if acknowledged == 0 {
            faults.push("nothing was acknowledged".to_owned());
        }
        faults
    }
}

impl Report {
    pub(crate) const HEAD: &str = "\
| store | connections | acknowledged | p50 | p99 | shed | no answer | memory idle | at most | in all | remembered | forged | difference |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|";

    /// One sentence for each thing that must not be.
    pub(crate) fn faults(&self) -> Vec<String> {
        let place = format!("{}, {} connections", self.store, self.plan.connections);
        let faults = self.books.faults().into_iter();
        faults.map(|fault| format!("{place}: {fault}")).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Books { run, again, .. } = &self.books;
        let [half, most] = [50, 99].map(|percent| run.percentile(percent).as_secs_f64() * 1000.0);
        let [idle, peak] = match &self.memory {
            Some((idle, end)) => [idle.now, end.peak].map(mebibytes),
            None => [(); 2].map(|()| "–".to_owned()),
        };
        write!(
            f,
            "| {} | {} | {:.0}/s | {half:.1} ms | {most:.1} ms | {} | {} | {idle} | {peak} | {} | {} | {} | {} |",
            self.store,
            self.plan.connections,
            run.acknowledged.len() as f64 / run.time.as_secs_f64(),
            run.shed,
            run.unanswered,
            run.acknowledged.len(),
            again.remembered,
            run.forged.len(),
            self.books.difference(),
        )
    }
}

fn mebibytes(bytes: usize) -> String {
    format!("{:.0} MiB", bytes as f64 / 1024.0 / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn books(change: impl FnOnce(&mut Books)) -> Vec<String> {
        let mut books = Books {
            run: Run {
                acknowledged: ["a", "b", "c"].map(str::to_owned).to_vec(),
                forged: vec!["d".to_owned()],
                unanswered: 1,
                ..Run::default()
            },
            handled: 4,
            again: Again {
                remembered: 3,
                ..Again::default()
            },
            handled_again: 0,
            forged: Again {
                new: 1,
                ..Again::default()
            },
        };
        change(&mut books);
        books.faults()
    }

    #[test]
    fn each_difference_is_found() {
        assert_eq!(books(|_| {}), [""; 0]);
        let changes: [fn(&mut Books); 9] = [
            |books| books.again.new = 1,
            |books| books.again.not_told = 1,
            |books| books.forged.remembered = 1,
            |books| books.forged.not_told = 1,
            |books| books.handled_again = 1,
            |books| books.handled = 2,
            |books| books.handled = 5,
            |books| books.run.wrong.push("genuine: Refused".to_owned()),
            |books| {
                books.run.acknowledged.clear();
                books.handled = 0;
            },
        ];
        for (place, change) in changes.into_iter().enumerate() {
            assert_eq!(books(change).len(), 1, "change {place}");
        }
    }
}
