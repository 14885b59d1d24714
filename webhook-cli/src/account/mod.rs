//! Whose secrets are used.

#[cfg(feature = "program")]
mod args;

#[cfg(feature = "program")]
pub use args::AccountArgs;
pub use webhook_core::explain::Account;
use webhook_core::provider;

use crate::terminal::Failure;

/// The environment variable that holds the secret of a provider if no flag names one, such as `STRIPE_WEBHOOK_SECRET`.
#[must_use]
pub fn variable(provider: &str) -> String {
    format!(
        "{}_WEBHOOK_SECRET",
        provider.replace('-', "_").to_ascii_uppercase()
    )
}

/// The setting that holds the keys of a provider.
///
/// # Errors
/// If there is no such provider, or it has no secret: its keys are published.
pub fn keys_of(provider: &str) -> Result<&'static str, Failure> {
    let samples = provider::samples(provider, &webhook_core::testing::SampleKeys::new())?;
    let keys = samples.iter().flat_map(|sample| sample.keys).next();
    keys.copied().ok_or_else(|| {
        Failure::usage(format!(
            "{provider} has no secret: give what it needs by --setting NAME=VALUE; `webhook-cli providers {provider}` lists the settings"
        ))
    })
}
