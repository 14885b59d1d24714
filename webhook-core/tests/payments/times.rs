//! Who tells when it happened.

use std::collections::BTreeMap;

use webhook_core::payment::{PaymentStatus, PaymentUpdate, PaymentUpdates};
use webhook_core::provider;
use webhook_testkit::senders;

use crate::{cases_of, delivered, sender_of};

#[test]
fn the_documentation_lists_who_tells_a_time() {
    let mut answers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for provider in provider::names() {
        let updates = updates_of(provider);
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

/// What the cases of a sender tell of a payment.
fn updates_of(provider: &str) -> Vec<PaymentUpdate> {
    let senders = senders();
    let mut all = Vec::new();
    for case in cases_of(provider) {
        let sender = sender_of(&senders, provider, &case);
        let Ok(delivery) = delivered(sender, &case) else {
            continue;
        };
        let updates = delivery.decode::<PaymentUpdates>();
        all.extend(updates.into_iter().flatten());
    }
    all.retain(|update| update.status != PaymentStatus::Other);
    all
}
