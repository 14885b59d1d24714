//! The settings of one account by name, as a configuration file or a vector file holds them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use crate::account::mistake::mistake_of_text;
use crate::account::secret::{IntoKeyring, Keyring, Secret};
use crate::account::shape::Shape;
use crate::outcome::ConfigError;
use crate::time::Tolerance;

/// The settings of one account: what a provider's constructor takes, by name.
///
/// | name | value |
/// |---|---|
/// | `secrets` | one secret or a list; any may match |
/// | `public_keys` | the same for senders that sign with a public key |
/// | `tolerance_seconds` | how old a signed time may be |
/// | `future_tolerance_seconds` | how far ahead it may be; absent: the same |
/// | `public_url` | the URL that the sender was given, for schemes that sign it |
/// | `mode` | which of a provider's schemes, where it has several |
/// | `auth_header` | the header with the signature, for schemes that leave it to the user |
/// | `query_field` | the parameter of the query with the secret, for senders that show one in their URL; `token` if absent |
/// | `verify_token` | what a handshake must show |
///
/// A provider's documentation names what else it takes. A setting that it does not know, or that has no effect, is refused:
/// `tolerance_seconds` of a sender that signs no time would let every replay pass.
#[derive(Clone)]
pub struct Settings {
    values: Map<String, Value>,
    /// What somebody has asked for. Shared with clones: it does not matter who asked.
    read: Arc<Mutex<BTreeSet<String>>>,
}

impl Settings {
    /// Takes a JSON object.
    ///
    /// # Errors
    /// If it is anything else.
    pub fn new(settings: Value) -> Result<Self, ConfigError> {
        match settings {
            Value::Object(values) => Ok(Self {
                values,
                read: Arc::default(),
            }),
            _ => Err(ConfigError::new(
                "the settings of an account are not a table",
            )),
        }
    }

    /// No settings at all.
    pub(crate) fn none() -> Self {
        Self {
            values: Map::new(),
            read: Arc::default(),
        }
    }

    /// A text, if it is set.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, ConfigError> {
        match self.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name, Shape::Text)),
        }
    }

    /// A text that must be set and not be blank.
    pub(crate) fn required(&self, name: &str) -> Result<&str, ConfigError> {
        match self.text(name)? {
            Some(text) if text.trim().is_empty() => Err(empty(name)),
            Some(text) => Ok(text),
            None => Err(missing(name)),
        }
    }

    /// A text or a list of texts, none of them blank, if it is set.
    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<&str>>, ConfigError> {
        match self.any_texts(name)? {
            Some(texts) if texts.is_empty() => Err(empty(name)),
            texts => Ok(texts),
        }
    }

    /// The same where the list may be empty.
    pub(crate) fn any_texts(&self, name: &str) -> Result<Option<Vec<&str>>, ConfigError> {
        let list = match self.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(list)) => list.as_slice(),
            Some(one) => std::slice::from_ref(one),
        };
        let texts = list.iter().map(Value::as_str).collect::<Option<Vec<_>>>();
        let texts = texts.ok_or_else(|| wrong(name, Shape::Texts))?;
        match texts.iter().any(|text| text.trim().is_empty()) {
            true => Err(empty(name)),
            false => Ok(Some(texts)),
        }
    }

    /// A table with something in it, such as keys by their id, if it is set.
    pub(crate) fn table(&self, name: &str) -> Result<Option<&Map<String, Value>>, ConfigError> {
        match self.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(table)) if table.is_empty() => Err(empty(name)),
            Some(Value::Object(table)) => Ok(Some(table)),
            Some(_) => Err(wrong(name, Shape::Table)),
        }
    }

    /// A table of texts, none of them blank, if it is set.
    pub(crate) fn text_table(&self, name: &str) -> Result<Option<TextTable<'_>>, ConfigError> {
        let table = self.table(name)?;
        table
            .map(|table| texts_of(name, Shape::TextTable, table))
            .transpose()
    }

    /// A table of tables of texts, such as keys by their id, each with what it is for, if it is set.
    #[cfg(feature = "asymmetric")]
    pub(crate) fn text_tables(
        &self,
        name: &str,
    ) -> Result<Option<Vec<(&str, TextTable<'_>)>>, ConfigError> {
        let Some(tables) = self.table(name)? else {
            return Ok(None);
        };
        let tables = tables.iter().map(|(key, value)| match value {
            Value::Object(table) => Ok((key.as_str(), texts_of(name, Shape::Tables, table)?)),
            _ => Err(wrong(name, Shape::Tables)),
        });
        tables.collect::<Result<_, _>>().map(Some)
    }

    /// A whole number, if it is set.
    #[cfg(feature = "published-keys")]
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, ConfigError> {
        match self.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_u64() {
                Some(number) => Ok(Some(number)),
                None => Err(wrong(name, Shape::Number)),
            },
        }
    }

    /// A whole number of seconds, if it is set.
    fn secs(&self, name: &str) -> Result<Option<u32>, ConfigError> {
        match self.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_u64().map(u32::try_from) {
                Some(Ok(secs)) => Ok(Some(secs)),
                _ => Err(wrong(name, Shape::Seconds)),
            },
        }
    }

    /// The keys under this name: one text or a list of texts.
    pub(crate) fn keys(&self, name: &str) -> Result<Keyring, ConfigError> {
        let list = match self.get(name) {
            Some(Value::Array(list)) => list.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => return Err(missing(name)),
        };
        let secret = |value: &Value| match value {
            Value::String(text) => {
                Secret::new(text.as_str()).map_err(|error| error.of_setting(name))
            }
            _ => Err(wrong(name, Shape::Texts)),
        };
        let secrets: Vec<Secret> = list.iter().map(secret).collect::<Result<_, _>>()?;
        secrets
            .into_keyring()
            .map_err(|error| error.of_setting(name))
    }

    /// The first of the texts under this name.
    #[cfg(all(feature = "testing", feature = "xml"))]
    pub(crate) fn first_text(&self, name: &str) -> Result<&str, ConfigError> {
        let texts = self.texts(name)?.unwrap_or_default();
        texts.first().copied().ok_or_else(|| missing(name))
    }

    /// The first of the keys under this name, as text.
    #[cfg(feature = "testing")]
    pub(crate) fn first_key(&self, name: &str) -> Result<String, ConfigError> {
        let keys = self.keys(name)?.into_keys();
        let first = keys.first().ok_or_else(|| missing(name))?;
        Ok(first.secret.expose().to_owned())
    }

    /// The names that are set.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// What can be said of these settings before anybody reads them: that one is missing, holds something else than its name
    /// says, or a text that nobody meant.
    pub(crate) fn faults(
        &self,
        provider: &str,
        required: impl Iterator<Item = &'static str>,
    ) -> Vec<ConfigError> {
        let absent = required.filter(|name| self.values.get(*name).is_none_or(Value::is_null));
        let set = self.values.iter().filter(|(_, value)| !value.is_null());
        let wrong = set.filter_map(|(name, value)| {
            let shape = Shape::of_setting(provider, name);
            let mistaken = || match (shape, value) {
                (Shape::Text, Value::String(text)) => mistake_of_text(text),
                _ => None,
            };
            let why = shape.fault(value).or_else(mistaken)?;
            Some(ConfigError::setting(name, why))
        });
        absent.map(missing).chain(wrong).collect()
    }

    /// Whether anything is set under this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Whether this text is set under this name. Nobody has asked for it otherwise.
    pub(crate) fn is(&self, name: &str, text: &str) -> bool {
        let is_it = self.values.get(name).and_then(Value::as_str) == Some(text);
        is_it && self.has(name)
    }

    /// Whether nothing, or an empty list, is set under this name.
    pub(crate) fn is_blank(&self, name: &str) -> bool {
        match self.get(name) {
            None | Some(Value::Null) => true,
            Some(Value::Array(list)) => list.is_empty(),
            Some(_) => false,
        }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        let value = self.values.get(name)?;
        self.read().insert(name.to_owned());
        Some(value)
    }

    /// The names that are set and that nobody has asked for. Once a verifier is made of the settings, these are names
    /// that its provider does not know.
    pub(crate) fn unread(&self) -> Vec<&str> {
        let read = self.read();
        let names = self.values.keys().map(String::as_str);
        names.filter(|name| !read.contains(*name)).collect()
    }

    fn read(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tolerance(&self) -> Result<Option<Tolerance>, ConfigError> {
        let past = self.secs("tolerance_seconds")?;
        let future = self.secs("future_tolerance_seconds")?;
        match (past, future) {
            (Some(past), future) => Ok(Some(Tolerance::secs(past).future(future.unwrap_or(past)))),
            (None, Some(_)) => Err(ConfigError::fixed(
                "`future_tolerance_seconds` has no effect without `tolerance_seconds`: set both",
            )),
            (None, None) => Ok(None),
        }
    }
}

/// A table of texts by their name.
pub(crate) type TextTable<'a> = Vec<(&'a str, &'a str)>;

/// The texts of a table, none of them blank.
fn texts_of<'a>(
    name: &str,
    wanted: Shape,
    table: &'a Map<String, Value>,
) -> Result<TextTable<'a>, ConfigError> {
    let mut texts = Vec::with_capacity(table.len());
    for (key, value) in table {
        let value = value.as_str().ok_or_else(|| wrong(name, wanted))?;
        if value.trim().is_empty() {
            return Err(empty(name));
        }
        texts.push((key.as_str(), value));
    }
    Ok(texts)
}

impl std::fmt::Debug for Settings {
    /// The names only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

fn missing(name: &str) -> ConfigError {
    ConfigError::missing(name)
}

fn empty(name: &str) -> ConfigError {
    ConfigError::setting(name, "is empty, or a part of it is")
}

fn wrong(name: &str, wanted: Shape) -> ConfigError {
    ConfigError::setting(name, wanted.wrong())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_name_the_setting_and_not_its_value() {
        let settings =
            Settings::new(json!({"secrets": ["canary for tests", 7], "tolerance_seconds": -1}))
                .unwrap();
        let keys = settings.keys("secrets").unwrap_err().to_string();
        assert!(
            keys.contains("secrets") && !keys.contains("canary"),
            "{keys}"
        );
        assert!(
            settings
                .tolerance()
                .unwrap_err()
                .to_string()
                .contains("tolerance_seconds")
        );
        assert!(
            settings
                .keys("public_keys")
                .unwrap_err()
                .to_string()
                .contains("public_keys")
        );
        assert!(!format!("{settings:?}").contains("canary"));
    }

    #[test]
    fn what_is_blank_is_not_set() {
        for value in [
            json!(""),
            json!(" \t"),
            json!([]),
            json!(["a", ""]),
            json!({}),
            json!({"a": "\u{a0}"}),
        ] {
            let settings = Settings::new(json!({"name": value})).unwrap();
            for error in [
                settings.required("name").map(drop).unwrap_err(),
                settings.texts("name").map(drop).unwrap_err(),
                settings.text_table("name").map(drop).unwrap_err(),
            ] {
                assert!(error.to_string().contains("`name`"), "{value}: {error}");
            }
        }
    }

    #[test]
    fn what_is_null_is_not_set() {
        for settings in [json!({"name": null}), json!({})] {
            let settings = Settings::new(settings).unwrap();
            assert_eq!(settings.text("name"), Ok(None));
            assert_eq!(settings.any_texts("name"), Ok(None));
            assert_eq!(settings.table("name"), Ok(None));
            #[cfg(feature = "published-keys")]
            assert_eq!(settings.number("name"), Ok(None));
            assert_eq!(settings.secs("name"), Ok(None));
            assert!(settings.is_blank("name"));
        }
        for (value, is_blank) in [(json!([]), true), (json!(["a"]), false), (json!(""), false)] {
            let settings = Settings::new(json!({"name": value})).unwrap();
            assert_eq!(settings.is_blank("name"), is_blank, "{value}");
        }
    }

    #[test]
    fn one_secret_needs_no_list() {
        let settings = Settings::new(json!({"secrets": "only one"})).unwrap();
        assert_eq!(settings.keys("secrets").unwrap().len(), 1);
    }
}
