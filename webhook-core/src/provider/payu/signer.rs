//! Signs bodies as PayU does.

use bytes::Bytes;

use super::verify::{Algorithm, HEADERS, NAME, PayU};
use crate::account::Settings;
use crate::testing::sample::secrets;
use crate::testing::{Place, Sample, SampleKeys, Sign, SignedRequest, reads};
use crate::{ConfigError, Secret, UnixTime};

/// Signs bodies as PayU does.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::payu::Signer;
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("c53477e091a1b5c3792eb01ab12f43e1")?.algorithm("SHA-256")?;
/// let request = signer.sign(b"{}", UnixTime::from_secs(0))?;
/// assert!(request.header("openpayu-signature").unwrap().contains("algorithm=SHA-256"));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer {
    second_key: Secret,
    algorithm: (Algorithm, String),
}

impl Signer {
    /// A signer with this second key, by MD5.
    ///
    /// # Errors
    /// If it is empty.
    pub fn new(second_key: impl Into<String>) -> Result<Self, ConfigError> {
        Ok(Self {
            second_key: Secret::dangerously_short(second_key)?,
            algorithm: (Algorithm::Md5, "MD5".to_owned()),
        })
    }

    /// Another algorithm, by its name in the header.
    ///
    /// # Errors
    /// If PayU has none of this name.
    pub fn algorithm(self, name: &str) -> Result<Self, ConfigError> {
        let algorithm = Algorithm::named(name)
            .ok_or_else(|| ConfigError::new("PayU has no algorithm of this name"))?;
        Ok(Self {
            algorithm: (algorithm, name.to_owned()),
            ..self
        })
    }
}

impl Sign for Signer {
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<SignedRequest, ConfigError> {
        let (algorithm, name) = &self.algorithm;
        let signature = algorithm.code(body, &self.second_key).to_hex();
        let [header, _] = HEADERS;
        let value =
            format!("sender=checkout;signature={signature};algorithm={name};content=DOCUMENT");
        let body = Bytes::copy_from_slice(body);
        Ok(SignedRequest::json(body).with_header(header, value))
    }
}

pub(super) fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(Signer::new(settings.first_key("secrets")?)?))
}

pub(super) fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let [key, _] = keys.text;
    let place = Place::Header("openpayu-signature");
    let sample = Sample::new(NAME, Signer::new(key)?, secrets(keys.text), place);
    Ok(vec![Sample {
        mark: ";signature=",
        reads: reads::payu,
        id: None,
        ..sample.keyed(keys.text, PayU::new)
    }])
}
