//! Signs as the sender does, for tests.

use bytes::Bytes;
use serde_json::json;
use sha2::Sha256;

use super::verify::{DIGEST, HEADER, NAME, SETTINGS, Twilio, signed_text};
use crate::crypto::{Algorithm, KeyFormat, PreparedKey, digest};
use crate::request::is_form;
use crate::testing::{Bodies, Code, Place, Sample, SampleKeys, Sign, SignedRequest, reads};
use crate::verify::{SortedForm, target};
use crate::{ConfigError, Coverage, Secret, Settings, UnixTime};

/// Signs bodies as Twilio does: forms, and what is JSON by its digest in the URL.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::twilio::Signer;
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("5bcdefadb46d41592add47251146c14d", "https://shop.example/webhooks/twilio")?;
/// let request = signer.sign(b"MessageSid=SM7e&Body=Hello", UnixTime::from_secs(0))?;
/// assert!(request.header("x-twilio-signature").is_some());
/// let request = signer.sign(b"{}", UnixTime::from_secs(0))?;
/// assert!(request.target.starts_with("/webhooks/twilio?bodySHA256="));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer {
    secret: Secret,
    shared_key: Option<String>,
    public_url: String,
}

impl Signer {
    /// A signer with this auth token.
    ///
    /// # Errors
    /// If it is empty.
    pub fn new(
        auth_token: impl Into<String>,
        public_url: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            secret: Secret::dangerously_short(auth_token)?,
            shared_key: None,
            public_url: public_url.into(),
        })
    }

    /// The secret is that of the shared key with this id, which signs by HMAC-SHA256.
    #[must_use]
    pub fn shared_key(self, id: impl Into<String>) -> Self {
        Self {
            shared_key: Some(id.into()),
            ..self
        }
    }
}

impl Sign for Signer {
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<SignedRequest, ConfigError> {
        let mut url = self.public_url.clone();
        let body = Bytes::copy_from_slice(body);
        let (mut request, text) = match is_form(&body) {
            true => {
                let fault = |_| ConfigError::fixed("the form has too many fields");
                let form = SortedForm::read(&body).map_err(fault)?;
                let text = signed_text(&url, Some(&form));
                (SignedRequest::form(body.clone()), text)
            }
            false => {
                let mark = if url.contains('?') { '&' } else { '?' };
                let digest = digest::<Sha256>([&body]).to_hex();
                url = format!("{url}{mark}{DIGEST}={digest}");
                let text = signed_text(&url, None);
                (SignedRequest::json(body), text)
            }
        };
        target(&url).clone_into(&mut request.target);
        let algorithm = match &self.shared_key {
            None => Algorithm::HmacSha1,
            Some(id) => {
                let settings = format!("key={id},algorithm=HMAC_SHA256");
                request = request.with_header(SETTINGS, settings);
                Algorithm::HmacSha256
            }
        };
        let key = PreparedKey::new(algorithm, KeyFormat::text(), &self.secret)?;
        Ok(request.with_header(HEADER, key.tag_of(&text).to_base64()))
    }
}

pub(super) fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let url = settings.required("public_url")?;
    if settings.has("secrets") {
        return Ok(Box::new(Signer::new(settings.first_key("secrets")?, url)?));
    }
    let keys = settings.text_table("shared_keys")?.unwrap_or_default();
    let first = keys.first();
    let (id, secret) = first.ok_or(ConfigError::fixed("`secrets` is missing"))?;
    Ok(Box::new(Signer::new(*secret, url)?.shared_key(*id)))
}

pub(super) fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    const SHARED: &str = "webhooks_sharedkey_1";
    let [key, _] = keys.text;
    let form = format!(
        "MessageSid=SM7e4453188668&From=%2B14159304493&Body={}",
        Sample::CARD
    );
    let settings = keys
        .text
        .map(|key| json!({"secrets": [key], "public_url": Sample::URL}));
    let place = Place::Header(HEADER);
    let by_token = |bodies: Vec<u8>| -> Result<Sample, ConfigError> {
        let signer = Signer::new(key, Sample::URL)?;
        let sample = Sample::new(NAME, signer, settings.clone(), place);
        Ok(Sample {
            bodies: Bodies::Own(bodies),
            methods: &["POST", "GET"],
            code: Code::Base64,
            reads: reads::exactly,
            id: None,
            ..sample.keyed(keys.text, |keys| Twilio::new(keys, Sample::URL))
        })
    };
    let shared = keys
        .text
        .map(|key| json!({"shared_keys": {SHARED: key}, "public_url": Sample::URL}));
    let signer = Signer::new(key, Sample::URL)?.shared_key(SHARED);
    Ok(vec![
        by_token(Sample::BODY.to_vec())?.named("twilio JSON"),
        Sample {
            coverage: Coverage::Fields,
            ..by_token(form.into())?
        },
        Sample {
            name: "twilio shared key",
            bodies: Bodies::Own(Sample::BODY.to_vec()),
            methods: &["POST", "GET"],
            keys: &["shared_keys"],
            secrets: vec![key.to_owned()],
            code: Code::Base64,
            reads: reads::exactly,
            id: None,
            ..Sample::new(NAME, signer, shared, place)
        },
    ])
}
