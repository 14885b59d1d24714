//! An account as it is configured, before anything is judged.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use crate::account::Settings;
use crate::endpoint::Endpoint;
use crate::outcome::ConfigError;
use crate::provider;
use crate::variants::{member_names, with_env};

/// An account of a provider with its settings as they were written, mistakes included.
#[derive(Clone)]
#[non_exhaustive]
pub struct Account {
    /// Its name in the configuration.
    pub name: Option<String>,
    /// The provider.
    pub provider: String,
    /// Its [`Settings`].
    pub settings: Map<String, Value>,
    made: Arc<OnceLock<Made>>,
}

/// What was made of an account, which may have been changed since.
struct Made {
    provider: String,
    settings: Map<String, Value>,
    endpoint: Endpoint,
}

impl Account {
    /// An account.
    #[must_use]
    pub fn new(provider: impl Into<String>, settings: Map<String, Value>) -> Self {
        Self {
            name: None,
            provider: provider.into(),
            settings,
            made: Arc::default(),
        }
    }

    /// An account as a table of [`VariantsConfig`](crate::VariantsConfig) describes it, with the environment variables that `env` knows.
    ///
    /// # Errors
    /// If it is no table, a variable is not set, or the provider is not named.
    pub fn of_table(
        name: impl Into<String>,
        table: Value,
        env: &impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let Value::Object(table) = table else {
            return Err(ConfigError::fixed("it is not a table"));
        };
        let mut settings = with_env(table, env)?;
        // What is said of the endpoint, and not to the provider.
        for name in member_names() {
            settings.remove(name);
        }
        match settings.remove("provider") {
            Some(Value::String(provider)) => Ok(Self {
                name: Some(name.into()),
                ..Self::new(provider, settings)
            }),
            _ => Err(ConfigError::fixed("`provider` names the sender")),
        }
    }

    /// What receives for it: test events too, as this is for tools. Made once, with the keys that it gets from the sender.
    ///
    /// # Errors
    /// If there is no such provider, or a setting is missing or wrong.
    pub fn endpoint(&self) -> Result<Endpoint, ConfigError> {
        if let Some(made) = self.made.get().filter(|made| self.is_as(made)) {
            return Ok(made.endpoint.clone());
        }
        let settings = Settings::new(Value::Object(self.settings.clone()))?;
        let resolver = provider::by_name(&self.provider, &settings)?;
        let endpoint = Endpoint::new(resolver).test_account();
        self.made.get_or_init(|| Made {
            provider: self.provider.clone(),
            settings: self.settings.clone(),
            endpoint: endpoint.clone(),
        });
        Ok(endpoint)
    }

    fn is_as(&self, made: &Made) -> bool {
        self.provider == made.provider && self.settings == made.settings
    }
}

impl fmt::Debug for Account {
    /// Without values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings: Vec<&String> = self.settings.keys().collect();
        f.debug_struct("Account")
            .field("name", &self.name)
            .field("provider", &self.provider)
            .field("settings", &settings)
            .finish()
    }
}
