//! What a receiver configures for one account: its secrets and its settings.

mod key_print;
mod mistake;
mod secret;
mod settings;
mod short;

pub(crate) use key_print::Accounts;
pub use key_print::KeyPrint;
pub(crate) use mistake::SHORTEST;
#[cfg(feature = "explain")]
pub(crate) use mistake::is_invisible;
pub use secret::{IntoKeyring, Key, Keyring, Secret};
pub use settings::Settings;
pub(crate) use short::warn_of_short_key;
