//! What was sent, and what was answered.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::request::Answer;

#[derive(Default)]
pub(crate) struct History(Mutex<Record>);

/// The event's number, which is also its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EventNumber(pub(crate) usize);

/// A delivery on its way.
pub(crate) struct Delivery {
    event: EventNumber,
    was_acknowledged: bool,
}

#[derive(Clone, Default)]
pub(crate) struct Record {
    pub(crate) events: Vec<Sent>,
    pub(crate) deliveries: u64,
    /// Deliveries on their way.
    pub(crate) open: u64,
    pub(crate) handled: u64,
    pub(crate) duplicates: u64,
    pub(crate) refused: u64,
    pub(crate) unanswered: u64,
}

/// What its sender knows of an event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent {
    pub(crate) acknowledgements: u32,
    /// How often a handler has succeeded with a delivery that was sent after an acknowledgement.
    pub(crate) handled_again: u32,
}

impl History {
    pub(crate) fn begin_event(&self) -> EventNumber {
        let mut record = self.lock();
        record.events.push(Sent::default());
        EventNumber(record.events.len() - 1)
    }

    pub(crate) fn begin_delivery(&self, event: EventNumber) -> Delivery {
        let mut record = self.lock();
        record.deliveries += 1;
        record.open += 1;
        let sent = record.events.get(event.0);
        let was_acknowledged = sent.is_some_and(|sent| sent.acknowledgements > 0);
        Delivery {
            event,
            was_acknowledged,
        }
    }

    /// Whether the delivery has acknowledged the event.
    pub(crate) fn end_delivery(&self, delivery: Delivery, answer: Option<Answer>) -> bool {
        let mut record = self.lock();
        record.open -= 1;
        match answer {
            Some(Answer::Handled) => record.handled += 1,
            Some(Answer::Duplicate) => record.duplicates += 1,
            Some(Answer::Refused(_)) => record.refused += 1,
            None => record.unanswered += 1,
        }
        let acknowledged = matches!(answer, Some(Answer::Handled | Answer::Duplicate));
        if let Some(sent) = record.events.get_mut(delivery.event.0) {
            sent.acknowledgements += u32::from(acknowledged);
            let again = delivery.was_acknowledged && answer == Some(Answer::Handled);
            sent.handled_again += u32::from(again);
        }
        acknowledged
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

impl fmt::Display for EventNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "evt_{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_is_handled_after_its_acknowledgement_is_noted() {
        let history = History::default();
        let event = history.begin_event();
        let (first, late) = (history.begin_delivery(event), history.begin_delivery(event));
        assert!(history.end_delivery(first, Some(Answer::Handled)));
        let after = history.begin_delivery(event);
        history.end_delivery(late, Some(Answer::Handled));
        let handled_again = |history: &History| history.record().events[event.0].handled_again;
        assert_eq!(handled_again(&history), 0, "it was on its way already");
        history.end_delivery(after, Some(Answer::Handled));
        assert_eq!(handled_again(&history), 1);
    }

    #[test]
    fn only_a_success_acknowledges() {
        let history = History::default();
        let event = history.begin_event();
        for answer in [
            None,
            Some(Answer::Refused(hyper::StatusCode::SERVICE_UNAVAILABLE)),
        ] {
            let delivery = history.begin_delivery(event);
            assert!(!history.end_delivery(delivery, answer));
        }
        assert_eq!(history.record().events[event.0].acknowledgements, 0);
        assert_eq!(history.open_deliveries(), 0);
    }
}
