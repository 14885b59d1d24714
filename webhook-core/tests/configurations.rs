//! What a configuration file may hold, what is said of all else, and that its JSON schema says the same. The data are in
//! `configurations.json`.
#![cfg(all(
    feature = "testing",
    feature = "fetch",
    feature = "published-keys",
    feature = "xml"
))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use webhook_core::{ConfigError, Settings, VariantsConfig, provider};
use webhook_testkit::senders;
use webhook_testkit::stores::Silent;

#[path = "configurations/fits.rs"]
mod fits;

use fits::fits;

#[derive(Deserialize)]
struct Data {
    env: BTreeMap<String, String>,
    accepted: Vec<Accepted>,
    refused: Vec<Refused>,
}

#[derive(Deserialize)]
struct Accepted {
    name: String,
    config: Value,
}

#[derive(Deserialize)]
struct Refused {
    name: String,
    config: Value,
    form: bool,
    error: String,
}

fn data() -> Data {
    serde_json::from_str(include_str!("configurations.json")).unwrap()
}

fn config(tables: &Value) -> VariantsConfig {
    let config: VariantsConfig = serde_json::from_value(tables.clone()).unwrap();
    config.dedupe(Silent)
}

/// What is null in JSON is absent, which no other format can say.
fn without_null(config: &Value) -> Value {
    match config {
        Value::Object(table) => {
            let set = table.iter().filter(|(_, value)| !value.is_null());
            set.map(|(name, value)| (name.clone(), without_null(value)))
                .collect()
        }
        other => other.clone(),
    }
}

#[test]
fn what_is_wrong_is_said_in_these_words() {
    let data = data();
    let env = |name: &str| data.env.get(name).cloned();
    let providers: Vec<&str> = provider::names().collect();
    let mut wrong = Vec::new();
    for case in &data.refused {
        let wanted = case.error.replace("{providers}", &providers.join(", "));
        let error = config(&case.config)
            .build(env)
            .err()
            .map(|it| it.to_string());
        let error = error.unwrap_or_default();
        if error != wanted || error.contains("canary") {
            wrong.push(format!("{}:\n  {error:?}\n  {wanted:?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_right_is_made() {
    let data = data();
    let env = |name: &str| data.env.get(name).cloned();
    for case in &data.accepted {
        let made = config(&case.config).build(env).map(drop);
        assert_eq!(made, Ok(()), "{}", case.name);
    }
}

#[test]
fn a_check_finds_what_a_build_finds() {
    let data = data();
    let env = |name: &str| data.env.get(name).cloned();
    let refused = data.refused.iter().map(|case| &case.config);
    for tables in refused.chain(data.accepted.iter().map(|case| &case.config)) {
        let built = match config(tables).build(env) {
            Ok(_) => Vec::new(),
            Err(ConfigError::Several { faults, .. }) => faults,
            Err(fault) => vec![fault],
        };
        assert_eq!(config(tables).check(env), built, "{tables}");
    }
}

#[test]
fn without_a_store_nothing_is_said_about_it() {
    for (name, value) in [
        ("dedupe", json!(true)),
        ("dedupe", json!(false)),
        ("dedupe_lease_seconds", json!(300)),
        ("dedupe_retention_seconds", json!(86_400)),
    ] {
        let table = json!({"provider": "github", "secrets": "a secret for tests", name: value});
        let config: VariantsConfig = serde_json::from_value(json!({"x": table})).unwrap();
        let error = config.build(|_| None).unwrap_err().to_string();
        let wanted = format!(
            "variant `x`: `{name}` is only for a configuration with a store: give it one by `VariantsConfig::dedupe`, or leave \
             this out"
        );
        assert_eq!(error, wanted);
    }
}

#[test]
fn the_schema_knows_what_can_be_known_by_the_form() {
    let (data, schema) = (data(), VariantsConfig::json_schema());
    let mut wrong = Vec::new();
    for case in &data.accepted {
        if let Err(why) = fits(&without_null(&case.config), &schema) {
            wrong.push(format!("{}: {why}", case.name));
        }
    }
    for case in &data.refused {
        let is_refused = fits(&case.config, &schema).is_err();
        if is_refused != case.form {
            wrong.push(format!("{}: refused: {is_refused}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The configuration of one account that every sender is tested with.
fn of_sender(provider: &str, settings: &Value) -> Map<String, Value> {
    let mut table = settings.as_object().unwrap().clone();
    table.insert("provider".to_owned(), json!(provider));
    table
}

#[test]
fn every_sender_fits_the_schema() {
    let schema = VariantsConfig::json_schema();
    for sender in senders() {
        let table = of_sender(sender.provider, &sender.settings);
        let fit = fits(&json!({ "x": table }), &schema);
        assert_eq!(fit, Ok(()), "{}", sender.name);
        // What is not described is refused.
        let mut table = table;
        table.insert("colour".to_owned(), json!("red"));
        assert!(fits(&json!({ "x": table }), &schema).is_err());
    }
}

/// Values of every form.
fn forms() -> [Value; 9] {
    [
        json!("a text of some length"),
        json!(["a text of some length"]),
        json!({"a": "a text of some length"}),
        json!({"a": {"b": "c"}}),
        json!([7]),
        json!(7),
        json!(-7),
        json!(1.5),
        json!(true),
    ]
}

/// Whether the error is about the form of this setting: a word of `shape.rs`.
fn is_about_form(error: &ConfigError, setting: &str) -> bool {
    const WORDS: [&str; 7] = [
        "is not a text",
        "is not a text or a list of texts",
        "is not a table of texts",
        "is not a table of tables of texts",
        "is not a table",
        "is not a number of seconds",
        "is not a whole number",
    ];
    matches!(error, ConfigError::InvalidSetting { name, reason, .. }
        if name == setting && WORDS.contains(&reason.as_ref()))
}

#[test]
fn the_form_of_a_setting_is_that_which_its_provider_reads() {
    let schema = VariantsConfig::json_schema();
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for sender in senders() {
        for setting in provider::describe(sender.provider).unwrap().settings {
            if sender.settings.get(setting.name).is_none() {
                continue;
            }
            for value in forms() {
                let settings = sender.settings_with(setting.name, value.clone());
                let table = of_sender(sender.provider, &settings);
                let fit = fits(&json!({ "x": table }), &schema);
                let made = provider::by_name(sender.provider, &Settings::new(settings).unwrap());
                let is_form = made
                    .err()
                    .is_some_and(|error| is_about_form(&error, setting.name));
                tried += 1;
                if fit.is_err() != is_form {
                    wrong.push(format!("{} {} {value}: {fit:?}", sender.name, setting.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 500, "{tried}");
}
