//! Square.
use crate::registry::Provider;
use crate::scheme::{Encoding, Field, Part, Primitive, Scheme, Signature};

pub(crate) const PROVIDER: Provider = Provider::scheme("square", |_| Ok(SCHEME));

/// Base64 HMAC-SHA256 of the notification URL and the body.
pub const SCHEME: Scheme = Scheme::new("square", Primitive::HmacSha256)
    .signature(Signature::header("x-square-hmacsha256-signature").encoding(Encoding::Base64))
    .content(&[Part::PublicUrl, Part::Body])
    .id(&[Field::Json("/event_id")])
    .kind(&[Field::Json("/type")]);
