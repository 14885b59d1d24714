//! Signing rules as data.
//!
//! Nearly every sender signs in the same way: one header with one or more signatures, perhaps a time, and a
//! MAC over a few things joined. A [`Scheme`] says which; one engine interprets it, hashing the body while it
//! arrives. The built-in providers are constants of this type, and your in-house sender can be one:
//!
//! ```
//! use webhook_core::scheme::{Field, Part, Primitive, Scheme, Signature, Timestamp};
//!
//! /// `Acme-Signature: t=1785920400,v1=5257a8…`: hex HMAC-SHA256 of time, dot, body.
//! const ACME: Scheme = Scheme::new("acme", Primitive::HmacSha256)
//!     .signature(Signature::header("acme-signature").split(b',').prefix("v1="))
//!     .timestamp(Timestamp::entry("t=").tolerance(300))
//!     .content(&[Part::Timestamp, Part::Literal("."), Part::Body])
//!     .id(&[Field::Json("/id")])
//!     .kind(&[Field::Json("/type")]);
//!
//! let verifier = ACME.verifier(["new secret", "old secret"])?;
//! # Ok::<(), webhook_core::ConfigError>(())
//! ```
//!
//! What is fixed, whatever the scheme: two header lines that differ are refused; times are read strictly; what is signed
//! can be cut into its parts in one way only; every key is tried against every signature without an early exit; an empty
//! secret cannot be configured. A description that cannot work is refused before there is a verifier: see
//! [`Scheme::check`].

mod account;
mod apart;
mod check;
mod entries;
mod field;
mod handshake;
mod ident;
mod identity;
mod key;
mod layout;
mod model;
#[cfg(feature = "asymmetric")]
mod public_key;
mod rules;
#[cfg(feature = "testing")]
mod sign;
mod tag;
mod timestamp;
mod verifier;
mod whose;

pub use account::SchemeVerifier;
pub use check::SchemeCheck;
pub use field::Field;
pub use handshake::{Answer, Condition, Handshake, Value};
pub use identity::{FirstOf, Identity};
pub use model::{Encoding, KeyFormat, Part, Primitive, Scheme, Signature};
pub use timestamp::Timestamp;
pub use whose::{Mode, Whose};

pub(crate) use apart::{Received, Told};
#[allow(unused_imports)]
pub(crate) use entries::{malformed, missing};
pub(crate) use field::is_form;
pub(crate) use ident::{Ident, Named, Owner};
pub(crate) use key::{Code, PreparedKey};
#[allow(unused_imports)]
pub(crate) use key::{key_bytes, require_no_header, same_text};
#[cfg(feature = "testing")]
pub(crate) use sign::Signing;
pub(crate) use tag::Tag;
#[cfg(test)]
pub(crate) use tag::counting;
