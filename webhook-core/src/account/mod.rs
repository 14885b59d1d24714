//! What a receiver configures for one account: its secrets and its settings.

pub(crate) mod key_ids;
mod key_print;
mod mistake;
mod nearest;
mod secret;
mod settings;
mod shape;
mod short;

pub(crate) use key_print::Accounts;
pub use key_print::KeyPrint;
pub(crate) use mistake::SHORTEST;
#[cfg(feature = "explain")]
pub(crate) use mistake::is_invisible;
pub(crate) use nearest::nearest;
pub use secret::{IntoKeyring, Key, Keyring, Secret};
pub use settings::Settings;
pub(crate) use shape::Shape;
pub(crate) use short::warn_of_short_key;
