//! A body as its values, each of which can be changed: JSON, a form or XML.

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

/// Where Google's messages have their document.
const ENCODED: &str = "/message/data";

#[derive(Clone, Debug)]
pub(crate) enum Document {
    /// With the place at which another document stands as base64, if one does.
    Json(Value, Option<&'static str>),
    /// What stands before each value, and the value.
    Text(Vec<Piece>),
}

#[derive(Clone, Debug)]
pub(crate) struct Piece {
    path: String,
    before: String,
    value: String,
}

impl Document {
    pub(crate) fn of(body: &Value) -> Self {
        let Value::String(text) = body else {
            return Self::json(body.clone());
        };
        match serde_json::from_str::<Value>(text) {
            Ok(json) => Self::json(json),
            Err(_) if text.starts_with('<') => Self::Text(xml(text)),
            Err(_) => Self::Text(form(text)),
        }
    }

    fn json(mut json: Value) -> Self {
        let at = json.pointer_mut(ENCODED);
        let inner = at.as_ref().and_then(|at| {
            let bytes = Base64::decode_vec(at.as_str()?).ok()?;
            serde_json::from_slice(&bytes).ok()
        });
        match (at, inner) {
            (Some(at), Some(inner)) => {
                *at = inner;
                Self::Json(json, Some(ENCODED))
            }
            _ => Self::Json(json, None),
        }
    }

    /// Each place with its value; an empty text where an object or a list stands.
    pub(crate) fn values(&self) -> Vec<(String, String)> {
        match self {
            Self::Json(json, _) => {
                let mut all = Vec::new();
                walk(json, String::new(), &mut all);
                all
            }
            Self::Text(pieces) => pieces
                .iter()
                .map(|piece| (piece.path.clone(), piece.value.clone()))
                .collect(),
        }
    }

    /// The body with another text at this place, or without it.
    pub(crate) fn with(&self, path: &str, value: Option<&str>) -> Value {
        match self {
            Self::Json(json, encoded) => {
                let mut json = json.clone();
                if let Some(at) = json.pointer_mut(path) {
                    *at = value.map_or(Value::Null, |value| match at {
                        Value::Number(_) => value.parse::<u64>().map_or(json!(value), Value::from),
                        _ => json!(value),
                    });
                }
                if let Some(at) = encoded.and_then(|encoded| json.pointer_mut(encoded)) {
                    *at = json!(Base64::encode_string(at.to_string().as_bytes()));
                }
                json
            }
            Self::Text(pieces) => {
                let written = |piece: &Piece| match piece.path == path {
                    true => format!("{}{}", piece.before, value.unwrap_or_default()),
                    false => format!("{}{}", piece.before, piece.value),
                };
                json!(pieces.iter().map(written).collect::<String>())
            }
        }
    }
}

fn walk(json: &Value, path: String, all: &mut Vec<(String, String)>) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                walk(value, format!("{path}/{name}"), all);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                walk(value, format!("{path}/{index}"), all);
            }
        }
        _ => {}
    }
    let text = match json {
        Value::Object(_) | Value::Array(_) => String::new(),
        Value::Null => return,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    all.push((path, text));
}

fn form(text: &str) -> Vec<Piece> {
    let pairs = text.split_inclusive(['&', '\n']);
    let pieces = pairs.flat_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let end = value.find(['&', '\r', '\n']).unwrap_or(value.len());
        let (value, behind) = value.split_at(end);
        let equals = if pair.contains('=') { "=" } else { "" };
        [
            Piece {
                path: format!("/{name}"),
                before: format!("{name}{equals}"),
                value: value.to_owned(),
            },
            Piece::mark(behind),
        ]
    });
    pieces.collect()
}

fn xml(text: &str) -> Vec<Piece> {
    let (mut path, mut pieces) = (Vec::new(), Vec::new());
    for tag in text.split_inclusive('>').flat_map(|part| part.split('<')) {
        let Some(name) = tag.strip_suffix('>') else {
            // What stands between two tags.
            if !tag.is_empty() {
                pieces.push(Piece {
                    path: format!("/{}", path.join("/")),
                    before: String::new(),
                    value: tag.to_owned(),
                });
            }
            continue;
        };
        pieces.push(Piece::mark(&format!("<{tag}")));
        if name.starts_with('/') {
            path.pop();
        } else if !name.ends_with('/') && !name.starts_with('?') {
            path.push(name.split(' ').next().unwrap_or_default().to_owned());
        }
    }
    pieces
}

impl Piece {
    fn mark(text: &str) -> Self {
        Self {
            path: String::new(),
            before: text.to_owned(),
            value: String::new(),
        }
    }
}
