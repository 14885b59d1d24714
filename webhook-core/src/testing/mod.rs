//! For tests of your application: signers, a fixed clock, and the runner of vector files. Feature `testing`.
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

mod clock;
mod macs;
mod receive;
mod signer;
#[cfg(feature = "x509")]
pub(crate) mod token;
pub mod vectors;

pub use clock::FixedClock;
pub use macs::count_macs;
pub(crate) use macs::mac_begun;
pub use receive::receive;
pub(crate) use receive::receive_in_pieces;
pub use signer::{Sign, SignedRequest, Signer};
