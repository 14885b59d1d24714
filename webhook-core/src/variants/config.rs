//! Variants from a configuration file.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::account::Settings;
use crate::endpoint::Endpoint;
use crate::outcome::ConfigError;
use crate::provider;
use crate::variants::variants::Variants;
use crate::variants::variants::wrong;

/// [`Variants`] as a configuration file describes them: a table for each name. Any format will do that serde reads.
///
/// ```toml
/// [variants.stripe-eu]
/// provider = "stripe"
/// secrets_env = ["STRIPE_SECRET", "STRIPE_SECRET_BEFORE"]
/// tolerance_seconds = 600
///
/// [variants.github]
/// provider = "github"
/// secrets_env = "GITHUB_SECRET"
/// body_limit = 1048576
/// ```
///
/// | key | value |
/// |---|---|
/// | `provider` | the sender, as [`provider::names`] lists them |
/// | `body_limit` | bytes, for [`Endpoint::body_limit`] |
/// | `body_timeout_seconds` | for [`Endpoint::body_timeout`] |
/// | `accounts` | a list, for [`Endpoint::accounts`] |
/// | `test_account` | `true`, for [`Endpoint::test_account`] |
/// | what ends with `_env` | the name of an environment variable that holds the value of the key without `_env`; or a list or table of names |
/// | any other | a [setting](Settings) of the provider |
///
/// ```
/// use webhook_core::{Endpoint, VariantsConfig};
///
/// #[derive(serde::Deserialize)]
/// struct Config {
///     variants: VariantsConfig,
/// }
///
/// let config: Config = serde_json::from_str(
///     r#"{"variants": {"stripe-eu": {"provider": "stripe", "secrets_env": "STRIPE_SECRET"}}}"#,
/// )?;
/// # fn env(_: &str) -> Option<String> { Some("whsec_of_europe".to_owned()) }
/// let variants = config.variants.build(env)?; // or `build_from_env()`
/// let endpoint = Endpoint::new(variants);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
/// A secret may stand in the file itself, as `secrets`. It then goes wherever the file goes: into backups, images,
/// repositories. Name an environment variable.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
// Not a map of tables: the error of serde would show what stands in the place of one.
pub struct VariantsConfig(BTreeMap<String, Value>);

impl VariantsConfig {
    /// Makes the variants, with the environment variables that `env` knows.
    ///
    /// # Errors
    /// If something is missing, wrong, or unknown to the provider. The error names the variant and the key, and shows no value.
    pub fn build(self, env: impl Fn(&str) -> Option<String>) -> Result<Variants, ConfigError> {
        let mut variants = Variants::new();
        for (name, table) in self.0 {
            let endpoint = endpoint(table, &env).map_err(|error| wrong(&name, error))?;
            variants = variants.with(name, endpoint)?;
        }
        Ok(variants)
    }

    /// Makes the variants, with the environment variables of this process.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_from_env(self) -> Result<Variants, ConfigError> {
        self.build(|name| std::env::var(name).ok())
    }
}

impl fmt::Debug for VariantsConfig {
    /// The names only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn endpoint(table: Value, env: &impl Fn(&str) -> Option<String>) -> Result<Endpoint, ConfigError> {
    let Value::Object(table) = table else {
        return Err(ConfigError::fixed("it is not a table"));
    };
    let mut table = with_env(table, env)?;
    let body_limit = whole_number(table.remove("body_limit"))
        .map_err(|()| ConfigError::fixed("`body_limit` is not a number of bytes above 0"))?;
    let body_timeout = whole_number(table.remove("body_timeout_seconds")).map_err(|()| {
        ConfigError::fixed("`body_timeout_seconds` is not a number of seconds above 0")
    })?;
    let accounts = accounts(table.remove("accounts"))?;
    let is_test_account = match table.remove("test_account") {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Bool(true)) => true,
        Some(_) => {
            return Err(ConfigError::fixed(
                "`test_account` is neither `true` nor `false`",
            ));
        }
    };
    let settings = Settings::new(Value::Object(table))?;
    let name = settings.required("provider")?;
    let provider = provider::find(name)
        .ok_or_else(|| ConfigError::new(format!("`provider`: there is no provider `{name}`")))?;
    let mut endpoint = Endpoint::new(provider.resolver(&settings)?);
    if let Some(accounts) = accounts {
        endpoint = endpoint.accounts(accounts);
    }
    if is_test_account {
        endpoint = endpoint.test_account();
    }
    if let Some(bytes) = body_limit {
        endpoint = endpoint.body_limit(usize::try_from(bytes).unwrap_or(usize::MAX));
    }
    if let Some(secs) = body_timeout {
        endpoint = endpoint.body_timeout(Duration::from_secs(secs));
    }
    Ok(endpoint)
}

/// The table with every `NAME_env` replaced by `NAME` and the values of the environment variables.
pub(crate) fn with_env(
    table: Map<String, Value>,
    env: &impl Fn(&str) -> Option<String>,
) -> Result<Map<String, Value>, ConfigError> {
    let mut replaced = Map::new();
    for (key, value) in table {
        let (key, value) = match key.strip_suffix("_env") {
            Some(plain) => (plain.to_owned(), from_env(&key, value, env)?),
            None => (key, value),
        };
        if replaced.contains_key(&key) {
            return Err(ConfigError::new(format!(
                "`{key}` and `{key}_env` are both set"
            )));
        }
        replaced.insert(key, value);
    }
    Ok(replaced)
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
                "`{key}` is not the name of an environment variable that is set"
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

fn accounts(value: Option<Value>) -> Result<Option<Vec<String>>, ConfigError> {
    const WRONG: ConfigError = ConfigError::fixed("`accounts` is not a list of names of accounts");
    let list = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(list)) if !list.is_empty() => list,
        Some(_) => return Err(WRONG),
    };
    let name = |value: Value| match value {
        Value::String(name) if !name.is_empty() => Ok(name),
        _ => Err(WRONG),
    };
    list.into_iter()
        .map(name)
        .collect::<Result<_, _>>()
        .map(Some)
}

fn whole_number(value: Option<Value>) -> Result<Option<u64>, ()> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_u64().filter(|n| *n > 0).map(Some).ok_or(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Rejection, RequestHead};

    use super::*;
    use crate::endpoint::Verification;

    fn env(name: &str) -> Option<String> {
        let value = match name {
            "NEW" => "whsec_canary of the new",
            "OLD" | "old" => "whsec_canary of the old",
            "BLANK" => " ",
            "SENDER" => "github",
            _ => return None,
        };
        Some(value.to_owned())
    }

    fn build(config: Value) -> Result<Variants, ConfigError> {
        let config: VariantsConfig = serde_json::from_value(config).unwrap();
        config.build(env)
    }

    /// The error over this table of a variant `x`, without its beginning.
    fn error(table: Value) -> String {
        let error = build(
            json!({"good": {"provider": "github", "secrets": "a secret for tests"}, "x": table}),
        );
        let error = error.unwrap_err().to_string();
        assert!(!error.contains("canary"), "{error}");
        let rest = error.strip_prefix("variant `x`: ");
        rest.unwrap_or_else(|| panic!("{error}")).to_owned()
    }

    /// What the head of a request to this variant leads to.
    fn open(variants: Variants, name: &str, length: &str) -> Result<Verification, Rejection> {
        let signature = ("x-hub-signature-256", format!("sha256={:064}", 0));
        let headers = vec![signature, ("content-length", length.to_owned())];
        let target = format!("/{name}/");
        let head = RequestHead::new("POST", &target, &headers);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let begun = runtime.block_on(Endpoint::new(variants).begin(&head));
        begun.map_err(|answer| answer.into_rejection().unwrap())
    }

    #[test]
    fn every_table_is_a_variant() {
        let variants = build(json!({
            "stripe-eu": {"provider": "stripe", "secrets_env": ["NEW", "OLD"], "tolerance_seconds": 600},
            "stripe-us": {"provider": "stripe", "secrets": "whsec_in_the_file"},
            "git": {"provider_env": "SENDER", "secrets_env": "old"},
            "square": {"provider": "square", "secrets_env": "NEW", "public_url": "https://example.com/"},
        }))
        .unwrap();
        for name in ["stripe-eu", "stripe-us", "git", "square"] {
            let refused = open(variants.clone(), name, "2").err();
            let code = refused.map_or("", |refused| refused.code());
            assert_ne!(code, "unknown_endpoint", "{name}");
        }
        assert_eq!(
            open(variants, "x", "2").unwrap_err().code(),
            "unknown_endpoint"
        );
    }

    #[test]
    fn no_table_is_no_variant() {
        assert!(build(json!({})).is_ok());
    }

    #[test]
    fn limits_are_those_of_the_endpoint() {
        let variants = build(json!({
            "x": {"provider": "github", "secrets": "a secret for tests", "body_limit": 3, "body_timeout_seconds": 4},
            "y": {"provider": "github", "secrets": "another secret", "body_limit": null},
        }))
        .unwrap();
        let refused = open(variants.clone(), "x", "4").unwrap_err();
        assert_eq!(refused.code(), "body_too_large");
        let x = open(variants.clone(), "x", "3").unwrap();
        assert_eq!(x.body_timeout().as_secs(), 4);
        let y = open(variants, "y", "4").unwrap();
        assert_eq!(y.body_timeout(), crate::DEFAULT_BODY_TIMEOUT);
    }

    #[test]
    fn an_error_names_the_variant_and_the_key() {
        for (table, wanted) in [
            (json!("canary"), "it is not a table"),
            (json!({}), "`provider` is missing"),
            (json!({"provider": 7}), "`provider` is not a text"),
            (
                json!({"provider": "stirpe", "secrets": "canary"}),
                "`provider`: there is no provider `stirpe`",
            ),
            (json!({"provider": "github"}), "`secrets` is missing"),
            (
                json!({"provider": "github", "secrets": 7}),
                "`secrets` is not a text or a list of texts",
            ),
            (
                json!({"provider": "github", "secrets": []}),
                "`secrets`: no secret is given",
            ),
            (
                json!({"provider": "github", "secrets": "canary "}),
                "`secrets`: a secret begins or ends with white space",
            ),
            (
                json!({"provider": "github", "secrets_env": "BLANK"}),
                "`secrets`: a secret is empty",
            ),
            (
                json!({"provider": "standard-webhooks", "secrets": "whsec_canary for tests!"}),
                "`secrets`: the secret is not base64",
            ),
            (
                json!({"provider": "github", "secrets": "canary for tests", "secrets_env": "NEW"}),
                "`secrets` and `secrets_env` are both set",
            ),
            (
                json!({"provider": "github", "secrets_env": "STRIPE_SECRET"}),
                "`secrets_env`: the environment variable `STRIPE_SECRET` is not set",
            ),
            (
                json!({"provider": "github", "secrets_env": ["NEW", "OLDER"]}),
                "`secrets_env`: the environment variable `OLDER` is not set",
            ),
            (
                json!({"provider": "github", "secrets_env": [["NEW"], {"a": "OLDER"}]}),
                "`secrets_env`: the environment variable `OLDER` is not set",
            ),
            (
                json!({"provider": "github", "secrets_env": 7}),
                "`secrets_env` is not the name of an environment variable, or a list or table of names",
            ),
            (
                json!({"provider": "github", "secrets": "a secret for tests", "body_limit": "64k"}),
                "`body_limit` is not a number of bytes above 0",
            ),
            (
                json!({"provider": "github", "secrets": "a secret for tests", "body_limit": 0}),
                "`body_limit` is not a number of bytes above 0",
            ),
            (
                json!({"provider": "github", "secrets": "a secret for tests", "accounts": []}),
                "`accounts` is not a list of names of accounts",
            ),
            (
                json!({"provider": "github", "secrets": "a secret for tests", "accounts": [7]}),
                "`accounts` is not a list of names of accounts",
            ),
            (
                json!({"provider": "github", "secrets": "a secret for tests", "test_account": "yes"}),
                "`test_account` is neither `true` nor `false`",
            ),
            (
                json!({"provider": "github", "secrets": "a secret for tests", "body_timeout_seconds": 1.5}),
                "`body_timeout_seconds` is not a number of seconds above 0",
            ),
            (
                json!({"provider": "stripe", "secrets": "whsec_of_a_shop", "tolerance_seconds": "600"}),
                "`tolerance_seconds` is not a number of seconds",
            ),
            (
                json!({"provider": "stripe", "secrets": "whsec_of_a_shop", "tolerence_seconds": 600}),
                "`tolerence_seconds` is not a setting of stripe, or has no effect beside the others: leave it out",
            ),
            (
                json!({"provider": "github", "secrets": "a secret for tests", "public_key": "canary"}),
                "`public_key` is not a setting of github, or has no effect beside the others: leave it out",
            ),
            (
                json!({"provider": "square", "secrets": "a secret for tests", "public_url": "canary"}),
                "`public_url`: the public URL must begin with https:// or http://",
            ),
        ] {
            assert_eq!(error(table), wanted);
        }
    }

    #[test]
    fn a_secret_in_the_place_of_a_name_is_not_shown() {
        for secret in [
            "whsec_4f1c",
            "0123456789abcdef",
            "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056",
            "",
        ] {
            assert_eq!(
                error(json!({"provider": "github", "secrets_env": secret})),
                "`secrets_env` is not the name of an environment variable that is set"
            );
        }
    }

    #[test]
    fn a_name_is_one_segment_of_a_path() {
        let good = json!({"provider": "github", "secrets": "a secret for tests"});
        assert!(build(json!({"": good})).is_err());
        assert!(build(json!({"a/b": good})).is_err());
    }

    #[test]
    fn debug_shows_names_only() {
        let config: VariantsConfig = serde_json::from_value(
            json!({"x": {"provider": "github", "secrets": "canary for tests"}}),
        )
        .unwrap();
        assert_eq!(format!("{config:?}"), r#"{"x"}"#);
        assert!(!format!("{:?}", config.build(env).unwrap()).contains("canary"));
    }
}
