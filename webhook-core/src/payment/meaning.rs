//! What the kinds of a sender mean for a payment, as data.

use crate::payment::places::{AmountAt, Places};
use crate::payment::status::PaymentStatus;
use crate::rules::{
    Status, When, are_of, check_conditions, check_kinds, check_pointers, check_sums, is_among,
};

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

    /// The kinds that mean something, each once; those that end with `*` are beginnings.
    pub(crate) fn all_kinds(&self) -> Vec<&'static str> {
        let mut kinds = Vec::new();
        let mean_something = self.rules.iter().filter(|rule| !rule.is_nothing());
        for kind in mean_something.flat_map(|rule| rule.kinds) {
            if !kinds.contains(kind) {
                kinds.push(*kind);
            }
        }
        kinds
    }

    /// Whether every rule can be followed. In a constant it costs nothing, and stops the build.
    ///
    /// # Errors
    /// If a rule has no kind, a kind is empty or has a `*` before its end, a place does not begin with `/`, a condition has no value,
    /// a rule no status, an amount no currency, or a rule stands behind one of the same kind that always holds.
    pub const fn check(&self) -> Result<(), &'static str> {
        if let Err(fault) = check_conditions(self.only_if) {
            return Err(fault);
        }
        if let Err(fault) = self.places.check() {
            return Err(fault);
        }
        let mut rules = self.rules;
        while let [rule, behind @ ..] = rules {
            if let Err(fault) = rule.check() {
                return Err(fault);
            }
            if rule.always_holds() && is_one_of(behind, rule.kinds) {
                return Err("a rule stands behind one of the same kind that always holds");
            }
            rules = behind;
        }
        Ok(())
    }
}

/// What some kinds mean.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub(crate) kinds: &'static [&'static str],
    pub(crate) status: Status<PaymentStatus>,
    pub(crate) when: &'static [When],
    pub(crate) places: Option<&'static Places>,
    pub(crate) amount: Option<AmountAt>,
    pub(crate) step_id: Option<&'static [&'static str]>,
    pub(crate) transaction: Option<&'static [&'static str]>,
    pub(crate) twin: Option<&'static str>,
}

impl Rule {
    /// An event of one of these kinds says this. A kind that ends with `*` stands for all that begin with what is before it.
    #[must_use]
    pub const fn new(kinds: &'static [&'static str], status: PaymentStatus) -> Self {
        Self::of(kinds, Status::Always(status))
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
        Self::of(kinds, Status::By(place, statuses))
    }

    const fn of(kinds: &'static [&'static str], status: Status<PaymentStatus>) -> Self {
        Self {
            kinds,
            status,
            when: &[],
            places: None,
            amount: None,
            step_id: None,
            transaction: None,
            twin: None,
        }
    }

    /// Whether it says that an event means nothing.
    pub(crate) const fn is_nothing(&self) -> bool {
        matches!(self.status, Status::Always(PaymentStatus::Other))
    }

    /// Whether it holds whatever the body says.
    const fn always_holds(&self) -> bool {
        self.when.is_empty() && matches!(self.status, Status::Always(_))
    }

    /// Every place that decides whether the rule holds.
    pub(crate) fn deciding(&self) -> impl Iterator<Item = &'static str> {
        let by = self.status.place();
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

    /// The amount of the whole, or the sum so far, stands at the first of these that is there. With none, there is no amount. Written
    /// as that of [`Places::amount`].
    #[must_use]
    pub const fn amount(self, places: &'static [&'static str]) -> Self {
        Self {
            amount: Some(AmountAt::Total(places)),
            ..self
        }
    }

    /// The amount that this event alone is about stands at the first of these that is there.
    #[must_use]
    pub const fn step_amount(self, places: &'static [&'static str]) -> Self {
        Self {
            amount: Some(AmountAt::Step(places)),
            ..self
        }
    }

    /// The sender's id of the step stands at the first of these that is there.
    #[must_use]
    pub const fn step_id(self, places: &'static [&'static str]) -> Self {
        Self {
            step_id: Some(places),
            ..self
        }
    }

    /// The sender's id of the payment stands at the first of these that is there.
    #[must_use]
    pub const fn transaction(self, places: &'static [&'static str]) -> Self {
        Self {
            transaction: Some(places),
            ..self
        }
    }

    /// An event of this other kind tells of the same money: who counts both counts it twice.
    #[must_use]
    pub const fn twin(self, kind: &'static str) -> Self {
        Self {
            twin: Some(kind),
            ..self
        }
    }

    pub(crate) fn is_of(&self, kind: &str) -> bool {
        are_of(self.kinds, kind)
    }

    /// Where what it reads stands: what it says itself, and what the places say of the rest.
    pub(crate) fn reads(&self, places: &Places) -> Places {
        let own = self.places.unwrap_or(places);
        Places {
            amount: self.amount.unwrap_or(own.amount),
            step_id: self.step_id.unwrap_or(own.step_id),
            transaction: self.transaction.unwrap_or(own.transaction),
            ..*own
        }
    }

    const fn check(&self) -> Result<(), &'static str> {
        if let Err(fault) = check_kinds(self.kinds) {
            return Err(fault);
        }
        if let Err(fault) = check_conditions(self.when) {
            return Err(fault);
        }
        if let Err(fault) = self.status.check() {
            return Err(fault);
        }
        if let Some(places) = self.places {
            if let Err(fault) = places.check() {
                return Err(fault);
            }
        }
        if let Some(amount) = self.amount {
            if let Err(fault) = check_sums(amount.places()) {
                return Err(fault);
            }
        }
        if let Some(step_id) = self.step_id {
            if let Err(fault) = check_pointers(step_id) {
                return Err(fault);
            }
        }
        match self.transaction {
            Some(transaction) => check_pointers(transaction),
            None => Ok(()),
        }
    }
}

/// Whether one of the rules is about one of these kinds.
const fn is_one_of(mut rules: &[Rule], kinds: &[&str]) -> bool {
    while let [rule, rest @ ..] = rules {
        let mut own = rule.kinds;
        while let [kind, more @ ..] = own {
            if is_among(kind.as_bytes(), kinds) {
                return true;
            }
            own = more;
        }
        rules = rest;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::PaymentStatus::{Failed, Paid};
    use super::*;
    use crate::payment::places::Unit;

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
                "an amount is not a place such as `/a`, `|/a|` without its sign, or a sum such as `/a + /b - /c`",
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
