//! Currencies of ISO 4217.

use std::fmt;
use std::str;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

/// A currency of ISO 4217, such as `EUR`.
///
/// ```
/// use webhook_core::payment::Currency;
///
/// let yen = Currency::new("jpy").unwrap();
/// assert_eq!(yen.as_str(), "JPY");
/// assert_eq!(yen.exponent(), 0);
/// assert_eq!(Currency::new("BTC"), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The currency with this code, in either case; `None` if ISO 4217 has none.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        let mut code: [u8; 3] = code.as_bytes().try_into().ok()?;
        code.make_ascii_uppercase();
        let text = str::from_utf8(&code).ok()?;
        let known = EXPONENTS.iter().any(|(codes, _)| {
            codes
                .as_bytes()
                .chunks(4)
                .any(|known| known.starts_with(text.as_bytes()))
        });
        known.then_some(Self(code))
    }

    /// The code in upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many decimal digits the minor unit has: 2 for `EUR`, 0 for `JPY`, 3 for `KWD`.
    #[must_use]
    pub fn exponent(self) -> u32 {
        let row = EXPONENTS.iter().find(|(codes, _)| {
            codes
                .as_bytes()
                .chunks(4)
                .any(|known| known.starts_with(&self.0))
        });
        row.map_or(2, |(_, exponent)| *exponent)
    }
}

/// The codes of ISO 4217 that senders count in, with the digits of their minor units: the currencies in use; the units of account CLF,
/// UYI and UYW, in which Chile and Uruguay write invoices; ANG and BGN, which were withdrawn, as payments in them are still told of.
/// Other funds, metals and codes for tests are left out.
const EXPONENTS: &[(&str, u32)] = &[
    (
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        0,
    ),
    ("BHD IQD JOD KWD LYD OMR TND", 3),
    ("CLF UYW", 4),
    (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY \
         COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS \
         INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR \
         MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD \
         SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
        2,
    ),
];

impl Serialize for Currency {
    /// The code.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    /// The code, in either case.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::new(&code).ok_or_else(|| D::Error::custom("not a currency of ISO 4217"))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_digits_of_the_minor_unit() {
        for (code, exponent) in [("EUR", 2), ("jpy", 0), ("Kwd", 3), ("CLF", 4), ("ISK", 0)] {
            assert_eq!(Currency::new(code).unwrap().exponent(), exponent, "{code}");
        }
    }

    #[test]
    fn knows_no_other_codes() {
        for code in [
            "", "EU", "EURO", "BTC", "UR ", " EU", "R G", "ÄÖ", "EUR ", "XXX",
        ] {
            assert_eq!(Currency::new(code), None, "{code:?}");
        }
    }
}
