//! Where one part of the signed content ends and the next begins.
//!
//! What is signed is one row of bytes. If it could be cut into its parts in two ways, whoever has caught one request could
//! send another with the same signature: digits of the time become the beginning of the body. So one part may be
//! anything: the body, or else the first field that nothing ends. What stands before it is read from the front, what stands
//! behind it from the back, and every other part shows its end by itself.

use memchr::{memchr, memmem};

use crate::crypto::Algorithm;
use crate::outcome::Rejection;
use crate::outcome::malformed;
use crate::scheme::model::Scheme;
use crate::scheme::part::Part;
use crate::scheme::places::{Checked, begins_with, ends_with};
use crate::time::TimeUnit;

/// What a request must show of the cuts; worked out once for each verifier.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// The part that may be anything.
    free: usize,
    /// So many digits has the time, where what stands beside it could lend it some.
    time_digits: Option<usize>,
}

impl Layout {
    pub(crate) const fn of(scheme: &Scheme) -> Self {
        if matches!(scheme.algorithm, Algorithm::Token) {
            return Self {
                free: 0,
                time_digits: None,
            };
        }
        let unit = scheme.timestamp.unit;
        let free = free_part(scheme.content, unit);
        Self {
            free,
            time_digits: time_digits(scheme.content, free, unit),
        }
    }

    /// Refuses a time of another length than the only one that leaves no doubt.
    #[inline]
    pub(crate) fn require_time(&self, text: &[u8]) -> Result<(), Rejection> {
        match self.time_digits {
            Some(digits) if text.len() != digits => Err(malformed(
                "the time has not the number of digits that the sender writes",
            )),
            _ => Ok(()),
        }
    }

    /// Refuses a field that holds what ends it.
    pub(crate) fn require_field(
        &self,
        content: &[Part],
        index: usize,
        value: &[u8],
    ) -> Result<(), Rejection> {
        let is_apart = if index < self.free {
            match content.get(index + 1) {
                Some(Part::Literal(end)) => ends_at_end(value, end.as_bytes()),
                // RFC 3339 has its first colon always at the same place.
                Some(Part::Timestamp) if self.time_digits.is_none() => {
                    memchr(b':', value).is_none()
                }
                _ => true,
            }
        } else if index > self.free {
            match index.checked_sub(1).and_then(|before| content.get(before)) {
                Some(Part::Literal(start)) => begins_at_start(value, start.as_bytes()),
                _ => true,
            }
        } else {
            true
        };
        if is_apart {
            Ok(())
        } else {
            Err(malformed(
                "a signed field holds the separator that is signed beside it",
            ))
        }
    }
}

/// Whether the separator behind a value is the first one there.
fn ends_at_end(value: &[u8], separator: &[u8]) -> bool {
    match separator {
        [byte] => memchr(*byte, value).is_none(),
        _ => memmem::find(&[value, separator].concat(), separator) == Some(value.len()),
    }
}

/// Whether the separator before a value is the last one there.
fn begins_at_start(value: &[u8], separator: &[u8]) -> bool {
    match separator {
        [byte] => memchr(*byte, value).is_none(),
        _ => memmem::rfind(&[separator, value].concat(), separator) == Some(0),
    }
}

/// Refuses a content whose parts can lend each other characters, whatever the request.
pub(crate) const fn check(scheme: &Scheme) -> Checked {
    const AHEAD: &str = "a field touches the next part of the content: put a literal between them, as the sender does; \
                         where he has none, write a Verifier";
    const BEHIND: &str = "a field touches the part of the content before it: put a literal between them, as the sender \
                          does; where he has none, write a Verifier";
    let unit = scheme.timestamp.unit;
    let free = free_part(scheme.content, unit);
    let mut parts = scheme.content;
    let mut before: Option<Part> = None;
    let mut index = 0;
    while let [part, rest @ ..] = parts {
        match part {
            Part::FirstOf(_) | Part::Path if index < free && !ends_by(rest, unit) => {
                return Err(AHEAD);
            }
            Part::FirstOf(_) | Part::Path
                if index > free && !matches!(before, Some(Part::Literal(_))) =>
            {
                return Err(BEHIND);
            }
            Part::Method if !are_apart(scheme.methods) => {
                return Err("one method begins or ends as another does: they cannot be told apart");
            }
            _ => {}
        }
        before = Some(*part);
        index += 1;
        parts = rest;
    }
    Ok(())
}

/// The place of the body, else of the first field that nothing ends.
const fn free_part(content: &[Part], unit: TimeUnit) -> usize {
    let mut parts = content;
    let mut open_field = None;
    let mut index = 0;
    while let [part, rest @ ..] = parts {
        match part {
            Part::Body => return index,
            Part::FirstOf(_) | Part::Path if open_field.is_none() && !ends_by(rest, unit) => {
                open_field = Some(index);
            }
            _ => {}
        }
        index += 1;
        parts = rest;
    }
    match open_field {
        Some(field) => field,
        None => index,
    }
}

/// Whether what follows a field says where the field ends.
const fn ends_by(rest: &[Part], unit: TimeUnit) -> bool {
    match rest {
        [Part::Literal(_), ..] => true,
        [Part::Timestamp, behind @ ..] => {
            let is_text = matches!(unit, TimeUnit::Rfc3339 | TimeUnit::Rfc3339WithoutColon);
            is_text || secret_follows(behind)
        }
        _ => secret_follows(rest),
    }
}

/// Whether the secret stands there, with nothing before it that a request could change: nobody else can write it, so there is one
/// place where it stands.
const fn secret_follows(mut rest: &[Part]) -> bool {
    loop {
        match rest {
            [Part::Secret, ..] => return true,
            [Part::Setting(_) | Part::PublicUrl, behind @ ..] => rest = behind,
            _ => return false,
        }
    }
}

/// Digits end where no digit follows, and begin where none stands before; else only their number tells.
const fn time_digits(content: &[Part], free: usize, unit: TimeUnit) -> Option<usize> {
    let digits = match unit {
        TimeUnit::Seconds => 10,
        TimeUnit::Milliseconds => 13,
        TimeUnit::Rfc3339 | TimeUnit::Rfc3339WithoutColon => return None,
    };
    let mut parts = content;
    let mut before: Option<Part> = None;
    let mut index = 0;
    while let [part, rest @ ..] = parts {
        if matches!(part, Part::Timestamp) {
            let is_apart = match (index < free, before, rest) {
                (true, _, [Part::Literal(text), ..]) => {
                    !matches!(text.as_bytes(), [first, ..] if first.is_ascii_digit())
                }
                (false, Some(Part::Literal(text)), _) => {
                    !matches!(text.as_bytes(), [.., last] if last.is_ascii_digit())
                }
                _ => false,
            };
            if !is_apart {
                return Some(digits);
            }
        }
        before = Some(*part);
        index += 1;
        parts = rest;
    }
    None
}

/// Whether none of these begins or ends as another does.
const fn are_apart(mut texts: &[&str]) -> bool {
    while let [text, rest @ ..] = texts {
        let mut others = rest;
        while let [other, rest @ ..] = others {
            let (text, other) = (text.as_bytes(), other.as_bytes());
            if begins_with(text, other)
                || begins_with(other, text)
                || ends_with(text, other)
                || ends_with(other, text)
            {
                return false;
            }
            others = rest;
        }
        texts = rest;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Field;
    use crate::scheme::timestamp::Timestamp;

    const HEADER: Part = Part::FirstOf(&[Field::Header("x-id")]);
    const ACCESS: Part = Part::Setting("access_key");
    const DOT: Part = Part::Literal(".");

    const DIGEST: Part = Part::BodyDigest(crate::crypto::Hash::Md5, crate::crypto::Encoding::Hex);

    fn layout(content: &'static [Part], unit: TimeUnit) -> Layout {
        let scheme = Scheme::new("acme", Algorithm::HmacSha256);
        let time = Timestamp::header("x-time").unit(unit);
        Layout::of(&scheme.timestamp(time).signed_content(content))
    }

    #[test]
    fn a_time_has_its_full_width_where_a_neighbour_could_lend_it_digits() {
        use TimeUnit::{Milliseconds, Rfc3339, Seconds};
        for (content, unit, digits) in [
            (&[Part::Timestamp, Part::Body][..], Seconds, Some(10)),
            (&[Part::Timestamp, Part::Body], Milliseconds, Some(13)),
            (&[Part::Timestamp, Part::Body], Rfc3339, None),
            (&[Part::Timestamp, DOT, Part::Body], Seconds, None),
            (
                &[Part::Timestamp, Part::Literal("0."), Part::Body],
                Seconds,
                Some(10),
            ),
            (
                &[Part::Timestamp, Part::PublicUrl, Part::Body],
                Seconds,
                Some(10),
            ),
            (&[Part::Body, Part::Timestamp], Seconds, Some(10)),
            (&[Part::Body, DOT, Part::Timestamp], Seconds, None),
            (
                &[Part::Body, DOT, Part::Timestamp, Part::PublicUrl],
                Seconds,
                None,
            ),
            (
                &[Part::Body, Part::Literal(".0"), Part::Timestamp],
                Seconds,
                Some(10),
            ),
            (
                &[HEADER, DOT, Part::Timestamp, DOT, Part::Body],
                Seconds,
                None,
            ),
            (&[Part::Timestamp, HEADER], Seconds, Some(10)),
            (&[HEADER, Part::Timestamp], Seconds, Some(10)),
            (
                &[HEADER, Part::Timestamp, ACCESS, Part::Secret, Part::Body],
                Seconds,
                Some(10),
            ),
        ] {
            let layout = layout(content, unit);
            assert_eq!(layout.time_digits, digits, "{content:?}");
            for length in 1..=16 {
                let text = "1".repeat(length);
                let fits = digits.is_none_or(|digits| digits == length);
                assert_eq!(layout.require_time(text.as_bytes()).is_ok(), fits, "{text}");
            }
        }
    }

    #[test]
    fn a_field_does_not_hold_what_ends_it() {
        const BOTH: &[Part] = &[
            HEADER,
            Part::Literal("--"),
            Part::Body,
            Part::Literal("+-"),
            HEADER,
        ];
        const TIMED: &[Part] = &[HEADER, Part::Timestamp, Part::Body];
        for (content, index, value, fits) in [
            (BOTH, 0, "a-b", true),
            (BOTH, 0, "", true),
            (BOTH, 0, "a--b", false),
            (BOTH, 0, "ab-", false),
            (BOTH, 0, "-", false),
            (BOTH, 4, "a-b", true),
            (BOTH, 4, "a+-b", false),
            (BOTH, 4, "-+", true),
            (TIMED, 0, "befa7b53-d79d", true),
            (TIMED, 0, "2026-08-05T09:00:00Z", false),
            (TIMED, 0, "a:", false),
            (&[HEADER, Part::Secret, Part::Body], 0, "a:", true),
            (&[Part::Path, DOT, Part::Body], 0, "/a.b", false),
            (&[Part::Path, DOT, Part::Body], 0, "/a", true),
            // The digest of a body cannot be anything.
            (&[DIGEST, DOT, HEADER, DOT, Part::Path], 2, "a.b", false),
            (&[DIGEST, DOT, HEADER, DOT, Part::Path], 4, "/a.b", true),
            // The last of a row may be anything.
            (&[HEADER, DOT, HEADER], 0, "a.b", false),
            (&[HEADER, DOT, HEADER], 2, "a.b", true),
        ] {
            let layout = layout(content, TimeUnit::Rfc3339);
            let kept = layout.require_field(content, index, value.as_bytes());
            assert_eq!(kept.is_ok(), fits, "{content:?} {index} {value}");
        }
    }
}
