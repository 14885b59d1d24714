//! One payment after all of its updates.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::payment::amount::Amount;
use crate::payment::money::{Money, MoneyError};
use crate::payment::status::PaymentStatus;
use crate::payment::update::PaymentUpdate;
use crate::time::UnixTime;

/// What one payment has come to: for those who keep one row for each.
///
/// The updates may come in any order, and each any number of times: the state is the same. Keep one state for each
/// [`transaction_id`](PaymentUpdate::transaction_id), as JSON if you like, and apply to it what belongs to it. It grows by a small entry
/// for each capture, refund and dispute. Updates of subscriptions and payouts, tests and what is unconfirmed leave it as it is.
///
/// ```
/// use webhook_core::payment::{PaymentState, PaymentStatus, PaymentUpdate};
///
/// fn keep(row: &str, update: &PaymentUpdate) -> Result<String, Box<dyn std::error::Error>> {
///     let before: PaymentState = serde_json::from_str(row)?;
///     let after = before.apply(update);
///     if after.status() == PaymentStatus::Refunded {
///         println!("{:?} went back", after.refunded()?);
///     }
///     Ok(serde_json::to_string(&after)?)
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentState {
    /// What was told of the whole payment: the latest of each status.
    whole: BTreeMap<PaymentStatus, Fact>,
    /// Each capture, by its id.
    captures: BTreeMap<String, Fact>,
    /// How much went back in all, where that was told.
    back: Option<Fact>,
    /// That all went back, where that was told.
    all_back: Option<Fact>,
    /// Each refund, by its id.
    refunds: BTreeMap<String, Fact>,
    /// Each dispute, by its id.
    disputes: BTreeMap<String, Fact>,
}

/// What an update said. Of two, the greater is the later one; where no time tells, the one that comes later in the life of a step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Fact {
    /// Milliseconds since 1970.
    at: Option<i64>,
    /// How late it comes in the life of a payment, or of a step.
    stage: u8,
    status: PaymentStatus,
    money: Option<Money>,
    kind: String,
    twin: Option<String>,
}

impl Fact {
    fn of(update: &PaymentUpdate, is_step: bool) -> Self {
        let money = update.amount.ok().flatten().map(Amount::money);
        Self {
            at: update.time.map(UnixTime::as_millis),
            stage: stage(update.status, is_step),
            status: update.status,
            money: money.map(Money::without_sign),
            kind: update.kind.as_deref().unwrap_or_default().to_owned(),
            twin: update.twin.map(str::to_owned),
        }
    }

    fn is_after(&self, other: &Self) -> bool {
        matches!((self.at, other.at), (Some(own), Some(other)) if own > other)
    }
}

/// Where two updates tell no time, or one time, the greater counts.
const fn stage(status: PaymentStatus, is_step: bool) -> u8 {
    match status {
        // What a payer tries again may still be paid; a capture that failed stays failed.
        PaymentStatus::Failed if is_step => 6,
        PaymentStatus::Failed | PaymentStatus::DisputeClosed | PaymentStatus::Refund => 1,
        PaymentStatus::Authorized | PaymentStatus::DisputeWon => 2,
        PaymentStatus::PartiallyRefunded => 2,
        PaymentStatus::Paid | PaymentStatus::DisputeLost | PaymentStatus::Refunded => 3,
        PaymentStatus::Expired => 4,
        PaymentStatus::Canceled | PaymentStatus::RefundFailed => 5,
        _ => 0,
    }
}

impl PaymentState {
    /// The state with what this update says.
    #[must_use]
    pub fn apply(mut self, update: &PaymentUpdate) -> Self {
        let step_id = update.step_id.as_deref();
        let is_step = matches!(update.amount, Ok(Some(Amount::Step(_)))) || step_id.is_some();
        let fact = Fact::of(update, is_step);
        match update.status {
            PaymentStatus::Paid | PaymentStatus::Failed if is_step => {
                // A payment that names no capture has one.
                put(&mut self.captures, step_id.unwrap_or_default(), fact);
            }
            PaymentStatus::Pending
            | PaymentStatus::Authorized
            | PaymentStatus::Paid
            | PaymentStatus::Failed
            | PaymentStatus::Canceled
            | PaymentStatus::Expired => put(&mut self.whole, &update.status, fact),
            PaymentStatus::Refunded
            | PaymentStatus::PartiallyRefunded
            | PaymentStatus::Refund
            | PaymentStatus::RefundPending
            | PaymentStatus::RefundFailed => self.refund(update, fact, is_step),
            PaymentStatus::Disputed
            | PaymentStatus::DisputeWon
            | PaymentStatus::DisputeLost
            | PaymentStatus::DisputeClosed => {
                put(&mut self.disputes, step_id.unwrap_or_default(), fact);
            }
            PaymentStatus::SubscriptionActive
            | PaymentStatus::SubscriptionPastDue
            | PaymentStatus::SubscriptionPaused
            | PaymentStatus::SubscriptionEnding
            | PaymentStatus::SubscriptionCanceled
            | PaymentStatus::Payout
            | PaymentStatus::PayoutFailed
            | PaymentStatus::Unconfirmed
            | PaymentStatus::Test
            | PaymentStatus::Other => {}
        }
        self
    }

    fn refund(&mut self, update: &PaymentUpdate, fact: Fact, is_step: bool) {
        let is_done = !matches!(
            update.status,
            PaymentStatus::RefundPending | PaymentStatus::RefundFailed
        );
        if update.status == PaymentStatus::Refunded {
            keep(&mut self.all_back, fact.clone());
        }
        let so_far = match update.amount {
            Ok(Some(Amount::Total(total))) => Some(total),
            _ => update.total,
        };
        if let (Some(total), true) = (so_far, is_done) {
            let told = Fact {
                money: Some(total.without_sign()),
                ..fact.clone()
            };
            keep(&mut self.back, told);
        }
        if is_step || !is_done {
            // Two refunds of one payment may differ in nothing but the event.
            let id = update.step_id.as_deref().or(update.event_id.as_deref());
            let id = id.map_or_else(|| format!("{:?} {:?}", fact.at, fact.money), str::to_owned);
            put(&mut self.refunds, &id, fact);
        }
    }

    /// Where the payment stands, disputes first: [`Disputed`](PaymentStatus::Disputed) while one is open,
    /// [`DisputeLost`](PaymentStatus::DisputeLost) after one was lost; [`Refunded`](PaymentStatus::Refunded),
    /// [`PartiallyRefunded`](PaymentStatus::PartiallyRefunded), [`Paid`](PaymentStatus::Paid) and
    /// [`Authorized`](PaymentStatus::Authorized) by what is left; else the latest of what was told of the whole payment, and
    /// [`Other`](PaymentStatus::Other) where nothing was.
    #[must_use]
    pub fn status(&self) -> PaymentStatus {
        let disputes = || self.disputes.values().map(|dispute| dispute.status);
        for worst in [PaymentStatus::Disputed, PaymentStatus::DisputeLost] {
            if disputes().any(|status| status == worst) {
                return worst;
            }
        }
        match self.extent_of_refunds() {
            Some(status) => status,
            None if self.is_paid() => PaymentStatus::Paid,
            None => self.before_money(),
        }
    }

    /// What was reserved: the latest sum that was told.
    #[must_use]
    pub fn authorized(&self) -> Option<Money> {
        self.whole.get(&PaymentStatus::Authorized)?.money
    }

    /// What was taken in all, whatever went back since. `None` where nothing was, or how much is not told.
    ///
    /// # Errors
    /// If parts of it are in different currencies, or the sum is larger than any amount.
    pub fn captured(&self) -> Result<Option<Money>, MoneyError> {
        let steps = of_status(&self.captures, &[PaymentStatus::Paid]);
        larger(self.paid_whole().and_then(|paid| paid.money), sum(steps)?)
    }

    /// What went back so far. `None` where nothing did, or how much is not told.
    ///
    /// # Errors
    /// As [`captured`](Self::captured).
    pub fn refunded(&self) -> Result<Option<Money>, MoneyError> {
        let steps = sum(of_status(&self.refunds, DONE))?;
        let all = match self.has_all_back() {
            true => self.captured()?,
            false => None,
        };
        larger(larger(self.told_back()?, steps)?, all)
    }

    /// What is asked for and has not gone back yet.
    ///
    /// # Errors
    /// As [`captured`](Self::captured).
    pub fn refund_pending(&self) -> Result<Option<Money>, MoneyError> {
        sum(of_status(&self.refunds, &[PaymentStatus::RefundPending]))
    }

    /// What the payer or the payer's bank asks back in disputes that are open, or has got in those that are lost.
    ///
    /// # Errors
    /// As [`captured`](Self::captured).
    pub fn disputed(&self) -> Result<Option<Money>, MoneyError> {
        const AGAINST: &[PaymentStatus] = &[PaymentStatus::Disputed, PaymentStatus::DisputeLost];
        sum(of_status(&self.disputes, AGAINST))
    }

    /// Whether money was taken.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        let mut steps = self.captures.values();
        self.paid_whole().is_some() || steps.any(|step| step.status == PaymentStatus::Paid)
    }

    /// That the whole payment is paid, unless it failed later: direct debits can.
    fn paid_whole(&self) -> Option<&Fact> {
        let paid = self.whole.get(&PaymentStatus::Paid)?;
        let failed = self.whole.get(&PaymentStatus::Failed);
        match failed.is_some_and(|failed| failed.is_after(paid)) {
            true => None,
            false => Some(paid),
        }
    }

    /// The sum that was told, without what came back to the merchant since.
    fn told_back(&self) -> Result<Option<Money>, MoneyError> {
        let Some(told) = &self.back else {
            return Ok(None);
        };
        let since = self.failed_after(told);
        match (told.money, sum(since)?) {
            (Some(total), Some(came_back)) => total.minus(came_back).map(Some),
            (total, _) => Ok(total),
        }
    }

    fn failed_after<'a>(&'a self, told: &'a Fact) -> impl Iterator<Item = &'a Fact> {
        let failed = of_status(&self.refunds, &[PaymentStatus::RefundFailed]);
        failed.filter(move |failed| failed.is_after(told))
    }

    fn has_all_back(&self) -> bool {
        let all = self.all_back.as_ref();
        all.is_some_and(|all| {
            // A later total may tell of less.
            let less = self
                .back
                .as_ref()
                .is_some_and(|back| back.is_after(all) && back.status != PaymentStatus::Refunded);
            !less && self.failed_after(all).next().is_none()
        })
    }

    fn extent_of_refunds(&self) -> Option<PaymentStatus> {
        if self.has_all_back() {
            return Some(PaymentStatus::Refunded);
        }
        let went_back = of_status(&self.refunds, DONE).next().is_some();
        match (self.refunded(), self.captured()) {
            (Ok(Some(back)), _) if back.minor() == 0 => None,
            (Ok(Some(back)), Ok(Some(captured))) if back.currency() == captured.currency() => {
                Some(match back.minor() >= captured.minor() {
                    true => PaymentStatus::Refunded,
                    false => PaymentStatus::PartiallyRefunded,
                })
            }
            (Ok(None), _) if !went_back => None,
            _ => Some(PaymentStatus::Refund),
        }
    }

    /// The latest that was told of a payment that has brought no money. Where no time tells, the end of it.
    fn before_money(&self) -> PaymentStatus {
        let told = self.whole.values().chain(self.captures.values());
        let open = told.filter(|fact| fact.status != PaymentStatus::Paid);
        open.max().map_or(PaymentStatus::Other, |fact| fact.status)
    }
}

const DONE: &[PaymentStatus] = &[
    PaymentStatus::Refunded,
    PaymentStatus::PartiallyRefunded,
    PaymentStatus::Refund,
];

fn put<K: Ord + ?Sized + ToOwned<Owned = O>, O: Ord + std::borrow::Borrow<K>>(
    facts: &mut BTreeMap<O, Fact>,
    id: &K,
    fact: Fact,
) {
    match facts.get_mut(id) {
        Some(before) => *before = fact.max(before.clone()),
        None => {
            facts.insert(id.to_owned(), fact);
        }
    }
}

fn keep(place: &mut Option<Fact>, fact: Fact) {
    *place = place.take().max(Some(fact));
}

fn of_status<'a>(
    facts: &'a BTreeMap<String, Fact>,
    statuses: &'a [PaymentStatus],
) -> impl Iterator<Item = &'a Fact> {
    facts
        .values()
        .filter(|fact| statuses.contains(&fact.status))
}

/// The sum of all of them, of twins once; none if there is none, or one has no amount.
fn sum<'a>(facts: impl Iterator<Item = &'a Fact>) -> Result<Option<Money>, MoneyError> {
    let facts: Vec<&Fact> = facts.collect();
    let twins: Vec<(&str, &str)> = facts
        .iter()
        .filter_map(|fact| Some((fact.kind.as_str(), fact.twin.as_deref()?)))
        .collect();
    // Kinds that tell of the same money have one name: that of the first of both.
    let name = |kind: &'a str| {
        let pair = twins
            .iter()
            .find(|(one, other)| *one == kind || *other == kind);
        pair.map_or("", |(one, other)| one.min(other))
    };
    let mut sums: BTreeMap<(&str, &str), Option<Money>> = BTreeMap::new();
    for fact in facts {
        let Some(money) = fact.money else {
            return Ok(None);
        };
        let name = name(&fact.kind);
        let kind = if name.is_empty() { "" } else { &fact.kind };
        let sum = sums.entry((name, kind)).or_default();
        *sum = Some(match sum.take() {
            Some(before) => before.plus(money)?,
            None => money,
        });
    }
    let mut of_names: BTreeMap<&str, Option<Money>> = BTreeMap::new();
    for ((name, _), sum) in sums {
        let most = of_names.entry(name).or_default();
        *most = larger(*most, sum)?;
    }
    let mut of_names = of_names.into_values().flatten();
    let Some(first) = of_names.next() else {
        return Ok(None);
    };
    of_names.try_fold(first, Money::plus).map(Some)
}

fn larger(one: Option<Money>, other: Option<Money>) -> Result<Option<Money>, MoneyError> {
    match (one, other) {
        (Some(one), Some(other)) if one.currency() != other.currency() => {
            Err(MoneyError::Ambiguous)
        }
        (Some(one), Some(other)) if other.minor() > one.minor() => Ok(Some(other)),
        (one, other) => Ok(one.or(other)),
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::PaymentStatus::{
        Authorized, Canceled, DisputeClosed, DisputeLost, DisputeWon, Disputed, Expired, Failed,
        Paid, PartiallyRefunded, Pending, Refund, RefundFailed, RefundPending, Refunded,
    };
    use super::*;
    use crate::json::{EventKind, Text};
    use crate::message::{Coverage, Mode};
    use crate::payment::Currency;

    fn money(minor: i64) -> Money {
        Money::from_minor(minor, Currency::new("EUR").unwrap())
    }

    fn update(status: PaymentStatus, at: i64) -> PaymentUpdate {
        PaymentUpdate {
            provider: "acme",
            variant: None,
            event_id: Some(Text::from(format!("{status} {at}"))),
            kind: None,
            account: None,
            mode: Mode::Live,
            coverage: Coverage::Body,
            status,
            amount: Ok(None),
            total: None,
            reference: None,
            transaction_id: Some(Text::from("pay_1")),
            step_id: None,
            twin: None,
            missing: Vec::new(),
            time: (at > 0).then(|| UnixTime::from_secs(at)),
            unverified: None,
        }
    }

    fn step(status: PaymentStatus, at: i64, id: &str, minor: i64) -> PaymentUpdate {
        PaymentUpdate {
            amount: Ok(Some(Amount::Step(money(minor)))),
            step_id: Some(Text::from(id)),
            ..update(status, at)
        }
    }

    fn total(status: PaymentStatus, at: i64, minor: i64) -> PaymentUpdate {
        PaymentUpdate {
            amount: Ok(Some(Amount::Total(money(minor)))),
            ..update(status, at)
        }
    }

    fn twin(update: PaymentUpdate, kind: &str, twin: &'static str) -> PaymentUpdate {
        PaymentUpdate {
            kind: Some(EventKind::from(kind)),
            twin: (!twin.is_empty()).then_some(twin),
            ..update
        }
    }

    fn after(updates: &[PaymentUpdate]) -> PaymentState {
        updates
            .iter()
            .fold(PaymentState::default(), PaymentState::apply)
    }

    #[test]
    fn a_payment_comes_to_what_its_updates_say() {
        let paid = || total(Paid, 2, 1000);
        for (name, updates, status, captured, refunded) in [
            ("nothing", vec![], PaymentStatus::Other, None, None),
            ("pending", vec![update(Pending, 1)], Pending, None, None),
            (
                "reserved",
                vec![total(Authorized, 1, 1000)],
                Authorized,
                None,
                None,
            ),
            (
                "reserved, released",
                vec![total(Authorized, 1, 1000), total(Canceled, 2, 1000)],
                Canceled,
                None,
                None,
            ),
            (
                "reserved, ran out, no time told",
                vec![total(Authorized, 0, 1000), update(Expired, 0)],
                Expired,
                None,
                None,
            ),
            (
                "tried again",
                vec![update(Failed, 1), paid()],
                Paid,
                Some(1000),
                None,
            ),
            (
                "tried again, no time told",
                vec![update(Failed, 0), total(Paid, 0, 1000)],
                Paid,
                Some(1000),
                None,
            ),
            (
                "failed late",
                vec![paid(), update(Failed, 3)],
                Failed,
                None,
                None,
            ),
            (
                "two captures of one authorisation, the rest released",
                vec![
                    total(Authorized, 1, 1000),
                    step(Paid, 2, "c1", 300),
                    step(Paid, 3, "c2", 400),
                    total(Canceled, 4, 300),
                ],
                Paid,
                Some(700),
                None,
            ),
            (
                "a capture that failed after it was told as paid",
                vec![step(Paid, 0, "c1", 300), step(Failed, 0, "c1", 300)],
                Failed,
                None,
                None,
            ),
            (
                "refunds in steps",
                vec![
                    paid(),
                    step(Refund, 3, "r1", 400),
                    step(Refund, 4, "r2", 100),
                ],
                PartiallyRefunded,
                Some(1000),
                Some(500),
            ),
            (
                "the same refund as pending, done, done",
                vec![
                    paid(),
                    step(RefundPending, 0, "r1", 400),
                    step(Refund, 0, "r1", 400),
                    step(Refund, 0, "r1", 400),
                ],
                PartiallyRefunded,
                Some(1000),
                Some(400),
            ),
            (
                "steps that come to all",
                vec![
                    paid(),
                    step(Refund, 3, "r1", 400),
                    step(Refund, 4, "r2", 600),
                ],
                Refunded,
                Some(1000),
                Some(1000),
            ),
            (
                "steps that each say a part",
                vec![
                    paid(),
                    step(PartiallyRefunded, 3, "r1", 400),
                    step(PartiallyRefunded, 4, "r2", 100),
                ],
                PartiallyRefunded,
                Some(1000),
                Some(500),
            ),
            (
                "a step that says all, of nobody knows how much",
                vec![step(Refunded, 3, "r1", 400)],
                Refunded,
                None,
                Some(400),
            ),
            (
                "totals",
                vec![
                    paid(),
                    total(PartiallyRefunded, 3, 400),
                    total(Refunded, 4, 1000),
                ],
                Refunded,
                Some(1000),
                Some(1000),
            ),
            (
                "all is back, and no amount is told",
                vec![paid(), update(Refunded, 3)],
                Refunded,
                Some(1000),
                Some(1000),
            ),
            (
                "a refund that failed",
                vec![
                    paid(),
                    step(Refund, 3, "r1", 400),
                    step(RefundFailed, 4, "r1", 400),
                ],
                Paid,
                Some(1000),
                None,
            ),
            (
                "a total, and then its refund failed",
                vec![
                    paid(),
                    total(Refunded, 3, 1000),
                    step(RefundFailed, 4, "r1", 1000),
                ],
                Paid,
                Some(1000),
                Some(0),
            ),
            (
                "a total that is lower again",
                vec![
                    paid(),
                    total(Refunded, 3, 1000),
                    total(PartiallyRefunded, 4, 400),
                ],
                PartiallyRefunded,
                Some(1000),
                Some(400),
            ),
            (
                "a refund that is only asked for",
                vec![paid(), step(RefundPending, 3, "r1", 400)],
                Paid,
                Some(1000),
                None,
            ),
            (
                "a refund whose payment was not told",
                vec![step(Refund, 3, "r1", 400)],
                Refund,
                None,
                Some(400),
            ),
            (
                "twins with one id",
                vec![
                    twin(step(Paid, 2, "c1", 1000), "charge", "intent"),
                    twin(step(Paid, 2, "c1", 1000), "intent", ""),
                ],
                Paid,
                Some(1000),
                None,
            ),
            (
                "twins with two ids, named by one of them",
                vec![
                    paid(),
                    twin(step(Refund, 3, "t1", 400), "transaction", "refund"),
                    twin(step(Refund, 3, "r1", 400), "refund", ""),
                ],
                PartiallyRefunded,
                Some(1000),
                Some(400),
            ),
            (
                "a step and a total of the same",
                vec![
                    paid(),
                    twin(
                        step(Refund, 3, "r1", 400),
                        "refund.created",
                        "charge.refunded",
                    ),
                    twin(total(PartiallyRefunded, 3, 400), "charge.refunded", ""),
                ],
                PartiallyRefunded,
                Some(1000),
                Some(400),
            ),
            (
                "a dispute that is open",
                vec![paid(), step(Disputed, 3, "d1", 1000)],
                Disputed,
                Some(1000),
                None,
            ),
            (
                "a dispute that is won",
                vec![
                    paid(),
                    step(DisputeWon, 4, "d1", 1000),
                    step(Disputed, 3, "d1", 1000),
                ],
                Paid,
                Some(1000),
                None,
            ),
            (
                "lost after it was won, no time told",
                vec![
                    paid(),
                    step(DisputeWon, 0, "d1", 1000),
                    step(DisputeLost, 0, "d1", 1000),
                ],
                DisputeLost,
                Some(1000),
                None,
            ),
            (
                "closed, and nobody says for whom",
                vec![
                    paid(),
                    step(Disputed, 3, "d1", 1000),
                    step(DisputeClosed, 4, "d1", 1000),
                ],
                Paid,
                Some(1000),
                None,
            ),
        ] {
            let state = after(&updates);
            let minor = |sum: Result<Option<Money>, MoneyError>| sum.unwrap().map(Money::minor);
            assert_eq!(state.status(), status, "{name}");
            assert_eq!(minor(state.captured()), captured, "{name}");
            assert_eq!(minor(state.refunded()), refunded, "{name}");
        }
    }

    /// In the life of a payment, of a capture, of a refund and of a dispute.
    #[test]
    fn where_no_time_tells_the_later_in_its_life_counts() {
        for (is_step, life) in [
            (
                false,
                &[Pending, Failed, Authorized, Paid, Expired, Canceled][..],
            ),
            (true, &[Paid, Failed]),
            (
                true,
                &[
                    RefundPending,
                    Refund,
                    PartiallyRefunded,
                    Refunded,
                    RefundFailed,
                ],
            ),
            (true, &[Disputed, DisputeClosed, DisputeWon, DisputeLost]),
        ] {
            let fact = |status: PaymentStatus| Fact::of(&update(status, 0), is_step);
            for (place, earlier) in life.iter().enumerate() {
                for later in &life[place + 1..] {
                    assert!(fact(*earlier) < fact(*later), "{earlier} {later}");
                }
            }
        }
    }

    #[test]
    fn sums_in_two_currencies_are_an_error() {
        let dollar = Money::from_minor(1, Currency::new("USD").unwrap());
        let other = PaymentUpdate {
            amount: Ok(Some(Amount::Step(dollar))),
            ..step(Paid, 3, "c2", 1)
        };
        let state = after(&[step(Paid, 2, "c1", 300), other]);
        assert_eq!(state.captured(), Err(MoneyError::Ambiguous));
        assert_eq!(state.status(), Paid);
    }

    #[test]
    fn a_state_is_kept_as_json() {
        let state = after(&[total(Paid, 2, 1000), step(Refund, 3, "r1", 400)]);
        let json = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<PaymentState>(&json).unwrap(), state);
    }

    fn updates() -> impl Strategy<Value = Vec<PaymentUpdate>> {
        let one = (
            prop::sample::select(PaymentStatus::ALL),
            0..4_i64,
            prop::option::of(prop::sample::select(vec!["1", "2"])),
            prop::option::of((any::<bool>(), 0..4_i64)),
            prop::sample::select(vec![("a", ""), ("a", "b"), ("b", "a"), ("c", "")]),
        );
        let one = one.prop_map(|(status, at, step_id, amount, (kind, other))| {
            let amount = amount.map(|(is_step, minor)| match is_step {
                true => Amount::Step(money(minor)),
                false => Amount::Total(money(minor)),
            });
            let update = PaymentUpdate {
                step_id: step_id.map(Text::from),
                amount: Ok(amount),
                ..update(status, at)
            };
            twin(update, kind, other)
        });
        prop::collection::vec(one, 0..8)
    }

    proptest! {
        #[test]
        fn no_order_and_no_repetition_changes_the_state(
            (told, shuffled) in updates().prop_flat_map(|told| {
                let twice = [told.clone(), told.clone()].concat();
                (Just(told), Just(twice).prop_shuffle())
            })
        ) {
            let (state, again) = (after(&told), after(&shuffled));
            prop_assert_eq!(&state, &again);
            prop_assert_eq!(state.status(), again.status());
            prop_assert_eq!(state.refunded(), again.refunded());
        }
    }

    #[test]
    fn two_updates_compare_by_time_where_both_tell_one() {
        let [first, second] = [1, 2].map(|at| update(Paid, at));
        let untold = PaymentUpdate {
            time: None,
            ..update(Refunded, 3)
        };
        assert_eq!(first.compare_time(&second), Some(Ordering::Less));
        assert_eq!(second.compare_time(&first), Some(Ordering::Greater));
        assert_eq!(first.compare_time(&first), Some(Ordering::Equal));
        assert_eq!(first.compare_time(&untold), None);
        assert_eq!(untold.compare_time(&first), None);
    }
}
