//! How long to wait after an attempt that failed.

use std::time::Duration;

use webhook_core::dedupe::Nonce;

/// Longest wait between two attempts.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// After the first attempt `first`, after each other twice as long, an hour at most; between half of that and one and a half, so that
/// what has failed together does not come back together.
pub(super) fn after(attempts: u32, first: Duration) -> Duration {
    spread(whole(attempts, first), Nonce::random().get())
}

fn whole(attempts: u32, first: Duration) -> Duration {
    let doublings = attempts.saturating_sub(1).min(30);
    first.saturating_mul(1 << doublings).min(LONGEST)
}

fn spread(whole: Duration, random: i64) -> Duration {
    let share = u32::try_from(random.rem_euclid(1000)).unwrap_or_default();
    whole / 2 + whole * share / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_twice_as_long_up_to_an_hour() {
        let first = Duration::from_secs(1);
        for (attempts, secs) in [
            (0, 1),
            (1, 1),
            (2, 2),
            (3, 4),
            (12, 2048),
            (13, 3600),
            (u32::MAX, 3600),
        ] {
            assert_eq!(whole(attempts, first).as_secs(), secs, "{attempts}");
        }
        assert_eq!(whole(40, Duration::MAX), LONGEST);
    }

    #[test]
    fn a_wait_is_spread_around_its_length() {
        let whole = Duration::from_millis(1000);
        for (random, millis) in [
            (0, 500),
            (999, 1499),
            (1000, 500),
            (-1, 1499),
            (i64::MIN, 692),
        ] {
            assert_eq!(spread(whole, random).as_millis(), millis, "{random}");
        }
    }
}
