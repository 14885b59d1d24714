//! Signs as Plaid does.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::token::NAME;
use crate::account::Settings;
use crate::published::InMemory;
use crate::testing::{Code, Place, Sample, SampleKeys, Sign, SignedRequest, reads, token};
use crate::{ConfigError, UnixTime};

/// A key for tests: everybody can sign with it.
const KEY: &[u8] = include_bytes!("../../testing/keys/plaid.pk8");
const KEY_ID: &str = "00000000-0000-4000-8000-000000000000";

/// Signs bodies as Plaid does, with a key for tests.
///
/// ```
/// use webhook_core::provider::plaid::{Plaid, Signer};
/// use webhook_core::testing::{FixedClock, Sign, receive};
/// use webhook_core::{Endpoint, UnixTime};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let now = UnixTime::from_secs(1_785_920_400);
/// let signer = Signer::new();
/// let endpoint = Endpoint::new(Plaid::new(signer.keys()?)).clock(FixedClock::at(now));
///
/// let body = br#"{"webhook_type": "ITEM", "webhook_code": "ERROR"}"#;
/// let delivery = receive(&endpoint, signer.sign(body, now)?).await?;
/// assert_eq!(delivery.kind(), Some("ITEM.ERROR"));
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer {
    key_id: String,
}

impl Signer {
    /// A signer with the key for tests.
    #[must_use]
    pub fn new() -> Self {
        Self {
            key_id: KEY_ID.to_owned(),
        }
    }

    /// The same with another id for the key.
    #[must_use]
    pub fn key_id(self, id: impl Into<String>) -> Self {
        Self { key_id: id.into() }
    }

    /// The public half of its key under its id, as a source for [`Plaid::new`](super::Plaid::new).
    ///
    /// # Errors
    /// Never with the key that it has.
    pub fn keys(&self) -> Result<InMemory, ConfigError> {
        Ok(InMemory::new([(self.key_id.clone(), self.jwk()?)]))
    }

    /// The public half of its key as Plaid publishes it, for a source of your own or the setting `jwks`.
    ///
    /// # Errors
    /// Never with the key that it has.
    pub fn jwk(&self) -> Result<String, ConfigError> {
        token::p256_jwk(KEY)
    }

    /// The header that holds the token for these claims, whatever they say.
    pub(super) fn token(&self, claims: &serde_json::Value) -> Result<String, ConfigError> {
        let header = json!({"alg": "ES256", "kid": self.key_id, "typ": "JWT"});
        token::es256(KEY, &header.to_string(), claims.to_string().as_bytes())
    }
}

impl Default for Signer {
    fn default() -> Self {
        Self::new()
    }
}

impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        let claims = json!({
            "iat": now.as_secs(),
            "request_body_sha256": const_hex::encode(Sha256::digest(body)),
        });
        Ok(SignedRequest {
            method: "POST".to_owned(),
            target: "/".to_owned(),
            headers: vec![
                ("content-type".to_owned(), "application/json".to_owned()),
                ("plaid-verification".to_owned(), self.token(&claims)?),
            ],
            body: body.to_vec().into(),
        })
    }
}

pub(super) fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    settings.table("jwks")?;
    Ok(Box::new(Signer::new()))
}

pub(super) fn samples(_: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let signer = Signer::new().key_id("key-1");
    let own: serde_json::Value =
        serde_json::from_str(&signer.jwk()?).map_err(|_| ConfigError::fixed("no JWK"))?;
    // The key of RFC 7515, A.3.
    let other = json!({"alg": "ES256", "kty": "EC", "crv": "P-256", "use": "sig", "expired_at": null,
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
    let settings = [own, other].map(|key| json!({"jwks": {"key-1": key}}));
    Ok(vec![Sample {
        keys: &["jwks"],
        code: Code::Token,
        reads: reads::exactly,
        window: Some([300; 2]),
        id: None,
        ..Sample::new(NAME, signer, settings, Place::Header("plaid-verification"))
    }])
}
