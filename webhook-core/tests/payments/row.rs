//! What a sender documents of a kind, as `tests/kinds/NAME.json` has it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

/// The kinds of one sender.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kinds {
    /// Where the list comes from.
    pub(crate) source: String,
    /// When it was read.
    pub(crate) date: String,
    /// Whether every kind of the sender is in it.
    pub(crate) complete: bool,
    /// What is missing, if it is not complete.
    pub(crate) why_incomplete: Option<String>,
    /// How a body is made that has a kind. Without, each kind has a case in `tests/payments`.
    pub(crate) sample: Option<Template>,
    /// What the kinds mean that mean something. Of those of one kind the first counts whose conditions hold.
    pub(crate) rows: Vec<Row>,
    /// The kinds that mean nothing for a payment.
    pub(crate) ignored: Vec<String>,
}

/// A body in which kinds and values are written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Template {
    /// Where the kind stands; in several parts, with a point between them, where there are several places.
    #[serde(default)]
    pub(crate) kind: Vec<String>,
    /// The header that says the kind, where the body does not.
    pub(crate) header: Option<String>,
    /// Which way of signing, where the sender has several.
    pub(crate) sender: Option<String>,
    /// Settings of the account that differ from those of the sample.
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, Value>,
    /// What the conditions and the places are about: a part of the body.
    #[serde(default)]
    pub(crate) item: String,
    /// How an amount of 12.34 is written.
    #[serde(default)]
    pub(crate) amount: Value,
    /// All else.
    pub(crate) body: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) kind: String,
    /// What must hold of the body: the value at each place.
    #[serde(default)]
    pub(crate) when: BTreeMap<String, Value>,
    pub(crate) status: String,
    /// What the amount counts: `step` or `total`. Without, there is no amount.
    pub(crate) counts: Option<String>,
    /// Where it stands: the first sum of places that is there.
    #[serde(default)]
    pub(crate) amount: Vec<String>,
    /// The same where no sum of places says it.
    #[expect(dead_code, reason = "for readers")]
    pub(crate) amount_in_words: Option<String>,
    /// Where the sum so far stands, beside the amount of a step.
    #[serde(default)]
    #[expect(dead_code, reason = "cases have it")]
    pub(crate) total: Vec<String>,
    #[serde(default)]
    pub(crate) step_id: Vec<String>,
    #[expect(dead_code, reason = "for readers")]
    pub(crate) step_id_in_words: Option<String>,
    #[serde(default)]
    pub(crate) transaction_id: Vec<String>,
    #[expect(dead_code, reason = "for readers")]
    pub(crate) transaction_id_in_words: Option<String>,
    /// Another kind that tells of the same money.
    pub(crate) twin: Option<String>,
    /// Whether the status needs what is not signed.
    #[serde(default)]
    pub(crate) claim: bool,
    #[expect(dead_code, reason = "for readers")]
    pub(crate) note: Option<String>,
    /// `vendor-doc`, `sdk-type` or `inferred`.
    pub(crate) sure: String,
}

impl Row {
    /// Bodies of this kind of which the conditions hold, with each value that a condition lists; none where that takes more than
    /// values at places.
    pub(crate) fn bodies(&self, template: &Template) -> Vec<Value> {
        let length = |wanted: &Value| match wanted {
            Value::Array(values) => values.len(),
            Value::Object(condition) => condition
                .values()
                .filter_map(Value::as_array)
                .map(Vec::len)
                .max()
                .unwrap_or(1),
            _ => 1,
        };
        let count = self.when.values().map(length).max().unwrap_or(1);
        (0..count)
            .filter_map(|index| self.body(template, index))
            .collect()
    }

    /// The body with the values of this index; the last where there are fewer.
    fn body(&self, template: &Template, index: usize) -> Option<Value> {
        let mut body = template.body.clone();
        let parts = self.kind.splitn(template.kind.len().max(1), '.');
        for (place, part) in template.kind.iter().zip(parts) {
            write(&mut body, place, json!(part));
        }
        let item = |place: &str| format!("{}{place}", template.item);
        if let Some(place) = self.plain_amount() {
            write(&mut body, &item(place), template.amount.clone());
        }
        for place in self
            .step_id
            .first()
            .into_iter()
            .chain(self.transaction_id.first())
        {
            write(&mut body, &item(place), json!(place.replace('/', "-")));
        }
        for (place, wanted) in &self.when {
            let value = match wanted {
                Value::Array(values) => values.get(index).or(values.last())?.clone(),
                Value::Object(condition) => of_condition(condition, index)?,
                value => value.clone(),
            };
            write(&mut body, &item(place), value);
        }
        Some(body)
    }

    /// The place of the amount, if it stands at one.
    fn plain_amount(&self) -> Option<&str> {
        let place = self.amount.first()?;
        (!place.contains([' ', '|'])).then_some(place)
    }

    /// Whether it counts for what stands in this item.
    pub(crate) fn holds(&self, item: &Value) -> bool {
        self.when.iter().all(|(place, wanted)| {
            let value = item.pointer(place).filter(|value| !value.is_null());
            match wanted {
                Value::Array(values) => value.is_some_and(|value| values.contains(value)),
                Value::Object(condition) => fulfils(value, condition),
                wanted => value == Some(wanted),
            }
        })
    }

    /// Whether its amount stands at one place, or there is none.
    pub(crate) fn amount_is_plain(&self) -> bool {
        self.plain_amount().is_some() || self.counts.is_none()
    }
}

/// A value that fulfils the condition, where one value does.
fn of_condition(condition: &serde_json::Map<String, Value>, index: usize) -> Option<Value> {
    let text = |name: &str| match condition.get(name)? {
        Value::Array(values) => values.get(index).or(values.last())?.as_str(),
        value => value.as_str(),
    };
    if let Some(is_there) = condition.get("present") {
        return Some(match is_there.as_bool()? {
            true => json!("there"),
            false => Value::Null,
        });
    }
    if let Some(prefix) = text("prefix") {
        return Some(json!(prefix));
    }
    if let Some(suffix) = text("suffix") {
        return Some(json!(suffix));
    }
    match condition.get("lt") {
        // A date or a version.
        Some(Value::String(before)) if !before.starts_with('{') => Some(json!("2020-08-27")),
        _ => None,
    }
}

fn fulfils(value: Option<&Value>, condition: &serde_json::Map<String, Value>) -> bool {
    let text = value.and_then(Value::as_str).unwrap_or_default();
    let texts = |wanted: &Value| -> Vec<String> {
        let all = match wanted {
            Value::Array(all) => all.clone(),
            one => vec![one.clone()],
        };
        all.iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    condition.iter().all(|(name, wanted)| match name.as_str() {
        "present" => Some(value.is_some()) == wanted.as_bool(),
        "prefix" => texts(wanted)
            .iter()
            .any(|wanted| text.starts_with(wanted.as_str())),
        "suffix" => texts(wanted)
            .iter()
            .any(|wanted| text.ends_with(wanted.as_str())),
        "lt" => wanted
            .as_str()
            .is_some_and(|wanted| !text.is_empty() && text < wanted),
        // Numbers and lists: cases have them.
        _ => false,
    })
}

/// Writes a value, and what must stand around it.
pub(crate) fn write(body: &mut Value, place: &str, value: Value) {
    let mut at = body;
    for name in place.split('/').skip(1) {
        at = match name.parse::<usize>() {
            Ok(index) if at.is_array() || at.is_null() => {
                if !at.is_array() {
                    *at = json!([]);
                }
                let list = at.as_array_mut().unwrap();
                while list.len() <= index {
                    list.push(Value::Null);
                }
                &mut list[index]
            }
            _ => {
                if !at.is_object() {
                    *at = json!({});
                }
                at.as_object_mut()
                    .unwrap()
                    .entry(name)
                    .or_insert(Value::Null)
            }
        };
    }
    *at = value;
}
