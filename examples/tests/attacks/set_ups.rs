//! Set-ups that must not come up: whoever starts with them would trust everybody.

use serde_json::{Value, json};
use webhook_core::{Settings, provider};

use crate::targets::all;
use webhook_testkit::Sender;

/// Class, sender and settings.
pub(crate) fn set_ups() -> Vec<(&'static str, String, &'static str, Value)> {
    let mut set_ups = Vec::new();
    for sender in all() {
        for key in sender.keys {
            set_ups.extend(keys(sender, key));
        }
        for name in sender.needed.iter().chain(sender.keys) {
            let mut settings = sender.settings.clone();
            settings.as_object_mut().unwrap().remove(*name);
            set_ups.push((
                "B93",
                format!("{}: no {name}", sender.name),
                sender.provider,
                settings,
            ));
        }
    }
    for secret in ["whsec_", "whsec_ ", "whsec_*", "whsec_===="] {
        for provider in ["standard-webhooks", "svix"] {
            let name = format!("{provider}: {secret}");
            set_ups.push(("B29", name, provider, json!({"secrets": [secret]})));
        }
    }
    for secret in ["sk_live_1", "rk_test_1"] {
        let settings = json!({"secrets": [secret]});
        set_ups.push(("B29", format!("stripe: {secret}"), "stripe", settings));
    }
    set_ups.extend(that_can_only_fail());
    let settings = json!({"secrets": ["not hexadecimal"]});
    set_ups.push((
        "B29",
        "adyen: not hexadecimal".to_owned(),
        "adyen",
        settings,
    ));
    set_ups
}

/// Other keys of the sender, settings without effect, and mistakes for secrets: the data of `webhook-core/tests/set_ups.rs`.
fn that_can_only_fail() -> Vec<(&'static str, String, &'static str, Value)> {
    let data = include_str!("../../../webhook-core/tests/set_ups.json");
    let data: &'static Value = Box::leak(Box::new(serde_json::from_str(data).unwrap()));
    let refused = data["refused"].as_array().unwrap().iter().map(|row| {
        let [provider, name] = ["provider", "name"].map(|member| row[member].as_str().unwrap());
        let name = format!("{provider}: {name}");
        ("B29", name, provider, row["settings"].clone())
    });
    let mistakes = data["mistakes"].as_array().unwrap().iter();
    let mistakes = mistakes.flat_map(|mistake| {
        let secret = mistake["secret"].as_str().unwrap();
        let with_arrays = all().iter().filter_map(move |sender| {
            let key = *sender.keys.first()?;
            let own = sender.settings[key].as_array()?.first()?.as_str()?;
            let settings = sender.settings_with(key, json!([secret.replace("{}", own)]));
            let name = format!("{}: {key} = {secret}", sender.name);
            Some(("B29", name, sender.provider, settings))
        });
        with_arrays.collect::<Vec<_>>()
    });
    refused.chain(mistakes).collect()
}

/// Keys that are empty, one by one or among others.
fn keys(sender: &Sender, name: &str) -> Vec<(&'static str, String, &'static str, Value)> {
    let own = &sender.settings[name];
    let mut values = vec![
        json!(""),
        json!([]),
        json!({}),
        Value::Null,
        json!([""]),
        json!([" \t"]),
    ];
    if let Some(key) = own.as_array().and_then(|keys| keys.first()) {
        values.push(json!([key, ""]));
        values.push(json!(["", key]));
    }
    let set_up = |value: Value| {
        let what = format!("{}: {name} = {}", sender.name, value.to_string().len());
        (
            "B30",
            what,
            sender.provider,
            sender.settings_with(name, value),
        )
    };
    values.into_iter().map(set_up).collect()
}

#[test]
fn nothing_starts_without_its_keys() {
    for (class, name, provider, settings) in set_ups() {
        let made = provider::by_name(provider, &Settings::new(settings).unwrap());
        assert!(made.is_err(), "{class} {name}");
    }
}
