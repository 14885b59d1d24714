//! Shopify.
use crate::provider_type::scheme_provider;
use crate::registry::Provider;
use crate::scheme::{Encoding, Field, Primitive, Scheme, Signature};

pub(crate) const PROVIDER: Provider = Provider::scheme("shopify", |settings| {
    Ok(match settings.text("mode")? {
        Some("events") => EVENTS_SCHEME,
        _ => SCHEME,
    })
});

/// Base64 HMAC-SHA256 of the body.
pub const SCHEME: Scheme = Scheme::new("shopify", Primitive::HmacSha256)
    .signature(Signature::header("x-shopify-hmac-sha256").encoding(Encoding::Base64))
    .id(&[Field::Header("x-shopify-webhook-id")])
    .kind(&[Field::Header("x-shopify-topic")]);

/// The same under the header names of Shopify Events.
pub const EVENTS_SCHEME: Scheme = SCHEME
    .signature(Signature::header("shopify-hmac-sha256").encoding(Encoding::Base64))
    .id(&[Field::Header("shopify-webhook-id")])
    .kind(&[Field::Header("shopify-topic")]);

scheme_provider! {
    /// Shopify
    Shopify, SCHEME
}
