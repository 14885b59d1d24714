//! What the rules of a sender say, as tables for its documentation.

use std::fmt::{self, Write};

use crate::payment::meaning::Meaning;
use crate::payment::places::{AmountAt, Places, Unit};
use crate::rules::words::{add, kinds, shown, unit_of_time};
use crate::rules::{ReadTime, When};

impl Meaning {
    /// The rules as two tables in Markdown: what each kind means, and where the other fields stand.
    ///
    /// ```
    /// use webhook_core::payment::PaymentStatus::Paid;
    /// use webhook_core::payment::{Meaning, Places, Rule, Unit, When};
    ///
    /// const MEANING: Meaning = Meaning::new(
    ///     Places::new(Unit::Minor).amount(&["/sum"]).currency(&["/currency"]),
    ///     &[Rule::new(&["order"], Paid).when(&[When::Is("/state", &["done"])])],
    /// );
    /// let row = "| `order` | `state` is `done` | `Paid` | `sum` |";
    /// assert!(MEANING.tables().contains(row));
    /// ```
    #[must_use]
    pub fn tables(&self) -> String {
        let mut tables = String::new();
        // Writing into a text does not fail.
        let _ = self.write_tables(&mut tables);
        tables
    }

    fn write_tables(&self, out: &mut String) -> fmt::Result {
        if !self.only_if.is_empty() {
            let conditions: Vec<String> = self.only_if.iter().map(When::to_string).collect();
            writeln!(out, "Only if {}.\n", conditions.join(" and "))?;
        }
        writeln!(out, "| kind | where | status | amount |")?;
        writeln!(out, "|---|---|---|---|")?;
        for rule in self.rules {
            let amount = amount(&rule.reads(&self.places));
            let twin = rule
                .twin
                .map_or_else(String::new, |kind| format!(", as `{kind}`"));
            for (status, when) in rule.status.readings(rule.when) {
                let (kinds, when) = (kinds(rule.kinds), when.join(" and "));
                writeln!(out, "| {kinds} | {when} | `{status:?}`{twin} | {amount} |")?;
            }
        }
        if !self.rules.iter().any(|rule| rule.kinds == ["*"]) {
            writeln!(out, "| all others | | `Other` | |")?;
        }
        writeln!(out)?;
        writeln!(
            out,
            "| kind | currency | reference | transaction id | time |"
        )?;
        writeln!(out, "|---|---|---|---|---|")?;
        let groups = self.groups();
        for (places, of) in &groups {
            let kinds = match of.as_slice() {
                [] if groups.len() == 1 => "all".to_owned(),
                [] => "all others".to_owned(),
                of => kinds(of),
            };
            let [reference, transaction] = [places.reference, places.transaction].map(shown);
            let time = match (places.time, places.read_time) {
                ([], _) => shown(&[]),
                (at, ReadTime::In(unit)) => format!("{}, {}", shown(at), unit_of_time(unit)),
                (at, ReadTime::By(_)) => shown(at),
            };
            let currency = currency(places);
            writeln!(
                out,
                "| {kinds} | {currency} | {reference} | {transaction} | {time} |"
            )?;
        }
        Ok(())
    }

    /// The places of the fields beside the amount, each with the kinds that have them there; those of most kinds last, without any.
    fn groups(&self) -> Vec<(Places, Vec<&'static str>)> {
        let mut groups: Vec<(Places, Vec<&'static str>)> = Vec::new();
        for rule in self.rules.iter().filter(|rule| !rule.is_nothing()) {
            let places = rule.reads(&self.places);
            if fields(&places) == fields(&self.places) {
                continue;
            }
            let same = |(other, _): &&mut (Places, _)| fields(other) == fields(&places);
            match groups.iter_mut().find(same) {
                Some((_, kinds)) => add(kinds, rule.kinds),
                None => groups.push((places, rule.kinds.to_vec())),
            }
        }
        groups.push((self.places, Vec::new()));
        groups
    }
}

/// The amount; of a step also its id and the sum so far.
fn amount(places: &Places) -> String {
    let mut cell = shown(places.amount.places());
    if matches!(places.amount, AmountAt::Step([_, ..])) {
        cell.push_str(", a step");
    }
    if !places.step_id.is_empty() {
        cell = format!("{cell} of id {}", shown(places.step_id));
    }
    if !places.total.is_empty() {
        cell = format!("{cell}; so far {}", shown(places.total));
    }
    cell.trim_start().to_owned()
}

/// What the second table says of places.
fn fields(places: &Places) -> [String; 4] {
    let [reference, transaction, time] =
        [places.reference, places.transaction, places.time].map(shown);
    [currency(places), reference, transaction, time]
}

/// The currency, and what amounts in it count.
fn currency(places: &Places) -> String {
    let at = match (places.currency, places.default_currency) {
        ([], None) => return String::new(),
        ([], Some(code)) => format!("`{code}`"),
        (at, Some(code)) => format!("{}, else `{code}`", shown(at)),
        (at, None) => shown(at),
    };
    format!("{at}, {}", places.unit)
}

impl fmt::Display for Unit {
    /// As it stands in the tables of the documentation.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Major => f.write_str("major units"),
            Self::Minor => f.write_str("minor units"),
            Self::MinorExcept(own) => {
                let own: Vec<String> = own
                    .iter()
                    .map(|(code, digits)| format!("`{code}` has {digits} digits"))
                    .collect();
                write!(f, "minor units ({})", own.join(", "))
            }
            Self::Hundredths => f.write_str("hundredths"),
            Self::Thousandths => f.write_str("thousandths"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TimeUnit;
    use crate::payment::PaymentStatus::{Failed, Other, Paid};
    use crate::payment::Rule;

    #[test]
    fn the_tables_say_what_the_rules_say() {
        const PLACES: Places = Places::new(Unit::Minor)
            .amount(&["/amount"])
            .currency(&["/currency"])
            .reference(&["/order"]);
        const OWN: Places = Places::new(Unit::MinorExcept(&[("ISK", 2)]))
            .amount(&["/x/sum", "/x/total"])
            .default_currency("EUR")
            .transaction(&["/id"])
            .time(TimeUnit::Seconds, &["/at"]);
        const MEANING: Meaning = Meaning::new(
            PLACES,
            &[
                Rule::new(&["n"], Other).places(&Places::NONE),
                Rule::new(&["a", "b.*"], Paid)
                    .when(&[When::Is("/s", &["1", "2"]), When::Absent("/t/u")]),
                Rule::new(&["a"], Failed).places(&OWN),
                Rule::by(&["c"], "/s", &[("1", Paid), ("2", Failed), ("3", Paid)]).amount(&[]),
            ],
        )
        .only_if(&[When::Same("/v", "/w")]);
        let expected = "Only if `v` equals `w`.\n\n\
            | kind | where | status | amount |\n|---|---|---|---|\n\
            | `n` |  | `Other` |  |\n\
            | `a`, `b.*` | `s` is `1` or `2` and `t.u` is not there | `Paid` | `amount` |\n\
            | `a` |  | `Failed` | `x.sum`, else `x.total` |\n\
            | `c` | `s` is `1` or `3` | `Paid` |  |\n\
            | `c` | `s` is `2` | `Failed` |  |\n\
            | all others | | `Other` | |\n\n\
            | kind | currency | reference | transaction id | time |\n|---|---|---|---|---|\n\
            | `a` | `EUR`, minor units (`ISK` has 2 digits) |  | `id` | `at`, in seconds |\n\
            | all others | `currency`, minor units | `order` |  |  |\n";
        assert_eq!(MEANING.tables(), expected);
    }
}
