//! Keys that are not configured but published by the sender: certificates and key sets. Feature `x509`.
//!
//! A verifier that needs one asks its source. Before it asks, it has judged the name of what it asks for, and what comes
//! back is trusted only after the checks of that sender.

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the senders that publish keys come next")
)]
mod cache;
mod source;

pub(crate) use cache::{Cache, Entry};
pub use source::{CertificateSource, Fetching, InMemory, KeySource, Unavailable};
