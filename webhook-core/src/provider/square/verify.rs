//! How Square signs.

use super::payment::{MEANING, payments};
use crate::crypto::{Algorithm, Encoding, KeyFormat};
use crate::message::Whose;
use crate::provider::macros::verifies_by_inner;
use crate::request::Field;
use crate::scheme::{Part, Scheme, SchemeVerifier, Signature};
use crate::{ConfigError, IntoKeyring};

/// Base64 HMAC-SHA256 of the notification URL and the body.
pub const SCHEME: Scheme = Scheme::new("square", Algorithm::HmacSha256)
    .key(KeyFormat::text().reject_prefixes(&["EAAA", "sq0", "sandbox-sq0"]))
    .signature(Signature::header("x-square-hmacsha256-signature").encoding(Encoding::Base64))
    .signed_content(&[Part::PublicUrl, Part::Body])
    .id(&[Field::Json("/event_id")])
    .kind(&[Field::Json("/type")])
    .whose(&WHOSE)
    .with_events()
    .meaning(&MEANING)
    .payments(payments);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/merchant_id")]);

/// Verifies what Square sends to one subscription.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::square::Square;
///
/// let square = Square::new(["the new key", "the old key"], "https://shop.example/webhooks/square")?;
/// let endpoint = Endpoint::new(square);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Square(SchemeVerifier);

impl Square {
    /// Accepts what any of these keys has signed for `public_url`: the notification URL exactly as it stands in
    /// the developer console.
    ///
    /// # Errors
    /// If there is no key, one is empty, or the URL does not begin with `https://` or `http://`.
    pub fn new(keys: impl IntoKeyring, public_url: impl Into<String>) -> Result<Self, ConfigError> {
        SCHEME.verifier(keys)?.public_url(public_url).map(Self)
    }
}

verifies_by_inner!(Square);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Settings, Verifier, provider};

    #[test]
    fn an_account_without_its_url_is_refused() {
        let settings = Settings::new(json!({"secrets": "a key for tests"})).unwrap();
        let error = provider::by_name("square", &settings).unwrap_err();
        assert!(error.to_string().contains("public_url"));
        assert!(Square::new("a key for tests", "shop.example/hooks").is_err());
        assert_eq!(
            Square::new("a key for tests", "https://shop.example/hooks")
                .unwrap()
                .provider()
                .name(),
            "square"
        );
    }
}
