//! Signs as PayPal does, with a certificate of its own.

use std::fmt;
use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::json;

use super::account::NAME;
use super::transmission::ALGORITHM;
use crate::account::Settings;
use crate::message::Coverage;
use crate::published::InMemory;
use crate::testing::{Bodies, Code, Place, Sample, SampleKeys, Sign, SignedRequest, reads};
use crate::{ConfigError, UnixTime};

/// A root for tests, valid from 2020 to 2099. Everybody has the private key of [`TEST_CERTIFICATE_PEM`]: whoever trusts
/// this root in production trusts everybody.
pub const TEST_ROOT_PEM: &str = include_str!("test_set/root.pem");

/// A certificate for tests, of `messageverificationcerts.paypal.com`, issued by [`TEST_ROOT_PEM`].
pub const TEST_CERTIFICATE_PEM: &str = include_str!("test_set/certificate.pem");

/// The private key of [`TEST_CERTIFICATE_PEM`].
pub const TEST_KEY_PEM: &str = include_str!("test_set/key.pem");

/// Where [`Signer`] says that its certificate is.
pub const TEST_CERTIFICATE_URL: &str = "https://api.paypal.com/v1/notifications/certs/CERT-TEST";

/// The webhook that [`Signer`] signs for, if nothing else is said.
pub const TEST_WEBHOOK_ID: &str = "0TESTWEBHOOKID000";

/// Signs as PayPal does, for tests.
///
/// ```
/// use webhook_core::provider::paypal::{PayPal, Signer};
/// use webhook_core::testing::{FixedClock, Sign, receive};
/// use webhook_core::{Endpoint, UnixTime};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let now = UnixTime::from_secs(1_785_920_400);
/// let signer = Signer::new()?;
/// let paypal = PayPal::new(signer.webhook_id(), signer.certificates())?.roots_pem(signer.root_pem())?;
/// let endpoint = Endpoint::new(paypal).clock(FixedClock::at(now));
///
/// let request = signer.sign(br#"{"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED"}"#, now)?;
/// assert!(receive(&endpoint, request).await.is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Signer {
    key: Arc<RsaKeyPair>,
    certificate_pem: String,
    root_pem: String,
    certificate_url: String,
    webhook_id: String,
    transmission_id: Option<String>,
    target: String,
}

impl Signer {
    /// A signer with the test certificate of this library.
    ///
    /// # Errors
    /// If the embedded key cannot be read, which does not happen.
    pub fn new() -> Result<Self, ConfigError> {
        Self::with_certificate(TEST_KEY_PEM, TEST_CERTIFICATE_PEM, TEST_ROOT_PEM)
    }

    /// A signer with your own certificate, all in PEM: its private key (PKCS#8, RSA), the certificate with those that lead to
    /// the root, and the root.
    ///
    /// # Errors
    /// If the key is no RSA key in PKCS#8. The certificates are not looked at: bad ones are worth a test too.
    pub fn with_certificate(
        key_pem: impl AsRef<[u8]>,
        certificate_pem: impl Into<String>,
        root_pem: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        const FAULT: ConfigError = ConfigError::fixed("the key is not an RSA key in PKCS#8");
        let key = PrivatePkcs8KeyDer::from_pem_slice(key_pem.as_ref()).map_err(|_| FAULT)?;
        let key = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).map_err(|_| FAULT)?;
        Ok(Self {
            key: Arc::new(key),
            certificate_pem: certificate_pem.into(),
            root_pem: root_pem.into(),
            certificate_url: TEST_CERTIFICATE_URL.to_owned(),
            webhook_id: TEST_WEBHOOK_ID.to_owned(),
            transmission_id: None,
            target: "/".to_owned(),
        })
    }

    /// Signs for the webhook of this id.
    #[must_use]
    pub fn for_webhook(self, webhook_id: impl Into<String>) -> Self {
        Self {
            webhook_id: webhook_id.into(),
            ..self
        }
    }

    /// Says that the certificate is there.
    #[must_use]
    pub fn at_url(self, certificate_url: impl Into<String>) -> Self {
        Self {
            certificate_url: certificate_url.into(),
            ..self
        }
    }

    /// The transmission's id. If nothing else is said, it is made of the body and the time.
    #[must_use]
    pub fn transmission_id(self, id: impl Into<String>) -> Self {
        Self {
            transmission_id: Some(id.into()),
            ..self
        }
    }

    /// Where the request goes, such as `/webhooks/paypal`. `/` if not said otherwise.
    #[must_use]
    pub fn target(self, target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            ..self
        }
    }

    /// The webhook that is signed for.
    #[must_use]
    pub fn webhook_id(&self) -> &str {
        &self.webhook_id
    }

    /// Where the certificate is said to be.
    #[must_use]
    pub fn certificate_url(&self) -> &str {
        &self.certificate_url
    }

    /// The certificate.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The root to trust, for [`PayPal::roots_pem`](super::PayPal::roots_pem).
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// A source that has the certificate at its URL.
    #[must_use]
    pub fn certificates(&self) -> InMemory {
        InMemory::new([(self.certificate_url.clone(), self.certificate_pem.clone())])
    }
}

impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        let checksum = crc32fast::hash(body);
        let time = now.to_string();
        let id = self.transmission_id.clone();
        let id = id.unwrap_or_else(|| format!("test-{checksum:08x}-{}", now.as_millis()));
        let message = format!("{id}|{time}|{}|{checksum}", self.webhook_id);
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message.as_bytes(),
                &mut signature,
            )
            .map_err(|_| ConfigError::fixed("the key does not sign"))?;
        let headers = [
            ("content-type", "application/json"),
            ("paypal-auth-algo", ALGORITHM),
            ("paypal-auth-version", "v2"),
            ("paypal-cert-url", &self.certificate_url),
            ("paypal-transmission-id", &id),
            (
                "paypal-transmission-sig",
                &Base64::encode_string(&signature),
            ),
            ("paypal-transmission-time", &time),
        ];
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Ok(SignedRequest {
            method: "POST".to_owned(),
            target: self.target.clone(),
            headers: headers.map(owned).into(),
            body: bytes::Bytes::copy_from_slice(body),
        })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("webhook_id", &self.webhook_id)
            .field("certificate_url", &self.certificate_url)
            .finish_non_exhaustive()
    }
}

pub(super) fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(
        Signer::new()?.for_webhook(settings.required("webhook_id")?),
    ))
}

pub(super) fn samples(_: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let signer = Signer::new()?;
    let settings = [signer.webhook_id(), "0TESTWEBHOOKID001"].map(|webhook| {
        json!({"webhook_id": webhook, "trust_roots_pem": signer.root_pem(),
            "cert_by_url": {signer.certificate_url(): signer.certificate_pem()}})
    });
    let lines = TEST_KEY_PEM.lines().skip(1).take(20);
    Ok(vec![Sample {
        // Without its own, PayPal's certificates are fetched.
        keys: &[],
        needed: &["webhook_id"],
        secrets: lines.map(str::to_owned).collect(),
        // PayPal sends UTF-8 alone.
        bodies: Bodies::Own(Sample::BODY.to_vec()),
        coverage: Coverage::BodyChecksum,
        code: Code::Base64,
        reads: reads::exactly,
        signed: vec![
            "paypal-auth-algo",
            "paypal-cert-url",
            "paypal-transmission-id",
            "paypal-transmission-time",
        ],
        window: Some([4 * 24 * 60 * 60, 300]),
        // Of another URL there is no certificate.
        our_faults: &["keys_unavailable"],
        ..Sample::new(
            NAME,
            signer.clone(),
            settings,
            Place::Header("paypal-transmission-sig"),
        )
    }])
}
