//! Netlify: deploy notifications.
//!
//! | | |
//! |---|---|
//! | signature | `X-Webhook-Signature`: a JWT with HS256; its claim `sha256` is the hex SHA-256 of the body |
//! | key | the text of the "JWS secret token" of the notification |
//! | time window | none: the token says no time |
//! | event id | none: `id` in the body is that of the deploy |
//! | kind | `X-Netlify-Event`, **not signed**; the body's `state` is |
//!
//! # What to know
//!
//! - A notification without a secret token is not signed at all, and is refused here.
//! - The claim `iss` must be `netlify`. A token without `sha256` vouches for no body, and is refused.
//! - A captured request can be sent again at any time, and with another `X-Netlify-Event`.
//! - One deploy has one `id` through all of its states: do not take it for the id of an event.
//!
//! Checked against vectors that we computed. Claims and their form are from third parties; no library of Netlify verifies.
//! Documentation: ["Deploy notifications"](https://docs.netlify.com/site-deploys/deploy-notifications/).
//!
//! Dedupe tells events apart by: body, unsigned kind. A repeat is handled again if it is not recognised: rendered anew.

use std::sync::Arc;

#[cfg(feature = "testing")]
use crate::Settings;
use crate::crypto::jws::JwsAlgorithm;
use crate::crypto::{Algorithm, Encoding};
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::token_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::Scheme;
#[cfg(feature = "testing")]
use crate::testing::sample::secrets;
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys, Sign, TokenSigner};
use crate::verify::{TokenRule, TokenTime, TokenVerifier};
use crate::{ConfigError, IntoKeyring};

pub(crate) const PROVIDER: Registered =
    Registered::custom(RULE.names.provider(), &ABOUT, |settings| {
        let netlify = Netlify::new(settings.keys("secrets")?);
        Ok(Arc::new(
            netlify.map_err(|error| error.of_setting("secrets"))?,
        ))
    })
    .tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Developer, "https://docs.netlify.com/site-deploys/deploy-notifications/")
    .setup(&[
        "In the project's configuration, open Notifications, Deploy notifications, and add an HTTP POST request for an event, with the URL.",
        "Enter a long random text as JWS secret token. It becomes `secrets`.",
    ])
    .settings(&[Setting::required(
        "secrets",
        "the JWS secret token of the notification: one or a list, any of which may match",
    )])
    .headers(&[HEADER, KIND_HEADER])
    .signed("JWT with HS256 that holds: the SHA-256 of the body");

const HEADER: &str = "x-webhook-signature";
const KIND_HEADER: &str = "x-netlify-event";

static RULE: TokenRule = TokenRule {
    names: Scheme::new("netlify", Algorithm::HmacSha256).kind(&[Field::Header(KIND_HEADER)]),
    header: HEADER,
    word: "",
    algorithms: &[JwsAlgorithm::Hs256],
    issuer: Some("netlify"),
    body: "/sha256",
    encoding: Encoding::Hex,
    nothing_for_empty: false,
    url: None,
    time: TokenTime::Nothing,
};

token_provider! {
    /// Verifies what Netlify sends for one or more deploy notifications.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::netlify::Netlify;
    ///
    /// let endpoint = Endpoint::new(Netlify::new(["new secret token", "old secret token"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Netlify
}

impl Netlify {
    /// Accepts what any of these keys has signed.
    ///
    /// # Errors
    /// If there is no key, or one cannot be a secret.
    pub fn new(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        TokenVerifier::new(&RULE, keys).map(Self)
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(of_secret(settings.first_key("secrets")?)?))
}

#[cfg(feature = "testing")]
fn of_secret(secret: impl Into<String>) -> Result<TokenSigner, ConfigError> {
    Ok(TokenSigner::new(&RULE, secret)?.kind(KIND_HEADER, "deploy_created"))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let sample = of_secret(keys.text[0])?.sample(secrets(keys.text));
    Ok(vec![sample.keyed(keys.text, Netlify::new)])
}
