//! Several accounts at one address.

mod config;
mod variants;

pub use config::VariantsConfig;
pub use variants::Variants;
