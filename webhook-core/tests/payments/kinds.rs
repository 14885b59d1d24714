//! Every kind that a sender documents: what it means, or that it means nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use webhook_core::payment::PaymentStatus;
use webhook_core::provider;
use webhook_core::testing::vectors::Want;
use webhook_testkit::{about, senders};

use crate::row::{Kinds, Row, Template};
use crate::{Case, cases_of, outcome, sender_of};

#[test]
fn every_kind_that_a_sender_documents_means_what_its_row_says() {
    let senders = senders();
    let mut wrong = String::new();
    for provider in provider::names() {
        let Some(kinds) = kinds_of(provider) else {
            continue;
        };
        let Some(template) = &kinds.sample else {
            continue;
        };
        about(provider, &mut wrong, |wrong| {
            let ignored = kinds.ignored.iter().map(|kind| nothing(kind));
            for row in kinds.rows.iter().chain(&ignored.collect::<Vec<_>>()) {
                for body in row.bodies(template) {
                    let item = body.pointer(&template.item).unwrap();
                    // An earlier row of the kind may hold too.
                    let of_kind = || kinds.rows.iter().filter(|other| other.kind == row.kind);
                    let expected = of_kind().find(|row| row.holds(item));
                    let expected = expected.unwrap_or(row);
                    let case = case(template, row, body.clone());
                    let got = outcome(sender_of(&senders, provider, &case), &case);
                    let faults = match got.as_deref() {
                        Ok([want]) => faults(expected, want, item),
                        other => vec![format!("not one update: {other:?}")],
                    };
                    if !faults.is_empty() {
                        let faults = faults.join("; ");
                        wrong.push_str(&format!("{provider}, {}: {faults}\n  {body}\n", row.kind));
                    }
                }
            }
        });
    }
    assert!(wrong.is_empty(), "what is read otherwise:\n{wrong}");
}

#[test]
fn every_kind_that_a_sender_documents_is_mapped_or_ignored() {
    let (mut wrong, mut count) = (String::new(), 0);
    for provider in provider::names() {
        count += about(provider, &mut wrong, |wrong| {
            let description = provider::describe(provider).unwrap();
            let Some(kinds) = kinds_of(provider) else {
                let is_of_payments = !description.kinds.is_empty();
                assert!(
                    !is_of_payments,
                    "write tests/kinds/{provider}.json: the kinds that the sender documents"
                );
                return 0;
            };
            let fault_of = |fault: &str, kind: &str| format!("{provider}: `{kind}` {fault}\n");
            let is_mapped = |kind: &str| {
                description
                    .kinds
                    .iter()
                    .any(|own| match own.strip_suffix('*') {
                        Some(prefix) => kind.starts_with(prefix),
                        None => *own == kind,
                    })
            };
            let mapped: BTreeSet<&str> = kinds.rows.iter().map(|row| row.kind.as_str()).collect();
            for kind in mapped.iter().filter(|kind| !is_mapped(kind)) {
                wrong.push_str(&fault_of(
                    "has no rule: write one, or move it to `ignored`",
                    kind,
                ));
            }
            let count = mapped.len() + kinds.ignored.len();
            for kind in description.kinds.iter().filter(|kind| !kind.ends_with('*')) {
                if !mapped.contains(kind) && !kinds.ignored.iter().any(|other| other == kind) {
                    wrong.push_str(&fault_of(
                        "has a rule and is in no list: add it to `rows`",
                        kind,
                    ));
                }
            }
            for kind in &kinds.ignored {
                if mapped.contains(kind.as_str()) {
                    wrong.push_str(&fault_of("is in `rows` and in `ignored`", kind));
                }
                if description.kinds.contains(&kind.as_str()) {
                    wrong.push_str(&fault_of("has a rule and is in `ignored`", kind));
                }
            }
            // Without a template, cases show what a kind means.
            if kinds.sample.is_none() {
                let cases = cases_of(provider);
                for kind in mapped {
                    if !cases.iter().any(|case| tells(case, kind)) {
                        wrong.push_str(&fault_of("has no case in tests/payments", kind));
                    }
                }
            }
            assert_eq!(kinds.complete, kinds.why_incomplete.is_none(), "{provider}");
            for row in &kinds.rows {
                let sure = ["vendor-doc", "sdk-type", "inferred"].contains(&row.sure.as_str());
                assert!(sure, "{provider}, {}: how sure is it?", row.kind);
            }
            assert!(
                !kinds.source.is_empty() && kinds.date.len() == 10,
                "{provider}"
            );
            count
        });
    }
    assert!(wrong.is_empty(), "{wrong}");
    // Far below what there is.
    assert!(count > 2_000, "{count}");
}

#[test]
fn the_documentation_lists_who_can_say_each_status() {
    let all: BTreeMap<&str, BTreeSet<String>> = provider::names()
        .filter_map(|name| Some((name, kinds_of(name)?)))
        .map(|(name, kinds)| {
            let rows = kinds.rows.into_iter().map(|row| row.status);
            (name, rows.chain(statuses_of(name)).collect())
        })
        .collect();
    let claiming: Vec<&str> = all.keys().copied().filter(|name| claims(name)).collect();
    let mut table = "| status | who can say it |\n|---|---|\n".to_owned();
    for status in PaymentStatus::ALL {
        let word = status.as_str();
        let says = |is: bool| {
            let names = all.iter().filter(|(_, words)| words.contains(word) == is);
            names.map(|(name, _)| *name).collect::<Vec<&str>>()
        };
        let who = match (says(true).as_slice(), says(false).as_slice()) {
            // The mode of an event makes it, and a kind that means nothing.
            _ if ["test", "other"].contains(&word) => "every sender".to_owned(),
            (_, []) => "every sender".to_owned(),
            (says, never) if never.len() < says.len() => format!("all but {}", never.join(", ")),
            (says, _) => says.join(", "),
        };
        table.push_str(&format!("| `{status:?}` | {who} |\n"));
    }
    table.push_str(&format!(
        "\nThe signature covers nothing of it, so that each word is a claim inside of `Unconfirmed`: {}. PayPal's postback proves it.\n",
        claiming.join(", ")
    ));
    let path = format!("{}/src/payment/statuses.md", env!("CARGO_MANIFEST_DIR"));
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == table,
        "write into src/payment/statuses.md:\n{table}"
    );
}

/// The words of the sender's cases.
fn statuses_of(provider: &str) -> Vec<String> {
    let cases = cases_of(provider).into_iter();
    let updates = cases.flat_map(|case| case.want.unwrap_or_default());
    updates.map(|want| want.status).collect()
}

/// Whether all that a sender tells of payments is a claim.
fn claims(provider: &str) -> bool {
    let mut words = statuses_of(provider);
    words.retain(|word| !["other", "test"].contains(&word.as_str()));
    !words.is_empty() && words.iter().all(|word| word == "unconfirmed")
}

/// Whether the body of a case has this kind.
fn tells(case: &Case, kind: &str) -> bool {
    let body = match &case.body {
        Value::String(text) => text.clone(),
        json => json.to_string(),
    };
    let forms = [
        format!("\"{kind}\""),
        format!(">{kind}<"),
        format!("={kind}&"),
    ];
    forms.iter().any(|form| format!("{body}&").contains(form))
        || case.name.split([' ', ':', ',']).any(|word| word == kind)
}

/// What an update says otherwise than its row.
fn faults(row: &Row, want: &Want, item: &Value) -> Vec<String> {
    let claimed = want.claimed.as_deref();
    let mut faults = Vec::new();
    let mut differ = |what: &str, got: Option<&str>, wanted: Option<&str>| {
        if got != wanted {
            faults.push(format!("{what} is {got:?}, not {wanted:?}"));
        }
    };
    if row.claim {
        differ("status", Some(&want.status), Some("unconfirmed"));
    }
    // Where nothing is signed, the whole update is a claim.
    let want = match claimed {
        Some(claimed) if want.status == "unconfirmed" && row.status != "unconfirmed" => claimed,
        _ => want,
    };
    differ("status", Some(&want.status), Some(&row.status));
    differ("twin", want.twin.as_deref(), row.twin.as_deref());
    if row.status != "other" && row.amount_is_plain() {
        let amount = want
            .amount
            .as_deref()
            .and_then(|amount| amount.split(' ').next());
        let is_there = row
            .amount
            .first()
            .is_some_and(|place| item.pointer(place).is_some());
        differ("amount", amount, is_there.then_some("12.34"));
        let counts = row.counts.as_deref().filter(|_| is_there);
        differ("what the amount counts", want.counts.as_deref(), counts);
    }
    for (what, places, got) in [
        ("step_id", &row.step_id, &want.step_id),
        ("transaction_id", &row.transaction_id, &want.transaction_id),
    ] {
        if let Some(at) = places.iter().find_map(|place| item.pointer(place)) {
            differ(what, got.as_deref(), at.as_str());
        }
    }
    faults
}

pub(crate) fn case(template: &Template, row: &Row, body: Value) -> Case {
    let header = template.header.iter();
    Case {
        name: row.kind.clone(),
        sender: template.sender.clone(),
        body,
        settings: template.settings.clone(),
        headers: header
            .map(|name| (name.clone(), row.kind.clone()))
            .collect(),
        is_live: false,
        want: None,
        time: None,
        error: None,
    }
}

fn nothing(kind: &str) -> Row {
    let row = serde_json::json!({"kind": kind, "status": "other", "sure": "vendor-doc"});
    serde_json::from_value(row).unwrap()
}

pub(crate) fn kinds_of(provider: &str) -> Option<Kinds> {
    let path = format!("{}/tests/kinds/{provider}.json", env!("CARGO_MANIFEST_DIR"));
    let json = std::fs::read(&path).ok()?;
    let kinds = serde_json::from_slice(&json);
    Some(kinds.unwrap_or_else(|error| panic!("tests/kinds/{provider}.json: {error}")))
}
