//! MACs, signatures, certificates and tokens: bytes in, yes or no out. Nothing here knows a sender.

mod algorithm;
#[cfg(feature = "published-keys")]
pub(crate) mod certificate;
mod digest;
mod encoding;
#[cfg(feature = "published-keys")]
pub(crate) mod jwk;
pub(crate) mod jws;
mod mac;
mod parted;
#[cfg(feature = "asymmetric")]
mod public_key;
mod seal;
#[cfg(feature = "asymmetric")]
pub(crate) mod spki;
mod tag;

pub use algorithm::{Algorithm, KeyFormat};
pub use digest::Hash;
pub(crate) use digest::{Hashing, digest};
pub use encoding::Encoding;
pub(crate) use encoding::decode_hex;
pub(crate) use mac::{Candidates, Code, PreparedKey, Running};
#[allow(unused_imports)]
pub(crate) use mac::{key_bytes, require_no_header, same_text};
pub(crate) use parted::Parted;
pub(crate) use seal::SealKey;
pub(crate) use tag::Tag;
#[cfg(test)]
pub(crate) use tag::counting;
