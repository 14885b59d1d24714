//! An amount of money, and what it counts.

use std::fmt;

use crate::payment::money::Money;

/// An amount, and what it counts. Some senders tell each step, others the sum so far; who adds sums counts money twice.
///
/// ```
/// use webhook_core::payment::{Amount, Currency, Money};
///
/// let euro = Currency::new("EUR").unwrap();
/// let mut went_back = Money::from_minor(0, euro);
/// for amount in [
///     Amount::Step(Money::from_minor(400, euro)),
///     Amount::Total(Money::from_minor(1000, euro)),
/// ] {
///     went_back = match amount {
///         Amount::Step(step) => went_back.plus(step)?,
///         Amount::Total(total) => total,
///     };
/// }
/// assert_eq!(went_back.to_string(), "10.00 EUR");
/// # Ok::<(), webhook_core::payment::MoneyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Amount {
    /// What this event alone is about: one capture, one refund, one instalment. Steps of one payment are added, each
    /// [`step_id`](crate::payment::PaymentUpdate::step_id) once.
    Step(Money),
    /// What the payment has come to: its sum, or the sum of what was captured or went back so far. It takes the place of an earlier
    /// total.
    Total(Money),
}

impl Amount {
    /// The money, whatever it counts.
    #[must_use]
    pub const fn money(self) -> Money {
        match self {
            Self::Step(money) | Self::Total(money) => money,
        }
    }

    /// A stable word for logs and databases: `step` or `total`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Step(_) => "step",
            Self::Total(_) => "total",
        }
    }
}

impl fmt::Display for Amount {
    /// The money alone: `12.50 EUR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.money(), f)
    }
}
