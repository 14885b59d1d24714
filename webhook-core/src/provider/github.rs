//! GitHub.
use crate::provider_type::scheme_provider;
use crate::registry::Provider;
use crate::scheme::{Field, Primitive, Scheme, Signature};

pub(crate) const PROVIDER: Provider = Provider::scheme("github", |_| Ok(SCHEME));

/// Hex HMAC-SHA256 of the body, after `sha256=`.
pub const SCHEME: Scheme = Scheme::new("github", Primitive::HmacSha256)
    .signature(Signature::header("x-hub-signature-256").prefix("sha256="))
    .id(&[Field::Header("x-github-delivery")])
    .kind(&[Field::Header("x-github-event")]);

scheme_provider! {
    /// GH
    GitHub, SCHEME
}
