//! The checker: holds what the senders know against what is in the database.

use std::collections::HashMap;
use std::fmt;

use crate::database::Mark;
use crate::history::{EventNumber, Sent};

/// What is wrong, each with the events of which it is true. Nothing, if the rules held.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// Acknowledged, and there is no effect.
    lost: Vec<EventNumber>,
    /// More than one effect.
    doubled: Vec<EventNumber>,
    /// Done for the store, and there is no effect.
    done_without_effect: Vec<EventNumber>,
    /// An effect of another claim than the one that was completed, or of an event that is not done.
    not_completed: Vec<EventNumber>,
    /// Handled again after it was acknowledged.
    handled_again: Vec<EventNumber>,
    /// Sent until the end, without success.
    never_acknowledged: Vec<EventNumber>,
    /// In the database, and nobody has sent it.
    unknown: Vec<String>,
}

impl Findings {
    pub(crate) fn of(events: &[Sent], effects: &[Mark], done: &[Mark]) -> Self {
        let mut findings = Self::default();
        let (mut effects, mut done) = (by_event(effects), by_event(done));
        for (number, sent) in events.iter().enumerate() {
            let number = EventNumber(number);
            let name = number.to_string();
            let effects = effects.remove(name.as_str()).unwrap_or_default();
            let done = done.remove(name.as_str()).unwrap_or_default();
            let rules = [
                (
                    &mut findings.lost,
                    sent.acknowledgements == 0 || !effects.is_empty(),
                ),
                (&mut findings.doubled, effects.len() <= 1),
                (
                    &mut findings.done_without_effect,
                    done.is_empty() || !effects.is_empty(),
                ),
                (
                    &mut findings.not_completed,
                    effects.iter().all(|fence| done.contains(fence)),
                ),
                (&mut findings.handled_again, sent.handled_again == 0),
                (&mut findings.never_acknowledged, sent.acknowledgements > 0),
            ];
            for (broken, held) in rules {
                if !held {
                    broken.push(number);
                }
            }
        }
        let unknown = effects.into_keys().chain(done.into_keys());
        findings.unknown.extend(unknown.map(str::to_owned));
        findings
    }

    pub(crate) fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

/// The fences of each event.
fn by_event(marks: &[Mark]) -> HashMap<&str, Vec<i64>> {
    let mut events: HashMap<&str, Vec<i64>> = HashMap::new();
    for mark in marks {
        events.entry(&mark.event).or_default().push(mark.fence);
    }
    events
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, "acknowledged events lost", &self.lost)?;
        line(f, "effects doubled", &self.doubled)?;
        line(
            f,
            "events done without an effect",
            &self.done_without_effect,
        )?;
        line(f, "effects without their completion", &self.not_completed)?;
        line(
            f,
            "handled again after acknowledgement",
            &self.handled_again,
        )?;
        line(f, "never acknowledged", &self.never_acknowledged)?;
        line(f, "events that nobody has sent", &self.unknown)
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
    use super::*;

    const SENT: Sent = Sent {
        acknowledgements: 1,
        handled_again: 0,
    };

    fn marks(marks: &[(usize, i64)]) -> Vec<Mark> {
        let mark = |(event, fence): &(usize, i64)| Mark {
            event: EventNumber(*event).to_string(),
            fence: *fence,
        };
        marks.iter().map(mark).collect()
    }

    fn of_one(sent: Sent, effects: &[(usize, i64)], done: &[(usize, i64)]) -> Findings {
        Findings::of(&[sent], &marks(effects), &marks(done))
    }

    const FIRST: [EventNumber; 1] = [EventNumber(0)];

    #[test]
    fn one_effect_for_each_event_is_right() {
        let findings = Findings::of(
            &[SENT, SENT],
            &marks(&[(0, 7), (1, 8)]),
            &marks(&[(1, 8), (0, 7)]),
        );
        assert!(findings.are_none(), "{findings}");
    }

    #[test]
    fn finds_what_was_acknowledged_and_lost() {
        assert_eq!(of_one(SENT, &[], &[]).lost, FIRST);
    }

    #[test]
    fn finds_what_was_done_twice() {
        assert_eq!(of_one(SENT, &[(0, 7), (0, 8)], &[(0, 8)]).doubled, FIRST);
        assert_eq!(of_one(SENT, &[(0, 7), (0, 7)], &[(0, 7)]).doubled, FIRST);
    }

    #[test]
    fn finds_what_is_done_without_an_effect() {
        let findings = of_one(SENT, &[], &[(0, 7)]);
        assert_eq!(findings.done_without_effect, FIRST);
    }

    #[test]
    fn finds_effects_of_another_claim() {
        assert_eq!(of_one(SENT, &[(0, 7)], &[(0, 8)]).not_completed, FIRST);
        assert_eq!(of_one(SENT, &[(0, 7)], &[]).not_completed, FIRST);
    }

    #[test]
    fn finds_what_was_handled_after_its_acknowledgement() {
        let sent = Sent {
            handled_again: 1,
            ..SENT
        };
        assert_eq!(of_one(sent, &[(0, 7)], &[(0, 7)]).handled_again, FIRST);
    }

    #[test]
    fn finds_what_was_never_acknowledged() {
        let sent = Sent {
            acknowledgements: 0,
            ..SENT
        };
        let findings = of_one(sent, &[], &[]);
        assert_eq!(findings.never_acknowledged, FIRST);
        assert_eq!(findings.lost, [], "nobody was told that it is there");
    }

    #[test]
    fn finds_what_nobody_has_sent() {
        assert_eq!(
            of_one(SENT, &[(0, 7), (1, 7)], &[(0, 7)]).unknown,
            ["evt_1"]
        );
    }
}
