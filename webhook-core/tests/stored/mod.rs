//! Every accepted case of every vector file, written down and verified once more.

use serde_json::{Value, json};
use webhook_core::dedupe::DedupeKey;
use webhook_core::testing::{FixedClock, Sign, Signer, receive};
use webhook_core::{
    Coverage, Delivery, Endpoint, NotStorable, ReopenError, StoredDelivery, UnixTime, Variants,
};

use crate::accepted::{Accepted, accepted, at_once};

/// Where the clock stands when what was stored is read.
const YEARS_LATER: UnixTime = UnixTime::from_secs(4_000_000_000);

/// For senders that sign nothing.
const STORAGE_KEY: &str = "4f1c2a9b7d3e8f60a5b4c3d2e1f09182";

mod sealed;

fn reopened(endpoint: &Endpoint, stored: &Value) -> Result<Delivery, String> {
    let stored: StoredDelivery =
        serde_json::from_value(stored.clone()).map_err(|fault| fault.to_string())?;
    at_once(endpoint.reopen(&stored)).map_err(|fault| fault.code().to_owned())
}

fn storable(case: &Accepted) -> Endpoint {
    let endpoint = case.endpoint().clone().name("shop");
    let endpoint = endpoint.storage_key(STORAGE_KEY).unwrap();
    endpoint.storable().unwrap()
}

fn received(case: &Accepted, endpoint: &Endpoint) -> Delivery {
    at_once(receive(endpoint, case.request.clone())).unwrap()
}

/// Whose secret stands in the body: what is stored would hold it.
const SECRET_IN_BODY: &[&str] = &["figma"];

/// Each as it is written, and who reads it later.
fn stored() -> impl Iterator<Item = (Accepted, Delivery, Value, Endpoint)> {
    let all = accepted().into_iter();
    let all = all.filter(|case| !SECRET_IN_BODY.contains(&case.provider));
    all.map(|case| {
        let endpoint = storable(&case);
        let delivery = received(&case, &endpoint);
        let stored = serde_json::to_value(delivery.to_stored().unwrap()).unwrap();
        let later = endpoint.clock(FixedClock::at(YEARS_LATER));
        (case, delivery, stored, later)
    })
}

#[test]
fn every_delivery_is_the_same_when_it_is_reopened() {
    let mut providers = std::collections::BTreeSet::new();
    for (case, delivery, stored, endpoint) in stored() {
        let again = reopened(&endpoint, &stored);
        let again = again.unwrap_or_else(|fault| panic!("{}: {fault}\n{stored:#}", case.name));
        assert_eq!(again.body(), delivery.body(), "{}", case.name);
        assert_eq!(again.id(), delivery.id(), "{}", case.name);
        assert_eq!(again.kind(), delivery.kind(), "{}", case.name);
        assert_eq!(again.sent_at(), delivery.sent_at(), "{}", case.name);
        assert_eq!(again.key(), delivery.key(), "{}", case.name);
        assert_eq!(again.coverage(), delivery.coverage(), "{}", case.name);
        assert_eq!(again.account(), delivery.account(), "{}", case.name);
        assert_eq!(again.mode(), delivery.mode(), "{}", case.name);
        assert_eq!(again.received_at(), delivery.received_at(), "{}", case.name);
        assert_eq!(
            DedupeKey::of(&again),
            DedupeKey::of(&delivery),
            "{}",
            case.name
        );
        // What was reopened can be written down again, and says the same.
        let twice = serde_json::to_value(again.to_stored().unwrap()).unwrap();
        assert_eq!(twice, stored, "{}", case.name);
        providers.insert(case.provider);
    }
    let all = webhook_core::provider::names().filter(|name| !SECRET_IN_BODY.contains(name));
    assert!(providers.into_iter().eq(all));
}

#[test]
fn what_stands_beside_the_request_must_be_what_it_says() {
    let changes: [(&str, Value); 10] = [
        ("provider", json!("another")),
        ("endpoint", json!("another")),
        ("variant", json!("another")),
        ("account", json!("another")),
        ("id", json!("another")),
        ("id_signed", json!("turned")),
        ("kind", json!("another")),
        ("kind_signed", json!("turned")),
        ("coverage", json!("another")),
        ("dedupe_key", json!("00")),
    ];
    for (case, _, stored, endpoint) in stored() {
        for (member, value) in &changes {
            let mut altered = stored.clone();
            let turned = !altered[member].as_bool().unwrap_or_default();
            altered[member] = match value.as_str() {
                Some("turned") => json!(turned),
                _ => value.clone(),
            };
            let outcome = reopened(&endpoint, &altered).map(|_| ());
            assert_eq!(
                outcome,
                Err("altered".to_owned()),
                "{}: {member}",
                case.name
            );
        }
    }
}

#[test]
fn no_body_that_is_signed_or_sealed_is_reopened_once_it_was_altered() {
    let all =
        stored().filter(|(case, _, stored, _)| case.signs_the_body() || !stored["seal"].is_null());
    for (case, delivery, stored, endpoint) in all {
        let body = case.request.body.to_vec();
        let mut cut = body.clone();
        cut.pop();
        let longer = [&body[..], b"x"].concat();
        for bytes in [cut, longer, Vec::new()] {
            if bytes == body {
                continue;
            }
            let mut altered = stored.clone();
            altered.as_object_mut().unwrap().remove("body");
            altered["body_base64"] = json!(base64(&bytes));
            let outcome = reopened(&endpoint, &altered).map(|_| ());
            assert_eq!(outcome, Err("altered".to_owned()), "{}", case.name);
        }
        // The same bytes in the other form are the same.
        let mut other_form = stored.clone();
        other_form.as_object_mut().unwrap().remove("body");
        other_form["body_base64"] = json!(base64(&body));
        let again = reopened(&endpoint, &other_form).unwrap();
        assert_eq!(again.body(), delivery.body(), "{}", case.name);
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64ct::{Base64, Encoding as _};
    Base64::encode_string(bytes)
}

#[test]
fn who_shows_a_secret_in_the_body_cannot_be_stored() {
    for case in accepted() {
        let endpoint = case.endpoint().clone().storage_key(STORAGE_KEY).unwrap();
        let refused = endpoint.storable().err().map(|error| error.to_string());
        let is_in_body = SECRET_IN_BODY.contains(&case.provider);
        assert_eq!(refused.is_some(), is_in_body, "{}", case.name);
        assert!(refused.is_none_or(|error| error.contains("in the body")));
    }
}

/// Neither the receiver's secrets nor what a sender shows of them.
#[test]
fn no_secret_of_any_sender_is_written_down() {
    for sender in webhook_testkit::senders() {
        if SECRET_IN_BODY.contains(&sender.provider) {
            continue;
        }
        let endpoint = sender.endpoint().storage_key(STORAGE_KEY).unwrap();
        let endpoint = endpoint.storable().unwrap();
        let signed = sender
            .signer
            .sign(sender.body(webhook_testkit::BODY), webhook_testkit::NOW)
            .unwrap();
        let Ok(delivery) = at_once(receive(&endpoint, signed.clone())) else {
            panic!("{}: genuine", sender.name);
        };
        let text = serde_json::to_string(&delivery.to_stored().unwrap()).unwrap();
        let mut secrets = sender.secrets.clone();
        secrets.push(STORAGE_KEY.to_owned());
        if delivery.coverage() == Coverage::SenderOnly {
            let signed = webhook_testkit::Request::from(signed);
            let shown = sender.signature(&signed);
            secrets.push(String::from_utf8(shown.to_vec()).unwrap());
        }
        for secret in secrets {
            assert!(!text.contains(&secret), "{}: {text}", sender.name);
        }
    }
}

#[test]
fn an_endpoint_that_keeps_nothing_says_what_to_call() {
    let case = accepted().into_iter().find(|case| case.signs_the_body());
    let fault = case.unwrap().delivery.to_stored().unwrap_err();
    assert_eq!(fault, NotStorable::RequestNotKept);
    assert!(fault.to_string().contains("Endpoint::storable"));
}

mod stripe {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use webhook_core::dedupe::Dedupe;
    use webhook_core::observe::Observed;
    use webhook_core::provider::stripe::{self, Stripe};
    use webhook_core::testing::SignedRequest;

    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
    const SECRET: &str = "whsec_of_the_shop_in_the_test";
    const BODY: &str = r#"{"id":"evt_1","object":"event","type":"invoice.paid"}"#;

    fn signed(target: &str) -> SignedRequest {
        let signer = Signer::new(stripe::SCHEME, SECRET).unwrap().target(target);
        signer.sign(BODY.as_bytes(), NOW).unwrap()
    }

    fn endpoint(secrets: &[&str]) -> Endpoint {
        let stripe = Stripe::new(secrets.to_vec()).unwrap();
        let endpoint = Endpoint::new(stripe).clock(FixedClock::at(NOW));
        endpoint.storable().unwrap()
    }

    fn stored(endpoint: &Endpoint, target: &str) -> Value {
        let delivery = at_once(receive(endpoint, signed(target))).unwrap();
        serde_json::to_value(delivery.to_stored().unwrap()).unwrap()
    }

    #[test]
    fn a_key_that_is_gone_is_told_from_what_was_altered() {
        let stored = stored(&endpoint(&[SECRET]), "/");
        let both = endpoint(&["whsec_of_tomorrow_for_the_shop", SECRET]);
        assert!(reopened(&both, &stored).is_ok());
        let gone = endpoint(&["whsec_of_tomorrow_for_the_shop"]);
        assert_eq!(reopened(&gone, &stored).unwrap_err(), "refused");
        let mut altered = stored;
        altered["digest"] = json!("00");
        assert_eq!(reopened(&gone, &altered).unwrap_err(), "altered");
        // Which says nothing of what is genuine.
        assert!(reopened(&both, &altered).is_ok());
    }

    #[test]
    fn the_time_of_receipt_is_judged_as_it_was_then() {
        let endpoint = endpoint(&[SECRET]);
        let stored = stored(&endpoint, "/");
        for (seconds, outcome) in [(0, Ok(())), (300, Ok(())), (301, Err("altered".to_owned()))] {
            let mut later = stored.clone();
            later["received_at"] = json!(NOW.as_millis() + seconds * 1000);
            assert_eq!(
                reopened(&endpoint, &later).map(|_| ()),
                outcome,
                "{seconds}"
            );
        }
    }

    #[test]
    fn an_account_among_several_is_found_again_and_nobody_is_told() {
        let told = Arc::new(AtomicUsize::new(0));
        let tell = || {
            let told = Arc::clone(&told);
            move |_: &Observed| {
                told.fetch_add(1, Ordering::Relaxed);
            }
        };
        let other = Stripe::new("whsec_of_another_shop").unwrap();
        let variants = Variants::new()
            .with(
                "eu",
                endpoint(&[SECRET])
                    .observe(tell())
                    .clock(FixedClock::at(NOW)),
            )
            .unwrap()
            .with("us", Endpoint::new(other))
            .unwrap();
        let store = webhook_testkit::stores::Silent;
        let endpoint = Endpoint::new(variants)
            .name("shop")
            .dedupe(Dedupe::new(store).signed_parts_only())
            .only_kinds(["invoice.paid"])
            .observe(tell())
            .storable()
            .unwrap();
        let delivery = at_once(receive(&endpoint, signed("/hooks/eu"))).unwrap();
        assert_eq!(told.swap(0, Ordering::Relaxed), 2);
        let stored = serde_json::to_value(delivery.to_stored().unwrap()).unwrap();
        let again = reopened(&endpoint, &stored).unwrap();
        assert_eq!(again.variant(), Some("eu"));
        assert_eq!(DedupeKey::of(&again), DedupeKey::of(&delivery));
        assert!(delivery.needs_dedupe() && !again.needs_dedupe());
        let mut moved = stored;
        moved["target"] = json!("/hooks/us");
        assert!(reopened(&endpoint, &moved).is_err());
        moved["target"] = json!("/hooks/nowhere");
        assert!(reopened(&endpoint, &moved).is_err());
        assert_eq!(told.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn only_what_counts_is_kept_of_the_head() {
        let request = signed("/hooks?from=stripe")
            .with_header("content-type", "application/json")
            .with_header("user-agent", "Stripe/1.0")
            .with_header("cookie", "a session")
            .with_header("authorization", "Bearer of a proxy");
        let delivery = at_once(receive(&endpoint(&[SECRET]), request)).unwrap();
        let stored = serde_json::to_value(delivery.to_stored().unwrap()).unwrap();
        let headers = stored["headers"].as_array().unwrap().iter();
        let names: Vec<&str> = headers.map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["content-type", "user-agent", "stripe-signature"]);
        let text = stored.to_string();
        for secret in [SECRET, "a session", "Bearer"] {
            assert!(!text.contains(secret), "{text}");
        }
        let shown = format!("{:?}", delivery.to_stored().unwrap());
        assert!(
            !shown.contains("v1=") && !shown.contains("object"),
            "{shown}"
        );
    }

    #[test]
    fn another_format_is_refused_in_words() {
        let genuine = stored(&endpoint(&[SECRET]), "/");
        let without = |member: &str| {
            let mut stored = genuine.clone();
            stored.as_object_mut().unwrap().remove(member);
            stored
        };
        let with = |member: &str, value: Value| {
            let mut stored = genuine.clone();
            stored[member] = value;
            stored
        };
        for (stored, words) in [
            (with("v", json!(2)), "version 2"),
            (with("v", json!("1")), "invalid type"),
            (without("v"), "`v`"),
            (without("body"), "one of `body` and `body_base64`"),
            (
                with("body_base64", json!("")),
                "one of `body` and `body_base64`",
            ),
            (without("method"), "`method` is missing"),
            (without("dedupe_key"), "`dedupe_key` is missing"),
            (
                with("headers", json!([{"name": "a"}])),
                "one of `value` and `value_base64`",
            ),
            (json!([]), "invalid"),
            (json!(null), "invalid"),
        ] {
            let fault = reopened(&endpoint(&[SECRET]), &stored).unwrap_err();
            assert!(fault.contains(words), "{fault}");
        }
        // A member of a later time is none of ours.
        assert!(reopened(&endpoint(&[SECRET]), &with("later", json!(1))).is_ok());
    }

    /// To add a version: a file. What was written once is read for ever.
    const VERSIONS: &[&str] = &[include_str!("v1.json")];

    #[test]
    fn every_version_that_was_ever_written_is_read() {
        for text in VERSIONS {
            let stored: StoredDelivery = serde_json::from_str(text).unwrap();
            assert_eq!(stored.id(), Some("evt_1"));
            assert_eq!(stored.kind(), Some("invoice.paid"));
            let again = at_once(endpoint(&[SECRET]).name("shop").reopen(&stored));
            assert_eq!(again.unwrap().body(), BODY);
        }
    }

    #[test]
    fn an_error_says_what_to_do() {
        let gone = endpoint(&["whsec_of_tomorrow_for_the_shop"]);
        let delivery = at_once(receive(&endpoint(&[SECRET]), signed("/"))).unwrap();
        let fault = at_once(gone.reopen(&delivery.to_stored().unwrap())).unwrap_err();
        assert!(matches!(fault, ReopenError::Refused(_)) && !fault.is_transient());
        assert!(
            fault.to_string().contains("give the endpoint the key"),
            "{fault}"
        );
    }
}
