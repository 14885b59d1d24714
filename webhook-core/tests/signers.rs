//! What a sender's signer signs, its verifier accepts, and nobody else's.
#![cfg(all(feature = "testing", feature = "asymmetric"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::HashSet;

use webhook_core::dedupe::DedupeKey;
use webhook_core::provider::{self, square, standard_webhooks};
use webhook_core::testing::{FixedClock, Sign, Signer};
use webhook_core::{ConfigError, Delivery, IntoKeyring, Settings, Unverified};
use webhook_testkit::identity::Known;
use webhook_testkit::{
    BODY, NOW, Request, SECRETS, Sender, URL, about, accounts_of, code, receive, received_by,
    senders,
};

/// The id, whether it is signed or a claim.
fn named(delivery: &Delivery) -> Option<&str> {
    let claimed = delivery.unverified_id().map(Unverified::into_unverified);
    delivery.id().or(claimed)
}

/// Asks it of every sender.
fn of_every_sender(claim: impl Fn(&Sender)) {
    let mut wrong = String::new();
    for sender in senders() {
        about(sender.name, &mut wrong, |_| claim(&sender));
    }
    assert!(wrong.is_empty(), "it does not hold for:\n{wrong}");
}

#[test]
fn every_provider_has_samples() {
    let mut wrong = String::new();
    for name in provider::names() {
        if let Err(error) = provider::samples(name, &SECRETS) {
            wrong.push_str(&format!("{name}: {error}\n"));
        }
    }
    assert!(wrong.is_empty(), "there are none of:\n{wrong}");
}

#[test]
fn a_receiver_by_name_accepts_what_its_signer_signs() {
    of_every_sender(|sender| {
        let request = sender.genuine();
        let delivery = receive(&sender.endpoint(), &request).unwrap();
        assert_eq!(delivery.provider(), sender.provider);
        assert_eq!(named(&delivery), sender.id);
        assert_eq!(delivery.body(), &request.body);
    });
}

#[test]
fn a_signer_writes_the_headers_that_its_receiver_reads() {
    of_every_sender(|sender| {
        let request = sender.genuine();
        let missing: Vec<&str> = sender
            .headers()
            .filter(|name| !request.headers.iter().any(|(own, _)| own == name))
            .collect();
        assert!(missing.is_empty(), "it does not write {missing:?}");
    });
}

/// Whose window is not the same both ways, in seconds: tokens say themselves how long they hold, and PayPal tries again for days.
const WINDOWS: &[(&str, [i64; 2])] = &[
    ("bird jwt", [299, 5]),
    ("google-play-rtdn", [3610, 10]),
    ("google-pubsub", [3610, 10]),
    ("livekit", [299, 5]),
    ("paypal", [345_600, 300]),
];

#[test]
fn a_signed_time_is_judged_as_the_description_says() {
    of_every_sender(|sender| {
        let own = WINDOWS.iter().find(|(name, _)| *name == sender.name);
        let about = provider::describe(sender.provider).unwrap();
        let said = about.tolerance_secs.map(|secs| [i64::from(secs); 2]);
        let said = own.map(|(_, window)| *window).or(said);
        // One of several ways to sign may have no time.
        assert!(
            sender.window.is_none() || sender.window == said,
            "{:?}, not {said:?}",
            sender.window
        );
    });
}

#[test]
fn the_settings_that_replace_a_window_are_described() {
    of_every_sender(|sender| {
        let settings = sender.settings_with("tolerance_seconds", serde_json::json!(7));
        if sender.window.is_none() || sender.made_of(&settings).is_err() {
            return;
        }
        let about = provider::describe(sender.provider).unwrap();
        for name in ["tolerance_seconds", "future_tolerance_seconds"] {
            let mut described = about.settings.iter();
            assert!(described.any(|setting| setting.name == name), "{name}");
        }
    });
}

#[test]
fn a_sender_waits_as_long_as_the_description_says_however_it_signs() {
    of_every_sender(|sender| {
        let Some(keyed) = &sender.keyed else { return };
        let keys = keyed.own.as_str().into_keyring().unwrap();
        let verifier = (keyed.make)(keys).unwrap();
        let waits = verifier.provider().patience().map(|time| time.as_secs());
        let about = provider::describe(sender.provider).unwrap();
        assert_eq!(waits, about.patience_secs.map(u64::from));
    });
}

#[test]
fn a_receiver_by_its_constructor_accepts_what_its_signer_signs() {
    of_every_sender(|sender| {
        let Some(keyed) = &sender.keyed else { return };
        let delivery = receive(&sender.with_keys(keyed.own.as_str()), &sender.genuine()).unwrap();
        assert_eq!(delivery.provider(), sender.provider);
        assert_eq!(named(&delivery), sender.id);
    });
}

#[test]
fn a_receiver_with_another_key_refuses_it() {
    of_every_sender(|sender| {
        let verdict = receive(&sender.stranger(), &sender.genuine());
        assert_eq!(code(&verdict), sender.refusal);
        let Some(keyed) = &sender.keyed else { return };
        let verdict = receive(&sender.with_keys(keyed.other.as_str()), &sender.genuine());
        assert_eq!(code(&verdict), "bad_signature");
    });
}

#[test]
fn the_signature_of_another_body_is_bad() {
    of_every_sender(|sender| {
        if sender.signs_the_body() {
            let forged = sender.genuine().with_body(&b"{}"[..]);
            let verdict = receive(&sender.endpoint(), &forged);
            assert_eq!(code(&verdict), "bad_signature");
        }
    });
}

#[test]
fn the_signature_for_another_url_is_bad() {
    let signer = Signer::new(square::SCHEME, "a secret for tests").unwrap();
    let receiver = received_by(square::Square::new("a secret for tests", URL).unwrap());
    for url in [
        "https://shop.example/webhooks/?from=sender",
        "http://shop.example/webhooks?from=sender",
        "https://SHOP.example/webhooks?from=sender",
        "https://shop.example/webhooks?from=sender&",
    ] {
        let request = signer.clone().public_url(url).sign(BODY, NOW).unwrap();
        assert_eq!(
            code(&receive(&receiver, &request.into())),
            "bad_signature",
            "{url}"
        );
    }
}

/// The bytes of a public key are no secret: whoever could have them taken for one could sign.
#[test]
fn an_entry_is_only_checked_by_keys_of_its_own_version() {
    const PUBLIC: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let by_public = standard_webhooks::StandardWebhooks::with_public_keys(PUBLIC).unwrap();
    let by_public = received_by(by_public);
    let mac = Signer::new(standard_webhooks::SCHEME, PUBLIC).unwrap();
    let forged: Request = mac.sign(BODY, NOW).unwrap().into();
    assert_eq!(code(&receive(&by_public, &forged)), "malformed");

    let relabelled = forged.text("webhook-signature").replace("v1,", "v1a,");
    let relabelled = forged.with("webhook-signature", relabelled);
    assert_eq!(code(&receive(&by_public, &relabelled)), "bad_signature");

    let by_secret = received_by(standard_webhooks::StandardWebhooks::new(PUBLIC).unwrap());
    let accounts = accounts_of("standard-webhooks");
    let genuine = accounts
        .iter()
        .find(|account| account.is_asymmetric())
        .unwrap()
        .genuine();
    assert_eq!(code(&receive(&by_secret, &genuine)), "missing_signature");
}

#[test]
fn two_events_have_two_keys_and_a_repeat_has_none_of_its_own() {
    let known = Known::new();
    let mut faults = String::new();
    for provider in provider::names() {
        about(provider, &mut faults, |faults| {
            for case in known.cases_of(provider) {
                let key = |(at, request): &_| {
                    let endpoint = case.endpoint(FixedClock::at(*at));
                    receive(&endpoint, request).map(|delivery| DedupeKey::of(&delivery))
                };
                let mut add =
                    |fault: String| faults.push_str(&format!("{}: {fault}\n", case.title));
                let keys = case.requests.iter().map(key).collect::<Result<Vec<_>, _>>();
                let keys = match keys {
                    Ok(keys) => keys,
                    Err(refused) => {
                        add(refused.to_string());
                        continue;
                    }
                };
                let distinct: HashSet<&DedupeKey> = keys.iter().collect();
                if distinct.len() != case.events {
                    add(format!("{} keys, not {}", distinct.len(), case.events));
                }
                let is_signed = keys[0].is_signed();
                if case.replayed.is_some_and(|signed| signed != is_signed) {
                    add(format!("signed is {is_signed}"));
                }
            }
        });
    }
    assert!(faults.is_empty(), "what is wrong:\n{faults}");
}

/// A case of `whose.json`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Whose {
    provider: String,
    /// Which way of signing, where the sender has several; its first otherwise.
    sender: Option<String>,
    body: serde_json::Value,
    account: Option<String>,
    mode: Option<String>,
    api_version: Option<String>,
}

#[test]
fn whose_an_event_is_stands_where_its_sender_writes_it() {
    let mut data: serde_json::Value = serde_json::from_str(include_str!("whose.json")).unwrap();
    let cases: Vec<Whose> = serde_json::from_value(data["cases"].take()).unwrap();
    let senders = senders();
    let mut wrong = String::new();
    for case in cases {
        about(&case.provider, &mut wrong, |wrong| {
            let of_case = |sender: &&Sender| match &case.sender {
                Some(name) => sender.name == name,
                None => sender.provider == case.provider,
            };
            let sender = senders.iter().find(of_case).unwrap();
            let request = sender.signer.sign(case.body.to_string().as_bytes(), NOW);
            let endpoint = received_by(sender.made_of(&sender.settings).unwrap()).test_account();
            let delivery = receive(&endpoint, &request.unwrap().into()).unwrap();
            let text = |text: Option<webhook_core::Text>| text.map(|text| text.to_string());
            let got = [text(delivery.account()), text(delivery.api_version())];
            let wanted = [case.account.clone(), case.api_version.clone()];
            if (0..2).any(|at| wanted[at].is_some() && wanted[at] != got[at]) {
                wrong.push_str(&format!("{}: {got:?}, not {wanted:?}\n", case.provider));
            }
            let mode = delivery.mode().as_str();
            if case.mode.as_ref().is_some_and(|wanted| wanted != mode) {
                wrong.push_str(&format!("{}: its mode is {mode}\n", case.provider));
            }
        });
    }
    assert!(wrong.is_empty(), "it stands elsewhere:\n{wrong}");
}

#[test]
fn every_provider_says_what_tells_its_events_apart() {
    let names: HashSet<String> = provider::names().map(str::to_owned).collect();
    for name in &names {
        let data = webhook_testkit::identity::data_of(name);
        let three = data.apart.iter().any(|group| group.events.len() >= 3);
        let twice = |group: &webhook_testkit::identity::Group| group.events.len() >= 2;
        assert!(three, "{name}: fewer than three events that look alike");
        assert!(
            !data.same.is_empty(),
            "{name}: write into `same` of tests/identity/{name}.json an event as the sender repeats it; \
             a repeat that looks like a new event belongs into `anew`"
        );
        assert!(data.same.iter().chain(&data.anew).all(twice), "{name}");
        assert!(!data.replayed.is_empty(), "{name}: no replay");
    }
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/identity");
    for file in std::fs::read_dir(directory).unwrap() {
        let path = file.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let name = path.file_stem().unwrap().to_str().unwrap();
            // Without all features some are not there, and say which one they need.
            let settings = Settings::new(serde_json::json!({})).unwrap();
            let needs_feature = matches!(
                provider::by_name(name, &settings),
                Err(ConfigError::MissingFeature { .. })
            );
            assert!(
                names.contains(name) || needs_feature,
                "{name} is no provider"
            );
        }
    }
}
