//! What a handler is told of its attempt.

use sqlx::Transaction;
use webhook_core::dedupe::{ClaimState, StoreError};

use super::database::InboxDatabase;
use super::table::Attempt;

/// One attempt at the work for a delivery.
#[derive(Clone, Debug)]
pub struct Job {
    attempt: Attempt,
}

impl Job {
    pub(super) const fn new(attempt: Attempt) -> Self {
        Self { attempt }
    }

    /// The number of its row, by which [`Which::Row`](super::Which::Row) replays it.
    #[must_use]
    pub const fn row(&self) -> i64 {
        self.attempt.row
    }

    /// Which attempt this is, from 1. A replay begins at 1 again.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt.number
    }

    /// A number that is greater for every later attempt at this delivery, also after a replay. Another system that is given it with each
    /// effect, and refuses smaller ones than it has seen, is safe from an attempt that goes on after its deadline.
    #[must_use]
    pub const fn fence(&self) -> i64 {
        self.attempt.fence
    }

    /// Says in your own transaction that the work is done: it commits with the effects, or neither does. Roll back if somebody else has
    /// taken the job meanwhile ([`ClaimState::Lost`]), because this attempt took longer than its deadline.
    ///
    /// The transaction is one of the database in which the inbox is.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn complete_in<D: InboxDatabase>(
        &self,
        transaction: &mut Transaction<'_, D>,
    ) -> Result<ClaimState, StoreError> {
        match D::done(&mut *transaction, self.attempt).await {
            Ok(true) => Ok(ClaimState::Held),
            Ok(false) => Ok(ClaimState::Lost),
            Err(error) => Err(StoreError::new(error)),
        }
    }
}
