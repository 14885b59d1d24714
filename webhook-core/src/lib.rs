#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
// Where some senders are left out, some of what all of them share has nobody who needs it.
#![cfg_attr(
    not(all(
        feature = "business",
        feature = "developer",
        feature = "messages",
        feature = "payments"
    )),
    allow(dead_code, unused_imports, unused_macros)
)]
// clippy.toml lets tests index; for slicing a text it has no such switch.
#![cfg_attr(test, allow(clippy::string_slice, clippy::sliced_string_as_bytes))]

mod account;
pub mod adapter;
mod crypto;
pub mod dedupe;
mod delivery;
mod endpoint;
#[cfg(feature = "explain")]
pub mod explain;
mod json;
pub mod mailing;
mod message;
pub mod observe;
mod outcome;
pub mod payment;
pub mod provider;
#[cfg(feature = "published-keys")]
pub mod published;
mod request;
mod rules;
pub mod scheme;
mod stored;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
mod variants;
mod verify;

pub use account::{IntoKeyring, Key, KeyPrint, Keyring, Secret, Settings};
#[cfg(feature = "tokio")]
pub use adapter::{Accept, DEFAULT_HANDOVER_DEADLINE, Handover, accept};
pub use delivery::{
    Confirmed, Delivery, FromDelivery, JsonEvent, Provider, UnverifiedDelivery, UnverifiedJsonEvent,
};
pub use endpoint::resolver;
pub use endpoint::{
    DEFAULT_BODY_LIMIT, DEFAULT_BODY_TIMEOUT, DEFAULT_RESOLVER_TIMEOUT, Detached, Endpoint,
    IntoEndpoint, Reload, Verification,
};
pub use json::{EventKind, RawJson, Text};
pub use message::{Coverage, MatchedKey, Proof, Unverified};
pub use outcome::{Answer, ConfigError, DecodeError, Rejection, RejectionKind, Reply, SetupSecret};
pub use request::{Headers, RequestHead};
pub use stored::{NotStorable, ReopenError, StoredDelivery};
pub use time::{Clock, SystemClock, TimeUnit, Tolerance, UnixTime};
pub use variants::{Variants, VariantsConfig};
pub use verify::{
    BodyCheck, Check, CloudEvents, Confirm, Lookup, Notice, ProofFuture, Proven, Shown,
    ShowsSecret, StorageKey, Verdict, Verifier,
};
