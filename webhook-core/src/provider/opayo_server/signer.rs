//! Signs forms as Opayo Server does.

use serde_json::json;

use super::signed::{FIELDS, Message};
use super::verify::NAME;
use crate::account::Settings;
use crate::message::Coverage;
use crate::testing::{Bodies, Place, Sample, SampleKeys, Sign, SignedRequest};
use crate::verify::Form;
use crate::{ConfigError, Secret, UnixTime};

/// Signs forms as Opayo Server does.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::opayo_server::Signer;
/// use webhook_core::testing::Sign;
///
/// let form = b"TxType=PAYMENT&VendorTxCode=ord-558557&Status=OK";
/// let request = Signer::new("LabVendor", "SSCWEVEV6S")?.sign(form, UnixTime::from_secs(0))?;
/// assert!(request.body.starts_with(b"TxType=PAYMENT&"));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer {
    vendor: String,
    security_key: Secret,
}

impl Signer {
    /// A signer for a transaction of this vendor with this key.
    ///
    /// # Errors
    /// If the key is empty.
    pub fn new(
        vendor: impl AsRef<str>,
        security_key: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            vendor: vendor.as_ref().to_lowercase(),
            security_key: Secret::dangerously_short(security_key)?,
        })
    }
}

impl Sign for Signer {
    /// `body` is the form without its signature, which is put behind it.
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<SignedRequest, ConfigError> {
        let form = Form::read(body, &FIELDS)
            .map_err(|_| ConfigError::new("a field of the form is written twice"))?;
        let code = Message::new(&self.vendor, &form).tag(self.security_key.expose().as_bytes());
        let signature = code.to_hex().to_uppercase();
        let body = [body, b"&VPSSignature=", signature.as_bytes()].concat();
        Ok(SignedRequest::form(body))
    }
}

pub(super) fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let keys = settings
        .text_table("security_key_by_vendor_tx_code")?
        .unwrap_or_default();
    let (_, key) = keys
        .first()
        .ok_or_else(|| ConfigError::missing("security_key_by_vendor_tx_code"))?;
    Ok(Box::new(Signer::new(settings.required("vendor")?, *key)?))
}

pub(super) fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    const VENDOR: &str = "LabVendor";
    let body = format!(
        "TxType=PAYMENT&VendorTxCode=order-7&VPSTxId=%7BB89EA109-35C5-4E93-9A25-50EB296307E2%7D&Status=OK&StatusDetail={}&TxAuthNo=7224466",
        Sample::CARD
    );
    let [key, _] = keys.text;
    let settings = keys
        .text
        .map(|key| json!({"vendor": VENDOR, "security_key_by_vendor_tx_code": {"order-7": key}}));
    let place = Place::Body("&VPSSignature=");
    Ok(vec![Sample {
        keys: &["security_key_by_vendor_tx_code"],
        needed: &["vendor"],
        secrets: vec![key.to_owned()],
        bodies: Bodies::Own(body.into()),
        coverage: Coverage::Fields,
        id: Some("{B89EA109-35C5-4E93-9A25-50EB296307E2}:OK"),
        ..Sample::new(NAME, Signer::new(VENDOR, key)?, settings, place)
    }])
}
