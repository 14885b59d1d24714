//! Moments, clocks and the window in which a signed time is accepted.

mod calendar;

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::outcome::{Rejection, RejectionKind};

/// A moment, in milliseconds since 1970-01-01T00:00:00Z. Arithmetic saturates.
///
/// ```
/// use webhook_core::UnixTime;
///
/// let moment = UnixTime::from_secs(1_785_920_400);
/// assert_eq!(moment.as_secs(), 1_785_920_400);
/// assert_eq!(UnixTime::from_secs(i64::MAX).as_millis(), i64::MAX);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(i64);

impl UnixTime {
    /// The moment so many seconds after (or, negative, before) 1970.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// The moment so many milliseconds after (or, negative, before) 1970.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Whole seconds since 1970, rounded towards the past.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This moment moved by so many seconds.
    #[must_use]
    pub const fn plus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(1000)))
    }
}

impl From<SystemTime> for UnixTime {
    fn from(time: SystemTime) -> Self {
        let millis = |d: Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(millis(after)),
            Err(before) => Self(millis(before.duration()).saturating_neg()),
        }
    }
}

/// Where an endpoint takes the time from. A closure is a clock.
///
/// ```
/// use webhook_core::{Clock, UnixTime};
///
/// let stopped = || UnixTime::from_secs(0);
/// assert_eq!(stopped.now().as_secs(), 0);
/// ```
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> UnixTime;
}

impl<F: Fn() -> UnixTime + Send + Sync> Clock for F {
    fn now(&self) -> UnixTime {
        self()
    }
}

/// The clock of the machine. The default of every endpoint.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        SystemTime::now().into()
    }
}

/// How far a signed time may lie from the receiver's clock, in whole seconds. Both bounds are inclusive.
///
/// ```
/// use webhook_core::Tolerance;
///
/// let five_minutes = Tolerance::secs(300);
/// let strict_about_the_future = Tolerance::secs(300).future(30);
/// assert_ne!(five_minutes, strict_about_the_future);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    past: u32,
    future: u32,
}

impl Tolerance {
    /// So many seconds both ways. 0 accepts the present second only.
    #[must_use]
    pub const fn secs(secs: u32) -> Self {
        Self {
            past: secs,
            future: secs,
        }
    }

    /// Another bound for times that lie ahead of the receiver's clock.
    #[must_use]
    pub const fn future(self, secs: u32) -> Self {
        Self {
            past: self.past,
            future: secs,
        }
    }

    /// How many seconds behind the receiver's clock, and how many ahead of it.
    pub(crate) const fn as_secs(self) -> [u32; 2] {
        [self.past, self.future]
    }

    /// How long one request is accepted, from the first moment to the last.
    pub(crate) fn window(self) -> Duration {
        Duration::from_secs(u64::from(self.past) + u64::from(self.future))
    }

    /// Where `time` lies, both read in the unit in which the sender wrote it.
    pub(crate) fn judge(self, time: UnixTime, now: UnixTime, unit: TimeUnit) -> Window {
        let (time, now, scale) = match unit {
            TimeUnit::Seconds => (time.as_secs(), now.as_secs(), 1),
            TimeUnit::Milliseconds | TimeUnit::Rfc3339 | TimeUnit::Rfc3339WithoutColon => {
                (time.as_millis(), now.as_millis(), 1000)
            }
        };
        if now.saturating_sub(time) > i64::from(self.past) * scale {
            Window::Stale
        } else if time.saturating_sub(now) > i64::from(self.future) * scale {
            Window::Future
        } else {
            Window::Inside
        }
    }
}

impl Tolerance {
    /// Refuses a signed time outside the window.
    pub(crate) fn require(
        self,
        time: UnixTime,
        now: UnixTime,
        unit: TimeUnit,
    ) -> Result<(), Rejection> {
        match self.judge(time, now, unit) {
            Window::Inside => Ok(()),
            Window::Stale => Err(Rejection::new(
                RejectionKind::Stale,
                "the signed time is older than the tolerance",
            )),
            Window::Future => Err(Rejection::new(
                RejectionKind::Future,
                "the signed time lies further ahead than the tolerance",
            )),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    Inside,
    Stale,
    Future,
}

/// How a sender writes a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeUnit {
    /// Whole seconds since 1970, digits only.
    Seconds,
    /// Whole milliseconds since 1970, digits only.
    Milliseconds,
    /// `2026-08-05T09:00:00Z`: date, `T`, time, up to nine digits of a fraction, `Z` or a numeric offset.
    Rfc3339,
    /// `2026-08-05T09:00:00.000+0000`: the same where the offset may also stand without its colon.
    Rfc3339WithoutColon,
}

impl TimeUnit {
    /// Reads a time in exactly this grammar: no sign, no space, no leading zero, at most 16 digits.
    ///
    /// Senders sign the text, lenient parsers sign the number they made of it; where both are the
    /// same there is nothing to choose between, so nothing else is accepted.
    pub(crate) fn parse(self, text: &[u8]) -> Option<UnixTime> {
        match self {
            Self::Seconds => digits(text).map(UnixTime::from_secs),
            Self::Milliseconds => digits(text).map(UnixTime::from_millis),
            Self::Rfc3339 => calendar::read(text).map(UnixTime::from_millis),
            Self::Rfc3339WithoutColon => {
                calendar::read_without_colon(text).map(UnixTime::from_millis)
            }
        }
    }

    /// Writes a time as the sender would.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn write(self, time: UnixTime) -> String {
        match self {
            Self::Seconds => time.as_secs().to_string(),
            Self::Milliseconds => time.as_millis().to_string(),
            Self::Rfc3339 | Self::Rfc3339WithoutColon => time.to_string(),
        }
    }
}

impl fmt::Display for UnixTime {
    /// RFC 3339 in UTC, such as `2026-08-05T09:00:00Z`; out of the calendar's range, the milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        calendar::write(self.0, f)
    }
}

fn digits(text: &[u8]) -> Option<i64> {
    // So many digits always fit.
    let is_canonical = match text {
        [] => false,
        [b'0', rest @ ..] => rest.is_empty(),
        _ => text.len() <= 16,
    };
    if !is_canonical {
        return None;
    }
    let (mut number, mut are_digits) = (0_i64, true);
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        are_digits &= digit < 10;
        number = number * 10 + i64::from(digit);
    }
    are_digits.then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_only_canonical_digits() {
        assert_eq!(
            TimeUnit::Seconds.parse(b"1785920400"),
            Some(UnixTime::from_secs(1_785_920_400))
        );
        assert_eq!(TimeUnit::Seconds.parse(b"0"), Some(UnixTime::from_secs(0)));
        for text in [
            "",
            " 1",
            "1 ",
            "+1",
            "-1",
            "1.5",
            "1e9",
            "01",
            "00",
            "abc",
            "1abc",
            "0x10",
            "12345678901234567",
            "٣",
            "99999999999999999999",
        ] {
            assert_eq!(TimeUnit::Seconds.parse(text.as_bytes()), None, "{text:?}");
            assert_eq!(
                TimeUnit::Milliseconds.parse(text.as_bytes()),
                None,
                "{text:?}"
            );
        }
    }

    #[test]
    fn the_largest_readable_number_saturates() {
        assert_eq!(
            TimeUnit::Seconds.parse(b"9999999999999999"),
            Some(UnixTime::from_millis(i64::MAX))
        );
    }

    #[test]
    fn reads_only_rfc_3339() {
        let nine = UnixTime::from_secs(1_785_920_400);
        for text in [
            "2026-08-05T09:00:00Z",
            "2026-08-05T02:00:00-07:00",
            "2026-08-05T09:00:00.000000000Z",
        ] {
            assert_eq!(
                TimeUnit::Rfc3339.parse(text.as_bytes()),
                Some(nine),
                "{text}"
            );
        }
        for text in [
            "2026-08-05 09:00:00Z",
            "2026-08-05T09:00:00",
            "2026-08-05T09:00:00z",
            "2026-08-05t09:00:00Z",
            "2026-08-05T09:00Z",
            "2026-08-05T09:00:00.Z",
            "2026-08-05T09:00:00.0000000000Z",
            "2026-08-05T09:00:00+0700",
            "2026-08-05T09:00:00Z[UTC]",
            "2026-13-05T09:00:00Z",
            "2026-02-30T09:00:00Z",
            "+02026-08-05T09:00:00Z",
            "2026-08-05T25:00:00Z",
            "20260805T090000Z",
            "2026-08-05T090000.1Z",
            "",
        ] {
            assert_eq!(TimeUnit::Rfc3339.parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn both_bounds_of_the_window_are_inclusive() {
        let window = Tolerance::secs(300).future(10);
        let now = UnixTime::from_secs(1000);
        let judge = |secs| window.judge(UnixTime::from_secs(secs), now, TimeUnit::Seconds);
        assert_eq!(judge(699), Window::Stale);
        assert_eq!(judge(700), Window::Inside);
        assert_eq!(judge(1010), Window::Inside);
        assert_eq!(judge(1011), Window::Future);
    }

    #[test]
    fn a_time_in_seconds_is_judged_in_seconds() {
        let now = UnixTime::from_millis(1_300_999);
        let sent = UnixTime::from_secs(1000);
        assert_eq!(
            Tolerance::secs(300).judge(sent, now, TimeUnit::Seconds),
            Window::Inside
        );
        assert_eq!(
            Tolerance::secs(300).judge(sent, now, TimeUnit::Milliseconds),
            Window::Stale
        );
    }

    #[test]
    fn extreme_times_saturate() {
        let zero = Tolerance::secs(0);
        let far = UnixTime::from_millis(i64::MAX);
        let long_ago = UnixTime::from_millis(i64::MIN);
        assert_eq!(
            zero.judge(far, long_ago, TimeUnit::Milliseconds),
            Window::Future
        );
        assert_eq!(
            zero.judge(long_ago, far, TimeUnit::Milliseconds),
            Window::Stale
        );
        assert_eq!(
            Tolerance::secs(u32::MAX).judge(far, far, TimeUnit::Seconds),
            Window::Inside
        );
    }

    #[test]
    fn a_clock_before_1970_is_negative_time() {
        let before = UNIX_EPOCH - std::time::Duration::from_millis(1500);
        assert_eq!(UnixTime::from(before), UnixTime::from_millis(-1500));
        assert_eq!(UnixTime::from(before).as_secs(), -2);
    }

    #[test]
    fn writes_what_it_reads() {
        let time = UnixTime::from_millis(1_785_920_400_250);
        assert_eq!(time.to_string(), "2026-08-05T09:00:00.25Z");
        for unit in [TimeUnit::Milliseconds, TimeUnit::Rfc3339] {
            assert_eq!(unit.parse(unit.write(time).as_bytes()), Some(time));
        }
    }
}
