//! Every value of every body replaced by what cannot be read: an error, or the same as before; never nothing.

use serde_json::Value;
use webhook_testkit::{Sender, senders};

use crate::{MAILINGS, file, outcome, sender_of};

/// How a value is spoiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spoiled {
    /// Another value.
    Instead(&'static str),
    /// The member is written once more, with another value.
    Doubled,
}

/// What no place of a text or a time can hold.
const UNREADABLE: &[Spoiled] = &[
    Spoiled::Instead(r#"{"a":1}"#),
    Spoiled::Instead(r#"["a"]"#),
    Spoiled::Doubled,
];

/// What can be read, as another text.
const ODD: &[Spoiled] = &[
    Spoiled::Instead("99999999999999999999999999999999999999999"),
    Spoiled::Instead("-1e999"),
    Spoiled::Instead("true"),
    Spoiled::Instead(r#""caf\ud83d""#),
    Spoiled::Instead(r#""\u0000""#),
    Spoiled::Instead(r#""""#),
];

/// Where it only counts that something stands there, not what.
const BY_PRESENCE: &[(&str, &str)] = &[("vonage", "/message_type")];

#[test]
fn what_cannot_be_read_is_an_error_or_the_same_as_before() {
    let senders = senders();
    let mut told = 0;
    for (provider, _) in MAILINGS {
        let sender = sender_of(&senders, provider);
        for case in file(provider).cases {
            let Ok(before) = outcome(sender, &case.text()) else {
                continue;
            };
            let Ok(body) = serde_json::from_str::<Value>(&case.text()) else {
                continue;
            };
            let mut places = Vec::new();
            walk(&body, String::new(), &mut places);
            // What the signature is made of cannot be changed.
            places.retain(|place| !place.starts_with("/signature"));
            for place in places {
                let is = |how| spoiled(sender, &body, &place, how);
                // Whether anything is read there.
                let is_told = is(Spoiled::Instead("null")) != Ok(before.clone());
                for how in UNREADABLE {
                    let after = is(*how);
                    let is_error = match &after {
                        Err(_) => true,
                        Ok(told) => told.iter().any(|told| told.get("error").is_some()),
                    };
                    let context = format!("{provider}, {}, {place}, {how:?}", case.name);
                    let is_element = place.ends_with(|last: char| last.is_ascii_digit());
                    if *how == Spoiled::Doubled && is_element {
                        continue;
                    }
                    assert!(
                        is_error || after == Ok(before.clone()),
                        "{context}: {after:?}"
                    );
                    if is_told && !BY_PRESENCE.contains(&(provider, &place)) {
                        told += 1;
                        assert!(is_error, "{context}: {after:?}");
                    }
                }
                for how in ODD {
                    if let Ok(after) = is(*how) {
                        let context = format!("{provider}, {}, {place}, {how:?}", case.name);
                        // Of another kind, what several recipients were told of is one event.
                        let is_same = after.len() == before.len() || after[0]["status"] == "other";
                        assert!(is_same, "{context}: {after:?}");
                    }
                }
            }
        }
    }
    assert!(told > 2_000, "{told}");
}

/// Fields of forms are texts: what can be wrong with one is that it is written twice.
#[test]
fn a_field_that_is_written_twice_is_an_error_or_the_same_as_before() {
    let senders = senders();
    let sender = sender_of(&senders, "twilio");
    let mut told = 0;
    for case in file("twilio").cases {
        let Ok(before) = outcome(sender, &case.text()) else {
            continue;
        };
        let form = case.text();
        if !form.contains('=') || form.starts_with('[') {
            continue;
        }
        let fields: Vec<&str> = form.split('&').collect();
        for (at, field) in fields.iter().enumerate() {
            let name = field.split('=').next().unwrap();
            let without: Vec<&str> = [&fields[..at], &fields[at + 1..]].concat();
            let without = outcome(sender, &without.join("&"));
            let is_told = without.is_ok_and(|after| after != before);
            let twice = outcome(sender, &format!("{form}&{name}=another"));
            let context = format!("{}, {name}: {twice:?}", case.name);
            assert!(twice.is_err() || twice == Ok(before.clone()), "{context}");
            if is_told {
                told += 1;
                assert!(twice.is_err(), "{context}");
            }
        }
    }
    assert!(told > 80, "{told}");
}

fn spoiled(sender: &Sender, body: &Value, place: &str, how: Spoiled) -> Result<Vec<Value>, String> {
    outcome(sender, &written(body, "", place, how))
}

/// The places of all that is no object and no list.
fn walk(json: &Value, place: String, all: &mut Vec<String>) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                walk(value, format!("{place}/{name}"), all);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                walk(value, format!("{place}/{index}"), all);
            }
        }
        _ => all.push(place),
    }
}

/// The document with one place spoiled.
fn written(json: &Value, at: &str, place: &str, how: Spoiled) -> String {
    match json {
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| {
                let inner = format!("{at}/{name}");
                let name = Value::from(name.as_str());
                let value = written(value, &inner, place, how);
                match how {
                    Spoiled::Doubled if inner == place => {
                        format!(r#"{name}:{value},{name}:"another""#)
                    }
                    _ => format!("{name}:{value}"),
                }
            });
            let members: Vec<String> = members.collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(list) => {
            let list = list
                .iter()
                .enumerate()
                .map(|(index, value)| written(value, &format!("{at}/{index}"), place, how));
            let list: Vec<String> = list.collect();
            format!("[{}]", list.join(","))
        }
        value => match how {
            Spoiled::Instead(other) if at == place => other.to_owned(),
            _ => value.to_string(),
        },
    }
}
