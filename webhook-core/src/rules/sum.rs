//! Sums of what stands at several places: `/a`, `/a + /b - /c`. `|/a|` is the number at `/a` without its sign.

use crate::json::{Place, dotted};
use crate::outcome::DecodeError;
use crate::rules::decimal::Decimal;

/// The terms of a sum, first to last.
pub(crate) fn terms(sum: &'static str) -> impl Iterator<Item = Term> {
    let mut is_minus = false;
    sum.split(' ').filter_map(move |word| match word {
        "+" => None,
        "-" => {
            is_minus = true;
            None
        }
        word => {
            let pointer = word.trim_matches('|');
            let term = Term {
                pointer,
                is_minus,
                is_without_sign: pointer.len() != word.len(),
            };
            is_minus = false;
            Some(term)
        }
    })
}

pub(crate) struct Term {
    pub(crate) pointer: &'static str,
    is_minus: bool,
    is_without_sign: bool,
}

/// The pointers of a sum.
pub(crate) fn pointers(sum: &'static str) -> impl Iterator<Item = &'static str> {
    terms(sum).map(|term| term.pointer)
}

/// Whether a text is nothing but the pointer of one place.
pub(crate) fn is_one_place(sum: &str) -> bool {
    sum.starts_with('/') && !sum.contains(' ')
}

/// That a text is a place, or a sum of places.
pub(crate) const fn check(sum: &str) -> Result<(), &'static str> {
    const FAULT: &str = "an amount is not a place such as `/a`, `|/a|` without its sign, or a sum such as `/a + /b - /c`";
    let mut text = sum.as_bytes();
    loop {
        text = match behind_term(text) {
            Some([]) => return Ok(()),
            Some([b' ', b'+' | b'-', b' ', rest @ ..]) => rest,
            _ => return Err(FAULT),
        };
    }
}

const fn behind_term(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b'|', text @ ..] => match behind_pointer(text) {
            Some([b'|', rest @ ..]) => Some(rest),
            _ => None,
        },
        text => behind_pointer(text),
    }
}

const fn behind_pointer(text: &[u8]) -> Option<&[u8]> {
    let [b'/', rest @ ..] = text else {
        return None;
    };
    let mut rest = rest;
    let longest = rest.len();
    while let [letter, behind @ ..] = rest {
        if matches!(*letter, b' ' | b'|') {
            break;
        }
        rest = behind;
    }
    if rest.len() < longest {
        Some(rest)
    } else {
        None
    }
}

/// A decimal number, exact: so many tenths, hundredths and so on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exact {
    units: i128,
    digits: u32,
}

/// More digits than any amount has, and few enough that sums of them fit.
const MOST_DIGITS: usize = 30;

impl Exact {
    const ZERO: Self = Self {
        units: 0,
        digits: 0,
    };

    /// Nothing where it is no number, or too long to be one of money.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let Decimal {
            is_negative,
            whole,
            fraction,
            exponent,
        } = Decimal::parse(text)?;
        let fraction = fraction.trim_end_matches('0');
        let behind = i64::try_from(fraction.len()).ok()? - exponent;
        let zeros = usize::try_from(-behind).unwrap_or(0);
        if whole.len() + fraction.len() + zeros.min(MOST_DIGITS) > MOST_DIGITS {
            return None;
        }
        let units: i128 = [whole, fraction, &"0".repeat(zeros)]
            .concat()
            .parse()
            .ok()?;
        Some(Self {
            units: if is_negative { -units } else { units },
            digits: u32::try_from(behind.max(0)).ok()?,
        })
    }

    fn plus(self, other: Self) -> Option<Self> {
        let digits = self.digits.max(other.digits);
        let units = self.scaled(digits)?.checked_add(other.scaled(digits)?)?;
        Some(Self { units, digits })
    }

    fn scaled(self, digits: u32) -> Option<i128> {
        let by = 10_i128.checked_pow(digits.checked_sub(self.digits)?)?;
        self.units.checked_mul(by)
    }

    pub(crate) const fn is_positive(self) -> bool {
        self.units > 0
    }

    pub(crate) const fn is_negative(self) -> bool {
        self.units < 0
    }

    pub(crate) fn equals(self, other: Self) -> bool {
        let digits = self.digits.max(other.digits);
        match (self.scaled(digits), other.scaled(digits)) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        }
    }

    /// As [`Money::parse`](crate::payment::Money::parse) reads it.
    fn to_text(self) -> String {
        format!("{}e-{}", self.units, self.digits)
    }
}

/// The sum of what stands at the places, `at` which a pointer leads to; nothing where one of them is not there.
///
/// # Errors
/// If one of them is there and cannot be read as a number.
pub(crate) fn add(
    sum: &'static str,
    at: impl Fn(&'static str) -> Place,
) -> Result<Option<Exact>, DecodeError> {
    let mut total = Exact::ZERO;
    for term in terms(sum) {
        let place = at(term.pointer);
        let Some(text) = place.get()? else {
            return Ok(None);
        };
        let not_a_number = || DecodeError::new(dotted(term.pointer), "not a number");
        let number = Exact::parse(text).ok_or_else(not_a_number)?;
        let is_negative = number.is_negative();
        let units = match (term.is_without_sign && is_negative) != term.is_minus {
            true => -number.units,
            false => number.units,
        };
        total = total
            .plus(Exact { units, ..number })
            .ok_or_else(not_a_number)?;
    }
    Ok(Some(total))
}

/// The same as a place at which the sum stands. What cannot be read stays what it is.
pub(crate) fn place(sum: &'static str, at: impl Fn(&'static str) -> Place) -> Place {
    if is_one_place(sum) {
        return at(sum);
    }
    match add(sum, &at) {
        Ok(Some(total)) => Place::of(Some(&total.to_text())),
        Ok(None) => Place::nothing(),
        // No number, or written twice: the first that is at fault.
        Err(_) => {
            let mut faulty = pointers(sum).map(&at).filter(|place| {
                let text = place.get().ok().flatten();
                text.and_then(Exact::parse).is_none()
            });
            faulty.next().unwrap_or(Place::of(Some("")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summed(sum: &'static str) -> Option<String> {
        let at = |pointer: &str| {
            let text = match pointer {
                "/ten" => Some("10"),
                "/half" => Some("0.50"),
                "/minus" => Some("-3"),
                "/word" => Some("ten"),
                "/long" => Some("9999999999999999999999999999999"),
                "/exponent" => Some("1e3"),
                _ => None,
            };
            Place::of(text)
        };
        place(sum, at).get().unwrap().map(str::to_owned)
    }

    #[test]
    fn sums_are_exact_and_of_all_their_places() {
        for (sum, want) in [
            ("/ten", Some("10")),
            ("|/minus|", Some("3e-0")),
            ("|/ten|", Some("10e-0")),
            ("/ten + /half", Some("105e-1")),
            ("/ten - /half + /minus", Some("65e-1")),
            ("/ten - |/minus|", Some("7e-0")),
            ("/half - /ten", Some("-95e-1")),
            ("/ten + /absent", None),
            ("/absent - /ten", None),
            ("/ten + /word", Some("ten")),
            ("/ten + /exponent", Some("1010e-0")),
            ("/ten - /long", Some("9999999999999999999999999999999")),
        ] {
            assert_eq!(summed(sum).as_deref(), want, "{sum}");
        }
    }

    #[test]
    fn what_is_no_sum_is_a_fault() {
        for sum in ["/a", "/a/b + /c", "|/a|", "/a - |/b/0|", "/a + /b - /c"] {
            assert_eq!(check(sum), Ok(()), "{sum}");
        }
        for sum in [
            "", "a", "/", "/a +", "/a + ", "/a+ /b", "/a  /b", "|/a", "/a|", "/a * /b", "/a + b",
        ] {
            assert!(check(sum).is_err(), "{sum}");
        }
    }
}
