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
/// | `only_kinds` | a list, for [`Endpoint::only_kinds`](crate::Endpoint::only_kinds) |
/// | `test_account` | `true`, for [`Endpoint::test_account`](crate::Endpoint::test_account) |
/// | `dedupe` | `false`: without the store of [`dedupe`](Self::dedupe) |
/// | `dedupe_lease_seconds`, `dedupe_retention_seconds` | for [`Dedupe::lease`] and [`Dedupe::retention`], with that store |
/// | what ends with `_env` | the name of an environment variable that holds the value of the key without `_env`; or a list or table of names. It may stand in a table of keys too: `secret_base64_env` |
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

    use std::time::Duration;

    use super::*;
    use crate::dedupe::{
        Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce, StoreError, StoreFuture,
    };
    use crate::endpoint::Verification;
    use crate::{Endpoint, Rejection, RequestHead};

    fn env(name: &str) -> Option<String> {
        let value = match name {
            "NEW" => "whsec_canary of the new",
            "OLD" | "old" => "whsec_canary of the old",
            "SENDER" => "github",
            _ => return None,
        };
        Some(value.to_owned())
    }

    fn build(config: Value) -> Result<Variants, ConfigError> {
        let config: VariantsConfig = serde_json::from_value(config).unwrap();
        config.build(env)
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

    /// A store that nobody asks.
    #[derive(Debug)]
    struct Silent;

    fn silent<T>() -> StoreFuture<T> {
        StoreFuture::ready(Err(StoreError::new("silent")))
    }

    impl DedupeStore for Silent {
        fn claim(&self, _: &DedupeKey, _: Nonce, _: Duration) -> StoreFuture<Claim> {
            silent()
        }

        fn renew(&self, _: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
            silent()
        }

        fn complete(&self, _: &ClaimToken, _: Duration) -> StoreFuture<ClaimState> {
            silent()
        }

        fn release(&self, _: &ClaimToken) -> StoreFuture<ClaimState> {
            silent()
        }
    }

    /// An endpoint with a store needs a name.
    #[test]
    fn each_variant_has_its_name_and_the_store_if_it_wants() {
        let table = |name: Option<&str>, dedupe: Option<bool>| json!({"provider": "github", "secrets": "a secret for tests", "name": name, "dedupe": dedupe});
        for (table, is_open) in [
            (table(Some("hooks"), None), true),
            (table(Some("hooks"), Some(true)), true),
            (table(None, None), false),
            (table(None, Some(true)), false),
            (table(None, Some(false)), true),
        ] {
            let config: VariantsConfig =
                serde_json::from_value(json!({"x": table.clone()})).unwrap();
            let variants = config.dedupe(Silent).build(env).unwrap();
            let code = open(variants, "x", "2").err().map(|refused| refused.code());
            let wanted = (!is_open).then_some("misconfigured");
            assert_eq!(code, wanted, "{table}");
        }
    }

    /// What is remembered for a shorter time than a request is accepted could be replayed.
    #[test]
    fn each_variant_has_its_own_retention() {
        let retained = |secs: u64| {
            let config: VariantsConfig = serde_json::from_value(json!({"x": {
                "provider": "github", "secrets": "a secret for tests", "name": "hooks",
                "dedupe_lease_seconds": 30, "dedupe_retention_seconds": secs,
            }}))
            .unwrap();
            config.dedupe(Silent).build(env).map(drop)
        };
        assert!(retained(60).is_ok());
        assert!(retained(20).is_err());
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
