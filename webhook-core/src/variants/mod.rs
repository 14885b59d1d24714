//! Several accounts at one address.

mod config;
mod env;
mod member;
mod schema;
mod table;
mod variants;

pub use config::VariantsConfig;
#[cfg(feature = "explain")]
pub(crate) use env::with_env;
#[cfg(feature = "explain")]
pub(crate) use member::names as member_names;
pub use variants::Variants;
