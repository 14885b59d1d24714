//! MACs, signatures, certificates and tokens: bytes in, yes or no out. Nothing here knows a sender.

#[cfg(feature = "asymmetric")]
mod aead;
mod algorithm;
mod base64;
#[cfg(feature = "published-keys")]
pub(crate) mod certificate;
mod digest;
mod encoding;
#[cfg(feature = "published-keys")]
pub(crate) mod jwk;
pub(crate) mod jws;
mod mac;
#[cfg(feature = "published-keys")]
mod p521;
mod parted;
#[cfg(feature = "asymmetric")]
mod public_key;
#[cfg(feature = "asymmetric")]
mod rsa;
mod seal;
#[cfg(feature = "asymmetric")]
pub(crate) mod spki;
mod tag;

#[cfg(feature = "asymmetric")]
pub(crate) use aead::open_aes_256_gcm;
#[cfg(all(feature = "asymmetric", feature = "testing"))]
pub(crate) use aead::seal_aes_256_gcm;
pub use algorithm::{Algorithm, KeyFormat};
#[cfg(feature = "xml")]
pub(crate) use base64::decode_base64_lines;
pub use digest::Hash;
pub(crate) use digest::{Hashing, digest};
pub use encoding::Encoding;
pub(crate) use encoding::decode_hex;
pub(crate) use mac::{Candidates, Code, Given, PreparedKey, Running};
#[allow(unused_imports)]
pub(crate) use mac::{key_bytes, require_no_header, same_text};
#[cfg(feature = "published-keys")]
pub(crate) use p521::P521Key;
pub(crate) use parted::Parted;
#[cfg(feature = "asymmetric")]
pub(crate) use rsa::{RsaPublicKey, rsa_public_keys};
pub(crate) use seal::SealKey;
pub(crate) use tag::Tag;
#[cfg(test)]
pub(crate) use tag::counting;
