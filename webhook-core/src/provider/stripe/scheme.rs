//! How Stripe signs.
use crate::provider_type::scheme_provider;
use crate::registry::Provider;
use crate::scheme::{Field, KeyFormat, Part, Primitive, Scheme, Signature, Timestamp};

pub(crate) const PROVIDER: Provider = Provider::scheme("stripe", |_| Ok(SCHEME));

/// Hex HMAC-SHA256 of time, dot, body. `v0`, which test events carry, is not looked at.
pub const SCHEME: Scheme = Scheme::new("stripe", Primitive::HmacSha256)
    .key(KeyFormat::text().never(&["sk_", "pk_", "rk_"]))
    .signature(
        Signature::header("stripe-signature")
            .split(b',')
            .prefix("v1=")
            .other_versions_are_missing(),
    )
    .timestamp(Timestamp::entry("t=").tolerance(300))
    .content(&[Part::Timestamp, Part::Literal("."), Part::Body])
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/type")]);

scheme_provider! {
    /// Verifies what Stripe signs.
    Stripe, SCHEME
}
