//! Signs as Wise does. For tests.

use serde_json::json;

use super::verify::NAME;
use crate::account::Settings;
use crate::outcome::ConfigError;
use crate::testing::{Code, Place, RsaPrivateKey, Sample, SampleKeys, Sign, SignedRequest, reads};
use crate::time::UnixTime;

/// Signs as Wise does, with a key of your own.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::wise::Signer;
/// use webhook_core::testing::Sign;
///
/// # const PRIVATE_KEY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/testing/keys/wise/private-key.pem"));
/// let signer = Signer::new(PRIVATE_KEY)?; // what `openssl genpkey -algorithm RSA` writes
/// let body = br#"{"event_type":"transfers#state-change","data":{}}"#;
/// let request = signer.sign(body, UnixTime::from_secs(1_785_920_400))?;
/// assert!(request.header("x-signature-sha256").is_some());
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer {
    key: RsaPrivateKey,
    delivery_id: String,
}

impl Signer {
    /// A signer with this private key, a `PRIVATE KEY` document in PEM (PKCS#8).
    ///
    /// # Errors
    /// If it is anything else, or no RSA key of 2048 bits or more.
    pub fn new(private_key: &str) -> Result<Self, ConfigError> {
        Ok(Self {
            key: RsaPrivateKey::new(private_key)?,
            delivery_id: "28379884-04be-4a5c-920d-c238ade5248d".to_owned(),
        })
    }

    /// The id of the delivery. It goes into `X-Delivery-Id`, unsigned.
    #[must_use]
    pub fn id(self, id: impl Into<String>) -> Self {
        Self {
            delivery_id: id.into(),
            ..self
        }
    }
}

impl Sign for Signer {
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<SignedRequest, ConfigError> {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Ok(SignedRequest {
            method: "POST".to_owned(),
            target: "/".to_owned(),
            headers: vec![
                header("content-type", "application/json"),
                header("x-delivery-id", &self.delivery_id),
                header("x-signature-sha256", &self.key.sign(body)?),
            ],
            body: body.to_vec().into(),
        })
    }
}

pub(super) fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(Signer::new(settings.required("private_key")?)?))
}

pub(super) fn samples(_: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let settings = RsaPrivateKey::PUBLIC.map(|key| json!({"public_key_pem": key}));
    let place = Place::Header("x-signature-sha256");
    let signer = Signer::new(RsaPrivateKey::PEM)?.id(Sample::ID);
    Ok(vec![Sample {
        keys: &["public_key_pem"],
        secrets: RsaPrivateKey::secrets(),
        code: Code::Base64,
        reads: reads::exactly,
        unsigned: vec!["x-delivery-id"],
        id: Some(Sample::ID),
        ..Sample::new(NAME, signer, settings, place)
    }])
}
