//! Moments and spans, as flags say them.

use std::time::{SystemTime, UNIX_EPOCH};

use webhook_core::UnixTime;

use crate::terminal::Failure;

/// When a request is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// At this moment.
    At(UnixTime),
    /// So many seconds before it is sent.
    Ago(i64),
}

impl When {
    pub(super) fn new(at: Option<&str>, age: Option<&str>) -> Result<Self, Failure> {
        match (at, age) {
            (Some(at), _) => Ok(Self::At(moment(at)?)),
            (None, Some(age)) => Ok(Self::Ago(seconds(age)?)),
            (None, None) => Ok(Self::Ago(0)),
        }
    }

    pub(super) fn time(self) -> UnixTime {
        match self {
            Self::At(time) => time,
            Self::Ago(seconds) => now().plus_secs(-seconds),
        }
    }
}

fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.unwrap_or_default().as_millis();
    UnixTime::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

fn moment(text: &str) -> Result<UnixTime, Failure> {
    if let Ok(seconds) = text.parse::<i64>()
        && (-LONGEST..=LONGEST).contains(&seconds)
    {
        return Ok(UnixTime::from_secs(seconds));
    }
    let read: Result<jiff::Timestamp, _> = text.parse();
    let time = read.map_err(|_| {
        Failure::usage("--at wants a time such as 2026-08-05T09:00:00Z, or seconds since 1970")
    })?;
    Ok(UnixTime::from_millis(time.as_millisecond()))
}

/// The year 9999.
const LONGEST: i64 = 253_402_300_799;

fn seconds(text: &str) -> Result<i64, Failure> {
    const UNITS: [(char, i64); 4] = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400)];
    let unit = UNITS.iter().find(|(letter, _)| text.ends_with(*letter));
    let (number, factor) = match unit {
        Some((letter, factor)) => (text.trim_end_matches(*letter), *factor),
        None => (text, 1),
    };
    let number: Option<i64> = number.parse().ok();
    let seconds = number.and_then(|number| number.checked_mul(factor));
    seconds
        .filter(|seconds| (0..=LONGEST).contains(seconds))
        .ok_or_else(|| Failure::usage("--age wants a span such as 90s, 10m, 2h or 1d"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (text, seconds) in [
            ("1785920400", 1_785_920_400),
            ("2026-08-05T09:00:00Z", 1_785_920_400),
            ("2026-08-05T11:00:00+02:00", 1_785_920_400),
        ] {
            let when = When::new(Some(text), None).unwrap();
            assert_eq!(when, When::At(UnixTime::from_secs(seconds)), "{text}");
        }
        for (text, seconds) in [
            ("90", 90),
            ("90s", 90),
            ("10m", 600),
            ("2h", 7200),
            ("1d", 86_400),
        ] {
            let when = When::new(None, Some(text)).unwrap();
            assert_eq!(when, When::Ago(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "yesterday", "2026-08-05", "9223372036854775807"] {
            assert!(When::new(Some(text), None).is_err(), "{text}");
        }
        for text in ["", "m", "-5m", "1.5h", "9223372036854775807d", "10 m", "mm"] {
            assert!(When::new(None, Some(text)).is_err(), "{text}");
        }
    }
}
