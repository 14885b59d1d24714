//! What says yes or no to a request, and what such code is made of where no scheme describes a sender.

mod at_once;
mod body_token;
mod buffered;
mod cloudevents;
mod confirm;
mod form;
mod header;
mod keys;
mod login;
mod map_proof;
mod of_scheme;
mod shown;
mod signed_url;
mod streaming;
mod verifier;

pub(crate) use crate::crypto::decode_hex;
#[cfg(feature = "published-keys")]
pub(crate) use at_once::AtOnce;
#[cfg(feature = "testing")]
pub(crate) use body_token::LEEWAY_SECS;
pub(crate) use body_token::{TokenRule, TokenTime, TokenVerifier};
pub(crate) use buffered::buffered;
pub use cloudevents::CloudEvents;
pub use confirm::{Confirm, Lookup, Notice};
#[cfg(feature = "asymmetric")]
pub(crate) use form::decode as decode_form;
pub(crate) use form::{Form, SortedForm};
pub(crate) use header::{pairs, require_post, signature_header};
pub(crate) use keys::{Keys, NO_MATCH};
pub(crate) use login::Login;
pub(crate) use map_proof::map_proof;
pub use shown::{Proven, Shown, StorageKey};
#[cfg(feature = "testing")]
pub(crate) use signed_url::target;
pub(crate) use signed_url::{SignedUrl, path_of};
pub(crate) use streaming::{Candidate, hmac_sha256, streaming};
pub use verifier::{BodyCheck, Check, ProofFuture, ShowsSecret, Verdict, Verifier};
