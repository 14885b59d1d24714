//! Where a body says what belongs to a payment, and what its amounts count.

use crate::rules::{ReadTime, check_pointers, check_sums};
use crate::time::{TimeUnit, UnixTime};

/// Where a body says what belongs to a payment.
///
/// Of several places, the first where something stands counts. A place inside of the one before it is for senders that
/// write the id of a thing, or the whole thing: `/payment`, `/payment/id`.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    pub(crate) unit: Unit,
    pub(crate) amount: AmountAt,
    pub(crate) total: &'static [&'static str],
    pub(crate) step_id: &'static [&'static str],
    pub(crate) currency: &'static [&'static str],
    pub(crate) default_currency: Option<&'static str>,
    pub(crate) reference: &'static [&'static str],
    pub(crate) reference_may_be_structured: bool,
    pub(crate) transaction: &'static [&'static str],
    pub(crate) time: &'static [&'static str],
    pub(crate) read_time: ReadTime,
}

/// Where an amount stands, and what it counts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AmountAt {
    Step(&'static [&'static str]),
    Total(&'static [&'static str]),
}

impl AmountAt {
    pub(crate) const fn places(self) -> &'static [&'static str] {
        match self {
            Self::Step(places) | Self::Total(places) => places,
        }
    }
}

impl Places {
    /// No place at all, for a rule that says that an event of this kind means nothing.
    pub const NONE: Self = Self::new(Unit::Major);

    /// No place yet; amounts are in this unit.
    #[must_use]
    pub const fn new(unit: Unit) -> Self {
        Self {
            unit,
            amount: AmountAt::Total(&[]),
            total: &[],
            step_id: &[],
            currency: &[],
            default_currency: None,
            reference: &[],
            reference_may_be_structured: false,
            transaction: &[],
            time: &[],
            read_time: ReadTime::In(TimeUnit::Seconds),
        }
    }

    /// The amount of the whole payment, or the sum so far: [`Amount::Total`](crate::payment::Amount::Total).
    ///
    /// An amount stands at a place, or it is the sum of several: `/a`, `/a + /b - /c`; `|/a|` is the number without its sign. There
    /// is none unless something stands at each of them.
    #[must_use]
    pub const fn amount(self, places: &'static [&'static str]) -> Self {
        Self {
            amount: AmountAt::Total(places),
            ..self
        }
    }

    /// The amount that this event alone is about: [`Amount::Step`](crate::payment::Amount::Step). Written as that of
    /// [`amount`](Self::amount).
    #[must_use]
    pub const fn step_amount(self, places: &'static [&'static str]) -> Self {
        Self {
            amount: AmountAt::Step(places),
            ..self
        }
    }

    /// The sum so far that some senders tell beside the amount of a step.
    #[must_use]
    pub const fn total_so_far(self, places: &'static [&'static str]) -> Self {
        Self {
            total: places,
            ..self
        }
    }

    /// The sender's id of the step: of the capture, the refund, the dispute.
    #[must_use]
    pub const fn step_id(self, places: &'static [&'static str]) -> Self {
        Self {
            step_id: places,
            ..self
        }
    }

    /// The currency's code by ISO 4217, in either case.
    #[must_use]
    pub const fn currency(self, places: &'static [&'static str]) -> Self {
        Self {
            currency: places,
            ..self
        }
    }

    /// The currency of amounts beside which none stands.
    #[must_use]
    pub const fn default_currency(self, code: &'static str) -> Self {
        Self {
            default_currency: Some(code),
            ..self
        }
    }

    /// The merchant's own reference.
    #[must_use]
    pub const fn reference(self, places: &'static [&'static str]) -> Self {
        Self {
            reference: places,
            ..self
        }
    }

    /// What the merchant has stored there may be an object or a list, which is no reference, and no error either.
    #[must_use]
    pub const fn reference_may_be_structured(self) -> Self {
        Self {
            reference_may_be_structured: true,
            ..self
        }
    }

    /// The sender's id of the payment.
    #[must_use]
    pub const fn transaction(self, places: &'static [&'static str]) -> Self {
        Self {
            transaction: places,
            ..self
        }
    }

    /// When it happened.
    #[must_use]
    pub const fn time(self, unit: TimeUnit, places: &'static [&'static str]) -> Self {
        Self {
            time: places,
            read_time: ReadTime::In(unit),
            ..self
        }
    }

    /// When it happened, for senders that write times in a form of their own.
    #[must_use]
    pub const fn time_by(
        self,
        read: fn(&str) -> Option<UnixTime>,
        places: &'static [&'static str],
    ) -> Self {
        Self {
            time: places,
            read_time: ReadTime::By(read),
            ..self
        }
    }

    pub(super) const fn check(&self) -> Result<(), &'static str> {
        if let Err(fault) = check_sums(self.amount.places()) {
            return Err(fault);
        }
        if let Err(fault) = check_sums(self.total) {
            return Err(fault);
        }
        let all = [
            self.step_id,
            self.currency,
            self.reference,
            self.transaction,
            self.time,
        ];
        let mut all = all.as_slice();
        while let [pointers, rest @ ..] = all {
            if let Err(fault) = check_pointers(pointers) {
                return Err(fault);
            }
            all = rest;
        }
        let has_currency = !self.currency.is_empty() || self.default_currency.is_some();
        if !self.amount.places().is_empty() && !has_currency {
            return Err("there is an amount and no currency");
        }
        Ok(())
    }
}

/// What an amount counts.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Unit {
    /// Euros, yen, dinars: a decimal number.
    Major,
    /// Cents, yen, fils: a whole number of the minor units of ISO 4217.
    Minor,
    /// The same, but the sender counts these currencies otherwise than ISO 4217: with so many digits.
    MinorExcept(&'static [(&'static str, u32)]),
    /// Thousandths of every currency.
    Thousandths,
    /// What the sender calls hundredths or a "subunit", which is no unit of every currency: known where there are two digits.
    Hundredths,
}
