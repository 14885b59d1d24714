//! The checker: holds what the senders know against what is in the database.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use super::history::{EventNumber, Record, Sent};
use super::plan::KILLED;
use super::table::{Effect, Row};

/// What is checked.
pub(crate) struct Evidence<'a> {
    pub(crate) record: &'a Record,
    pub(crate) effects: &'a [Effect],
    pub(crate) rows: &'a [Row],
    pub(crate) forgeries_stored: i64,
    /// When an answer is late.
    pub(crate) longest_answer: Duration,
}

/// What is wrong, each with the events of which it is true. Nothing, if the rules held.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// Acknowledged, and neither an effect nor a dead letter.
    lost: Vec<EventNumber>,
    /// More than one effect.
    doubled: Vec<EventNumber>,
    /// An effect, and the delivery is not done.
    not_done: Vec<EventNumber>,
    /// Stored more than once.
    stored_twice: Vec<EventNumber>,
    /// Neither done nor dead in the end.
    unfinished: Vec<EventNumber>,
    /// An effect after that of a later event of the same key.
    out_of_order: Vec<EventNumber>,
    /// Poisonous, and not a dead letter, or with an effect.
    poison_not_dead: Vec<EventNumber>,
    /// A dead letter that says another reason than the true one.
    wrong_reason: Vec<EventNumber>,
    /// A dead letter, and not poisonous.
    dead_by_mistake: Vec<EventNumber>,
    /// Sent until the end, without success.
    never_acknowledged: Vec<EventNumber>,
    /// In the database, and nobody has sent it.
    unknown: Vec<String>,
    forgeries: Vec<String>,
    late: Vec<String>,
}

impl Findings {
    pub(crate) fn of(evidence: &Evidence<'_>) -> Self {
        let mut findings = Self::default();
        let mut effects = by_event(evidence.effects, |effect| &effect.event);
        let mut rows = by_event(evidence.rows, |row| &row.event);
        for (number, sent) in evidence.record.events.iter().enumerate() {
            let number = EventNumber(number);
            let name = number.to_string();
            let effects = effects.remove(name.as_str()).unwrap_or_default();
            let rows = rows.remove(name.as_str()).unwrap_or_default();
            findings.look_at(number, sent, &effects, &rows);
        }
        let unknown = effects.into_keys().chain(rows.into_keys());
        findings.unknown.extend(unknown.map(str::to_owned));
        findings.out_of_order = out_of_order(evidence.effects);
        findings.look_at_answers(evidence);
        findings
    }

    fn look_at(&mut self, number: EventNumber, sent: &Sent, effects: &[&Effect], rows: &[&Row]) {
        let is = |state: &str| rows.iter().any(|row| row.state == state);
        let (is_done, is_dead) = (is("done"), is("dead"));
        let is_acknowledged = sent.acknowledgements > 0;
        let is_poison = sent.poison.is_some();
        let is_as_sent =
            |effect: &&Effect| effect.key == sent.key && effect.sequence == sent.sequence;
        let reasons = [sent.poison.map_or(KILLED, |poison| poison.reason()), KILLED];
        let is_true = |row: &&Row| reasons.iter().any(|reason| row.error.starts_with(reason));
        let mut dead = rows.iter().copied().filter(|row| row.state == "dead");
        let rules = [
            (
                &mut self.lost,
                !is_acknowledged || !effects.is_empty() || is_dead,
            ),
            (&mut self.doubled, effects.len() <= 1),
            (&mut self.not_done, effects.is_empty() || is_done),
            (&mut self.stored_twice, rows.len() <= 1),
            (&mut self.unfinished, rows.is_empty() || is_done || is_dead),
            (
                &mut self.poison_not_dead,
                !is_poison || rows.is_empty() || (is_dead && effects.is_empty()),
            ),
            (&mut self.wrong_reason, dead.all(|row| is_true(&row))),
            (&mut self.dead_by_mistake, is_poison || !is_dead),
            (&mut self.never_acknowledged, is_acknowledged),
        ];
        for (broken, held) in rules {
            if !held {
                broken.push(number);
            }
        }
        let other = effects.iter().filter(|effect| !is_as_sent(effect));
        self.unknown
            .extend(other.map(|effect| effect.event.clone()));
    }

    fn look_at_answers(&mut self, evidence: &Evidence<'_>) {
        let record = evidence.record;
        if record.forgeries_acknowledged > 0 {
            let many = record.forgeries_acknowledged;
            self.forgeries.push(format!("{many} acknowledged"));
        }
        if evidence.forgeries_stored > 0 {
            let many = evidence.forgeries_stored;
            self.forgeries.push(format!("{many} stored"));
        }
        if record.slowest > evidence.longest_answer {
            self.late.push(format!("after {:?}", record.slowest));
        }
    }

    pub(crate) fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

fn by_event<T>(all: &[T], event: impl Fn(&T) -> &str) -> HashMap<&str, Vec<&T>> {
    let mut events: HashMap<&str, Vec<&T>> = HashMap::new();
    for one in all {
        events.entry(event(one)).or_default().push(one);
    }
    events
}

/// Those that come after a later one of their key. What comes twice is another finding.
fn out_of_order(effects: &[Effect]) -> Vec<EventNumber> {
    let mut latest: HashMap<&str, u32> = HashMap::new();
    let mut late = Vec::new();
    for effect in effects {
        let latest = latest.entry(&effect.key).or_default();
        if effect.sequence < *latest {
            late.extend(EventNumber::of(&effect.event));
        }
        *latest = effect.sequence.max(*latest);
    }
    late
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, "acknowledged deliveries lost", &self.lost)?;
        line(f, "effects doubled", &self.doubled)?;
        line(f, "effects of what is not done", &self.not_done)?;
        line(f, "stored more than once", &self.stored_twice)?;
        line(f, "neither done nor dead", &self.unfinished)?;
        line(f, "out of their key's order", &self.out_of_order)?;
        line(f, "poisonous and not dead", &self.poison_not_dead)?;
        line(f, "dead for another reason", &self.wrong_reason)?;
        line(f, "dead and not poisonous", &self.dead_by_mistake)?;
        line(f, "never acknowledged", &self.never_acknowledged)?;
        line(f, "events that nobody has sent", &self.unknown)?;
        line(f, "forgeries that got in", &self.forgeries)?;
        line(f, "late answers", &self.late)
    }
}

fn line<T: fmt::Display>(f: &mut fmt::Formatter<'_>, what: &str, events: &[T]) -> fmt::Result {
    write!(f, "{what:<36} {:>8}", events.len())?;
    for (at, event) in events.iter().take(5).enumerate() {
        write!(f, "{}{event}", if at == 0 { "   such as " } else { ", " })?;
    }
    writeln!(f)
}

#[cfg(test)]
mod tests {
    use super::super::plan::Poison;
    use super::*;

    fn sent(sequence: u32, poison: Option<Poison>) -> Sent {
        Sent {
            key: "in_1".to_owned(),
            sequence,
            poison,
            acknowledgements: 1,
        }
    }

    fn effect(event: usize, sequence: u32) -> Effect {
        Effect {
            event: EventNumber(event).to_string(),
            key: "in_1".to_owned(),
            sequence,
            attempt: 1,
        }
    }

    fn row(event: usize, state: &str, error: &str) -> Row {
        Row {
            event: EventNumber(event).to_string(),
            state: state.to_owned(),
            error: error.to_owned(),
        }
    }

    fn record(events: Vec<Sent>) -> Record {
        Record {
            events,
            ..Record::default()
        }
    }

    fn found(record: &Record, effects: &[Effect], rows: &[Row]) -> Findings {
        Findings::of(&Evidence {
            record,
            effects,
            rows,
            forgeries_stored: 0,
            longest_answer: Duration::from_secs(1),
        })
    }

    const FIRST: [EventNumber; 1] = [EventNumber(0)];

    #[test]
    fn an_effect_for_each_event_and_a_dead_letter_for_each_poison_is_right() {
        let events = vec![sent(1, None), sent(2, Some(Poison::Panics)), sent(3, None)];
        let findings = found(
            &record(events),
            &[effect(0, 1), effect(2, 3)],
            &[
                row(0, "done", ""),
                row(1, "dead", Poison::Panics.reason()),
                row(2, "done", ""),
            ],
        );
        assert!(findings.are_none(), "{findings}");
    }

    #[test]
    fn finds_each_fault() {
        type Faults = fn(&Findings) -> &[EventNumber];
        let fails = Some(Poison::Fails);
        type Case = (
            &'static str,
            Option<Poison>,
            &'static [u32],
            &'static [(&'static str, &'static str)],
            Faults,
        );
        let cases: [Case; 11] = [
            ("nothing of it", None, &[], &[], |found| &found.lost),
            ("no effect", None, &[], &[("done", "")], |found| &found.lost),
            ("two effects", None, &[1, 1], &[("done", "")], |found| {
                &found.doubled
            }),
            ("not done", None, &[1], &[("dead", KILLED)], |found| {
                &found.not_done
            }),
            (
                "twice",
                None,
                &[1],
                &[("done", ""), ("done", "")],
                |found| &found.stored_twice,
            ),
            ("open", None, &[], &[("working", "")], |found| {
                &found.unfinished
            }),
            ("poison is done", fails, &[], &[("done", "")], |found| {
                &found.poison_not_dead
            }),
            (
                "poison has an effect",
                fails,
                &[1],
                &[("dead", "")],
                |found| &found.poison_not_dead,
            ),
            (
                "dead without a reason",
                fails,
                &[],
                &[("dead", "")],
                |found| &found.wrong_reason,
            ),
            (
                "another reason",
                fails,
                &[],
                &[("dead", "the handler panicked")],
                |found| &found.wrong_reason,
            ),
            ("dead", None, &[], &[("dead", KILLED)], |found| {
                &found.dead_by_mistake
            }),
        ];
        for (case, poison, effects, rows, faults) in cases {
            let effects: Vec<_> = effects.iter().map(|at| effect(0, *at)).collect();
            let rows = rows.iter().map(|(state, error)| row(0, state, error));
            let found = found(
                &record(vec![sent(1, poison)]),
                &effects,
                &rows.collect::<Vec<_>>(),
            );
            assert_eq!(faults(&found), FIRST, "{case}: {found}");
        }
    }

    #[test]
    fn a_killed_worker_is_a_reason_for_every_poison() {
        let rows = [row(0, "dead", KILLED)];
        let found = found(&record(vec![sent(1, Some(Poison::Hangs))]), &[], &rows);
        assert!(found.are_none(), "{found}");
    }

    #[test]
    fn finds_an_effect_after_a_later_one_of_its_key() {
        let events = vec![sent(1, None), sent(2, None)];
        let rows = [row(0, "done", ""), row(1, "done", "")];
        let found = found(&record(events), &[effect(1, 2), effect(0, 1)], &rows);
        assert_eq!(found.out_of_order, FIRST);
    }

    #[test]
    fn finds_what_was_never_acknowledged() {
        let mut events = vec![sent(1, None)];
        events[0].acknowledgements = 0;
        let found = found(&record(events), &[], &[]);
        assert_eq!(found.never_acknowledged, FIRST);
        assert_eq!(found.lost, [], "nobody was told that it is there");
    }

    #[test]
    fn finds_what_nobody_has_sent() {
        let events = record(vec![sent(1, None)]);
        let done = row(0, "done", "");
        let other = found(&events, &[effect(0, 2)], std::slice::from_ref(&done));
        assert_eq!(other.unknown, ["evt_0"], "another number");
        let more = found(&events, &[effect(0, 1)], &[done, row(1, "done", "")]);
        assert_eq!(more.unknown, ["evt_1"]);
    }

    #[test]
    fn finds_forgeries_and_late_answers() {
        let record = Record {
            forgeries_acknowledged: 1,
            slowest: Duration::from_secs(2),
            ..Record::default()
        };
        let found = Findings::of(&Evidence {
            record: &record,
            effects: &[],
            rows: &[],
            forgeries_stored: 2,
            longest_answer: Duration::from_secs(1),
        });
        assert_eq!(found.forgeries, ["1 acknowledged", "2 stored"]);
        assert_eq!(found.late, ["after 2s"]);
    }
}
