//! What the matrix asks of an engine.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use webhook_core::dedupe::{Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce};
use webhook_store::testing::fresh_key;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Paused,
    Late,
    TooLate,
    Hole,
    Restarted,
    Emptied,
    PoolUsedUp,
    NoConnections,
    ReadOnly,
    Full,
    Ahead,
    Back,
}

/// So much later comes each answer.
pub(super) const LATE: Duration = Duration::from_millis(700);

/// For so long an event is claimed.
pub(super) const LEASE: Duration = Duration::from_secs(60);

/// For so long it is remembered.
pub(super) const RETENTION: Duration = Duration::from_secs(35 * 24 * 60 * 60);

/// So far is a clock set, in seconds.
pub(super) const STEP: i64 = 3600;

/// What a store knows of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// Nothing, or that it is nobody's.
    None,
    Claimed,
    Done,
}

/// Writes an effect and completes its claim in one transaction. An error if that did not work.
pub(super) type Book = Arc<
    dyn Fn(String, ClaimToken) -> Pin<Box<dyn Future<Output = Result<(), ()>> + Send>>
        + Send
        + Sync,
>;

pub(super) trait Engine {
    type Store: DedupeStore + Clone + 'static;

    /// As the README calls it.
    const NAME: &str;

    /// A store of an application that has just started.
    async fn store(&mut self) -> Self::Store;

    /// From now on this is wrong. False if there is no such fault.
    async fn begin(&mut self, fault: Fault, store: &Self::Store) -> bool;

    /// From now on it is right again.
    async fn end(&mut self, fault: Fault, store: &Self::Store);

    async fn row(&mut self, store: &Self::Store, key: &DedupeKey) -> Row;

    /// If effects can be in the same database.
    fn book(_: &Self::Store) -> Option<Book> {
        None
    }

    /// How often this event is booked there.
    async fn booked(&mut self, _: &Self::Store, _: &str) -> u32 {
        0
    }
}

/// Books effects in the store's own database: with this statement, in a transaction that begins so.
macro_rules! books {
    ($store:ty, $insert:literal, $begin:ident($($how:literal)?)) => {
        fn book(store: &$store) -> Option<super::engine::Book> {
            let store = store.clone();
            Some(std::sync::Arc::new(move |event, claim| {
                let store = store.clone();
                Box::pin(async move {
                    let booked = async {
                        let mut transaction = store.pool().$begin($($how)?).await?;
                        let insert = sqlx::query($insert).bind(event);
                        insert.execute(&mut *transaction).await?;
                        let held = store
                            .complete_in(&mut transaction, &claim, super::engine::RETENTION)
                            .await?;
                        if held == webhook_core::dedupe::ClaimState::Held {
                            transaction.commit().await?;
                        }
                        Ok(held)
                    };
                    super::engine::is_booked(booked.await)
                })
            }))
        }
    };
}
pub(super) use books;

/// Of whether it is done, and whether its lease is longer than nothing.
pub(super) fn row_of(row: Option<(bool, bool)>) -> Row {
    match row {
        Some((true, _)) => Row::Done,
        Some((false, true)) => Row::Claimed,
        Some((false, false)) | None => Row::None,
    }
}

/// Whether an effect is there, by this transaction or by an earlier one of the same claim.
pub(super) fn is_booked(
    booked: Result<ClaimState, Box<dyn Error + Send + Sync>>,
) -> Result<(), ()> {
    match booked {
        Ok(ClaimState::Held | ClaimState::Done) => Ok(()),
        Ok(ClaimState::Lost) | Err(_) => Err(()),
    }
}

/// Claims until no more is taken.
pub(super) async fn fill(store: &impl DedupeStore) -> Vec<ClaimToken> {
    let mut claimed = Vec::new();
    while let Ok(claim) = store.claim(&fresh_key(), Nonce::random(), LEASE).await {
        match claim {
            Claim::New(token) => claimed.push(token),
            other => panic!("a fresh key: {other:?}"),
        }
    }
    claimed
}
