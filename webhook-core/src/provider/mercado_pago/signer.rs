//! Signs as Mercado Pago does. For tests.

use super::signed::Signed;
use super::verify::{MercadoPago, NAME};
use crate::account::Settings;
use crate::crypto::{Algorithm, KeyFormat, PreparedKey};
use crate::message::Coverage;
use crate::testing::sample::secrets;
use crate::testing::{Place, Sample, SampleKeys, Sign, SignedRequest, reads};
use crate::{ConfigError, Secret, UnixTime};

/// Signs as Mercado Pago does. The body is not signed.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::mercado_pago::Signer;
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("a secret for tests")?.data_id("71375689778");
/// let body = br#"{"action":"payment.updated","data":{"id":"71375689778"}}"#;
/// let request = signer.sign(body, UnixTime::from_secs(1_785_920_400))?;
/// assert_eq!(request.target, "/?data.id=71375689778&type=payment");
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer {
    secret: Secret,
    data_id: Option<String>,
    request_id: Option<String>,
}

impl Signer {
    /// A signer with this secret.
    ///
    /// # Errors
    /// If it is empty.
    pub fn new(secret: impl Into<String>) -> Result<Self, ConfigError> {
        Ok(Self {
            secret: Secret::dangerously_short(secret)?,
            data_id: None,
            request_id: None,
        })
    }

    /// The id of the object that the notification is about. It goes into the query.
    #[must_use]
    pub fn data_id(self, id: impl Into<String>) -> Self {
        Self {
            data_id: Some(id.into()),
            ..self
        }
    }

    /// The id of the request. It goes into `x-request-id`.
    #[must_use]
    pub fn request_id(self, id: impl Into<String>) -> Self {
        Self {
            request_id: Some(id.into()),
            ..self
        }
    }
}

impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        let ts = now.as_secs().to_string();
        let signed = Signed {
            data_id: self.data_id.as_deref().map(Into::into),
            request_id: self.request_id.as_deref(),
        };
        let manifest = signed.manifest(&ts, str::to_lowercase);
        let key = PreparedKey::new(Algorithm::HmacSha256, KeyFormat::text(), &self.secret)?;
        let code = key.tag_of(manifest.as_bytes()).to_hex();
        let mut headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("x-signature".to_owned(), format!("ts={ts},v1={code}")),
        ];
        if let Some(id) = &self.request_id {
            headers.push(("x-request-id".to_owned(), id.clone()));
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        if let Some(id) = &self.data_id {
            query.append_pair("data.id", id);
        }
        let query = query.append_pair("type", "payment").finish();
        Ok(SignedRequest {
            method: "POST".to_owned(),
            target: format!("/?{query}"),
            headers,
            body: body.to_vec().into(),
        })
    }
}

pub(super) fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(Signer::new(settings.first_key("secrets")?)?))
}

pub(super) fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let [key, _] = keys.text;
    let signer = Signer::new(key)?
        .data_id("71375689778")
        .request_id(Sample::ID);
    let place = Place::Header("x-signature");
    Ok(vec![Sample {
        coverage: Coverage::Fields,
        reads: reads::in_any_case,
        signed: vec!["x-request-id"],
        id: Some(Sample::ID),
        ..Sample::new(NAME, signer, secrets(keys.text), place).keyed(keys.text, MercadoPago::new)
    }])
}
