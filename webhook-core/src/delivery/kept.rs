//! A request as its endpoint keeps it, so that its delivery can be written down.

use bytes::Bytes;

use crate::crypto::SealKey;
use crate::request::KeptHead;

/// The request, where its endpoint keeps it.
#[derive(Clone, Debug)]
pub(crate) struct KeptRequest {
    /// Without what a sender shows that signs nothing.
    pub(crate) head: KeptHead,
    /// As it was sent.
    pub(crate) body: Bytes,
    pub(crate) sealing: Sealing,
}

/// What vouches for a request that was written down.
#[derive(Clone, Debug)]
pub(crate) enum Sealing {
    /// The sender's own signature.
    Signed,
    /// A seal by this key.
    By(SealKey),
    /// Nothing: no secret is there that could.
    Impossible,
    /// Nothing, as the secret stands where it is not expected.
    ShownElsewhere,
}
