//! Keys: several, in their time, never empty, never those of another purpose; and the account that has none.
#![cfg(all(feature = "testing", feature = "asymmetric"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Account, NOW, Request, accounts, accounts_of, code, receive, received_by};
use serde_json::{Value, json};
use webhook_core::provider::{self, github, standard_webhooks, stripe};
use webhook_core::scheme::{KeyFormat, Primitive, Scheme, SchemeVerifier};
use webhook_core::testing::{Sign, Signer};
use webhook_core::{Endpoint, IntoKeyring, Key, Keyring, Rejection, Secret, Settings, UnixTime};

const BODY: &[u8] = br#"{"id":"evt_1","type":"order.paid"}"#;

#[test]
fn a_key_counts_from_its_first_moment_until_before_its_last() {
    for account in accounts() {
        for (from, until, expected) in [
            (NOW, NOW.plus_secs(1), "ok"),
            (NOW.plus_secs(-1), NOW, "keys_unavailable"),
            (NOW.plus_secs(1), NOW.plus_secs(2), "keys_unavailable"),
            (NOW.plus_secs(-2), NOW.plus_secs(-1), "keys_unavailable"),
            (NOW, NOW, "keys_unavailable"),
            (NOW.plus_secs(1), NOW.plus_secs(-1), "keys_unavailable"),
        ] {
            let key = Key::new(account.key).unwrap().valid(from..until);
            let verdict = receive(&received_by(account.verifier(key)), &account.sign(BODY));
            assert_eq!(code(&verdict), expected, "{}: {from} {until}", account.name);
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
    for account in accounts() {
        let expired = Key::new(account.key)
            .unwrap()
            .valid(UnixTime::from_secs(0)..NOW);
        let keys = Keyring::new(expired).and(Key::new(account.other_key).unwrap());
        let verdict = receive(&received_by(account.verifier(keys)), &account.sign(BODY));
        assert_eq!(code(&verdict), "bad_signature", "{}", account.name);
    }
}

#[test]
fn the_place_of_the_matching_key_counts_those_that_are_not_valid() {
    for account in accounts() {
        let later = Key::new(account.other_key).unwrap().named("next");
        let later = later.valid(NOW.plus_secs(1)..NOW.plus_secs(2));
        let now = Key::new(account.key).unwrap().named("2026-08");
        let endpoint = received_by(account.verifier(Keyring::new(later).and(now)));
        let delivery = receive(&endpoint, &account.sign(BODY)).unwrap();
        let key = delivery.key().unwrap();
        assert_eq!((key.index(), key.name()), (1, Some("2026-08")));
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
    assert_eq!(index(["new", "old"], sign("new")), Some(0));
    assert_eq!(index(["new", "old"], sign("old")), Some(1));
    assert_eq!(index(["newer", "new"], sign("old")), None);
}

#[test]
fn one_secret_twice_is_the_first_of_both() {
    for account in accounts() {
        let endpoint = received_by(account.verifier([account.key, account.key]));
        let delivery = receive(&endpoint, &account.sign(BODY)).unwrap();
        assert_eq!(delivery.key().unwrap().index(), 0, "{}", account.name);
    }
}

#[test]
fn no_provider_takes_an_empty_secret() {
    for account in accounts() {
        let lists = empty_secrets().map(|secret| json!([secret]));
        let beside = empty_secrets().map(|secret| json!([account.key, secret]));
        let alone = empty_secrets().map(Value::from);
        for keys in lists
            .into_iter()
            .chain(beside)
            .chain(alone)
            .chain([json!([]), json!(null)])
        {
            let settings = account.settings(keys.clone());
            let made = provider::by_name(account.provider, &settings);
            assert!(made.is_err(), "{}: {keys}", account.name);
        }
    }
}

#[test]
fn nothing_takes_an_empty_secret() {
    for text in empty_secrets() {
        assert!(Secret::new(text).is_err(), "{text:?}");
        assert!(Key::new(text).is_err(), "{text:?}");
        assert!(["secret", text].into_keyring().is_err(), "{text:?}");
        assert!(
            vec!["secret".to_owned(), text.to_owned()]
                .into_keyring()
                .is_err()
        );
        assert!(Signer::new(github::SCHEME, text).is_err(), "{text:?}");
    }
    assert!(Vec::<Secret>::new().into_keyring().is_err());
}

#[test]
fn nothing_is_left_of_a_secret_after_decoding_is_refused() {
    let acme = Scheme::new("acme", Primitive::HmacSha256);
    for (key, text) in [
        (KeyFormat::base64(), "="),
        (KeyFormat::base64(), "===="),
        (KeyFormat::base64().strip("key_"), "key_"),
        (KeyFormat::hex(), "0x"),
        (KeyFormat::hex().strip("key_"), "key_"),
        (KeyFormat::text().strip("key_"), "key_"),
    ] {
        assert!(acme.key(key).verifier(text).is_err(), "{key:?} {text}");
    }
}

fn empty_secrets() -> [&'static str; 8] {
    [
        "", " ", "\t", "\r\n", "\u{a0}", "\u{3000}", "whsec_", "whpk_",
    ]
}

#[test]
fn stripe_refuses_its_api_keys() {
    for text in [
        "sk_live_4f1c",
        "sk_test_4f1c",
        "rk_live_4f1c",
        "rk_test_4f1c",
        "pk_live_4f1c",
        "pk_test_4f1c",
    ] {
        assert!(stripe::Stripe::new(text).is_err(), "{text}");
        assert!(stripe::Stripe::new(["whsec_4f1c", text]).is_err(), "{text}");
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
        let settings = settings(json!({"public_keys": [account.key], "public_url": common::URL}));
        assert!(
            provider::by_name(account.provider, &settings).is_err(),
            "{}",
            account.name
        );
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
        let decoy = SchemeVerifier::decoy(account.scheme);
        let decoys = [
            received_by(decoy.clone()),
            received_by(decoy.public_url(common::URL).unwrap()),
        ];
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
