//! Signs as the sender does, for tests.

use serde_json::json;

use super::verify::{Called, HASHED, HubSpot, METHODS, NAME, TIME, V3, VERSION, hash};
use crate::crypto::KeyFormat;
use crate::testing::sample::secrets;
use crate::testing::{Bodies, Code, Place, Sample, SampleKeys, Sign, SignedRequest, reads};
use crate::verify::{hmac_sha256, target};
use crate::{ConfigError, Coverage, Secret, Settings, UnixTime};

/// Signs bodies as HubSpot does.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::hubspot::Signer;
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("21451887-7f0d-462e-abf9-56490d8cd2ff", "https://shop.example/webhooks/hubspot")?;
/// let request = signer.sign(b"[]", UnixTime::from_secs(1_785_920_400))?;
/// assert!(request.header("x-hubspot-signature-v3").is_some());
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer {
    secret: Secret,
    version: u8,
    public_url: String,
}

impl Signer {
    /// A signer with this client secret, by version 3.
    ///
    /// # Errors
    /// If it is empty.
    pub fn new(
        client_secret: impl Into<String>,
        public_url: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            secret: Secret::dangerously_short(client_secret)?,
            version: 3,
            public_url: public_url.into(),
        })
    }

    /// By version 1.
    #[must_use]
    pub fn version_1(self) -> Self {
        Self { version: 1, ..self }
    }

    /// By version 2.
    #[must_use]
    pub fn version_2(self) -> Self {
        Self { version: 2, ..self }
    }
}

impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        let mut request = SignedRequest::json(body.to_vec());
        target(&self.public_url).clone_into(&mut request.target);
        let called = Called {
            method: request.method.clone(),
            url: self.public_url.clone(),
        };
        if self.version == 3 {
            let Called { method, url } = called.decoded();
            let time = now.as_millis().to_string();
            let key = hmac_sha256(KeyFormat::text(), &self.secret)?;
            let text = [method.as_bytes(), url.as_bytes(), body, time.as_bytes()].concat();
            let code = key.tag_of(&text).to_base64();
            return Ok(request.with_header(TIME, time).with_header(V3, code));
        }
        let (called, version) = match self.version {
            1 => (Called::default(), "v1"),
            _ => (called, "v2"),
        };
        let code = hash(&self.secret, &called, body).to_hex();
        Ok(request
            .with_header(VERSION, version)
            .with_header(HASHED, code))
    }
}

pub(super) fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let secret = settings.first_key("secrets")?;
    let mode = settings.text("mode")?.unwrap_or_default();
    if mode == "v1" {
        return Ok(Box::new(Signer::new(secret, "/")?.version_1()));
    }
    let signer = Signer::new(secret, settings.required("public_url")?)?;
    Ok(Box::new(match mode {
        "v2" => signer.version_2(),
        _ => signer,
    }))
}

pub(super) fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let body = json!([{"eventId": 7, "subscriptionType": "contact.creation", "portalId": 2, "note": Sample::CARD}]);
    let bodies = Bodies::Own(body.to_string().into());
    let [key, _] = keys.text;
    let signer = Signer::new(key, Sample::URL)?;
    let place = Place::Header(HASHED);
    let v3 = Sample::new(NAME, signer.clone(), secrets(keys.text), Place::Header(V3));
    let v1 = Sample::new(NAME, signer.clone().version_1(), secrets(keys.text), place);
    let v2 = Sample::new(NAME, signer.version_2(), secrets(keys.text), place);
    let of = |sample: Sample| Sample {
        bodies: bodies.clone(),
        methods: METHODS,
        id: None,
        ..sample
    };
    Ok(vec![
        Sample {
            code: Code::Base64,
            reads: reads::exactly,
            signed: vec![TIME],
            window: Some([300, 300]),
            ..of(v3).keyed(keys.text, |keys| HubSpot::new(keys, Sample::URL))
        }
        .set("public_url", Sample::URL),
        Sample {
            coverage: Coverage::BodyHash,
            methods: &["POST"],
            ..of(v1).keyed(keys.text, HubSpot::version_1)
        }
        .named("hubspot v1")
        .set("mode", "v1"),
        Sample {
            coverage: Coverage::BodyHash,
            ..of(v2).keyed(keys.text, |keys| HubSpot::version_2(keys, Sample::URL))
        }
        .named("hubspot v2")
        .set("mode", "v2")
        .set("public_url", Sample::URL),
    ])
}
