//! As much of JSON Schema (draft 2020-12) as the schema of a configuration needs. A keyword that it does not know is an error.

use serde_json::{Map, Value};

/// Why this value does not fit the schema.
pub(crate) fn fits(value: &Value, schema: &Value) -> Result<(), String> {
    let rules = match schema {
        Value::Bool(true) => return Ok(()),
        Value::Bool(false) => return Err(format!("{value} must not be there")),
        Value::Object(rules) => rules,
        other => panic!("{other} is no schema"),
    };
    for (keyword, rule) in rules {
        if !holds(value, keyword, rule, rules) {
            return Err(format!("{value} does not fit `{keyword}`: {rule}"));
        }
    }
    Ok(())
}

fn holds(value: &Value, keyword: &str, rule: &Value, rules: &Map<String, Value>) -> bool {
    let fit = |schema: &Value| fits(value, schema).is_ok();
    let number = rule.as_u64();
    let list = || rule.as_array().unwrap().iter();
    match keyword {
        "$schema" | "title" | "description" | "then" => true,
        "type" if rule.is_array() => list().any(|own| is_of(value, own.as_str().unwrap())),
        "type" => is_of(value, rule.as_str().unwrap()),
        "const" => value == rule,
        "enum" => list().any(|own| own == value),
        "minimum" => value.as_u64().is_some_and(|own| own >= number.unwrap()) || !value.is_number(),
        "maximum" => value.as_u64().is_some_and(|own| own <= number.unwrap()) || !value.is_number(),
        "minLength" => length(value.as_str().map(|text| text.chars().count()), number),
        "minItems" => length(value.as_array().map(Vec::len), number),
        "minProperties" => length(value.as_object().map(Map::len), number),
        // The one pattern that there is.
        "pattern" => {
            assert_eq!(rule, "^[^/]*$");
            value.as_str().is_none_or(|text| !text.contains('/'))
        }
        "items" => value
            .as_array()
            .is_none_or(|list| list.iter().all(|item| fits(item, rule).is_ok())),
        "required" => value
            .as_object()
            .is_none_or(|table| list().all(|name| table.contains_key(name.as_str().unwrap()))),
        "propertyNames" => value.as_object().is_none_or(|table| {
            let mut names = table.keys();
            names.all(|name| fits(&Value::from(name.as_str()), rule).is_ok())
        }),
        "properties" => value.as_object().is_none_or(|table| {
            let mut known = table
                .iter()
                .filter_map(|(name, own)| Some((own, rule.get(name)?)));
            known.all(|(own, schema)| fits(own, schema).is_ok())
        }),
        "additionalProperties" => value.as_object().is_none_or(|table| {
            let known = rules.get("properties");
            let is_known = |name: &str| known.is_some_and(|known| known.get(name).is_some());
            let mut others = table.iter().filter(|(name, _)| !is_known(name));
            others.all(|(_, own)| fits(own, rule).is_ok())
        }),
        "allOf" => list().all(fit),
        "oneOf" => list().filter(|schema| fit(schema)).count() == 1,
        "not" => !fit(rule),
        "if" => !fit(rule) || fit(&rules["then"]),
        other => panic!("{other} is a keyword that nobody checks"),
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        other => panic!("{other} is a type that nobody checks"),
    }
}

fn length(own: Option<usize>, least: Option<u64>) -> bool {
    own.is_none_or(|own| own as u64 >= least.unwrap())
}
