//! Reads what a body means for a payment by the rules of its sender.

use bytes::Bytes;

use crate::json::{Place, places_of};
use crate::message::Message;
use crate::outcome::DecodeError;
use crate::payment::amount::Amount;
use crate::payment::meaning::{Meaning, Rule};
use crate::payment::money::MoneyError;
use crate::payment::places::{AmountAt, Places, Unit};
use crate::payment::read::{Read, hundredths, major, minor, minor_except, thousandths};
use crate::payment::status::PaymentStatus;
use crate::payment::update::PaymentUpdate;
use crate::rules::{Found, When, sum};

impl Meaning {
    /// What a message means, where it is about one payment.
    pub(crate) fn read(&self, message: &Message) -> Result<PaymentUpdate, DecodeError> {
        let base = PaymentUpdate::of(message);
        let kind = base.kind.clone();
        let kind = kind.as_deref().unwrap_or_default();
        self.update(kind, message.body(), base)
    }

    /// What a body, or a part of one, means if it is of this kind: `base` with all that the rules say.
    pub(crate) fn update(
        &self,
        kind: &str,
        body: &Bytes,
        base: PaymentUpdate,
    ) -> Result<PaymentUpdate, DecodeError> {
        self.follow(kind, base, |pointers| places_of(body, &pointers))
    }

    /// The same where the values were read before: of a form, or as they were verified. `value` is given a place without its first
    /// `/`; an empty text is nothing.
    pub(crate) fn update_of<'a>(
        &self,
        kind: &str,
        value: impl Fn(&str) -> &'a str,
        base: PaymentUpdate,
    ) -> Result<PaymentUpdate, DecodeError> {
        let at = |pointer: &'static str| {
            let text = value(pointer.trim_start_matches('/'));
            Place::at(pointer, Some(text).filter(|text| !text.is_empty()))
        };
        self.follow(kind, base, |pointers| {
            Ok(pointers.into_iter().map(at).collect())
        })
    }

    /// The same where the places are found in another way.
    pub(crate) fn follow(
        &self,
        kind: &str,
        base: PaymentUpdate,
        read: impl FnOnce(Vec<&'static str>) -> Result<Vec<Place>, DecodeError>,
    ) -> Result<PaymentUpdate, DecodeError> {
        let rules: Vec<&Rule> = self.rules.iter().filter(|rule| rule.is_of(kind)).collect();
        let found = Found(read(self.pointers(&rules))?);
        if rules.is_empty() || !found.all_hold(self.only_if)? {
            return Ok(base);
        }
        for rule in rules {
            if let Some(status) = rule.status.of(rule.when, &found)? {
                let update = found.update(status, &rule.reads(&self.places), base)?;
                return Ok(PaymentUpdate {
                    twin: rule.twin,
                    ..update
                });
            }
        }
        Ok(base)
    }

    /// Every place that these rules may ask for, each once.
    fn pointers(&self, rules: &[&Rule]) -> Vec<&'static str> {
        let mut all: Vec<&'static str> = Vec::with_capacity(16);
        let mut add = |pointer| {
            if !all.contains(&pointer) {
                all.push(pointer);
            }
        };
        if rules.is_empty() {
            return all;
        }
        self.only_if
            .iter()
            .flat_map(When::pointers)
            .for_each(&mut add);
        for rule in rules {
            rule.deciding().for_each(&mut add);
            let places = rule.reads(&self.places);
            let sums = [places.amount.places(), places.total];
            let sums = sums.into_iter().flatten();
            sums.flat_map(|sum| sum::pointers(sum)).for_each(&mut add);
            let lists = [
                places.currency,
                places.reference,
                places.transaction,
                places.step_id,
                places.time,
            ];
            lists.into_iter().flatten().for_each(|pointer| add(pointer));
        }
        all
    }
}

impl Found {
    fn update(
        &self,
        status: PaymentStatus,
        places: &Places,
        base: PaymentUpdate,
    ) -> Result<PaymentUpdate, DecodeError> {
        let reference = match places.reference_may_be_structured {
            true => self.first(places.reference).unless_structured().text()?,
            false => self.first_text(places.reference)?,
        };
        let time = self.first(places.time);
        let transaction_id = self.first_text(places.transaction)?;
        let amount = self.amount(places);
        let missing = [
            (amount == Ok(None)).then_some(places.amount.places()),
            transaction_id.is_none().then_some(places.transaction),
        ];
        let missing = missing.into_iter().flatten();
        Ok(PaymentUpdate {
            status,
            amount,
            total: self.money(places.total, places).unwrap_or_default(),
            reference,
            transaction_id,
            step_id: self.first_text(places.step_id)?,
            time: time.get()?.and_then(|text| places.read_time.read(text)),
            missing: missing
                .filter_map(|places| places.first().copied())
                .collect(),
            ..base
        })
    }

    fn amount(&self, places: &Places) -> Result<Option<Amount>, MoneyError> {
        let money = self.money(places.amount.places(), places)?;
        Ok(money.map(|money| match places.amount {
            AmountAt::Step(_) => Amount::Step(money),
            AmountAt::Total(_) => Amount::Total(money),
        }))
    }

    /// The first of these sums that is there.
    fn money(&self, sums: &[&'static str], places: &Places) -> Read {
        let mut sums = sums
            .iter()
            .map(|sum| sum::place(sum, |pointer| self.at(pointer)));
        let amount = sums.find(Place::is_there).unwrap_or(Place::nothing());
        let currency = self
            .first(places.currency)
            .or(Place::of(places.default_currency));
        match places.unit {
            Unit::Major => major(&amount, &currency),
            Unit::Minor => minor(&amount, &currency),
            Unit::MinorExcept(own) => minor_except(&amount, &currency, own),
            Unit::Hundredths => hundredths(&amount, &currency),
            Unit::Thousandths => thousandths(&amount, &currency),
        }
    }
}
