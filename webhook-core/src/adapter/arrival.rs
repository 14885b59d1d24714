//! What is on its way to the handler.

use std::fmt;
use std::ops::Deref;

use crate::delivery::{Delivery, UnverifiedDelivery};
use crate::observe::Watch;
use crate::outcome::{Answer, Rejection, RejectionKind};

/// A delivery on its way from [`verify`](crate::adapter::verify) to [`process`](crate::adapter::process).
///
/// The observers of its endpoint are told what becomes of it: dropped, it counts as cancelled.
#[must_use = "give it to `process`, or take the delivery out of it"]
pub struct Arrival {
    /// Boxed, as it passes many hands.
    pub(super) delivery: Box<Delivery>,
    pub(super) watch: Watch,
}

impl Arrival {
    /// Refuses it, for what only an adapter can see. Observers are told.
    #[must_use]
    pub fn refuse(mut self, kind: RejectionKind, reason: &'static str) -> Rejection {
        let rejection = Rejection::new(kind, reason);
        let answer = Answer::from(rejection.clone());
        self.watch.answered_late(&self.delivery, &answer, None);
        rejection
    }

    /// The delivery, for an adapter that does not see what the handler answers. Observers are told that it was accepted.
    #[must_use]
    pub fn into_delivery(self) -> Delivery {
        self.watch.handed_over();
        *self.delivery
    }
}

/// What [`verify_or_report`](crate::adapter::verify_or_report) has found.
#[must_use = "give it to `process` or to `process_reported`"]
#[derive(Debug)]
pub enum Judged {
    /// Genuine: for [`process`](crate::adapter::process).
    Genuine(Arrival),
    /// It would be refused, and the endpoint [only reports](crate::Endpoint::dangerously_report_only): for
    /// [`process_reported`](crate::adapter::process_reported).
    Reported(Reported),
}

/// A request that would be refused, on its way to the handler. The observers of its endpoint are told what becomes of it: dropped, it
/// counts as cancelled.
#[must_use = "give it to `process_reported`, or take the unverified delivery out of it"]
pub struct Reported {
    pub(super) unverified: Box<UnverifiedDelivery>,
    pub(super) watch: Watch,
}

impl Reported {
    /// For an adapter that does not know of report-only endpoints.
    pub(super) fn refuse_after_all(mut self) -> Answer {
        self.watch.refused_after_all(*self.unverified)
    }

    /// What would be refused, for an adapter that does not see what the handler answers. Observers are told that it was reported.
    #[must_use]
    pub fn into_unverified(self) -> UnverifiedDelivery {
        self.watch.handed_over();
        *self.unverified
    }
}

impl fmt::Debug for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.unverified.fmt(f)
    }
}

/// Of which observers were told when it was verified.
impl From<Delivery> for Arrival {
    fn from(delivery: Delivery) -> Self {
        Self {
            delivery: Box::new(delivery),
            watch: Watch::over(),
        }
    }
}

impl Deref for Arrival {
    type Target = Delivery;

    fn deref(&self) -> &Delivery {
        &self.delivery
    }
}

impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.delivery.fmt(f)
    }
}
