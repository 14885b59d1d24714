//! Keys that the sender chooses by an id in the request. The id is the key's name.

use std::collections::BTreeSet;

use crate::account::secret::{IntoKeyring, Key, Keyring};
use crate::account::settings::Settings;
use crate::outcome::ConfigError;

/// Refuses a keyring with a key that has no name, or with two of one name.
pub(crate) fn require_ids(keys: impl IntoKeyring) -> Result<Keyring, ConfigError> {
    let keys = keys.into_keyring()?.into_keys();
    let ids: BTreeSet<&str> = keys.iter().filter_map(|key| key.name.as_deref()).collect();
    if ids.len() < keys.len() || ids.contains("") {
        return Err(ConfigError::new(
            "every key needs a unique name: the key id that the sender shows",
        ));
    }
    keys.into_keyring()
}

/// Refuses a keyring with a key that has no name. Two of one name are two secrets of one id, while one is replaced.
pub(crate) fn require_names(keyring: &[Key]) -> Result<(), ConfigError> {
    let is_named = |key: &Key| key.name.as_deref().is_some_and(|name| !name.is_empty());
    match keyring.iter().all(is_named) {
        true => Ok(()),
        false => Err(ConfigError::fixed(
            "every key needs a name: the key id that the sender shows",
        )),
    }
}

/// The keys in the table of this name.
pub(crate) fn configured(settings: &Settings, table: &str) -> Result<Keyring, ConfigError> {
    let keys = settings.text_table(table)?;
    let keys = keys.ok_or_else(|| ConfigError::new(format!("`{table}` is missing")))?;
    let named = |(id, secret)| Key::new(secret).map(|key: Key| key.named(id));
    let keys: Result<Vec<Key>, _> = keys.into_iter().map(named).collect();
    keys.and_then(require_ids)
        .map_err(|error| error.of_setting(table))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_key_needs_an_id_of_its_own() {
        let key = |id: &str| Key::new("a secret for tests").unwrap().named(id);
        assert_eq!(require_ids([key("1"), key("2")]).unwrap().len(), 2);
        assert!(require_ids([key("1"), key("1")]).is_err());
        assert!(require_ids(key("")).is_err());
        assert!(require_ids("a secret for tests").is_err());
    }

    #[test]
    fn a_table_that_is_missing_or_empty_is_refused() {
        for settings in [json!({}), json!({"keys": {}}), json!({"keys": {"1": ""}})] {
            let settings = Settings::new(settings).unwrap();
            assert!(configured(&settings, "keys").is_err());
        }
    }
}
