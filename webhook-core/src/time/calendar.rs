//! Dates of the Gregorian calendar as RFC 3339 writes them.
//!
//! The tests ask the crate `jiff` for each of them. It is not what reads them in an application, as it would be an eighth of the time
//! that one takes to build.

use std::fmt;

/// The last second of which the calendar can say the date in every zone.
const LAST: i64 = 253_402_207_200;
/// The first second of the year 0.
const FIRST: i64 = -62_167_219_200;
const SECONDS_OF_DAY: i64 = 86_400;
/// Of 400 years, after which the calendar repeats itself.
const DAYS_OF_ERA: i64 = 146_097;
/// From the first of March of the year 0 to 1970.
const DAYS_TO_1970: i64 = 719_468;

/// Milliseconds since 1970 of `2026-08-05T09:00:00Z`: date, `T`, time, up to nine digits of a fraction, `Z` or a numeric offset. A leap
/// second is the second before it.
pub(super) fn read(text: &[u8]) -> Option<i64> {
    read_with(text, &[b"00:00"])
}

/// The same where the offset may also stand without its colon: `+0000`.
pub(super) fn read_without_colon(text: &[u8]) -> Option<i64> {
    read_with(text, &[b"00:00", b"0000"])
}

/// The same with an offset of one of these shapes.
fn read_with(text: &[u8], offsets: &[&[u8]]) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let [b'T', rest @ ..] = rest else { return None };
    let (clock, rest) = rest.split_at_checked(8)?;
    let [century, year, month, day] = pairs(date, b"0000-00-00")?;
    let [hour, minute, second, _] = pairs(clock, b"00:00:00")?;
    let (nanos, zone) = match rest {
        [b'.', fraction @ ..] => nanos(fraction)?,
        zone => (0, zone),
    };
    let offset = match zone {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), offset @ ..] => {
            let [hours, minutes, ..] = offsets.iter().find_map(|shape| pairs(offset, shape))?;
            let is_one = hours <= 25 && minutes <= 59;
            let seconds = (hours * 60 + minutes) * 60;
            is_one.then_some(if *sign == b'-' { -seconds } else { seconds })?
        }
        _ => return None,
    };
    let year = century * 100 + year;
    let is_date = (1..=12).contains(&month) && (1..=length_of(month, year)).contains(&day);
    if !is_date || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let of_day = (hour * 60 + minute) * 60 + second.min(59);
    let seconds = days_since_1970(year, month, day) * SECONDS_OF_DAY + of_day - offset;
    if seconds > LAST {
        return None;
    }
    // Towards 1970, as clocks with a finer unit are rounded.
    let nanos = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    i64::try_from(nanos / 1_000_000).ok()
}

/// Writes so many milliseconds since 1970, in UTC; out of the calendar's range as their number.
pub(super) fn write(millis: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (seconds, millis_of_second) = (millis.div_euclid(1000), millis.rem_euclid(1000));
    if !(FIRST..=LAST).contains(&seconds) {
        return write!(f, "{millis} ms");
    }
    let of_day = seconds.rem_euclid(SECONDS_OF_DAY);
    let (year, month, day) = date_of(seconds.div_euclid(SECONDS_OF_DAY));
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    write!(
        f,
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
    )?;
    if millis_of_second > 0 {
        let fraction = format!("{millis_of_second:03}");
        write!(f, ".{}", fraction.trim_end_matches('0'))?;
    }
    f.write_str("Z")
}

/// The numbers of two digits in a text of this shape; 0 for those that it has not.
fn pairs(text: &[u8], shape: &[u8]) -> Option<[i64; 4]> {
    let fits = |(byte, want): (&u8, &u8)| match want {
        b'0' => byte.is_ascii_digit(),
        literal => byte == literal,
    };
    if text.len() != shape.len() || !text.iter().zip(shape).all(fits) {
        return None;
    }
    let mut digits = text.iter().filter(|byte| byte.is_ascii_digit());
    let mut digit = || i64::from(digits.next().map_or(0, |byte| byte - b'0'));
    Some(std::array::from_fn(|_| digit() * 10 + digit()))
}

/// The nanoseconds that one to nine digits say, and what follows them.
fn nanos(fraction: &[u8]) -> Option<(i64, &[u8])> {
    let length = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = fraction.split_at_checked(length)?;
    if !(1..=9).contains(&length) {
        return None;
    }
    let digits = digits.iter().chain(std::iter::repeat(&b'0')).take(9);
    let nanos = digits.fold(0, |nanos, digit| nanos * 10 + i64::from(digit - b'0'));
    Some((nanos, rest))
}

const fn length_of(month: i64, year: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Years are counted from March, so that a leap day is the last day of its year.
const fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * DAYS_OF_ERA + year * 365 + year / 4 - year / 100 + of_year - DAYS_TO_1970
}

/// Year, month and day of the day so many days after 1970-01-01.
const fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_TO_1970;
    let (era, of_era) = (days.div_euclid(DAYS_OF_ERA), days.rem_euclid(DAYS_OF_ERA));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let (month, later) = match month_from_march < 10 {
        true => (month_from_march + 3, 0),
        false => (month_from_march - 9, 1),
    };
    (era * 400 + year + later, month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::UnixTime;

    fn by_jiff(text: &str) -> Option<i64> {
        let time: jiff::Timestamp = text.parse().ok()?;
        Some(time.as_millisecond())
    }

    /// The first and the last of the calendar, and the days around the end of February.
    #[test]
    fn every_day_is_read_and_written_as_another_library_does() {
        for days in FIRST / SECONDS_OF_DAY..=LAST / SECONDS_OF_DAY - 1 {
            let millis = (days * SECONDS_OF_DAY + 43_200) * 1000;
            let text = UnixTime::from_millis(millis).to_string();
            let (year, month, day) = date_of(days);
            assert_eq!(text, format!("{year:04}-{month:02}-{day:02}T12:00:00Z"));
            assert_eq!(read(text.as_bytes()), Some(millis), "{text}");
            if days % 7 == 0 {
                let theirs = jiff::Timestamp::from_millisecond(millis).unwrap();
                assert_eq!(text, theirs.to_string());
            }
        }
    }

    #[test]
    fn the_ends_of_the_calendar_are_those_of_another_library() {
        for (text, is_there) in [
            ("0000-01-01T00:00:00Z", true),
            ("9999-12-30T22:00:00Z", true),
            ("9999-12-30T22:00:01Z", false),
            ("9999-12-31T22:00:00+24:00", true),
            ("2016-12-31T23:59:60Z", true),
            ("2016-12-31T23:59:61Z", false),
            ("2016-12-31T24:00:00Z", false),
            ("2016-12-31T23:59:59+25:59", true),
            ("2016-12-31T23:59:59+26:00", false),
            ("2016-12-31T23:59:59-00:60", false),
            ("1900-02-29T00:00:00Z", false),
            ("2025-01-32T00:00:00Z", false),
            ("2025-04-31T00:00:00Z", false),
            ("2025-06-31T00:00:00Z", false),
            ("2025-09-31T00:00:00Z", false),
            ("2025-11-31T00:00:00Z", false),
            ("2000-02-29T00:00:00Z", true),
            ("1969-12-31T23:59:58.5009Z", true),
        ] {
            assert_eq!(read(text.as_bytes()), by_jiff(text), "{text}");
            assert_eq!(read(text.as_bytes()).is_some(), is_there, "{text}");
        }
        let beyond = UnixTime::from_secs(LAST + 1);
        assert_eq!(beyond.to_string(), format!("{} ms", beyond.as_millis()));
    }

    #[test]
    fn an_offset_may_stand_without_its_colon_where_the_sender_writes_so() {
        for (text, with_colon) in [
            (
                "2026-08-05T09:00:00.000+0000",
                "2026-08-05T09:00:00.000+00:00",
            ),
            ("2026-08-05T11:00:00+0200", "2026-08-05T11:00:00+02:00"),
            ("2026-08-05T02:00:00.5-0730", "2026-08-05T02:00:00.5-07:30"),
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
            assert!(by_jiff(with_colon).is_some(), "{with_colon}");
            for text in [text, with_colon] {
                let read = read_without_colon(text.as_bytes());
                assert_eq!(read, by_jiff(with_colon), "{text}");
            }
        }
        for text in [
            "2026-08-05T09:00:00+00",
            "2026-08-05T09:00:00+000",
            "2026-08-05T09:00:00+00000",
            "2026-08-05T09:00:00+0060",
            "2026-08-05T09:00:00+2600",
            "2026-08-05T09:00:00 0000",
            "2026-08-05T09:00:00",
        ] {
            assert_eq!(read_without_colon(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn times_are_read_as_another_library_does(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,9})?(Z|[+-][0-2][0-9]:[0-6][0-9])"
        ) {
            prop_assert_eq!(read(text.as_bytes()), by_jiff(&text));
        }

        #[test]
        fn times_are_written_as_another_library_does(millis in FIRST * 1000..LAST * 1000) {
            let theirs = jiff::Timestamp::from_millisecond(millis).unwrap();
            let ours = UnixTime::from_millis(millis).to_string();
            prop_assert_eq!(&ours, &theirs.to_string());
            prop_assert_eq!(read(ours.as_bytes()), Some(millis));
        }
    }
}
