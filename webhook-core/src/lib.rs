#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
// clippy.toml lets tests index; for slicing a text it has no such switch.
#![cfg_attr(test, allow(clippy::string_slice, clippy::sliced_string_as_bytes))]

mod body;
mod by_hand;
pub mod dedupe;
mod delivery;
mod endpoint;
mod event;
mod head;
mod json;
mod key_print;
#[cfg(feature = "x509")]
pub mod keys;
pub mod payment;
pub mod provider;
mod provider_type;
mod registry;
mod rejection;
mod reply;
pub mod resolver;
mod rules;
pub mod scheme;
mod secret;
mod sender;
mod settings;
#[cfg(test)]
#[cfg(feature = "testing")]
mod test_support;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
mod time;
pub mod unbroken;
mod unsigned;
mod variants;
mod verifier;

pub use delivery::Delivery;
pub use endpoint::{Endpoint, Intake, LEAST_FRAME, Opened, Outcome, YIELD_AFTER};
pub use event::{DecodeError, FromDelivery, JsonEvent, UnsignedJsonEvent};
pub use head::{Headers, RequestHead};
pub use key_print::KeyPrint;
pub use rejection::{ConfigError, Rejection, RejectionKind};
pub use reply::Reply;
pub use rules::{DEFAULT_BODY_LIMIT, DEFAULT_BODY_TIMEOUT, DEFAULT_RESOLVER_TIMEOUT};
pub use secret::{IntoKeyring, Key, Keyring, Secret};
pub use sender::Provider;
pub use settings::Settings;
pub use text::{EventKind, RawJson, Text};
pub use time::{Clock, SystemClock, TimeUnit, Tolerance, UnixTime};
pub use unsigned::Unsigned;
pub use variants::{Variants, VariantsConfig};
pub use verifier::{Asking, Begin, Check, Coverage, MatchedKey, Proof, Verdict, Verifier};
