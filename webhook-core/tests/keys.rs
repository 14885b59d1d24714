//! Keys: several, in their time, never empty, never those of another purpose; and the account that has none.
#![cfg(all(feature = "testing", feature = "asymmetric"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::{Value, json};
use webhook_core::provider::{self, github, standard_webhooks, stripe};
use webhook_core::scheme::{Algorithm, KeyFormat, Scheme};
use webhook_core::testing::{Sign, Signer, count_macs};
use webhook_core::{Endpoint, IntoKeyring, Key, Keyring, Rejection, Secret, Settings, UnixTime};
use webhook_testkit::{
    Account, NOW, Request, accounts, accounts_of, code, receive, received_by, senders,
};

const BODY: &[u8] = br#"{"id":"evt_1","type":"order.paid"}"#;

#[test]
fn a_key_counts_from_its_first_moment_until_before_its_last() {
    for sender in senders() {
        let Some(keyed) = &sender.keyed else { continue };
        for (from, until, expected) in [
            (NOW, NOW.plus_secs(1), "ok"),
            (NOW.plus_secs(-1), NOW, "keys_unavailable"),
            (NOW.plus_secs(1), NOW.plus_secs(2), "keys_unavailable"),
            (NOW.plus_secs(-2), NOW.plus_secs(-1), "keys_unavailable"),
            (NOW, NOW, "keys_unavailable"),
            (NOW.plus_secs(1), NOW.plus_secs(-1), "keys_unavailable"),
        ] {
            let key = Key::new(keyed.own.as_str()).unwrap().valid(from..until);
            let verdict = receive(&sender.with_keys(key), &sender.genuine());
            assert_eq!(code(&verdict), expected, "{}: {from} {until}", sender.name);
        }
    }
}

#[test]
fn having_no_valid_key_is_our_fault_and_temporary() {
    let account = one("stripe");
    let key = Key::new(account.key).unwrap().valid(NOW..NOW);
    let verdict = receive(&received_by(account.verifier(key)), &account.sign(BODY));
    let rejection = verdict.unwrap_err();
    assert_eq!(rejection.status(), 503);
    assert!(!rejection.is_sender_fault());
    assert!(rejection.headers().contains(&("retry-after", "5")));
}

#[test]
fn an_expired_key_beside_a_valid_one_is_a_strangers() {
    for sender in senders() {
        let Some(keyed) = &sender.keyed else { continue };
        let expired = Key::new(keyed.own.as_str()).unwrap();
        let expired = expired.valid(UnixTime::from_secs(0)..NOW);
        let keys = Keyring::new(expired).and(Key::new(keyed.other.as_str()).unwrap());
        let verdict = receive(&sender.with_keys(keys), &sender.genuine());
        assert_eq!(code(&verdict), "bad_signature", "{}", sender.name);
    }
}

#[test]
fn the_place_of_the_matching_key_counts_those_that_are_not_valid() {
    for sender in senders() {
        let Some(keyed) = &sender.keyed else { continue };
        let later = Key::new(keyed.other.as_str()).unwrap().named("next");
        let later = later.valid(NOW.plus_secs(1)..NOW.plus_secs(2));
        let now = Key::new(keyed.own.as_str()).unwrap().named("2026-08");
        let endpoint = sender.with_keys(Keyring::new(later).and(now));
        let delivery = receive(&endpoint, &sender.genuine()).unwrap();
        let key = delivery.key().unwrap();
        assert_eq!(
            (key.index(), key.name()),
            (1, Some("2026-08")),
            "{}",
            sender.name
        );
    }
}

#[test]
fn a_rotation_needs_no_gap() {
    let sign = |secret| {
        let signer = Signer::new(github::SCHEME, secret).unwrap();
        Request::from(signer.sign(BODY, NOW).unwrap())
    };
    let index = |keys: [&str; 2], request: Request| {
        let endpoint = received_by(github::GitHub::new(keys).unwrap());
        receive(&endpoint, &request)
            .ok()
            .and_then(|delivery| Some(delivery.key()?.index()))
    };
    assert_eq!(
        index(["the new secret", "the old secret"], sign("the new secret")),
        Some(0)
    );
    assert_eq!(
        index(["the new secret", "the old secret"], sign("the old secret")),
        Some(1)
    );
    assert_eq!(
        index(
            ["the newest secret", "the new secret"],
            sign("the old secret")
        ),
        None
    );
}

#[test]
fn one_secret_twice_is_the_first_of_both() {
    for sender in senders() {
        let Some(keyed) = &sender.keyed else { continue };
        let endpoint = sender.with_keys([keyed.own.as_str(), keyed.own.as_str()]);
        let delivery = receive(&endpoint, &sender.genuine()).unwrap();
        assert_eq!(delivery.key().unwrap().index(), 0, "{}", sender.name);
    }
}

#[test]
fn a_setting_that_is_needed_must_be_there_and_is_named_if_it_is_not() {
    let mut wrong = Vec::new();
    for sender in senders() {
        assert!(sender.made_of(&sender.settings).is_ok(), "{}", sender.name);
        let no_keys = [&BLANKS[..], &["whsec_", "whpk_"]].concat();
        let keys = sender.keys.iter().map(|name| (name, no_keys.clone()));
        let needed = sender.needed.iter().map(|name| (name, BLANKS.to_vec()));
        for (name, nothing) in keys.chain(needed) {
            for value in blanks(&sender.settings[name], &nothing) {
                let made = sender.made_of(&sender.settings_with(name, value.clone()));
                let error = made.map_or_else(|error| error.to_string(), |_| "accepted".to_owned());
                if !error.contains(*name) {
                    wrong.push(format!("{}: {name}: {value}: {error}", sender.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same setting without anything in it, wherever there was something.
fn blanks(value: &Value, blanks: &[&str]) -> Vec<Value> {
    let nothing = match value {
        Value::Array(_) => vec![json!(null), json!([])],
        Value::Object(_) => vec![json!(null), json!({})],
        _ => vec![json!(null)],
    };
    let within = |blank: &str| match value {
        Value::Array(own) => vec![json!(blank), json!([blank]), json!([own[0], blank])],
        Value::Object(table) => table.keys().map(|key| json!({key: blank})).collect(),
        _ => vec![json!(blank)],
    };
    let within = blanks.iter().flat_map(|blank| within(blank));
    nothing.into_iter().chain(within).collect()
}

#[test]
fn nothing_takes_an_empty_secret() {
    for text in BLANKS.into_iter().chain(["whsec_", "whpk_"]) {
        assert!(Secret::new(text).is_err(), "{text:?}");
        assert!(Key::new(text).is_err(), "{text:?}");
        assert!(
            ["a secret for tests", text].into_keyring().is_err(),
            "{text:?}"
        );
        assert!(
            vec!["a secret for tests".to_owned(), text.to_owned()]
                .into_keyring()
                .is_err()
        );
        assert!(Signer::new(github::SCHEME, text).is_err(), "{text:?}");
    }
    assert!(Vec::<Secret>::new().into_keyring().is_err());
}

#[test]
fn nothing_is_left_of_a_secret_after_decoding_is_refused() {
    let acme = Scheme::new("acme", Algorithm::HmacSha256);
    for (key, text) in [
        (KeyFormat::base64(), "="),
        (KeyFormat::base64(), "===="),
        (KeyFormat::base64().strip_prefix("key_"), "key_"),
        (KeyFormat::hex(), "0x"),
        (KeyFormat::hex().strip_prefix("key_"), "key_"),
        (KeyFormat::text().strip_prefix("key_"), "key_"),
    ] {
        assert!(acme.key(key).verifier(text).is_err(), "{key:?} {text}");
    }
}

const BLANKS: [&str; 6] = ["", " ", "\t", "\r\n", "\u{a0}", "\u{3000}"];

#[test]
fn stripe_refuses_its_api_keys() {
    for text in [
        "sk_live_4f1c2a9b",
        "sk_test_4f1c2a9b",
        "rk_live_4f1c2a9b",
        "rk_test_4f1c2a9b",
        "pk_live_4f1c2a9b",
        "pk_test_4f1c2a9b",
    ] {
        assert!(stripe::Stripe::new(text).is_err(), "{text}");
        assert!(
            stripe::Stripe::new(["whsec_4f1c2a9b", text]).is_err(),
            "{text}"
        );
    }
}

#[test]
fn secrets_in_the_wrong_form_are_refused() {
    for text in [
        "not base64!",
        "whsec_not-base64url_",
        "whsec_a",
        "whsec_MTIz\nNDU2",
    ] {
        assert!(
            standard_webhooks::StandardWebhooks::new(text).is_err(),
            "{text}"
        );
    }
    for text in [
        "whpk_a2V5",
        "whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=",
    ] {
        let made = standard_webhooks::StandardWebhooks::with_public_keys(text);
        assert!(made.is_err(), "{text}");
    }
}

/// Whoever could have a public key taken for a shared secret could sign with what everybody knows.
#[test]
fn a_public_key_is_never_taken_for_a_secret() {
    for account in accounts().iter().filter(|account| !account.is_asymmetric()) {
        if account.provider == "standard-webhooks" {
            continue; // There the setting's name chooses the scheme.
        }
        for name in account.keys {
            let mut settings = account.settings_with("public_keys", json!([account.key]));
            settings[name].take();
            assert!(account.made_of(&settings).is_err(), "{}", account.name);
        }
    }
    let public = settings(json!({"public_keys": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}));
    assert!(standard_webhooks::SCHEME.configured(&public).is_err());
    assert!(
        standard_webhooks::ASYMMETRIC_SCHEME
            .configured(&public)
            .is_ok()
    );
}

#[test]
fn a_secret_is_never_taken_for_a_public_key() {
    let key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let secret = settings(json!({"secrets": key}));
    let both = settings(json!({"secrets": key, "public_keys": key}));
    for wrong in [&secret, &both] {
        assert!(
            standard_webhooks::ASYMMETRIC_SCHEME
                .configured(wrong)
                .is_err()
        );
    }
    assert!(provider::by_name("standard-webhooks", &both).is_err());
}

fn settings(json: Value) -> Settings {
    Settings::new(json).unwrap()
}

#[test]
fn a_decoy_answers_as_an_account_with_another_secret() {
    for account in accounts() {
        let decoys: Vec<Endpoint> = account.decoys().into_iter().map(received_by).collect();
        let others = received_by(account.verifier(account.other_key));
        for (what, request) in questions(&account) {
            let expected = answer(&others, &request);
            for decoy in &decoys {
                assert_eq!(
                    answer(decoy, &request),
                    expected,
                    "{}: {what}",
                    account.name
                );
            }
        }
    }
}

#[test]
fn a_decoy_does_the_work_of_a_tenant_under_rotation() {
    for account in accounts() {
        let rotating = received_by(account.verifier([account.other_key, account.other_key]));
        for (what, request) in questions(&account) {
            let (_, expected) = count_macs(|| answer(&rotating, &request));
            for decoy in account.decoys().into_iter().map(received_by) {
                let (_, macs) = count_macs(|| answer(&decoy, &request));
                assert_eq!(macs, expected, "{}: {what}", account.name);
            }
        }
    }
}

#[test]
fn the_questions_get_every_kind_of_answer() {
    let account = one("slack");
    let answers = questions(&account).into_iter();
    let answers: Vec<_> = answers
        .map(|(_, request)| answer(&account.stranger(), &request).code())
        .collect();
    let expected = [
        "bad_signature",
        "missing_signature",
        "malformed",
        "malformed",
        "bad_signature",
        "stale",
        "future",
        "method_not_allowed",
        "body_too_large",
        "body_too_large",
        "body_incomplete",
        "bad_signature",
    ];
    assert_eq!(answers, expected);
}

/// What a stranger could ask to find out whether an account exists.
fn questions(account: &Account) -> Vec<(&'static str, Request)> {
    let genuine = || account.sign(BODY);
    let get = || Request {
        method: "GET".to_owned(),
        ..genuine()
    };
    let name = account.signature;
    let long = vec![b'x'; webhook_core::DEFAULT_BODY_LIMIT + 1];
    let handshake = br#"{"type":"url_verification","challenge":"c"}"#;
    vec![
        ("signed with yet another key", genuine()),
        ("no signature", genuine().without(name)),
        ("junk for a signature", genuine().with(name, "junk")),
        ("two signatures", genuine().and(name, "junk")),
        ("another body", genuine().with_body("{}")),
        ("old", account.sign_at(BODY, NOW.plus_secs(-301))),
        ("early", account.sign_at(BODY, NOW.plus_secs(301))),
        ("another method", get()),
        (
            "a length over the limit",
            genuine().and("content-length", "1048577"),
        ),
        ("a body over the limit", genuine().with_body(long)),
        (
            "a body cut short",
            genuine().and("content-length", "1048576"),
        ),
        ("a handshake", account.sign(handshake)),
    ]
}

fn answer(endpoint: &Endpoint, request: &Request) -> Rejection {
    receive(endpoint, request).unwrap_err()
}

fn one(provider: &'static str) -> Account {
    accounts_of(provider).remove(0)
}
