//! The application: is told of every payment in the same words, whichever provider and server told it.

use std::sync::{Arc, Mutex, PoisonError};

use webhook_core::payment::{PaymentUpdate, PaymentUpdates};

/// Stands for a database.
#[derive(Clone, Default)]
pub(crate) struct Shop {
    updates: Arc<Mutex<Vec<PaymentUpdate>>>,
}

impl Shop {
    /// Called for what a provider signed, and for nothing else.
    ///
    /// A real one looks for the order by its reference, compares the amount with what it asked for, and acts once on each
    /// event. The handlers around it answer with an empty success, which becomes the acknowledgement that a provider demands.
    pub(crate) fn update(&self, updates: PaymentUpdates) {
        self.updates
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(updates);
    }

    /// The updates since the last time.
    pub(crate) fn take_updates(&self) -> Vec<PaymentUpdate> {
        let mut updates = self.updates.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *updates)
    }
}
