//! What a handler is told of its attempt.

use sqlx::{Sqlite, Transaction};
use webhook_core::dedupe::{ClaimState, StoreError};

use super::sqlite::{self, Attempt};

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

    /// Which attempt this is, from 1.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt.number
    }

    /// Says in your own transaction that the work is done: it commits with the effects, or neither does. Roll back if somebody else has
    /// taken the job meanwhile ([`ClaimState::Lost`]), because this attempt took longer than its deadline.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub async fn complete_in(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
    ) -> Result<ClaimState, StoreError> {
        sqlite::done(transaction, self.attempt, sqlite::now()).await
    }
}
