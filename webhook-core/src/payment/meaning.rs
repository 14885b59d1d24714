//! What the kinds of a sender mean for a payment, as data.

use crate::payment::PaymentStatus;
use crate::time::{TimeUnit, UnixTime};

/// What the kinds of one sender mean for a payment: the twin of [`Scheme`](crate::scheme::Scheme), which says how it signs.
///
/// The rules of a kind are tried in their order. The first whose conditions hold counts; where none does, the event means
/// nothing for a payment. Places are JSON pointers (RFC 6901, without escapes) that begin at the body.
///
/// ```
/// use webhook_core::TimeUnit;
/// use webhook_core::payment::PaymentStatus::{Failed, Paid, PartiallyRefunded, Refunded};
/// use webhook_core::payment::{Meaning, Places, Rule, Unit, When};
///
/// const MEANING: Meaning = Meaning::new(
///     Places::new(Unit::Minor)
///         .amount(&["/data/amount"])
///         .currency(&["/data/currency"])
///         .reference(&["/data/order"])
///         .transaction(&["/data/payment", "/data/id"])
///         .time(TimeUnit::Rfc3339, &["/created_at"]),
///     &[
///         Rule::new(&["payment.paid"], Paid),
///         Rule::new(&["payment.failed"], Failed),
///         Rule::new(&["refund.*"], Refunded).when(&[When::Same("/data/amount", "/data/paid")]),
///         Rule::new(&["refund.*"], PartiallyRefunded),
///     ],
/// );
/// const _: () = assert!(MEANING.check().is_ok());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Meaning {
    pub(crate) places: Places,
    pub(crate) rules: &'static [Rule],
    pub(crate) only_if: &'static [When],
}

impl Meaning {
    /// These rules, which read these places where they do not say others.
    #[must_use]
    pub const fn new(places: Places, rules: &'static [Rule]) -> Self {
        Self {
            places,
            rules,
            only_if: &[],
        }
    }

    /// No rule counts unless all of this holds.
    #[must_use]
    pub const fn only_if(self, conditions: &'static [When]) -> Self {
        Self {
            only_if: conditions,
            ..self
        }
    }

    /// Whether every rule can be followed. In a constant it costs nothing, and stops the build.
    ///
    /// # Errors
    /// If a rule has no kind, a kind is empty or has a `*` before its end, a place does not begin with `/`, a condition has no value,
    /// a rule no status, an amount no currency, or a rule stands behind one of the same kind that always holds.
    pub const fn check(&self) -> Result<(), &'static str> {
        let mut at = 0;
        while at < self.only_if.len() {
            if let Err(fault) = self.only_if[at].check() {
                return Err(fault);
            }
            at += 1;
        }
        if let Err(fault) = self.places.check() {
            return Err(fault);
        }
        let mut at = 0;
        while at < self.rules.len() {
            let rule = &self.rules[at];
            if let Err(fault) = rule.check() {
                return Err(fault);
            }
            let mut before = 0;
            while before < at {
                let other = &self.rules[before];
                if other.always_holds() && shares_a_kind(other.kinds, rule.kinds) {
                    return Err("a rule stands behind one of the same kind that always holds");
                }
                before += 1;
            }
            at += 1;
        }
        Ok(())
    }
}

/// What some kinds mean.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub(crate) kinds: &'static [&'static str],
    pub(crate) status: Status,
    pub(crate) when: &'static [When],
    pub(crate) places: Option<&'static Places>,
    pub(crate) amount: Option<&'static [&'static str]>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Status {
    Always(PaymentStatus),
    /// By the text that stands there. With none of these the rule does not hold.
    By(&'static str, &'static [(&'static str, PaymentStatus)]),
}

impl Rule {
    /// An event of one of these kinds says this. A kind that ends with `*` stands for all that begin with what is before it.
    #[must_use]
    pub const fn new(kinds: &'static [&'static str], status: PaymentStatus) -> Self {
        Self {
            kinds,
            status: Status::Always(status),
            when: &[],
            places: None,
            amount: None,
        }
    }

    /// An event of one of these kinds says what stands for the text at this place. With another text, or none, the rule does not
    /// hold.
    ///
    /// ```
    /// use webhook_core::payment::PaymentStatus::{SubscriptionActive, SubscriptionPastDue};
    /// use webhook_core::payment::Rule;
    ///
    /// const RULE: Rule = Rule::by(
    ///     &["subscription.*"],
    ///     "/data/status",
    ///     &[
    ///         ("trialing", SubscriptionActive),
    ///         ("active", SubscriptionActive),
    ///         ("past_due", SubscriptionPastDue),
    ///     ],
    /// );
    /// ```
    #[must_use]
    pub const fn by(
        kinds: &'static [&'static str],
        place: &'static str,
        statuses: &'static [(&'static str, PaymentStatus)],
    ) -> Self {
        Self {
            kinds,
            status: Status::By(place, statuses),
            when: &[],
            places: None,
            amount: None,
        }
    }

    /// Whether it holds whatever the body says.
    const fn always_holds(&self) -> bool {
        self.when.is_empty() && matches!(self.status, Status::Always(_))
    }

    /// Every place that decides whether the rule holds.
    pub(crate) fn deciding(&self) -> impl Iterator<Item = &'static str> {
        let by = match self.status {
            Status::Always(_) => None,
            Status::By(place, _) => Some(place),
        };
        self.when.iter().flat_map(When::pointers).chain(by)
    }

    /// Only if all of this holds.
    #[must_use]
    pub const fn when(self, conditions: &'static [When]) -> Self {
        Self {
            when: conditions,
            ..self
        }
    }

    /// Reads these places, and none of those of the [`Meaning`].
    #[must_use]
    pub const fn places(self, places: &'static Places) -> Self {
        Self {
            places: Some(places),
            ..self
        }
    }

    /// The amount stands at the first of these that is there. With none, there is no amount.
    #[must_use]
    pub const fn amount(self, places: &'static [&'static str]) -> Self {
        Self {
            amount: Some(places),
            ..self
        }
    }

    pub(crate) fn is_of(&self, kind: &str) -> bool {
        let is = |own: &&str| match own.strip_suffix('*') {
            Some(prefix) => kind.starts_with(prefix),
            None => *own == kind,
        };
        self.kinds.iter().any(is)
    }

    /// Where the amount stands.
    pub(crate) fn amount_at(&self, places: &Places) -> &'static [&'static str] {
        self.amount.unwrap_or(places.amount)
    }

    const fn check(&self) -> Result<(), &'static str> {
        if self.kinds.is_empty() {
            return Err("a rule has no kind");
        }
        let mut at = 0;
        while at < self.kinds.len() {
            let kind = self.kinds[at].as_bytes();
            if kind.is_empty() {
                return Err("a kind is empty");
            }
            let mut letter = 0;
            while letter + 1 < kind.len() {
                if kind[letter] == b'*' {
                    return Err("a kind has a `*` before its end");
                }
                letter += 1;
            }
            at += 1;
        }
        let mut at = 0;
        while at < self.when.len() {
            if let Err(fault) = self.when[at].check() {
                return Err(fault);
            }
            at += 1;
        }
        if let Status::By(place, statuses) = self.status {
            if statuses.is_empty() {
                return Err("a rule has no status");
            }
            if let Err(fault) = check_pointers(&[place]) {
                return Err(fault);
            }
        }
        if let Some(places) = self.places
            && let Err(fault) = places.check()
        {
            return Err(fault);
        }
        match self.amount {
            Some(amount) => check_pointers(amount),
            None => Ok(()),
        }
    }
}

/// What must hold of a body.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum When {
    /// What stands at the place is one of these texts; numbers as they are written, `true` and `false`.
    Is(&'static str, &'static [&'static str]),
    /// What stands at the place is none of these texts, or nothing stands there.
    Not(&'static str, &'static [&'static str]),
    /// Anything but null stands there.
    Present(&'static str),
    /// Nothing stands there, or null.
    Absent(&'static str),
    /// The same stands at both places, as it is written.
    Same(&'static str, &'static str),
    /// What stands at the place begins with one of these texts.
    Begins(&'static str, &'static [&'static str]),
}

impl When {
    pub(crate) fn pointers(&self) -> impl Iterator<Item = &'static str> + use<> {
        let (one, other) = match *self {
            Self::Is(at, _)
            | Self::Not(at, _)
            | Self::Present(at)
            | Self::Absent(at)
            | Self::Begins(at, _) => (at, None),
            Self::Same(one, other) => (one, Some(other)),
        };
        std::iter::once(one).chain(other)
    }

    const fn check(&self) -> Result<(), &'static str> {
        match *self {
            Self::Is(_, values) | Self::Not(_, values) | Self::Begins(_, values)
                if values.is_empty() =>
            {
                Err("a condition has no value")
            }
            Self::Is(at, _)
            | Self::Not(at, _)
            | Self::Present(at)
            | Self::Absent(at)
            | Self::Begins(at, _) => check_pointers(&[at]),
            Self::Same(one, other) => check_pointers(&[one, other]),
        }
    }
}

/// Where a body says what belongs to a payment.
///
/// Of several places, the first where something stands counts. A place inside of the one before it is for senders that
/// write the id of a thing, or the whole thing: `/payment`, `/payment/id`.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    pub(crate) unit: Unit,
    pub(crate) amount: &'static [&'static str],
    pub(crate) currency: &'static [&'static str],
    pub(crate) default_currency: Option<&'static str>,
    pub(crate) reference: &'static [&'static str],
    pub(crate) reference_may_be_structured: bool,
    pub(crate) transaction: &'static [&'static str],
    pub(crate) time: &'static [&'static str],
    pub(crate) read_time: ReadTime,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum ReadTime {
    In(TimeUnit),
    By(fn(&str) -> Option<UnixTime>),
}

impl Places {
    /// No place at all, for a rule that says that an event of this kind means nothing.
    pub const NONE: Self = Self::new(Unit::Major);

    /// No place yet; amounts are in this unit.
    #[must_use]
    pub const fn new(unit: Unit) -> Self {
        Self {
            unit,
            amount: &[],
            currency: &[],
            default_currency: None,
            reference: &[],
            reference_may_be_structured: false,
            transaction: &[],
            time: &[],
            read_time: ReadTime::In(TimeUnit::Seconds),
        }
    }

    /// The amount that something happened to.
    #[must_use]
    pub const fn amount(self, places: &'static [&'static str]) -> Self {
        Self {
            amount: places,
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

    const fn check(&self) -> Result<(), &'static str> {
        let all = [
            self.amount,
            self.currency,
            self.reference,
            self.transaction,
            self.time,
        ];
        let mut at = 0;
        while at < all.len() {
            if let Err(fault) = check_pointers(all[at]) {
                return Err(fault);
            }
            at += 1;
        }
        let has_currency = !self.currency.is_empty() || self.default_currency.is_some();
        if !self.amount.is_empty() && !has_currency {
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
    /// What the sender calls hundredths or a "subunit", which is no unit of every currency: known where there are two digits.
    Hundredths,
}

const fn check_pointers(pointers: &[&str]) -> Result<(), &'static str> {
    let mut at = 0;
    while at < pointers.len() {
        match pointers[at].as_bytes() {
            [b'/', _, ..] => {}
            _ => return Err("a place does not begin with `/`"),
        }
        at += 1;
    }
    Ok(())
}

/// Whether one kind is in both lists, or begins as another says.
const fn shares_a_kind(before: &[&str], after: &[&str]) -> bool {
    let mut one = 0;
    while one < before.len() {
        let mut other = 0;
        while other < after.len() {
            if covers(before[one].as_bytes(), after[other].as_bytes()) {
                return true;
            }
            other += 1;
        }
        one += 1;
    }
    false
}

/// Whether every event of the second kind is one of the first too.
const fn covers(before: &[u8], after: &[u8]) -> bool {
    let (len, is_prefix) = match before {
        [prefix @ .., b'*'] => (prefix.len(), true),
        _ => (before.len(), false),
    };
    if after.len() < len || (!is_prefix && after.len() != len) {
        return false;
    }
    let mut at = 0;
    while at < len {
        if before[at] != after[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::PaymentStatus::{Failed, Paid};
    use super::*;

    const PLACES: Places = Places::new(Unit::Minor)
        .amount(&["/amount"])
        .currency(&["/currency"]);

    #[test]
    fn rules_that_cannot_be_followed_are_faults() {
        const ALWAYS: Rule = Rule::new(&["a", "b.*"], Paid);
        const NO_SLASH: Places = Places::new(Unit::Minor).reference(&["id"]);
        const NO_CURRENCY: Places = Places::new(Unit::Minor).amount(&["/amount"]);
        let rules = |rules| Meaning::new(PLACES, rules).check();
        for (checked, fault) in [
            (rules(const { &[ALWAYS] }), ""),
            (rules(const { &[ALWAYS, Rule::new(&["c"], Paid)] }), ""),
            (rules(const { &[ALWAYS, Rule::new(&["b"], Paid)] }), ""),
            (
                rules(const { &[ALWAYS, Rule::new(&["c", "a"], Failed)] }),
                "a rule stands behind one of the same kind that always holds",
            ),
            (
                rules(const { &[ALWAYS, Rule::new(&["b.c"], Failed)] }),
                "a rule stands behind one of the same kind that always holds",
            ),
            (
                rules(const { &[Rule::new(&[], Paid)] }),
                "a rule has no kind",
            ),
            (
                rules(const { &[Rule::new(&[""], Paid)] }),
                "a kind is empty",
            ),
            (
                rules(const { &[Rule::new(&["a*b"], Paid)] }),
                "a kind has a `*` before its end",
            ),
            (
                rules(const { &[Rule::by(&["a"], "/status", &[])] }),
                "a rule has no status",
            ),
            (
                rules(const { &[Rule::by(&["a"], "/status", &[("1", Paid)]), ALWAYS] }),
                "",
            ),
            (
                rules(const { &[ALWAYS.when(&[When::Is("/a", &[])])] }),
                "a condition has no value",
            ),
            (
                rules(const { &[ALWAYS.when(&[When::Same("/a", "b")])] }),
                "a place does not begin with `/`",
            ),
            (
                rules(const { &[ALWAYS.amount(&["/"])] }),
                "a place does not begin with `/`",
            ),
            (
                rules(const { &[ALWAYS.places(&NO_SLASH)] }),
                "a place does not begin with `/`",
            ),
            (
                rules(const { &[ALWAYS.places(&NO_CURRENCY)] }),
                "there is an amount and no currency",
            ),
        ] {
            assert_eq!(checked.err().unwrap_or_default(), fault);
        }
    }
}
