//! Standard Webhooks.
use crate::provider_type::scheme_provider;
use crate::registry::Provider;
use crate::scheme::{Encoding, Field, KeyFormat, Part, Primitive, Scheme, Signature, Timestamp};

pub(crate) const PROVIDER: Provider = Provider::scheme("standard-webhooks", |settings| {
    #[cfg(feature = "asymmetric")]
    if settings.has("public_keys") {
        return Ok(ASYMMETRIC_SCHEME);
    }
    let _ = settings;
    Ok(SCHEME)
});

/// Version `v1`.
pub const SCHEME: Scheme = Scheme::new("standard-webhooks", Primitive::HmacSha256)
    .key(KeyFormat::base64().strip("whsec_"))
    .signature(
        Signature::header("webhook-signature")
            .split(b' ')
            .prefix("v1,")
            .encoding(Encoding::Base64)
            .other_versions_are_missing(),
    )
    .timestamp(Timestamp::header("webhook-timestamp").tolerance(300))
    .content(&[
        Part::FirstOf(&[Field::Header("webhook-id")]),
        Part::Literal("."),
        Part::Timestamp,
        Part::Literal("."),
        Part::Body,
    ])
    .id(&[Field::Header("webhook-id")])
    .kind(&[Field::Json("/type")]);

/// Version `v1a`.
#[cfg(feature = "asymmetric")]
pub const ASYMMETRIC_SCHEME: Scheme = Scheme {
    primitive: Primitive::Ed25519,
    ..SCHEME
}
.key(KeyFormat::base64().strip("whpk_"))
.signature(
    Signature::header("webhook-signature")
        .split(b' ')
        .prefix("v1a,")
        .encoding(Encoding::Base64),
);

scheme_provider! {
    /// SW
    StandardWebhooks, SCHEME
}
