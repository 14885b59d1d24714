//! Senders that show a secret and sign nothing: what a seal of our own vouches for.

use std::ops::Range;
use std::sync::Arc;

use serde_json::{Value, json};
use webhook_core::provider::chargebee::{self, Chargebee};
use webhook_core::provider::flutterwave::Flutterwave;
use webhook_core::provider::revenuecat::RevenueCat;
use webhook_core::provider::stripe::Stripe;
use webhook_core::provider::xendit::{self, Xendit};
use webhook_core::scheme::{Algorithm, Encoding, Field, Scheme, SchemeVerifier, Signature};
use webhook_core::testing::{FixedClock, Sign, SignedRequest, Signer, receive};
use webhook_core::{
    Endpoint, Key, NotStorable, Proof, RequestHead, StoredDelivery, UnixTime, Variants, resolver,
};

use super::{at_once, reopened, stored};
use crate::accepted::Accepted;

const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
/// Long enough to seal by itself, all of them.
const WORD: &str = "4f1c2a9b7d3e8f60a5b4c3d2e1f09182";
const OTHER: &str = "0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f50";
const STORAGE: &str = "c3d2e1f091824f1c2a9b7d3e8f60a5b4";
const NEWER: &str = "77d3e8f60a5b4c3d2e1f091824f1c2a9";
/// Can be guessed.
const SHORT: &str = "a short word";
const BODY: &str = r#"{"id":"evt_1","event":"invoice.paid","status":"PAID"}"#;

/// The stored deliveries that have a seal.
fn sealed() -> impl Iterator<Item = (Accepted, Value, Endpoint)> {
    let all = stored().filter(|(_, _, stored, _)| !stored["seal"].is_null());
    all.map(|(case, _, stored, endpoint)| (case, stored, endpoint))
}

fn outcome(endpoint: &Endpoint, stored: &Value) -> Result<(), String> {
    reopened(endpoint, stored).map(drop)
}

fn altered() -> Result<(), String> {
    Err("altered".to_owned())
}

#[test]
fn senders_that_sign_nothing_have_a_seal_and_no_others() {
    let mut providers = std::collections::BTreeSet::new();
    for (case, delivery, stored, _) in stored() {
        let signs_nothing = delivery.coverage() == webhook_core::Coverage::SenderOnly;
        assert_eq!(!stored["seal"].is_null(), signs_nothing, "{}", case.name);
        if signs_nothing {
            providers.insert(case.provider);
        }
    }
    let wanted = [
        "auth0",
        "azure-devops",
        "chargebee",
        "cloudflare-notifications",
        "deepgram",
        "docker-hub",
        "flutterwave",
        "gitlab",
        "google-play-rtdn",
        "google-pubsub",
        "mailchimp-marketing",
        "okta",
        "phonepe",
        "postmark",
        "revenuecat",
        "telegram",
        "xendit",
    ];
    assert!(providers.into_iter().eq(wanted));
}

/// Another value of the same form.
fn another(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(format!("{text}0")),
        Value::Number(number) => json!(number.as_i64().unwrap() + 1),
        Value::Bool(value) => json!(!value),
        Value::Array(list) => Value::Array([&list[..], &[header("a", "b")]].concat()),
        other => panic!("{other}"),
    }
}

fn header(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

/// The members that a format may have, with a value where a row has none.
const MEMBERS: [(&str, &str); 18] = [
    ("provider", r#""x""#),
    ("endpoint", r#""x""#),
    ("variant", r#""x""#),
    ("account", r#""x""#),
    ("method", r#""x""#),
    ("target", r#""x""#),
    ("headers", r#"[{"name":"x","value":"x"}]"#),
    ("body", r#""x""#),
    ("received_at", "1"),
    ("id", r#""x""#),
    ("id_signed", "true"),
    ("kind", r#""x""#),
    ("kind_signed", "true"),
    ("coverage", r#""x""#),
    ("key", r#""x""#),
    ("dedupe_key", r#""x""#),
    ("sent_at", "1"),
    ("seal", r#""x""#),
];

#[test]
fn nothing_that_is_sealed_can_be_altered_added_or_removed() {
    let mut tried = 0;
    for (case, stored, endpoint) in sealed() {
        for (member, value) in MEMBERS {
            let mut changed = stored.clone();
            changed[member] = match &stored[member] {
                Value::Null => serde_json::from_str(value).unwrap(),
                own => another(own),
            };
            let said = outcome(&endpoint, &changed);
            assert_eq!(said, altered(), "{}: {member} altered", case.name);
            let mut removed = stored.clone();
            let was = removed.as_object_mut().unwrap().remove(member);
            // Absent and `false` are the same.
            if was.is_some_and(|was| was != json!(false) && was != json!([])) {
                let said = outcome(&endpoint, &removed);
                assert!(said.is_err(), "{}: {member} removed", case.name);
            }
            tried += 1;
        }
        for at in 0..stored["headers"].as_array().unwrap().len() {
            for member in ["name", "value"] {
                let mut changed = stored.clone();
                changed["headers"][at][member] = another(&stored["headers"][at][member]);
                assert_eq!(outcome(&endpoint, &changed), altered(), "{}", case.name);
            }
        }
        // The digest proves nothing, so nobody needs to believe it.
        let mut changed = stored.clone();
        changed["digest"] = json!("00");
        assert_eq!(outcome(&endpoint, &changed), Ok(()), "{}", case.name);
        changed["kind"] = json!("another");
        assert_eq!(outcome(&endpoint, &changed), altered(), "{}", case.name);
    }
    assert!(tried > 100, "{tried}");
}

#[test]
fn a_seal_is_that_of_one_row() {
    let all: Vec<_> = sealed().collect();
    let mut tried = 0;
    for (case, stored, endpoint) in &all {
        for (other, theirs, _) in &all {
            if theirs["seal"] != stored["seal"] {
                let mut changed = stored.clone();
                changed["seal"] = theirs["seal"].clone();
                let said = outcome(endpoint, &changed);
                assert_eq!(said, altered(), "{}, {}", case.name, other.name);
                tried += 1;
            }
        }
    }
    assert!(tried > 20, "{tried}");
}

#[test]
fn a_seal_beside_a_signature_is_refused() {
    let signed = stored().filter(|(_, _, stored, _)| stored["seal"].is_null());
    for (case, _, mut stored, endpoint) in signed {
        stored["seal"] = json!("00".repeat(32));
        assert_eq!(outcome(&endpoint, &stored), altered(), "{}", case.name);
    }
}

/// An endpoint for these words of an account, with these storage keys.
fn xendit(words: &[&str], storage: &[&str]) -> Endpoint {
    let account = Xendit::new(words.to_vec()).unwrap();
    let endpoint = Endpoint::new(account).clock(FixedClock::at(NOW));
    match storage {
        [] => endpoint,
        keys => endpoint.storage_key(keys.to_vec()).unwrap(),
    }
}

fn shown(word: &str) -> SignedRequest {
    let signer = Signer::new(xendit::SCHEME, word).unwrap();
    signer.sign(BODY.as_bytes(), NOW).unwrap()
}

fn written(endpoint: &Endpoint, request: SignedRequest) -> Value {
    let delivery = at_once(receive(endpoint, request)).unwrap();
    serde_json::to_value(delivery.to_stored().unwrap()).unwrap()
}

#[test]
fn words_and_storage_keys_are_replaced_without_a_gap() {
    const GONE: Result<(), &str> = Err("refused");
    type Keys = &'static [&'static str];
    type Row = (Keys, Keys, Keys, Keys, Result<(), &'static str>);
    // The words and the storage keys when it came, by the first word; those when it is read.
    let rows: [Row; 16] = [
        (&[WORD], &[], &[WORD], &[], Ok(())),
        (&[WORD], &[], &[OTHER, WORD], &[], Ok(())),
        (&[WORD], &[], &[WORD, OTHER], &[STORAGE], Ok(())),
        (&[WORD], &[], &[OTHER], &[], GONE),
        (&[WORD], &[], &[OTHER], &[STORAGE], GONE),
        (&[WORD], &[STORAGE], &[WORD], &[STORAGE], Ok(())),
        (
            &[WORD],
            &[STORAGE],
            &[OTHER, WORD],
            &[NEWER, STORAGE],
            Ok(()),
        ),
        (&[WORD], &[STORAGE, NEWER], &[WORD], &[STORAGE], Ok(())),
        (&[WORD], &[STORAGE, NEWER], &[WORD], &[NEWER], GONE),
        (&[WORD], &[STORAGE], &[WORD], &[], GONE),
        (&[WORD], &[STORAGE], &[OTHER], &[STORAGE], GONE),
        (&[WORD], &[STORAGE], &[STORAGE], &[WORD], GONE),
        (&[WORD], &[STORAGE], &[OTHER], &[WORD, STORAGE], GONE),
        (&[SHORT], &[STORAGE], &[SHORT], &[STORAGE], Ok(())),
        (&[SHORT], &[STORAGE], &[SHORT], &[], GONE),
        (&[SHORT], &[STORAGE], &[OTHER], &[STORAGE], GONE),
    ];
    for (at, (words, storage, later, storage_later, outcome)) in rows.into_iter().enumerate() {
        let endpoint = xendit(words, storage).storable().unwrap();
        let stored = written(&endpoint, shown(words[0]));
        let again = reopened(&xendit(later, storage_later), &stored);
        let said = again.as_ref().map(drop).map_err(String::as_str);
        assert_eq!(said, outcome, "row {at}");
        // The key of today that was shown then.
        if let Ok(again) = again {
            let place = later.iter().position(|word| *word == words[0]);
            assert_eq!(again.key().map(|key| key.index()), place, "row {at}");
        }
    }
}

#[test]
fn a_key_that_was_not_valid_when_it_came_opens_no_seal() {
    let secs = NOW.as_secs();
    let of = |valid: Range<i64>| {
        let [from, to] = [valid.start, valid.end].map(UnixTime::from_secs);
        let key = |text: &str| Key::new(text).unwrap().valid(from..to);
        let account = Xendit::new(key(WORD)).unwrap();
        let endpoint = Endpoint::new(account).clock(FixedClock::at(NOW));
        [
            endpoint.clone(),
            xendit(&[WORD], &[]).storage_key(key(STORAGE)).unwrap(),
        ]
    };
    for (at, storage) in [(0, &[][..]), (1, &[STORAGE][..])] {
        let endpoint = xendit(&[WORD], storage).storable().unwrap();
        let stored = written(&endpoint, shown(WORD));
        for (valid, opens) in [
            (secs..secs + 1, true),
            (secs + 1..secs + 9, false),
            (secs - 9..secs, false),
        ] {
            let said = reopened(&of(valid.clone())[at], &stored);
            assert_eq!(said.is_ok(), opens, "{valid:?}");
        }
    }
}

#[test]
fn who_is_configured_with_another_name_beside_the_word_opens_no_seal() {
    let account = |name: &str| {
        let endpoint = Endpoint::new(Chargebee::new(name, WORD).unwrap());
        let endpoint = endpoint.clock(FixedClock::at(NOW));
        endpoint.storable().unwrap()
    };
    let signer = chargebee::Signer::new("shop", WORD).unwrap();
    let stored = written(&account("shop"), signer.sign(BODY.as_bytes(), NOW).unwrap());
    assert!(reopened(&account("shop"), &stored).is_ok());
    assert_eq!(outcome(&account("other"), &stored).unwrap_err(), "refused");
}

#[test]
fn a_verifier_behind_an_arc_is_stored_as_it_is_alone() {
    let account = Arc::new(Xendit::new(WORD).unwrap());
    let endpoint = Endpoint::new(account).clock(FixedClock::at(NOW));
    let stored = written(&endpoint.storable().unwrap(), shown(WORD));
    assert!(!stored.to_string().contains(WORD));
    let alone = xendit(&[WORD], &[]).storable().unwrap();
    assert!(reopened(&alone, &stored).is_ok());
}

#[test]
fn a_variant_keeps_its_own_storage_key_and_its_own_rows() {
    let account = |word: &str| Endpoint::new(Xendit::new(word).unwrap());
    let variants = |eu: Endpoint| {
        let variants = Variants::new().with("eu", eu).unwrap();
        let variants = variants.with("us", account(OTHER)).unwrap();
        Endpoint::new(variants).clock(FixedClock::at(NOW))
    };
    let own = variants(account(SHORT).storage_key(STORAGE).unwrap());
    let around = variants(account(SHORT)).storage_key(STORAGE).unwrap();
    let neither = variants(account(SHORT)).storable().unwrap_err().to_string();
    assert!(neither.starts_with("variant `eu`: the sender"), "{neither}");
    for endpoint in [own, around] {
        let endpoint = endpoint.storable().unwrap();
        let mut request = shown(SHORT);
        request.target = "/hooks/eu".to_owned();
        let mut stored = written(&endpoint, request);
        assert!(reopened(&endpoint, &stored).is_ok());
        for (member, value) in [("target", "/hooks/us"), ("variant", "us")] {
            stored[member] = json!(value);
            assert!(reopened(&endpoint, &stored).is_err());
        }
    }
}

type MakeEndpoint = fn() -> Endpoint;

#[test]
fn set_ups_that_can_store_nothing_do_not_start() {
    const BODY_TOKEN: Scheme = Scheme::new("acme", Algorithm::Token).signature(
        Signature::first_of(&[Field::Header("x-word"), Field::Json("/word")])
            .encoding(Encoding::Text),
    );
    let rows: [(&str, MakeEndpoint, &str); 11] = [
        (
            "signs",
            || Endpoint::new(Stripe::new("whsec_7d3e8f60").unwrap()),
            "",
        ),
        (
            "v4 signs",
            || Endpoint::new(Flutterwave::v4(SHORT).unwrap()),
            "",
        ),
        ("long word", || xendit(&[WORD], &[]), ""),
        (
            "short word",
            || xendit(&[SHORT], &[]),
            "`Endpoint::storage_key`",
        ),
        (
            "one short word",
            || xendit(&[WORD, SHORT], &[]),
            "`Endpoint::storage_key`",
        ),
        ("short word and a key", || xendit(&[SHORT], &[STORAGE]), ""),
        (
            "short password",
            || Endpoint::new(Chargebee::new("a", SHORT).unwrap()),
            "`Endpoint::storage_key`",
        ),
        (
            "v3 shows",
            || Endpoint::new(Flutterwave::v3(SHORT).unwrap()),
            "`Endpoint::storage_key`",
        ),
        (
            "its scheme is no word",
            || Endpoint::new(RevenueCat::with_authorization("Bearer 7d3e8f60a5b4").unwrap()),
            "`Endpoint::storage_key`",
        ),
        (
            "in the body",
            || Endpoint::new(BODY_TOKEN.verifier(WORD).unwrap()),
            "in the body",
        ),
        (
            "in the body, with a key",
            || {
                Endpoint::new(BODY_TOKEN.verifier(WORD).unwrap())
                    .storage_key(STORAGE)
                    .unwrap()
            },
            "in the body",
        ),
    ];
    for (name, endpoint, words) in rows {
        let said = endpoint().storable().err().map(|error| error.to_string());
        let said = said.unwrap_or_default();
        assert_eq!(said.is_empty(), words.is_empty(), "{name}: {said}");
        assert!(
            said.contains(words) && !said.contains(SHORT),
            "{name}: {said}"
        );
        // One that is put in the place of another later is judged as well.
        let (reloadable, _) = endpoint().reloadable();
        assert_eq!(reloadable.storable().is_ok(), words.is_empty(), "{name}");
    }
    let weak = xendit(&[WORD], &[])
        .storage_key([STORAGE, SHORT])
        .unwrap_err();
    assert!(
        weak.to_string()
            .starts_with("`storage_key` is short enough"),
        "{weak}"
    );
    let none = xendit(&[WORD], &[]).storage_key("").unwrap_err();
    assert!(none.to_string().contains("`storage_key`"), "{none}");
}

#[test]
fn every_sender_that_shows_a_token_needs_a_storage_key() {
    for sender in webhook_testkit::senders() {
        if ["google-play-rtdn", "google-pubsub"].contains(&sender.provider) {
            let said = sender.endpoint().storable().unwrap_err().to_string();
            assert!(said.contains("`Endpoint::storage_key`"), "{said}");
            let keyed = sender.endpoint().storage_key(STORAGE).unwrap();
            assert!(keyed.storable().is_ok());
        }
    }
}

#[test]
fn an_account_that_was_looked_up_and_can_store_nothing_is_misconfigured() {
    let found = |word: &'static str| {
        let look_up = resolver::from_fn(move |_: &RequestHead<'_>| async move {
            let account = resolver::Resolved::from(Xendit::new(word).unwrap());
            Ok::<_, webhook_core::Rejection>(account.variant("acme"))
        });
        Endpoint::new(look_up).clock(FixedClock::at(NOW))
    };
    for (word, storage, code) in [
        (WORD, None, "ok"),
        (SHORT, None, "misconfigured"),
        (SHORT, Some(STORAGE), "ok"),
    ] {
        let endpoint = match storage {
            Some(key) => found(word).storage_key(key).unwrap(),
            None => found(word),
        };
        let received = at_once(receive(&endpoint.storable().unwrap(), shown(word)));
        let said = received.map_or_else(|answer| answer.code(), |_| "ok");
        assert_eq!(said, code, "{word}");
    }
}

/// Else the answer would tell which tenants exist.
#[test]
fn a_decoy_answers_as_ever_at_an_endpoint_that_is_storable() {
    let decoy = || SchemeVerifier::decoy(xendit::SCHEME).unwrap();
    let nobody = Endpoint::new(resolver::from_fn(move |_: &RequestHead<'_>| async move {
        Ok::<_, webhook_core::Rejection>(resolver::Resolved::from(decoy()).variant("nobody"))
    }));
    let tenant = xendit(&[OTHER], &[]);
    for endpoint in [nobody, tenant] {
        let received = at_once(receive(&endpoint.storable().unwrap(), shown(WORD)));
        assert_eq!(received.map(drop).unwrap_err().code(), "bad_signature");
    }
}

#[test]
fn a_token_in_the_url_is_cut_out_beside_that_in_the_header() {
    let senders = webhook_testkit::senders();
    let google = senders.iter().find(|it| it.provider == "google-play-rtdn");
    let google = google.unwrap();
    let endpoint = google.endpoint().storage_key(STORAGE).unwrap();
    let endpoint = endpoint.storable().unwrap();
    let body = google.body(webhook_testkit::BODY);
    for (token, target) in [
        ("a-token-of-the-shop", "/play?shop=7"),
        ("7", "/play?shop=7"),
    ] {
        let mut request = google.signer.sign(body, webhook_testkit::NOW).unwrap();
        request.target = format!("/play?token={token}&shop=7");
        let stored = written(&endpoint, request);
        assert_eq!(stored["target"], target);
        assert!(reopened(&endpoint, &stored).is_ok());
    }
}

#[test]
fn what_somebody_else_has_kept_needs_no_seal() {
    let request = shown(SHORT);
    let head = RequestHead::new("POST", "/", &request.headers);
    let endpoint = xendit(&[SHORT], &[]);
    let verified = at_once(endpoint.verify_received(&head, request.body.clone(), NOW));
    let fault = verified.unwrap().to_stored().unwrap_err();
    assert_eq!(fault, NotStorable::NothingSeals);
}

#[test]
fn a_word_that_stands_in_another_place_too_is_not_written_down() {
    let endpoint = xendit(&[WORD], &[]).storable().unwrap();
    let with_target = |target: &str| {
        let mut request = shown(WORD);
        target.clone_into(&mut request.target);
        request
    };
    let in_body = format!(r#"{{"word":"{WORD}"}}"#);
    for request in [
        with_target(&format!("/hooks/{WORD}")),
        with_target(&format!("/hooks?token={WORD}")),
        shown(WORD).with_header("user-agent", format!("Xendit {WORD}")),
        shown(WORD).with_body(in_body),
    ] {
        let delivery = at_once(receive(&endpoint, request)).unwrap();
        let fault = delivery.to_stored().unwrap_err();
        assert_eq!(fault, NotStorable::SecretElsewhere);
    }
}

#[test]
fn a_verifier_that_does_not_say_what_it_shows_cannot_be_stored() {
    #[derive(Debug)]
    struct Anybody;

    impl webhook_core::Verifier for Anybody {
        fn provider(&self) -> webhook_core::Provider {
            webhook_core::Provider::new("acme")
        }

        fn begin(
            &self,
            _: &RequestHead<'_>,
            _: UnixTime,
        ) -> Result<webhook_core::BodyCheck, webhook_core::Answer> {
            Ok(webhook_core::BodyCheck::new(Self))
        }
    }

    impl webhook_core::Check for Anybody {
        fn update(&mut self, _: &[u8]) {}

        fn finalize(
            self: Box<Self>,
            _: &bytes::Bytes,
        ) -> Result<webhook_core::Verdict, webhook_core::Answer> {
            let proof = Proof::dangerously_assert(webhook_core::Coverage::SenderOnly);
            Ok(webhook_core::Verdict::Authentic(proof))
        }
    }

    let endpoint = Endpoint::new(Anybody).storage_key(STORAGE).unwrap();
    let delivery = at_once(receive(&endpoint.storable().unwrap(), shown(WORD))).unwrap();
    let fault = delivery.to_stored().unwrap_err();
    assert_eq!(fault, NotStorable::NothingSeals);
    assert!(
        fault.to_string().contains("`Verifier::shows_secret`"),
        "{fault}"
    );
}

/// Wherever a scheme of one's own shows its word in the head.
#[test]
fn a_word_is_cut_out_wherever_it_may_stand() {
    const AT: Scheme = Scheme::new("acme", Algorithm::Token);
    const EITHER: Signature = Signature::first_of(&[Field::Header("x-word"), Field::Query("word")]);
    let word = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let text = Encoding::Text;
    let bearer = Signature::header("authorization")
        .prefix("Bearer ")
        .encoding(text);
    let configured = Signature::configured_header().encoding(text);
    let shown = format!("Bearer {WORD}");
    let query = format!("/hooks?a=1&word={WORD}&b=2");
    let rows = [
        (bearer, word("Authorization", &shown), "/hooks?a=1&b=2"),
        (configured, word("X-Acme", WORD), "/hooks?a=1&b=2"),
        (
            Signature::numbered("x-word-").encoding(text),
            word("x-word-1", WORD),
            "/hooks?a=1&b=2",
        ),
        (
            EITHER.encoding(text),
            word("x-word", WORD),
            "/hooks?a=1&b=2",
        ),
        (EITHER.encoding(text), Vec::new(), &*query),
    ];
    for (signature, headers, target) in rows {
        let verifier = AT.signature(signature).verifier(WORD).unwrap();
        let verifier = verifier.clone().header_name("x-acme").unwrap_or(verifier);
        let endpoint = Endpoint::new(verifier).clock(FixedClock::at(NOW));
        let endpoint = endpoint.storable().unwrap();
        let mut request = self::shown(WORD);
        (request.headers, request.target) = (headers, target.to_owned());
        let stored = written(&endpoint, request);
        assert_eq!(stored["target"], "/hooks?a=1&b=2", "{signature:?}");
        assert!(!stored.to_string().contains(WORD), "{stored}");
        assert!(reopened(&endpoint, &stored).is_ok(), "{signature:?}");
    }
}

/// To add a version: a file. What was written once is read for ever.
const VERSIONS: &[&str] = &[
    include_str!("v1-sealed.json"),
    include_str!("v1-sealed-by-word.json"),
];

#[test]
fn every_version_of_a_sealed_row_is_read() {
    for text in VERSIONS {
        let stored: StoredDelivery = serde_json::from_str(text).unwrap();
        let endpoint = xendit(&[WORD], &[STORAGE]).name("shop");
        let again = at_once(endpoint.reopen(&stored)).unwrap();
        assert_eq!(again.body(), BODY);
        assert_eq!(again.received_at(), NOW);
    }
}
