//! Svix.
use crate::provider_type::scheme_provider;
use crate::registry::Provider;
use crate::scheme::{Encoding, Field, Part, Scheme, Signature, Timestamp};

use super::standard_webhooks;

pub(crate) const PROVIDER: Provider = Provider::scheme("svix", |_| Ok(SCHEME));

const ID: &[Field] = &[Field::Header("svix-id"), Field::Header("webhook-id")];

/// Standard Webhooks under Svix's own header names, which win over the common ones.
pub const SCHEME: Scheme = Scheme { name: "svix", ..standard_webhooks::SCHEME }
    .signature(
        Signature::first_of(&[Field::Header("svix-signature"), Field::Header("webhook-signature")])
            .split(b' ')
            .prefix("v1,")
            .encoding(Encoding::Base64),
    )
    .timestamp(
        Timestamp::first_of(&[Field::Header("svix-timestamp"), Field::Header("webhook-timestamp")])
            .tolerance(300),
    )
    .content(&[
        Part::FirstOf(ID),
        Part::Literal("."),
        Part::Timestamp,
        Part::Literal("."),
        Part::Body,
    ])
    .id(ID);

scheme_provider! {
    /// Svix
    Svix, SCHEME
}
