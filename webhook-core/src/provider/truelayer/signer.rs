//! Signs as TrueLayer does. For tests.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};

use super::verify::{HEADER, LIVE, NAMES, TIMESTAMP, path_of};
use crate::account::Settings;
use crate::published::InMemory;
use crate::testing::{Code, Place, Sample, SampleKeys, Sign, SignedRequest, p521, reads};
use crate::{ConfigError, UnixTime};

/// Signs bodies as TrueLayer does, with a key for tests: everybody can sign with it.
///
/// ```
/// use webhook_core::provider::truelayer::{Signer, TrueLayer};
/// use webhook_core::testing::{FixedClock, Sign, receive};
/// use webhook_core::{Endpoint, UnixTime};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let now = UnixTime::from_secs(1_785_920_400);
/// let signer = Signer::new();
/// let endpoint = Endpoint::new(TrueLayer::new(signer.keys()?)).clock(FixedClock::at(now));
///
/// let body = br#"{"type": "payment_settled", "event_id": "1", "payment_id": "2"}"#;
/// let delivery = receive(&endpoint, signer.sign(body, now)?).await?;
/// assert_eq!(delivery.kind(), Some("payment_settled"));
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer {
    key_id: String,
    jku: String,
    path: String,
}

impl Signer {
    /// A signer with the key for tests, published where the live ones are.
    #[must_use]
    pub fn new() -> Self {
        Self {
            key_id: "00000000-0000-4000-8000-000000000000".to_owned(),
            jku: LIVE.to_owned(),
            path: "/".to_owned(),
        }
    }

    /// The same with another address of the set of keys.
    #[must_use]
    pub fn jku(self, url: impl Into<String>) -> Self {
        Self {
            jku: url.into(),
            ..self
        }
    }

    /// The same for a receiver at this path, `/` if not said otherwise.
    #[must_use]
    pub fn path(self, path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            ..self
        }
    }

    /// The public half of its key under its id, as a source for [`TrueLayer::new`](super::TrueLayer::new).
    ///
    /// # Errors
    /// Never with the key that it has.
    pub fn keys(&self) -> Result<InMemory, ConfigError> {
        Ok(InMemory::new([(self.key_id.clone(), self.jwk()?)]))
    }

    /// The public half of its key as TrueLayer publishes it, for a source of your own.
    ///
    /// # Errors
    /// Never with the key that it has.
    pub fn jwk(&self) -> Result<String, ConfigError> {
        p521::jwk(&self.key_id)
    }
}

impl Default for Signer {
    fn default() -> Self {
        Self::new()
    }
}

impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        let time = UnixTime::from_secs(now.as_secs()).to_string();
        let header = json!({
            "alg": "ES512",
            "kid": self.key_id,
            "tl_version": "2",
            "tl_headers": "X-Tl-Webhook-Timestamp",
            "jku": self.jku,
        });
        let header = Base64UrlUnpadded::encode_string(header.to_string().as_bytes());
        let before = format!("POST {}\nX-Tl-Webhook-Timestamp: {time}\n", self.path);
        let payload = Base64UrlUnpadded::encode_string(&[before.as_bytes(), body].concat());
        let signature = p521::sign(format!("{header}.{payload}").as_bytes())?;
        let signature = Base64UrlUnpadded::encode_string(&signature);
        let request = SignedRequest {
            target: self.path.clone(),
            ..SignedRequest::json(body.to_vec())
        };
        Ok(request
            .with_header(TIMESTAMP, time)
            .with_header(HEADER, format!("{header}..{signature}")))
    }
}

pub(super) fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    settings.table("jwks_by_url")?;
    Ok(Box::new(match settings.text("public_url")? {
        Some(url) => Signer::new().path(path_of(url)?),
        None => Signer::new(),
    }))
}

pub(super) fn samples(_: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    // The path of the URL that all samples have.
    let signer = Signer::new().path("/webhooks");
    let own: Value =
        serde_json::from_str(&signer.jwk()?).map_err(|_| ConfigError::fixed("no JWK"))?;
    // The key of RFC 7520, 3.1.
    let other = json!({"kty": "EC", "crv": "P-521", "use": "sig", "kid": signer.key_id,
        "x": "AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt",
        "y": "AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1"});
    let settings = [own, other].map(|key| json!({"jwks_by_url": {LIVE: {"keys": [key]}}}));
    Ok(vec![Sample {
        // Without them keys are fetched.
        keys: &[],
        code: Code::Token,
        reads: reads::exactly,
        signed: vec![TIMESTAMP],
        window: Some([300; 2]),
        ..Sample::new(NAMES.name(), signer, settings, Place::Header(HEADER))
            .set("public_url", Sample::URL)
    }])
}
