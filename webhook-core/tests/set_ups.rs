//! Set-ups that can only fail do not start, and say why. The data are in `set_ups.json`.
#![cfg(all(
    feature = "testing",
    feature = "asymmetric",
    feature = "published-keys",
    feature = "xml"
))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use serde::Deserialize;
use serde_json::{Value, json};
use webhook_core::{Coverage, Settings, Variants, provider};
use webhook_testkit::{Sender, senders};

#[derive(Deserialize)]
struct SetUps {
    mistakes: Vec<Mistake>,
    refused: Vec<SetUp>,
    accepted: Vec<SetUp>,
}

#[derive(Deserialize)]
struct Mistake {
    secret: String,
    error: String,
}

#[derive(Deserialize)]
struct SetUp {
    provider: String,
    name: String,
    settings: Value,
    #[serde(default)]
    error: String,
}

fn set_ups() -> SetUps {
    serde_json::from_str(include_str!("set_ups.json")).unwrap()
}

/// Why an account does not start with these settings; nothing if it does.
fn error(provider: &str, settings: &Value) -> String {
    let made = provider::by_name(provider, &Settings::new(settings.clone()).unwrap());
    made.map_or_else(|error| error.to_string(), |_| String::new())
}

#[test]
fn set_ups_that_can_only_fail_do_not_start() {
    let mut wrong = Vec::new();
    for set_up in set_ups().refused {
        let error = error(&set_up.provider, &set_up.settings);
        if !error.contains(&set_up.error) || error.contains("4f1c2a9b") {
            wrong.push(format!("{} {}: {error:?}", set_up.provider, set_up.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_refusal_names_the_setting() {
    let mut wrong = Vec::new();
    for set_up in set_ups().refused {
        let error = error(&set_up.provider, &set_up.settings);
        let mut names = set_up.settings.as_object().unwrap().keys();
        let is_named = names.any(|name| error.contains(&format!("`{name}`")));
        if !is_named && !error.ends_with("is missing") {
            wrong.push(format!("{} {}: {error:?}", set_up.provider, set_up.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn genuine_set_ups_start() {
    let mut wrong = Vec::new();
    for set_up in set_ups().accepted {
        let error = error(&set_up.provider, &set_up.settings);
        if !error.is_empty() {
            wrong.push(format!("{} {}: {error:?}", set_up.provider, set_up.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The settings with this text in the place of every secret, under the name of the setting that holds them.
fn with_secret<'a>(sender: &'a Sender, text: &str) -> Option<(&'a str, Value)> {
    let name = *sender.keys.first()?;
    let is_secret = sender.keyed.is_some() && name != "public_keys";
    let value = match &sender.settings[name] {
        Value::Array(_) => json!([text]),
        Value::Object(table) => table.keys().map(|key| (key.clone(), json!(text))).collect(),
        _ => json!(text),
    };
    is_secret.then(|| (name, sender.settings_with(name, value)))
}

#[test]
fn no_sender_takes_a_mistake_for_a_secret() {
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for sender in senders() {
        let own = sender.secrets.first().cloned().unwrap_or_default();
        for mistake in set_ups().mistakes {
            let text = mistake.secret.replace("{}", &own);
            let Some((name, settings)) = with_secret(&sender, &text) else {
                continue;
            };
            tried += 1;
            let error = error(sender.provider, &settings);
            let is_said = error.contains(&mistake.error) && error.contains(name);
            if !is_said || (own.len() > 8 && error.contains(&own)) {
                wrong.push(format!("{} {text:?}: {error:?}", sender.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 1000, "{tried}");
}

#[test]
fn what_belongs_into_a_header_is_no_key_of_a_mac() {
    for sender in senders() {
        if sender.coverage == Coverage::SenderOnly {
            continue;
        }
        let own = sender.secrets.first().cloned().unwrap_or_default();
        let Some((_, settings)) = with_secret(&sender, &format!("Bearer {own}")) else {
            continue;
        };
        let error = error(sender.provider, &settings);
        assert!(!error.is_empty(), "{}", sender.name);
    }
}

#[test]
fn no_two_variants_accept_one_request_whoever_sends_it() {
    let mut wrong = Vec::new();
    for sender in senders() {
        let two = |second| {
            let one = Variants::new().with("one", sender.endpoint());
            one.unwrap().with("two", second)
        };
        let equal = two(sender.endpoint()).err();
        let why = equal.map(|error| error.to_string()).unwrap_or_default();
        if !why.contains("shares a key with variant `one`") {
            wrong.push(format!("{}: equal accounts start", sender.name));
        }
        // Where the sender's own key signs for everybody, a stranger differs by what is signed, which no variant knows.
        let has_own_key = sender.keyed.is_some();
        if has_own_key && let Err(error) = two(sender.stranger()) {
            wrong.push(format!("{}: {error}", sender.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
