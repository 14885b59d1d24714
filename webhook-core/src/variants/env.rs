//! Values of a configuration from environment variables.

use serde_json::{Map, Value};

use crate::account::Shape;
use crate::outcome::ConfigError;

/// What stands behind the name of a setting whose value is the name of an environment variable.
pub(crate) const ENDING: &str = "_env";

/// A table with the values of the environment variables that it names, and what is wrong with it.
pub(super) struct Filled {
    pub(super) values: Map<String, Value>,
    pub(super) faults: Vec<ConfigError>,
}

/// The table with every `NAME_env` replaced by `NAME` and the values of the environment variables. What is null is left out.
pub(super) fn fill(table: Map<String, Value>, env: &impl Fn(&str) -> Option<String>) -> Filled {
    let (mut values, mut faults) = (Map::new(), Vec::new());
    for (key, value) in table {
        if value.is_null() {
            continue;
        }
        let (name, value) = match key.strip_suffix(ENDING) {
            Some(name) => (name, from_env(&key, value, env)),
            None if Shape::may_be_tables(&key) => {
                (key.as_str(), Ok(tables(value, env, &mut faults)))
            }
            None => (key.as_str(), Ok(value)),
        };
        match value {
            Err(fault) => faults.push(fault),
            Ok(_) if values.contains_key(name) => faults.push(ConfigError::new(format!(
                "`{name}` and `{name}{ENDING}` are both set"
            ))),
            Ok(value) => {
                values.insert(name.to_owned(), value);
            }
        }
    }
    Filled { values, faults }
}

/// The same, if nothing is wrong.
#[cfg(feature = "explain")]
pub(crate) fn with_env(
    table: Map<String, Value>,
    env: &impl Fn(&str) -> Option<String>,
) -> Result<Map<String, Value>, ConfigError> {
    let filled = fill(table, env);
    match ConfigError::all(filled.faults) {
        None => Ok(filled.values),
        Some(fault) => Err(fault),
    }
}

/// The tables in a table, each filled alike: the secret of a key may come from a variable, its algorithm does not.
fn tables(
    value: Value,
    env: &impl Fn(&str) -> Option<String>,
    faults: &mut Vec<ConfigError>,
) -> Value {
    let Value::Object(table) = value else {
        return value;
    };
    let fill_one = |(key, value)| {
        let Value::Object(table) = value else {
            return (key, value);
        };
        let filled = fill(table, env);
        faults.extend(filled.faults);
        (key, Value::Object(filled.values))
    };
    Value::Object(table.into_iter().map(fill_one).collect())
}

/// The value with every text replaced by that of the environment variable of this name.
fn from_env(
    key: &str,
    value: Value,
    env: &impl Fn(&str) -> Option<String>,
) -> Result<Value, ConfigError> {
    match value {
        Value::String(name) => match env(&name) {
            Some(value) => Ok(Value::String(value)),
            None if is_name(&name) => Err(ConfigError::new(format!(
                "`{key}`: the environment variable `{name}` is not set"
            ))),
            None => Err(ConfigError::new(format!(
                "`{key}` is not the name of an environment variable that is set: set it, or write its name and not its value"
            ))),
        },
        Value::Array(names) => {
            let values = names.into_iter().map(|name| from_env(key, name, env));
            values.collect::<Result<_, _>>().map(Value::Array)
        }
        Value::Object(names) => {
            let values = names
                .into_iter()
                .map(|(own, name)| Ok((own, from_env(key, name, env)?)));
            values.collect::<Result<_, _>>().map(Value::Object)
        }
        _ => Err(ConfigError::new(format!(
            "`{key}` is not the name of an environment variable, or a list or table of names"
        ))),
    }
}

/// Whether an error may show this as the name of an environment variable. Whoever mistakes what `_env` means writes the
/// secret itself there: `whsec_…`, or hexadecimal digits.
fn is_name(text: &str) -> bool {
    let usual = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    text.bytes().all(usual) && !text.bytes().all(|b| b.is_ascii_hexdigit())
}
