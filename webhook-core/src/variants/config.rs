//! Variants from a configuration file.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use crate::dedupe::Dedupe;
use crate::outcome::ConfigError;
use crate::variants::schema;
use crate::variants::table::endpoint;
use crate::variants::variants::Variants;

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
/// | `provider` | the sender, as [`provider::names`](crate::provider::names) lists them |
/// | `name` | for [`Endpoint::name`](crate::Endpoint::name) |
/// | `body_limit` | bytes, for [`Endpoint::body_limit`](crate::Endpoint::body_limit) |
/// | `body_timeout_seconds` | for [`Endpoint::body_timeout`](crate::Endpoint::body_timeout) |
/// | `accounts` | a list, for [`Endpoint::accounts`](crate::Endpoint::accounts) |
/// | `test_account` | `true`, for [`Endpoint::test_account`](crate::Endpoint::test_account) |
/// | `dedupe` | `false`: without the store of [`dedupe`](Self::dedupe) |
/// | `dedupe_lease_seconds`, `dedupe_retention_seconds` | for [`Dedupe::lease`] and [`Dedupe::retention`], with that store |
/// | what ends with `_env` | the name of an environment variable that holds the value of the key without `_env`; or a list or table of names |
/// | any other | a [setting](crate::Settings) of the provider |
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
///
/// An editor completes and checks the file with its [schema](Self::json_schema).
#[derive(Clone, Deserialize)]
// Not a map of tables: the error of serde would show what stands in the place of one.
#[serde(from = "BTreeMap<String, Value>")]
pub struct VariantsConfig {
    tables: BTreeMap<String, Value>,
    dedupe: Option<Dedupe>,
}

impl From<BTreeMap<String, Value>> for VariantsConfig {
    fn from(tables: BTreeMap<String, Value>) -> Self {
        Self {
            tables,
            dedupe: None,
        }
    }
}

impl VariantsConfig {
    /// Remembers in this store which events are done, for each variant that does not say `dedupe = false`. See
    /// [`Endpoint::dedupe`](crate::Endpoint::dedupe); a name is needed too, that of the variant's table or of the endpoint around all of them.
    ///
    /// Give the store to the configuration *or* to the endpoint around the variants. A store of that endpoint is for all of them,
    /// whatever the file says.
    ///
    /// ```
    /// use webhook_core::dedupe::DedupeStore;
    /// use webhook_core::{ConfigError, Endpoint, VariantsConfig};
    ///
    /// fn endpoint(
    ///     config: VariantsConfig,
    ///     store: impl DedupeStore + 'static,
    /// ) -> Result<Endpoint, ConfigError> {
    ///     let variants = config.dedupe(store).build_from_env()?;
    ///     Ok(Endpoint::new(variants).name("payments"))
    /// }
    /// ```
    #[must_use]
    pub fn dedupe(self, dedupe: impl Into<Dedupe>) -> Self {
        Self {
            dedupe: Some(dedupe.into()),
            ..self
        }
    }

    /// Makes the variants, with the environment variables that `env` knows.
    ///
    /// ```
    /// use webhook_core::VariantsConfig;
    ///
    /// let config: VariantsConfig = serde_json::from_str(
    ///     r#"{"eu": {"provider": "stirpe"}, "us": {"provider": "stripe", "secret_env": "STRIPE_SECRET"}}"#,
    /// )?;
    /// let error = config.build(|_| None).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "2 faults:\n\
    ///      - variant `eu`: there is no provider `stirpe`; did you mean `stripe`?\n\
    ///      - variant `us`: `secret_env` is unknown: did you mean `secrets_env`?"
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no variant, or something is missing, wrong, or unknown to the provider. The error names each variant and key
    /// that is at fault, and shows no value.
    pub fn build(self, env: impl Fn(&str) -> Option<String>) -> Result<Variants, ConfigError> {
        let (variants, faults) = self.read(&env);
        match ConfigError::all(faults) {
            None => Ok(variants),
            Some(error) => Err(error),
        }
    }

    /// Makes the variants, with the environment variables of this process.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_from_env(self) -> Result<Variants, ConfigError> {
        self.build(|name| std::env::var(name).ok())
    }

    /// All that is wrong with the configuration, with the environment variables that `env` knows; nothing if it can be
    /// [built](Self::build). For a command that checks a file before it is deployed.
    ///
    /// ```
    /// use webhook_core::VariantsConfig;
    ///
    /// let config: VariantsConfig = serde_json::from_str(
    ///     r#"{"eu": {"provider": "github", "secrets_env": "GITHUB_SECRET", "body_limit": "1 MiB"}}"#,
    /// )?;
    /// for fault in config.check(|name| std::env::var(name).ok()) {
    ///     eprintln!("{fault}");
    /// }
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn check(&self, env: impl Fn(&str) -> Option<String>) -> Vec<ConfigError> {
        let (_, faults) = self.read(&env);
        faults
    }

    /// The JSON schema (draft 2020-12) of such a configuration, with the providers whose features are on: for editors and for
    /// checks. It is made of the data by which a configuration is read.
    ///
    /// It knows every name and the form of every value. Whether a secret can be one is said by [`check`](Self::check) only.
    ///
    /// ```
    /// let schema = webhook_core::VariantsConfig::json_schema();
    /// assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    /// ```
    #[must_use]
    pub fn json_schema() -> Value {
        schema::schema()
    }

    /// The variants that can be made, and what is wrong with the others.
    fn read(&self, env: &impl Fn(&str) -> Option<String>) -> (Variants, Vec<ConfigError>) {
        let (mut variants, mut faults) = (Variants::new(), Vec::new());
        if self.tables.is_empty() {
            faults.push(NO_VARIANT);
        }
        for (name, table) in &self.tables {
            match endpoint(table, env, self.dedupe.as_ref()) {
                Ok(endpoint) => faults.extend(variants.add(name.as_str().into(), endpoint).err()),
                Err(own) => faults.extend(own.into_iter().map(|fault| fault.of_variant(name))),
            }
        }
        (variants, faults)
    }
}

const NO_VARIANT: ConfigError = ConfigError::fixed(
    "the configuration names no variant, so that every request would be refused: add a table with a `provider`, such as \
     `[variants.stripe]`",
);

impl fmt::Debug for VariantsConfig {
    /// The names only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.tables.keys()).finish()
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
