//! What the mappings of the providers have in common: amounts, times and places in a JSON body.

use bytestring::ByteString;

use crate::event::DecodeError;
use crate::payment::{Currency, Money, MoneyError};
use crate::text::Text;
use crate::time::{TimeUnit, UnixTime};

pub(crate) use crate::json::{elements, values};

/// A decimal text such as `12.50`, in major units. `None` where amount or currency are absent, or the currency is none
/// of ISO 4217. `at` names the place for the error.
pub(crate) fn major(
    amount: Option<&str>,
    currency: Option<&str>,
    at: &str,
) -> Result<Option<Money>, DecodeError> {
    money(amount, currency, at, Money::parse)
}

/// A whole number of minor units.
pub(crate) fn minor(
    amount: Option<&str>,
    currency: Option<&str>,
    at: &str,
) -> Result<Option<Money>, DecodeError> {
    minor_except(amount, currency, at, &[])
}

/// The same where the provider counts the minor units of these currencies otherwise than ISO 4217: with so many digits.
pub(crate) fn minor_except(
    amount: Option<&str>,
    currency: Option<&str>,
    at: &str,
    exceptions: &[(&str, u32)],
) -> Result<Option<Money>, DecodeError> {
    money(amount, currency, at, |amount, currency| {
        let own = exceptions
            .iter()
            .find(|(code, _)| *code == currency.as_str());
        let digits = own.map_or(currency.exponent(), |(_, digits)| *digits);
        Money::parse_minor(amount, digits, currency)
    })
}

/// The same for a provider that only says "hundredths" or "subunit": `None` for a currency whose minor unit is something else.
pub(crate) fn hundredths(
    amount: Option<&str>,
    currency: Option<&str>,
    at: &str,
) -> Result<Option<Money>, DecodeError> {
    let plain = |code: &&str| Currency::new(code).is_some_and(|known| known.exponent() == 2);
    minor(amount, currency.filter(plain), at)
}

fn money(
    amount: Option<&str>,
    currency: Option<&str>,
    at: &str,
    parse: impl Fn(&str, Currency) -> Result<Money, MoneyError>,
) -> Result<Option<Money>, DecodeError> {
    let (Some(amount), Some(currency)) = (amount, currency.and_then(Currency::new)) else {
        return Ok(None);
    };
    match parse(amount, currency) {
        Ok(money) => Ok(Some(money)),
        Err(MoneyError) => Err(DecodeError::new(at, "not an exact amount of its currency")),
    }
}

/// A time in the given unit; `None` where it is absent or something else.
pub(crate) fn time(unit: TimeUnit, text: Option<&str>) -> Option<UnixTime> {
    unit.parse(text?.as_bytes())
}

/// A text that is there and not empty.
pub(crate) fn text(text: Option<ByteString>) -> Option<Text> {
    text.filter(|text| !text.is_empty()).map(Text::from)
}
