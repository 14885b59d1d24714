//! Every currency of ISO 4217, and what each sender counts in it, as data: `tests/currencies`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use webhook_core::payment::Currency;
use webhook_core::provider;
use webhook_core::testing::vectors::Want;
use webhook_testkit::{Sender, about, senders};

use crate::kinds::{case, kinds_of};
use crate::row::{Kinds, Row};
use crate::{Case, outcome, sender_of};

/// The whole list of ISO 4217.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Iso {
    #[expect(dead_code, reason = "for readers")]
    source: String,
    /// Code, digits of the minor unit, name.
    active: Vec<(String, u32, String)>,
    /// The same, of codes that old payments still have.
    withdrawn_and_still_read: Vec<(String, u32, String)>,
    /// Code, and why there is no amount in it.
    left_out: Vec<(String, String)>,
}

impl Iso {
    fn digits(self) -> BTreeMap<String, u32> {
        let all = self.active.into_iter().chain(self.withdrawn_and_still_read);
        all.map(|(code, digits, _)| (code, digits)).collect()
    }
}

/// What a sender counts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    unit: Unit,
    /// The one currency that it has, and does not name.
    only: Option<String>,
    /// Its document about units, where it differs from ISO 4217.
    document: Option<String>,
    /// How many digits it counts where ISO 4217 has others.
    #[serde(default)]
    digits: BTreeMap<String, u32>,
    /// A body with `CODE` and `1234000` in it, where `tests/kinds` has no template.
    body: Option<String>,
    /// Settings of the account that differ from those of the sample.
    #[serde(default)]
    settings: BTreeMap<String, Value>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unit {
    Major,
    Minor,
    /// Of currencies with two digits; unknown of others.
    Hundredths,
    Thousandths,
}

/// The number in every body.
const NUMBER: u64 = 1_234_000;

#[test]
fn the_table_of_currencies_is_iso_4217_and_nothing_else() {
    let iso: Iso = read("iso-4217");
    for (code, why) in &iso.left_out {
        assert_eq!(Currency::new(code), None, "{code} is {why}");
    }
    let count = [
        iso.active.len(),
        iso.withdrawn_and_still_read.len(),
        iso.left_out.len(),
    ];
    assert_eq!(count, [158, 2, 20], "a row is missing or written twice");
    let wanted = iso.digits();
    assert_eq!(wanted.len(), 160, "a row is written twice");
    let letters = || 'A'..='Z';
    for code in
        letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| [a, b, c])))
    {
        let code = String::from_iter(code);
        let digits = Currency::new(&code).map(Currency::exponent);
        assert_eq!(digits, wanted.get(&code).copied(), "{code}");
    }
}

#[test]
fn every_sender_counts_every_currency_as_its_row_says() {
    let (iso, rows) = (
        read::<Iso>("iso-4217").digits(),
        read::<BTreeMap<String, Counts>>("senders"),
    );
    let senders = senders();
    let mut wrong = String::new();
    for (provider, row) in &rows {
        about(provider, &mut wrong, |wrong| {
            let is_told = |code: &str| row.only.as_ref().is_none_or(|only| only == code);
            for (code, iso_digits) in iso.iter().filter(|(code, _)| is_told(code)) {
                let case = case_of(provider, row, code);
                let sender = sender_of(&senders, provider, &case);
                let got = amount_of(sender, &case);
                let want = wanted(row, code, *iso_digits);
                if got != want {
                    wrong.push_str(&format!("{provider}: {code} is {got}, not {want}\n"));
                }
            }
            let is_sourced = row.digits.is_empty() || row.document.is_some();
            assert!(is_sourced, "who says so?");
        });
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_sender_that_tells_amounts_has_a_row() {
    let rows: BTreeMap<String, Counts> = read("senders");
    for provider in provider::names() {
        let tells =
            kinds_of(provider).is_some_and(|kinds| rows_with_amount(&kinds).next().is_some());
        assert!(
            !tells || rows.contains_key(provider),
            "write into tests/currencies/senders.json what {provider} counts"
        );
    }
}

/// What the number is in this currency.
fn wanted(row: &Counts, code: &str, iso_digits: u32) -> String {
    let digits = match row.unit {
        Unit::Major => 0,
        Unit::Minor => row.digits.get(code).copied().unwrap_or(iso_digits),
        Unit::Hundredths if iso_digits != 2 => return "unknown_unit".to_owned(),
        Unit::Hundredths => 2,
        Unit::Thousandths => 3,
    };
    let by = 10_u64.pow(digits);
    let (whole, rest) = (NUMBER / by, NUMBER % by);
    let rest = match digits {
        0 => String::new(),
        digits => format!("{rest:0width$}", width = digits as usize),
    };
    let width = iso_digits as usize;
    let rest: String = rest.chars().chain("0000".chars()).take(width).collect();
    let point = if rest.is_empty() { "" } else { "." };
    format!("{whole}{point}{rest} {code}")
}

/// The amount of the first update, proven or claimed.
fn amount_of(sender: &Sender, case: &Case) -> String {
    let updates = match outcome(sender, case) {
        Ok(updates) => updates,
        Err(error) => return format!("an error at {error}"),
    };
    let of = |want: &Want| want.amount.clone();
    let first = updates.first();
    let claimed = first.and_then(|update| update.claimed.as_deref());
    let amount = first.and_then(of).or(claimed.and_then(of));
    amount.unwrap_or_else(|| "nothing".to_owned())
}

fn case_of(provider: &str, row: &Counts, code: &str) -> Case {
    if let Some(body) = &row.body {
        return Case {
            name: provider.to_owned(),
            sender: None,
            body: Value::String(body.clone()).with_code(code),
            settings: row.settings.clone(),
            headers: BTreeMap::new(),
            is_live: false,
            want: None,
            time: None,
            error: None,
        };
    }
    let mut kinds = kinds_of(provider).unwrap();
    let template = kinds.sample.take();
    let mut template = template.unwrap_or_else(|| panic!("{provider}: give it a body"));
    template.amount = match template.amount {
        Value::String(_) => json!(NUMBER.to_string()),
        _ => json!(NUMBER),
    };
    let body = rows_with_amount(&kinds)
        .find_map(|kind| Some((kind, kind.bodies(&template).into_iter().next()?)));
    let (kind, body) = body.unwrap_or_else(|| panic!("{provider}: give it a body"));
    case(&template, kind, body.with_code(code))
}

fn rows_with_amount(kinds: &Kinds) -> impl Iterator<Item = &Row> {
    kinds.rows.iter().filter(|row| {
        let tells = row.status != "other" && row.counts.is_some() && !row.amount.is_empty();
        tells && row.amount_is_plain()
    })
}

trait WithCode {
    /// The same with this currency wherever one stands.
    fn with_code(self, code: &str) -> Self;
}

impl WithCode for Value {
    fn with_code(self, code: &str) -> Self {
        let all = |value: Self| value.with_code(code);
        match self {
            Self::String(text) if Currency::new(&text).is_some() => json!(code),
            Self::String(text) => Self::String(text.replace("CODE", code)),
            Self::Array(list) => list.into_iter().map(all).collect(),
            Self::Object(members) => members
                .into_iter()
                .map(|(name, value)| (name, all(value)))
                .collect(),
            other => other,
        }
    }
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = format!(
        "{}/tests/currencies/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let json = std::fs::read(&path).unwrap();
    serde_json::from_slice(&json)
        .unwrap_or_else(|error| panic!("tests/currencies/{name}.json: {error}"))
}
