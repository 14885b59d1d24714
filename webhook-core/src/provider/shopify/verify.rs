//! How Shopify signs.

use super::payment::{MEANING, updates};
use crate::crypto::{Algorithm, Encoding, KeyFormat};
use crate::message::{Identity, Whose};
use crate::provider::macros::scheme_provider;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};
use crate::{ConfigError, IntoKeyring, Settings};

/// Base64 HMAC-SHA256 of the body.
pub const SCHEME: Scheme = Scheme::new("shopify", Algorithm::HmacSha256)
    // <https://shopify.dev/docs/apps/build/webhooks/subscribe/https>
    .waits_secs(5)
    .key(
        KeyFormat::text()
            .reject_prefixes(&["shpat_", "shpca_", "shppa_", "shpua_", "shptka_", "atkn_"]),
    )
    .signature(Signature::header("x-shopify-hmac-sha256").encoding(Encoding::Base64))
    // An order of 500 lines, each with its taxes and discounts. A body that is refused eight times ends the subscription.
    .body_limit(4 * 1024 * 1024)
    .id(&[Field::Header("x-shopify-webhook-id")])
    .kind(&[Field::Header("x-shopify-topic")])
    .identity(Identity::body().beside(&[
        &[
            Field::Header("x-shopify-event-id"),
            Field::Header("x-shopify-webhook-id"),
        ],
        &[Field::Header("x-shopify-topic")],
        &[Field::Header("x-shopify-shop-domain")],
    ]))
    .whose(&WHOSE)
    .with_events()
    .meaning(&MEANING)
    .payments(updates);

/// The same under the header names of Shopify Events.
pub const EVENTS_SCHEME: Scheme = SCHEME
    .signature(Signature::header("shopify-hmac-sha256").encoding(Encoding::Base64))
    .id(&[Field::Header("shopify-webhook-id")])
    .kind(&[Field::Header("shopify-topic")])
    .identity(Identity::body().beside(&[
        &[
            Field::Header("shopify-event-id"),
            Field::Header("shopify-webhook-id"),
        ],
        &[Field::Header("shopify-topic")],
        &[Field::Header("shopify-shop-domain")],
    ]))
    .whose(&WHOSE);

/// The header with the domain of the shop is not signed. Of an order the page of its status is, with the number of the shop.
const WHOSE: Whose = Whose::new()
    .account(&[Field::Json("/order_status_url")])
    .read(shop_of)
    .live(Field::Json("/test"), &["false"])
    .test(Field::Json("/test"), &["true"]);

/// The number of the shop in `https://shop.example/690933842/orders/…`.
fn shop_of(url: &str) -> Option<&str> {
    let number = url.strip_prefix("https://")?.split('/').nth(1)?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(number)
}

scheme_provider! {
    /// Verifies what Shopify sends to one app.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::shopify::Shopify;
    ///
    /// let endpoint = Endpoint::new(Shopify::new(["new client secret", "old client secret"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Shopify, SCHEME
}

impl Shopify {
    /// The same for Shopify Events, whose headers begin with `shopify-`.
    ///
    /// # Errors
    /// If there is no key, or one is empty.
    pub fn events(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        EVENTS_SCHEME.verifier(keys).map(Self)
    }
}

/// The scheme that `mode` chooses.
pub(super) fn configured(settings: &Settings) -> Result<Scheme, ConfigError> {
    match settings.text("mode")? {
        None | Some("webhooks") => Ok(SCHEME),
        Some("events") => Ok(EVENTS_SCHEME),
        Some(_) => Err(ConfigError::new(
            "`mode` is neither `webhooks` nor `events`",
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Verifier, provider};

    #[test]
    fn an_unknown_mode_is_refused() {
        let settings =
            |mode| Settings::new(json!({"secrets": "a secret for tests", "mode": mode})).unwrap();
        let error = provider::by_name("shopify", &settings("event")).unwrap_err();
        assert!(error.to_string().contains("mode"));
        assert!(provider::by_name("shopify", &settings("webhooks")).is_ok());
        assert_eq!(
            Shopify::events("a secret for tests")
                .unwrap()
                .provider()
                .name(),
            "shopify"
        );
    }
}
