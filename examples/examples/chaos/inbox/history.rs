//! What was sent, and what was answered.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::plan::{Key, Poison};
use crate::random::Random;

#[derive(Default)]
pub(crate) struct History(Mutex<Record>);

/// The event's number, which is also its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EventNumber(pub(crate) usize);

#[derive(Clone, Default)]
pub(crate) struct Record {
    pub(crate) keys: usize,
    pub(crate) events: Vec<Sent>,
    pub(crate) deliveries: u64,
    /// Deliveries on their way.
    pub(crate) open: u64,
    pub(crate) refused: u64,
    pub(crate) unanswered: u64,
    pub(crate) without_workers: u64,
    pub(crate) forgeries: u64,
    pub(crate) forgeries_acknowledged: u64,
    /// The longest time until an answer.
    pub(crate) slowest: Duration,
}

/// What its sender knows of an event.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) key: String,
    pub(crate) sequence: u32,
    pub(crate) poison: Option<Poison>,
    pub(crate) acknowledgements: u32,
}

/// A delivery on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    Of(EventNumber),
    Forged,
}

/// What came back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) is_success: bool,
    pub(crate) after: Duration,
    /// Whether no worker lived meanwhile.
    pub(crate) is_without_workers: bool,
}

impl History {
    pub(crate) fn begin_key(&self, random: &mut Random) -> Key {
        let mut record = self.lock();
        record.keys += 1;
        Key::new(record.keys, random)
    }

    pub(crate) fn begin_event(&self, key: Key, sequence: u32) -> EventNumber {
        let mut record = self.lock();
        record.events.push(Sent {
            key: key.to_string(),
            sequence,
            poison: key.poison(sequence),
            acknowledgements: 0,
        });
        EventNumber(record.events.len() - 1)
    }

    pub(crate) fn begin_delivery(&self, delivery: Delivery) {
        let mut record = self.lock();
        record.open += 1;
        match delivery {
            Delivery::Of(_) => record.deliveries += 1,
            Delivery::Forged => record.forgeries += 1,
        }
    }

    /// Whether the delivery has acknowledged the event.
    pub(crate) fn end_delivery(&self, delivery: Delivery, answer: Option<Answer>) -> bool {
        let mut record = self.lock();
        record.open -= 1;
        let Some(answer) = answer else {
            record.unanswered += 1;
            return false;
        };
        record.slowest = record.slowest.max(answer.after);
        match delivery {
            Delivery::Forged => record.forgeries_acknowledged += u64::from(answer.is_success),
            Delivery::Of(event) if answer.is_success => {
                record.without_workers += u64::from(answer.is_without_workers);
                if let Some(sent) = record.events.get_mut(event.0) {
                    sent.acknowledgements += 1;
                }
            }
            Delivery::Of(_) => record.refused += 1,
        }
        answer.is_success
    }

    pub(crate) fn open_deliveries(&self) -> u64 {
        self.lock().open
    }

    pub(crate) fn record(&self) -> Record {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventNumber {
    /// The number of the event with this name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let number = name.strip_prefix("evt_")?.parse().ok()?;
        Some(Self(number))
    }
}

impl fmt::Display for EventNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "evt_{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: Answer = Answer {
        is_success: true,
        after: Duration::ZERO,
        is_without_workers: false,
    };

    #[test]
    fn only_a_success_acknowledges() {
        let history = History::default();
        let key = history.begin_key(&mut Random::new(1));
        let event = history.begin_event(key, 1);
        let refused = Answer {
            is_success: false,
            ..ANSWER
        };
        for (answer, count) in [(None, 0), (Some(refused), 0), (Some(ANSWER), 1)] {
            history.begin_delivery(Delivery::Of(event));
            history.end_delivery(Delivery::Of(event), answer);
            let record = history.record();
            assert_eq!(record.events[event.0].acknowledgements, count, "{answer:?}");
        }
        assert_eq!(history.open_deliveries(), 0);
    }

    #[test]
    fn a_forgery_acknowledges_nothing_and_its_acknowledgement_is_noted() {
        let history = History::default();
        let key = history.begin_key(&mut Random::new(1));
        let event = history.begin_event(key, 1);
        history.begin_delivery(Delivery::Forged);
        history.end_delivery(Delivery::Forged, Some(ANSWER));
        let record = history.record();
        assert_eq!(record.events[event.0].acknowledgements, 0);
        assert_eq!((record.forgeries, record.forgeries_acknowledged), (1, 1));
    }
}
