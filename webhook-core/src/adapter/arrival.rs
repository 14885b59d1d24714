//! A delivery on its way to the handler.

use std::fmt;
use std::ops::Deref;

use crate::delivery::Delivery;
use crate::observe::Watch;
use crate::outcome::{Answer, Rejection, RejectionKind};

/// A delivery on its way from [`verify`](crate::adapter::verify) to [`process`](crate::adapter::process).
///
/// The observers of its endpoint are told what becomes of it: dropped, it counts as cancelled.
#[must_use = "give it to `process`, or take the delivery out of it"]
pub struct Arrival {
    pub(super) delivery: Delivery,
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
        self.delivery
    }
}

/// Of which observers were told when it was verified.
impl From<Delivery> for Arrival {
    fn from(delivery: Delivery) -> Self {
        Self {
            delivery,
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
