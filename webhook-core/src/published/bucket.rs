//! How often strangers may make us ask.

use crate::time::UnixTime;

/// How many questions may follow each other at once.
pub(super) const BURST: i64 = 32;

/// How long it takes until one more may be asked.
pub(super) const REFILL_MS: i64 = 1000;

/// A token bucket: one token for each question that a stranger causes. Told the time, so that it can be tested.
#[derive(Debug)]
pub(super) struct Bucket {
    tokens: i64,
    /// Up to when it is filled.
    filled: Option<UnixTime>,
}

impl Bucket {
    pub(super) const fn full() -> Self {
        Self {
            tokens: BURST,
            filled: None,
        }
    }

    /// Whether one more question may be asked now.
    pub(super) fn take(&mut self, now: UnixTime) -> bool {
        let last = self.filled.unwrap_or(now).as_millis();
        let passed = now.as_millis().saturating_sub(last);
        // A clock that was set back begins anew, and fills nothing.
        let (more, rest) = match passed < 0 {
            true => (0, 0),
            false => (passed / REFILL_MS, passed % REFILL_MS),
        };
        self.tokens = self.tokens.saturating_add(more).min(BURST);
        self.filled = Some(UnixTime::from_millis(now.as_millis().saturating_sub(rest)));
        let may = self.tokens > 0;
        self.tokens -= i64::from(may);
        may
    }

    /// The question led to a key that exists: nobody made it up.
    pub(super) fn give_back(&mut self) {
        self.tokens = (self.tokens + 1).min(BURST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);

    fn taken(bucket: &mut Bucket, now: UnixTime) -> usize {
        (0..1000).filter(|_| bucket.take(now)).count()
    }

    #[test]
    fn a_burst_is_followed_by_one_a_second() {
        let mut bucket = Bucket::full();
        assert_eq!(taken(&mut bucket, NOW), 32);
        assert_eq!(taken(&mut bucket, NOW), 0);
        let after = |ms| UnixTime::from_millis(NOW.as_millis() + ms);
        assert_eq!(taken(&mut bucket, after(999)), 0);
        assert_eq!(taken(&mut bucket, after(1000)), 1);
        assert_eq!(taken(&mut bucket, after(1999)), 0);
        assert_eq!(taken(&mut bucket, after(4500)), 3);
        assert_eq!(taken(&mut bucket, after(5000)), 1);
        assert_eq!(taken(&mut bucket, after(3_600_000)), 32);
    }

    #[test]
    fn a_clock_that_was_set_back_neither_fills_nor_blocks() {
        let mut bucket = Bucket::full();
        assert_eq!(taken(&mut bucket, NOW), 32);
        assert_eq!(taken(&mut bucket, NOW.plus_secs(-3600)), 0);
        assert_eq!(taken(&mut bucket, NOW.plus_secs(-3598)), 2);
    }

    #[test]
    fn what_is_given_back_never_overfills() {
        let mut bucket = Bucket::full();
        bucket.give_back();
        assert_eq!(taken(&mut bucket, NOW), 32);
        bucket.give_back();
        assert_eq!(taken(&mut bucket, NOW), 1);
    }
}
