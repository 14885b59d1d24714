//! Who tells when it happened.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use webhook_core::payment::{PaymentStatus, PaymentUpdate, PaymentUpdates};
use webhook_core::provider;
use webhook_testkit::{Sender, about, senders};

use crate::{Case, cases_of, delivered, sender_of};

#[test]
fn the_documentation_lists_who_tells_a_time() {
    let senders = senders();
    let mut answers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for provider in provider::names() {
        let mut updates = Vec::new();
        for case in cases_of(provider) {
            updates.extend(updates_of(&senders, provider, &case));
        }
        updates.retain(|update| update.status != PaymentStatus::Other);
        if !updates.is_empty() {
            answers.entry(answer(&updates)).or_default().push(provider);
        }
    }
    let mut table = "| a time | who tells it |\n|---|---|\n".to_owned();
    for answer in [ALWAYS, SOMETIMES, CLAIMED, NEVER] {
        if let Some(providers) = answers.get(answer) {
            table.push_str(&format!("| {answer} | {} |\n", providers.join(", ")));
        }
    }
    let path = format!("{}/src/payment/times.md", env!("CARGO_MANIFEST_DIR"));
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == table,
        "write into src/payment/times.md:\n{table}"
    );
}

#[test]
fn every_time_is_the_one_that_its_case_names() {
    let senders = senders();
    let (mut wrong, mut senders_with_times) = (Vec::new(), 0);
    for provider in provider::names() {
        let cases = cases_of(provider).into_iter();
        let timed: Vec<_> = cases.filter(|case| case.time.is_some()).collect();
        senders_with_times += usize::from(!timed.is_empty());
        for case in timed {
            let delivery = delivered(sender_of(&senders, provider, &case), &case).unwrap();
            let updates: PaymentUpdates = delivery.decode().unwrap();
            let time = updates.iter().next().and_then(|update| update.time);
            let time = time.map_or("none".to_owned(), |time| time.to_string());
            if Some(&time) != case.time.as_ref() {
                wrong.push(format!("{provider}, {}: {time}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(senders_with_times >= 3, "{senders_with_times}");
}

const ALWAYS: &str = "of every event";
const SOMETIMES: &str = "of some events";
const CLAIMED: &str = "outside of the signature only: `None`";
const NEVER: &str = "never: `None`";

fn answer(updates: &[PaymentUpdate]) -> &'static str {
    let told = updates.iter().filter(|update| update.time.is_some());
    let claimed = updates.iter().any(|update| {
        let claimed = update.clone().dangerously_trust_unverified();
        claimed.time.is_some()
    });
    match told.count() {
        0 if claimed => CLAIMED,
        0 => NEVER,
        count if count == updates.len() => ALWAYS,
        _ => SOMETIMES,
    }
}

/// What a case tells.
fn updates_of(senders: &[Sender], provider: &str, case: &Case) -> Vec<PaymentUpdate> {
    let delivery = delivered(sender_of(senders, provider, case), case);
    let updates = delivery
        .ok()
        .and_then(|delivery| delivery.decode::<PaymentUpdates>().ok());
    updates.into_iter().flatten().collect()
}

/// Of each sender and each of its cases that tells one, the time of each update. `claimed` stands before one that is not signed.
type Times = BTreeMap<String, BTreeMap<String, Vec<String>>>;

#[test]
fn every_case_tells_the_time_that_is_written_for_it() {
    let path = format!("{}/tests/payments/times.json", env!("CARGO_MANIFEST_DIR"));
    let written = std::fs::read(&path).unwrap_or(b"{}".to_vec());
    let written: Times = serde_json::from_slice(&written).unwrap();
    let (senders, mut told, mut wrong) = (senders(), Times::new(), String::new());
    for provider in provider::names() {
        let wanted = written.get(provider).cloned().unwrap_or_default();
        let got = about(provider, &mut wrong, |_| times_of(&senders, provider));
        let names: BTreeSet<&String> = wanted.keys().chain(got.keys()).collect();
        for name in names {
            let (wanted, got) = (wanted.get(name), got.get(name));
            if wanted != got {
                wrong.push_str(&format!("{provider}, {name}: {got:?}, not {wanted:?}\n"));
            }
        }
        if !got.is_empty() {
            told.insert(provider.to_owned(), got);
        }
    }
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        std::fs::write(&path, rendered(&told)).unwrap();
        return;
    }
    assert!(
        wrong.is_empty(),
        "if it is meant, UPDATE_DOCUMENTS=1 writes tests/payments/times.json:\n{wrong}"
    );
}

/// A line for each case.
fn rendered(times: &Times) -> String {
    let senders = times.iter().map(|(provider, cases)| {
        let cases = cases
            .iter()
            .map(|(name, times)| format!("  {}: {}", json!(name), json!(times)));
        let cases: Vec<String> = cases.collect();
        format!(" {}: {{\n{}\n }}", json!(provider), cases.join(",\n"))
    });
    let senders: Vec<String> = senders.collect();
    format!("{{\n{}\n}}\n", senders.join(",\n"))
}

fn times_of(senders: &[Sender], provider: &str) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for case in cases_of(provider) {
        let updates = updates_of(senders, provider, &case).into_iter();
        let times = updates.map(|update| match update.time {
            Some(time) => time.to_string(),
            None => {
                let claimed = update.dangerously_trust_unverified().time;
                claimed.map_or("none".to_owned(), |time| format!("claimed {time}"))
            }
        });
        let times: Vec<String> = times.collect();
        if times.iter().any(|time| time != "none") {
            all.insert(case.name, times);
        }
    }
    all
}
