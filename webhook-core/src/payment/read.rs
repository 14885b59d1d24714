//! What the mappings of the providers have in common: amounts, times and places in a JSON body.

use bytes::Bytes;

use crate::outcome::DecodeError;
use crate::payment::currency::Currency;
use crate::payment::money::{Money, MoneyError};

pub(crate) use crate::json::{Place, places};

/// An amount that was sent: none, or why it cannot be read. It is no reason to lose what else the event says.
pub(crate) type Read = Result<Option<Money>, MoneyError>;

/// A decimal number such as `12.50`, in major units; `None` where none stands.
pub(crate) fn major(amount: &Place, currency: &Place) -> Read {
    money(amount, currency, Money::parse)
}

/// A whole number of minor units.
pub(crate) fn minor(amount: &Place, currency: &Place) -> Read {
    minor_except(amount, currency, &[])
}

/// The same where the provider counts the minor units of these currencies otherwise than ISO 4217: with so many digits.
pub(crate) fn minor_except(amount: &Place, currency: &Place, exceptions: &[(&str, u32)]) -> Read {
    money(amount, currency, |amount, currency| {
        let own = exceptions
            .iter()
            .find(|(code, _)| *code == currency.as_str());
        let digits = own.map_or(currency.exponent(), |(_, digits)| *digits);
        Money::parse_minor(amount, digits, currency)
    })
}

/// A whole number of thousandths, whatever the currency.
pub(crate) fn thousandths(amount: &Place, currency: &Place) -> Read {
    money(amount, currency, |amount, currency| {
        Money::parse_minor(amount, 3, currency)
    })
}

/// The same for a provider that only says "hundredths" or "subunit", which is no unit of every currency.
pub(crate) fn hundredths(amount: &Place, currency: &Place) -> Read {
    money(amount, currency, |amount, currency| {
        match currency.exponent() {
            2 => Money::parse_minor(amount, 2, currency),
            _ => Err(MoneyError::UnknownUnit),
        }
    })
}

fn money(
    amount: &Place,
    currency: &Place,
    parse: impl Fn(&str, Currency) -> Result<Money, MoneyError>,
) -> Read {
    if amount.is_ambiguous() || (amount.is_there() && currency.is_ambiguous()) {
        return Err(MoneyError::Ambiguous);
    }
    let Some(amount) = amount.get().map_err(|_| MoneyError::NotANumber)? else {
        return Ok(None);
    };
    let code = currency.get().map_err(|_| MoneyError::UnknownCurrency)?;
    let code = code.filter(|code| !code.is_empty());
    let code = code.ok_or(MoneyError::NoCurrency)?;
    let currency = Currency::new(code).ok_or(MoneyError::UnknownCurrency)?;
    parse(amount, currency).map(Some)
}

/// The sum of the parts of a list; none of an empty list. A part without an amount makes it a sum that nobody knows.
pub(crate) fn sum(parts: impl IntoIterator<Item = Read>) -> Read {
    let mut sum: Option<Money> = None;
    for part in parts {
        let part = part?.ok_or(MoneyError::NotANumber)?;
        sum = Some(match sum {
            Some(sum) => sum.plus(part)?,
            None => part,
        });
    }
    Ok(sum)
}

/// That what stands at `pointers` can be read, if anything does: for the names that a verifier has read, which is content
/// with none where one is written twice.
///
/// # Errors
/// If the document is not JSON, or one of them is written twice, or is an object or an array.
pub(crate) fn require<const N: usize>(
    body: &Bytes,
    pointers: [&'static str; N],
) -> Result<(), DecodeError> {
    let found = places(body, pointers)?;
    found.iter().try_for_each(Place::require_once)
}
