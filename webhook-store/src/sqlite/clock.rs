//! Whether the machine's clock can be believed about other claims.
//!
//! The end of a lease is written by the clock of the machine, for other processes read it. That clock can be set: two
//! minutes ahead, and every claim looks as if it were over. So each process compares it with one that does not step. After
//! a step, and after its own start, it believes the clock only about claims that were made since; about an older one it
//! waits for as long as its lease was.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

pub(super) struct Clock {
    hands: Box<dyn Fn() -> (i64, Instant) + Send + Sync>,
    seen: Mutex<Seen>,
}

/// What time it is, in milliseconds, and since when the clock has not stepped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Now {
    /// Since 1970, by the machine's clock.
    pub(super) wall: i64,
    /// For so long the clock has gone as it should.
    pub(super) calm_for: i64,
    /// What it said when that began.
    pub(super) calm_since: i64,
}

#[derive(Clone, Copy)]
struct Seen {
    wall: i64,
    steady: Instant,
    calm_since: (i64, Instant),
}

impl Clock {
    /// The machine's.
    pub(super) fn system() -> Self {
        Self::new(|| {
            let wall = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
                Ok(since) => millis(since),
                Err(before) => -millis(before.duration()),
            };
            (wall, Instant::now())
        })
    }

    /// What the machine's clock says, and one that does not step.
    pub(super) fn new(hands: impl Fn() -> (i64, Instant) + Send + Sync + 'static) -> Self {
        let begun = hands();
        Self {
            hands: Box::new(hands),
            seen: Mutex::new(Seen {
                wall: begun.0,
                steady: begun.1,
                calm_since: begun,
            }),
        }
    }

    pub(super) fn now(&self) -> Now {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (wall, steady) = (self.hands)();
        *seen = seen.next(wall, steady);
        let (calm_since, since) = seen.calm_since;
        Now {
            wall,
            calm_for: millis(steady.saturating_duration_since(since)),
            calm_since,
        }
    }
}

impl Seen {
    fn next(self, wall: i64, steady: Instant) -> Self {
        let passed = millis(steady.saturating_duration_since(self.steady));
        let off = wall.saturating_sub(self.wall).abs_diff(passed);
        let calm_since = match off > tolerance(passed) {
            true => (wall, steady),
            false => self.calm_since,
        };
        Self {
            wall,
            steady,
            calm_since,
        }
    }
}

/// By how much two clocks may differ after so many milliseconds: a quarter of a second, and what a clock is drawn right by.
/// Less than a handler stops before its lease is over.
fn tolerance(passed: i64) -> u64 {
    250 + passed.unsigned_abs() / 4000
}

/// No longer than what can be added to the present time.
pub(super) fn millis(duration: Duration) -> i64 {
    const LONGEST: i64 = i64::MAX / 4;
    i64::try_from(duration.as_millis()).map_or(LONGEST, |millis| millis.min(LONGEST))
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_goes_is_calm_and_one_that_steps_is_not() {
        let start = Instant::now();
        for (what, wall, passed, is_calm) in [
            ("goes", 10_000, 10_000, true),
            ("is drawn right", 10_100, 10_000, true),
            ("went for a day", 86_410_000, 86_400_000, true),
            ("two minutes ahead", 130_000, 10_000, false),
            ("an hour back", -3_590_000, 10_000, false),
            ("a second ahead", 11_000, 10_000, false),
            ("the machine slept", 3_600_000, 1_000, false),
        ] {
            let seen = Seen {
                wall: 0,
                steady: start,
                calm_since: (0, start),
            };
            let steady = start + Duration::from_millis(passed);
            let next = seen.next(wall, steady);
            let calm_since = if is_calm { (0, start) } else { (wall, steady) };
            assert_eq!(next.calm_since, calm_since, "{what}");
            assert_eq!((next.wall, next.steady), (wall, steady), "{what}");
        }
    }
}
