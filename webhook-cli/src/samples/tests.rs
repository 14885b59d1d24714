//! Every sample of every provider: signed, received and read.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::{Map, Value};
use webhook_core::payment::PaymentUpdates;
use webhook_core::testing::vectors::Want;
use webhook_core::testing::{self, FixedClock, SampleKeys, SignedRequest, receive};
use webhook_core::{Delivery, UnixTime, provider};

use super::*;
use crate::account::Account;
use crate::request::Request;

const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);

/// How a provider signs this sample.
fn way(provider: &str, sample: &Sample) -> testing::Sample {
    let mut ways = provider::samples(provider, &SampleKeys::new())
        .unwrap()
        .into_iter();
    let found = match sample.sender {
        Some(name) => ways.find(|way| way.name == name),
        None => ways.next(),
    };
    found.unwrap()
}

/// The account that it is sent from and to.
fn accounts(provider: &str, sample: &Sample) -> [Account; 2] {
    let way = way(provider, sample);
    let mut settings: Map<String, Value> = way.settings.as_object().unwrap().clone();
    settings.extend(sample.settings.clone());
    let to = Account::new(provider, settings.clone());
    let private_key = match way.scheme {
        _ if ["alipay", "ebanx", "wechat-pay", "wise"].contains(&provider) => {
            let key = include_str!("../../../webhook-core/src/testing/keys/wise/private-key.pem");
            Some(key)
        }
        Some(by) if settings.contains_key("public_keys") => Some(by.secret),
        _ => None,
    };
    if let Some(key) = private_key {
        settings.insert("private_key".to_owned(), key.into());
    }
    [Account::new(provider, settings), to]
}

fn signed(request: Request) -> SignedRequest {
    let headers = request.headers.into_iter();
    SignedRequest {
        method: request.method,
        target: request.target,
        headers: headers
            .map(|(name, value)| (name, String::from_utf8(value.to_vec()).unwrap()))
            .collect(),
        body: request.body,
    }
}

fn run<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

fn received(provider: &str, sample: &Sample, made: Made) -> Result<Delivery, String> {
    let [_, to] = accounts(provider, sample);
    let endpoint = to.endpoint().map_err(|error| error.to_string())?;
    // Who hands over a secret wants somebody to take it.
    let endpoint = endpoint.clock(FixedClock::at(NOW)).on_setup_secret(|_| {});
    run(receive(&endpoint, signed(made.request))).map_err(|answer| answer.code().to_owned())
}

/// What is wrong with a sample.
fn fault(provider: &str, sample: &Sample) -> Option<String> {
    let [from, _] = accounts(provider, sample);
    let made = match Order::of_sample(sample, NOW).make(&from) {
        Ok(made) => made,
        Err(failure) => return Some(format!("{failure:?}")),
    };
    let shown = (made.id.clone(), made.kind.clone());
    let delivery = match received(provider, sample, made) {
        Ok(delivery) => delivery,
        Err(code) if Some(code.as_str()) == sample.status => return None,
        Err(code) => return Some(code),
    };
    let id = delivery
        .id()
        .or(delivery.unverified_id().map(|id| *id.unverified()));
    let kind = delivery
        .kind()
        .or(delivery.unverified_kind().map(|kind| *kind.unverified()));
    if !places(provider).id.is_empty()
        && !id.is_some_and(|id| id.contains(shown.0.as_deref().unwrap_or("none shown")))
    {
        return Some(format!("id {id:?}, shown is {:?}", shown.0));
    }
    if let (Some(kind), Some(shown)) = (kind, shown.1)
        && !kind.starts_with(&shown)
        // A slash command of Slack has its own name.
        && shown != "slash_command"
    {
        return Some(format!("kind {kind:?}, shown is {shown:?}"));
    }
    let wanted = sample.status?;
    if let Err(error) = delivery.decode::<PaymentUpdates>() {
        return Some(error.to_string());
    }
    let updates = Want::all_of(&delivery).unwrap();
    let [update] = updates.as_slice() else {
        return Some(format!("{} updates", updates.len()));
    };
    let claimed = update.claimed.as_deref().unwrap_or(update);
    let status = match update.status.as_str() {
        "unconfirmed" => &claimed.status,
        status => status,
    };
    (status != wanted).then(|| format!("{status}, not {wanted}"))
}

#[test]
fn every_sample_is_accepted_and_means_what_stands_beside_it() {
    let (mut wrong, mut count) = (String::new(), 0);
    for provider in provider::names() {
        let samples = list(provider);
        if samples.is_empty() {
            wrong.push_str(&format!(
                "{provider}: has no sample: run scripts/samples, and add its line in src/samples/data.rs\n"
            ));
        }
        for sample in samples {
            count += 1;
            if let Some(fault) = fault(provider, &sample) {
                wrong.push_str(&format!("{provider} {}: {fault}\n", sample.kind));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    // Far below what there is.
    assert!(count > 700, "{count}");
}

#[test]
fn every_kind_that_means_something_has_a_sample() {
    let mut wrong = String::new();
    for provider in provider::names() {
        let kinds = kinds(provider);
        for mapped in provider::describe(provider).unwrap().kinds {
            let is_there = match mapped.strip_suffix('*') {
                // `REFUND.*` are kinds of `REFUND`.
                Some(prefix) => {
                    let stem = prefix.trim_end_matches('.');
                    kinds.iter().any(|kind| kind.starts_with(stem))
                }
                None => kinds.contains(&mapped),
            };
            if !is_there {
                wrong.push_str(&format!("{provider} {mapped}\n"));
            }
        }
    }
    assert!(wrong.is_empty(), "without a sample:\n{wrong}");
}

#[test]
fn the_samples_are_small_enough_to_be_built_in() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/samples");
    let files = std::fs::read_dir(path).unwrap();
    let bytes: u64 = files
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    assert!(bytes < 1_500_000, "{bytes}");
}

#[test]
fn an_id_of_your_own_is_written_where_the_provider_writes_it() {
    let mut wrong = String::new();
    for provider in provider::names() {
        let Some(sample) = list(provider)
            .into_iter()
            .find(|sample| sample.unsigned.is_none())
        else {
            continue;
        };
        if places(provider).id.is_empty() {
            continue;
        }
        let wanted = match provider {
            "dotpay" => "M1-4711",
            "opayo-server" => "{00000000-0000-0000-0000-000000004711}",
            _ => "4711",
        };
        let [from, _] = accounts(provider, &sample);
        let order = Order {
            id: Id::Own(wanted.to_owned()),
            ..Order::of_sample(&sample, NOW)
        };
        let made = order.make(&from).unwrap();
        let shown = made.id.clone();
        let delivery = received(provider, &sample, made).unwrap();
        let id = delivery
            .id()
            .or(delivery.unverified_id().map(|id| *id.unverified()));
        if shown.as_deref() != Some(wanted) || !id.is_some_and(|id| id.contains(wanted)) {
            wrong.push_str(&format!("{provider}: {id:?}, shown is {shown:?}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn an_unknown_kind_is_answered_with_the_nearest() {
    for (kind, near) in [
        ("invoice.payed", "invoice.paid"),
        ("checkout", "checkout.session.completed"),
        ("", "--list"),
    ] {
        let failure = find("stripe", Some(kind)).unwrap_err();
        assert!(format!("{failure:?}").contains(near), "{failure:?}");
    }
    assert_eq!(
        find("stripe", Some("Invoice.Paid")).unwrap().kind,
        "invoice.paid"
    );
    assert_eq!(find("stripe", None).unwrap().kind, "invoice.paid");
    assert!(find("strip", None).is_err());
}
