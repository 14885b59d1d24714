//! The JSON schema of a configuration, made of what reads one.

use serde_json::{Map, Value, json};

use crate::account::Shape;
use crate::provider;
use crate::variants::env::ENDING;
use crate::variants::member::{MEMBERS, Member, PROVIDER};

/// One name of a variant, as the schema knows it.
struct Property {
    name: &'static str,
    holds: &'static str,
    shape: Shape,
    is_required: bool,
}

/// The schema of a table of variants: draft 2020-12.
pub(super) fn schema() -> Value {
    let names: Vec<&str> = provider::names().collect();
    let providers: Vec<Value> = names.iter().copied().map(of_provider).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Accounts that receive webhooks",
        "description": "A table for each variant, by its name: the last part of its path.",
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"minLength": 1, "pattern": "^[^/]*$"},
        "additionalProperties": {
            "type": "object",
            "properties": {
                PROVIDER: {"description": "The sender.", "enum": names},
                with_ending(PROVIDER): name_of_variable(PROVIDER),
            },
            "oneOf": [{"required": [PROVIDER]}, {"required": [with_ending(PROVIDER)]}],
            "allOf": providers,
        },
    })
}

/// What holds where the provider is this one.
fn of_provider(name: &str) -> Value {
    json!({
        "if": {"properties": {PROVIDER: {"const": name}}, "required": [PROVIDER]},
        "then": table(&properties(name)),
    })
}

/// The settings of a provider, and what every variant has.
fn properties(name: &str) -> Vec<Property> {
    let row = provider::find(name);
    let settings = row.map_or_else(Vec::new, |row| row.settings());
    let settings = settings.iter().map(|setting| Property {
        name: setting.name,
        holds: setting.holds,
        shape: Shape::of_setting(name, setting.name),
        is_required: setting.is_required,
    });
    settings.chain(MEMBERS.iter().map(of_member)).collect()
}

fn of_member(member: &Member) -> Property {
    Property {
        name: member.name,
        holds: member.holds,
        shape: member.shape(),
        is_required: false,
    }
}

/// A table of these and nothing else. What is text may come from the environment instead.
fn table(all: &[Property]) -> Value {
    let mut properties = Map::new();
    let mut rules = Vec::new();
    properties.insert(PROVIDER.to_owned(), json!(true));
    for property in all {
        let (name, from_env) = (property.name, with_ending(property.name));
        properties.insert(name.to_owned(), value(property));
        match (property.shape.is_text(), property.is_required) {
            (true, true) => {
                rules.push(json!({"oneOf": [{"required": [name]}, {"required": [from_env]}]}))
            }
            (true, false) => rules.push(json!({"not": {"required": [name, from_env]}})),
            (false, true) => rules.push(json!({"required": [name]})),
            (false, false) => {}
        }
        if property.shape.is_text() {
            properties.insert(from_env, variables(property));
        }
    }
    json!({"properties": properties, "additionalProperties": false, "allOf": rules})
}

fn value(property: &Property) -> Value {
    let mut schema = property.shape.schema();
    if let Value::Object(schema) = &mut schema {
        schema.insert("description".to_owned(), json!(property.holds));
    }
    schema
}

/// Names of environment variables in the form in which the setting holds texts.
fn variables(property: &Property) -> Value {
    let mut schema = property.shape.schema();
    if let Value::Object(schema) = &mut schema {
        schema.insert("description".to_owned(), json!(in_words(property.name)));
    }
    schema
}

fn name_of_variable(name: &str) -> Value {
    json!({"description": in_words(name), "type": "string", "minLength": 1})
}

fn in_words(name: &str) -> String {
    format!("The environment variable that holds `{name}`, or a list or table of such.")
}

fn with_ending(name: &str) -> String {
    format!("{name}{ENDING}")
}
