//! Signing rules as data.
//!
//! Nearly every sender signs in the same way: one header with one or more signatures, perhaps a time, and a
//! MAC over a few things joined. A [`Scheme`] says which; one engine interprets it, hashing the body while it
//! arrives. The built-in providers are constants of this type, and your in-house sender can be one:
//!
//! ```
//! use webhook_core::scheme::{Field, Part, Algorithm, Scheme, Signature, Timestamp};
//!
//! /// `Acme-Signature: t=1785920400,v1=5257a8…`: hex HMAC-SHA256 of time, dot, body.
//! const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256)
//!     .signature(Signature::header("acme-signature").separator(b',').prefix("v1="))
//!     .timestamp(Timestamp::entry("t=").tolerance(300))
//!     .signed_content(&[Part::Timestamp, Part::Literal("."), Part::Body])
//!     .id(&[Field::Json("/id")])
//!     .kind(&[Field::Json("/type")]);
//!
//! let verifier = ACME.verifier(["new secret", "old secret"])?;
//! # Ok::<(), webhook_core::ConfigError>(())
//! ```
//!
//! What is fixed, whatever the scheme: two header lines that differ are refused; times are read strictly; what is signed
//! can be cut into its parts in one way only; every key is tried against every signature without an early exit; an empty
//! secret cannot be configured; a hash without a key is of a text, and over the secret. A description that cannot work is refused
//! before there is a verifier: see [`Scheme::check`].

mod account;
mod ahead;
mod body;
mod check;
mod entries;
mod handshake;
mod layout;
mod model;
mod part;
#[cfg(feature = "explain")]
mod parts;
mod places;
mod rules;
mod setup;
mod setup_verifier;
mod shown;
#[cfg(feature = "testing")]
mod sign;
mod timestamp;
mod verifier;

pub use crate::crypto::{Algorithm, Encoding, Hash, KeyFormat};
pub use crate::message::{FirstOf, Identity, Mode, Whose};
pub use crate::request::Field;
pub use account::SchemeVerifier;
#[cfg(feature = "testing")]
pub(crate) use account::{KEYS_BY_ID, PARAMETER};
pub(crate) use check::SchemeCheck;
pub use handshake::{Condition, Handshake, HandshakeReply, ReplyValue};
pub use model::{Scheme, Signature};
pub use part::Part;
pub use setup::Setup;
pub use setup_verifier::SetupVerifier;
pub(crate) use shown::ShownAt;
pub use timestamp::Timestamp;

#[cfg(feature = "testing")]
pub(crate) use sign::Signing;
