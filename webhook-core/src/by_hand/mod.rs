//! What verifiers by hand are made of, where no scheme describes a sender.

mod amended;
#[cfg(feature = "x509")]
pub(crate) mod certificate;
mod digest;
mod form;
#[cfg(feature = "x509")]
pub(crate) mod jwk;
#[cfg(feature = "x509")]
pub(crate) mod jws;
pub(crate) mod key_ids;
mod keys;
mod on_body;
mod on_stream;
mod read;

pub(crate) use amended::amended;
pub(crate) use digest::digest;
pub(crate) use form::Form;
pub(crate) use keys::{Keys, NO_MATCH};
pub(crate) use on_body::on_body;
pub(crate) use on_stream::{Candidate, hmac_sha256, on_stream};
pub(crate) use read::{decode_hex, decoded, pairs, require_post, signature_header};
