//! The senders: one module for each, with its scheme, its verifier and its events.
//!
//! To add one, write its file, add its line below, and put its vectors into `tests/vectors/`.

use std::sync::Arc;

use crate::registry::{Provider, providers};
use crate::{ConfigError, Settings, Verifier};

providers! {
    github;
    shopify;
    slack;
    square;
    standard_webhooks;
    stripe;
    svix;
}

/// The verifier of an account that is described by name, as in a configuration file.
///
/// ```
/// use serde_json::json;
/// use webhook_core::{Endpoint, Settings, provider};
///
/// let settings = Settings::new(json!({"secrets": ["whsec_new", "whsec_old"]}))?;
/// let verifier = provider::by_name("stripe", &settings)?;
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
///
/// # Errors
/// If there is no such provider, or a setting is missing or wrong; the error names it.
pub fn by_name(name: &str, settings: &Settings) -> Result<Arc<dyn Verifier>, ConfigError> {
    find(name)?.verifier(settings)
}

/// The names of all providers, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|provider| provider.name)
}

fn find(name: &str) -> Result<&'static Provider, ConfigError> {
    let provider = ALL.iter().find(|provider| provider.name == name);
    provider.ok_or_else(|| ConfigError::new(format!("there is no provider `{name}`")))
}
