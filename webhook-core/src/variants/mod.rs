//! Several accounts at one address.

mod config;
mod variants;

pub use config::VariantsConfig;
#[cfg(feature = "explain")]
pub(crate) use config::with_env;
pub use variants::Variants;
