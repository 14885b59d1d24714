//! What no signature covers is shown as a claim: whatever is changed in a genuine request that is still accepted, the
//! plain values of the delivery, of the typed events, of the payments and of the messages stay as they were.
#![cfg(all(feature = "testing", feature = "published-keys", feature = "xml"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice
)]

mod accepted;

use std::collections::BTreeSet;
use std::fmt::Debug;

use accepted::{Accepted, accepted};
use serde_json::Value;
use webhook_core::mailing::{MessageStatus, MessageUpdates};
use webhook_core::payment::{PaymentStatus, PaymentUpdates};
use webhook_core::provider::{
    apple_appstore, braintree, github, shopify, slack, square, standard_webhooks, stripe,
};
use webhook_core::testing::SignedRequest;
use webhook_core::{Coverage, Delivery, FromDelivery, JsonEvent, UnverifiedJsonEvent};

const FORGED: &str = "forged-6660";

/// How many requests whose change was not noticed have been compared, at least: that nothing gets through would be no proof.
const AT_LEAST: usize = 5_000;

/// Whose requests carry a signature by each of two keys: without one of them they are genuine by the other.
const SIGNS_WITH_EACH_KEY: &[&str] = &["box"];

#[test]
fn plain_values_do_not_move_with_what_is_not_signed() {
    let cases = accepted();
    let headers: BTreeSet<String> = cases
        .iter()
        .flat_map(|case| case.request.headers.iter())
        .map(|(name, _)| name.to_ascii_lowercase())
        .collect();
    let mut compared = 0;
    let mut moved = Vec::new();
    for case in &cases {
        let genuine = Plain::of(&case.delivery);
        for (what, request) in altered(case, &headers) {
            let Ok(delivery) = case.verdict(request) else {
                continue;
            };
            compared += 1;
            let signs_twice = SIGNS_WITH_EACH_KEY.contains(&delivery.provider());
            for difference in genuine.differences(&Plain::of(&delivery)) {
                if signs_twice && difference.starts_with("key ") {
                    continue;
                }
                moved.push(format!("{}: {what}: {difference}", case.name));
            }
        }
    }
    moved.dedup();
    assert!(
        moved.is_empty(),
        "{} moved:\n{}",
        moved.len(),
        moved.join("\n")
    );
    assert!(compared >= AT_LEAST, "{compared}");
}

#[test]
fn a_json_event_is_plain_only_where_the_whole_body_is_signed() {
    for case in accepted() {
        let whole = case.delivery.decode::<JsonEvent<Value>>();
        let claimed = case.delivery.decode::<UnverifiedJsonEvent<Value>>();
        match case.delivery.coverage() {
            Coverage::Body | Coverage::BodyHash => assert_eq!(
                whole.ok().map(|JsonEvent(value)| value),
                claimed
                    .ok()
                    .map(|UnverifiedJsonEvent(value)| value.into_unverified()),
                "{}",
                case.name
            ),
            _ => {
                let error = whole.unwrap_err().to_string();
                assert!(
                    error.contains("UnverifiedJsonEvent"),
                    "{}: {error}",
                    case.name
                );
            }
        }
    }
}

/// A shared word or a checksum proves no name and no payment.
#[test]
fn who_proves_only_the_sender_or_a_checksum_confirms_nothing() {
    let mut seen = BTreeSet::new();
    for case in accepted() {
        let delivery = &case.delivery;
        if !matches!(
            delivery.coverage(),
            Coverage::SenderOnly | Coverage::BodyChecksum
        ) {
            continue;
        }
        seen.insert(case.provider);
        assert_eq!(
            (delivery.id(), delivery.kind()),
            (None, None),
            "{}",
            case.name
        );
        let Ok(PaymentUpdates(updates)) = delivery.decode() else {
            continue;
        };
        for update in updates {
            let known = [PaymentStatus::Other, PaymentStatus::Unconfirmed];
            assert!(known.contains(&update.status), "{}", case.name);
            assert_eq!(
                (update.amount, update.time),
                (Ok(None), None),
                "{}",
                case.name
            );
            assert_eq!((update.reference, update.transaction_id), (None, None));
        }
    }
    let known = [
        "auth0",
        "azure-devops",
        "chargebee",
        "cloudflare-notifications",
        "deepgram",
        "docker-hub",
        "ebanx",
        "figma",
        "flutterwave",
        "gitlab",
        "google-play-rtdn",
        "google-pubsub",
        "mailchimp-marketing",
        "okta",
        "paypal",
        "phonepe",
        "postmark",
        "revenuecat",
        "telegram",
        "xendit",
    ];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), known);
}

/// The values of a delivery that are not marked as claims, each with its name. What does not decode has none.
struct Plain(Vec<(&'static str, Option<String>)>);

impl Plain {
    fn of(delivery: &Delivery) -> Self {
        let mut plain = Vec::new();
        plain.push(("id", delivery.id().map(str::to_owned)));
        plain.push(("kind", delivery.kind().map(str::to_owned)));
        plain.push(("sent_at", delivery.sent_at().map(|at| at.to_string())));
        plain.push(("coverage", Some(format!("{:?}", delivery.coverage()))));
        plain.push(("key", delivery.key().map(|key| format!("{key:?}"))));
        let whole = delivery.decode::<JsonEvent<Value>>().ok();
        plain.push(("JSON", whole.map(|JsonEvent(value)| value.to_string())));
        plain.push(("payments", payments(delivery)));
        plain.push(("messages", messages(delivery)));
        plain.push(("github", event::<github::Event>(delivery)));
        plain.push(("shopify", event::<shopify::Event>(delivery)));
        plain.push(("slack", event::<slack::Event>(delivery)));
        plain.push(("square", event::<square::Event>(delivery)));
        plain.push(("stripe", event::<stripe::Event>(delivery)));
        plain.push(("stripe thin", event::<stripe::ThinEvent>(delivery)));
        plain.push(("standard", event::<standard_webhooks::Event>(delivery)));
        plain.push(("apple", event::<apple_appstore::Notification>(delivery)));
        plain.push(("braintree", event::<braintree::Notification>(delivery)));
        let payload = delivery.decode::<apple_appstore::Notification>().ok();
        let payload = payload.map(|event| event.payload.get().to_owned());
        plain.push(("apple payload", payload));
        Self(plain)
    }

    /// The delivery's own values are the same. What is read of it may be gone, if it does not decode any more.
    fn differences(&self, other: &Self) -> Vec<String> {
        let pairs = self.0.iter().zip(&other.0);
        let differ = pairs.filter_map(|((name, before), (_, after))| match (before, after) {
            (Some(before), Some(after)) if before != after => {
                Some(format!("{name} was {before}, is {after}"))
            }
            (None, Some(after)) if is_own(name) || after.contains(FORGED) => {
                Some(format!("{name} is {after}"))
            }
            (Some(before), None) if is_own(name) => Some(format!("{name} was {before}")),
            _ => None,
        });
        differ.collect()
    }
}

fn is_own(name: &str) -> bool {
    matches!(name, "id" | "kind" | "sent_at" | "coverage" | "key")
}

fn event<E: FromDelivery + Debug>(delivery: &Delivery) -> Option<String> {
    let event = delivery.decode::<E>().ok()?;
    Some(without_claims(&format!("{event:?}")))
}

/// All fields of all updates. That nothing is confirmed says nothing, whichever way it is said.
fn payments(delivery: &Delivery) -> Option<String> {
    let PaymentUpdates(mut updates) = delivery.decode().ok()?;
    for update in &mut updates {
        update.unverified = None;
        if update.status == PaymentStatus::Other {
            update.status = PaymentStatus::Unconfirmed;
        }
    }
    Some(format!("{updates:?}"))
}

/// The same of what became of messages.
fn messages(delivery: &Delivery) -> Option<String> {
    let MessageUpdates(mut updates) = delivery.decode().ok()?;
    for update in updates.iter_mut().flatten() {
        update.unverified = None;
        if update.status == MessageStatus::Other {
            update.status = MessageStatus::Unconfirmed;
        }
    }
    Some(format!("{updates:?}"))
}

/// The text without what stands in `Unverified(…)`, nor whether something does.
fn without_claims(shown: &str) -> String {
    without_contents(shown).replace("Some(Unverified())", "None")
}

fn without_contents(shown: &str) -> String {
    const MARK: &str = "Unverified(";
    let Some((before, claimed)) = shown.split_once(MARK) else {
        return shown.to_owned();
    };
    let (mut depth, mut is_text, mut is_escaped) = (1, false, false);
    let end = claimed.char_indices().find_map(|(at, char)| {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' if is_text => is_escaped = true,
            '"' => is_text = !is_text,
            '(' if !is_text => depth += 1,
            ')' if !is_text => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    });
    let rest = &claimed[end.unwrap()..];
    format!("{before}{MARK}{}", without_contents(rest))
}

#[test]
fn claims_are_taken_out_of_what_is_shown() {
    assert_eq!(
        without_claims(r#"Event { a: Unverified("x)\")("), b: Some(Unverified(K(1))), c: "y" }"#),
        r#"Event { a: Unverified(), b: None, c: "y" }"#
    );
}

/// The request of a case, changed in one place each.
fn altered(case: &Accepted, headers: &BTreeSet<String>) -> Vec<(String, SignedRequest)> {
    let mut all = Vec::new();
    all.extend(bodies(case));
    all.extend(heads(case, headers));
    all
}

fn bodies(case: &Accepted) -> Vec<(String, SignedRequest)> {
    let body = &case.request.body;
    // The others are refused, which is what `altered.rs` tests.
    if case.signs_the_body() {
        return Vec::new();
    }
    let mut bodies: Vec<(String, Vec<u8>)> = Vec::new();
    let step = body.len().div_ceil(300).max(1);
    for at in (0..body.len()).step_by(step) {
        for mask in [1, 2, 4] {
            let mut altered = body.to_vec();
            altered[at] ^= mask;
            bodies.push((format!("byte {at}"), altered));
        }
    }
    bodies.extend(forms(body));
    if let Ok(json) = serde_json::from_slice::<Value>(body) {
        let mut places = Vec::new();
        leaves(&json, String::new(), &mut places);
        for place in places {
            for value in [Value::from(FORGED), Value::from(9999), Value::Null] {
                let mut json = json.clone();
                *json.pointer_mut(&place).unwrap() = value;
                bodies.push((place.clone(), json.to_string().into_bytes()));
            }
            let (parent, name) = place.rsplit_once('/').unwrap();
            let mut json = json.clone();
            if let Some(Value::Object(members)) = json.pointer_mut(parent) {
                members.remove(name);
                bodies.push((format!("{place} removed"), json.to_string().into_bytes()));
            }
        }
    }
    let request = |(what, body)| (what, case.request.clone().with_body(body));
    bodies.into_iter().map(request).collect()
}

fn leaves(json: &Value, at: String, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match json {
        Value::Object(members) => {
            let name = |name: &String| name.replace('~', "~0").replace('/', "~1");
            members
                .iter()
                .map(|(key, value)| (name(key), value))
                .collect()
        }
        Value::Array(values) => {
            let values = values.iter().enumerate();
            values.map(|(at, value)| (at.to_string(), value)).collect()
        }
        _ if at.is_empty() => Vec::new(),
        _ => return found.push(at),
    };
    for (name, value) in children {
        leaves(value, format!("{at}/{name}"), found);
    }
}

/// Each field of a form with another value, left out, and twice; and fields more.
fn forms(body: &[u8]) -> Vec<(String, Vec<u8>)> {
    let Ok(text) = std::str::from_utf8(body) else {
        return Vec::new();
    };
    if !text.contains('=') || text.starts_with(['{', '[']) {
        return Vec::new();
    }
    let fields: Vec<&str> = text.split('&').collect();
    let mut bodies = vec![(
        "added".to_owned(),
        format!("{text}&id={FORGED}&type={FORGED}"),
    )];
    for (at, field) in fields.iter().enumerate() {
        let name = field.split('=').next().unwrap_or_default();
        let forged = format!("{name}={FORGED}");
        let with = |change: &dyn Fn(&mut Vec<&str>)| {
            let mut fields = fields.clone();
            change(&mut fields);
            fields.join("&")
        };
        bodies.push((
            format!("{name} removed"),
            with(&|list| {
                list.remove(at);
            }),
        ));
        let replaced: Vec<&str> = fields
            .iter()
            .enumerate()
            .map(|(other, field)| if other == at { forged.as_str() } else { field })
            .collect();
        bodies.push((format!("{name} replaced"), replaced.join("&")));
        bodies.push((format!("{name} first"), format!("{forged}&{text}")));
        bodies.push((format!("{name} last"), format!("{text}&{forged}")));
    }
    let bytes = |(what, text): (String, String)| (what, text.into_bytes());
    bodies.into_iter().map(bytes).collect()
}

fn heads(case: &Accepted, headers: &BTreeSet<String>) -> Vec<(String, SignedRequest)> {
    let request = &case.request;
    let mut requests = Vec::new();
    for (index, (name, value)) in request.headers.iter().enumerate() {
        let mut with = |what: &str, values: &[String]| {
            let mut request = request.clone();
            request.headers.remove(index);
            let lines = values.iter().map(|value| (name.clone(), value.clone()));
            request.headers.extend(lines);
            requests.push((format!("{name} {what}"), request));
        };
        with("removed", &[]);
        with("empty", &[String::new()]);
        with("replaced", &[FORGED.to_owned()]);
        with("longer", &[format!("{value}{FORGED}")]);
        with("twice", &[value.clone(), FORGED.to_owned()]);
        with(
            "twice, the other first",
            &[FORGED.to_owned(), value.clone()],
        );
        let step = value.len().div_ceil(40).max(1);
        for at in (0..value.len()).step_by(step) {
            let mut bytes = value.clone().into_bytes();
            bytes[at] ^= 1;
            if let Ok(value) = String::from_utf8(bytes) {
                with(&format!("byte {at}"), &[value]);
            }
        }
    }
    for name in headers {
        let mut request = request.clone();
        request.headers.push((name.clone(), FORGED.to_owned()));
        requests.push((format!("{name} added"), request));
    }
    let target = &request.target;
    let mark = if target.contains('?') { '&' } else { '?' };
    let mut targets = vec![format!("/{FORGED}"), format!("{target}/{FORGED}")];
    for name in ["id", "data.id", "type", "topic", "kind", "event", "account"] {
        targets.push(format!("{target}{mark}{name}={FORGED}"));
    }
    if let Some((path, query)) = target.split_once('?') {
        targets.push(path.to_owned());
        for (at, pair) in query.split('&').enumerate() {
            let name = pair.split('=').next().unwrap_or_default();
            let forged = format!("{name}={FORGED}");
            let others = query.split('&').enumerate();
            let pairs: Vec<&str> = others
                .map(|(other, pair)| if other == at { &*forged } else { pair })
                .collect();
            targets.push(format!("{path}?{}", pairs.join("&")));
        }
    }
    for target in targets {
        let what = format!("target {target}");
        requests.push((
            what,
            SignedRequest {
                target,
                ..request.clone()
            },
        ));
    }
    requests
}
