//! What the events of each sender mean for payments, as data: bodies in `tests/payments/NAME.json`, and every kind that the sender
//! documents in `tests/kinds/NAME.json`.
//!
//! A body is signed as its sender signs it, received by a test account, and read as
//! [`PaymentUpdates`](webhook_core::payment::PaymentUpdates).
#![cfg(all(
    feature = "testing",
    feature = "asymmetric",
    feature = "published-keys",
    feature = "xml"
))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod currencies;
mod document;
mod kinds;
mod row;
mod rules;
mod times;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use webhook_core::payment::PaymentUpdates;
use webhook_core::testing::vectors::Want;
use webhook_core::{Delivery, provider};
use webhook_testkit::{Request, Sender, about, receive, received_by, senders};

/// One file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    cases: Vec<Case>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// Which way of signing, where the sender has several; its first otherwise.
    sender: Option<String>,
    /// What is signed: rendered compactly, or taken as it is if it is a text.
    body: Value,
    /// Settings of the account that differ from those of the sample.
    #[serde(default)]
    settings: BTreeMap<String, Value>,
    /// Set once it is signed.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Whether the endpoint is one for real events.
    #[serde(default)]
    is_live: bool,
    /// The updates.
    want: Option<Vec<Want>>,
    /// When the first update happened, in UTC; `none` where it does not say so. Absent: not compared.
    time: Option<String>,
    /// Where the body cannot be read, instead of `want`.
    error: Option<String>,
}

#[test]
fn every_body_means_what_its_case_says() {
    let senders = senders();
    let (mut wrong, mut count) = (String::new(), 0);
    for provider in provider::names() {
        let cases = cases_of(provider);
        count += cases.len();
        about(provider, &mut wrong, |wrong| {
            for case in cases {
                let sender = sender_of(&senders, provider, &case);
                let got = outcome(sender, &case);
                if got != wanted(&case) {
                    let got = got.map_or_else(
                        |path| format!("\"error\": {path:?}"),
                        |want| format!("\"want\": {}", serde_json::to_string(&want).unwrap()),
                    );
                    let kinds = told(sender, &case).unwrap_or_default();
                    wrong.push_str(&format!("{provider}, {kinds}: {}:\n  {got}\n", case.name));
                }
            }
        });
    }
    assert!(wrong.is_empty(), "what is read instead:\n{wrong}");
    // Far below what there is.
    assert!(count > 1_200, "{count}");
}

#[test]
fn every_sender_of_payments_has_cases() {
    let mut missing = String::new();
    for provider in provider::names() {
        let means_something = !provider::describe(provider).unwrap().kinds.is_empty();
        if means_something && cases_of(provider).is_empty() {
            missing.push_str(&format!(
                "{provider}: write tests/payments/{provider}.json: what its kinds mean\n"
            ));
        }
    }
    assert!(missing.is_empty(), "there are no cases:\n{missing}");
}

/// The kinds of what a case tells or claims.
fn told(sender: &Sender, case: &Case) -> Option<String> {
    let delivery = delivered(sender, case).ok()?;
    let updates: PaymentUpdates = delivery.decode().ok()?;
    let kinds = updates.iter().filter_map(|update| {
        let claimed = || update.unverified.as_deref()?.unverified().kind.as_deref();
        update.kind.as_deref().or_else(claimed)
    });
    Some(Vec::from_iter(BTreeSet::from_iter(kinds)).join(" and "))
}

fn wanted(case: &Case) -> Result<Vec<Want>, String> {
    match (&case.want, &case.error) {
        (Some(want), None) => Ok(want.clone()),
        (None, Some(path)) => Err(path.clone()),
        _ => panic!("{}: say `want` or `error`", case.name),
    }
}

fn outcome(sender: &Sender, case: &Case) -> Result<Vec<Want>, String> {
    let delivery = delivered(sender, case)?;
    match delivery.decode::<PaymentUpdates>() {
        Ok(_) => Ok(Want::all_of(&delivery).unwrap()),
        Err(error) => Err(error.path().to_owned()),
    }
}

fn delivered(sender: &Sender, case: &Case) -> Result<Delivery, String> {
    let body = match &case.body {
        Value::String(text) => text.clone(),
        json => json.to_string(),
    };
    let request = sender.signer.sign(body.as_bytes(), webhook_testkit::NOW);
    let mut request = Request::from(request.map_err(|error| error.to_string())?);
    for (name, value) in &case.headers {
        request = request.without(name).and(name, value.as_str());
    }
    let mut settings = sender.settings.clone();
    for (name, value) in &case.settings {
        settings[name] = value.clone();
    }
    let endpoint = received_by(sender.made_of(&settings).unwrap());
    let endpoint = match case.is_live {
        true => endpoint,
        false => endpoint.test_account(),
    };
    receive(&endpoint, &request).map_err(|rejection| rejection.to_string())
}

fn sender_of<'a>(senders: &'a [Sender], provider: &str, case: &Case) -> &'a Sender {
    let mut own = senders.iter().filter(|sender| sender.provider == provider);
    let found = match &case.sender {
        Some(name) => own.find(|sender| sender.name == name),
        None => own.next(),
    };
    found.unwrap_or_else(|| panic!("{}: no sender {:?}", case.name, case.sender))
}

fn cases_of(provider: &str) -> Vec<Case> {
    let path = format!(
        "{}/tests/payments/{provider}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let Ok(json) = std::fs::read(&path) else {
        return Vec::new();
    };
    let file: File = serde_json::from_slice(&json)
        .unwrap_or_else(|error| panic!("tests/payments/{provider}.json: {error}"));
    file.cases
}
