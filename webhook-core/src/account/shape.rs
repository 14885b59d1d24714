//! What a setting may hold: read by the check of a configuration and by its schema, so that both say the same.

use serde_json::{Value, json};

/// What kind of value a name has in a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Text,
    Texts,
    /// Texts, or an empty list that means none.
    AnyTexts,
    TextTable,
    /// A table of tables of texts: keys by their id, each with what it is for.
    Tables,
    Table,
    Seconds,
    Number,
    Name,
    Names,
    Bytes,
    Time,
    Switch,
}

/// The settings that hold something else than a text, whoever has them.
const SETTINGS: &[(Shape, &[&str])] = &[
    (
        Shape::Texts,
        &[
            "allowed_algs",
            "authorization",
            "cert_url_hosts",
            "jku_allowed",
            "password",
            "private_key",
            "public_key",
            "public_key_pem",
            "public_keys",
            "roots_der_base64",
            "roots_pem",
            "secrets",
            "topic_arns",
            "trust_roots_pem",
        ],
    ),
    (Shape::AnyTexts, &["dangerously_require", "require"]),
    (
        Shape::TextTable,
        &[
            "cert_by_url",
            "certs",
            "certs_by_kid",
            "keys",
            "public_keys_by_id",
            "secrets_by_key_id",
            "security_key_by_vendor_tx_code",
            "shared_keys",
        ],
    ),
    (Shape::Table, &["jwks", "jwks_by_url"]),
    (
        Shape::Seconds,
        &["tolerance_seconds", "future_tolerance_seconds"],
    ),
    (Shape::Number, &["app_apple_id"]),
];

/// Those that hold something else at one sender.
const OWN: &[(&str, &str, Shape)] = &[("rfc9421", "keys", Shape::Tables)];

impl Shape {
    /// That of a setting of this name at a sender.
    pub(crate) fn of_setting(provider: &str, name: &str) -> Self {
        let own = OWN
            .iter()
            .find(|(sender, own, _)| (*sender, *own) == (provider, name));
        let shared = SETTINGS.iter().find(|(_, names)| names.contains(&name));
        let shape = own.map(|(.., shape)| *shape);
        let shape = shape.or(shared.map(|(shape, _)| *shape));
        shape.unwrap_or(Self::Text)
    }

    /// Whether a setting of this name may hold tables in a table.
    pub(crate) fn may_be_tables(name: &str) -> bool {
        OWN.iter()
            .any(|(_, own, shape)| *own == name && *shape == Self::Tables)
    }

    /// Whether it holds text, which is all that an environment variable can hold.
    pub(crate) const fn is_text(self) -> bool {
        matches!(
            self,
            Self::Text
                | Self::Texts
                | Self::AnyTexts
                | Self::TextTable
                | Self::Tables
                | Self::Name
                | Self::Names
        )
    }

    /// Why this value cannot stand there, to be read behind the name.
    pub(crate) fn fault(self, value: &Value) -> Option<&'static str> {
        let is_empty = match value {
            Value::String(text) => text.is_empty() && matches!(self, Self::Text | Self::Name),
            Value::Array(list) => list.is_empty() && matches!(self, Self::Texts | Self::Names),
            Value::Object(table) => {
                table.is_empty() && matches!(self, Self::TextTable | Self::Tables | Self::Table)
            }
            _ => false,
        };
        match self.has_type_of(value) {
            true if is_empty => Some("is empty"),
            true => None,
            false => Some(self.wrong()),
        }
    }

    fn has_type_of(self, value: &Value) -> bool {
        let number = value.as_u64();
        match (self, value) {
            (Self::Text | Self::Texts | Self::AnyTexts | Self::Name, Value::String(_)) => true,
            (Self::Texts | Self::AnyTexts, Value::Array(list)) => list.iter().all(Value::is_string),
            (Self::Names, Value::Array(list)) => list
                .iter()
                .all(|name| name.as_str().is_some_and(|name| !name.is_empty())),
            (Self::TextTable, Value::Object(table)) => table.values().all(Value::is_string),
            (Self::Tables, Value::Object(table)) => table.values().all(is_of_texts),
            (Self::Table, value) => value.is_object(),
            (Self::Seconds, _) => number.is_some_and(|secs| u32::try_from(secs).is_ok()),
            (Self::Number, _) => number.is_some(),
            (Self::Bytes | Self::Time, _) => number.is_some_and(|number| number > 0),
            (Self::Switch, value) => value.is_boolean(),
            _ => false,
        }
    }

    /// What a value is that is something else, to be read behind the name.
    pub(crate) const fn wrong(self) -> &'static str {
        match self {
            Self::Text => "is not a text",
            Self::Texts | Self::AnyTexts => "is not a text or a list of texts",
            Self::TextTable => "is not a table of texts",
            Self::Tables => "is not a table of tables of texts",
            Self::Table => "is not a table",
            Self::Seconds => "is not a number of seconds",
            Self::Number => "is not a whole number",
            Self::Name => "is not a name",
            Self::Names => "is not a list of names",
            Self::Bytes => "is not a number of bytes above 0",
            Self::Time => "is not a number of seconds above 0",
            Self::Switch => "is neither `true` nor `false`",
        }
    }

    /// What fits, as a JSON schema.
    pub(crate) fn schema(self) -> Value {
        match self {
            Self::Text | Self::Name => json!({"type": "string", "minLength": 1}),
            Self::Texts => json!({
                "type": ["string", "array"],
                "items": {"type": "string"},
                "minItems": 1,
            }),
            Self::AnyTexts => json!({
                "type": ["string", "array"],
                "items": {"type": "string"},
            }),
            Self::Names => json!({
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "minItems": 1,
            }),
            Self::TextTable => json!({
                "type": "object",
                "additionalProperties": {"type": "string"},
                "minProperties": 1,
            }),
            Self::Tables => json!({
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                },
                "minProperties": 1,
            }),
            Self::Table => json!({"type": "object", "minProperties": 1}),
            Self::Seconds => json!({"type": "integer", "minimum": 0, "maximum": u32::MAX}),
            Self::Number => json!({"type": "integer", "minimum": 0}),
            Self::Bytes | Self::Time => json!({"type": "integer", "minimum": 1}),
            Self::Switch => json!({"type": "boolean"}),
        }
    }
}

/// Whether this is a table of texts.
fn is_of_texts(value: &Value) -> bool {
    let table = value.as_object();
    table.is_some_and(|table| table.values().all(Value::is_string))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value in JSON, and what is said of it: nothing, if it fits.
    type Said = (&'static str, Option<&'static str>);

    const SAID: &[(Shape, &[Said])] = &[
        (
            Shape::Text,
            &[
                (r#""a""#, None),
                (r#""""#, EMPTY),
                ("7", Some("is not a text")),
                (r#"["a"]"#, Some("is not a text")),
            ],
        ),
        (
            Shape::Texts,
            &[
                (r#""""#, None),
                (r#"["a", ""]"#, None),
                ("[]", EMPTY),
                ("[7]", Some("is not a text or a list of texts")),
            ],
        ),
        (
            Shape::AnyTexts,
            &[
                (r#""""#, None),
                ("[]", None),
                ("[7]", Some("is not a text or a list of texts")),
            ],
        ),
        (
            Shape::TextTable,
            &[
                (r#"{"a": ""}"#, None),
                ("{}", EMPTY),
                (r#"{"a": {}}"#, Some("is not a table of texts")),
            ],
        ),
        (
            Shape::Tables,
            &[
                (r#"{"a": {"b": "c"}}"#, None),
                ("{}", EMPTY),
                (r#"{"a": "b"}"#, Some("is not a table of tables of texts")),
                (
                    r#"{"a": {"b": 7}}"#,
                    Some("is not a table of tables of texts"),
                ),
            ],
        ),
        (
            Shape::Table,
            &[
                (r#"{"a": 7}"#, None),
                ("{}", EMPTY),
                (r#""a""#, Some("is not a table")),
            ],
        ),
        (
            Shape::Seconds,
            &[
                ("0", None),
                ("4294967295", None),
                ("4294967296", Some("is not a number of seconds")),
                ("-1", Some("is not a number of seconds")),
            ],
        ),
        (
            Shape::Number,
            &[
                ("0", None),
                ("4294967296", None),
                ("1.5", Some("is not a whole number")),
            ],
        ),
        (
            Shape::Name,
            &[
                (r#""a""#, None),
                (r#""""#, EMPTY),
                ("7", Some("is not a name")),
            ],
        ),
        (
            Shape::Names,
            &[
                (r#"["a"]"#, None),
                ("[]", EMPTY),
                (r#"["a", ""]"#, Some("is not a list of names")),
                (r#""a""#, Some("is not a list of names")),
            ],
        ),
        (
            Shape::Bytes,
            &[("1", None), ("0", Some("is not a number of bytes above 0"))],
        ),
        (
            Shape::Time,
            &[
                ("1", None),
                ("0", Some("is not a number of seconds above 0")),
            ],
        ),
        (
            Shape::Switch,
            &[
                ("false", None),
                ("0", Some("is neither `true` nor `false`")),
            ],
        ),
    ];

    const EMPTY: Option<&str> = Some("is empty");

    #[test]
    fn each_shape_says_what_does_not_fit_it() {
        for (shape, values) in SAID {
            for (value, wanted) in *values {
                let said = shape.fault(&serde_json::from_str(value).unwrap());
                assert_eq!(said, *wanted, "{shape:?} {value}");
            }
        }
    }

    #[test]
    fn what_is_text_can_stand_in_the_environment() {
        let texts = SAID.iter().filter(|(shape, _)| shape.is_text());
        let texts: Vec<Shape> = texts.map(|(shape, _)| *shape).collect();
        let wanted = [
            Shape::Text,
            Shape::Texts,
            Shape::AnyTexts,
            Shape::TextTable,
            Shape::Tables,
            Shape::Name,
            Shape::Names,
        ];
        assert_eq!(texts, wanted);
    }
}
