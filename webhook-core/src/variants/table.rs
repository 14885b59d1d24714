//! One table of a configuration: the endpoint that it describes, or all that is wrong with it.

use serde_json::{Map, Value};

use crate::account::{Settings, nearest};
use crate::dedupe::Dedupe;
use crate::endpoint::Endpoint;
use crate::outcome::ConfigError;
use crate::provider::{self, Registered};
use crate::variants::env::{ENDING, Filled, fill};
use crate::variants::member::{self, PROVIDER};

/// The endpoint that this table describes.
pub(super) fn endpoint(
    table: &Value,
    env: &impl Fn(&str) -> Option<String>,
    dedupe: Option<&Dedupe>,
) -> Result<Endpoint, Vec<ConfigError>> {
    let Value::Object(table) = table else {
        return Err(vec![ConfigError::fixed("it is not a table")]);
    };
    // Without it nothing can be said of the rest.
    let row = provider_of(table, env).map_err(|fault| vec![fault])?;
    let unknown: Vec<ConfigError> = table
        .keys()
        .filter_map(|key| unknown_name(row, key))
        .collect();
    let known = part(table, |key| unknown_name(row, key).is_none());
    let Filled {
        values,
        faults: unset,
    } = fill(known, env);
    let members = member::faults(&values, dedupe);
    let settings = Settings::new(Value::Object(part(&values, |key| !is_member(key))));
    let settings = settings.map_err(|fault| vec![fault])?;
    let mut wrong = row.faults(&settings);
    let can_make = wrong.is_empty() && unset.is_empty();
    // What is misspelled, or not in the environment, is missing too: that is said already.
    let is_written = |name: &str| table.get(name).is_some_and(|value| !value.is_null());
    wrong.retain(|fault| match fault {
        ConfigError::MissingSetting { name } => {
            unknown.is_empty() && !is_written(&format!("{name}{ENDING}"))
        }
        _ => true,
    });
    let mut faults = [unknown, unset, wrong, members].concat();
    match can_make.then(|| row.make(&settings)) {
        Some(Ok(resolver)) if faults.is_empty() => {
            let endpoint = member::apply(Endpoint::new(resolver), &values, dedupe.cloned());
            endpoint.map_err(|fault| vec![fault])
        }
        Some(Err(fault)) => {
            faults.push(fault);
            Err(faults)
        }
        _ => Err(faults),
    }
}

/// The provider that the table names.
fn provider_of(
    table: &Map<String, Value>,
    env: &impl Fn(&str) -> Option<String>,
) -> Result<&'static Registered, ConfigError> {
    let named = part(table, |key| plain(key) == PROVIDER);
    let Filled { values, faults } = fill(named, env);
    if let Some(fault) = ConfigError::all(faults) {
        return Err(fault);
    }
    match values.get(PROVIDER) {
        Some(Value::String(name)) => provider::find(name).ok_or_else(|| provider::unknown(name)),
        Some(_) => Err(ConfigError::setting(PROVIDER, "is not a text")),
        None => Err(missing(table)),
    }
}

/// That the provider is missing, or how it is misspelled.
fn missing(table: &Map<String, Value>) -> ConfigError {
    let near = |key: &&String| nearest(plain(key), [PROVIDER]).is_some();
    match table.keys().find(near) {
        Some(key) => ConfigError::setting(
            key,
            format!("is unknown: did you mean `{PROVIDER}{}`?", ending(key)),
        ),
        None => ConfigError::missing(PROVIDER),
    }
}

/// Why nothing is called so: no setting of the provider and nothing of the endpoint.
fn unknown_name(row: &Registered, key: &str) -> Option<ConfigError> {
    let others: Vec<&'static str> = member::names().chain([PROVIDER]).collect();
    match is_member(plain(key)) {
        true => None,
        false => row.unknown(plain(key), ending(key), &others),
    }
}

/// Whether this is said of the endpoint and not to the provider.
fn is_member(key: &str) -> bool {
    key == PROVIDER || member::names().any(|name| name == key)
}

fn part(table: &Map<String, Value>, is_in: impl Fn(&str) -> bool) -> Map<String, Value> {
    let entries = table.iter().filter(|(key, _)| is_in(key));
    entries
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// The name of what `…_env` stands for.
fn plain(key: &str) -> &str {
    key.strip_suffix(ENDING).unwrap_or(key)
}

fn ending(key: &str) -> &'static str {
    match key.ends_with(ENDING) {
        true => ENDING,
        false => "",
    }
}
