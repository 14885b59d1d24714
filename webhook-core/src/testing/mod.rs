//! For tests of your application: a delivery in one line, signers, a fixed clock, and the runner of vector files. Feature
//! `testing`.
//!
//! A handler is tested with what [`event`] makes:
//!
//! ```
//! use webhook_core::provider::stripe;
//! use webhook_core::testing;
//!
//! let event: stripe::Event = testing::event("stripe", r#"{"id":"evt_1","type":"invoice.paid","object":"event"}"#)?;
//! # Ok::<(), testing::EventError>(())
//! ```
//!
//! A server is tested with signed requests:
//!
//! ```
//! use webhook_core::provider::stripe::{self, Stripe};
//! use webhook_core::testing::{FixedClock, Sign, Signer};
//! use webhook_core::{Endpoint, UnixTime};
//!
//! let now = UnixTime::from_secs(1_785_920_400);
//! let endpoint = Endpoint::new(Stripe::new("whsec_test")?).clock(FixedClock::at(now));
//!
//! let signer = Signer::new(stripe::SCHEME, "whsec_test")?;
//! let request = signer.sign(br#"{"id":"evt_1","type":"invoice.paid"}"#, now)?;
//! assert!(request.header("stripe-signature").unwrap().starts_with("t=1785920400,v1="));
//! # Ok::<(), webhook_core::ConfigError>(())
//! ```

mod basic;
mod body_token;
mod clock;
mod event;
#[cfg(feature = "asymmetric")]
mod key_pairs;
mod macs;
#[cfg(feature = "published-keys")]
pub(crate) mod p521;
pub(crate) mod reads;
mod receive;
#[cfg(feature = "asymmetric")]
mod rsa;
pub(crate) mod sample;
mod sample_keys;
mod signer;
#[cfg(test)]
pub(crate) mod support;
#[cfg(feature = "published-keys")]
pub(crate) mod token;
pub mod vectors;

pub(crate) use basic::BasicSigner;
pub(crate) use body_token::TokenSigner;
pub use clock::FixedClock;
pub use event::{EventError, delivery, delivery_with, event};
pub(crate) use macs::count_mac;
pub use macs::count_macs;
pub use receive::receive;
pub(crate) use receive::receive_in_pieces;
#[cfg(feature = "asymmetric")]
pub(crate) use rsa::RsaPrivateKey;
pub use sample::{Bodies, ByScheme, Code, Keyed, Made, Place, Reads, Sample};
pub use sample_keys::SampleKeys;
pub use signer::{Sign, SignedRequest, Signer};
