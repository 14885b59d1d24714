//! Amounts of money, exact to the last digit.

use std::error::Error;
use std::fmt;

use crate::payment::Currency;

/// An amount in the minor units of its currency: cents of the euro, yen, fils of the dinar. Never a float.
///
/// ```
/// use webhook_core::payment::{Currency, Money};
///
/// let euro = Currency::new("EUR").unwrap();
/// assert_eq!(Money::parse("12.5", euro)?, Money::from_minor(1250, euro));
/// assert_eq!(Money::from_minor(1250, euro).to_string(), "12.50 EUR");
/// assert!(Money::parse("12.345", euro).is_err());
/// # Ok::<(), webhook_core::payment::MoneyError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// So many minor units, as ISO 4217 counts them.
    #[must_use]
    pub const fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// A decimal text such as `12.50`, exactly. Zeros behind the last digit that counts do not matter.
    ///
    /// # Errors
    /// If it is not a decimal number, has more digits than the currency, or is too large.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        Self::scaled(text, currency.exponent(), currency)
    }

    /// A whole number of units of which `10^digits` make one major unit, for providers that count otherwise than ISO 4217.
    pub(crate) fn parse_minor(
        text: &str,
        digits: u32,
        currency: Currency,
    ) -> Result<Self, MoneyError> {
        let number: i64 = match text.strip_prefix('-').unwrap_or(text) {
            unsigned if is_digits(unsigned) => text.parse().map_err(|_| MoneyError)?,
            _ => return Err(MoneyError),
        };
        let (have, want) = (digits, currency.exponent());
        let minor = if want >= have {
            number.checked_mul(power(want - have)?)
        } else {
            let by = power(have - want)?;
            (number % by == 0).then_some(number / by)
        };
        minor
            .map(|minor| Self::from_minor(minor, currency))
            .ok_or(MoneyError)
    }

    fn scaled(text: &str, digits: u32, currency: Currency) -> Result<Self, MoneyError> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
            Some(_) => return Err(MoneyError),
            None => (text, ""),
        };
        if !is_digits(whole) || text.len() > LONGEST {
            return Err(MoneyError);
        }
        let fraction = fraction.trim_end_matches('0');
        let missing = usize::try_from(digits)
            .ok()
            .and_then(|digits| digits.checked_sub(fraction.len()))
            .ok_or(MoneyError)?;
        let digits = whole.bytes().chain(fraction.bytes());
        let minor = digits
            .chain(std::iter::repeat_n(b'0', missing))
            .try_fold(0_i64, |number, digit| {
                number.checked_mul(10)?.checked_add(i64::from(digit - b'0'))
            })
            .ok_or(MoneyError)?;
        Ok(Self::from_minor(
            if negative { -minor } else { minor },
            currency,
        ))
    }

    /// The amount in minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }
}

/// Longer texts are no amounts of money: what is left of it after the zeros would be parsed in vain.
const LONGEST: usize = 40;

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn power(exponent: u32) -> Result<i64, MoneyError> {
    10_i64.checked_pow(exponent).ok_or(MoneyError)
}

impl fmt::Display for Money {
    /// The decimal amount and the code: `12.50 EUR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = self.currency.exponent();
        let sign = if self.minor < 0 { "-" } else { "" };
        let minor = self.minor.unsigned_abs();
        let unit = 10_u64.saturating_pow(exponent);
        let (whole, rest) = (minor / unit, minor % unit);
        match usize::try_from(exponent) {
            Ok(width @ 1..) => write!(f, "{sign}{whole}.{rest:0width$} {}", self.currency),
            _ => write!(f, "{sign}{whole} {}", self.currency),
        }
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not an amount of its currency. Does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoneyError;

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an exact amount of its currency")
    }
}

impl Error for MoneyError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::new(code).unwrap()
    }

    #[test]
    fn decimal_texts_are_read_exactly() {
        for (text, code, minor) in [
            ("10", "EUR", 1000),
            ("10.5", "EUR", 1050),
            ("10.50", "EUR", 1050),
            ("10.5000", "EUR", 1050),
            ("0.01", "EUR", 1),
            ("-3.20", "EUR", -320),
            ("1000", "JPY", 1000),
            ("1000.00", "JPY", 1000),
            ("1.234", "KWD", 1234),
            ("90071992547409.93", "USD", 9_007_199_254_740_993),
        ] {
            let money = Money::parse(text, currency(code));
            assert_eq!(money.unwrap().minor(), minor, "{text} {code}");
        }
    }

    #[test]
    fn what_is_no_exact_amount_is_refused() {
        for (text, code) in [
            ("", "EUR"),
            (".5", "EUR"),
            ("5.", "EUR"),
            ("1.005", "EUR"),
            ("0.5", "JPY"),
            ("1,50", "EUR"),
            ("+1", "EUR"),
            ("--1", "EUR"),
            ("1e3", "EUR"),
            (" 1", "EUR"),
            ("99999999999999999999", "EUR"),
            ("0.000000000000000000000000000000000000000000", "EUR"),
        ] {
            assert!(Money::parse(text, currency(code)).is_err(), "{text:?}");
        }
    }

    #[test]
    fn units_of_the_provider_become_those_of_iso_4217() {
        for (text, digits, code, want) in [
            ("500", 2, "EUR", Some(500)),
            ("500", 2, "ISK", Some(5)),
            ("550", 2, "ISK", None),
            ("5", 0, "MGA", Some(500)),
            ("-500", 2, "EUR", Some(-500)),
            ("1.5", 2, "EUR", None),
            ("", 2, "EUR", None),
            ("9223372036854775807", 0, "EUR", None),
        ] {
            let money = Money::parse_minor(text, digits, currency(code));
            assert_eq!(money.ok().map(Money::minor), want, "{text} {code}");
        }
    }

    #[test]
    fn is_shown_as_a_decimal_number() {
        for (minor, code, shown) in [
            (1250, "EUR", "12.50 EUR"),
            (5, "EUR", "0.05 EUR"),
            (-5, "EUR", "-0.05 EUR"),
            (1250, "JPY", "1250 JPY"),
            (1250, "KWD", "1.250 KWD"),
        ] {
            assert_eq!(Money::from_minor(minor, currency(code)).to_string(), shown);
        }
    }
}
