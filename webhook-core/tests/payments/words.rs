//! Every word of every rule decides in some case: a case holds it, and means something else when the word is changed.

use std::collections::{BTreeMap, BTreeSet};

use webhook_core::payment::{PaymentStatus, PaymentUpdates};
use webhook_core::provider;
use webhook_core::testing::vectors::Want;
use webhook_testkit::{Sender, senders};

use crate::document::Document;
use crate::kinds::{case, kinds_of};
use crate::rules::{Compare, MEANINGS, Rule, matches, rules_of};
use crate::{Case, cases_of, delivered, sender_of};

/// A body whose meaning is asserted.
struct Asserted<'a> {
    sender: &'a Sender,
    case: Case,
    document: Document,
    values: Vec<(String, String)>,
    kinds: BTreeSet<String>,
    means: Vec<Want>,
    /// With the times, which a case does not say.
    read: String,
}

impl Asserted<'_> {
    fn is_of(&self, rule: &Rule) -> bool {
        self.kinds.iter().any(|kind| rule.is_of(kind))
    }

    /// Whether it means something else with another text at this place, or with none. Some senders write nothing but known words.
    fn depends_on(&self, path: &str, words: Option<&Vec<&str>>) -> bool {
        let others = words.into_iter().flatten().map(|word| Some(*word));
        let texts = OTHERS.iter().map(|text| Some(*text));
        let value = self.values.iter().find(|(own, _)| own == path);
        let turned = value.map(|(_, value)| with_other_digits(value));
        let mut others = texts.chain([turned.as_deref(), None]).chain(others);
        others.any(|value| {
            let case = Case {
                body: self.document.with(path, value),
                ..self.case.clone()
            };
            read(self.sender, &case).is_some_and(|(_, _, read)| read != self.read)
        })
    }

    /// The places in the body that may be this place of a rule.
    fn at(&self, place: &str) -> impl Iterator<Item = &(String, String)> {
        // Which of several is the latest is found by code.
        let place = place.replace("/transactions/latest/", "/transactions/transaction/");
        let values = self.values.iter();
        values.filter(move |(path, _)| path.ends_with(&place))
    }
}

/// What stands at no place of any case, in the forms that senders have: a word or a number, a time, two currencies.
const OTHERS: &[&str] = &["987654", "2026-08-04T09:00:00Z", "CHF", "SEK"];

/// The same form with other digits; what `%7B` and `%2B` stand for stays.
fn with_other_digits(text: &str) -> String {
    let turn = |letter: char| match letter {
        '0' => '4',
        '1' => '5',
        '5' | '9' => '8',
        '8' => '9',
        other => other,
    };
    text.chars().map(turn).collect()
}

/// Where no other value is taken, and why.
const NOT_TRIED: &[(&str, &str, &str)] = &[(
    "opayo-server",
    "/VendorTxCode",
    "it says which key signs: no other is known",
)];

#[test]
fn every_word_of_every_rule_decides_in_a_case() {
    let senders = senders();
    let mut missing = BTreeSet::new();
    for (provider, meaning) in MEANINGS {
        let cases = asserted(&senders, provider);
        let rules = rules_of(meaning);
        let mut words = Words::new();
        for (place, _, word) in rules.iter().flat_map(|rule| &rule.words) {
            words.entry(place).or_default().push(word);
        }
        for rule in &rules {
            let of_rule: Vec<&Asserted> = cases.iter().filter(|case| case.is_of(rule)).collect();
            let found = kinds_missing(rule, &of_rule)
                .chain(statuses_missing(rule, &of_rule))
                .chain(words_missing(rule, &of_rule, &words));
            let kinds = rule.kinds.join(", ");
            missing.extend(found.map(|what| format!("{provider}, {kinds}: {what}")));
        }
        let default = currency_missing(&rules, &cases);
        missing.extend(default.map(|what| format!("{provider}: {what}")));
        let places: BTreeSet<&String> = rules.iter().flat_map(Rule::places).collect();
        for place in places {
            let decides = |case: &Asserted| {
                let mut at = case.at(place);
                at.any(|(path, _)| case.depends_on(path, words.get(place.as_str())))
            };
            let is_tried = !NOT_TRIED
                .iter()
                .any(|(own, at, _)| own == provider && at == place);
            if is_tried && !cases.iter().any(decides) {
                missing.insert(format!("{provider}: `{place}` is read in no case"));
            }
        }
    }
    let missing: Vec<String> = missing.into_iter().collect();
    assert!(missing.is_empty(), "write cases:\n{}", missing.join("\n"));
}

/// What some rule compares with what stands at each place.
type Words<'a> = BTreeMap<&'a str, Vec<&'a str>>;

type Cases<'a, 'b> = &'a [&'a Asserted<'b>];

fn kinds_missing<'a>(rule: &'a Rule, cases: Cases<'a, '_>) -> impl Iterator<Item = String> {
    let kinds = rule.kinds.iter().filter(|_| !rule.statuses.is_empty());
    let missing = kinds.filter(|kind| !cases.iter().any(|case| says(case, rule, kind)));
    missing.map(|kind| format!("no case of `{kind}` is what the rule says"))
}

fn statuses_missing<'a>(rule: &'a Rule, cases: Cases<'a, '_>) -> impl Iterator<Item = String> {
    let missing = rule.statuses.iter().filter(|(status, word)| {
        let holds = |case: &Asserted| {
            let is_there = |word| case.values.iter().any(|(_, value)| value == word);
            word.as_ref().is_none_or(is_there)
        };
        let says = |case: &Asserted| case.means.iter().any(|want| is(want, status));
        !cases.iter().any(|case| holds(case) && says(case))
    });
    missing.map(|(status, word)| format!("no case is {status}, for {word:?}"))
}

fn words_missing<'a>(
    rule: &'a Rule,
    cases: Cases<'a, '_>,
    words: &'a Words<'_>,
) -> impl Iterator<Item = String> {
    let missing = rule.words.iter().filter(move |(place, compare, word)| {
        let is = |value: &str| match compare {
            Compare::Whole => value == word,
            Compare::Begins => value.starts_with(word.as_str()),
            Compare::Ends => value.ends_with(word.as_str()),
        };
        !cases.iter().any(|case| {
            let mut at = case.at(place).filter(|(_, value)| is(value));
            at.any(|(path, _)| case.depends_on(path, words.get(place.as_str())))
        })
    });
    missing.map(|(place, _, word)| format!("`{word}` at {place} decides in no case"))
}

/// The currency of amounts beside which none stands, if no case has one.
fn currency_missing(rules: &[Rule], cases: &[Asserted]) -> Option<String> {
    let mut currencies = rules
        .iter()
        .filter_map(|rule| rule.default_currency.as_ref());
    let currency = currencies.next()?;
    let tells = |case: &Asserted| {
        let amounts = case.means.iter().flat_map(all_of);
        let mut amounts = amounts.filter_map(|want| want.amount.as_deref());
        let is_written = case.values.iter().any(|(_, value)| value == currency);
        !is_written && amounts.any(|amount| amount.ends_with(currency.as_str()))
    };
    let is_shown = cases.iter().any(tells);
    (!is_shown).then(|| format!("no case has the default {currency}"))
}

#[test]
fn every_sender_with_rules_is_in_the_list() {
    let mut wrong = String::new();
    for provider in provider::names() {
        let has_rules = !provider::describe(provider).unwrap().kinds.is_empty();
        let is_listed = MEANINGS.iter().any(|(name, _)| *name == provider);
        if has_rules != is_listed {
            wrong.push_str(&format!("{provider}: see MEANINGS in rules.rs\n"));
        }
    }
    assert!(wrong.is_empty(), "the list differs:\n{wrong}");
}

/// Whether a case of this kind is what the rule says.
fn says(case: &Asserted, rule: &Rule, kind: &str) -> bool {
    let is_of_kind = case.kinds.iter().any(|own| matches(kind, own));
    let statuses = || rule.statuses.iter().map(|(status, _)| status);
    let mut updates = case.means.iter().flat_map(all_of);
    is_of_kind
        && updates.any(|want| statuses().any(|status| is(want, status)) && want.twin == rule.twin)
}

/// An update, and what it claims.
fn all_of(want: &Want) -> impl Iterator<Item = &Want> {
    [want].into_iter().chain(want.claimed.as_deref())
}

fn is(want: &Want, status: &str) -> bool {
    let all = PaymentStatus::ALL.iter();
    let mut word = all.filter(|own| format!("{own:?}") == status);
    let word = word.next().unwrap().as_str();
    all_of(want).any(|want| want.status == word)
}

/// Every body of which `tests/payments` or `tests/kinds` says what it means.
fn asserted<'a>(senders: &'a [Sender], provider: &str) -> Vec<Asserted<'a>> {
    let mut cases = cases_of(provider);
    if let Some(kinds) = kinds_of(provider) {
        if let Some(template) = &kinds.sample {
            let bodies = kinds.rows.iter().flat_map(|row| {
                row.bodies(template)
                    .into_iter()
                    .map(move |body| (row, body))
            });
            cases.extend(bodies.map(|(row, body)| case(template, row, body)));
        }
    }
    let all = cases.into_iter().filter_map(|case| {
        let sender = sender_of(senders, provider, &case);
        let (kinds, means, read) = read(sender, &case)?;
        let document = Document::of(&case.body);
        Some(Asserted {
            sender,
            values: document.values(),
            document,
            case,
            kinds,
            means,
            read,
        })
    });
    all.collect()
}

/// The kinds of a delivery and what it means, if it can be read.
fn read(sender: &Sender, case: &Case) -> Option<(BTreeSet<String>, Vec<Want>, String)> {
    let delivery = delivered(sender, case).ok()?;
    let updates = delivery.decode::<PaymentUpdates>().ok()?;
    let means = Want::all_of(&delivery).unwrap();
    let (mut kinds, mut times) = (BTreeSet::new(), Vec::new());
    for update in updates {
        times.push(update.time);
        kinds.extend(update.kind.as_deref().map(str::to_owned));
        let claimed = update.dangerously_trust_unverified();
        times.push(claimed.time);
        kinds.extend(claimed.kind.as_deref().map(str::to_owned));
    }
    let read = format!("{} {times:?}", serde_json::to_string(&means).unwrap());
    Some((kinds, means, read))
}
