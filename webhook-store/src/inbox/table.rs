//! What an inbox asks of its table, whatever database it is in.

use std::fmt;
use std::time::Duration;

use webhook_core::UnixTime;
use webhook_core::dedupe::{ClaimToken, StoreFuture};

/// One attempt: the row, and what tells it from every other attempt at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attempt {
    pub(super) row: i64,
    /// Greater for every later attempt, also after a replay.
    pub(super) fence: i64,
    /// Since the row was new.
    pub(super) number: u32,
    /// Whether it is of an order, in which somebody may wait for its end.
    pub(super) is_ordered: bool,
}

/// A delivery that is to be stored.
#[derive(Clone)]
pub struct Row {
    /// The dedupe key, in hexadecimal digits.
    pub(super) key: String,
    pub(super) endpoint: Option<String>,
    pub(super) event: Option<String>,
    pub(super) kind: Option<String>,
    /// Of which it is worked on in the order of arrival.
    pub(super) order_key: Option<[u8; 32]>,
    /// A `StoredDelivery` as JSON.
    pub(super) delivery: String,
    /// The claim that the layer has made, and how long its event is to be remembered: completed in the same transaction.
    pub(super) claim: Option<(ClaimToken, Duration)>,
}

/// A row that was taken.
pub(super) struct Taken {
    pub(super) attempt: Attempt,
    /// A worker has begun it before, and was gone before it ended: this delivery may be why.
    pub(super) was_lost: bool,
    pub(super) delivery: String,
}

/// The same as databases say it: the row, its fence, how often it was begun, whether it was lost, whether it is of an order, the delivery.
pub(super) type TakenRow<Count> = (i64, i64, Count, bool, bool, String);

impl<Count: TryInto<u32>> From<TakenRow<Count>> for Taken {
    fn from((row, fence, number, was_lost, is_ordered, delivery): TakenRow<Count>) -> Self {
        Self {
            attempt: Attempt {
                row,
                fence,
                number: number.try_into().unwrap_or(u32::MAX),
                is_ordered,
            },
            was_lost,
            delivery,
        }
    }
}

/// How an attempt ends.
#[derive(Clone, Debug)]
pub enum End {
    Done,
    /// It failed, and is tried again after this time.
    Again(Duration, String),
    Dead(String),
    /// It did not come to its end, because the worker stops: as if it had not been begun.
    GivenBack,
}

impl End {
    /// The state in the table after it.
    pub(super) const fn state(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Again(..) | Self::GivenBack => "new",
            Self::Dead(_) => "dead",
        }
    }

    pub(super) const fn wait(&self) -> Duration {
        match self {
            Self::Again(wait, _) => *wait,
            Self::Done | Self::Dead(_) | Self::GivenBack => Duration::ZERO,
        }
    }

    pub(super) fn error(&self) -> Option<&str> {
        match self {
            Self::Again(_, error) | Self::Dead(error) => Some(error),
            Self::Done | Self::GivenBack => None,
        }
    }
}

/// How much to take.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    pub(super) most: u32,
    /// Whether one of them may be one that was lost.
    pub(super) with_lost: bool,
    /// How long until another worker may take it.
    pub(super) lease: Duration,
}

impl Demand {
    /// For who only says what has ended.
    pub(super) const NOTHING: Self = Self {
        most: 0,
        with_lost: false,
        lease: Duration::ZERO,
    };

    /// Whether all of it was taken: then nobody waits for what is due next.
    pub(super) fn is_met_by(&self, taken: usize) -> bool {
        u32::try_from(taken).is_ok_and(|taken| taken >= self.most)
    }

    /// When the first is due that it asks for: of new rows, and of those that were lost.
    pub(super) fn due(&self, (new, lost): (Option<i64>, Option<i64>)) -> Option<i64> {
        let lost = lost.filter(|_| self.with_lost);
        new.into_iter().chain(lost).min()
    }

    /// How many that were lost.
    pub(super) fn lost(&self) -> u32 {
        u32::from(self.with_lost).min(self.most)
    }
}

/// What a worker gets for what it has ended.
pub struct Step {
    pub(super) taken: Vec<Taken>,
    /// How long until the next row is due that it asks for, if there is one.
    pub(super) next: Option<Duration>,
}

// What is stored shows in no log.

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").finish_non_exhaustive()
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken = self.taken.len();
        f.debug_struct("Step")
            .field("taken", &taken)
            .finish_non_exhaustive()
    }
}

impl Step {
    /// With the time in milliseconds at which the next row is due, which may be over.
    pub(super) fn new(taken: Vec<Taken>, due: Option<i64>, now: i64) -> Self {
        let wait = due.map(|due| u64::try_from(due.saturating_sub(now)).unwrap_or_default());
        Self {
            taken,
            next: wait.map(Duration::from_millis),
        }
    }
}

/// What to replay: all that is said must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub(super) row: Option<i64>,
    pub(super) event: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) since: Option<UnixTime>,
    pub(super) state: Option<&'static str>,
}

/// The table of an inbox. Each answer comes after its transaction has committed.
pub trait Table: Send + Sync {
    /// Makes the tables if they are not there, that of dedupe among them.
    fn migrate(&self) -> StoreFuture<()>;

    /// Stores a delivery, and completes its claim. An event that is there already stays as it is.
    fn put(&self, row: Row) -> StoreFuture<()>;

    /// Says how attempts ended, unless somebody else has begun another one since, and takes rows that are due, or that somebody has begun
    /// and not ended in time. A row whose order has come after these ends is one of them.
    fn step(&self, ended: Vec<(Attempt, End)>, demand: Demand) -> StoreFuture<Step>;

    /// Makes rows new. What is worked on now stays.
    fn replay(&self, filter: Filter) -> StoreFuture<u64>;

    /// Lets those go on that wait for nobody: after a replay, or if somebody has deleted rows.
    fn wake(&self) -> StoreFuture<()>;

    /// Forgets up to `most` rows that are done for longer than this.
    fn prune(&self, done_for: Duration, most: u32) -> StoreFuture<u64>;

    /// How many rows are in each state.
    fn count(&self) -> StoreFuture<Vec<(String, i64)>>;
}

/// Why a row is not stored whose claim is lost.
pub(super) const CLAIMED: &str = "somebody else has claimed the event";

pub(super) fn millis(time: Duration) -> i64 {
    // No longer than what can be added to the present time.
    const LONGEST: i64 = i64::MAX / 4000;
    i64::try_from(time.as_millis()).map_or(LONGEST, |millis| millis.min(LONGEST))
}

/// A text as it can be stored: PostgreSQL has none with a zero in it.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_waits_for_the_first_row_that_it_asks_for() {
        for (with_lost, new, lost, due) in [
            (true, Some(5), Some(3), Some(3)),
            (true, Some(5), Some(7), Some(5)),
            (true, None, Some(3), Some(3)),
            (false, Some(5), Some(3), Some(5)),
            (false, None, Some(3), None),
            (true, None, None, None),
        ] {
            let demand = Demand {
                with_lost,
                ..Demand::NOTHING
            };
            assert_eq!(demand.due((new, lost)), due, "{new:?} {lost:?}");
        }
    }
}
