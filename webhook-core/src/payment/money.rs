//! Amounts of money, exact to the last digit.

use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::payment::currency::Currency;
use crate::rules::Decimal;

/// An amount in the minor units of its currency: cents of the euro, yen, fils of the dinar. Never a float.
///
/// In JSON: `{"minor": 1250, "currency": "EUR"}`. Amounts are ordered by their number alone: compare those of one currency.
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
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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

    /// A decimal number such as `12.50` or `1.25e1`, exactly. Zeros behind the last digit that counts do not matter.
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
        let number = Self::scaled(text, 0, currency)?.minor;
        let (have, want) = (digits, currency.exponent());
        let minor = if want >= have {
            let by = power(want - have)?;
            number.checked_mul(by).ok_or(MoneyError::TooLarge)?
        } else {
            let by = power(have - want)?;
            if number % by != 0 {
                return Err(MoneyError::TooManyDigits);
            }
            number / by
        };
        Ok(Self::from_minor(minor, currency))
    }

    /// The number times `10^digits`.
    fn scaled(text: &str, digits: u32, currency: Currency) -> Result<Self, MoneyError> {
        let number = Decimal::parse(text).ok_or(MoneyError::NotANumber)?;
        let minor = times_ten_to(&number, i64::from(digits))?;
        Ok(Self::from_minor(minor, currency))
    }

    /// The sum of two amounts.
    ///
    /// # Errors
    /// If the currencies differ ([`MoneyError::Ambiguous`]), or the sum is larger than any amount.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Ambiguous);
        }
        let minor = self.minor.checked_add(other.minor);
        minor
            .map(|minor| Self { minor, ..self })
            .ok_or(MoneyError::TooLarge)
    }

    /// What is left after this other amount; nothing if that is more.
    pub(crate) fn minus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Ambiguous);
        }
        let minor = self.minor.saturating_sub(other.minor).max(0);
        Ok(Self { minor, ..self })
    }

    /// The same without a sign, where a sender writes what went back as less than nothing.
    pub(crate) const fn without_sign(self) -> Self {
        Self {
            minor: self.minor.saturating_abs(),
            ..self
        }
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

/// The whole number that this is after its point was moved.
fn times_ten_to(number: &Decimal<'_>, places: i64) -> Result<i64, MoneyError> {
    let digits = [number.whole, number.fraction].concat();
    let all = digits.trim_end_matches('0');
    let behind = i64::try_from(number.fraction.len()).map_err(|_| MoneyError::TooManyDigits)?;
    let trimmed = i64::try_from(digits.len() - all.len()).map_err(|_| MoneyError::TooLarge)?;
    // 10^zeros times the digits that count.
    let zeros = number.exponent.saturating_add(places + trimmed - behind);
    let all = all.trim_start_matches('0');
    if all.is_empty() {
        return Ok(0);
    }
    let zeros = u32::try_from(zeros).map_err(|_| match zeros < 0 {
        true => MoneyError::TooManyDigits,
        false => MoneyError::TooLarge,
    })?;
    let digits: i64 = all.parse().map_err(|_| MoneyError::TooLarge)?;
    let minor = digits.checked_mul(power(zeros)?);
    let minor = minor.ok_or(MoneyError::TooLarge)?;
    Ok(if number.is_negative { -minor } else { minor })
}

fn power(exponent: u32) -> Result<i64, MoneyError> {
    10_i64.checked_pow(exponent).ok_or(MoneyError::TooLarge)
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

/// Why there is no amount although the sender wrote one. Does not repeat what it wrote.
///
/// ```
/// use webhook_core::payment::{Currency, Money, MoneyError};
///
/// let krona = Currency::new("ISK").unwrap();
/// assert_eq!(Money::parse("5.5", krona), Err(MoneyError::TooManyDigits));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MoneyError {
    /// It is no decimal number.
    NotANumber,
    /// It has more digits than the currency has: a float that was not rounded, or another currency than it says.
    TooManyDigits,
    /// It is larger than any amount.
    TooLarge,
    /// There is an amount and no currency.
    NoCurrency,
    /// The currency is none of ISO 4217, such as `BTC`.
    UnknownCurrency,
    /// The sender does not say what it counts: which unit of this currency, or one piece or all of several.
    UnknownUnit,
    /// Amount or currency are written twice with different values, or are parts in different currencies.
    Ambiguous,
}

impl MoneyError {
    /// A stable word for logs and databases: the name in lower case with `_` between words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotANumber => "not_a_number",
            Self::TooManyDigits => "too_many_digits",
            Self::TooLarge => "too_large",
            Self::NoCurrency => "no_currency",
            Self::UnknownCurrency => "unknown_currency",
            Self::UnknownUnit => "unknown_unit",
            Self::Ambiguous => "ambiguous",
        }
    }
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotANumber => "the amount is not a decimal number",
            Self::TooManyDigits => "the amount has more digits than its currency",
            Self::TooLarge => "the amount is too large",
            Self::NoCurrency => "the amount has no currency",
            Self::UnknownCurrency => "the currency of the amount is none of ISO 4217",
            Self::UnknownUnit => "the sender does not say in which unit the amount is",
            Self::Ambiguous => "amount or currency are written twice with different values",
        })
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
            ("1.0E7", "EUR", 1_000_000_000),
            ("1e3", "EUR", 100_000),
            ("1E+3", "JPY", 1000),
            ("1050e-2", "EUR", 1050),
            ("1.5e-1", "EUR", 15),
            ("0.00e99999999999999999999", "EUR", 0),
            ("-0", "EUR", 0),
            ("0.000000000000000000000000000000000000000000", "EUR", 0),
            ("000000000000000000000000000000000000001.00", "EUR", 100),
        ] {
            let money = Money::parse(text, currency(code));
            assert_eq!(money.unwrap().minor(), minor, "{text} {code}");
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
            ("1e3", 2, "EUR", Some(1000)),
            ("1000.00", 2, "EUR", Some(1000)),
            ("1.0E7", 2, "ISK", Some(100_000)),
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
